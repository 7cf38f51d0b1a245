//! The name is an alias of one that has no address.
//!
//! # What breaks
//! A CNAME leads to another name, which has neither A nor AAAA.
//!
//! # As in real life
//! The target at a provider was taken down; the alias stayed.
use rayfix_core::causes::dns_name_missing;

use super::Fault;
use crate::stage::Stage;

/// The fault.
pub static UNIT: Fault = Fault { breeds: &dns_name_missing::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.zone.alias = Some("shop.hosting.example.test".to_owned());
    stage.zone.a.clear();
    stage.zone.aaaa.clear();
}
