//! Words for how an upstream answered.

use super::subject;
use crate::evidence::TcpAnswer;
use crate::evidence::host::{HostQuestion, UpstreamAnswer};
use crate::report::guard::quote;
use crate::report::words::units::duration;

pub(super) fn sentence(question: &HostQuestion, answer: &UpstreamAnswer, took_ms: u64) -> String {
    let at = subject(question);
    match answer {
        UpstreamAnswer::Nameless { why } => format!("{at} has no address: {}", quote(why)),
        UpstreamAnswer::SocketMissing { .. } => format!("there is no socket {at}"),
        UpstreamAnswer::NoSocket { what } => format!("{at} is no socket but {what}"),
        UpstreamAnswer::SocketForbidden { at: file, user } => {
            format!("{at} cannot be reached by the user {}: {}", quote(user), quote(&file.path))
        }
        UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, .. } => {
            format!("{at} refuses connections")
        }
        UpstreamAnswer::Unconnected { .. } => {
            format!("{at} did not take a connection within {}", duration(took_ms))
        }
        UpstreamAnswer::Handshake { tls } => {
            format!("{at} {}", crate::report::words::tls::handshake(tls))
        }
        UpstreamAnswer::Http { http } => {
            format!("{at} {}", crate::report::words::http::reply(http))
        }
        UpstreamAnswer::Accepted => format!("{at} takes connections"),
    }
}
