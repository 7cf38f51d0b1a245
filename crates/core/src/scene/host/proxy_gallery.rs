//! Whole sittings on an origin with a web server: what is found first, what it explains, and where
//! nobody may be blamed.
//!
//! The tests beside each judge ask that one; here all judges see the same sitting, as in life. Half
//! of the stories are healthy look-alikes, or outages whose cause lies elsewhere.

use crate::causes::Confidence;
use crate::diagnose::diagnose;
use crate::evidence::host::{Known, Owner, Rehearsal, UpstreamAnswer};
use crate::evidence::{Evidence, HostAnswer, HostQuestion, HttpAnswer, TcpAnswer};
use crate::hop::Hop;
use crate::proxy::At;
use crate::scene::host::nginx_sample::{
    BY_SOCKET, GROUP, SHOP, answers, forbidden, line, no_socket, peer, program, proxy_seen,
    refuses, replies,
};
use crate::scene::sample::{Sitting, expired, greeted, page, silent};
use crate::target::SslMode;

const APP: &str = "127.0.0.1:8000";
const OTHER: &str = "127.0.0.1:8001";
const SOCKET: &str = "unix:/run/shop/shop.sock";
const DOORS: &[&str] = &["0.0.0.0:443 nginx", "0.0.0.0:80 nginx", "0.0.0.0:22 sshd"];
const NO_DOORS: &[&str] = &["0.0.0.0:22 sshd"];

fn refused_line() -> String {
    let message = "connect() failed (111: Connection refused) while connecting to upstream";
    line(message, "http://127.0.0.1:8000/")
}

fn invalid() -> Rehearsal {
    Rehearsal::Fails {
        says: "unknown directive \"proxy_pas\"".to_owned(),
        at: Some(At { file: "/etc/nginx/sites-enabled/shop".to_owned(), line: 12 }),
    }
}

fn fails(http: &str) -> Sitting {
    Sitting::gateway_fails(502)
        .nginx(http)
        .sockets(DOORS)
        .unit_is("nginx.service", Hop::Proxy, "active")
        .rehearsed(Rehearsal::Passes { warnings: vec![] })
}

fn well() -> Sitting {
    well_with(DOORS, Rehearsal::Passes { warnings: vec![] })
}

fn well_with(sockets: &[&str], rehearsal: Rehearsal) -> Sitting {
    Sitting::well_within()
        .nginx(SHOP)
        .sockets(sockets)
        .unit_is("nginx.service", Hop::Proxy, "active")
        .rehearsed(rehearsal)
        .peer_answers(APP, replies(200))
}

fn down() -> Sitting {
    let sitting = Sitting::door_closed().nginx_down(SHOP).sockets(NO_DOORS);
    sitting.unit_is("nginx.service", Hop::Proxy, "failed").peer_answers(APP, replies(200))
}

/// Visits get a 526 over a certificate that has expired; behind it the web server answers this.
fn untrusted(status: u16) -> Sitting {
    let sitting = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
    let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired()])).replies(status);
    sitting.on_origin(Known::Told)
}

fn by_tunnel(status: u16) -> Sitting {
    let sitting = Sitting::new().no_origin().on_origin(Known::Told);
    if status == 200 { sitting.served() } else { sitting.visits(status, page(status)) }
}

/// Stories in which nobody is to blame.
pub(crate) fn peaceful() -> Vec<(&'static str, Sitting)> {
    let hours_ago = "2026-11-20T09:00:00Z";
    let mut idle = proxy_seen("server { listen 80; server_name other.test; }", false);
    idle.names_site = false;
    idle.kind = crate::evidence::host::ProxyKind::Apache;
    idle.unit = Some("apache2.service".to_owned());
    let locked = Sitting::new().mode(SslMode::Strict).served().tcp(silent()).unreached(Hop::Net);
    vec![
        ("all is well", well()),
        ("old errors in the log", well().error_log_at(hours_ago, &[refused_line()])),
        ("errors of this moment, and all visits are served", well().error_log(&[refused_line()])),
        ("only Cloudflare gets in", locked.on_origin(Known::Told).nginx(SHOP).sockets(DOORS)),
        (
            "another unit has failed",
            well().unit_is("backup.service", Hop::App, "failed").with_proxy(idle),
        ),
        (
            "one of a group is dead",
            Sitting::well_within()
                .nginx(GROUP)
                .sockets(DOORS)
                .peer_answers(APP, refuses())
                .peer_answers(OTHER, replies(200)),
        ),
        ("the files on disk are faulty", well_with(DOORS, invalid())),
        ("a queue is full for a moment", well_with(&["0.0.0.0:443 nginx full"], invalid())),
        (
            "a tunnel to the loopback",
            by_tunnel(200)
                .nginx(SHOP)
                .sockets(&["127.0.0.1:443 nginx"])
                .service("127.0.0.1:443", replies(200)),
        ),
        (
            "a page that is not there",
            Sitting::healthy_origin()
                .visits(404, None)
                .on_origin(Known::Told)
                .nginx(SHOP)
                .sockets(DOORS)
                .peer_answers(APP, replies(404)),
        ),
    ]
}

/// Stories with a fault: what is found, in order.
pub(crate) fn outages() -> Vec<(&'static str, Sitting, &'static str)> {
    let cut = answers(HttpAnswer::Empty { reset: true, after_ms: 3 });
    let silence = HttpAnswer::Silent { after_ms: 8000 };
    let hangs = answers(HttpAnswer::Silent { after_ms: 2500 });
    let owner = Owner { listening: Some(program("nginx")), is_listened: true, claims: vec![] };
    let waits = || UpstreamAnswer::Unconnected { tcp: silent(), socket: None };
    let slow = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted).tls(greeted(vec![]));
    let slow = slow.request(silence.clone()).dressed(silence).visits(524, page(524));
    let slow = slow.on_origin(Known::Told).nginx(SHOP);
    vec![
        ("stopped", down(), "proxy-stopped certain, net-port-closed certain"),
        (
            "stopped, with a configuration that does not load",
            down().rehearsed(invalid()),
            "proxy-config-invalid certain, proxy-stopped certain, net-port-closed certain",
        ),
        (
            "on the loopback only",
            Sitting::door_closed().nginx(SHOP).sockets(&["127.0.0.1:443 nginx"]).unit_is(
                "nginx.service",
                Hop::Proxy,
                "active",
            ),
            "net-listens-on-loopback-only certain, net-port-closed certain",
        ),
        (
            "the upstream refuses",
            fails(SHOP).peer_answers(APP, refuses()).error_log(&[refused_line()]),
            "proxy-upstream-refused certain, http-origin-answers-5xx certain",
        ),
        (
            "the socket is missing",
            fails(BY_SOCKET).peer_answers(SOCKET, no_socket()),
            "proxy-upstream-socket-missing certain, http-origin-answers-5xx certain",
        ),
        (
            "the socket is forbidden",
            fails(BY_SOCKET).peer_answers(SOCKET, forbidden()),
            "proxy-upstream-socket-forbidden certain, http-origin-answers-5xx certain",
        ),
        (
            "the app closes early",
            fails(SHOP).peer_answers(APP, cut),
            "proxy-upstream-closed-early certain, http-origin-answers-5xx certain",
        ),
        (
            "the app hangs",
            slow.clone().sockets(DOORS).peer_answers(APP, hangs),
            "proxy-upstream-timeout certain, http-reply-too-late certain",
        ),
        (
            "the app's queue is full",
            slow.sockets(&["0.0.0.0:443 nginx", "127.0.0.1:8000 gunicorn full"])
                .peer_answers(APP, waits()),
            "net-accept-queue-full certain, proxy-upstream-timeout certain, \
             http-reply-too-late certain",
        ),
        (
            "the door's queue is full",
            Sitting::door_silent().nginx(SHOP).sockets(&["0.0.0.0:443 nginx full"]),
            "net-accept-queue-full certain, net-origin-silent likely",
        ),
        (
            "a maintenance page was left on",
            Sitting::gateway_fails(503)
                .nginx(&SHOP.replace("proxy_pass http://127.0.0.1:8000;", "return 503;"))
                .sockets(DOORS),
            "proxy-answers-by-itself certain, http-origin-answers-5xx likely",
        ),
        (
            "only the log knows",
            fails(SHOP).error_log(&[refused_line()]),
            "proxy-upstream-refused likely, http-origin-answers-5xx certain",
        ),
        (
            "a tunnel to a web server whose upstream refuses",
            by_tunnel(502)
                .nginx(&SHOP.replace("listen 80;", "listen 81;").replace("443 ssl", "8080"))
                .sockets(&["127.0.0.1:8080 nginx"])
                .service("127.0.0.1:8080", replies(502))
                .within(
                    HostQuestion::Owner { to: peer("127.0.0.1:8080") },
                    HostAnswer::Owner(owner),
                )
                .peer_answers(APP, refuses()),
            "proxy-upstream-refused certain, http-origin-answers-5xx likely",
        ),
        (
            "two at once: the certificate and the app",
            untrusted(502).nginx(SHOP).sockets(DOORS).peer_answers(APP, refuses()),
            "tls-certificate-expired certain, proxy-upstream-refused certain",
        ),
        (
            "the certificate, beside a dead member of a group",
            untrusted(200)
                .nginx(GROUP)
                .sockets(DOORS)
                .peer_answers(APP, refuses())
                .peer_answers(OTHER, replies(200)),
            "tls-certificate-expired certain",
        ),
        (
            "the certificate, beside lines about a passing trouble",
            untrusted(200)
                .nginx(SHOP)
                .sockets(DOORS)
                .error_log(&[refused_line()])
                .peer_answers(APP, replies(200)),
            "tls-certificate-expired certain",
        ),
        (
            "the certificate, beside a faulty file on disk and a full queue",
            untrusted(200)
                .nginx(SHOP)
                .rehearsed(invalid())
                .sockets(&["0.0.0.0:443 nginx full"])
                .peer_answers(APP, replies(200)),
            "tls-certificate-expired certain",
        ),
        (
            "a firewall, before a web server in order",
            Sitting::healthy_origin()
                .visits(522, page(522))
                .on_origin(Known::Told)
                .nginx(SHOP)
                .sockets(DOORS)
                .peer_answers(APP, replies(200)),
            "net-firewall-blocks-cloudflare likely, dns-record-not-this-host possible",
        ),
    ]
}

fn found(evidence: &Evidence) -> String {
    let all = diagnose(evidence).findings;
    let each = |one: &crate::diagnosis::Finding| format!("{} {}", one.cause, one.confidence.word());
    all.iter().map(each).collect::<Vec<_>>().join(", ")
}

#[test]
fn nobody_is_blamed_where_the_site_is_served() {
    let blamed: Vec<_> = peaceful()
        .into_iter()
        .map(|(story, sitting)| (story, found(&sitting.evidence())))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert_eq!(blamed, []);
}

#[test]
fn each_outage_has_its_cause_first() {
    let others: Vec<_> = outages()
        .into_iter()
        .map(|(story, sitting, wanted)| (story, found(&sitting.evidence()), wanted))
        .filter(|(_, found, wanted)| found != wanted)
        .collect();
    assert_eq!(others, [], "story, found, wanted");
}

/// The machine may be a copy for tests: it is set up for the site, and the edge asks another.
#[test]
fn nothing_is_certain_on_a_machine_that_only_looks_like_the_origin() {
    let copy = |http: &str| {
        let sitting = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(vec![])).replies(502);
        sitting.on_origin(Known::Proxy).nginx(http).sockets(DOORS)
    };
    let sittings = [
        copy(SHOP).peer_answers(APP, refuses()),
        copy(BY_SOCKET).peer_answers(SOCKET, no_socket()).error_log(&[refused_line()]),
    ];
    for sitting in sittings {
        let evidence = sitting.evidence();
        let findings = diagnose(&evidence).findings;
        assert!(findings.iter().any(|one| one.hop == Hop::Proxy));
        let inside = findings.iter().filter(|one| one.hop >= Hop::Proxy);
        assert!(inside.clone().all(|one| one.confidence <= Confidence::Likely));
    }
}

#[test]
fn every_story_cites_what_was_read() {
    let all = peaceful().into_iter().map(|(_, sitting)| sitting);
    for sitting in all.chain(outages().into_iter().map(|(_, sitting, _)| sitting)) {
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let cited = diagnosis
            .findings
            .iter()
            .flat_map(|finding| finding.because.iter().chain(&finding.contrast))
            .chain(diagnosis.cleared.iter().flat_map(|cleared| &cleared.because))
            .chain(diagnosis.notes.iter().flat_map(|note| &note.because));
        for id in cited {
            assert!(evidence.reading(*id).is_some(), "{id}");
        }
        for finding in &diagnosis.findings {
            let certain = finding.confidence == Confidence::Certain;
            assert!(!certain || !finding.contrast.is_empty(), "{}", finding.cause);
        }
    }
}

#[test]
fn a_faulty_file_that_does_no_harm_yet_is_noted() {
    let told = |sitting: Sitting| {
        let evidence = sitting.evidence();
        let notes = diagnose(&evidence).notes;
        notes.iter().any(|note| note.measure == "configuration-loads")
    };
    let mended = Rehearsal::Passes { warnings: vec![] };
    assert!(told(Sitting::well_within().nginx(SHOP).rehearsed(invalid())));
    assert!(told(untrusted(200).nginx(SHOP).rehearsed(invalid())));
    assert!(!told(Sitting::well_within().nginx(SHOP).rehearsed(mended)));
    assert!(!told(down().rehearsed(invalid())));
}
