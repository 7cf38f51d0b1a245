//! Nothing is out of the ordinary.
//!
//! # What it looks like
//! A healthy shop on a healthy host.
//!
//! # As in real life
//! Most days.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "is-system-running"]).map(|_| ())
}
