//! Replies as phrases that follow the name of a peer.

use super::units::{bytes, count, duration};
use crate::evidence::http::Malformation;
use crate::evidence::{HttpAnswer, Reply, ReplyFault};
use crate::report::guard::quote;
use crate::report::numbers::alert;

/// What a peer did with a request: `replied 200 in 0.3 s`, `closed the connection …`.
pub(crate) fn reply(answer: &HttpAnswer) -> String {
    match answer {
        HttpAnswer::Replied(reply) => {
            let server = match reply.header("server") {
                Some(server) if reply.status >= 400 => format!(" as {}", quote(server)),
                _ => String::new(),
            };
            let after = duration(reply.first_byte_ms);
            format!("replied {}{server} in {after}{}", reply.status, particulars(reply, ", but"))
        }
        HttpAnswer::Empty { reset, after_ms } => {
            format!("{} the connection without a byte after {}", ended(*reset), duration(*after_ms))
        }
        HttpAnswer::CutInHead { reset, bytes: came } => {
            let came = bytes(*came);
            format!("{} the connection after {came} of its reply's head", ended(*reset))
        }
        HttpAnswer::Malformed { what: Malformation::TlsRecord, .. } => {
            "spoke TLS where plain HTTP was asked for".to_owned()
        }
        HttpAnswer::Malformed { what: Malformation::Http2, .. } => {
            "spoke HTTP/2 where HTTP/1.1 was asked for".to_owned()
        }
        HttpAnswer::Malformed { what, first } => {
            format!("sent {}: it began {}", malformed(*what), quote(first))
        }
        HttpAnswer::HeadEndless { bytes: read } => {
            format!("sent a head that had not ended after {}", bytes(*read))
        }
        HttpAnswer::Silent { after_ms } => {
            format!("did not reply within {}", duration(*after_ms))
        }
        HttpAnswer::Alert { code } => {
            format!("did not reply, since it {} (TLS alert {code})", alert(*code))
        }
    }
}

/// Where a redirect leads and what is wrong with a reply, behind a comma; `but` leads over from
/// what the reply is to what its peer did: `but`, or a semicolon and the peer's name.
pub(crate) fn particulars(reply: &Reply, but: &str) -> String {
    let mut said = String::new();
    if let (300..=399, Some(to)) = (reply.status, reply.header("location")) {
        said.push_str(&format!(", which leads on to {}", quote(to)));
    }
    let mut lead = but;
    for fault in &reply.faults {
        if let ReplyFault::BodyLeftUnread { came } = fault {
            said.push_str(&format!(", with more of a body than the {} that we read", bytes(*came)));
            continue;
        }
        said.push_str(lead);
        said.push(' ');
        said.push_str(&wrong(fault));
        lead = " and";
    }
    said
}

/// What the peer did wrong, to follow the peer's name, in the past tense.
fn wrong(fault: &ReplyFault) -> String {
    match fault {
        ReplyFault::HeadTooLarge { bytes: size } => {
            format!("sent a head of {} (the edge takes at most 128 KB)", bytes(*size))
        }
        ReplyFault::ShortBody { declared, came, reset } => format!(
            "declared {} of body, sent {} and {} the connection",
            bytes(*declared),
            count(*came),
            ended(*reset)
        ),
        ReplyFault::LongBody { declared } => {
            format!("sent more than the {} of body that it declared", bytes(*declared))
        }
        ReplyFault::LengthUnclear => {
            "declared a length that is no number, or two different ones".to_owned()
        }
        ReplyFault::LengthAndChunks => "declared both a length and chunks".to_owned(),
        ReplyFault::ChunksBroken => "wrote chunks that cannot be read".to_owned(),
        ReplyFault::ChunksCut { reset } => {
            format!("{} the connection before the last chunk", ended(*reset))
        }
        ReplyFault::BodyReset { came } => {
            format!("reset the connection after {} of a body of no declared length", bytes(*came))
        }
        ReplyFault::GzipBroken => "sent a body as gzip that cannot be unpacked".to_owned(),
        ReplyFault::BodyStalled { came } => {
            format!("stopped after {} of body without ending it", bytes(*came))
        }
        ReplyFault::BodyLeftUnread { came } => {
            format!("sent more of a body than the {} that we read", bytes(*came))
        }
    }
}

fn malformed(what: Malformation) -> &'static str {
    match what {
        Malformation::StatusLine => "something that is not an HTTP reply",
        Malformation::StatusCode => "a reply whose status is not a number from 100 to 999",
        Malformation::HeaderName => {
            "a header without a colon, or with a character that no header name has"
        }
        Malformation::HeaderValue => {
            "a header folded over two lines, or with a control character in its value"
        }
        Malformation::TlsRecord => "a TLS record",
        Malformation::Http2 => "an HTTP/2 frame",
    }
}

fn ended(reset: bool) -> &'static str {
    if reset { "reset" } else { "closed" }
}
