//! uWSGI's log.
//!
//! # What it looks like
//! Lines of the program itself without a time (`DAMN ! worker 1 (pid: 7970) died, killed by signal 9
//! :( trying respawn ...`), and one line a request: `[pid: 7970|app: 0|req: 1/1] 203.0.113.230 ()
//! {48 vars in 657 bytes} [Sun Nov 22 05:18:25 2026] GET /wait => generated 3 bytes in 1200 msecs
//! (HTTP/1.1 200) …`.
//!
//! # What it means
//! `HARAKIRI` is a worker that took longer than allowed; the death by signal 9 that follows is the
//! same event. A request that ends in an exception is answered by closing, so nginx tells 502
//! while uWSGI tells 500. `invalid request block size: 21573` is the word "GET" read as a length:
//! the proxy speaks HTTP to a socket of the uwsgi protocol.
//!
//! # Sources
//! - strings of uWSGI 2.0.21 and captures of it (Debian 12), 2026-11-22

use super::event::{LogEvent, Upstream};
use super::{Class, Dialect, Fit, Role, runtime, scan, timestamp};

/// uWSGI's log.
pub static UNIT: Dialect = Dialect { programs: &["uwsgi*"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    let said = undated(line).1;
    let own = [
        "[pid: ",
        "*** Starting uWSGI ",
        "*** HARAKIRI ON WORKER ",
        "*** uWSGI ",
        "DAMN ! worker ",
        "spawned uWSGI ",
        "WSGI app 0 (",
        "!!! uWSGI process ",
        "goodbye to uWSGI.",
    ];
    let request = said.starts_with(b"[pid: ") && request(said).is_none();
    Fit::own(scan::starts_any(said, &own) && !request)
}

/// Some lines begin with `Sun Nov 22 05:17:58 2026 - `.
fn undated(line: &[u8]) -> (Option<timestamp::Moment>, &[u8]) {
    match timestamp::asctime(line) {
        Some((at, rest)) => match scan::strip(rest, " - ") {
            Some(rest) => (Some(at), rest),
            None => (None, line),
        },
        None => (None, line),
    }
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let (at, said) = undated(line);
    if said.starts_with(b"[pid: ") {
        return request(said).filter(|event| matches!(event.status, Some(500..=599)));
    }
    let mut event = meaning(said).or_else(|| runtime::read(said))?;
    event.at = at;
    event.pid = event.pid.or_else(|| scan::small_after(said, "pid: "));
    Some(event)
}

fn meaning(said: &[u8]) -> Option<LogEvent> {
    let event = |class: Class| Some(LogEvent::new(class, said));
    if said.starts_with(b"*** HARAKIRI ON WORKER ") {
        return event(Class::AppWorkerTimeout);
    }
    if let Some(rest) = scan::strip(said, "HARAKIRI [core ") {
        let mut event = LogEvent::new(Class::AppWorkerTimeout, said).role(Role::Consequence);
        let request = scan::between(rest, " - ", " since ")?;
        event.path = request.split(|byte| *byte == b' ').nth(1).map(scan::path);
        return Some(event);
    }
    if said.starts_with(b"DAMN ! worker ") {
        let killed = scan::has(said, "killed by signal 9");
        return event(if killed { Class::AppWorkerKilled } else { Class::AppWorkerCrashed });
    }
    if let Some(rest) = scan::strip(said, "invalid request block size: ") {
        let spoken = scan::number(rest).is_some_and(|(size, _)| is_word(size));
        return event(if spoken { Class::AppProtocolMismatch } else { Class::RequestRefused });
    }
    if said.starts_with(b"*** uWSGI listen queue of socket ") {
        let mut event = LogEvent::new(Class::AppOverloaded, said);
        event.upstream = scan::between(said, "socket \"", "\"").and_then(Upstream::read);
        return Some(event);
    }
    let class = match () {
        () if said.starts_with(b"!!! uWSGI process ") => Class::AppWorkerCrashed,
        () if said.starts_with(b"--- no python application found") => {
            return event(Class::AppBootFailed).map(|event| event.role(Role::Consequence));
        }
        () if said.starts_with(b"unable to load app 0 ") => Class::AppBootFailed,
        () if said.starts_with(b"bind(): Address already in use") => Class::AppAddressInUse,
        () if said.starts_with(b"*** Starting uWSGI ") => Class::Started,
        () if said.starts_with(b"goodbye to uWSGI.") => Class::Stopped,
        () if scan::starts_any(
            said,
            &["SIGPIPE: writing to a closed pipe", "OSError: write error"],
        ) =>
        {
            Class::VisitorLeft
        }
        () => return None,
    };
    event(class)
}

/// Whether the length, low byte first, is two letters of a method: `GE` of `GET`.
fn is_word(size: u64) -> bool {
    let (low, high) = (size & 0xff, size >> 8);
    (u64::from(b'A')..=u64::from(b'Z')).contains(&low)
        && (u64::from(b'A')..=u64::from(b'Z')).contains(&high)
}

/// A request line, whatever was answered.
fn request(said: &[u8]) -> Option<LogEvent> {
    let pid: Option<u32> = scan::small_after(said, "[pid: ");
    let rest = scan::after(said, " vars in ")?;
    let (at, rest) = timestamp::asctime(scan::after(rest, "} [")?)?;
    let rest = scan::strip(rest, "] ")?;
    let (asked, rest) = scan::split(rest, " => generated ")?;
    let (bytes, rest) = scan::number(rest)?;
    let status: u16 = scan::small_after(scan::after(rest, " (HTTP/")?, " ")?;
    // An exception leaves nothing to send, and the proxy tells it as a connection closed early.
    let class = if bytes == 0 { Class::AppException } else { Class::AppAnswered5xx };
    let mut event = LogEvent::new(class, format!("answered {status}").as_bytes()).at(at).pid(pid);
    event.status = Some(status);
    event.path = asked.split(|byte| *byte == b' ').nth(1).map(scan::path);
    Some(event)
}
