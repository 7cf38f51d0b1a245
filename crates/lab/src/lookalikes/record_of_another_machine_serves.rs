//! The record leads to another machine than the one that is told, and the site is served.
//!
//! # What it looks like
//! The address in the account is not the origin's; visits are served all the same.
//!
//! # As in real life
//! A proxy of one's own stands between Cloudflare and the app, and somebody told the app's address.
use super::Lookalike;
use crate::stage::{ORIGIN_OLD, Origin, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.origin().recorded = false;
    let mut front = Origin::healthy(ORIGIN_OLD);
    front.told = false;
    stage.origins.push(front);
}
