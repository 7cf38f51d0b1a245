//! The origin forbids everybody but the edge.
//!
//! # What it looks like
//! Asked directly, the origin says 403; through the edge it works.
//!
//! # As in real life
//! nginx with `allow` lines for Cloudflare's ranges and `deny all`.
use super::Lookalike;
use crate::stage::{Denial, Guard, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.guard(Guard::DeniesOthers(Denial::Forbids));
}
