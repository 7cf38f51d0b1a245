//! A disk that the site needs is full.
//!
//! # What you see
//! Error 500, 502 or 503, often for some pages only: those that store something. Uploads and logins
//! fail first. An app that cannot write may hang up in the middle of a request, which nginx tells as
//! 502, or not start again after a restart.
//!
//! # What is wrong
//! The file system on which the app or the web server writes has no room left, or no inodes: no
//! more files fit, whatever their size. Logs without rotation, old releases, uploads, core dumps,
//! containers' images and a package cache are what mostly fills it. Deleted files keep their room for
//! as long as a program has them open. ext4 keeps 5 % for root, so that root can still write while
//! the app cannot.
//!
//! # How we know
//! The disk is asked for its room, and a program says at the same time that there is none
//! (`No space left on device`, ENOSPC, errno 28), while another disk has room: certain. If nobody
//! says so, and the app answers with errors while its own folder has no room: likely. A full disk on
//! which nothing of the site's is written is no cause, and neither is one that keeps only nginx's
//! logs from being written: nginx serves on without them.
//!
//! # What to do
//! Make room. What takes it: `df -h`, then `du -xh --max-depth=2 DIRECTORY | sort -h | tail`. Deleted
//! and still open: `lsof +L1`. Quick gains: `journalctl --vacuum-size=200M`, `apt-get clean`,
//! `docker system df`.
//!
//! For inodes (`df -i`), look for folders with very many small files, such as PHP sessions:
//! `du --inodes -x DIRECTORY | sort -n | tail`. Then restart the app if it has stopped.
//!
//! # Sources
//! - statvfs(3); tune2fs(8), reserved blocks (5 %)
//! - captured: nginx 1.22.1 and gunicorn 20.1.0 on a full tmpfs
use super::{Cause, Confidence, Verdict};
use crate::evidence::host::UpstreamAnswer;
use crate::evidence::{HttpAnswer, Reading, ReadingId};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::blame::weigh;
use crate::scene::host::machine::{DiskSeen, Lack, OF_ROOM, path_in};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C901",
    hop: Hop::Host,
    title: "a disk that the site needs is full",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let signs = host.disks().filter_map(|disk| Some((disk, sign(scene, host, &disk)?)));
    // The surest; of equals the first.
    let found =
        signs.reduce(|one, other| if other.1.at_most > one.1.at_most { other } else { one });
    let Some((disk, sign)) = found else { return weigh(scene, None, &clean(host)) };
    let lack = lack(host, &disk);
    weigh(scene, Some(sign), &[])
        .explaining(&[
            "app-stopped",
            "app-boot-failed",
            "app-crash-looping",
            "app-worker-timeout",
            "proxy-stopped",
            "proxy-config-invalid",
            "proxy-upstream-refused",
            "proxy-upstream-socket-missing",
            "proxy-upstream-closed-early",
            "proxy-upstream-timeout",
            "http-origin-answers-5xx",
            "http-reply-cut",
        ])
        .with("mount", disk.disk.mount.clone())
        .with("path", disk.path)
        .with("used_for", disk.used_for)
        .with("lacks", if lack == Some(Lack::Inodes) { "inodes" } else { "room" })
        .with("bytes", disk.disk.bytes)
        .with("free_bytes", disk.disk.free)
}

/// What it lacks for those who write there.
fn lack(host: &OnHost<'_>, disk: &DiskSeen<'_>) -> Option<Lack> {
    disk.lacks(disk.parts.contains(&Hop::App) && host.app_is_root())
}

fn sign(scene: &Scene<'_>, host: &OnHost<'_>, disk: &DiskSeen<'_>) -> Option<Sign> {
    lack(host, disk)?;
    let roomy: Vec<ReadingId> = host
        .disks()
        .filter(|other| other.lacks(false).is_none() && other.disk.mount != disk.disk.mount)
        .map(|other| other.reading.id)
        .take(1)
        .collect();
    if let Some(says) = says_so(host, disk) {
        return Some(Sign::new([disk.reading.id, says.id], roomy));
    }
    if disk.parts.is_empty() {
        return None;
    }
    let sign = Sign::new([disk.reading.id], roomy);
    match stumbles(scene, host).filter(|_| disk.parts.contains(&Hop::App)) {
        Some(upstream) => {
            let because = vec![disk.reading.id, upstream.id];
            Some(Sign { because, ..sign }.at_most(Confidence::Likely))
        }
        None => Some(sign.at_most(Confidence::Possible)),
    }
}

/// The log in which a program says that it found no room on this disk.
fn says_so<'a>(host: &OnHost<'a>, disk: &DiskSeen<'_>) -> Option<&'a Reading> {
    let told = host.reasons(&OF_ROOM).find(|(_, part, kept)| {
        match path_in(&kept.event.text) {
            // nginx serves on without its logs.
            Some(path) if *part == Hop::Proxy && path.ends_with(".log") => false,
            Some(path) => lies_on(host, disk, path),
            None => disk.parts.contains(part),
        }
    });
    told.map(|(reading, ..)| reading)
}

/// Whether a path lies on this disk, and not on one that is mounted further in.
fn lies_on(host: &OnHost<'_>, disk: &DiskSeen<'_>, path: &str) -> bool {
    let over = |mount: &str| crate::evidence::host::kernel::lies_in(path, mount);
    let inner = host.disks().map(|other| other.disk.mount.as_str()).filter(|mount| over(mount));
    inner.max_by_key(|mount| mount.len()) == Some(disk.disk.mount.as_str())
}

/// The app that takes requests and fails them, for no other reason that it tells.
fn stumbles<'a>(scene: &Scene<'a>, host: &OnHost<'a>) -> Option<&'a Reading> {
    let other = |(_, kept): (&Reading, &crate::evidence::host::Kept)| {
        host.is_of_now(kept)
            && kept.event.role == crate::logs::Role::Cause
            && !OF_ROOM.is_told_by(kept)
    };
    if host.events(Hop::App).any(other) {
        return None;
    }
    let failing = scene.proxy_upstreams().into_iter().find(|upstream| match upstream.answer {
        UpstreamAnswer::Http { http } => match http.as_ref() {
            HttpAnswer::Replied(reply) => reply.status >= 500,
            HttpAnswer::Empty { .. } | HttpAnswer::CutInHead { .. } => true,
            _ => false,
        },
        _ => false,
    });
    failing.map(|upstream| upstream.reading)
}

/// All disks that somebody needs, where they have room.
fn clean(host: &OnHost<'_>) -> Vec<ReadingId> {
    host.disks().filter(|disk| !disk.parts.is_empty()).map(|disk| disk.reading.id).collect()
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Disk, Known, UpstreamAnswer, UpstreamAsked};
    use crate::evidence::{HostAnswer, HostQuestion, HttpAnswer};
    use crate::hop::Hop;
    use crate::logs::Class;
    use crate::proxy::nginx::{PeerAddress, Speaks};
    use crate::scene::sample::{Sitting, check, page, reply};
    use crate::target::SslMode;

    const SAYS: &str = "OSError: [Errno 28] No space left on device: '/var/lib/shop/orders.db'";
    const ROOM: u64 = 9_000_000_000;

    fn failing() -> Sitting {
        let sitting = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        sitting.on_origin(Known::Told).app_unit("success", "shop")
    }

    fn full() -> Sitting {
        let root = failing().disk("/", &[Hop::Proxy], ROOM, ROOM);
        root.disk("/var/lib/shop", &[Hop::App], 0, 2_000_000_000)
    }

    fn app_answers(sitting: Sitting, http: HttpAnswer) -> Sitting {
        let asked = UpstreamAsked {
            by: Hop::Proxy,
            to: PeerAddress::Unix("/run/shop/shop.sock".to_owned()),
            speaks: Speaks::Http,
            host: None,
            path: "/".to_owned(),
            sni: None,
            verifies: false,
            as_user: None,
        };
        let answer = UpstreamAnswer::Http { http: Box::new(http) };
        sitting.within(HostQuestion::Upstream(asked), HostAnswer::Upstream(answer))
    }

    #[test]
    fn is_certain_when_the_app_says_so_and_another_disk_has_room() {
        check(&UNIT, full().app_says(0, Class::DiskFull, SAYS), "blames, certain");
        let wordless = "ENOSPC: no space left on device, write";
        check(&UNIT, full().app_says(0, Class::DiskFull, wordless), "blames, certain");
        // The only disk there is.
        let only = failing().disk("/", &[Hop::Proxy, Hop::App], 0, 0);
        check(&UNIT, only.app_says(0, Class::DiskFull, SAYS), "blames, likely");
        // The place was only guessed.
        let guessed = Sitting::new().mode(SslMode::Strict).visits(502, page(502));
        let guessed = guessed.on_origin(Known::Proxy).disk("/", &[], ROOM, ROOM);
        let guessed = guessed.disk("/var/lib/shop", &[Hop::App], 0, 0);
        check(&UNIT, guessed.app_says(0, Class::DiskFull, SAYS), "blames, likely");
    }

    #[test]
    fn what_to_do_names_the_disk_that_is_full() {
        let evidence = full().app_says(0, Class::DiskFull, SAYS).evidence();
        let report = crate::report::Report::of(&crate::diagnose::diagnose(&evidence));
        let fix = report.findings[0].fix.as_deref().unwrap_or_default();
        assert!(fix.contains("`du -xh --max-depth=2 /var/lib/shop | sort -h | tail`"), "{fix}");
    }

    #[test]
    fn blames_a_disk_for_the_last_words_of_an_app_that_is_down() {
        let down = Sitting::new().visits(502, page(502)).on_origin(Known::Told);
        let down = down.app_unit("exit-code", "shop").disk("/", &[Hop::Proxy], ROOM, ROOM);
        let down = down.disk("/var/lib/shop", &[Hop::App], 0, 0);
        check(&UNIT, down.clone().app_says(5, Class::DiskFull, SAYS), "blames, certain");
        // The end of a traceback whose head says that a worker did not start.
        let boot = down.clone().app_says(5, Class::AppBootFailed, SAYS);
        check(&UNIT, boot, "blames, certain");
        // Words of an earlier run.
        check(&UNIT, down.app_says(90, Class::DiskFull, SAYS), "blames, possible");
    }

    #[test]
    fn blames_a_full_disk_when_the_app_fails_without_a_word() {
        let empty = HttpAnswer::Empty { reset: false, after_ms: 3 };
        check(&UNIT, app_answers(full(), empty.clone()), "blames, likely");
        let failed = HttpAnswer::Replied(reply(500));
        check(&UNIT, app_answers(full(), failed.clone()), "blames, likely");
        // The app has another reason.
        let other = app_answers(full(), failed);
        let other = other.app_says(0, Class::AppException, "KeyError: 'DATABASE_URL'");
        check(&UNIT, other, "blames, possible");
        check(&UNIT, full(), "blames, possible");
    }

    #[test]
    fn no_inodes_are_as_bad_as_no_room() {
        let bare = Disk {
            mount: "/var/lib/shop".to_owned(),
            bytes: 40_000_000_000,
            free: ROOM,
            free_for_root: ROOM,
            inodes: 2_000_000,
            inodes_free: 0,
            read_only: false,
            kind: "ext4".to_owned(),
        };
        let sitting = failing().disk("/", &[], ROOM, ROOM);
        let sitting = sitting.disk_like("/var/lib/shop", &[Hop::App], bare);
        check(&UNIT, sitting.app_says(0, Class::DiskFull, SAYS), "blames, certain");
    }

    #[test]
    fn clears_the_disks_that_have_room() {
        let roomy = || failing().disk("/", &[Hop::Proxy, Hop::App], ROOM, ROOM);
        check(&UNIT, roomy(), "clears");
        let served = Sitting::healthy().on_origin(Known::Told).disk("/", &[Hop::App], 0, 0);
        check(&UNIT, served.app_says(0, Class::DiskFull, SAYS), "clears");
        // Somebody else's full disk.
        check(&UNIT, roomy().disk("/mnt/backup", &[], 0, 0), "clears");
        // Out of inotify watches, which has the same number.
        let watches = "ENOSPC: System limit for number of file watchers reached, watch '/srv/shop'";
        check(&UNIT, roomy().app_says(0, Class::DiskFull, watches), "clears");
    }

    #[test]
    fn nginx_serves_on_without_its_logs() {
        let log = || failing().disk("/", &[Hop::App], ROOM, ROOM).disk("/var/log", &[], 0, 0);
        let says = r#"write() to "/var/log/nginx/access.log" failed (28: No space left on device)"#;
        check(&UNIT, log().nginx_says(0, Class::DiskFull, says), "clears");
        let temp = failing().disk("/", &[Hop::App], ROOM, ROOM);
        let temp = temp.disk("/var/lib/nginx", &[Hop::Proxy], 0, 0);
        let says =
            r#"pwrite() "/var/lib/nginx/body/0000000001" failed (28: No space left on device)"#;
        check(&UNIT, temp.nginx_says(0, Class::DiskFull, says), "blames, certain");
    }

    #[test]
    fn what_is_kept_for_root_serves_only_root() {
        let of = |user: &str| {
            let sitting = Sitting::new().visits(502, page(502)).on_origin(Known::Told);
            let sitting = sitting.app_unit("success", user).disk("/", &[], ROOM, ROOM);
            sitting.disk("/srv", &[Hop::App], 0, 2_000_000_000)
        };
        check(&UNIT, of("shop"), "blames, possible");
        check(&UNIT, of("root"), "clears");
    }

    #[test]
    fn cannot_tell_when_this_is_not_the_origin_or_nothing_was_asked() {
        let outside = Sitting::new().visits(502, page(502));
        check(
            &UNIT,
            outside,
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
        let says = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
        check(&UNIT, failing(), says);
    }
}
