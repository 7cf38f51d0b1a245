//! nginx is told to show certbot's `cert.pem`.
//!
//! # What breaks
//! nginx shows the leaf alone; the whole chain lies beside it in `fullchain.pem`.
//!
//! # As in real life
//! `ssl_certificate` was written by hand after a guide that is older than `fullchain.pem`.
use super::{Fault, SITE};
use crate::pki::Certificate;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-chain-incomplete",
    from_outside: Some("tls-chain-incomplete"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.certify()?;
    stage.replace_lineage(Certificate::Good)?;
    stage.replace(SITE, "/fullchain.pem", "/cert.pem")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
