//! A routing rule leads the answers of IPv4 into an empty table.
//!
//! # What breaks
//! What bears the origin's address is to be looked up in a table of its own, which has no way to anywhere.
//!
//! # As in real life
//! Routing for a second line was half set up: the rule is there, the table's default route is not.
use super::Fault;
use crate::real::{ORIGIN_V4, Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-route-missing",
    from_outside: Some("net-one-family-closed"),
    shows: 522,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["ip", "route", "add", "unreachable", "default", "table", "100"])?;
    stage.order(&["ip", "rule", "add", "from", ORIGIN_V4, "lookup", "100"]).map(|_| ())
}
