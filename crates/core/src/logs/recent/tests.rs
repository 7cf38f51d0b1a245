//! Tests of the last while of a log: from either end, with old, hostile and secret lines.

use proptest::prelude::*;

use super::*;

fn at(time: &str) -> Timestamp {
    format!("2026-11-22T{time}Z").parse().unwrap()
}

fn look(by: By) -> Look {
    Look {
        clock: Clock::utc(at("05:30:00")),
        from: at("05:00:00"),
        mark: "0123abcd".to_owned(),
        by,
        only: None,
    }
}

/// What is seen when the lines are read from their end, and that the other way round is the same.
fn seen(by: By, lines: &[&str]) -> LogSeen {
    let mut backward = Recent::backward(look(by.clone()));
    for line in lines.iter().rev() {
        backward.line(line.as_bytes());
    }
    let mut forward = Recent::forward(look(by));
    for line in lines {
        forward.line(line.as_bytes());
    }
    let (backward, forward) = (backward.end(true), forward.end(true));
    assert_eq!(told(&backward), told(&forward));
    assert_eq!(backward.tail, forward.tail);
    backward
}

fn told(seen: &LogSeen) -> Vec<String> {
    let time = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| at.to_string());
    seen.events
        .iter()
        .map(|kept| format!("{} {}", &time(kept.at), kept.event.class.slug()))
        .collect()
}

fn refused(time: &str) -> String {
    format!(
        "2026/11/22 {time} [error] 5#5: *2 connect() to unix:/run/shop.sock failed (111: Connection \
         refused) while connecting to upstream, client: 203.0.113.9, server: s.example, request: \
         \"GET /cart?card=4111 HTTP/1.1\", upstream: \"http://unix:/run/shop.sock:/cart?card=4111\""
    )
}

// Captured: gunicorn 20.1.0 (Debian 12), 2026-11-22.
const BOOT: [&str; 8] = [
    "[2026-11-22 05:16:58 +0000] [2929] [INFO] Listening at: http://127.0.0.1:8000 (2929)",
    "[2026-11-22 05:16:58 +0000] [2934] [ERROR] Exception in worker process",
    "Traceback (most recent call last):",
    "  File \"/srv/lab/shopapp/settings_err.py\", line 2, in <module>",
    "    SECRET=os.environ['SECRET_KEY']",
    "KeyError: 'SECRET_KEY'",
    "[2026-11-22 05:16:58 +0000] [2929] [INFO] Shutting down: Master",
    "[2026-11-22 05:16:58 +0000] [2929] [INFO] Reason: Worker failed to boot.",
];

#[test]
fn a_log_reads_the_same_from_either_end() {
    let seen = seen(By::Looks, &BOOT);
    assert_eq!(seen.dialect.as_deref(), Some("gunicorn"));
    assert_eq!(
        told(&seen),
        [
            "2026-11-22T05:16:58Z started",
            "2026-11-22T05:16:58Z app-boot-failed",
            "2026-11-22T05:16:58Z stopped",
            "2026-11-22T05:16:58Z app-boot-failed",
        ]
    );
    assert_eq!(seen.events[1].event.text, "KeyError: 'SECRET_KEY'");
    assert_eq!(seen.classes[0].class, Class::AppBootFailed);
    assert_eq!((seen.lines, seen.tail.len(), seen.is_whole), (8, 6, true));
    assert_eq!(
        seen.tail[5],
        "[2026-11-22 05:16:58 +0000] [2929] [INFO] Reason: Worker failed to boot."
    );
}

#[test]
fn a_run_of_old_lines_ends_the_reading_and_a_single_one_does_not() {
    let old: Vec<String> = (0..500).map(|n| refused(&format!("04:{:02}:00", n % 50))).collect();
    let mut lines: Vec<&str> = old.iter().map(String::as_str).collect();
    let (new, newer) = (refused("05:29:01"), refused("05:29:02"));
    lines.extend([new.as_str(), old[0].as_str(), newer.as_str()]);
    let mut recent = Recent::backward(look(By::Name("nginx-error")));
    let read = lines.iter().rev().take_while(|line| recent.line(line.as_bytes())).count();
    assert!(read < 100, "{read}");
    let seen = recent.end(false);
    assert!(seen.is_whole);
    assert_eq!(
        told(&seen),
        ["2026-11-22T05:29:01Z upstream-refused", "2026-11-22T05:29:02Z upstream-refused"]
    );
    assert_eq!(seen.classes[0].count, 2);
    assert_eq!(seen.classes[0].first, Some(at("05:29:01")));
}

#[test]
fn what_ends_before_the_time_asked_for_is_not_whole() {
    let mut recent = Recent::backward(look(By::Looks));
    assert!(recent.line(refused("05:29:00").as_bytes()));
    assert!(!recent.end(false).is_whole);
}

#[test]
fn of_a_flood_the_newest_are_kept_and_one_of_every_class() {
    let mut lines = vec![
        "2026/11/22 05:00:01 [crit] 5#5: *1 connect() to unix:/run/shop.sock failed (2: No such file \
         or directory) while connecting to upstream, client: 1.2.3.4, server: s.example, request: \
         \"GET / HTTP/1.1\", upstream: \"http://unix:/run/shop.sock:/\""
            .to_owned(),
    ];
    lines.extend((0..1000).map(|n| refused(&format!("05:{:02}:{:02}", n / 60, n % 60))));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let seen = seen(By::Name("nginx-error"), &lines);
    assert_eq!(seen.events.len(), EVENTS);
    assert_eq!(told(&seen)[0], "2026-11-22T05:00:01Z upstream-socket-missing");
    assert_eq!(told(&seen)[59], "2026-11-22T05:16:39Z upstream-refused");
    assert_eq!(seen.classes.iter().map(|one| one.count).collect::<Vec<_>>(), [1, 1000]);
}

#[test]
fn lines_without_a_time_have_that_of_the_line_before() {
    let lines = [
        "[2026-11-22 05:10:00 +0000] [7] [INFO] Booting worker with pid: 8",
        "Error: Cannot find module './cart'",
        "[2026-11-22 05:20:00 +0000] [7] [INFO] Booting worker with pid: 9",
    ];
    let seen = seen(By::Name("runtime"), &lines);
    assert_eq!(told(&seen), ["2026-11-22T05:10:00Z app-boot-failed"]);
}

#[test]
fn visits_of_this_sitting_are_known_by_their_mark_and_no_visitor_is_kept() {
    let line = |mark: &str| {
        format!(
            "203.0.113.9 - - [22/Nov/2026:05:29:00 +0000] \"GET / HTTP/1.1\" 502 157 \"-\" \
             \"rayfix/0.1.0 (visit {mark})\""
        )
    };
    let lines = [line("0123abcd"), line("ffffffff"), line("0123abcd").replace("502", "200")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for by in [
        By::Looks,
        By::Layout(
            LogFormat::new(
                "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \
                 \"$http_referer\" \"$http_user_agent\"",
            )
            .unwrap(),
        ),
    ] {
        let seen = seen(by, &lines);
        assert_eq!((seen.visits_arrived, seen.dialect.as_deref()), (2, Some("access")));
        assert_eq!(seen.classes.iter().map(|one| one.count).sum::<u64>(), 2);
        assert!(seen.tail.is_empty());
    }
    let mut nobody = Recent::backward(Look { mark: String::new(), ..look(By::Looks) });
    nobody.line(line("").as_bytes());
    assert_eq!(nobody.end(true).visits_arrived, 0);
}

#[test]
fn a_journal_tells_the_units_own_words_and_what_systemd_says_of_it() {
    // Made up after `journalctl -o json` of Debian 12.
    let entry = |message: &str, from: &str, pid: u32| {
        format!(
            "{{\"__REALTIME_TIMESTAMP\":\"1795325484512667\",\"MESSAGE\":{message},\"_PID\":\"{pid}\",\
             \"SYSLOG_IDENTIFIER\":\"{from}\",\"UNIT\":\"shop.service\"}}"
        )
    };
    let lines = [
        entry("\"ModuleNotFoundError: No module named 'redis'\"", "gunicorn", 7),
        entry("\"password=hunter2\"", "gunicorn", 7),
        entry("[27,91,49,109,98,121,101,255]", "gunicorn", 7),
        entry("null", "gunicorn", 7),
        entry(
            "\"shop.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED\"",
            "systemd",
            1,
        ),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let seen = seen(By::Journal, &lines);
    assert_eq!(
        seen.tail,
        ["ModuleNotFoundError: No module named 'redis'", "password=(redacted)", "bye\u{fffd}"]
    );
    assert_eq!(seen.dialect.as_deref(), Some("journal"));
    assert_eq!(told(&seen), ["2026-11-22T05:31:24.512667Z unit-failed"]);
    assert_eq!(seen.events[0].event.unit.as_deref(), Some("shop.service"));
}

#[test]
fn of_a_log_of_many_only_the_lines_of_one_are_looked_at() {
    let whose = Whose { programs: vec!["shop".to_owned()], unit: "shop.service".to_owned() };
    let mut recent = Recent::forward(Look { only: Some(whose), ..look(By::Looks) });
    for line in [
        "Nov 22 05:16:54 vm other[3]: Error: Cannot find module './x'",
        "Nov 22 05:16:54 vm shop[7]: Error: Cannot find module './cart'",
        "Nov 22 05:16:54 vm systemd[1]: shop.service: Main process exited, code=exited, status=1/FAILURE",
        "Nov 22 05:16:54 vm systemd[1]: other.service: Main process exited, code=exited, status=1/FAILURE",
    ] {
        recent.line(line.as_bytes());
    }
    let seen = recent.end(true);
    assert_eq!(told(&seen).len(), 2, "{:?}", told(&seen));
    assert_eq!(seen.lines, 2);
}

#[test]
fn secrets_do_not_become_evidence() {
    let lines = [
        "[2026-11-22 05:16:58 +0000] [2934] [ERROR] Exception in worker process",
        "Traceback (most recent call last):",
        "OperationalError: could not connect to postgres://shop:hunter2@db/shop password=hunter2",
    ];
    let text = format!("{:?}", seen(By::Looks, &lines));
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn giant_lines_and_rubbish_are_bounded_and_harmless() {
    let mut recent = Recent::backward(look(By::Looks));
    let mut giant = vec![b'x'; 1 << 20];
    recent.line(&giant);
    giant.fill(0xff);
    recent.line(&giant);
    recent.line(b"\x1b]0;owned\x07\x1b[2J\0\0\0");
    let seen = recent.end(true);
    assert!(seen.tail.iter().all(|line| line.len() <= TAIL_BYTES));
    assert!(!seen.tail.iter().any(|line| line.contains(char::is_control)));
    assert_eq!((seen.dialect, seen.events), (None, vec![]));
}

#[test]
fn an_empty_log_is_whole_and_says_nothing() {
    let seen = Recent::backward(look(By::Looks)).end(true);
    assert!(seen.is_whole && seen.lines == 0 && seen.events.is_empty() && seen.tail.is_empty());
}

proptest! {
    #[test]
    fn no_lines_make_it_panic(
        lines in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..80),
                "\\{\"(MESSAGE|__REALTIME_TIMESTAMP|UNIT)\":[\\[\\]\"0-9,:{}a-zA-Z ]{0,60}\\}?"
                    .prop_map(String::into_bytes),
                proptest::sample::select(BOOT.to_vec()).prop_map(|line| line.as_bytes().to_vec()),
            ],
            0..120,
        ),
        backward in any::<bool>(),
        by in proptest::sample::select(vec![By::Looks, By::Journal, By::Name("nginx-error")]),
    ) {
        let mut recent =
            if backward { Recent::backward(look(by)) } else { Recent::forward(look(by)) };
        for line in &lines {
            recent.line(line);
        }
        let seen = recent.end(true);
        prop_assert!(seen.events.len() <= EVENTS && seen.tail.len() <= TAIL);
    }
}
