//! The record is not proxied, and the site works.
//!
//! # What it looks like
//! Visitors reach the origin itself, whose certificate is a public one.
//!
//! # As in real life
//! A host that was left out of the proxy on purpose.
use super::Lookalike;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.not_proxied();
}
