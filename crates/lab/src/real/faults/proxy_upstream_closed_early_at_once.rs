//! What listens behind nginx accepts every connection and hangs up.
//!
//! # What breaks
//! nginx leads to a program that accepts, reads nothing, and closes.
//!
//! # As in real life
//! A relay whose own way on is gone, or a service that takes only peers that it knows.
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
    stage.put_behind_nginx("    connection.close()")
}
