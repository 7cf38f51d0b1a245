//! What holds of every finding on an origin with a web server, whatever was seen: random sittings.
//!
//! Visits and doors, files, sockets, upstreams, units and log lines of all kinds are mixed. What is
//! asked is not which cause is found, but that no finding breaks a law: a site that is served is left
//! in peace, one upstream has one fault, old lines and those of other sites change nothing, and
//! nobody is certain on a machine that may be a copy.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;

use crate::causes::Confidence;
use crate::diagnose::diagnose;
use crate::diagnosis::Finding;
use crate::evidence::host::{Known, Rehearsal, UpstreamAnswer};
use crate::evidence::http::Malformation;
use crate::evidence::{HttpAnswer, TcpAnswer, TlsAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::nginx_sample::{
    BY_SOCKET, GROUP, SHOP, answers, forbidden, line, no_socket, refuses, replies,
};
use crate::scene::sample::{Sitting, alert, expired, greeted, page, reply, silent};
use crate::scene::visits::EdgeState;
use crate::target::SslMode;

/// One sitting, as plain data.
#[derive(Debug, Clone)]
struct Story {
    mode: Option<SslMode>,
    known: Known,
    /// What visitors get: `None` is the site.
    visits: Vec<Option<u16>>,
    /// How the door answers.
    door: Door,
    files: Option<(&'static str, bool)>,
    sockets: Option<Vec<&'static str>>,
    unit: &'static str,
    upstreams: Vec<(&'static str, UpstreamAnswer)>,
    by_tunnel: Option<UpstreamAnswer>,
    rehearsal: Option<bool>,
    lines: Vec<usize>,
}

#[derive(Debug, Clone)]
enum Door {
    NotAsked,
    Ends(TcpAnswer),
    Answers { trusted: bool, http: HttpAnswer },
}

impl Story {
    fn sitting(&self) -> Sitting {
        let mut sitting = Sitting::new();
        if let Some(mode) = self.mode {
            sitting = sitting.mode(mode);
        }
        for visit in &self.visits {
            sitting = match visit {
                Some(status) => sitting.visits_once(*status, page(*status)),
                None => sitting.visits_once(200, None),
            };
        }
        sitting = match self.door.clone() {
            Door::NotAsked => sitting.no_origin(),
            Door::Ends(tcp) => sitting.tcp(tcp).unreached(Hop::Net),
            Door::Answers { trusted, http } => {
                let faults = if trusted { vec![] } else { vec![expired()] };
                let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(faults));
                sitting.request(http.clone()).dressed(http)
            }
        };
        sitting = sitting.on_origin(self.known);
        sitting = sitting.unit_is("nginx.service", Hop::Proxy, self.unit);
        if let Some((files, runs)) = self.files {
            sitting = if runs { sitting.nginx(files) } else { sitting.nginx_down(files) };
        }
        if let Some(sockets) = &self.sockets {
            sitting = sitting.sockets(sockets);
        }
        for (to, answer) in &self.upstreams {
            sitting = sitting.peer_answers(to, answer.clone());
        }
        if let Some(answer) = &self.by_tunnel {
            sitting = sitting.service("127.0.0.1:80", answer.clone());
        }
        match self.rehearsal {
            Some(true) => sitting.rehearsed(Rehearsal::Passes { warnings: vec![] }),
            Some(false) => {
                let says = "unknown directive \"proxy_pas\"".to_owned();
                sitting.rehearsed(Rehearsal::Fails { says, at: None })
            }
            None => sitting,
        }
    }

    fn now(&self) -> Sitting {
        let all = lines();
        let now: Vec<String> = self.lines.iter().map(|at| all[*at].clone()).collect();
        if now.is_empty() { self.sitting() } else { self.sitting().error_log(&now) }
    }

    /// The same with these lines in place of those of this moment.
    fn with(&self, at: &str, change: impl Fn(String) -> String) -> Sitting {
        let all = lines();
        let then: Vec<String> = self.lines.iter().map(|at| change(all[*at].clone())).collect();
        self.sitting().error_log_at(at, &then)
    }
}

/// Lines about the site, one of each kind.
fn lines() -> Vec<String> {
    let tcp = "http://127.0.0.1:8000/";
    let unix = "http://unix:/run/shop/shop.sock:/";
    let reading = "while reading response header from upstream";
    let connecting = "while connecting to upstream";
    vec![
        line(&format!("connect() failed (111: Connection refused) {connecting}"), tcp),
        line(
            &format!("connect() to unix:/run/shop/shop.sock failed (2: No such file) {connecting}"),
            unix,
        ),
        line(
            &format!("connect() to unix:/run/shop/shop.sock failed (13: Denied) {connecting}"),
            unix,
        ),
        line(&format!("upstream timed out (110: Connection timed out) {reading}"), tcp),
        line(&format!("upstream prematurely closed connection {reading}"), tcp),
        line(&format!("upstream sent too big header {reading}"), tcp),
        line(&format!("upstream sent invalid header {reading}"), tcp),
    ]
}

fn upstream() -> impl Strategy<Value = UpstreamAnswer> {
    let what = Malformation::StatusLine;
    select(vec![
        replies(200),
        replies(200),
        replies(500),
        replies(502),
        refuses(),
        no_socket(),
        forbidden(),
        UpstreamAnswer::Nameless { why: "the name does not exist".to_owned() },
        UpstreamAnswer::Unconnected { tcp: silent(), socket: None },
        UpstreamAnswer::Unconnected { tcp: TcpAnswer::Failed { errno: 11 }, socket: None },
        UpstreamAnswer::Handshake { tls: Box::new(alert(112)) },
        UpstreamAnswer::Handshake { tls: Box::new(TlsAnswer::Silent { after_ms: 2000 }) },
        answers(HttpAnswer::Empty { reset: true, after_ms: 2 }),
        answers(HttpAnswer::Silent { after_ms: 2500 }),
        answers(HttpAnswer::Malformed { what, first: String::new() }),
        answers(HttpAnswer::HeadEndless { bytes: 262_144 }),
        UpstreamAnswer::Accepted,
    ])
}

fn door() -> impl Strategy<Value = Door> {
    let http = select(vec![
        HttpAnswer::Replied(reply(200)),
        HttpAnswer::Replied(reply(200)),
        HttpAnswer::Replied(reply(404)),
        HttpAnswer::Replied(reply(500)),
        HttpAnswer::Replied(reply(502)),
        HttpAnswer::Replied(reply(502)),
        HttpAnswer::Replied(reply(503)),
        HttpAnswer::Replied(reply(504)),
        HttpAnswer::Empty { reset: false, after_ms: 3 },
        HttpAnswer::Silent { after_ms: 8000 },
    ]);
    let ends = select(vec![TcpAnswer::Refused, silent()]);
    prop_oneof![
        1 => Just(Door::NotAsked),
        2 => ends.prop_map(Door::Ends),
        5 => (any::<bool>(), http).prop_map(|(trusted, http)| Door::Answers { trusted, http }),
    ]
}

fn story() -> impl Strategy<Value = Story> {
    let failing = select(vec![500, 502, 502, 503, 504, 520, 521, 522, 524, 526]);
    let visits = prop_oneof![
        3 => failing.clone().prop_map(|status| vec![Some(status); 3]),
        1 => failing.prop_map(|status| vec![Some(status), None, None]),
        1 => Just(vec![None; 3]),
        1 => Just(vec![]),
    ];
    let maintenance = "server { listen 443 ssl; server_name shop.example.test; ssl_certificate c;
        ssl_certificate_key k; return 503; }";
    let files = select(vec![SHOP, SHOP, BY_SOCKET, GROUP, maintenance]);
    let files = proptest::option::weighted(0.9, (files, any::<bool>()));
    let sockets = vec![
        "0.0.0.0:443 nginx",
        "127.0.0.1:443 nginx",
        "0.0.0.0:443 nginx full",
        "0.0.0.0:443 node",
        "0.0.0.0:80 nginx",
        "127.0.0.1:8000 gunicorn full",
    ];
    let sockets = proptest::option::weighted(0.8, subsequence(sockets, 0..3));
    let upstreams = (upstream(), upstream(), upstream(), subsequence(vec![0, 1, 2], 0..=3));
    let upstreams = upstreams.prop_map(|(one, two, three, which)| {
        let all =
            [("127.0.0.1:8000", one), ("127.0.0.1:8001", two), ("unix:/run/shop/shop.sock", three)];
        which.into_iter().map(|at| all[at].clone()).collect()
    });
    let modes = prop_oneof![Just(None), select(SslMode::ALL.to_vec()).prop_map(Some)];
    let known = select(vec![Known::Told, Known::Told, Known::Address, Known::Proxy]);
    let first = (modes, known, visits, door(), files, sockets);
    let unit = select(vec!["active", "inactive", "failed"]);
    let tunnel = proptest::option::weighted(0.15, upstream());
    let rehearsal = proptest::option::of(any::<bool>());
    let lines = subsequence((0..lines().len()).collect::<Vec<_>>(), 0..3);
    (first, unit, upstreams, tunnel, rehearsal, lines).prop_map(
        |(
            (mode, known, visits, door, files, sockets),
            unit,
            upstreams,
            by_tunnel,
            rehearsal,
            lines,
        )| {
            Story {
                mode,
                known,
                visits,
                door,
                files,
                sockets,
                unit,
                upstreams,
                by_tunnel,
                rehearsal,
                lines,
            }
        },
    )
}

fn named(findings: &[Finding]) -> Vec<(String, Confidence)> {
    findings.iter().map(|one| (one.cause.clone(), one.confidence)).collect()
}

fn check(story: &Story) -> Result<(), TestCaseError> {
    let evidence = story.now().evidence();
    let scene = Scene::new(&evidence);
    let findings = diagnose(&evidence).findings;
    let ours = |one: &&Finding| one.hop == Hop::Proxy || matches!(one.code, "C406" | "C407");
    let inside: Vec<&Finding> = findings.iter().filter(ours).collect();
    if matches!(scene.visits.state(), EdgeState::Works) {
        prop_assert!(inside.is_empty(), "{:?}", inside);
    }
    for one in &inside {
        let certain = one.confidence == Confidence::Certain;
        prop_assert!(!one.because.is_empty());
        prop_assert!(!certain || !one.contrast.is_empty(), "{}", one.cause);
        let overlap = one.because.iter().any(|id| one.contrast.contains(id));
        prop_assert!(!overlap, "{} is its own control", one.cause);
        prop_assert!(!certain || story.known.is_sure(), "{} on what may be a copy", one.cause);
        prop_assert!(!certain || !story.visits.is_empty(), "{} without a visit", one.cause);
        let flickers = scene.visits.state() == EdgeState::Flickers;
        prop_assert!(!certain || !flickers, "{} though some are served", one.cause);
    }
    let count = |names: &[&str]| inside.iter().filter(|one| names.contains(&one.code)).count();
    let upstream = ["C703", "C704", "C705", "C706", "C707", "C708", "C709", "C710", "C711"];
    if story.files.is_none_or(|(files, _)| files != GROUP) {
        prop_assert!(count(&upstream) <= 1, "one upstream, {:?}", named(&findings));
    }
    prop_assert!(count(&["C701", "C406"]) <= 1, "{:?}", named(&findings));
    // Who serves us hands requests to an app that works; only its log may say otherwise.
    let serves = matches!(&story.door, Door::Answers { http: HttpAnswer::Replied(reply), .. }
        if reply.status < 500);
    let strict = matches!(story.mode, Some(SslMode::Full | SslMode::Strict));
    if serves && strict && story.lines.is_empty() && story.by_tunnel.is_none() {
        prop_assert_eq!(count(&upstream), 0, "{:?}", named(&findings));
    }
    if !story.lines.is_empty() {
        let bare = named(&diagnose(&story.sitting().evidence()).findings);
        let old = story.with("2026-11-20T11:40:00Z", |line| line).evidence();
        prop_assert_eq!(&named(&diagnose(&old).findings), &bare, "old lines change nothing");
        let noon = crate::scene::sample::NOON;
        let other = |line: String| line.replace("host: \"shop.", "host: \"blog.");
        let others = story.with(noon, other).evidence();
        prop_assert_eq!(&named(&diagnose(&others).findings), &bare, "nor do another site's");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        rng_seed: RngSeed::Fixed(502),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_finding_about_the_web_server_breaks_a_law(story in story()) {
        check(&story)?;
    }
}
