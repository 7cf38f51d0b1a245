//! Whether it is Cloudflare's edge that answers, and which part of it.
//!
//! # What it asks
//! `/cdn-cgi/trace` of the site, at one of the addresses that its name leads to. The edge answers
//! that by itself, without the origin.
//!
//! # What it touches
//! One GET on one connection. It lasts as long as a visit at most.
//!
//! # What the answers mean
//! Answered: the edge is reached, it knows the name, and the lines say which data centre it was.
//! While visits fail this shows that the break lies behind the edge. Not answered: no edge is
//! there, or the zone blocks this visitor.
//!
//! # Sources
//! - Cloudflare docs, fundamentals/reference/cdn-cgi-endpoint page, read 2026-07

use std::net::SocketAddr;
use std::sync::Arc;

use rayfix_core::evidence::{Answer, HttpAnswer, Question, Seen, Trace, WhyNot, edge};
use rayfix_core::target::Scheme;

use super::{Asking, Probe, Turn};
use crate::dial;
use crate::exchange::{ACCEPT_GZIP, USER_AGENT, exchange, get};
use crate::greet::{Hello, Like, greet};
use crate::sitting::{Sitting, nowhere};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one GET of /cdn-cgi/trace",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let addresses = sitting.addresses().await;
    let site = &sitting.target.site;
    let mut barred = None;
    for to in sitting.doors(site, &addresses) {
        if dial::no_road_here(sitting.setup.detours.lead(to)).await {
            barred.get_or_insert(to);
            continue;
        }
        let Some(asked) = sitting.begin("edge_trace", Question::Trace { to }) else { return };
        let trace = trace(&sitting, to).await.unwrap_or(Trace::NotAnswered { status: None });
        return asked.end(Answer::Got(Seen::Trace(trace)));
    }
    let (to, why) = match barred {
        Some(to) => (to, WhyNot::NoRoadHere),
        None => (nowhere(site.port), WhyNot::NoAddress),
    };
    sitting.not_asked("edge_trace", Question::Trace { to }, why);
}

/// `None` where no reply came.
async fn trace(sitting: &Sitting, to: SocketAddr) -> Option<Trace> {
    let site = &sitting.target.site;
    let (enough, ends) = (sitting.limits.flow, sitting.visits_end());
    let by = sitting.by(sitting.limits.connect).min(ends);
    let mut stream = dial::connect(sitting.setup.detours.lead(to), by).await.ok()?;
    let request =
        get(&site.authority(), "/cdn-cgi/trace", &[("Accept", "*/*"), ACCEPT_GZIP, USER_AGENT]);
    let exchanged = match site.scheme {
        Scheme::Http => exchange(&mut stream, &request, enough, ends).await,
        Scheme::Https => {
            let hello = Hello { name: &site.host, told: true, like: Like::Browser };
            let by = sitting.by(sitting.limits.handshake).min(ends);
            let mut greeted = greet(stream, hello, &sitting.setup.given_roots, by).await.ok()?;
            exchange(&mut greeted.stream, &request, enough, ends).await
        }
    };
    match exchanged.answer {
        HttpAnswer::Replied(reply) => Some(edge::trace(reply.status, &exchanged.body)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretend::{self, Then};

    async fn check(edge: Option<SocketAddr>) -> Answer<Seen> {
        let mut readings = pretend::ask(&UNIT, "http://shop.example", edge, None).await;
        assert_eq!(readings.len(), 1);
        readings.remove(0).answer
    }

    #[tokio::test]
    async fn the_edge_answers_and_others_do_not() {
        // Captured form: the lines of Cloudflare docs, cdn-cgi-endpoint page; values made up.
        let edge = b"HTTP/1.1 200 OK\r\nServer: cloudflare\r\nContent-Type: text/plain\r\n\
            CF-RAY: 8f1a2b3c4d5e6f70-FRA\r\n\r\nfl=1f1\nh=shop.example\nip=203.0.113.9\n\
            ts=1790000000.1\nvisit_scheme=http\nuag=x\ncolo=FRA\nhttp=http/1.1\nloc=DE\ntls=off\n";
        let answer = check(Some(pretend::origin(edge, Then::Close).await)).await;
        let Answer::Got(Seen::Trace(Trace::Answered { lines })) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!((lines.get("colo").map(String::as_str), lines.get("ip")), (Some("FRA"), None));
        let other = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        let not = |status| Answer::Got(Seen::Trace(Trace::NotAnswered { status }));
        assert_eq!(check(Some(pretend::origin(other, Then::Close).await)).await, not(Some(404)));
        assert_eq!(check(Some(pretend::closed_port().await)).await, not(None));
        assert_eq!(check(None).await, Answer::NotAsked { why: WhyNot::NoAddress });
    }
}
