//! How far this machine can be believed: what stands between it and those it asks, and its clock.
//!
//! A sitting is told by one witness. What the witness could not see (no network, no way to the edge),
//! saw through somebody else's hands (a portal that answers in the edge's place, a proxy that ends
//! TLS), or dates wrongly (a clock that is off), must not become a fault of the site.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::Scene;
use super::visits::EdgeState;
use crate::causes::Need;
use crate::evidence::chain::ChainFault;
use crate::evidence::{
    AccountAnswer, DnsAnswer, Evidence, HttpAnswer, Question, Reading, ReadingId, Reply, Seen,
    TcpAnswer, Trace, VisitAnswer,
};

/// A clock that is off by less says nothing about certificates that last for weeks.
const SECONDS_OFF: i64 = 3600;

/// The visit that shows that this machine's clock is off, and by how many seconds it is ahead
/// (negative: behind). Told by the `Date` of replies, all of which must agree; copies from a cache
/// are dated by when they were made.
#[must_use]
pub fn clock_off(evidence: &Evidence) -> Option<(ReadingId, i64)> {
    let mut off = evidence.readings.iter().filter_map(|reading| {
        let reply = visit_reply(reading)?;
        if reply.header("age").is_some() {
            return None;
        }
        let there: Timestamp = rfc2822::parse(reply.header("date")?).ok()?.timestamp();
        Some((reading.id, reading.at.duration_since(there).as_secs()))
    });
    let first = off.next()?;
    let ahead = |seconds: i64| seconds.abs() > SECONDS_OFF && (seconds > 0) == (first.1 > 0);
    (ahead(first.1) && off.all(|(_, seconds)| ahead(seconds))).then_some(first)
}

/// The visit whose certificate shows that something between this machine and the edge ends TLS: the
/// edge's own certificates are vouched for publicly.
#[must_use]
pub fn intercepted(evidence: &Evidence) -> Option<ReadingId> {
    let unvouched = |fault: &ChainFault| {
        matches!(
            fault,
            ChainFault::SelfSigned | ChainFault::Incomplete | ChainFault::IssuerUntrusted
        )
    };
    evidence.readings.iter().find_map(|reading| match (&reading.question, reading.visit()) {
        (Question::Visit { to, .. }, Some(VisitAnswer::Http { greeting: Some(greeting), .. }))
            if evidence.target.ranges.contains(to.ip())
                && greeting.chain.faults.iter().any(unvouched) =>
        {
            Some(reading.id)
        }
        _ => None,
    })
}

/// Whether a visit to an address of Cloudflare's was answered by somebody else, such as the portal
/// of a network that wants a sign-in: the edge marks every reply.
#[must_use]
pub fn answered_by_a_stranger(evidence: &Evidence, reading: &Reading) -> bool {
    let Question::Visit { to, .. } = &reading.question else { return false };
    evidence.target.ranges.contains(to.ip())
        && visit_reply(reading).is_some_and(|reply| {
            let cloudflares = |server: &str| server.to_ascii_lowercase().starts_with("cloudflare");
            !matches!(reading.visit(), Some(VisitAnswer::Http { ray: Some(_), .. }))
                && reply.header("cf-ray").is_none()
                && !reply.header("server").is_some_and(cloudflares)
        })
}

fn visit_reply(reading: &Reading) -> Option<&Reply> {
    match reading.visit()? {
        VisitAnswer::Http { http: HttpAnswer::Replied(reply), .. } => Some(reply),
        _ => None,
    }
}

/// Whether anybody at all answered this machine. Where nobody did, its own network is as near.
#[must_use]
pub fn anybody_answered(evidence: &Evidence) -> bool {
    evidence.readings.iter().any(|reading| match reading.seen() {
        Some(Seen::Dns(answer)) => !matches!(answer, DnsAnswer::Silent | DnsAnswer::Failed { .. }),
        Some(Seen::Visit(VisitAnswer::Nothing { tcp }) | Seen::Tcp(tcp)) => {
            matches!(tcp, TcpAnswer::Accepted | TcpAnswer::Refused)
        }
        Some(Seen::Trace(trace)) => matches!(trace, Trace::Answered { .. }),
        Some(Seen::Visit(_) | Seen::Tls(_) | Seen::Http(_)) => true,
        Some(Seen::Account(AccountAnswer::Refused { refusal })) => refusal.status.is_some(),
        Some(Seen::Account(_)) => true,
        // What this machine says of itself is no sign of a network.
        Some(Seen::Host(_)) | None => false,
    })
}

/// What is needed before anything behind the edge can be told, where no visit of ours came to
/// anything.
#[must_use]
pub fn unvisited(scene: &Scene<'_>) -> Option<Need> {
    let resolved = |reading: &Reading| matches!(reading.dns(), Some(DnsAnswer::Resolved { .. }));
    match scene.visits.state() {
        EdgeState::NotVisited
            if scene.lookups().any(|_| true) && !scene.lookups().any(resolved) =>
        {
            Some(Need::Lookup)
        }
        EdgeState::NotVisited => Some(Need::Visit),
        EdgeState::Unvisitable if !scene.visits.direct => Some(Need::Visit),
        _ if !anybody_answered(scene.evidence) => Some(Need::OtherVantage),
        _ => None,
    }
}

/// Whether an address means something only within a network: private, shared (RFC 6598), of the
/// link. This machine's own addresses are asked as they are: who runs on the origin means them.
#[must_use]
pub fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [a, b, ..] = four.octets();
            four.is_private() || four.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(six) => six.is_unique_local() || six.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::diagnosis::Outcome;
    use crate::evidence::{Record, TlsAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, alert, expired, greeted, page, reply, silent, visited};
    use crate::target::SslMode;

    fn dated(status: u16, date: &str) -> Reply {
        let mut reply = reply(status);
        reply.headers.push(("date".to_owned(), date.to_owned()));
        reply
    }

    #[test]
    fn a_clock_is_off_where_all_dates_say_so() {
        // The sitting is at noon on 2026-11-20.
        for (dates, off) in [
            (&["Fri, 20 Nov 2026 12:00:01 GMT"][..], None),
            (&["Fri, 20 Nov 2026 09:00:00 GMT"], Some(3 * 3600)),
            (&["Fri, 20 Nov 2026 14:00:00 GMT"], Some(-2 * 3600)),
            (&["Fri, 20 Nov 2026 09:00:00 GMT", "Fri, 20 Nov 2026 12:00:00 GMT"], None),
            (&["yesterday"], None),
            (&[], None),
        ] {
            let visit =
                |sitting: Sitting, date: &&str| sitting.visit(visited(dated(200, date), None));
            let evidence = dates.iter().fold(Sitting::new(), visit).evidence();
            assert_eq!(clock_off(&evidence).map(|(_, seconds)| seconds), off, "{dates:?}");
        }
    }

    /// What comes of a sitting whose witness is no good: nobody is blamed, and this is needed.
    #[track_caller]
    fn check(sitting: Sitting, needed: Need) {
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        assert!(diagnosis.findings.is_empty(), "{:?}", diagnosis.findings);
        assert_eq!(diagnosis.outcome(), Outcome::CannotTell);
        let next = crate::report::Report::of(&diagnosis).next;
        assert_eq!(next, Some(needed.words()));
    }

    fn origin(address: &str, answer: TcpAnswer) -> Sitting {
        let sitting = Sitting::new().no_origin().trace(false).origin(address);
        sitting.tcp(answer).unreached(Hop::Net).on_port_80().tcp(answer).unreached(Hop::Net)
    }

    #[test]
    fn without_a_visit_nobody_is_blamed() {
        let failed = |sitting: Sitting, answer: DnsAnswer| {
            sitting.lookup(Record::A, answer.clone()).lookup(Record::Aaaa, answer)
        };
        let nothing = |tcp| VisitAnswer::Nothing { tcp };
        let away = TcpAnswer::Unreachable { errno: 101 };
        for answer in [TcpAnswer::Refused, silent(), away] {
            // A plain lookup failure, with and without an origin's address.
            let origin = || origin("203.0.113.7", answer);
            check(failed(origin(), DnsAnswer::Failed { rcode: 2 }), Need::Lookup);
            check(failed(origin().no_origin(), DnsAnswer::Silent), Need::Lookup);
            // The edge is out of reach from here.
            check(origin().visit(nothing(silent())), Need::Visit);
            check(origin().visit(nothing(away)), Need::Visit);
            let cut = TlsAnswer::Cut { reset: true, after_bytes: false };
            check(origin().visit(VisitAnswer::Tcp { tls: cut }), Need::Visit);
        }
        // No network at all; with and without a stored address of the name.
        check(failed(origin("203.0.113.7", away), DnsAnswer::Silent), Need::Lookup);
        let stored = |to: &str| {
            let site = crate::target::Site::parse("shop.example.test").unwrap();
            origin("203.0.113.7", away).no_lookups().visit_of(site, to, nothing(away))
        };
        check(stored("104.16.1.1:443"), Need::Visit);
        check(stored("203.0.113.7:443"), Need::OtherVantage);
    }

    #[test]
    fn a_portal_in_the_edges_place_is_no_visit() {
        let mut portal = reply(302);
        portal.headers.push(("location".to_owned(), "http://sign-in.example.test/".to_owned()));
        for reply in [portal, reply(200), reply(511)] {
            let answer = VisitAnswer::Http {
                greeting: None,
                http: HttpAnswer::Replied(reply),
                page: None,
                ray: None,
            };
            check(origin("203.0.113.7", silent()).visit(answer), Need::Visit);
        }
    }

    #[test]
    fn a_proxy_that_ends_tls_here_makes_no_certificate_of_the_origin_a_fault() {
        let TlsAnswer::Greeted(company) = greeted(vec![ChainFault::IssuerUntrusted]) else {
            panic!("greeted");
        };
        let seen = |sitting: Sitting, status: u16| {
            sitting.visit(VisitAnswer::Http {
                greeting: Some(Box::new(company.clone())),
                http: HttpAnswer::Replied(reply(status)),
                page: page(status),
                ray: Some("8f3c0de5ca1ab1e0-FRA".to_owned()),
            })
        };
        let origin = || Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted);
        let untrusted = || origin().tls(greeted(vec![ChainFault::IssuerUntrusted])).replies(200);
        check(seen(untrusted(), 526), Need::OtherVantage);
        check(seen(origin().tls(alert(40)).unreached(Hop::Tls), 525), Need::OtherVantage);
    }

    #[test]
    fn a_clock_that_is_off_makes_no_certificate_expire() {
        let late = || visited(dated(526, "Tue, 10 Nov 2026 12:00:00 GMT"), page(526));
        let origin = || Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted);
        let sitting = origin().tls(greeted(vec![expired()])).replies(200).visit(late());
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        assert!(diagnosis.findings.is_empty(), "{:?}", diagnosis.findings);
        let noted = diagnosis.notes.iter().any(|note| note.measure == "clock-is-right");
        assert!(noted, "{:?}", diagnosis.notes);
        // A visitor's own certificate is judged by the same clock.
        let TlsAnswer::Greeted(greeting) = greeted(vec![expired()]) else { panic!("greeted") };
        let sitting = Sitting::new().trace(false).visit_straight(VisitAnswer::Http {
            greeting: Some(Box::new(greeting)),
            http: HttpAnswer::Replied(dated(200, "Tue, 10 Nov 2026 12:00:00 GMT")),
            page: None,
            ray: None,
        });
        let evidence = sitting.evidence();
        assert_eq!(diagnose(&evidence).outcome(), Outcome::Healthy);
    }

    #[test]
    fn inside_is_what_leads_nowhere_from_outside() {
        for (address, inside) in [
            ("10.0.0.7", true),
            ("100.80.0.1", true),
            ("127.0.0.1", false),
            ("169.254.1.1", true),
            ("fd00::7", true),
            ("fe80::1", true),
            ("::1", false),
            ("203.0.113.7", false),
            ("100.128.0.1", false),
            ("2001:db8::7", false),
        ] {
            assert_eq!(is_inside(address.parse().unwrap()), inside, "{address}");
        }
    }
}
