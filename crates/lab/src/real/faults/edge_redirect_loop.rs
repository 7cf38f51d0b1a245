//! The zone is in mode flexible, and the origin sends whoever comes over http to https.
//!
//! # What breaks
//! The edge asks over http, whatever its visitors ask with, and each is sent to where they are already.
//!
//! # As in real life
//! certbot was asked to redirect, or a plugin forces https, in a zone whose mode nobody raised.
use rayfix_core::target::SslMode;

use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "edge-redirect-loop",
    from_outside: Some("edge-redirect-loop"),
    shows: 301,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.set_mode(SslMode::Flexible);
    let redirects = "if ($scheme = http) {\n        return 301 https://$host$request_uri;\n    }";
    stage.replace(SITE, "    location / {", &format!("    {redirects}\n\n    location / {{"))?;
    stage.reload_proxy()
}
