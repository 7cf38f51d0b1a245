//! Words for how the API refused.

use crate::evidence::account::{ApiRefusal, RefusalKind};
use crate::report::guard::quote;
use crate::report::words::units::several;

/// What came instead of an answer, with the status and the code of the API.
pub(crate) fn words(refusal: &ApiRefusal) -> String {
    let mut said = gist(refusal);
    let code = refusal.errors.first().and_then(|error| error.code);
    // That a token has ended is told with the status of a good answer.
    match (refusal.status.filter(|status| *status >= 400), code) {
        (Some(status), Some(code)) => said.push_str(&format!(" ({status}, code {code})")),
        (Some(status), None) => said.push_str(&format!(" ({status})")),
        (None, Some(code)) => said.push_str(&format!(" (code {code})")),
        (None, None) => {}
    }
    if let Some(message) = refusal.errors.first().map(|error| &error.message)
        && !message.is_empty()
    {
        said.push_str(&format!(", in its words {}", quote(message)));
    } else if !refusal.why.is_empty() {
        said.push_str(&format!(", {}", quote(&refusal.why)));
    }
    if refusal.kind == RefusalKind::Limited
        && let Some(seconds) = refusal.retry_after_s
    {
        let seconds = several(usize::try_from(seconds).unwrap_or(usize::MAX), "second");
        said.push_str(&format!("; it may be asked again in {seconds}"));
    }
    said
}

/// The same in few words, of our own alone.
pub(crate) fn gist(refusal: &ApiRefusal) -> String {
    let fixed = match refusal.kind {
        RefusalKind::OutOfScope => match &refusal.permission {
            Some(permission) => {
                return format!("the token may not; it would need {}", quote(permission));
            }
            None => "the token may not",
        },
        RefusalKind::NoToken => "no token came with the question",
        RefusalKind::MalformedToken => {
            "the token has not the form of one (look for a quote, a space, a part that is missing)"
        }
        RefusalKind::UnknownToken => "Cloudflare does not know the token",
        RefusalKind::EndedToken => "the token was disabled, or its time is over",
        RefusalKind::WrongId => "the API found no way to what was asked for",
        RefusalKind::NotFound => "there is no such thing",
        RefusalKind::Conflict => "it collides with what is there",
        RefusalKind::Invalid => "the API did not take the question",
        RefusalKind::Limited => "too many questions were asked of late",
        RefusalKind::Down => "Cloudflare's API failed",
        RefusalKind::Unreached => "Cloudflare's API did not answer",
        RefusalKind::Unreadable => "the answer was not one of Cloudflare's API",
    };
    fixed.to_owned()
}
