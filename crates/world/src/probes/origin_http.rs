//! What the origin replies to the edge's request.
//!
//! # What it asks
//! The site's path, from each address of the origin and each port and scheme that the SSL mode may
//! use, with the site's name in `Host` and in the hello. Twice, at once: bare, and with the headers
//! that the edge adds. On https whatever the certificate is worth.
//!
//! # What it touches
//! Two connections with one GET each to each address and port. No cookies are sent, nothing is
//! posted. At most 20 seconds after the request, or two thirds of the time for the whole;
//! a body that flows is read for 5 seconds, or a sixth.
//!
//! # What the answers mean
//! A reply, read as strictly as the edge reads, with each fault of its head and body. Empty, cut or
//! malformed: the edge makes a 520 or a 502 of it. Silent: the app is slow; we wait less long than
//! the edge, which gives it 125 seconds. An alert after the handshake: the origin wants a client
//! certificate. Both alike bad: it is not the edge's headers that the origin minds.
//!
//! # Sources
//! - RFC 9112 (HTTP/1.1 framing); RFC 8446, section 4.4.2.4 (late refusal in TLS 1.3)
//! - Cloudflare docs, http-headers and connection-limits pages, read 2026-07

use std::sync::Arc;

use rayfix_core::evidence::{Answer, HttpAnswer, Question, Seen, WhyNot};
use rayfix_core::hop::Hop;
use rayfix_core::redact;
use rayfix_core::target::{Road, Scheme};
use tokio::net::TcpStream;

use super::{Asking, Probe, Turn};
use crate::dial;
use crate::exchange::{ACCEPT_GZIP, ACCEPT_HTML, USER_AGENT, exchange, get};
use crate::greet::{Hello, Like, greet};
use crate::sitting::{Limits, Sitting, all};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "two GET requests to each address and port of the origin",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let target = &sitting.target;
    let renamed = target.is_renamed();
    let mut roads: Vec<(Road, bool)> =
        target.roads().into_iter().map(|road| (road, renamed)).collect();
    for control in target.roads_without_rule().into_iter().map(|road| (road, false)) {
        if !roads.contains(&control) {
            roads.push(control);
        }
    }
    let both = roads.into_iter().flat_map(|road| [(road, false), (road, true)]);
    let each = both.map(|((road, renamed), dressed)| Request { road, renamed, dressed });
    all(each.map(|request| one(Arc::clone(&sitting), request))).await;
}

/// One request.
#[derive(Debug, Clone, Copy)]
struct Request {
    road: Road,
    /// Under the names that a rule of the zone sets.
    renamed: bool,
    dressed: bool,
}

async fn one(sitting: Arc<Sitting>, one: Request) {
    let Request { road, renamed, dressed } = one;
    let path = redact::query(&sitting.target.site.path);
    let question = Question::Request { road, path, dressed, renamed };
    let door = sitting.setup.detours.lead(road.to);
    if dial::no_road_here(door).await {
        return sitting.not_asked("origin_http", question, WhyNot::NoRoadHere);
    }
    let Some(asked) = sitting.begin("origin_http", question) else { return };
    let answer = match dial::connect(door, sitting.by(sitting.limits.connect)).await {
        Err(_) => Answer::Unreached { at: Hop::Net },
        Ok(stream) => match request(&sitting, one, stream).await {
            None => Answer::Unreached { at: Hop::Tls },
            Some(answer) => Answer::Got(Seen::Http(answer)),
        },
    };
    asked.end(answer);
}

/// `None` where the handshake did not get through.
async fn request(
    sitting: &Sitting,
    Request { road, renamed, dressed }: Request,
    mut stream: TcpStream,
) -> Option<HttpAnswer> {
    let site = &sitting.target.site;
    let ruled = sitting.target.ruled.as_ref().filter(|_| renamed);
    let host = ruled.and_then(|ruled| ruled.host_header.clone());
    let authority = host.unwrap_or_else(|| site.authority());
    let hello_name = if renamed { sitting.target.hello_name() } else { &site.host };
    let visitor = format!("{{\"scheme\":\"{}\"}}", site.scheme.word());
    let mut headers = vec![ACCEPT_HTML, ACCEPT_GZIP, USER_AGENT];
    if dressed {
        headers.extend(DRESS);
        headers.extend([("X-Forwarded-Proto", site.scheme.word()), ("CF-Visitor", &visitor)]);
    }
    let bytes = get(&authority, &site.path, &headers);
    let Limits { reply, flow, .. } = sitting.limits;
    let exchanged = match road.scheme {
        Scheme::Http => exchange(&mut stream, &bytes, flow, sitting.by(reply)).await,
        Scheme::Https => {
            let hello = Hello { name: hello_name, told: true, like: Like::Edge };
            let by = sitting.by(sitting.limits.handshake);
            let mut greeted = greet(stream, hello, &sitting.setup.given_roots, by).await.ok()?;
            exchange(&mut greeted.stream, &bytes, flow, sitting.by(reply)).await
        }
    };
    Some(exchanged.answer)
}

/// What the edge adds, besides what depends on the visitor's scheme. The visitor is from the
/// range for documentation (RFC 5737), the country the code for an unknown one.
pub(crate) const DRESS: [(&str, &str); 5] = [
    ("CF-Connecting-IP", "203.0.113.1"),
    ("X-Forwarded-For", "203.0.113.1"),
    ("CF-Ray", "0000000000000000-XXX"),
    ("CF-IPCountry", "XX"),
    ("CDN-Loop", "cloudflare; loops=1"),
];

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::Reading;

    use super::*;
    use crate::pretend::{self, Secure, Then};

    async fn on(scheme: Scheme, origin: std::net::SocketAddr) -> Vec<Reading> {
        let site = "https://shop.example/cart?token=s3cret";
        let mut readings = pretend::ask(&UNIT, site, None, Some(origin)).await;
        readings.retain(|reading| match &reading.question {
            Question::Request { road, path, .. } => {
                assert_eq!(path, "/cart?token=…");
                road.scheme == scheme
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(readings.len(), 2, "bare and dressed");
        readings
    }

    #[tokio::test]
    async fn a_bare_request_and_a_dressed_one_are_sent() {
        let (origin, mut heard) =
            pretend::hearing(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        for reading in on(Scheme::Http, origin).await {
            let Some(HttpAnswer::Replied(reply)) = reading.http() else { panic!("{reading:?}") };
            assert_eq!((reply.status, &reply.faults[..]), (200, &[][..]));
        }
        let mut asked: Vec<String> = std::iter::from_fn(|| heard.try_recv().ok()).collect();
        asked.retain(|text| text.starts_with("GET "));
        asked.sort_by_key(String::len);
        for text in &asked {
            assert!(text.starts_with("GET /cart?token=s3cret HTTP/1.1\r\nHost: shop.example\r\n"));
            assert!(text.contains("\r\nUser-Agent: rayfix/") && !text.contains("Cookie"), "{text}");
        }
        let dressed =
            ["CF-Connecting-IP: 203.0.113.1", "CF-Visitor: {\"scheme\":\"https\"}", "CDN-Loop: "]
                .map(|header| asked.iter().map(|text| text.contains(header)).collect::<Vec<_>>());
        assert_eq!(dressed, [[false, true], [false, true], [false, true]]);
    }

    #[tokio::test]
    async fn what_is_in_the_way_is_named() {
        let closed = pretend::closed_port().await;
        let cut = pretend::origin(b"", Then::Close).await;
        let want = Secure { wants_certificate: true, ..Secure::default() };
        let want = pretend::secure(want).await;
        for (origin, scheme, expected) in [
            (closed, Scheme::Http, Answer::Unreached { at: Hop::Net }),
            (closed, Scheme::Https, Answer::Unreached { at: Hop::Net }),
            (cut, Scheme::Https, Answer::Unreached { at: Hop::Tls }),
            (want, Scheme::Https, Answer::Got(Seen::Http(HttpAnswer::Alert { code: 116 }))),
        ] {
            for reading in on(scheme, origin).await {
                assert_eq!(reading.answer, expected);
            }
        }
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_trusts_is_no_hindrance() {
        for reading in on(Scheme::Https, pretend::secure(Secure::default()).await).await {
            assert!(
                matches!(reading.http(), Some(HttpAnswer::Replied(reply)) if reply.status == 204)
            );
        }
    }
}
