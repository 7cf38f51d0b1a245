//! The connectors of tunnels on this machine, and the service that the site's rule leads to.
//!
//! # What it asks
//! Which processes of cloudflared run and which units would start one; what their command lines and
//! configurations say, and which rule answers for the site. A running one's own HTTP server:
//! `/ready`, `/metrics`, `/config`, `/diag/tunnel`. The rule's service: the site's page, as
//! cloudflared asks for it.
//!
//! # What it touches
//! Four requests to each connector, of which `/diag/tunnel` leaves two lines in its log, and one to
//! the service. Of files with a token or credentials only the shape is kept.
//!
//! # What the answers mean
//! `/ready` counts connections that the edge registered; that it does so does not prove that anything
//! flows. Rules of version -1 are local; others are kept at Cloudflare, and known only while the
//! connector runs.
//!
//! # Sources
//! - cloudflared source and captures, release 2026.8.2, 2026-11-22
use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::host::UpstreamAsked;
use rayfix_core::evidence::host::tunnel::{ConnectorAnswer, ConnectorAsked};
use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};
use rayfix_core::hop::Hop;

use super::{Asking, Probe, Turn};
use crate::host::service::{self, Manner};
use crate::sitting::{self, Sitting};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "four requests to each connector, one to the service behind it",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

/// For the service's reply.
const REPLY: Duration = Duration::from_secs(3);

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let connectors = host.connectors().await;
    if connectors.is_empty() {
        note(&sitting, &ConnectorAnswer::default());
    }
    for connector in connectors.iter() {
        note(&sitting, connector);
    }
    let mut services: Vec<(UpstreamAsked, Option<String>)> = Vec::new();
    for rule in connectors.iter().filter_map(ConnectorAnswer::rule) {
        let site = &sitting.target.site;
        let asked =
            rule.service.as_ref().and_then(|to| to.asked(&rule.request, &site.host, &site.path));
        if let Some(asked) = asked
            && !services.iter().any(|(known, _)| *known == asked)
        {
            services.push((asked, rule.request.ca_pool.clone()));
        }
    }
    let asking = services.into_iter().take(4).map(|(asked, pool)| {
        let sitting = Arc::clone(&sitting);
        async move { ask_service(&sitting, asked, pool.as_deref()).await }
    });
    sitting::all(asking.collect::<Vec<_>>()).await;
}

fn note(sitting: &Arc<Sitting>, connector: &ConnectorAnswer) {
    let asked = ConnectorAsked {
        unit: connector.unit.clone(),
        pid: connector.running.as_ref().map(|program| program.pid),
    };
    let question = Question::Host(HostQuestion::Connector(asked));
    let Some(asked) = sitting.begin("host_connectors", question) else { return };
    asked.end(Answer::Got(Seen::Host(HostAnswer::Connector(Box::new(connector.clone())))));
}

async fn ask_service(sitting: &Arc<Sitting>, asked: UpstreamAsked, ca_pool: Option<&str>) {
    let question = Question::Host(HostQuestion::Upstream(asked.clone()));
    let Some(begun) = sitting.begin("host_connectors", question) else { return };
    let manner = Manner { path: &sitting.target.site.path, ca_pool, by: sitting.by(REPLY) };
    let answer = match service::ask(&asked, &manner).await {
        Some(answer) => HostAnswer::Upstream(answer),
        None => {
            HostAnswer::Failed { why: "only root, or the connector itself, may ask it".to_owned() }
        }
    };
    debug_assert_eq!(asked.by, Hop::Tunnel);
    begun.end(Answer::Got(Seen::Host(answer)));
}
