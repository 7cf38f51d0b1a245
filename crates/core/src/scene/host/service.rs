//! The service behind the tunnel, asked from here as cloudflared asks it, and what its failure is.
//!
//! Each way to fail is one cause, so the kinds are told apart once. cloudflared waits for a reply as
//! long as the edge does, so a service that takes our request and stays silent is only the cause of
//! what visitors get where they get a timeout. Lines of the log that fall into this sitting count
//! where the same question was answered well from here: the fault may come and go.

use super::UpstreamSeen;
use super::blame::weigh;
use super::tunnel::{Tunnel, all_got, blame_replies, elsewhere};
use crate::causes::{Confidence, Verdict};
use crate::evidence::host::tunnel::{IngressFrom, Service, look_up};
use crate::evidence::host::{Kept, UpstreamAnswer};
use crate::evidence::http::Malformation;
use crate::evidence::{HttpAnswer, PageForm, Reading, ReadingId, TcpAnswer, TlsAnswer};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::account::{TunnelTold, remote_rules};
use crate::scene::suspect::{Sign, deduped};
use crate::scene::visits::EdgeState;

/// How a service fails cloudflared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nobody takes the connection.
    Refused,
    /// Its name leads nowhere.
    Unresolvable,
    /// It does not answer in time, or there is no way to it.
    Timeout,
    /// The handshake fails, or the certificate is not trusted.
    TlsRejected,
    /// One speaks TLS and the other does not.
    SchemeMismatch,
    /// It ends the connection without an answer.
    ClosedEarly,
}

impl Failure {
    /// What an answer amounts to; `None`: it is no failure of these.
    #[must_use]
    pub fn of(seen: &UpstreamSeen<'_>) -> Option<Failure> {
        let tls = seen.asked.speaks.tls();
        match seen.answer {
            UpstreamAnswer::Nameless { .. } => Some(Failure::Unresolvable),
            UpstreamAnswer::SocketMissing { .. }
            | UpstreamAnswer::NoSocket { .. }
            | UpstreamAnswer::SocketForbidden { .. }
            | UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, .. } => Some(Failure::Refused),
            UpstreamAnswer::Unconnected {
                tcp: TcpAnswer::Silent { .. } | TcpAnswer::Unreachable { .. },
                ..
            } => Some(Failure::Timeout),
            UpstreamAnswer::Unconnected { .. } | UpstreamAnswer::Accepted => None,
            UpstreamAnswer::Handshake { tls } => match tls.as_ref() {
                TlsAnswer::NotTls { .. } => Some(Failure::SchemeMismatch),
                TlsAnswer::Silent { .. } => Some(Failure::Timeout),
                TlsAnswer::Cut { .. } => Some(Failure::ClosedEarly),
                TlsAnswer::HelloAccepted { .. } => None,
                TlsAnswer::Greeted(_) | TlsAnswer::Alert { .. } | TlsAnswer::Garbled => {
                    Some(Failure::TlsRejected)
                }
            },
            UpstreamAnswer::Http { http } => match http.as_ref() {
                HttpAnswer::Silent { .. } => Some(Failure::Timeout),
                HttpAnswer::Empty { .. } | HttpAnswer::CutInHead { .. } => {
                    Some(Failure::ClosedEarly)
                }
                HttpAnswer::Malformed { what: Malformation::TlsRecord, .. } if !tls => {
                    Some(Failure::SchemeMismatch)
                }
                HttpAnswer::Alert { .. } => Some(Failure::TlsRejected),
                HttpAnswer::Replied(reply) if !tls && wants_tls(reply.status, &reply.excerpt) => {
                    Some(Failure::SchemeMismatch)
                }
                _ => None,
            },
        }
    }

    /// The meanings of log lines that tell of it.
    fn classes(self) -> &'static [Class] {
        match self {
            Failure::Refused => {
                &[Class::OriginRefused, Class::OriginSocketMissing, Class::OriginSocketForbidden]
            }
            Failure::Unresolvable => &[Class::OriginUnresolvable],
            Failure::Timeout => &[Class::OriginTimeout, Class::OriginUnreachable],
            Failure::TlsRejected => &[Class::OriginTlsRejected],
            Failure::SchemeMismatch => &[Class::OriginSchemeMismatch],
            Failure::ClosedEarly => &[Class::OriginClosedEarly],
        }
    }
}

/// Whether a reply is what nginx, Apache or Go say to plain HTTP on their TLS port.
#[must_use]
pub fn wants_tls(status: u16, body: &str) -> bool {
    let says = [
        "plain HTTP request was sent to HTTPS port",
        "Client sent an HTTP request to an HTTPS server",
        "speaking plain HTTP to an SSL-enabled server port",
    ];
    status == 400 && says.iter().any(|words| body.contains(words))
}

/// Whether the service behind the site's tunnel was seen to fail: then a 502 of the edge's looks is the
/// tunnel's.
#[must_use]
pub fn fails(scene: &Scene<'_>) -> bool {
    let (Some(tunnel), Some(host)) = (Tunnel::of(scene), &scene.host) else { return false };
    tunnel.is_named() && host.upstreams(Hop::Tunnel).iter().any(|seen| Failure::of(seen).is_some())
}

/// Judges one way to fail.
#[must_use]
pub fn judge(scene: &Scene<'_>, failure: Failure) -> Verdict {
    let (Some(tunnel), Some(host)) = (Tunnel::of(scene), &scene.host) else {
        let from_outside = Some(scene).filter(|_| failure == Failure::Refused);
        return from_outside.and_then(by_the_account).unwrap_or_else(|| elsewhere(scene));
    };
    let asked = host.upstreams(Hop::Tunnel);
    let shown = asked.iter().find(|seen| Failure::of(seen) == Some(failure));
    let failed = asked.iter().any(|seen| Failure::of(seen).is_some());
    let now: Vec<(&Reading, &Kept)> = tunnel
        .lines(failure.classes())
        .into_iter()
        .filter(|(_, kept)| host.is_of_now(kept))
        .collect();
    let sign = match (shown, now.last()) {
        (Some(seen), line) => {
            let mut because = vec![seen.reading.id];
            because.extend(line.map(|(reading, _)| reading.id));
            Some(Sign {
                because,
                contrast: connected(&tunnel),
                at_most: surety(scene, &tunnel, seen),
            })
        }
        // Another failure was shown: the line is about that, or about a request of before.
        (None, Some((reading, _))) if !failed => {
            let answered = asked.iter().map(|seen| seen.reading.id).collect();
            Some(Sign {
                because: vec![reading.id],
                contrast: answered,
                at_most: Confidence::Likely,
            })
        }
        _ => None,
    };
    let by_log_alone = shown.is_none() && sign.is_some();
    let clean: Vec<ReadingId> = asked.iter().map(|seen| seen.reading.id).collect();
    // What a service says to plain HTTP on its TLS port comes through as its own reply.
    let passed_on = all_got(scene, |reply, _| wants_tls(reply.status, &reply.excerpt));
    let mut verdict = match (sign, passed_on) {
        (Some(sign), Some(visits)) if failure == Failure::SchemeMismatch => {
            blame_replies(scene, sign, &visits)
        }
        (sign, _) => weigh(scene, sign, &clean),
    };
    if let Some(rule) = tunnel.connector.rule() {
        verdict = verdict.with("service", rule.written.as_str()).with("rule", rule.number);
        if let Some(at) = &rule.at {
            verdict = verdict.with("at", at.to_string());
        }
    }
    if by_log_alone {
        verdict = verdict.with("comes_and_goes", true);
    }
    verdict.explaining(&["http-origin-answers-5xx", "http-reply-too-late"])
}

/// The verdict without a look into the connector's machine, where the account shows that the site comes
/// through a tunnel that somebody is connected to, and visitors get a 502 over which Cloudflare lays
/// its page. cloudflared answers so for a service that gives it no reply, mostly since nobody listens;
/// an app's own 502 looks the same.
fn by_the_account(scene: &Scene<'_>) -> Option<Verdict> {
    let tunnel = scene.host.is_none().then(|| answering_tunnel(scene)).flatten()?;
    let rules = tunnel.configuration.and_then(|(id, one)| Some((id, one, remote_rules(one)?)));
    let ruled = rules.map(|(id, one, rules)| {
        let from = IngressFrom::Remote { version: one.version.unwrap_or_default() };
        (id, look_up(&rules, from, &scene.target.site.host, &scene.target.site.path).rule)
    });
    let mut because = vec![tunnel.record.0];
    because.extend(tunnel.connected());
    let rule = match ruled {
        None => None,
        Some((id, rule)) => {
            // By any other rule cloudflared answers by itself.
            let rule = rule.filter(|rule| matches!(rule.service, Some(Service::Http { .. })))?;
            because.push(id);
            Some(rule)
        }
    };
    because.extend(scene.visits.bad_ids().first());
    let verdict = Verdict::blames(Confidence::Possible, deduped(because))
        .contrasting(scene.trace().into_iter().collect::<Vec<_>>());
    let verdict = verdict.with("tunnel", tunnel.id);
    Some(match rule {
        Some(rule) => verdict.with("service", rule.written).with("rule", rule.number),
        None => verdict,
    })
}

/// The tunnel that the site comes through by the account, where somebody is connected to it and visitors
/// get a 502 that is not the edge's own.
#[must_use]
pub fn answering_tunnel<'a>(scene: &Scene<'a>) -> Option<TunnelTold<'a>> {
    let tunnel = scene.account.tunnel().filter(|tunnel| tunnel.connected().is_some())?;
    let fails = matches!(scene.visits.state(), EdgeState::Fails | EdgeState::Flickers);
    let page = scene.visits.commonest().and_then(|visit| visit.page).map(|page| page.form);
    let behind = scene.symptom.status == Some(502)
        && scene.symptom.error_code.is_none_or(|code| code < 1000)
        && page != Some(PageForm::Unbranded);
    (fails && behind && !scene.visits.direct).then_some(tunnel)
}

/// That the way up to the service stands: connections to the edge, else the edge itself.
fn connected(tunnel: &Tunnel<'_, '_>) -> Vec<ReadingId> {
    if tunnel.connector.ready_connections() > Some(0) {
        return vec![tunnel.reading.id];
    }
    tunnel.contrast().into_iter().collect()
}

fn surety(scene: &Scene<'_>, tunnel: &Tunnel<'_, '_>, seen: &UpstreamSeen<'_>) -> Confidence {
    // The edge waits longer than we do: a slow answer is no silence.
    let taken = matches!(seen.answer, UpstreamAnswer::Http { http }
        if matches!(http.as_ref(), HttpAnswer::Silent { .. }));
    let late = matches!(scene.symptom.status, Some(504 | 524));
    if !tunnel.is_named() || (taken && !late) { Confidence::Likely } else { Confidence::Certain }
}
