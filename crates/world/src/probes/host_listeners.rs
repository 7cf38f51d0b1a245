//! Who listens on this machine, at which addresses, and how long each queue is.
//!
//! # What it asks
//! The kernel: every TCP and Unix socket that listens, with the connections that wait at it and how
//! many may; and the counter of connections that were dropped because a queue was full, before the
//! other questions and after them. Whose a socket is stands in `/proc`.
//!
//! # What it touches
//! Nothing.
//!
//! # What the answers mean
//! A port that only the loopback listens at refuses the edge. A queue that is full, while the counter
//! grows, loses visits before any program sees them. A socket without a program belongs to another
//! user, whose programs only root may look into.
//!
//! # Sources
//! - sock_diag(7); for listeners `idiag_rqueue` and `idiag_wqueue` are the queue and its limit
//! - proc(5): `/proc/PID/fd`, `/proc/net/netstat` (`ListenOverflows`)
use std::sync::Arc;

use rayfix_core::evidence::host::Listeners;
use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};

use tokio::time::timeout_at;

use super::{Asking, Probe, Turn};
use crate::host::{PATIENCE, sockets};
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "nothing",
    // The counter is read once more when all visits have come and gone.
    turn: Turn::Last,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let question = Question::Host(HostQuestion::Listeners);
    let Some(asked) = sitting.begin("host_listeners", question) else { return };
    // Late, the question ends as one that took too long.
    let Ok(told) = timeout_at(sitting.by(PATIENCE), host.listeners_told()).await else { return };
    let answer = match told {
        Ok(seen) => HostAnswer::Listeners(Listeners {
            overflows_after: sockets::overflows(),
            ..(*seen).clone()
        }),
        Err(why) => HostAnswer::Failed { why },
    };
    asked.end(Answer::Got(Seen::Host(answer)));
}
