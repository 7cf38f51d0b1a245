//! The certificate is for another name.
//!
//! # What breaks
//! nginx shows a certificate for other names than the site's; the edge is in mode strict.
//!
//! # As in real life
//! The site moved to a new name, and the certificate of the old one was kept.
use super::Fault;
use crate::pki::Certificate;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-certificate-name-mismatch",
    from_outside: Some("tls-certificate-name-mismatch"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.install_certificate(Certificate::OtherName)?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
