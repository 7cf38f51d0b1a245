//! The same with nginx, which refuses by page.
//!
//! # What it looks like
//! Asked directly, every request gets status 400; the edge shows a certificate.
//!
//! # As in real life
//! nginx with `ssl_verify_client on`.
use super::Lookalike;
use crate::stage::{ClientCertificate, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.edge.client_certificate = true;
    stage.tls().client = ClientCertificate::RequiredByPage;
}
