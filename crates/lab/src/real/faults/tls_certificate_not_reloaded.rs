//! The certificate was renewed, and nginx still shows the old one.
//!
//! # What breaks
//! nginx was started with a certificate that has expired since; the renewed one lies on disk.
//!
//! # As in real life
//! certbot renewed it, and the hook that reloads nginx is missing: common with `certonly`.
use super::Fault;
use crate::pki::Certificate;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-certificate-not-reloaded",
    from_outside: Some("tls-certificate-expired"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.install_certificate(Certificate::Expired { days_ago: 3 })?;
    stage.order(&["systemctl", "restart", "nginx"])?;
    stage.install_certificate(Certificate::Good)
}
