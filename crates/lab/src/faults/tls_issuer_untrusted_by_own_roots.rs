//! The zone trusts only a root of its own at origins, and the origin has a public certificate.
//!
//! # What breaks
//! In mode strict the edge answers 526, though everybody else trusts the certificate.
//!
//! # As in real life
//! A company's root was uploaded to the custom origin trust store, and from then on no public one counts.
use rayfix_core::causes::tls_issuer_untrusted;

use super::Fault;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_issuer_untrusted::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own_root = true;
}
