//! Port 443 speaks plain HTTP.
//!
//! # What breaks
//! A ClientHello on 443 is answered with a page of status 400 in plain text.
//!
//! # As in real life
//! `listen 443;` without `ssl`, or an app that was moved to 443 as it is.
use rayfix_core::causes::tls_not_spoken;

use super::Fault;
use crate::origins::page::Page;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_not_spoken::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    let page = Page::nginx(400).bytes(false, false);
    stage.origin().tls.opening = Opening::SaysAfterHello(page);
}
