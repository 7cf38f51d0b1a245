//! The certificates in the files that this machine's web server is told to show.
//!
//! # What it asks
//! The file system: each certificate file of the servers that answer for the site, its key, and for
//! those of certbot's their renewal file, certbot's last logs, and what starts it.
//!
//! # What it touches
//! Nothing: at most twelve files of 1 MiB are read, and the ends of four logs.
//!
//! # What the answers mean
//! A chain in a file is judged as that of a handshake. Where it is another than the one that is
//! served, the web server has not read it yet. Keys and certbot's logs are seen by root only.
//!
//! # Sources
//! - certbot docs, using (where certificates are, renewal), read 2026-11
use std::sync::Arc;

use rayfix_core::evidence::host::UnitAnswer;
use rayfix_core::evidence::{HostAnswer, HostQuestion};

use super::{Asking, Probe, Turn};
use crate::clock;
use crate::host::certificates::Timer;
use crate::host::{Host, aside, certificates};
use crate::sitting::{Sitting, all};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "nothing",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

const NAME: &str = "host_certificates";

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let proxies = host.proxies().await;
    let found = aside::work(&sitting, move || {
        let shown = certificates::shown(&proxies);
        let lineages = certificates::lineages(&shown);
        (shown, lineages)
    });
    let Some((shown, lineages)) = found.await else { return };
    let files = shown.into_iter().map(|shown| {
        let sitting = Arc::clone(&sitting);
        async move {
            let site = sitting.target.site.host.clone();
            let roots = sitting.setup.given_roots.clone();
            let question = HostQuestion::Certificate { path: shown.path.clone() };
            let look = move || {
                let answer = certificates::look(&shown, &site, clock::now(), &roots);
                Ok(HostAnswer::Certificate(answer))
            };
            aside::ask(sitting, NAME, question, look).await;
        }
    });
    let files = all(files.collect::<Vec<_>>());
    if lineages.is_empty() {
        return files.await;
    }
    let (timer, ()) = tokio::join!(timer(&host), files);
    let renewals = lineages.into_iter().map(|lineage| {
        let (sitting, timer) = (Arc::clone(&sitting), timer.clone());
        async move {
            let question = HostQuestion::Renewal { lineage: lineage.clone() };
            let look = move || Ok(HostAnswer::Renewal(certificates::renewal(&lineage, timer)));
            aside::ask(sitting, NAME, question, look).await;
        }
    });
    all(renewals.collect::<Vec<_>>()).await;
}

/// The timers that start renewals, as systemd says.
async fn timer(host: &Host) -> Timer {
    let mut timer = Timer::default();
    for name in certificates::TIMERS {
        let UnitAnswer::Known(unit) = host.unit(name).await else { continue };
        if unit.is_active() {
            timer.waits.get_or_insert_with(|| name.to_owned());
        } else if unit.load == "loaded" && unit.enabled.as_deref() == Some("disabled") {
            timer.off.get_or_insert_with(|| name.to_owned());
        }
    }
    timer
}
