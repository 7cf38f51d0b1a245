//! gunicorn's error log, on standard error or in the journal.
//!
//! # What it looks like
//! `[2026-11-22 05:28:31 +0000] [18564] [CRITICAL] WORKER TIMEOUT (pid:18604)`. Tracebacks follow
//! without that head, and their last line names the exception.
//!
//! # What it means
//! "Perhaps out of memory?" is a guess of gunicorn's: a worker that it killed itself after a
//! timeout gets the same line, and only the kernel's log tells. `was sent SIGTERM` is the ordinary
//! end of a worker, whatever its level. A worker that ran too long ends with an exception
//! inside its request since version 22, whose last line is `SystemExit: 1`.
//!
//! # Sources
//! - gunicorn source, 20.1.0, 23.0.0, 27.0.1 (arbiter.py, workers/base.py)
//! - captured: the same three versions, 2026-11-22

use super::event::{LogEvent, Part};
use super::{Class, Dialect, Fit, Role, runtime, scan, timestamp};

/// gunicorn's error log.
pub static UNIT: Dialect = Dialect { programs: &["gunicorn*"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    Fit::own(head(line).is_some())
}

/// `[time +zone] [pid] [LEVEL] `.
fn head(line: &[u8]) -> Option<(timestamp::Moment, Option<u32>, &[u8])> {
    let (at, rest) = timestamp::dashed(line.strip_prefix(b"[")?)?;
    let (pid, rest) = scan::number(scan::strip(rest, "] [")?)?;
    let (level, said) = scan::split(scan::strip(rest, "] [")?, "] ")?;
    let known = [&b"DEBUG"[..], b"INFO", b"WARNING", b"ERROR", b"CRITICAL"].contains(&level);
    known.then_some((at, u32::try_from(pid).ok(), said))
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let Some((at, pid, said)) = head(line) else {
        return plain(line).or_else(|| runtime::read(line));
    };
    let event = meaning(said).or_else(|| plain(said))?.at(at);
    let about: Option<u32> = scan::small_after(said, "pid:")
        .or_else(|| scan::small_after(said, "Worker with pid "))
        .or_else(|| scan::small_after(said, "with pid: "));
    Some(event.pid(about.or(pid)))
}

fn meaning(said: &[u8]) -> Option<LogEvent> {
    let event = |class: Class| Some(LogEvent::new(class, said));
    if said.starts_with(b"WORKER TIMEOUT") {
        return event(Class::AppWorkerTimeout);
    }
    if said.starts_with(b"Exception in worker process") {
        return event(Class::AppBootFailed).map(|event| event.part(Part::Opens));
    }
    if let Some(request) = scan::strip(said, "Error handling request") {
        let mut event = LogEvent::new(Class::AppException, said).part(Part::Opens);
        // `GET /cart` since version 25, `/cart` before, nothing in 20.
        let path = request.split(|byte| *byte == b' ').next_back().filter(|path| !path.is_empty());
        event.path = path.map(scan::path);
        return Some(event);
    }
    if said.starts_with(b"Exception in ASGI application") {
        return event(Class::AppException).map(|event| event.part(Part::Opens));
    }
    if said.starts_with(b"Worker (pid:") || said.starts_with(b"Worker with pid ") {
        return worker(said);
    }
    if scan::starts_any(said, &["Connection in use: ", "Can't connect to ("]) {
        // Five tries make five lines; the last one is the end.
        let last = said.starts_with(b"Can't connect");
        let role = if last { Role::Cause } else { Role::Consequence };
        return event(Class::AppAddressInUse).map(|event| event.role(role));
    }
    let class = match () {
        () if said.starts_with(b"Listening at: ") => Class::Started,
        () if said.starts_with(b"Shutting down: Master") => Class::Stopped,
        () if said.starts_with(b"Handling signal: hup") => Class::Reloaded,
        () if said.starts_with(b"Invalid request from ip=") => Class::RequestRefused,
        () if said.starts_with(b"Socket error processing request.") => Class::AppException,
        () if said.starts_with(b"Invalid address: ") => Class::AppBootFailed,
        () => return None,
    };
    event(class)
}

fn worker(said: &[u8]) -> Option<LogEvent> {
    let event = |class: Class| Some(LogEvent::new(class, said));
    let signal = scan::number_after(said, "terminated due to signal ");
    match () {
        () if scan::has(said, " was sent SIGKILL") || signal == Some(9) => {
            event(Class::AppWorkerKilled)
        }
        () if scan::has(said, " was sent SIGTERM") || signal == Some(15) => None,
        () if scan::has_any(
            said,
            &[" was sent SIGINT", " was sent SIGQUIT", " was sent SIGHUP"],
        ) =>
        {
            None
        }
        () if scan::has(said, " was sent SIG") || signal.is_some() => {
            event(Class::AppWorkerCrashed)
        }
        // 3 is what a worker ends with that could not load the app, or that said so itself.
        () if scan::has(said, " exited with code 3") || scan::has(said, " exited with code 4") => {
            event(Class::AppBootFailed).map(|event| event.role(Role::Consequence))
        }
        () if scan::has(said, " exited with code 0") => None,
        () if scan::has(said, " exited with code ") => event(Class::AppWorkerCrashed),
        () => None,
    }
}

/// Lines that gunicorn also writes without a head.
fn plain(said: &[u8]) -> Option<LogEvent> {
    let reason = scan::strip(said, "Reason: ").unwrap_or(said);
    let repeats = scan::starts_any(
        reason,
        &[
            "Worker failed to boot.",
            "App failed to load.",
            "gunicorn.errors.HaltServer: <HaltServer",
        ],
    );
    if repeats {
        return Some(LogEvent::new(Class::AppBootFailed, said).role(Role::Consequence));
    }
    let causes = ["Failed to find attribute '", "Failed to parse '", "Error: can't chdir to "];
    let written =
        said.starts_with(b"Error: ") && scan::has_any(said, &["isn't writable", "doesn't exist"]);
    if scan::starts_any(said, &causes) || written {
        return Some(LogEvent::new(Class::AppBootFailed, said));
    }
    None
}
