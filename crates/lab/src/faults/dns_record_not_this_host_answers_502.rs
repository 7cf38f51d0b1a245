//! The record leads to the machine of before, whose app is gone.
//!
//! # What breaks
//! The edge dials the old address, where the web server still runs and answers 502 for an app that was
//! removed. The origin that is told serves.
//!
//! # As in real life
//! After a move, the old machine was stopped only in part.
use rayfix_core::causes::dns_record_not_this_host;

use super::Fault;
use crate::origins::page::{Manners, Page};
use crate::stage::{ORIGIN_OLD, Origin, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_record_not_this_host::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().recorded = false;
    let mut old = Origin::healthy(ORIGIN_OLD);
    old.told = false;
    old.plain.manners = Manners::Answers(Page::nginx(502));
    old.tls.manners = Manners::Answers(Page::nginx(502));
    stage.origins.push(old);
}
