//! Sittings in which something on the origin looks odd and is not what visitors suffer from, or
//! cannot be told to be.

use crate::diagnose::diagnose;
use crate::evidence::TcpAnswer;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::host::app_gallery::{Shop, replies};
use crate::scene::host::nginx_sample::SHOP;
use crate::scene::sample::{Sitting, expired, greeted, page};
use crate::target::SslMode;

/// What is found, each with how sure it is.
fn found(sitting: Sitting) -> String {
    let evidence = sitting.evidence();
    let diagnosis = diagnose(&evidence);
    let each = diagnosis.findings.iter().map(|one| format!("{} {:?}", one.cause, one.confidence));
    each.collect::<Vec<_>>().join(", ").to_lowercase()
}

fn strict() -> Sitting {
    Sitting::new().mode(SslMode::Strict)
}

/// Apps that are odd, one of each kind.
fn odd_apps() -> Vec<Shop> {
    let answers = |status| Shop::fails(status).listened_to().answers(replies(status));
    vec![
        Shop::fails(502).stopped(),
        Shop::broken_import(),
        Shop::looping(),
        Shop::timing_out(),
        answers(500),
        answers(503),
    ]
}

/// Machines that are odd though the app works, one of each kind.
fn odd_machines(visits: &dyn Fn() -> Sitting) -> Vec<Sitting> {
    let shop = || Shop::works().sitting_is(|_| visits()).sitting();
    let room = 20_000_000_000;
    let disks = |sitting: Sitting, free: u64, aside: u64| {
        let disk = sitting.disk("/", &[Hop::App, Hop::Proxy], free, free);
        disk.disk("/var/backups", &[], aside, aside)
    };
    let says = "No space left on device: '/var/backups/x'";
    let files = shop().open_files("gunicorn", Hop::App, 1024).open_files("nginx", Hop::Proxy, 10);
    let killed = "Out of memory: Killed process 4711 (gunicorn)";
    vec![
        disks(shop(), 0, room),
        disks(shop(), room, 0).app_unit("success", "shop").app_says(0, Class::DiskFull, says),
        files.app_says(0, Class::FilesExhausted, "Too many open files"),
        shop()
            .app_unit("oom-kill", "shop")
            .kernel_says(5, Class::AppOutOfMemory, killed)
            .memory(3_000_000_000, |memory| memory.kills = Some(1)),
    ]
}

#[test]
fn where_the_web_server_serves_us_what_is_odd_behind_it_explains_no_error_of_another_s() {
    let through = || strict().tcp(TcpAnswer::Accepted);
    let by_worker = || strict().visits(500, page(1101)).origin_works();
    let blocked = || strict().visits(403, page(1020)).origin_works();
    let expired = || through().visits(526, page(526)).tls(greeted(vec![expired()])).replies(200);
    let each: [(&dyn Fn() -> Sitting, &str); 3] = [
        (&by_worker, "edge-worker-failed certain"),
        (&blocked, "edge-visit-blocked certain"),
        (&expired, "tls-certificate-expired certain"),
    ];
    for (visits, cause) in each {
        for odd in odd_apps() {
            assert_eq!(found(odd.sitting_is(|_| visits()).sitting()), cause);
        }
        for odd in odd_machines(visits) {
            assert_eq!(found(odd), cause);
        }
    }
}

#[test]
fn where_the_web_server_serves_us_an_error_as_of_an_origin_leaves_it_open_and_never_certain() {
    let visits = || strict().visits(500, page(500)).origin_works();
    let apps = odd_apps().into_iter().map(|odd| odd.sitting_is(|_| visits()).sitting());
    for odd in apps.chain(odd_machines(&visits)) {
        let found = found(odd);
        assert!(found.starts_with("edge-failing likely"), "{found}");
        assert!(!found.contains("certain"), "{found}");
        let mut parts = found.split(", ").filter(|part| part.starts_with("host-"));
        assert!(parts.all(|part| part.ends_with("possible")), "{found}");
    }
}

#[test]
fn nothing_that_is_down_is_certain_to_redirect_visitors_in_circles() {
    let site = "https://shop.example.test/";
    let loops = || Sitting::new().mode(SslMode::Flexible).redirects(&[site; 3], "loop");
    let apps = odd_apps().into_iter().map(|odd| odd.sitting_is(|_| loops()).sitting());
    for odd in apps.chain(odd_machines(&loops)) {
        let found = found(odd);
        assert!(found.contains("edge-redirect-loop"), "{found}");
        assert!(!found.contains("certain"), "{found}");
    }
}

#[test]
fn lines_that_are_dated_later_than_they_were_read_are_of_no_known_time() {
    let line = |day: &str| {
        format!(
            "{day} [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to \
             upstream, client: 1.2.3.4, server: shop.example.test, request: \"GET / HTTP/1.1\", \
             upstream: \"http://127.0.0.1:8000/\", host: \"shop.example.test\""
        )
    };
    let told = |at: &str, line: String| {
        let sitting = Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        found(sitting.peer_answers("127.0.0.1:8000", replies(200)).error_log_at(at, &[line]))
    };
    let now = told("2026-11-20T12:00:01Z", line("2026/11/20 12:00:01"));
    assert!(now.contains("proxy-upstream-refused likely"), "{now}");
    let later = told("2026-11-20T15:00:00Z", line("2026/11/20 15:00:00"));
    assert!(!later.contains("proxy-"), "{later}");
    let worker = |seconds| {
        let shop = Shop::fails(500).listened_to().answers(replies(500));
        found(shop.says(seconds, Class::AppWorkerTimeout, "WORKER TIMEOUT (pid:7)").sitting())
    };
    assert!(worker(0).starts_with("app-worker-timeout certain"), "{}", worker(0));
    assert!(!worker(-7_200).contains("app-worker-timeout"), "{}", worker(-7_200));
}

#[test]
fn the_app_answering_500_is_not_the_500_of_a_worker_at_the_edge() {
    let both = |visits: Sitting| {
        let visits = visits.quickly().tcp(TcpAnswer::Accepted).tls(greeted(vec![])).replies(500);
        let shop = Shop::fails(500).listened_to().answers(replies(500));
        found(shop.sitting_is(|_| visits).sitting())
    };
    assert_eq!(both(strict().visits(500, page(1101))), "edge-worker-failed certain");
    let own = both(strict().visits(500, None));
    assert!(own.starts_with("app-answers-5xx certain"), "{own}");
}
