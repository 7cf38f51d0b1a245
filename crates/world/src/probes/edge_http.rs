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
use std::ops::RangeInclusive;
use std::sync::Arc;

use rayfix_core::evidence::{
    Accept, Answer, HttpAnswer, Question, Seen, TcpAnswer, VisitAnswer, WhyNot, edge,
};
use rayfix_core::target::{Scheme, Site};
use tokio::net::TcpStream;
use url::Url;

use super::{Asking, Probe, Turn};
use crate::dial;
use crate::exchange::{ACCEPT_GZIP, ACCEPT_HTML, Exchanged, USER_AGENT, exchange, get};
use crate::greet::{Hello, Like, greet};
use crate::sitting::{Addresses, Sitting, all, nowhere};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one GET for each sample, up to two for the other scheme, and up to ten redirects of each",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let addresses = sitting.addresses().await;
    let site = sitting.target.site.clone();
    let samples = sitting.setup.samples.clamp(1, MOST_SAMPLES);
    let other = match site.scheme {
        Scheme::Http => Scheme::Https,
        Scheme::Https => Scheme::Http,
    };
    let mut visits = plan(&sitting, &site, &addresses, 1..=samples).await;
    if let Some(other) = site.in_scheme(other) {
        // Numbers are unique in a sitting: they tie the legs of one chain together.
        let numbers = samples + 1..=samples + samples.min(2);
        visits.extend(plan(&sitting, &other, &addresses, numbers).await);
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
    /// It goes over IPv6 while others go over IPv4.
    has_v4_beside: bool,
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
async fn plan(
    sitting: &Sitting,
    site: &Site,
    addresses: &Addresses,
    samples: RangeInclusive<u32>,
) -> Vec<Visit> {
    let first = Visit {
        site: site.clone(),
        to: nowhere(site.port),
        accept: Accept::Html,
        sample: *samples.start(),
        follows: true,
        has_v4_beside: false,
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
fn spread(first: &Visit, families: &[Vec<SocketAddr>], samples: RangeInclusive<u32>) -> Vec<Visit> {
    if families.is_empty() {
        return Vec::new();
    }
    let visit = |(turn, sample): (usize, u32)| {
        let (round, family) = (turn / families.len(), &families[turn % families.len()]);
        Visit {
            to: family[round % family.len()],
            accept: if round.is_multiple_of(2) { Accept::Html } else { Accept::Problem },
            sample,
            follows: turn == 0,
            has_v4_beside: families.len() > 1 && family[0].is_ipv6(),
            ..first.clone()
        }
    };
    (0..).zip(samples).map(visit).collect()
}

async fn go(sitting: Arc<Sitting>, addresses: Addresses, mut visit: Visit) {
    for leg in 0..=MOST_REDIRECTS {
        let Some(asked) = sitting.begin("edge_http", visit.question(leg)) else { return };
        let (answer, location) = knock(&sitting, &visit).await;
        if visit.has_v4_beside && answer == NO_ROAD {
            // The last router of a network that has IPv6 by name only says so, too.
            return asked.end(Answer::NotAsked { why: WhyNot::NoRoadHere });
        }
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

/// ENETUNREACH.
const NO_ROAD: VisitAnswer = VisitAnswer::Nothing { tcp: TcpAnswer::Unreachable { errno: 101 } };

/// More would be load, not insight.
const MOST_SAMPLES: u32 = 100;

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
    let (enough, ends) = (sitting.limits.flow, sitting.visits_end());
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
    let agent = format!("{} (visit {})", USER_AGENT.1, sitting.mark);
    let headers = [accept, ("Accept-Language", "en"), ACCEPT_GZIP, (USER_AGENT.0, agent.as_str())];
    let request = get(&visit.site.authority(), &visit.site.path, &headers);
    let (greeting, exchanged) = match visit.site.scheme {
        Scheme::Http => (None, exchange(&mut stream, &request, enough, ends).await),
        Scheme::Https => {
            let hello = Hello { name: &visit.site.host, told: true, like: Like::Browser };
            let by = sitting.by(sitting.limits.handshake).min(ends);
            match greet(stream, hello, &sitting.setup.given_roots, by).await {
                Err(tls) => return (VisitAnswer::Tcp { tls }, None),
                Ok(mut greeted) => {
                    let exchanged = exchange(&mut greeted.stream, &request, enough, ends).await;
                    (Some(Box::new(greeted.greeting)), exchanged)
                }
            }
        }
    };
    let Exchanged { answer: http, location, body } = exchanged;
    let (page, ray) = match &http {
        HttpAnswer::Replied(reply) => {
            (edge::page(reply.status, &reply.headers, &body), edge::ray(&reply.headers))
        }
        _ => (None, None),
    };
    (VisitAnswer::Http { greeting, http, page, ray }, location)
}

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::{Evidence, TlsAnswer};

    use super::*;
    use crate::pretend::{self, Secure, Then};
    use crate::setup::Setup;

    fn first() -> Visit {
        Visit {
            site: Site::parse("shop.example").unwrap(),
            to: nowhere(443),
            accept: Accept::Html,
            sample: 1,
            follows: true,
            has_v4_beside: false,
        }
    }

    #[test]
    fn samples_are_spread_over_families_addresses_and_forms() {
        let families = |texts: &[&[&str]]| -> Vec<Vec<SocketAddr>> {
            texts.iter().map(|f| f.iter().map(|text| text.parse().unwrap()).collect()).collect()
        };
        let told = |texts: &[&[&str]], samples| -> Vec<String> {
            spread(&first(), &families(texts), 1..=samples)
                .iter()
                .map(|visit| format!("{} {} {:?}", visit.sample, visit.to, visit.accept))
                .collect()
        };
        let (v4, v6): (&[&str], &[&str]) =
            (&["203.0.113.1:443", "203.0.113.2:443"], &["[2001:db8::1]:443"]);
        assert_eq!(
            told(&[v4, v6], 5),
            [
                "1 203.0.113.1:443 Html",
                "2 [2001:db8::1]:443 Html",
                "3 203.0.113.2:443 Problem",
                "4 [2001:db8::1]:443 Problem",
                "5 203.0.113.1:443 Html",
            ]
        );
        assert_eq!(told(&[v6], 2), ["1 [2001:db8::1]:443 Html", "2 [2001:db8::1]:443 Problem"]);
        assert!(told(&[], 5).is_empty());
        let follows: Vec<bool> =
            spread(&first(), &families(&[v4]), 6..=8).iter().map(|visit| visit.follows).collect();
        assert_eq!(follows, [true, false, false]);
    }

    #[test]
    fn redirects_are_followed_while_they_stay_on_the_site() {
        let site = Site::parse("https://shop.example/a/b?c=d").unwrap();
        for (location, leads) in [
            ("/login?next=%2Fa", Some("https://shop.example/login?next=%2Fa")),
            ("x", Some("https://shop.example/a/x")),
            ("?e", Some("https://shop.example/a/b?e")),
            ("http://shop.example/", Some("http://shop.example/")),
            ("//SHOP.example:8443/", Some("https://shop.example:8443/")),
            ("https://www.shop.example/", None),
            ("https://shop.example.org/", None),
            ("mailto:shop@shop.example", None),
            ("ftp://shop.example/", None),
            ("https://u:p@shop.example/", None),
            ("http://[", None),
        ] {
            let next = next(&site, location).map(|site| site.to_string());
            assert_eq!(next.as_deref(), leads, "{location}");
        }
    }

    async fn check(site: &str, edge: SocketAddr) -> VisitAnswer {
        let readings = pretend::ask(&UNIT, site, Some(edge), None).await;
        assert_eq!(readings.len(), 7, "five samples, and two of the other scheme");
        readings[0].visit().cloned().unwrap()
    }

    #[tokio::test]
    async fn a_visit_ends_where_it_ends() {
        let page = b"HTTP/1.1 502 Bad Gateway\r\nServer: cloudflare\r\n\
            CF-RAY: 8f1a2b3c4d5e6f70-FRA\r\nContent-Length: 15\r\n\r\nerror code: 502";
        let edge = pretend::origin(page, Then::Close).await;
        let answer = check("http://shop.example", edge).await;
        let VisitAnswer::Http { greeting: None, http: HttpAnswer::Replied(reply), ray, .. } =
            answer
        else {
            panic!("{answer:?}")
        };
        assert_eq!((reply.status, ray.as_deref()), (502, Some("8f1a2b3c4d5e6f70-FRA")));
        let answer = check("https://shop.example", edge).await;
        assert!(matches!(answer, VisitAnswer::Tcp { tls: TlsAnswer::NotTls { .. } }), "{answer:?}");
        let closed = check("https://shop.example", pretend::closed_port().await).await;
        assert_eq!(closed, VisitAnswer::Nothing { tcp: TcpAnswer::Refused });
        let secure = pretend::secure(Secure::default()).await;
        let answer = check("https://shop.example", secure).await;
        assert!(matches!(answer, VisitAnswer::Http { greeting: Some(_), .. }), "{answer:?}");
    }

    #[tokio::test]
    async fn a_visitor_without_ipv6_is_no_fault_of_the_site() {
        let edge = pretend::origin(b"HTTP/1.1 204 No Content\r\n\r\n", Then::Close).await;
        // Linux knows no way to the loopback's broadcast address.
        let nowhere = "127.255.255.255:9".parse().unwrap();
        for (v4, answers) in [(edge, "GNGNGGN"), (nowhere, "GNGNGGN")] {
            let detours = [("104.16.0.1", v4), ("2606:4700::1", nowhere)];
            let detours =
                detours.map(|(from, to)| [80, 443].map(|port| (from.to_owned(), port, to)));
            let found = detours.iter().map(|pair| pair[0].0.parse().unwrap()).collect();
            let detours = detours.into_iter().flatten().collect();
            let setup = Setup { detours, ..Setup::default() };
            let site = Site::parse("http://shop.example").unwrap();
            let target = rayfix_core::target::Target::new(site);
            let sitting = Arc::new(Sitting::new(target.clone(), setup));
            sitting.tell_addresses(Addresses::Found(found));
            (UNIT.ask)(Arc::clone(&sitting)).await;
            let readings = Evidence::new(target, sitting.take_seen(), 0).readings;
            let told: String = readings
                .iter()
                .map(|reading| match reading.answer {
                    Answer::NotAsked { why: WhyNot::NoRoadHere } => 'N',
                    _ => 'G',
                })
                .collect();
            assert_eq!(told, answers);
        }
    }

    #[tokio::test]
    async fn visitors_send_what_browsers_send() {
        let (edge, mut heard) = pretend::hearing(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        pretend::ask(&UNIT, "http://shop.example:80/a?b=c", Some(edge), None).await;
        let asked: Vec<String> = std::iter::from_fn(|| heard.try_recv().ok())
            .filter(|text| text.starts_with("GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\n"))
            .collect();
        assert_eq!(asked.len(), 5);
        for header in ["Accept-Encoding: gzip", "User-Agent: rayfix/", "Accept-Language: "] {
            assert!(asked.iter().all(|text| text.contains(header)), "{header}");
        }
        let problem = |text: &&String| text.contains("Accept: application/problem+json");
        assert_eq!(asked.iter().filter(problem).count(), 2);
    }

    #[tokio::test]
    async fn without_an_address_nothing_is_asked() {
        let readings = pretend::ask(&UNIT, "https://shop.example", None, None).await;
        let answers: Vec<_> = readings.into_iter().map(|reading| reading.answer).collect();
        let why = || Answer::NotAsked { why: WhyNot::NoAddress };
        assert_eq!(answers, [why(), why()]);
    }
}
