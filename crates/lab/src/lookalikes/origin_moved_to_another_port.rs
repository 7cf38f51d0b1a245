//! The origin answers https on 8443, by a rule of the zone.
//!
//! # What it looks like
//! The origin is told with its port; 443 plays no part.
//!
//! # As in real life
//! An Origin Rule that changes the port.
use super::Lookalike;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.origin().tls.port = 8443;
}
