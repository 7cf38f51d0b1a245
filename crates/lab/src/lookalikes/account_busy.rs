//! The account is full of troubles of other hosts.
//!
//! # What it looks like
//! Records of other names that lead nowhere, a tunnel that is down, an empty pool, a rule with a wrong
//! port, a failing health check, 522 counted by the hundred: none of it is the site's.
//!
//! # As in real life
//! A zone that serves many hosts has always one that is out of order.
use super::Lookalike;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.account.busy = true;
}
