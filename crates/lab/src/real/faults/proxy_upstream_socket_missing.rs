//! The socket that nginx asks is gone, and the app runs.
//!
//! # What breaks
//! The socket's file is deleted under gunicorn, which goes on listening on a socket that has no
//! name any more.
//!
//! # As in real life
//! A job that tidies up temporary files, or a second instance that removed the file when it ended.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-socket-missing",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["rm", "/run/shop/shop.sock"]).map(|_| ())
}
