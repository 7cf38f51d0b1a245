//! The two doors of an origin, asked as the edge asks them.

use std::net::SocketAddr;
use std::time::Duration;

use rayfix_core::evidence::{Offer, TcpAnswer, TlsAnswer};
use rayfix_core::radius::{DoorSeen, Doubt, OriginSeen, ReplySeen, Said};
use rayfix_core::target::{Scheme, Site};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{Asking, Way};
use crate::clock;
use crate::dial;
use crate::exchange::{ACCEPT_GZIP, ACCEPT_HTML, USER_AGENT, exchange, get};
use crate::greet::{Hello, Like, Trust, greet_on, hail};
use crate::probes::origin_http::DRESS;

/// How long one origin may take for each step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    connect: Duration,
    handshake: Duration,
    reply: Duration,
    /// For a body that flows on.
    flow: Duration,
}

impl Limits {
    /// Shares of the whole, so that several rounds of origins find their time in it: the edge itself waits 19 s for a
    /// connection and 125 s for a reply (connection-limits page, read 2026-07).
    pub(super) fn within(whole: Duration) -> Limits {
        let share = |part: u32, most: u64| (whole / part).min(Duration::from_secs(most));
        Limits {
            // Lost SYNs are sent again after one second.
            connect: share(12, 4),
            handshake: share(12, 5),
            reply: share(6, 10),
            flow: share(60, 1),
        }
    }
}

/// Pages besides the first that a redirect leads to and that are asked, for each door.
const MORE_PAGES: usize = 2;

/// Asks both doors.
pub(super) async fn origin(asking: &Asking, way: &Way) -> OriginSeen {
    let (plain, tls) = tokio::join!(
        door(asking, way, Scheme::Http, way.plain),
        door(asking, way, Scheme::Https, way.tls)
    );
    OriginSeen { address: way.address, plain, tls }
}

async fn door(asking: &Asking, way: &Way, scheme: Scheme, port: u16) -> DoorSeen {
    let visitors: Vec<Scheme> = asking
        .requests
        .iter()
        .filter(|(door, _)| *door == scheme)
        .map(|(_, visitor)| *visitor)
        .collect();
    let mut seen = DoorSeen::unasked(port, Doubt::NotAsked);
    if visitors.is_empty() {
        return seen;
    }
    let to = asking.detours.lead(SocketAddr::new(way.address, port));
    if dial::no_road_here(to).await {
        seen.doubt = Some(Doubt::NoRoadHere);
        return seen;
    }
    let connect = || dial::connect(to, by(asking.limits.connect));
    let first = async { connect().await.map_or_else(|answer| answer, |_| TcpAnswer::Accepted) };
    let tcp = match asking.connected.get(&to) {
        Some(known) => *known.get_or_init(|| first).await,
        None => first.await,
    };
    seen.tcp = Some(tcp);
    seen.doubt = None;
    if tcp != TcpAnswer::Accepted {
        return seen;
    }
    let mut pages: Vec<(Scheme, String)> =
        visitors.iter().map(|visitor| (*visitor, "/".to_owned())).collect();
    let most = pages.len() + MORE_PAGES;
    let mut at = 0;
    while let Some((visitor, path)) = pages.get(at).cloned() {
        at += 1;
        let stream = match connect().await {
            Ok(stream) => stream,
            Err(answer) => {
                // It was accepted before: whoever is that busy is asked again by the edge as well.
                if seen.said.is_empty() {
                    seen.tcp = Some(answer);
                }
                return seen;
            }
        };
        let asked = ask(asking, way, scheme, stream, visitor, &path, &mut seen).await;
        let Some(reply) = asked else { return seen };
        if let ReplySeen::Passed { to: Some(next), .. } = &reply
            && visitors.contains(&next.0)
            && !pages.contains(next)
            && pages.len() < most
        {
            pages.push(next.clone());
        }
        seen.said.push(Said { visitor, path, reply });
    }
    seen
}

/// One request; none where the handshake did not get through.
async fn ask(
    asking: &Asking,
    way: &Way,
    scheme: Scheme,
    mut stream: TcpStream,
    visitor: Scheme,
    path: &str,
    seen: &mut DoorSeen,
) -> Option<ReplySeen> {
    let site = |host: &str| Site {
        scheme: visitor,
        host: host.to_owned(),
        port: visitor.port(),
        path: path.to_owned(),
    };
    let word = visitor.word();
    let cf_visitor = format!("{{\"scheme\":\"{word}\"}}");
    let mut headers = vec![ACCEPT_HTML, ACCEPT_GZIP, USER_AGENT];
    headers.extend(DRESS);
    headers.extend([("X-Forwarded-Proto", word), ("CF-Visitor", cf_visitor.as_str())]);
    let bytes = get(&site(&way.header).authority(), path, &headers);
    let limits = asking.limits;
    let exchanged = match scheme {
        Scheme::Http => exchange(&mut stream, &bytes, limits.flow, by(limits.reply)).await,
        Scheme::Https => {
            let hello = Hello { name: &way.sni, told: true, like: Like::Edge };
            let trust = if asking.only_roots {
                Trust::Only(&asking.roots)
            } else {
                Trust::Edge(&asking.roots)
            };
            match greet_on(stream, hello, trust, by(limits.handshake)).await {
                Ok(mut greeted) => {
                    seen.tls = Some(TlsAnswer::Greeted(greeted.greeting));
                    exchange(&mut greeted.stream, &bytes, limits.flow, by(limits.reply)).await
                }
                Err(answer) => {
                    let older = matches!(
                        answer,
                        TlsAnswer::Alert { .. } | TlsAnswer::Cut { .. } | TlsAnswer::Garbled
                    );
                    seen.tls = Some(answer);
                    if older {
                        seen.legacy = legacy(asking, way, seen.port).await;
                    }
                    return None;
                }
            }
        }
    };
    Some(ReplySeen::of(&exchanged.answer, exchanged.location.as_deref(), &site(&way.host)))
}

/// The answer to a hello with everything that the edge offers.
async fn legacy(asking: &Asking, way: &Way, port: u16) -> Option<TlsAnswer> {
    let to = asking.detours.lead(SocketAddr::new(way.address, port));
    let stream = dial::connect(to, by(asking.limits.connect)).await.ok()?;
    Some(hail(stream, Offer::EdgeLegacy, Some(&way.sni), by(asking.limits.handshake)).await)
}

fn by(limit: Duration) -> Instant {
    clock::instant() + limit
}
