//! Sittings in which something on the origin looks odd and is not what visitors suffer from, or
//! cannot be told to be.

use crate::diagnose::diagnose;
use crate::evidence::TcpAnswer;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::host::app_gallery::{Shop, replies};
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
