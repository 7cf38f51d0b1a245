//! The service's name leads nowhere.
//!
//! # What breaks
//! The ingress rule leads to a name that does not exist.
//!
//! # As in real life
//! The name of a container that was renamed.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "tunnel-service-unresolvable", from_outside: None, shows: 502, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    super::reconfigure(
        stage,
        "service: http://localhost:80",
        "service: http://shop.internal.test:80",
    )?;
    super::connected(stage)
}
