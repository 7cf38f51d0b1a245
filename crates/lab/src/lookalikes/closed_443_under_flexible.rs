//! Nothing listens on 443, in mode flexible.
//!
//! # What it looks like
//! Port 443 refuses; the edge uses port 80.
//!
//! # As in real life
//! An origin without any certificate.
use rayfix_core::target::SslMode;

use super::Lookalike;
use crate::stage::{Reach, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Flexible;
    stage.origin().tls.reach = Reach::Refuses;
}
