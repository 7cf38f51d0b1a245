//! The upstreams of the site's web server, asked from this machine as the web server asks them.
//!
//! # What it asks
//! Every address that the web server may hand a request for the site to, at most eight, side by side;
//! members that are marked as down are left out. Its name; the way to its socket with the rights of
//! the web server's user; a connection; a handshake as the web server has it; then one GET of the
//! site's path with the Host that the web server sends, in HTTP, FastCGI or uwsgi.
//!
//! # What it touches
//! One connection with at most one GET to each address. Connecting takes at most two seconds, or what
//! the web server gives it; the reply as long as one of the origin.
//!
//! # What the answers mean
//! The first thing that goes wrong is the answer, so that a refusal here and a 502 there have one
//! cause. An upstream of a container is not asked, since its addresses are others there. Without
//! root a socket that only its group may use cannot be asked.
//!
//! # Sources
//! - nginx 1.22.1, sources: `ngx_http_upstream.c`, `ngx_http_proxy_module.c`; unix(7), path_resolution(7)
//! - FastCGI 1.0; uWSGI docs, "The uwsgi Protocol"; RFC 3875

use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::host::{ProxyKind, ProxySeen, UpstreamAsked};
use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen, WhyNot};
use rayfix_core::hop::Hop;
use rayfix_core::proxy::nginx::{Pass, PeerAddress, Peers};
use rayfix_core::redact;

use super::origin_http::DRESS;
use super::{Asking, Probe, Turn};
use crate::exchange::{ACCEPT_GZIP, ACCEPT_HTML, USER_AGENT};
use crate::greet::Trust;
use crate::host::proxies::Found;
use crate::host::upstream::{self, Manner};
use crate::host::user::User;
use crate::host::view::View;
use crate::sitting::{Sitting, all};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one GET request to each upstream of the site on this machine",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

/// Addresses that are asked.
const MOST: usize = 8;
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(2);

/// A question, and how it is put.
#[derive(Debug, Clone)]
struct Task {
    asked: UpstreamAsked,
    /// With the values of its query.
    path: String,
    http: String,
    pass: Option<Arc<Pass>>,
    pid: Option<u32>,
    group: Option<String>,
}

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let found = host.web_servers().await;
    let site = &sitting.target.site;
    let tasks = tasks(&found, &site.authority(), &site.path);
    all(tasks.into_iter().map(|task| one(Arc::clone(&sitting), task))).await;
}

/// What is asked, in the order of the doors.
fn tasks(found: &Found, site: &str, path: &str) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut add = |task: Task| {
        if tasks.len() < MOST && !tasks.iter().any(|other| other.asked == task.asked) {
            tasks.push(task);
        }
    };
    for proxy in found.seen.iter().filter(|proxy| answers_here(proxy, &found.seen)) {
        let pid = proxy.running.as_ref().map(|running| running.pid);
        let user = user_of(proxy);
        let asked = |to: &PeerAddress, speaks, host: Option<String>, path: &str| UpstreamAsked {
            by: Hop::Proxy,
            to: to.clone(),
            speaks,
            host,
            path: redact::query(path),
            sni: None,
            verifies: false,
            as_user: user.clone(),
        };
        let passes = proxy.doors.iter().filter_map(|door| door.served.as_ref());
        for pass in passes.flat_map(|served| served.passes()).map(|(_, pass)| pass) {
            let host = pass.host.as_ref().map_or(site, |host| &host.value).to_owned();
            let sent = &whole(pass.path.as_deref().unwrap_or(path), path);
            for to in addresses(&pass.peers) {
                let mut asked = asked(to, pass.speaks, Some(host.clone()), sent);
                if let Some(tls) = &pass.tls {
                    asked.sni.clone_from(&tls.sni);
                    asked.verifies = tls.verifies.value;
                }
                add(Task {
                    asked,
                    path: sent.to_owned(),
                    http: pass.limits.http_version.as_ref().map_or("1.0", |v| &v.value).to_owned(),
                    pass: Some(Arc::new(pass.clone())),
                    pid,
                    group: proxy.process.as_ref().and_then(|process| process.group.clone()),
                });
            }
        }
        for (_, to, speaks) in found.speaks.iter().filter(|(kind, _, _)| *kind == proxy.kind) {
            let asked = asked(to, *speaks, Some(site.to_owned()), path);
            let path = path.to_owned();
            let http = "1.1".to_owned();
            add(Task { asked, path, http, pass: None, pid, group: None });
        }
    }
    tasks
}

/// A path as the configuration makes it of the site's, with the values of the site's query, which
/// the reading of the configuration was not told.
fn whole(sent: &str, site: &str) -> String {
    let told = redact::query(site);
    match (site.split_once('?'), told.split_once('?')) {
        (Some((_, query)), Some((_, told))) if !told.is_empty() => match sent.strip_suffix(told) {
            Some(start) => format!("{start}{query}"),
            None => sent.to_owned(),
        },
        _ => sent.to_owned(),
    }
}

/// Whether requests for the site come to this web server: it names the site, or no other does and it
/// is nginx, whose default server is known. Addresses of a container are not ours to ask.
fn answers_here(proxy: &ProxySeen, all: &[ProxySeen]) -> bool {
    let contained = proxy.running.as_ref().is_some_and(|running| running.container.is_some());
    let nobody_else = !all.iter().any(|other| other.names_site);
    !contained && (proxy.names_site || (nobody_else && proxy.kind == ProxyKind::Nginx))
}

/// The user that its workers run as: the one that is stated, if the master may become him.
fn user_of(proxy: &ProxySeen) -> Option<String> {
    let master = proxy.running.as_ref().map(|running| running.user.clone());
    let stated = proxy.process.as_ref().map(|process| process.user.value.clone());
    match master {
        Some(master) if master != "root" => Some(master),
        _ => stated,
    }
}

fn addresses(peers: &Peers) -> Vec<&PeerAddress> {
    match peers {
        Peers::Group(group) => {
            let up = group.members.iter().filter(|member| !member.down);
            up.map(|member| &member.address).collect()
        }
        _ => peers.addresses(),
    }
}

async fn one(sitting: Arc<Sitting>, task: Task) {
    let question = Question::Host(HostQuestion::Upstream(task.asked.clone()));
    let view = Arc::new(task.pid.map_or_else(View::own, View::of));
    let tls = task.pass.as_ref().and_then(|pass| pass.tls.as_ref());
    let trusts = tls.filter(|tls| tls.verifies.value).and_then(|tls| tls.trusts.as_ref());
    let roots = match trusts {
        Some(file) => upstream::roots(&view, &file.value).await,
        None => Vec::new(),
    };
    let user = task.asked.as_user.as_deref();
    let user = user.and_then(|name| User::find(&view, name, task.group.as_deref()));
    let limit = |pass: &Arc<Pass>| pass.limits.connect_timeout.value.min(CONNECT);
    let limits = sitting.limits;
    // Who would have been given up by the web server is given up here a moment later.
    let patience = |pass: &Arc<Pass>| pass.limits.read_timeout.value + Duration::from_secs(1);
    let reply = task.pass.as_ref().map_or(limits.reply, |pass| patience(pass).min(limits.reply));
    let manner = Manner {
        path: &task.path,
        http: &task.http,
        headers: dress(sitting.target.site.scheme.word()),
        checked_for: tls.and_then(|tls| tls.name.as_ref()).map(|name| name.value.as_str()),
        trust: Trust::Only(&roots),
        shows_certificate: tls.is_some_and(|tls| tls.certificate.is_some()),
        script: task.pass.as_ref().and_then(|p| p.script.as_ref()).map(|s| s.value.as_str()),
        view: Arc::clone(&view),
        user,
        connect: task.pass.as_ref().map_or(CONNECT, limit),
        reply,
        flow: limits.flow,
        ends: sitting.by(limits.reply + CONNECT * 3),
    };
    let Some(asked) = sitting.begin("host_upstream", question) else { return };
    asked.end(match upstream::ask(&task.asked, &manner).await {
        Some(answer) => Answer::Got(Seen::Host(HostAnswer::Upstream(answer))),
        None => Answer::NotAsked { why: WhyNot::NeedsRoot },
    });
}

/// What a request of the edge's has by the time that a proxy hands it on.
pub(crate) fn dress(scheme: &str) -> Vec<(String, String)> {
    let visitor = format!("{{\"scheme\":\"{scheme}\"}}");
    let mut headers = vec![ACCEPT_HTML, ACCEPT_GZIP, USER_AGENT];
    headers.extend(DRESS);
    headers.extend([("X-Forwarded-Proto", scheme), ("CF-Visitor", &visitor)]);
    headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_the_query_are_sent_though_the_reading_was_not_told_them() {
        let site = "/cart?token=s3cret&x=1";
        let told = redact::query(site);
        assert!(!told.contains("s3cret"));
        assert_eq!(whole(&told, site), site);
        let moved = told.replace("/cart", "/app/cart");
        assert_eq!(whole(&moved, site), "/app/cart?token=s3cret&x=1");
        assert_eq!(whole("/fixed", site), "/fixed");
        assert_eq!(whole("/a", "/a"), "/a");
    }

    #[test]
    fn a_request_is_dressed_as_the_edge_dresses_it() {
        let headers = dress("https");
        let has = |name: &str| headers.iter().any(|(own, _)| own == name);
        assert!(has("CF-Connecting-IP") && has("X-Forwarded-Proto") && !has("Cookie"));
        // The mark of visits is not borne by requests that did not come through the edge.
        let agent = headers.iter().find(|(name, _)| name == "User-Agent").unwrap();
        assert_eq!(agent.1, USER_AGENT.1);
    }
}
