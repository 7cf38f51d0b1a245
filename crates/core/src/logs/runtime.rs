//! What Python, Node.js and uvicorn write themselves: uncaught exceptions and failed starts.
//!
//! # What it looks like
//! Python: `Traceback (most recent call last):`, indented frames, and a last line `KeyError:
//! 'SECRET_KEY'`. Node.js: `Error: listen EADDRINUSE: address already in use :::3000` after the
//! line of source, and `Node.js v18.20.4` at the end. uvicorn: `ERROR:    [Errno 98] error while
//! attempting to bind on address`. None of them bears a time.
//!
//! # What it means
//! The last line of a traceback names the reason. Whether the app could not start, or stumbled over
//! one request, the traceback does not tell; the head before it does, if a server wrote one, and
//! the unit that failed. A line that only looks like an exception counts as the end of a traceback
//! and never by itself.
//!
//! # Sources
//! - Python docs, traceback, read 2026-07; captured: Python 3.11, Node.js 18, 2026-11-22

use super::event::{LogEvent, Part};
use super::{Class, Dialect, Fit, scan};

/// Uncaught exceptions of languages and their servers.
pub static UNIT: Dialect = Dialect {
    programs: &["python*", "node", "uvicorn", "npm", "puma*", "bundle"],
    recognises,
    read,
};

fn recognises(line: &[u8]) -> Fit {
    match read(line) {
        Some(event) if event.part != Part::Adds => Fit::Maybe,
        _ => Fit::Not,
    }
}

pub(super) fn read(line: &[u8]) -> Option<LogEvent> {
    if line.starts_with(b"Traceback (most recent call last):") {
        return Some(LogEvent::new(Class::AppException, line).part(Part::Frames));
    }
    if let Some(event) = uvicorn(line) {
        return Some(event);
    }
    if line.starts_with(b"FATAL ERROR: ") && scan::has(line, "JavaScript heap out of memory") {
        return Some(LogEvent::new(Class::AppWorkerCrashed, line));
    }
    if !is_exception(line) {
        return None;
    }
    let class = match () {
        () if scan::has_any(line, &["EADDRINUSE", "Address already in use", "[Errno 98]"]) => {
            Class::AppAddressInUse
        }
        () if scan::has_any(line, &["EMFILE", "ENFILE", "[Errno 24]", "Too many open files"]) => {
            Class::FilesExhausted
        }
        () if scan::has_any(line, &["ENOSPC", "[Errno 28]", "No space left on device"]) => {
            Class::DiskFull
        }
        () if line.starts_with(b"Error: Cannot find module '") => Class::AppBootFailed,
        // Only as the end of a traceback.
        () => return Some(LogEvent::new(Class::AppException, line).part(Part::Adds)),
    };
    Some(LogEvent::new(class, line))
}

/// `LEVEL:    text`.
fn uvicorn(line: &[u8]) -> Option<LogEvent> {
    let (level, said) = scan::split(line, ":")?;
    if !said.starts_with(b"  ") || ![&b"ERROR"[..], b"INFO", b"CRITICAL"].contains(&level) {
        return None;
    }
    let said = said.trim_ascii();
    let event = |class: Class| Some(LogEvent::new(class, said));
    match () {
        () if said.starts_with(b"Exception in ASGI application") => {
            event(Class::AppException).map(|event| event.part(Part::Opens))
        }
        () if said.starts_with(b"[Errno 98]") => event(Class::AppAddressInUse),
        () if scan::starts_any(said, &["Error loading ASGI app", "Application startup failed"]) => {
            event(Class::AppBootFailed)
        }
        () if said.starts_with(b"Uvicorn running on ") => event(Class::Started),
        () if said.starts_with(b"Finished server process") => event(Class::Stopped),
        () => None,
    }
}

/// `KeyError: 'x'`, `django.core.exceptions.ImproperlyConfigured: …`, `SystemExit: 1`,
/// `KeyboardInterrupt`: a dotted name of which the last part begins with a capital.
fn is_exception(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let rest = &line[name.len()..];
    if !(rest.is_empty() || rest.starts_with(b": ")) || name.len() > 200 {
        return false;
    }
    let word = |part: &[u8]| {
        part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && part.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
    };
    let mut parts = name.split(|byte| *byte == b'.');
    if !parts.clone().all(word) {
        return false;
    }
    let dotted = parts.clone().count() > 1;
    let last = parts.next_back().unwrap_or_default();
    let endings = ["Error", "Exception", "Exit", "Interrupt", "Warning"];
    let usual = endings.iter().any(|ending| scan::ends(last, ending));
    last.first().is_some_and(u8::is_ascii_uppercase) && (usual || (dotted && !rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_exceptions_are_told_from_other_words() {
        for line in [
            "KeyError: 'SECRET_KEY'",
            "ModuleNotFoundError: No module named 'redis_cache_backend'",
            "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting is empty",
            "SystemExit: 1",
            "KeyboardInterrupt",
            "RuntimeError",
        ] {
            assert!(is_exception(line.as_bytes()), "{line}");
        }
        for line in [
            "GET /Error: x",
            "An Error: x",
            "error: x",
            "Reason: Worker failed to boot.",
            "Error:x",
            "Listening at: x",
            "2026: x",
            "",
        ] {
            assert!(!is_exception(line.as_bytes()), "{line}");
        }
    }
}
