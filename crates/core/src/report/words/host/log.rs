//! Words for what a log says.

use jiff::Timestamp;

use super::subject;
use crate::evidence::host::{HostQuestion, LogAnswer};
use crate::report::guard::quote;

pub(super) fn sentence(question: &HostQuestion, log: &LogAnswer, _now: Timestamp) -> String {
    let name = subject(question);
    match log {
        LogAnswer::Read(seen) => match seen.events.last() {
            Some(kept) => format!("{name} says: {}", quote(&kept.event.text)),
            None => format!("{name} tells of no failure"),
        },
        LogAnswer::Missing => format!("there is no {name}"),
        LogAnswer::Forbidden => format!("{name} may be read by root only"),
        LogAnswer::Unreadable { why } => format!("{name} could not be read: {}", quote(why)),
    }
}
