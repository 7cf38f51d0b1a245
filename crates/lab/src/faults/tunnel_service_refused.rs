//! The tunnel's rule leads to a port where nothing listens.
//!
//! # What breaks
//! cloudflared is connected, is refused by the service that its rule names, and answers 502.
//!
//! # As in real life
//! The app moved to another port, and the rule in the dashboard kept the old one.
use rayfix_core::causes::tunnel_service_refused;

use super::Fault;
use crate::stage::{Reach, Record, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tunnel_service_refused::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.record = Record::Tunnel { connected: true };
    stage.origin().told = false;
    stage.reach(Reach::Refuses);
    let rule = ("shop.example.test".to_owned(), "http://localhost:8001".to_owned());
    stage.account.ingress = Some(vec![rule]);
}
