//! A program of the site has as many files open as it may.
//!
//! # What you see
//! Error 502, 520 or 522 that comes and goes with the number of visitors. nginx's error log says
//! `accept4() failed (24: Too many open files)` or `socket() failed (24: …) while connecting to
//! upstream`; an app's says `OSError: [Errno 24] Too many open files` or `EMFILE`.
//!
//! # What is wrong
//! Every connection is an open file, and a program may have only so many (`ulimit -n`, 1,024 by
//! default). nginx needs two for each request that it passes on. Either the limit is too low for the
//! visitors that come, or a program opens files and never closes them, so that any limit is reached.
//!
//! # How we know
//! The open files of each program are counted and held against its limit. Where they reach it, a
//! log says so in the same moment, and another program has files to spare: certain. Where only one
//! of the two is seen: likely.
//!
//! # What to do
//! For nginx, `worker_rlimit_nofile 65536;` at the top of `nginx.conf` and `worker_connections` of
//! at most half of that, then `systemctl reload nginx`. For a service, `systemctl edit APP` with
//! `[Service]` and `LimitNOFILE=65536`, then restart it.
//!
//! If the number only ever grows (`ls /proc/PID/fd | wc -l`), the program leaks: a restart helps for
//! a while, `ls -l /proc/PID/fd` shows what it leaves open.
//!
//! # Sources
//! - getrlimit(2), RLIMIT_NOFILE; proc(5), `/proc/sys/fs/file-nr`
//! - nginx docs, worker_rlimit_nofile and worker_connections, read 2026-11
use super::{Cause, Confidence, Verdict};
use crate::evidence::{HostAnswer, HostQuestion, Question, Reading, ReadingId, Seen};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::blame::weigh;
use crate::scene::host::machine::{FilesSeen, OF_FILES};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C903",
    hop: Hop::Host,
    title: "a program of the site has as many files open as it may",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let counted = host.files().map(|seen| seen.reading.id).collect();
    let clean: Vec<ReadingId> = if some_uncounted(scene) { Vec::new() } else { counted };
    let full = host.files().find(FilesSeen::are_exhausted);
    let Some(sign) = sign(host, full.as_ref()) else { return weigh(scene, None, &clean) };
    let verdict = weigh(scene, Some(sign), &[]).explaining(&[
        "app-worker-timeout",
        "proxy-upstream-refused",
        "proxy-upstream-closed-early",
        "proxy-upstream-timeout",
        "proxy-connections-exhausted",
        "tunnel-service-timeout",
        "net-accept-queue-full",
        "net-origin-silent",
        "http-reply-empty",
        "http-reply-too-late",
        "http-origin-answers-5xx",
    ]);
    let Some(full) = full else { return verdict };
    verdict
        .with("program", full.program)
        .with("pid", full.files.pid)
        .with("open", full.files.open)
        .with("limit", full.files.limit)
}

/// Whether the files of a program of the site could not be counted.
fn some_uncounted(scene: &Scene<'_>) -> bool {
    scene.evidence.readings.iter().any(|reading| {
        let asked = matches!(&reading.question, Question::Host(HostQuestion::Files { .. }));
        asked && !matches!(reading.seen(), Some(Seen::Host(HostAnswer::Files(_))))
    })
}

fn sign(host: &OnHost<'_>, full: Option<&FilesSeen<'_>>) -> Option<Sign> {
    let said = |part: Option<Hop>| -> Option<&Reading> {
        let fits = |of: Hop| part.is_none_or(|part| part == of || part == Hop::Host);
        let mut told = host.reasons(&OF_FILES);
        told.find(|(_, of, _)| fits(*of)).map(|(reading, ..)| reading)
    };
    let Some(full) = full else {
        // It may have had a file to spare again when we counted.
        let says = said(None)?;
        return Some(Sign::new([says.id], []).at_most(Confidence::Likely));
    };
    let spare = host.files().filter(|other| !other.are_exhausted() && other.part != Hop::Host);
    let spare: Vec<ReadingId> = spare.map(|other| other.reading.id).take(1).collect();
    Some(match said(Some(full.part)) {
        Some(says) => Sign::new([full.reading.id, says.id], spare),
        None => Sign::new([full.reading.id], spare).at_most(Confidence::Likely),
    })
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Known;
    use crate::hop::Hop;
    use crate::logs::Class;
    use crate::scene::sample::{Sitting, check, page};

    const SAYS: &str = "accept4() failed (24: Too many open files)";

    fn failing() -> Sitting {
        Sitting::new().visits(502, page(502)).on_origin(Known::Told)
    }

    fn counted(nginx: u64) -> Sitting {
        let app = failing().open_files("shop.service", Hop::App, 31);
        app.open_files("nginx", Hop::Proxy, nginx)
    }

    #[test]
    fn blames_a_program_at_its_limit() {
        check(&UNIT, counted(1024), "blames, likely");
        check(&UNIT, counted(1020), "blames, likely");
    }

    #[test]
    fn is_certain_once_its_log_says_so_and_another_has_files_to_spare() {
        check(&UNIT, counted(1024).nginx_says(0, Class::FilesExhausted, SAYS), "blames, certain");
        let alone = failing().open_files("nginx", Hop::Proxy, 1024);
        check(&UNIT, alone.nginx_says(0, Class::FilesExhausted, SAYS), "blames, likely");
    }

    #[test]
    fn is_likely_by_the_log_alone() {
        check(&UNIT, counted(600).nginx_says(0, Class::FilesExhausted, SAYS), "blames, likely");
        check(&UNIT, failing().nginx_says(0, Class::FilesExhausted, SAYS), "blames, likely");
    }

    #[test]
    fn clears_programs_with_files_to_spare_whatever_old_lines_say() {
        check(&UNIT, counted(600), "clears");
        check(&UNIT, counted(600).nginx_says(20, Class::FilesExhausted, SAYS), "clears");
        check(&UNIT, counted(600).nginx_says(0, Class::ConnectionsExhausted, "x"), "clears");
    }

    #[test]
    fn cannot_tell_when_the_files_were_not_counted() {
        let hidden = crate::evidence::HostQuestion::Files {
            program: "shop.service".to_owned(),
            pid: 7,
            part: Hop::App,
        };
        let why = crate::evidence::HostAnswer::Failed { why: "it ended meanwhile".to_owned() };
        check(&UNIT, counted(600).within(hidden, why), "cannot tell");
        let says = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
        check(&UNIT, failing(), says);
        let outside = Sitting::new().visits(502, page(502));
        check(
            &UNIT,
            outside,
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
    }
}
