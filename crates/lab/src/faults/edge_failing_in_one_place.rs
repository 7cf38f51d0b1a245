//! The edge answers 502 by itself in one of its places.
//!
//! # What breaks
//! Visits from here land in Amsterdam, and all of them get the bare 502. By the account's counts the
//! other places serve, and no 502 came from the origin.
//!
//! # As in real life
//! Traffic is moved out of a data centre for maintenance.
use rayfix_core::causes::edge_failing;

use super::Fault;
use crate::account::Counted;
use crate::stage::{Own, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &edge_failing::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.edge.own = Own::FailsUnbranded(502);
    let of = |colo, edge_status, origin_status, count| Counted {
        colo,
        edge_status,
        origin_status,
        count,
    };
    stage.account.counted = vec![
        of("AMS", 502, 0, 1200),
        of("FRA", 200, 200, 3400),
        of("LHR", 200, 200, 2900),
        of("CDG", 200, 200, 2100),
    ];
}
