//! The origin sends http to https, in mode strict.
//!
//! # What it looks like
//! Port 80 answers with a redirect; https is served.
//!
//! # As in real life
//! The usual set-up.
use super::Lookalike;
use crate::origins::page::{Manners, To};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.origin().plain.manners = Manners::Redirects(To::Https);
}
