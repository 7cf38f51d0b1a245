//! What the log dialects read out of a pasted text.
//!
//! The phrases know a line by some of its words, wherever they stand; a dialect knows the whole line,
//! and so whom it is about, which site and when. Both are shown: the phrase explains, the dialect
//! tells the particulars, and speaks alone for lines of programs that no phrase is about.

use std::fmt::Write as _;

use crate::causes::{self, Cause};
use crate::logs::{LogEvent, Reader, Role, read_line};

/// How many different lines are told.
const TOLD: usize = 8;

/// The meanings of the lines, each once, in the order in which they stand in the text. Noise is
/// told only where there is nothing else.
pub(super) fn read(text: &str) -> Vec<LogEvent> {
    let mut events = Vec::new();
    let lines = || text.lines().map(str::as_bytes);
    match Reader::recognise(lines()) {
        Some(mut reader) => {
            lines().for_each(|line| reader.feed(line, &mut events));
            reader.finish(&mut events);
        }
        None => events.extend(lines().filter_map(read_line).map(|(_, event)| event)),
    }
    if events.iter().any(|event| event.role != Role::Noise) {
        events.retain(|event| event.role != Role::Noise);
    }
    let mut told: Vec<LogEvent> = Vec::new();
    for event in events {
        let same = |known: &LogEvent| {
            (known.class, &known.upstream, &known.text)
                == (event.class, &event.upstream, &event.text)
        };
        if told.len() < TOLD && !told.iter().any(same) {
            told.push(event);
        }
    }
    told
}

/// A section of the page.
pub(super) fn section(event: &LogEvent) -> String {
    let mut page = format!("\n## {}\n\n", event.class.title());
    let role = match event.role {
        Role::Cause => "",
        Role::Consequence => " This follows from something that another line tells.",
        Role::Rescued => " The visitor got an answer all the same.",
        Role::Noise => " By itself this is no fault.",
    };
    let _ = writeln!(page, "In `rayfix logs` this is `{}`.{role}\n", event.class.slug());
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = writeln!(page, "- {name}: `{}`", value.replace('`', "'"));
        }
    };
    row("it says", Some(event.text.clone()));
    row("whom it is about", event.upstream.as_ref().map(ToString::to_string));
    row("site", event.host.clone());
    row("path", event.path.clone());
    row("status", event.status.map(|status| status.to_string()));
    row("Ray ID", event.ray.clone());
    row("unit", event.unit.clone());
    row("process", event.pid.map(|pid| pid.to_string()));
    for cause in of(event) {
        super::cause_bullet(&mut page, cause);
    }
    page
}

/// The causes that the line speaks for, of those that are on the list.
fn of(event: &LogEvent) -> impl Iterator<Item = &'static Cause> {
    let known = |name: &&str| {
        let file = name.replace('-', "_");
        causes::ALL.iter().find(|(doc, _)| doc.file == file).map(|(_, cause)| *cause)
    };
    event.class.causes().iter().filter_map(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, pieces: &[&str]) {
        let page: String = read(text).iter().map(section).collect();
        for piece in pieces {
            assert!(page.contains(piece), "{text}: no `{piece}` in {page}");
        }
        assert!(!pieces.is_empty() || page.is_empty(), "{text}: {page}");
    }

    #[test]
    fn lines_of_programs_without_a_phrase_are_read() {
        check(
            "[2026-11-22 05:28:31 +0000] [18564] [CRITICAL] WORKER TIMEOUT (pid:18604)",
            &["took too long", "`app-worker-timeout`", "- process: `18604`"],
        );
        check(
            "Nov 22 05:16:54 shop1 systemd[1]: shop.service: Main process exited, code=exited, \
             status=3/NOTIMPLEMENTED",
            &["A service failed", "- unit: `shop.service`"],
        );
    }

    #[test]
    fn a_traceback_is_one_meaning_and_noise_is_left_out() {
        let text = "[2026-11-22 05:16:58 +0000] [2929] [INFO] Listening at: http://127.0.0.1:8000\n\
                    [2026-11-22 05:16:58 +0000] [2934] [ERROR] Exception in worker process\n\
                    Traceback (most recent call last):\n  File \"x.py\", line 2, in <module>\n\
                    KeyError: 'SECRET_KEY'";
        check(text, &["The app could not start", "- it says: `KeyError: 'SECRET_KEY'`"]);
        assert_eq!(read(text).len(), 1);
    }

    #[test]
    fn other_texts_have_none() {
        for text in ["", "502 Bad Gateway", "2026-11-22 12:00:00 all is well", "error code: 1033"] {
            check(text, &[]);
        }
    }
}
