//! Of a pool's two origins one is down, and the load balancer avoids it.
//!
//! # What it looks like
//! The monitor calls one origin unwell, and nothing listens there. All visits are served by the other.
//!
//! # As in real life
//! What a load balancer is for.
use super::Lookalike;
use crate::stage::{ORIGIN_OLD, Origin, Reach, Record, Stage};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.edge.record = Record::Pool { fallback: true };
    let mut down = Origin::healthy(ORIGIN_OLD);
    down.told = false;
    down.unwell = Some("TCP connection failed");
    down.plain.reach = Reach::Refuses;
    down.tls.reach = Reach::Refuses;
    stage.origins.push(down);
}
