//! The edge sends http to https, and the origin https to http.
//!
//! # What breaks
//! `Always Use HTTPS` is on; the origin answers on 443 with a redirect to http.
//!
//! # As in real life
//! A site that used to end https at another proxy still corrects the scheme to http.
use rayfix_core::causes::edge_redirect_loop;
use rayfix_core::target::SslMode;

use super::Fault;
use crate::origins::page::{Manners, To};
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_redirect_loop::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.ssl_mode = SslMode::Full;
    stage.edge.always_https = true;
    stage.origin().tls.manners = Manners::Redirects(To::Http);
}
