//! The service's certificate is for the site, and the tunnel asks for `localhost`.
//!
//! # What breaks
//! The ingress rule leads to https on the machine itself and names the authority that signed the certificate, but not
//! the name that the certificate is for.
//!
//! # As in real life
//! TLS was switched on behind the tunnel with `caPool` and without `originServerName`.
use std::fs;

use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "tunnel-service-tls-rejected", from_outside: None, shows: 502, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let pool = fs::read(stage.ca_file()).map_err(Trouble::system("read the authority's root"))?;
    stage.write("/etc/cloudflared/authority.pem", "644", &pool)?;
    let rule = "service: https://localhost:443\n    originRequest:\n      caPool: /etc/cloudflared/authority.pem";
    super::reconfigure(stage, "service: http://localhost:80", rule)?;
    super::connected(stage)
}
