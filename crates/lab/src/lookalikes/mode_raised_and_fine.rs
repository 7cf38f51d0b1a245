//! The mode was raised to strict an hour ago, and nothing came of it.
//!
//! # What it looks like
//! A change in the log just before somebody asks, with an origin whose certificate holds.
//!
//! # As in real life
//! As it should go.
use std::time::Duration;

use rayfix_core::target::SslMode;

use super::Lookalike;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.account.mode_before = Some((SslMode::Full, Duration::from_secs(3600)));
}
