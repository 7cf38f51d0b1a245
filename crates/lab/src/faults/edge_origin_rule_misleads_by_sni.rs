//! A rule of the zone has the edge greet the origin under a name that it does not know.
//!
//! # What breaks
//! The origin answers the hello with alert 112, and the edge 525. Greeted by the site's own name, it serves.
//!
//! # As in real life
//! An SNI override that was set for a certificate of an old name.
use rayfix_core::causes::edge_origin_rule_misleads;

use super::Fault;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_origin_rule_misleads::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().told = false;
    stage.edge.rule_sni = Some("old.example.test".to_owned());
    stage.tls().names = Some(vec!["shop.example.test".to_owned()]);
}
