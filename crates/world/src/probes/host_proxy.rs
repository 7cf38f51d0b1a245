//! How the web servers of this machine are set up for the site.
//!
//! # What it asks
//! The processes and the usual places of programs: which web servers are here, running or not. Of
//! nginx, `nginx -V` and its files: which server and location answer for the site at each door that
//! the edge may use, and where they lead. Of Apache, HAProxy and Caddy, their files: whether they
//! name the site, and which upstreams they have. As root also whether nginx would start with its
//! files as they are.
//!
//! # What it touches
//! Nothing. Files are read; `nginx -V`, and `-v` of the others, print and end. `nginx -t` gets a copy
//! of the configuration, in memory, in which logs, sockets and all that is written lead into a
//! private folder, which is removed afterwards.
//!
//! # What the answers mean
//! What stands in the files. Whether it is what runs is another question: a reload may have failed,
//! or never come. A setting that only a request can tell is told as such.
//!
//! # Sources
//! - nginx 1.22.1 and 1.31, sources of the configuration's reading; nginx.org, manual
//! - Apache 2.4, HAProxy 2.6 and Caddy 2 manuals, the directives named in core's readers
use std::sync::Arc;

use rayfix_core::evidence::host::ProxyKind;
use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};

use super::{Asking, Probe, Turn};
use crate::host::rehearsal::rehearse;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "nothing",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    for proxy in host.proxies().await.iter() {
        let question = Question::Host(HostQuestion::Proxy { kind: proxy.kind });
        let Some(asked) = sitting.begin("host_proxy", question) else { continue };
        asked.end(Answer::Got(Seen::Host(HostAnswer::Proxy(Box::new(proxy.clone())))));
    }
    let Some(nginx) = host.web_servers().await.nginx.clone() else { return };
    let question = Question::Host(HostQuestion::Rehearsal { kind: ProxyKind::Nginx });
    let Some(asked) = sitting.begin("host_proxy", question) else { return };
    let rehearsal = rehearse(nginx).await;
    asked.end(Answer::Got(Seen::Host(HostAnswer::Rehearsal(rehearsal))));
}
