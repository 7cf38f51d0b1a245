//! What each mode makes of the commonest origins, and how a flip is told.

use super::*;
use crate::evidence::chain::ChainFault;
use crate::evidence::{HttpAnswer, TcpAnswer, TlsAnswer};
use crate::report::Style;
use crate::scene::sample::{expired, greeted, reply};
use crate::target::{Scheme, Site, SslMode};

const KNOWN: Habits = Habits { always_https: Some(false), shows_certificate: Some(false) };

fn replied(status: u16, location: Option<&str>, visitor: Scheme) -> ReplySeen {
    let mut answer = reply(status);
    if let Some(location) = location {
        answer.headers.push(("location".to_owned(), location.to_owned()));
    }
    let url = Site::parse(&format!("{}://a.example.com/", visitor.word())).unwrap();
    ReplySeen::of(&HttpAnswer::Replied(answer), location, &url)
}

/// A port that answers every visitor so.
fn door(port: u16, status: u16, location: Option<&str>) -> DoorSeen {
    let said = [Scheme::Http, Scheme::Https].map(|visitor| Said {
        visitor,
        path: "/".to_owned(),
        reply: replied(status, location, visitor),
    });
    let tls = (port == 443).then(|| greeted(vec![]));
    DoorSeen {
        port,
        tcp: Some(TcpAnswer::Accepted),
        doubt: None,
        tls,
        legacy: None,
        said: said.into(),
    }
}

fn healthy() -> OriginSeen {
    OriginSeen {
        address: "203.0.113.7".parse().unwrap(),
        plain: door(80, 200, None),
        tls: door(443, 200, None),
    }
}

fn with(change: impl Fn(&mut OriginSeen)) -> OriginSeen {
    let mut origin = healthy();
    change(&mut origin);
    origin
}

fn record(name: &str, leads: Leads) -> RecordAsked {
    RecordAsked {
        name: name.to_owned(),
        host: name.to_owned(),
        kind: "A".to_owned(),
        content: "203.0.113.7".to_owned(),
        leads,
    }
}

/// What visitors of https and then of http get in each mode, weakest first.
fn check(origin: OriginSeen, expected: &str) {
    let record = record("a.example.com", Leads::Origins(vec![origin]));
    let words = |scheme: Scheme| -> Vec<String> {
        let outcomes = SslMode::ALL.map(|mode| judge(&record, mode, scheme, &KNOWN));
        outcomes.map(word).into()
    };
    let told = [Scheme::Https, Scheme::Http].map(|scheme| words(scheme).join(" "));
    assert_eq!(told.join(" / "), expected);
}

fn word(outcome: Outcome) -> String {
    match outcome {
        Outcome::Served { status, over: Scheme::Http } => format!("{status}-plain"),
        Outcome::Served { status, .. } => status.to_string(),
        Outcome::Status(status) => format!("!{status}"),
        Outcome::RedirectLoop => "loop".to_owned(),
        Outcome::NotAffected(_) => "-".to_owned(),
        Outcome::Unknown(_) => "?".to_owned(),
    }
}

const PLAIN: &str = "200-plain 200-plain 200-plain 200-plain";

#[test]
fn a_healthy_origin_is_served_in_every_mode() {
    check(healthy(), &format!("200-plain 200 200 200 200 / {PLAIN} 200-plain"));
}

#[test]
fn a_certificate_that_does_not_hold_breaks_where_it_is_looked_at() {
    for fault in
        [ChainFault::SelfSigned, ChainFault::NameMismatch, expired(), ChainFault::Incomplete]
    {
        let bad = with(|origin| origin.tls.tls = Some(greeted(vec![fault.clone()])));
        check(bad, &format!("200-plain 200 200 !526 !526 / {PLAIN} !526"));
    }
}

#[test]
fn a_refused_handshake_is_a_525_in_every_mode_that_speaks_tls() {
    let refused = with(|origin| {
        origin.tls.tls = Some(TlsAnswer::Alert { code: 112, client_certificate_asked: false });
    });
    check(refused, &format!("200-plain 200 !525 !525 !525 / {PLAIN} !525"));
}

#[test]
fn a_closed_port_is_a_521_a_silent_one_a_522_where_it_is_asked() {
    let only_80 = with(|origin| origin.tls.tcp = Some(TcpAnswer::Refused));
    check(only_80, &format!("200-plain 200 !521 !521 !521 / {PLAIN} !521"));
    let only_443 = with(|origin| origin.plain.tcp = Some(TcpAnswer::Silent { after_ms: 1000 }));
    check(only_443, "!522 !522 200 200 200 / !522 !522 !522 !522 200-plain");
}

#[test]
fn a_redirect_to_https_on_port_80_goes_in_circles_under_flexible() {
    let origin = with(|origin| origin.plain = door(80, 301, Some("https://a.example.com/")));
    check(origin, "loop loop 200 200 200 / loop loop 200 200 200-plain");
    let elsewhere = with(|origin| origin.plain = door(80, 301, Some("https://www.example.com/")));
    check(
        elsewhere,
        "301-plain 301 200 200 200 / 301-plain 301-plain 301-plain 301-plain 200-plain",
    );
}

#[test]
fn a_redirect_to_http_on_port_443_meets_port_80_or_itself() {
    let origin = with(|origin| origin.tls = door(443, 302, Some("http://a.example.com/")));
    check(
        origin,
        "200-plain 200 200-plain 200-plain loop / 200-plain 200-plain 200-plain 200-plain loop",
    );
}

#[test]
fn always_use_https_turns_a_redirect_to_http_into_a_circle() {
    let origin = with(|origin| origin.tls = door(443, 301, Some("http://a.example.com/")));
    let record = record("a.example.com", Leads::Origins(vec![origin]));
    let habits = Habits { always_https: Some(true), ..KNOWN };
    assert_eq!(judge(&record, SslMode::Full, Scheme::Https, &habits), Outcome::RedirectLoop);
}

#[test]
fn what_was_not_seen_to_the_end_is_not_told() {
    let old = with(|origin| {
        origin.tls.tls = Some(TlsAnswer::Alert { code: 70, client_certificate_asked: false });
        origin.tls.legacy = Some(TlsAnswer::HelloAccepted { version: 0x0302, cipher: 0xc013 });
    });
    check(old, &format!("200-plain 200 ? ? ? / {PLAIN} ?"));
    let slow = with(|origin| {
        for said in &mut origin.tls.said {
            said.reply = ReplySeen::Late;
        }
    });
    check(slow, &format!("200-plain 200 ? ? ? / {PLAIN} ?"));
}

#[test]
fn a_wanted_client_certificate_is_a_break_only_where_the_edge_shows_none() {
    let wants = |origin: &mut OriginSeen| {
        origin.tls.tls = Some(TlsAnswer::Alert { code: 40, client_certificate_asked: true });
    };
    check(with(wants), &format!("200-plain 200 !525 !525 !525 / {PLAIN} !525"));
    let record = record("a.example.com", Leads::Origins(vec![with(wants)]));
    for shows in [None, Some(true)] {
        let habits = Habits { shows_certificate: shows, ..KNOWN };
        let outcome = judge(&record, SslMode::Full, Scheme::Https, &habits);
        assert_eq!(outcome, Outcome::Unknown(Doubt::Certificate));
    }
}

#[test]
fn of_several_addresses_the_worst_counts() {
    let closed = with(|origin| origin.tls.tcp = Some(TcpAnswer::Refused));
    let record = record("a.example.com", Leads::Origins(vec![healthy(), closed]));
    assert_eq!(judge(&record, SslMode::Full, Scheme::Https, &KNOWN), Outcome::Status(521));
}

#[test]
fn the_mode_has_no_say_over_tunnels_and_hosts_without_an_origin() {
    let mut record = record("t.example.com", Leads::Aside(Aside::Tunnel));
    for aside in [Aside::Tunnel, Aside::Originless, Aside::Prohibited] {
        record.leads = Leads::Aside(aside);
        let flip = (SslMode::Full, SslMode::Strict);
        assert_eq!(change(&record, flip, Scheme::Https, &KNOWN), Change::NotAffected);
    }
}

fn zone(records: Vec<RecordAsked>, mode: SslMode) -> ZoneAsked {
    ZoneAsked {
        mode: Some(mode),
        automatic: Some(false),
        habits: KNOWN,
        records,
        requests: needed(&SslMode::ALL, &KNOWN),
        ..ZoneAsked::unknown("example.com")
    }
}

fn self_signed() -> OriginSeen {
    with(|origin| origin.tls.tls = Some(greeted(vec![ChainFault::SelfSigned])))
}

fn closed() -> OriginSeen {
    with(|origin| {
        origin.tls.tls = Some(TlsAnswer::Alert { code: 40, client_certificate_asked: false });
    })
}

#[test]
fn a_flip_is_told_by_what_would_break() {
    let mut records = vec![
        record("a.example.com", Leads::Origins(vec![healthy()])),
        record("t.example.com", Leads::Aside(Aside::Tunnel)),
    ];
    for at in 0..3 {
        let name = format!("s{at}.example.com");
        records.push(record(&name, Leads::Origins(vec![self_signed()])));
    }
    records.push(record("x.example.com", Leads::Origins(vec![closed()])));
    let zone = zone(records, SslMode::Flexible);
    let report = Report::of(&zone, Some(SslMode::Strict));
    assert_eq!(
        report.headline,
        "example.com from flexible to strict: 4 of 6 records would break: 3 with 526 and 1 with 525."
    );
    assert_eq!(report.verdict, Verdict::Breaks);
    let text = tell::text(&report, 80, Style { colour: false, verbose: false });
    for line in [
        "✗ breaks: 4",
        "  s0.example.com  200 → 526  self-signed",
        "  x.example.com   200 → 525  it ends the handshake: found nothing in the",
        "= unchanged: 1",
        "  a.example.com  200",
        "= not affected: 1",
        "  t.example.com  a tunnel",
    ] {
        assert!(text.lines().any(|told| told == line), "no `{line}` in:\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    // Up the ladder and down again.
    let back = Report::of(&zone, Some(SslMode::Off));
    assert_eq!(back.verdict, Verdict::Harmless, "{}", back.headline);
}

#[test]
fn hundreds_of_records_are_told_in_groups() {
    let mut records = Vec::new();
    for at in 0..300 {
        let origin = if at % 3 == 0 { self_signed() } else { healthy() };
        records.push(record(&format!("h{at:03}.example.com"), Leads::Origins(vec![origin])));
    }
    let zone = zone(records, SslMode::Full);
    let report = Report::of(&zone, Some(SslMode::Strict));
    let text = tell::text(&report, 80, Style { colour: false, verbose: false });
    assert!(text.lines().count() < 15, "{text}");
    assert!(text.contains("100 × h000.example.com"), "{text}");
    let all = tell::text(&report, 80, Style { colour: false, verbose: true });
    assert!(all.lines().count() > 300);
    assert_eq!(report.counts.of(Change::Breaks), 100);
}

#[test]
fn what_cannot_be_told_is_no_all_clear() {
    let open = record("o.example.com", Leads::Unknown(Doubt::Behind));
    let zone = zone(vec![open], SslMode::Full);
    let report = Report::of(&zone, Some(SslMode::Strict));
    assert_eq!(report.verdict, Verdict::CannotTell);
    assert!(report.headline.contains("Of 1 record it cannot be told."), "{}", report.headline);
}

#[test]
fn a_rule_pins_the_mode_of_its_host() {
    let parameters = serde_json::json!({"ssl": "full"});
    let rule = crate::evidence::account::Rule {
        action: "set_config".to_owned(),
        expression: "(http.host eq \"s.example.com\")".to_owned(),
        description: "old shop".to_owned(),
        action_parameters: parameters.as_object().cloned().unwrap_or_default(),
        enabled: true,
        ..Default::default()
    };
    let mut zone =
        zone(vec![record("s.example.com", Leads::Origins(vec![self_signed()]))], SslMode::Full);
    assert_eq!(Report::of(&zone, Some(SslMode::Strict)).verdict, Verdict::Breaks);
    zone.overrides.config = vec![rule];
    let report = Report::of(&zone, Some(SslMode::Strict));
    assert_eq!(report.verdict, Verdict::Harmless);
    let note = "the configuration rule `old shop` sets mode full for 1 record";
    assert!(report.notes.iter().any(|told| told.starts_with(note)), "{:?}", report.notes);
}

#[test]
fn a_page_rule_pins_by_its_pattern() {
    let page = |pattern: &str| {
        serde_json::from_value(serde_json::json!({
            "id": "1", "status": "active", "priority": 1,
            "targets": [{"target": "url", "constraint": {"operator": "matches", "value": pattern}}],
            "actions": [{"id": "ssl", "value": "flexible"}],
        }))
        .unwrap()
    };
    for (pattern, fits) in [
        ("*example.com/*", true),
        ("a.example.com/", true),
        ("https://a.example.com/*", true),
        ("http://a.example.com/*", false),
        ("a.example.com/admin/*", false),
        ("*.example.org/*", false),
    ] {
        let overrides = Overrides { pages: vec![page(pattern)], ..Overrides::default() };
        let pin = overrides.pin("a.example.com").map(|pin| pin.mode);
        assert_eq!(pin, fits.then_some(SslMode::Flexible), "{pattern}");
    }
}

#[test]
fn names_within_the_zone_are_followed_there() {
    let row = |kind: &str, name: &str, content: &str| crate::evidence::account::DnsRecord {
        kind: kind.to_owned(),
        name: name.to_owned(),
        content: content.to_owned(),
        proxied: true,
        ..Default::default()
    };
    let all = [
        row("A", "example.com", "203.0.113.7"),
        row("CNAME", "www.example.com", "Example.com."),
        row("CNAME", "t.example.com", "0c6a8cd8.cfargotunnel.com"),
        row("CNAME", "u.example.com", "t.example.com"),
        row("CNAME", "x.example.com", "shop.hosting.example"),
        row("CNAME", "round.example.com", "round.example.com"),
        row("A", "w.example.com", "192.0.2.1"),
        row("AAAA", "v.example.com", "100::"),
    ];
    let told: Vec<Lead> = all.iter().map(|record| lead(record, &all)).collect();
    let address = Lead::Addresses(vec!["203.0.113.7".parse().unwrap()]);
    assert_eq!(
        told,
        [
            address.clone(),
            address,
            Lead::Aside(Aside::Tunnel),
            Lead::Aside(Aside::Tunnel),
            Lead::Name("shop.hosting.example".to_owned()),
            Lead::Nowhere,
            Lead::Aside(Aside::Originless),
            Lead::Aside(Aside::Originless),
        ]
    );
}

#[test]
fn only_what_some_mode_asks_is_asked() {
    use Scheme::{Http, Https};
    let told = needed(&[SslMode::Full, SslMode::Strict], &KNOWN);
    assert_eq!(told, [(Http, Http), (Https, Https)]);
    let told = needed(&SslMode::ALL, &KNOWN);
    assert_eq!(told, [(Http, Http), (Http, Https), (Https, Http), (Https, Https)]);
}
