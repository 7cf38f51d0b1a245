//! nginx's configuration on disk does not pass its own test.
//!
//! # What it looks like
//! A semicolon is missing in the site's file; nginx runs with what it read before, and serves.
//!
//! # As in real life
//! An edit that is under way, or one that nobody dared to load.
use super::{Lookalike, SITE};
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SITE, "server_name shop.example.test;", "server_name shop.example.test")
}
