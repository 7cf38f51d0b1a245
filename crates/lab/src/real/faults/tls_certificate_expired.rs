//! The origin's certificate has expired.
//!
//! # What breaks
//! nginx shows a certificate whose last day was three days ago; the edge is in mode strict.
//!
//! # As in real life
//! certbot failed for a month, and nobody reads its mail.
use super::Fault;
use crate::pki::Certificate;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-certificate-expired",
    from_outside: Some("tls-certificate-expired"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.install_certificate(Certificate::Expired { days_ago: 3 })?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
