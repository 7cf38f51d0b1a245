//! The certificate is shown without its intermediate.
//!
//! # What breaks
//! nginx shows the leaf alone, with nothing that leads to a root.
//!
//! # As in real life
//! `ssl_certificate` names `cert.pem` where `fullchain.pem` is meant.
use super::Fault;
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
    stage.install_certificate(Certificate::WithoutIntermediate)?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
