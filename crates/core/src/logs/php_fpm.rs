//! php-fpm's log.
//!
//! # What it looks like
//! `[22-Nov-2026 05:18:42] WARNING: [pool www] child 12051, script '/srv/www/slow.php' (request: "GET
//! /slow.php") execution timed out (2.239401 sec), terminating`. Local time.
//!
//! # What it means
//! A child that is ended after a timeout is told twice: when its time was up, and when it was gone
//! (`signal 15`). Signal 9 is a kill from outside, often the kernel's for want of memory, and the
//! kernel's log tells. `pm.max_children` is the point from which requests wait.
//!
//! # Sources
//! - strings of php-fpm 8.2 and captures of it (Debian 12), 2026-11-22

use super::event::{LogEvent, Upstream};
use super::{Class, Dialect, Fit, Role, scan, timestamp};

/// php-fpm's log.
pub static UNIT: Dialect = Dialect { programs: &["php-fpm*", "php*-fpm"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    Fit::own(head(line).is_some())
}

/// `[time] LEVEL: `.
fn head(line: &[u8]) -> Option<(timestamp::Moment, &[u8], &[u8])> {
    let (at, rest) = timestamp::dashed_month(line.strip_prefix(b"[")?)?;
    let (level, said) = scan::split(scan::strip(rest, "] ")?, ": ")?;
    let known = [&b"DEBUG"[..], b"NOTICE", b"WARNING", b"ERROR", b"ALERT"].contains(&level);
    known.then_some((at, level, said))
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let (at, level, said) = head(line)?;
    let said = match scan::strip(said, "[pool ") {
        Some(rest) => scan::split(rest, "] ")?.1,
        None => said,
    };
    let child = scan::strip(said, "child ").and_then(scan::number);
    let mut event = match child {
        Some((_, rest)) => child_event(rest, said)?,
        None => master(level, said)?,
    };
    event.pid = child.and_then(|(pid, _)| u32::try_from(pid).ok());
    Some(event.at(at))
}

fn child_event(rest: &[u8], said: &[u8]) -> Option<LogEvent> {
    let event = |class: Class| Some(LogEvent::new(class, said));
    if let Some(script) = scan::strip(rest, ", script '") {
        let slow = scan::after(script, "') ").or_else(|| scan::after(script, "\") "))?;
        let class = match () {
            () if slow.starts_with(b"execution timed out (") => Class::AppWorkerTimeout,
            () if slow.starts_with(b"executing too slow (") => Class::Warned,
            () => return None,
        };
        let mut event = LogEvent::new(class, said);
        event.path = scan::between(script, "(request: \"", "\")")
            .and_then(|request| request.split(|byte| *byte == b' ').nth(1))
            .map(scan::path);
        return Some(event);
    }
    if let Some(signal) = scan::strip(rest, " exited on signal ") {
        return match scan::number(signal)?.0 {
            9 => event(Class::AppWorkerKilled),
            // The end of a child whose time was up, or of the whole pool.
            15 => event(Class::Stopped),
            3 | 2 | 10 => None,
            _ => event(Class::AppWorkerCrashed),
        };
    }
    if let Some(code) = scan::strip(rest, " exited with code ") {
        return if scan::number(code)?.0 == 0 { None } else { event(Class::AppWorkerCrashed) };
    }
    let said = scan::strip(rest, " said into stderr: \"")
        .or_else(|| scan::strip(rest, " said into stdout: \""))?;
    let said = scan::strip(said, "NOTICE: PHP message: ").unwrap_or(said);
    let fatal = ["PHP Fatal error", "PHP Parse error"];
    scan::starts_any(said, &fatal).then(|| LogEvent::new(Class::AppException, said))
}

fn master(level: &[u8], said: &[u8]) -> Option<LogEvent> {
    let event = |class: Class| Some(LogEvent::new(class, said));
    match () {
        () if scan::starts_any(
            said,
            &["server reached pm.max_children setting", "server reached max_children setting"],
        ) =>
        {
            event(Class::AppOverloaded)
        }
        () if scan::has(said, "seems busy (you may need to increase ") => event(Class::Warned),
        () if said.starts_with(b"unable to bind listening socket for address ")
            || said.starts_with(b"Another FPM instance seems to already listen on ") =>
        {
            let taken = scan::has_any(said, &["Address already in use", "Another FPM instance"]);
            let class = if taken { Class::AppAddressInUse } else { Class::AppBootFailed };
            let mut event = LogEvent::new(class, said);
            event.upstream = scan::between(said, "'", "'")
                .or_else(|| scan::after(said, "listen on "))
                .and_then(Upstream::read);
            Some(event)
        }
        () if said.starts_with(b"failed to open configuration file") => event(Class::AppBootFailed),
        () if said.starts_with(b"FPM initialization failed") => {
            event(Class::AppBootFailed).map(|event| event.role(Role::Consequence))
        }
        () if level == b"ERROR" && scan::has(said, "Unknown entry '") => {
            event(Class::AppBootFailed)
        }
        () if said.starts_with(b"ready to handle connections") => event(Class::Started),
        () if said.starts_with(b"exiting, bye-bye!") => event(Class::Stopped),
        () if said.starts_with(b"Reloading in progress") => event(Class::Reloaded),
        () => None,
    }
}
