//! Mode flexible, and an origin that sends http to https.
//!
//! # What breaks
//! The edge fetches every visit over http; the origin answers each with a redirect to https, which
//! the edge fetches over http again.
//!
//! # As in real life
//! A plugin that forces https, behind a zone that was left in mode flexible (too-many-redirects
//! page, read 2026-07).
use rayfix_core::causes::edge_redirect_loop;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::origins::page::{Manners, To};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_redirect_loop::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Flexible;
    stage.origin().plain.manners = Manners::Redirects(To::Https);
}
