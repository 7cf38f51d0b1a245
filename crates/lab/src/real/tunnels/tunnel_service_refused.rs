//! Nothing listens at the service's address.
//!
//! # What breaks
//! The ingress rule leads to port 8000, where nobody listens.
//!
//! # As in real life
//! The app moved to another port, and the tunnel was not told.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "tunnel-service-refused", from_outside: None, shows: 502, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    super::reconfigure(stage, "service: http://localhost:80", "service: http://localhost:8000")?;
    super::connected(stage)
}
