//! The tunnel's rules name another host.
//!
//! # What breaks
//! cloudflared has no rule for the site, and its last one answers 404 with nothing in it. The account
//! holds the rules.
//!
//! # As in real life
//! The host was renamed, or its rule was deleted in the dashboard.
use rayfix_core::causes::tunnel_ingress_unmatched;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::{Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tunnel_ingress_unmatched::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Tunnel { connected: true };
    stage.origin().told = false;
    let nothing = Page { status: 404, headers: Vec::new(), ..Page::html(404, Vec::new()) };
    stage.answers(Manners::Answers(nothing));
    let rule = ("www.example.test".to_owned(), "http://localhost:80".to_owned());
    stage.account.ingress = Some(vec![rule]);
}
