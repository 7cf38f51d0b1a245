//! The name has no IPv6 address.
//!
//! # What it looks like
//! Lookups of AAAA find nothing.
//!
//! # As in real life
//! A zone with IPv6 compatibility switched off.
use super::Lookalike;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.zone.aaaa.clear();
}
