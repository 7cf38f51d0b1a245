//! The origin completes the handshake and then asks for a certificate by page.
//!
//! # What breaks
//! Every request without a client certificate gets nginx's page of status 400, which the edge
//! passes on.
//!
//! # As in real life
//! nginx with `ssl_verify_client on`, as the docs for authenticated origin pulls show it.
use rayfix_core::causes::tls_client_certificate_required;

use super::Fault;
use crate::stage::{ClientCertificate, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_client_certificate_required::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().client = ClientCertificate::RequiredByPage;
}
