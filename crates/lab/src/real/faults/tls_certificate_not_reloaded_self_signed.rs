//! A real certificate was fetched, and nginx still shows the makeshift one.
//!
//! # What breaks
//! nginx was started with a self-signed certificate; one from a public authority lies in its place
//! on disk.
//!
//! # As in real life
//! The first set-up needs some certificate so that nginx starts; then certbot ran with `certonly`,
//! and nobody reloaded nginx.
use super::Fault;
use crate::pki::Certificate;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-certificate-not-reloaded",
    from_outside: Some("tls-certificate-self-signed"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.install_certificate(Certificate::SelfSigned)?;
    stage.order(&["systemctl", "restart", "nginx"])?;
    stage.install_certificate(Certificate::Good)
}
