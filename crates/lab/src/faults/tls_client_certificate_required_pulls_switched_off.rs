//! Authenticated origin pulls were switched off an hour ago, and the origin still demands them.
//!
//! # What breaks
//! The handshake ends with an alert where no certificate is shown, and the edge shows none any more.
//!
//! # As in real life
//! A clean-up of the zone's settings.
use std::time::Duration;

use rayfix_core::causes::tls_client_certificate_required;

use super::Fault;
use crate::account::Change;
use crate::stage::{ClientCertificate, Stage, Versions};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_client_certificate_required::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.tls().versions = Versions::Only12;
    stage.tls().client = ClientCertificate::Required;
    stage.account.changes.push(Change {
        ago: Duration::from_secs(3600),
        action: "change_setting",
        resource: "zone.settings",
        subject: "tls_client_auth",
        before: "on",
        after: "off",
    });
}
