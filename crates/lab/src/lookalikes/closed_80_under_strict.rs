//! Nothing listens on 80, and the site is asked for over https.
//!
//! # What it looks like
//! Port 80 refuses; https visitors are served from 443.
//!
//! # As in real life
//! An origin that was locked down to https, with `Always Use HTTPS` at the edge.
use super::Lookalike;
use crate::stage::{Reach, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.edge.always_https = true;
    stage.origin().plain.reach = Reach::Refuses;
}
