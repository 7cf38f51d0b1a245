//! A site in mode strict that works.
//!
//! # What it looks like
//! Everything answers as it should, over http and https, on IPv4 and IPv6.
//!
//! # As in real life
//! A site on a good day.
use super::Lookalike;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(_stage: &mut Stage) {}
