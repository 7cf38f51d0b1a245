//! Sittings on the loopback: shares of the time, deadlines, turns.

use rayfix_core::evidence::Reading;
use rayfix_core::hop::Hop;

use super::*;
use crate::pretend::{self, Then, Zone};
use crate::setup::Detours;

/// Where each peer of a pretend world really is.
struct World {
    edge: SocketAddr,
    origin: SocketAddr,
    resolver: SocketAddr,
}

async fn check(world: World, timeout_ms: u64) -> Evidence {
    let mut target = Target::new(Site::parse("http://shop.example/?token=s3cret").unwrap());
    target.ssl_mode = Some(rayfix_core::target::SslMode::Full);
    target.origins.push("203.0.113.7".parse().unwrap());
    let mut detours = Detours::default();
    for port in [80, 443] {
        detours.add("104.16.0.1", port, world.edge);
        detours.add("203.0.113.7", port, world.origin);
    }
    let timeout = Duration::from_millis(timeout_ms);
    let resolver = Some(world.resolver);
    sit(&target, &Setup { detours, timeout, resolver, ..Setup::default() }).await
}

fn of(evidence: &Evidence, probe: &str) -> Vec<Reading> {
    evidence.readings.iter().filter(|reading| reading.probe == probe).cloned().collect()
}

fn zone() -> Zone {
    Zone::rows(&["shop.example A 104.16.0.1"])
}

#[tokio::test]
async fn a_world_that_is_silent_ends_the_sitting_in_time_and_every_question_has_a_reading() {
    let (silent, _held) = pretend::silent_port().await;
    let mute = pretend::silent_udp().await;
    let known = pretend::name_server(zone()).await;
    for (resolver, visited) in [(mute.local_addr().unwrap(), false), (known, true)] {
        let evidence = check(World { edge: silent, origin: silent, resolver }, 900).await;
        assert!(evidence.took_ms < 1_000, "{} ms", evidence.took_ms);
        let counts =
            ["site_dns", "edge_http", "edge_trace", "origin_tcp", "origin_tls", "origin_http"]
                .map(|probe| of(&evidence, probe).len());
        assert_eq!(counts, [2, if visited { 7 } else { 2 }, 1, 2, 1, 4]);
        assert_eq!(evidence.readings.iter().filter(|reading| reading.hop == Hop::Net).count(), 2);
    }
}

#[tokio::test]
async fn a_peer_that_never_ends_does_not_hold_the_sitting() {
    let drip = pretend::origin(b"HTTP/1.1 200 OK\r\nX: ", Then::Drip(b"x")).await;
    let resolver = pretend::name_server(zone()).await;
    let evidence = check(World { edge: drip, origin: drip, resolver }, 900).await;
    assert!(evidence.took_ms < 1_000, "{} ms", evidence.took_ms);
}

#[tokio::test]
async fn all_questions_are_asked_side_by_side() {
    // Nobody is answered before all have come: 3 connections for each of 2 roads of which one
    // takes a handshake more, 7 visits and the trace.
    let (peer, all_came) = pretend::meeting(15).await;
    let resolver = pretend::name_server(zone()).await;
    let evidence = check(World { edge: peer, origin: peer, resolver }, 20_000).await;
    assert!(all_came.await.is_ok());
    assert!(evidence.took_ms < 20_000);
}

#[tokio::test]
async fn no_secret_of_the_query_is_kept() {
    let said = b"HTTP/1.1 302 Found\r\nServer: nobody who has been told of this site\r\n\
        Location: /?token=s3cret\r\nContent-Length: 0\r\n\r\n";
    let peer = pretend::origin(said, Then::Close).await;
    let resolver = pretend::name_server(zone()).await;
    let evidence = check(World { edge: peer, origin: peer, resolver }, 9_000).await;
    assert!(!format!("{evidence:?}").contains("s3cret"));
    // Each redirect is a visit of its own, up to the eleventh of the chain.
    assert_eq!(of(&evidence, "edge_http").len(), 5 + 10 + 2);
}

#[tokio::test]
async fn a_question_that_is_dropped_has_met_silence() {
    let target = Target::new(Site::parse("shop.example").unwrap());
    let sitting = Arc::new(Sitting::new(target, Setup::default()));
    let to = nowhere(443);
    drop(sitting.begin("origin_tcp", Question::Connect { to }));
    let seen = sitting.take_seen();
    assert!(matches!(
        seen[..],
        [Seeing { answer: Answer::Got(Seen::Tcp(TcpAnswer::Silent { .. })), .. }]
    ));
}

#[test]
fn when_the_time_is_over_nothing_is_begun() {
    let target = Target::new(Site::parse("shop.example").unwrap());
    let setup = Setup { timeout: Duration::ZERO, ..Setup::default() };
    let sitting = Arc::new(Sitting::new(target, setup));
    let to = nowhere(443);
    for question in [Question::Connect { to }, Question::Trace { to }] {
        assert!(sitting.begin("origin_tcp", question).is_none());
    }
    for seeing in sitting.take_seen() {
        assert_eq!(seeing.answer, Answer::NotAsked { why: WhyNot::OutOfTime });
    }
}

#[test]
fn each_question_has_its_share_of_the_time() {
    let seconds = |whole| {
        let limits = Limits::of(Duration::from_secs(whole));
        [limits.dns, limits.connect, limits.handshake, limits.reply, limits.flow, limits.visit]
            .map(|limit| limit.as_secs_f64())
    };
    assert_eq!(seconds(30), [5.0, 8.0, 8.0, 20.0, 5.0, 29.5]);
    assert_eq!(seconds(3), [0.75, 1.0, 1.0, 2.0, 0.5, 2.7]);
}

#[test]
fn doors_take_turns_and_given_ones_come_first() {
    let target = Target::new(Site::parse("shop.example").unwrap());
    let site = target.site.clone();
    let http = site.in_scheme(rayfix_core::target::Scheme::Http).unwrap();
    let texts =
        |doors: Vec<SocketAddr>| -> Vec<String> { doors.iter().map(ToString::to_string).collect() };
    let found = ["2001:db8::1", "203.0.113.1", "203.0.113.2"].map(|a| a.parse().unwrap());
    let sitting = Sitting::new(target.clone(), Setup::default());
    assert_eq!(
        texts(sitting.doors(&site, &Addresses::Found(found.to_vec()))),
        ["203.0.113.1:443", "[2001:db8::1]:443", "203.0.113.2:443"]
    );
    for (detour, https_door, http_door) in [
        ("shop.example:443:203.0.113.9", "203.0.113.9:443", Some("203.0.113.9:80")),
        ("shop.example:443:127.0.0.1:9443", "127.0.0.1:9443", None),
    ] {
        let detours = Detours::parse(detour).unwrap();
        let given = detours.of("shop.example", 443).unwrap();
        let setup = Setup { detours, ..Setup::default() };
        let sitting = Sitting::new(target.clone(), setup);
        let doors = |site| texts(sitting.doors(site, &Addresses::Given(given)));
        assert_eq!(doors(&site), [https_door]);
        assert_eq!(doors(&http), http_door.as_slice());
    }
}

#[tokio::test]
async fn progress_is_told_as_it_goes() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let setup = Setup {
        progress: Some(Arc::new(move |progress| listener.lock().unwrap().push(progress))),
        timeout: Duration::from_millis(900),
        resolver: Some(pretend::closed_port().await),
        ..Setup::default()
    };
    let target = Target::new(Site::parse("shop.example").unwrap());
    sit(&target, &setup).await;
    let told = told.lock().unwrap();
    let last = told.last().unwrap();
    assert_eq!((last.asked, last.answered), (2, 2));
    assert_eq!(last.latest, "shop.example lookup");
}
