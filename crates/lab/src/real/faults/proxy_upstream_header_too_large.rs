//! The app's reply has more header lines than nginx takes.
//!
//! # What breaks
//! The app sets a cookie of 16 KiB; nginx keeps 4 KiB or 8 KiB for the head of a reply.
//!
//! # As in real life
//! A session that is kept in the cookie grew, or a long policy for content was added.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-header-too-large",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let cookie = "charset=utf-8\"), (\"Set-Cookie\", \"cart=\" + \"t\" * 16384)";
    stage.replace("/srv/shop/shop.py", "charset=utf-8\")", cookie)?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
