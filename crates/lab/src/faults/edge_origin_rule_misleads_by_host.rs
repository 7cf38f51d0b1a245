//! A rule of the zone has the edge ask for a host that the origin no longer has.
//!
//! # What breaks
//! The edge greets the origin under the rule's Host and gets alert 112: it answers 525. Asked for the site's own
//! name, the origin serves.
//!
//! # As in real life
//! A host header override for a platform's name, which stayed when the shop moved to a server of its own.
use rayfix_core::causes::edge_origin_rule_misleads;

use super::Fault;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_origin_rule_misleads::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().told = false;
    stage.edge.rule_host = Some("shop.platform.example.test".to_owned());
    stage.tls().names = Some(vec!["shop.example.test".to_owned()]);
}
