//! What this machine is, and why it is taken for the origin.
//!
//! # What it asks
//! The kernel: the machine's name, addresses, privileges, and when it was started.
//!
//! # What it touches
//! Nothing.
//!
//! # What the answers mean
//! Without this reading no other look into the machine was taken. It tells whether it is certain
//! that the edge asks this machine, or only likely.
//!
//! # Sources
//! - proc(5): `/proc/stat`, the line `btime`
use std::sync::Arc;

use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};

use super::{Asking, Probe, Turn};
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "nothing",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let question = Question::Host(HostQuestion::Place);
    let Some(asked) = sitting.begin("host_place", question) else { return };
    asked.end(Answer::Got(Seen::Host(HostAnswer::Place(host.place()))));
}
