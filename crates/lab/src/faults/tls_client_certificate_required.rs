//! The origin demands a client certificate, in TLS 1.2.
//!
//! # What breaks
//! The handshake ends with an alert where no certificate is shown; the edge shows none.
//!
//! # As in real life
//! Authenticated origin pulls were set up at the origin and not switched on in the zone.
use rayfix_core::causes::tls_client_certificate_required;

use super::Fault;
use crate::stage::{ClientCertificate, Stage, Versions};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_client_certificate_required::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().versions = Versions::Only12;
    stage.tls().client = ClientCertificate::Required;
}
