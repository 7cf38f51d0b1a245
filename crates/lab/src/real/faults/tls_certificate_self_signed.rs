//! The origin's certificate signed itself.
//!
//! # What breaks
//! nginx shows a certificate that no authority has signed; the edge is in mode strict.
//!
//! # As in real life
//! `openssl req -x509` made it when the site was set up, in mode full; then somebody raised the mode.
use super::Fault;
use crate::pki::Certificate;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-certificate-self-signed",
    from_outside: Some("tls-certificate-self-signed"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.install_certificate(Certificate::SelfSigned)?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
