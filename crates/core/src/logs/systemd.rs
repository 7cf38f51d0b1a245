//! systemd's messages about units.
//!
//! # What it looks like
//! `gunicorn.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED`, behind the
//! journal's or syslog's head. The word after the slash is a label for the number and means nothing
//! for most programs; numbers from 200 on are systemd's own (203: the program could not be run).
//!
//! # What it means
//! A failure is told by several lines: how the main process ended, with which result the unit
//! failed, and that it is started again. The first counts. `Start request repeated too quickly` is
//! the end: the unit stays down until somebody starts it. An end by SIGTERM, or with 0, is an
//! ordinary stop.
//!
//! # Sources
//! - systemd source, v252 (src/core/unit.c, service.c), systemd.exec(5), read 2026-07
//! - captured: Debian 12 with gunicorn 20.1.0, put together as a journal, 2026-11-22

use super::event::LogEvent;
use super::{Class, Dialect, Fit, Role, scan};

/// systemd's messages about units.
pub static UNIT: Dialect = Dialect { programs: &["systemd", "systemd-oomd"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    match read(line) {
        // `Started NAME` may be anybody's.
        Some(event) if event.unit.is_some() => Fit::Own,
        _ => Fit::Not,
    }
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let (event, unit) = match scan::split(line, ": ") {
        Some((unit, said)) if is_unit(unit) => (about(said)?, Some(unit)),
        _ => jobs(line)?,
    };
    Some(LogEvent { unit: unit.map(scan::text), ..event })
}

fn is_unit(name: &[u8]) -> bool {
    let kinds = [".service", ".socket", ".timer", ".scope", ".mount", ".slice", ".path"];
    kinds.iter().any(|kind| scan::ends(name, kind)) && memchr::memchr(b' ', name).is_none()
}

fn about(said: &[u8]) -> Option<LogEvent> {
    let failed = |role: Role| Some(LogEvent::new(Class::UnitFailed, said).role(role));
    if scan::strip(said, "Main process exited, ").is_some()
        || scan::strip(said, "Control process exited, ").is_some()
    {
        let ordinary = [
            "status=0/SUCCESS",
            "code=killed, status=15/TERM",
            "code=killed, status=2/INT",
            "code=killed, status=1/HUP",
        ];
        return if scan::has_any(said, &ordinary) { None } else { failed(Role::Cause) };
    }
    if let Some(result) = scan::between(said, "Failed with result '", "'") {
        return match result {
            b"oom-kill" => Some(LogEvent::new(Class::AppOutOfMemory, said).role(Role::Consequence)),
            // These have no line about a main process before them.
            b"timeout" | b"watchdog" | b"start-limit-hit" | b"protocol" | b"resources" => {
                failed(Role::Cause)
            }
            _ => failed(Role::Consequence),
        };
    }
    if said.starts_with(b"Scheduled restart job, restart counter is at ")
        || said.starts_with(b"Service hold-off time over, scheduling restart.")
    {
        return Some(LogEvent::new(Class::UnitRestarting, said));
    }
    if scan::starts_any(
        said,
        &[
            "Start request repeated too quickly.",
            "start operation timed out. Terminating.",
            "Failed at step ",
            "Failed to locate executable ",
            "Unable to locate executable ",
        ],
    ) {
        return failed(Role::Cause);
    }
    let memory = [
        "A process of this unit has been killed by the OOM killer.",
        "The kernel OOM killer killed some processes in this unit.",
        "systemd-oomd killed ",
    ];
    let class = match () {
        () if scan::starts_any(said, &memory) => Class::AppOutOfMemory,
        () if said.starts_with(b"Deactivated successfully.") || said == b"Succeeded." => {
            Class::Stopped
        }
        () => return None,
    };
    Some(LogEvent::new(class, said))
}

/// `Started gunicorn.service - gunicorn daemon.`: since v250 the unit's name stands in it.
fn jobs(line: &[u8]) -> Option<(LogEvent, Option<&[u8]>)> {
    if let Some(rest) = scan::strip(line, "Killed ") {
        let (group, _) = scan::split(rest, " due to memory ")?;
        let unit = group.rsplit(|byte| *byte == b'/').next().filter(|name| is_unit(name));
        return Some((LogEvent::new(Class::AppOutOfMemory, line), unit));
    }
    let (class, role, rest) = [
        ("Started ", Class::Started, Role::Noise),
        ("Stopped ", Class::Stopped, Role::Noise),
        ("Reloaded ", Class::Reloaded, Role::Noise),
        ("Failed to start ", Class::UnitFailed, Role::Consequence),
    ]
    .into_iter()
    .find_map(|(lead, class, role)| scan::strip(line, lead).map(|rest| (class, role, rest)))?;
    let unit = rest.split(|byte| *byte == b' ').next().filter(|name| is_unit(name));
    Some((LogEvent::new(class, line).role(role), unit))
}
