//! Sittings in which something on the origin looks odd and is not what visitors suffer from, or
//! cannot be told to be.

use crate::diagnose::diagnose;
use crate::evidence::host::{Claim, Known, Named, Owner, UpstreamAnswer};
use crate::evidence::{HostAnswer, HostQuestion, TcpAnswer};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::host::app_gallery::{EndedBy, Shop, refused, replies};
use crate::scene::host::nginx_sample::{SHOP, peer};
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

/// A door that answers 502, and what nginx is told.
fn behind(config: &str, answers: &[(&str, UpstreamAnswer)], unit_of: &str) -> Sitting {
    let unit = HostQuestion::Owner { to: peer(unit_of) };
    let claim = Claim {
        unit: "shop.service".to_owned(),
        by: Named::CommandLine,
        at: None,
        words: format!("gunicorn --bind {unit_of} shop:app"),
        listens: Vec::new(),
    };
    let owner = Owner { listening: None, is_listened: false, claims: vec![claim] };
    let sitting = Sitting::gateway_fails(502).nginx(config).sockets(&["0.0.0.0:443 nginx"]);
    let asked = answers.iter().fold(sitting, |all, (to, one)| all.peer_answers(to, one.clone()));
    let says = Class::AppBootFailed;
    asked.within(unit, HostAnswer::Owner(owner)).app_unit("exit-code", "shop").app_says(
        5,
        says,
        "ModuleNotFoundError: No module named 'shop'",
    )
}

fn shop(locations: &str) -> String {
    format!(
        "server {{ listen 443 ssl; server_name shop.example.test; ssl_certificate c; \
         ssl_certificate_key k; {locations} }}"
    )
}

#[test]
fn an_app_that_visitors_do_not_come_to_is_not_blamed() {
    let here = shop("location / { proxy_pass http://127.0.0.1:8080; }");
    let plain = "server { listen 80; server_name shop.example.test; \
                 location / { proxy_pass http://127.0.0.1:8000; } }";
    let group = |other: &str| {
        format!("upstream shop {{ {other} }} {}", shop("location / { proxy_pass http://shop; }"))
    };
    let works = || ("127.0.0.1:8080", replies(200));
    let dead = || ("127.0.0.1:8000", refused());
    for config in [
        format!("{here} {plain}"),
        shop(
            "location / { proxy_pass http://127.0.0.1:8080; } \
             location /api { proxy_pass http://127.0.0.1:8000; }",
        ),
        group("server 127.0.0.1:8080; server 127.0.0.1:8000 down;"),
    ] {
        let found = found(behind(&config, &[works(), dead()], "127.0.0.1:8000"));
        assert!(!found.contains("app-") && !found.contains("proxy-"), "{config}: {found}");
    }
    let spare = group("server 127.0.0.1:8080; server 127.0.0.1:8000 backup;");
    let spare = found(behind(&spare, &[works(), dead()], "127.0.0.1:8000"));
    assert!(!spare.contains("proxy-") && !spare.contains("likely, app"), "{spare}");
    let only = shop("location / { proxy_pass http://127.0.0.1:8000; }");
    let only = found(behind(&only, &[dead()], "127.0.0.1:8000"));
    assert!(only.starts_with("app-boot-failed certain, proxy-upstream-refused certain"), "{only}");
}

#[test]
fn where_no_visit_is_possible_and_the_web_server_serves_us_nothing_is_more_than_possible() {
    let cut_off = || Sitting::new().mode(SslMode::Strict).trace(false).origin_works();
    let apps = odd_apps().into_iter().map(|odd| odd.sitting_is(|_| cut_off()).sitting());
    for odd in apps.chain(odd_machines(&cut_off)) {
        let found = found(odd);
        assert!(!found.contains("certain") && !found.contains("likely"), "{found}");
    }
}

#[test]
fn a_copy_for_tests_is_never_certain_and_blamed_for_nothing_while_visits_work() {
    let copy = |odd: Shop| odd.known(Known::Proxy);
    for odd in odd_apps() {
        let found = found(copy(odd).sitting().no_origin());
        assert!(!found.split(", ").any(|one| one.starts_with("app-") && one.ends_with("certain")));
    }
    for odd in odd_apps() {
        assert_eq!(found(copy(odd.sitting_is(|_| strict().served())).sitting()), "");
    }
}

#[test]
fn a_unit_that_found_its_port_taken_by_one_who_left_since_is_only_likely_what_is_missed() {
    let shop = |at: &str| {
        let says = "Connection in use: ('127.0.0.1', 8000)";
        let failed = Shop::fails(502).failed(30, 6, "exit-code", EndedBy::Status(1));
        let failed = failed.says(30, Class::AppAddressInUse, says);
        found(failed.socket(at, "python3", None).sitting())
    };
    assert!(shop("127.0.0.2:8000").starts_with("app-boot-failed certain"));
    assert!(shop("127.0.0.1:5432").starts_with("app-boot-failed likely"));
}
