//! The app's worker dies while it answers.
//!
//! # What breaks
//! Each request ends the worker that has it, without a word of its own; nginx has sent the request
//! and gets no reply.
//!
//! # As in real life
//! A library in C that crashes, or a worker that leaves when its memory is used up.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-closed-early",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(
        "/srv/shop/shop.py",
        "    start_response",
        "    os._exit(1)\n    start_response",
    )?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
