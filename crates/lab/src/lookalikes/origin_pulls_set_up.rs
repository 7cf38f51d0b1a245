//! Authenticated origin pulls, set up on both sides.
//!
//! # What it looks like
//! Asked directly, the origin ends the handshake for want of a certificate; the edge shows one.
//!
//! # As in real life
//! What the docs advise.
use super::Lookalike;
use crate::stage::{ClientCertificate, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.edge.client_certificate = true;
    stage.tls().client = ClientCertificate::Required;
}
