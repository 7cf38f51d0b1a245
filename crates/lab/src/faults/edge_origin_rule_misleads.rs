//! A rule of the zone sends the edge to a port where nobody listens any more.
//!
//! # What breaks
//! The edge answers 521. The address of the record serves the site on its usual port.
//!
//! # As in real life
//! The app ran on port 8443 behind an origin rule; it moved to 443 and the rule was forgotten.
use rayfix_core::causes::edge_origin_rule_misleads;

use super::Fault;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_origin_rule_misleads::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().told = false;
    stage.edge.rule_port = Some(8443);
}
