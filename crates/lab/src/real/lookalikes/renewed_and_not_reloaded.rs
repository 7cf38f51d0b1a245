//! The certificate was renewed, and nginx shows the one before, which is good still.
//!
//! # What it looks like
//! Another certificate lies on disk than the one that is shown; both are valid.
//!
//! # As in real life
//! The week after each renewal on a host without a hook.
use super::Lookalike;
use crate::pki::Certificate;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.install_certificate(Certificate::Good)
}
