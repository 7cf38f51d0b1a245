//! What visitors get through the edge.
//!
//! # What it asks
//! The site, as a browser asks for it, several times, each on a connection of its own, over IPv4
//! and IPv6 in turn: half of them for the page that people see, half for the form of error that
//! programs read. Once or twice also under the other scheme, http or https. The first visit of each
//! scheme follows redirects that stay on the site, at most ten.
//!
//! # What it touches
//! At most one GET for each sample, two for the other scheme, and ten for each of two chains of
//! redirects. Nothing is posted, no cookies are sent. It lasts until half a second before the end,
//! since the edge gives up on a silent origin only after 19 seconds.
//!
//! # What the answers mean
//! A status with the page that came with it, and the ray: who made it, edge or origin, is judged
//! elsewhere. Several samples differ: something fails for part of the edge only, such as a firewall
//! that knows some of its addresses. Nothing: not even the edge answers here. Not asked for want of
//! a road: this machine has no IPv6 (or no IPv4), which is no fault of the site.
//!
//! # Sources
//! - RFC 9110, section 15.4 (redirects)
//! - Cloudflare docs, error-responses and connection-limits pages, read 2026-07

use std::net::SocketAddr;
use std::sync::Arc;

use rayfix_core::evidence::{
    Accept, Answer, HttpAnswer, Question, Seen, VisitAnswer, WhyNot, edge,
};
use rayfix_core::target::{Scheme, Site};
use tokio::net::TcpStream;
use url::Url;

use super::{Asking, Probe};
use crate::dial;
use crate::exchange::{ACCEPT_GZIP, ACCEPT_HTML, Exchanged, USER_AGENT, exchange, get};
use crate::greet::{Hello, Like, greet};
use crate::sitting::{Addresses, Sitting, all, nowhere};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one GET for each sample, up to two for the other scheme, and up to ten redirects of each",
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let addresses = sitting.addresses().await;
    let site = sitting.target.site.clone();
    let samples = sitting.setup.samples.max(1);
    let other = match site.scheme {
        Scheme::Http => Scheme::Https,
        Scheme::Https => Scheme::Http,
    };
    let mut visits = plan(&sitting, &site, &addresses, samples).await;
    if let Some(other) = site.in_scheme(other) {
        let more = plan(&sitting, &other, &addresses, samples.min(2)).await;
        // Numbers are unique in a sitting: they tie the legs of one chain together.
        visits.extend(more.into_iter().map(|v| Visit { sample: v.sample + samples, ..v }));
    }
    all(visits.into_iter().map(|visit| go(Arc::clone(&sitting), addresses.clone(), visit))).await;
}

/// One visit, with the redirects after it where it follows them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Visit {
    site: Site,
    to: SocketAddr,
    accept: Accept,
    sample: u32,
    follows: bool,
}

impl Visit {
    fn question(&self, leg: u32) -> Question {
        Question::Visit {
            site: self.site.redacted(),
            to: self.to,
            accept: self.accept,
            sample: self.sample,
            leg,
        }
    }
}

/// Spreads the samples over the families that this machine has a road to, and over the addresses
/// of each; notes those that it has none to.
async fn plan(sitting: &Sitting, site: &Site, addresses: &Addresses, samples: u32) -> Vec<Visit> {
    let first = Visit {
        site: site.clone(),
        to: nowhere(site.port),
        accept: Accept::Html,
        sample: 1,
        follows: true,
    };
    let doors = sitting.doors(site, addresses);
    if doors.is_empty() {
        sitting.not_asked("edge_http", first.question(0), WhyNot::NoAddress);
        return Vec::new();
    }
    let mut families = Vec::new();
    for v4 in [true, false] {
        let family: Vec<SocketAddr> =
            doors.iter().copied().filter(|door| door.is_ipv4() == v4).collect();
        let Some(&door) = family.first() else { continue };
        if dial::no_road_here(sitting.setup.detours.lead(door)).await {
            let visit = Visit { to: door, ..first.clone() };
            sitting.not_asked("edge_http", visit.question(0), WhyNot::NoRoadHere);
        } else {
            families.push(family);
        }
    }
    spread(&first, &families, samples)
}

/// Families take turns; within each, the addresses and the forms of page take turns.
fn spread(first: &Visit, families: &[Vec<SocketAddr>], samples: u32) -> Vec<Visit> {
    if families.is_empty() {
        return Vec::new();
    }
    let visit = |(turn, sample): (usize, u32)| {
        let (round, family) = (turn / families.len(), &families[turn % families.len()]);
        Visit {
            to: family[round % family.len()],
            accept: if round.is_multiple_of(2) { Accept::Html } else { Accept::Problem },
            sample,
            follows: sample == 1,
            ..first.clone()
        }
    };
    (0..).zip(1..=samples).map(visit).collect()
}

async fn go(sitting: Arc<Sitting>, addresses: Addresses, mut visit: Visit) {
    for leg in 0..=MOST_REDIRECTS {
        let Some(asked) = sitting.begin("edge_http", visit.question(leg)) else { return };
        let (answer, location) = knock(&sitting, &visit).await;
        let leads = match &answer {
            VisitAnswer::Http { http: HttpAnswer::Replied(reply), .. }
                if [301, 302, 303, 307, 308].contains(&reply.status) =>
            {
                location.and_then(|location| next(&visit.site, &location))
            }
            _ => None,
        };
        asked.end(Answer::Got(Seen::Visit(answer)));
        let Some(site) = leads.filter(|_| visit.follows) else { return };
        let doors = sitting.doors(&site, &addresses);
        let same_family = doors.iter().find(|door| door.is_ipv4() == visit.to.is_ipv4());
        visit.site = site;
        match same_family.or(doors.first()) {
            Some(&door) => visit.to = door,
            None => {
                visit.to = nowhere(visit.site.port);
                return sitting.not_asked("edge_http", visit.question(leg + 1), WhyNot::NoAddress);
            }
        }
    }
}

/// Browsers give up after about twenty; a loop shows itself long before.
const MOST_REDIRECTS: u32 = 10;

/// The site that a redirect leads to, where that is the same host.
fn next(site: &Site, location: &str) -> Option<Site> {
    let url = Url::parse(&site.to_string()).ok()?.join(location).ok()?;
    let next = Site::parse(url.as_str()).ok()?;
    (next.host == site.host).then_some(next)
}

/// One request on one connection; also where a redirect leads.
async fn knock(sitting: &Sitting, visit: &Visit) -> (VisitAnswer, Option<String>) {
    let ends = sitting.visits_end();
    let door = sitting.setup.detours.lead(visit.to);
    let by = sitting.by(sitting.limits.connect).min(ends);
    let mut stream: TcpStream = match dial::connect(door, by).await {
        Ok(stream) => stream,
        Err(tcp) => return (VisitAnswer::Nothing { tcp }, None),
    };
    let accept = match visit.accept {
        Accept::Html => ACCEPT_HTML,
        Accept::Problem => ("Accept", "application/problem+json"),
    };
    let headers = [accept, ("Accept-Language", "en"), ACCEPT_GZIP, USER_AGENT];
    let request = get(&visit.site, &visit.site.path, &headers);
    let (greeting, exchanged) = match visit.site.scheme {
        Scheme::Http => (None, exchange(&mut stream, &request, ends).await),
        Scheme::Https => {
            let hello = Hello { name: &visit.site.host, told: true, like: Like::Browser };
            let by = sitting.by(sitting.limits.handshake).min(ends);
            match greet(stream, hello, &sitting.setup.given_roots, by).await {
                Err(tls) => return (VisitAnswer::Tcp { tls }, None),
                Ok(mut greeted) => {
                    let exchanged = exchange(&mut greeted.stream, &request, ends).await;
                    (Some(Box::new(greeted.greeting)), exchanged)
                }
            }
        }
    };
    let Exchanged { answer: http, location, body } = exchanged;
    let (page, ray) = match &http {
        HttpAnswer::Replied(reply) => (edge::page(reply, &body), edge::ray(reply)),
        _ => (None, None),
    };
    (VisitAnswer::Http { greeting, http, page, ray }, location)
}
