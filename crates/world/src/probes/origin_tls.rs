//! How the origin answers the edge's hello.
//!
//! # What it asks
//! A TLS handshake with each https address of the origin: with the site's name, TLS 1.2 and 1.3 and
//! the edge's suites, whatever the certificate is worth. Where the origin ends it, three questions
//! that differ in one thing each, all at once: the same hello without a name; a hello with the
//! edge's whole list of suites from TLS 1.0 on; and, if that is refused as well, one with every
//! suite in use.
//!
//! # What it touches
//! One TLS handshake for each address and port; four where the first is refused. No request is
//! sent. At most 16 seconds each, or two thirds of the time for the whole.
//!
//! # What the answers mean
//! Greeted: with the chain as it was sent, and each fault that an edge in mode strict would find. An
//! alert: the origin's own reason. Not TLS: something else speaks there, often plain HTTP. Cut or
//! silent: the origin, or a box before it, does not want this hello. Whether the controls came out
//! the other way tells the name, the version and the suites apart.
//!
//! # Sources
//! - RFC 8446, sections 4.1.2 (hello) and 6 (alerts); RFC 5246 for TLS 1.2
//! - RFC 6066, section 3 (server_name, alert 112)
//! - Cloudflare docs, ssl/origin-configuration/cipher-suites page, read 2026-07

use std::sync::Arc;

use rayfix_core::evidence::{Answer, Offer, Question, Seen, TlsAnswer, WhyNot};
use rayfix_core::hop::Hop;
use rayfix_core::target::{Road, Scheme};

use super::{Asking, Probe, Turn};
use crate::dial;
use crate::greet::{Hello, Like, Trust, greet_on, hail};
use crate::sitting::{Sitting, all};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one TLS handshake with each https address of the origin, four where it is refused",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let target = &sitting.target;
    let named = |roads: Vec<Road>, name: &str| -> Vec<(Road, String)> {
        let secure = roads.into_iter().filter(|road| road.scheme == Scheme::Https);
        secure.map(|road| (road, name.to_owned())).collect()
    };
    let mut roads = named(target.roads(), target.hello_name());
    for control in named(target.roads_without_rule(), &target.site.host) {
        if !roads.contains(&control) {
            roads.push(control);
        }
    }
    all(roads.into_iter().map(|(road, name)| one(Arc::clone(&sitting), road, name))).await;
}

async fn one(sitting: Arc<Sitting>, road: Road, name: String) {
    let handshake = |named: bool, offer| handshake(&sitting, road, &name, named, offer);
    let first = handshake(true, Offer::Modern).await;
    let ended =
        matches!(first, Some(TlsAnswer::Alert { .. } | TlsAnswer::Cut { .. } | TlsAnswer::Garbled));
    if !ended {
        return;
    }
    let older = async {
        let edge = handshake(true, Offer::EdgeLegacy).await;
        if matches!(edge, Some(TlsAnswer::Alert { .. } | TlsAnswer::Cut { .. })) {
            handshake(true, Offer::Anything).await;
        }
    };
    tokio::join!(handshake(false, Offer::Modern), older);
}

/// Asks one hello; `None` where it was not asked or not reached.
async fn handshake(
    sitting: &Arc<Sitting>,
    road: Road,
    host: &str,
    named: bool,
    offer: Offer,
) -> Option<TlsAnswer> {
    let name = named.then(|| host.to_owned());
    let question = Question::Greet { to: road.to, name, offer };
    let door = sitting.setup.detours.lead(road.to);
    if dial::no_road_here(door).await {
        sitting.not_asked("origin_tls", question, WhyNot::NoRoadHere);
        return None;
    }
    let asked = sitting.begin("origin_tls", question)?;
    let Ok(stream) = dial::connect(door, sitting.by(sitting.limits.connect)).await else {
        asked.end(Answer::Unreached { at: Hop::Net });
        return None;
    };
    let by = sitting.by(sitting.limits.handshake);
    let answer = match offer {
        Offer::Modern => {
            let hello = Hello { name: host, told: named, like: Like::Edge };
            let own = sitting.own_roots();
            let trust = match &own {
                Some(roots) => Trust::Only(roots),
                None => Trust::Edge(&sitting.setup.given_roots),
            };
            match greet_on(stream, hello, trust, by).await {
                Ok(greeted) => TlsAnswer::Greeted(greeted.greeting),
                Err(answer) => answer,
            }
        }
        Offer::EdgeLegacy | Offer::Anything => hail(stream, offer, named.then_some(host), by).await,
    };
    asked.end(Answer::Got(Seen::Tls(answer.clone())));
    Some(answer)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::pretend::{self, Secure, Then};

    async fn check(origin: SocketAddr, offers: &[(bool, Offer)]) -> Option<TlsAnswer> {
        let readings = pretend::ask(&UNIT, "shop.example", None, Some(origin)).await;
        let asked: Vec<_> = readings
            .iter()
            .map(|reading| match &reading.question {
                Question::Greet { name, offer, .. } => (name.is_some(), *offer),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(asked, offers);
        readings[0].tls().cloned()
    }

    const ONE: [(bool, Offer); 1] = [(true, Offer::Modern)];
    const ALL: [(bool, Offer); 4] = [
        (true, Offer::Modern),
        (true, Offer::EdgeLegacy),
        (true, Offer::Anything),
        (false, Offer::Modern),
    ];

    #[tokio::test]
    async fn a_refused_hello_brings_its_controls() {
        for (said, then) in [
            (&b"\x15\x03\x03\x00\x02\x02\x70"[..], Then::Close),
            (b"", Then::Close),
            (b"", Then::Reset),
        ] {
            let answer = check(pretend::origin(said, then).await, &ALL).await;
            assert!(
                matches!(answer, Some(TlsAnswer::Alert { code: 112, .. } | TlsAnswer::Cut { .. })),
                "{answer:?}"
            );
        }
        // An answer that only older hellos can go on with: the edge's own one is enough.
        let old = pretend::origin(&pretend::server_hello(0x0302, 0xc013), Then::Stall).await;
        let asked = [ALL[0], ALL[1], ALL[3]];
        assert_eq!(check(old, &asked).await, Some(TlsAnswer::Garbled));
    }

    #[tokio::test]
    async fn an_answered_hello_needs_none() {
        let greeted = check(pretend::secure(Secure::default()).await, &ONE).await;
        assert!(matches!(greeted, Some(TlsAnswer::Greeted(_))));
        let plain = pretend::origin(b"HTTP/1.1 400 Bad Request\r\n\r\n", Then::Close).await;
        assert!(matches!(check(plain, &ONE).await, Some(TlsAnswer::NotTls { http: true, .. })));
        let mute = pretend::origin(b"", Then::Stall).await;
        assert!(matches!(check(mute, &ONE).await, Some(TlsAnswer::Silent { .. })));
    }

    #[tokio::test]
    async fn a_closed_port_hides_the_handshake() {
        let readings =
            pretend::ask(&UNIT, "shop.example", None, Some(pretend::closed_port().await)).await;
        let answers: Vec<_> = readings.into_iter().map(|reading| reading.answer).collect();
        assert_eq!(answers, [Answer::Unreached { at: Hop::Net }]);
    }
}
