//! Tests of the history of a machine: the journal's entries as a booted Debian 12 wrote them, dpkg's
//! and dnf's lines, and bytes of every kind.

use proptest::prelude::*;

use super::*;

const EXIT: &str = PROCESS_ENDED;

fn history() -> History {
    let at = |time: &str| format!("2026-11-22T{time}Z").parse().unwrap();
    History::since(at("11:00:00"), Clock::utc(at("12:00:00")))
}

/// An entry so many seconds after eleven.
fn entry(second: i64, id: &str, unit: &str, message: &str, more: &str) -> String {
    let micros = (1_795_345_200 + second) * 1_000_000;
    format!(
        "{{\"_PID\":\"1\",\"SYSLOG_IDENTIFIER\":\"systemd\",\"__REALTIME_TIMESTAMP\":\"{micros}\",\
         \"_COMM\":\"systemd\",\"UNIT\":\"{unit}\",\"MESSAGE_ID\":\"{id}\",{more}\"MESSAGE\":\"{message}\"}}"
    )
}

fn told(history: History) -> Vec<String> {
    let changes = history.end();
    changes
        .iter()
        .map(|one| format!("{} {} {}", &one.at.to_string()[11..19], one.kind, one.text))
        .collect()
}

fn of_entries(entries: &[String]) -> Vec<String> {
    let mut history = history();
    // The journal is read from its end.
    for entry in entries.iter().rev() {
        history.entry(entry.as_bytes());
    }
    told(history)
}

#[test]
fn what_happened_to_a_unit_is_one_line() {
    // Captured: systemd 252 (Debian 12), 2026-11-22; times made up.
    let started = "Started shop.service - The shop (gunicorn).";
    let entries = [
        entry(10, STOPPED, "shop.service", "Stopped shop.service - The shop (gunicorn).", ""),
        entry(11, STARTED, "shop.service", started, "\"JOB_TYPE\":\"start\","),
        entry(
            12,
            EXIT,
            "shop.service",
            "shop.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED",
            "\"EXIT_CODE\":\"exited\",\"EXIT_STATUS\":\"3\",",
        ),
        entry(
            12,
            RESULT,
            "shop.service",
            "shop.service: Failed with result 'exit-code'.",
            "\"UNIT_RESULT\":\"exit-code\",",
        ),
        entry(13, UNSTARTED, "shop.service", "Failed to start shop.service - The shop.", ""),
        entry(60, STOPPED, "ufw.service", "Stopped ufw.service - Uncomplicated firewall.", ""),
        entry(
            600,
            STARTED,
            "cloudflared-update.service",
            "Finished cloudflared-update.service.",
            "",
        ),
    ];
    assert_eq!(
        of_entries(&entries),
        [
            "11:00:11 unit shop.service restarted",
            "11:00:12 unit shop.service failed (exit status 3)",
            "11:01:00 firewall ufw.service stopped",
            "11:10:00 cloudflared cloudflared-update.service ran",
        ]
    );
}

#[test]
fn a_service_that_fails_all_the_time_takes_two_lines() {
    let mut entries = Vec::new();
    for n in 0..50 {
        let at = n * 5;
        entries.push(entry(at, STARTED, "shop.service", "Started shop.service - The shop.", ""));
        entries.push(entry(
            at + 1,
            EXIT,
            "shop.service",
            "x",
            "\"EXIT_CODE\":\"killed\",\"EXIT_STATUS\":\"9\",",
        ));
        entries.push(entry(at + 1, RESULT, "shop.service", "x", "\"UNIT_RESULT\":\"signal\","));
    }
    entries.push(entry(251, RESULT, "shop.service", "x", "\"UNIT_RESULT\":\"start-limit-hit\","));
    assert_eq!(
        of_entries(&entries),
        [
            "11:00:00 unit shop.service started, 50 times until 11:04:05 UTC",
            "11:00:01 unit shop.service failed (signal 9), 50 times until 11:04:06 UTC",
            "11:04:11 unit shop.service failed too often and is left as it is",
        ]
    );
}

#[test]
fn what_every_machine_does_is_left_out_unless_it_failed() {
    let skipped =
        "getty@tty1.service - Getty on tty1 was skipped because of an unmet condition check";
    let entries = [
        entry(1, STARTED, "apt-daily.service", "Finished apt-daily.service - Daily apt.", ""),
        entry(2, STARTED, "session-4.scope", "Started session-4.scope - Session 4.", ""),
        entry(3, STARTED, "shop.service", skipped, ""),
        entry(4, STARTED, "systemd-resolved.service", "Started systemd-resolved.service.", ""),
        entry(5, RESULT, "logrotate.service", "x", "\"UNIT_RESULT\":\"exit-code\","),
        entry(-5, STOPPED, "nginx.service", "too old", ""),
        "{\"MESSAGE\":\"Stopped x\"}".to_owned(),
    ];
    assert_eq!(
        of_entries(&entries),
        [
            "11:00:04 unit systemd-resolved.service started",
            "11:00:05 unit logrotate.service failed (exit code)"
        ]
    );
}

#[test]
fn a_boot_is_one_line_and_what_started_with_it_none() {
    let entries = [
        entry(20, STARTED, "nginx.service", "Started nginx.service - A web server.", ""),
        entry(21, RESULT, "shop.service", "x", "\"UNIT_RESULT\":\"timeout\","),
        entry(25, UP_IN_CONTAINER, "", "Startup finished in 877ms.", ""),
        entry(90, STARTED, "nginx.service", "Started nginx.service - A web server.", ""),
    ];
    let mut history = history();
    history.boot("2026-11-22T11:00:18Z".parse().unwrap());
    history.boot("2026-11-22T09:00:00Z".parse().unwrap());
    for entry in &entries {
        history.entry(entry.as_bytes());
    }
    assert_eq!(
        told(history),
        [
            "11:00:18 boot the machine was started",
            "11:00:21 unit shop.service failed (timeout)",
            "11:01:30 unit nginx.service started",
        ]
    );
}

#[test]
fn packages_are_told_one_by_one_or_as_one_act() {
    // dpkg(1), --log; after dpkg.log of Debian 12. And dnf.rpm.log of Rocky 9, made up.
    let mut history = history();
    for line in [
        "2026-11-22 10:06:07 upgrade curl:amd64 1 2",
        "2026-11-22 11:06:07 startup archives unpack",
        "2026-11-22 11:06:07 upgrade nginx:amd64 1.22.1-9 1.22.1-9+deb12u1",
        "2026-11-22 11:06:07 status half-configured nginx:amd64 1.22.1-9",
        "2026-11-22 11:06:08 upgrade cloudflared:amd64 2026.1.0 2026.2.0",
        "2026-11-22 11:06:09 install libx:amd64 <none> 1.2",
        "2026-11-22 11:07:00 remove gunicorn:all 20.1.0-6 <none>",
        "2026-11-22T11:08:00+0000 SUBDEBUG Upgrade: haproxy-2.4.22-3.el9.x86_64",
        "2026-11-22 11:09:00 install a`b$(reboot) x y",
        "rubbish",
    ] {
        history.package(line.as_bytes());
    }
    for n in 0..40 {
        history.package(format!("2026-11-22 11:30:{n:02} upgrade lib{n}:amd64 1 2").as_bytes());
    }
    history.package(b"2026-11-22 11:30:41 upgrade openssl:amd64 3.0.11-1 3.0.17-1");
    assert_eq!(
        told(history),
        [
            "11:06:07 package nginx was upgraded from 1.22.1-9 to 1.22.1-9+deb12u1",
            "11:06:08 cloudflared cloudflared was upgraded from 2026.1.0 to 2026.2.0",
            "11:06:09 package libx was installed (1.2)",
            "11:07:00 package gunicorn was removed",
            "11:08:00 package haproxy-2.4.22-3.el9.x86_64 was upgraded",
            "11:30:00 package 41 packages were upgraded, openssl, lib0, lib1 among them",
        ]
    );
}

#[test]
fn of_many_changes_the_newest_sixty_are_told() {
    let mut history = history();
    for n in 0..100 {
        let at = Timestamp::from_second(1_795_345_200 + n).unwrap();
        history.other(at, "config", format!("/etc/{n} was changed"));
    }
    let told = told(history);
    assert_eq!((told.len(), &told[59][9..]), (60, "config /etc/99 was changed"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(lines in proptest::collection::vec(
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            "\\{\"(MESSAGE|MESSAGE_ID|__REALTIME_TIMESTAMP|UNIT|EXIT_STATUS)\":[\\[\\]\"0-9,:{}a-z ]{0,60}\\}?"
                .prop_map(String::into_bytes),
            "2026-11-22 11:0[0-9]:[0-9]{2} (install|upgrade|remove) [a-z:<> .]{0,40}"
                .prop_map(String::into_bytes),
        ],
        0..40,
    )) {
        let mut history = history();
        for line in &lines {
            history.entry(line);
            history.package(line);
        }
        prop_assert!(history.end().len() <= TOLD);
    }
}
