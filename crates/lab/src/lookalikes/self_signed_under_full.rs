//! A self-signed certificate in mode full.
//!
//! # What it looks like
//! The origin's certificate is worth nothing; the edge does not look.
//!
//! # As in real life
//! The usual set-up of mode full.
use rayfix_core::target::SslMode;

use super::Lookalike;
use crate::pki::Certificate;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Full;
    stage.tls().certificate = Certificate::SelfSignedAuthority;
}
