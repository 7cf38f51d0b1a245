//! nginx's file names another address than nginx asks, and the one that it asks serves.
//!
//! # What it looks like
//! The site's file leads to a port where nobody listens; nginx runs with what it read before.
//!
//! # As in real life
//! A move that is being prepared.
use super::{Lookalike, SITE};
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SITE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")
}
