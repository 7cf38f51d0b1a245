//! A certificate with nine days left.
//!
//! # What it looks like
//! The certificate will end soon, and has not.
//!
//! # As in real life
//! A renewal that is due.
use super::Lookalike;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.tls().certificate = Certificate::DaysLeft(9);
}
