//! An expired certificate in mode full.
//!
//! # What it looks like
//! The origin's certificate ended a month ago; the edge does not look.
//!
//! # As in real life
//! A site that was put in mode full because of it.
use rayfix_core::target::SslMode;

use super::Lookalike;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Full;
    stage.tls().certificate = Certificate::Expired { days_ago: 31 };
}
