//! The connector does not trust the service's certificate.
//!
//! # What breaks
//! The ingress rule leads to https on the machine itself, where the certificate is for the site's
//! name and from an authority that the system does not know.
//!
//! # As in real life
//! TLS was switched on behind the tunnel without `originServerName` and `caPool`.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "tunnel-service-tls-rejected", from_outside: None, shows: 502, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    super::reconfigure(stage, "service: http://localhost:80", "service: https://localhost:443")?;
    super::connected(stage)
}
