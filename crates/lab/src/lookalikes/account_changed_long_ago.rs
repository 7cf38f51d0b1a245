//! The log holds a change of the mode, long ago.
//!
//! # What it looks like
//! The SSL mode was raised to strict last spring, and the record was changed a week before that.
//!
//! # As in real life
//! Every account has a history.
use std::time::Duration;

use rayfix_core::target::SslMode;

use super::Lookalike;
use crate::account::Change;
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.account.mode_before = Some((SslMode::Full, Duration::from_secs(180 * 86_400)));
    stage.account.changes.push(Change {
        ago: Duration::from_secs(187 * 86_400),
        action: "rec_set",
        resource: "dns.record",
        subject: "shop.example.test",
        before: "127.0.65.99",
        after: "127.0.65.1",
    });
}
