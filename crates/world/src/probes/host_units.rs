//! How the services are that have to do with the site.
//!
//! # What it asks
//! systemd, over D-Bus: the state of the web server, of the app (whoever listens at its address or
//! should), of the tunnel's connector, and of what renews certificates; how each one's process ended,
//! how often it was restarted, and whether its file was changed since it was read. Where there is no
//! systemd, which programs of that name run.
//!
//! # What it touches
//! systemd answers questions; nothing is started, stopped or reloaded.
//!
//! # What the answers mean
//! A unit that failed says with which exit status or signal, and since when. One that is inactive
//! with the result `success` was stopped. One that systemd does not know has another name, or was
//! removed.
//!
//! # Sources
//! - org.freedesktop.systemd1(5): `GetUnit`, `LoadUnit`, and the properties of units and services
use std::sync::Arc;

use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};

use tokio::time::timeout_at;

use super::{Asking, Probe, Turn};
use crate::host::PATIENCE;
use crate::sitting::{self, Sitting};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "some questions to systemd",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let Ok(units) = timeout_at(sitting.by(PATIENCE), host.units()).await else { return };
    let asked = units.into_iter().filter_map(|(name, part)| {
        let question = HostQuestion::Unit { name: name.clone(), part };
        let asked = sitting.begin("host_units", Question::Host(question))?;
        let host = Arc::clone(&host);
        let ends = sitting.by(PATIENCE);
        Some(async move {
            // Late, the question ends as one that took too long.
            let Ok(unit) = timeout_at(ends, host.unit(&name)).await else { return };
            asked.end(Answer::Got(Seen::Host(HostAnswer::Unit(unit))));
        })
    });
    sitting::all(asked.collect::<Vec<_>>()).await;
}
