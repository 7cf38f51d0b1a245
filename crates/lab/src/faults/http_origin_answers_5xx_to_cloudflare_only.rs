//! The proxy on the origin answers 502, and a firewall admits only Cloudflare.
//!
//! # What breaks
//! nginx is up and says 502; whoever asks it directly gets no answer at all.
//!
//! # As in real life
//! The app behind nginx is stopped, on an origin that is locked down as is advised.
use rayfix_core::causes::http_origin_answers_5xx;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::{Reach, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &http_origin_answers_5xx::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.answers(Manners::Answers(Page::nginx(502)));
    stage.reach(Reach::Drops);
    stage.edge_reach(&[Reach::Accepts]);
}
