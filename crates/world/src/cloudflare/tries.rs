//! All tries of one call: which answers are worth another, and after how long.
//!
//! A read may be repeated; a write only where it was refused for being one too many, or where not a byte of
//! it was sent: whoever repeats a write that was heard does it twice.

use std::time::Duration;

use rayfix_core::evidence::account::envelope::ApiReply;
use rayfix_core::evidence::account::{ApiRefusal, RefusalKind};
use tokio::time::Instant;

use super::limits::{self, Gate};
use super::transport::{Broken, Raw, Request, Transport};
use crate::clock;

/// Before the second and the third try, where the API names no time.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(750)];

/// What may be done twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Changes nothing: it may be repeated.
    Read,
    /// A question to GraphQL: its budget comes back over minutes, so only a named time is waited for.
    Query,
    /// Changes something: it must not be done twice.
    Write,
}

/// Asks until there is an answer that will not get better.
///
/// # Errors
/// When no whole answer came, or the limit does not let us ask before the deadline.
pub(super) async fn ask(
    transport: &Transport,
    gate: &Gate,
    request: &Request<'_>,
    care: Care,
    by: Instant,
) -> Result<Raw, ApiRefusal> {
    let mut pauses = PAUSES.into_iter();
    loop {
        gate.pass(by).await.map_err(not_asked)?;
        let tried = transport.ask(request, by).await;
        if let Ok(raw) = &tried {
            gate.heed(&raw.reply(""));
        }
        let pause = match &tried {
            Ok(raw) if worth_another(&raw.reply(""), care) => {
                let told = limits::wait(&raw.reply(""));
                pauses.next().map(|pause| told.unwrap_or(pause))
            }
            Err(broken) if !broken.stays && (broken.unsent || care != Care::Write) => pauses.next(),
            _ => None,
        };
        match pause {
            Some(pause) if clock::instant() + pause < by => tokio::time::sleep(pause).await,
            _ => return tried.map_err(|broken| refusal(broken, care)),
        }
    }
}

/// Whether the same call may well be answered otherwise in a moment.
fn worth_another(reply: &ApiReply<'_>, care: Care) -> bool {
    let by_status = match reply.status {
        429 => care != Care::Query || reply.header("retry-after").is_some(),
        408 | 409 | 500.. => care != Care::Write,
        _ => false,
    };
    match reply.header("x-should-retry") {
        Some("false") => false,
        Some("true") if reply.status >= 400 && care != Care::Write => true,
        _ => by_status,
    }
}

fn not_asked(wait: Duration) -> ApiRefusal {
    ApiRefusal {
        retry_after_s: Some(whole_seconds(wait)),
        why: "it was not asked, since nothing remains of the limit it told before".to_owned(),
        ..ApiRefusal::of(RefusalKind::Limited)
    }
}

/// Rounded up: who comes too early is refused again.
pub(super) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn refusal(broken: Broken, care: Care) -> ApiRefusal {
    let why = if care == Care::Write && !broken.unsent {
        format!("{}; whether the change was made is not known", broken.why)
    } else {
        broken.why
    };
    ApiRefusal { status: broken.status, why, ..ApiRefusal::of(broken.kind) }
}
