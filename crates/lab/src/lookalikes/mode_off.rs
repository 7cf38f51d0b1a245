//! Mode off, and a site that is content with http.
//!
//! # What it looks like
//! https visitors are sent to http, where the site is served.
//!
//! # As in real life
//! An old site.
use rayfix_core::target::SslMode;

use super::Lookalike;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Off;
}
