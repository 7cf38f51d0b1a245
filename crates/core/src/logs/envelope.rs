//! What transports put around a line: syslog, the journal, Docker, Kubernetes, colours.
//!
//! A line is peeled before any dialect sees it, so that nginx through syslog, gunicorn through the
//! journal and Caddy in a container read as they do in a file of their own. The outer time, process
//! and unit are kept beside the message. A line is looked at up to [`LINE`] bytes, however long it
//! is. Which dialect the message is of is not decided here.

use std::borrow::Cow;

use super::json::{self, Value};
use super::scan;
use super::timestamp::{self, Moment};

/// How many bytes of a line are looked at.
pub const LINE: usize = 16 * 1024;

/// How a line travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Carrier {
    /// As the program wrote it.
    File,
    /// `Nov 22 05:23:24 host program[pid]: ` or the same with an RFC 3339 time.
    Syslog,
    /// An object of `journalctl -o json`.
    Journal,
    /// Docker's json-file, or Kubernetes' CRI format.
    Container,
}

/// A line without its envelope.
#[derive(Debug, Clone)]
pub(super) struct Peeled<'a> {
    pub carrier: Carrier,
    /// What the program wrote, without line ending and colours.
    pub message: Cow<'a, [u8]>,
    pub at: Option<Moment>,
    /// The program's name as the transport has it.
    pub program: Option<String>,
    pub pid: Option<u32>,
    /// The unit that wrote it, or that systemd writes about; the container.
    pub unit: Option<String>,
}

impl<'a> Peeled<'a> {
    fn bare(message: Cow<'a, [u8]>) -> Peeled<'a> {
        Peeled { carrier: Carrier::File, message, at: None, program: None, pid: None, unit: None }
    }
}

/// Takes the envelope off.
pub(super) fn peel(line: &[u8]) -> Peeled<'_> {
    let line = &line[..line.len().min(LINE)];
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    if line.first() == Some(&b'{') {
        return journal(line)
            .or_else(|| docker(line))
            .unwrap_or_else(|| Peeled::bare(Cow::Borrowed(line)));
    }
    if let Some(peeled) = kubernetes(line).or_else(|| syslog(line)) {
        return peeled;
    }
    Peeled::bare(without_colours(Cow::Borrowed(line)))
}

/// An object of `journalctl -o json`; `MESSAGE` is a string, or an array of bytes where it is not
/// UTF-8 or holds control characters, or an array of those where the field was set twice.
fn journal(line: &[u8]) -> Option<Peeled<'_>> {
    let (mut message, mut time, mut pid) = (None, None, None);
    let (mut identifier, mut command) = (None, None);
    let (mut unit, mut about, mut container, mut kernel) = (None, None, None, false);
    for (key, value) in json::fields(line) {
        match key {
            b"MESSAGE" => message = Some(journal_bytes(value)),
            b"__REALTIME_TIMESTAMP" => time = value.word().and_then(|word| timestamp::epoch(&word)),
            b"_PID" => pid = value.word().and_then(|word| scan::number(&word).map(|(n, _)| n)),
            b"SYSLOG_IDENTIFIER" => identifier = name(value),
            b"_COMM" => command = name(value),
            b"_SYSTEMD_UNIT" => unit = name(value),
            b"UNIT" | b"USER_UNIT" => about = name(value),
            b"CONTAINER_NAME" => container = name(value),
            b"_TRANSPORT" => kernel = value == Value::Text(b"kernel"),
            _ => {}
        }
    }
    // Docker's json-file has no field of either name.
    let message = message?;
    if time.is_none() && identifier.is_none() && unit.is_none() {
        return None;
    }
    Some(Peeled {
        carrier: Carrier::Journal,
        message: without_colours(message),
        at: time,
        program: if kernel { Some("kernel".to_owned()) } else { identifier.or(command) },
        pid: pid.and_then(|pid| u32::try_from(pid).ok()),
        unit: about.or(container).or(unit),
    })
}

fn journal_bytes(value: Value<'_>) -> Cow<'_, [u8]> {
    match value {
        Value::Text(_) => value.text().unwrap_or_default(),
        Value::Word(_) => Cow::default(),
        Value::Nested(array) => {
            let inner = array.get(1..array.len() - 1).unwrap_or_default();
            if inner.trim_ascii_start().first() == Some(&b'"') {
                // The field was set twice: the first text.
                let text = inner.trim_ascii_start();
                let end = scan::find(&text[1..], "\"").unwrap_or(0);
                return Cow::Borrowed(&text[1..=end]);
            }
            let numbers = inner.split(|byte| *byte == b',');
            let bytes = numbers
                .map_while(|number| scan::number(number.trim_ascii()))
                .map_while(|(number, _)| u8::try_from(number).ok());
            Cow::Owned(bytes.collect())
        }
    }
}

fn name(value: Value<'_>) -> Option<String> {
    value.word().map(|word| scan::text(&word)).filter(|name| !name.is_empty() && name != "null")
}

/// `{"log":"…\n","stream":"stderr","time":"…"}`.
fn docker(line: &[u8]) -> Option<Peeled<'_>> {
    let mut fields = json::fields(line);
    let (b"log", log) = fields.next()? else { return None };
    let message = log.text()?;
    let rest: Vec<_> = fields.collect();
    let time = rest.iter().find(|(key, _)| *key == b"time")?.1.text()?;
    let (at, _) = timestamp::dashed(&time)?;
    let message = match message {
        Cow::Borrowed(text) => Cow::Borrowed(text),
        Cow::Owned(text) => Cow::Owned(text.trim_ascii_end().to_vec()),
    };
    Some(Peeled {
        carrier: Carrier::Container,
        at: Some(at),
        ..Peeled::bare(without_colours(message))
    })
}

/// `2026-11-22T05:30:57.039030123Z stderr F message`.
fn kubernetes(line: &[u8]) -> Option<Peeled<'_>> {
    let (at, rest) = timestamp::dashed(line)?;
    let rest = scan::strip(rest, " stdout ").or_else(|| scan::strip(rest, " stderr "))?;
    let rest = scan::strip(rest, "F ").or_else(|| scan::strip(rest, "P "))?;
    Some(Peeled {
        carrier: Carrier::Container,
        at: Some(at),
        ..Peeled::bare(without_colours(Cow::Borrowed(rest)))
    })
}

/// `Nov 22 05:23:24 host program[pid]: message`; the time may be in RFC 3339, as rsyslog and
/// `journalctl -o short-iso` write it, and a `<34>` may stand before it.
fn syslog(line: &[u8]) -> Option<Peeled<'_>> {
    let line = match scan::strip(line, "<").map(scan::number) {
        Some(Some((_, rest))) => rest.strip_prefix(b">")?,
        _ => line,
    };
    let (at, rest) = timestamp::syslog(line).or_else(|| timestamp::dashed(line))?;
    let rest = rest.strip_prefix(b" ")?;
    let host_end = memchr::memchr(b' ', rest)?;
    let (host, rest) = rest.split_at(host_end);
    let rest = &rest[1..];
    let (tag, message) = match scan::find(rest, ": ") {
        Some(at) => (&rest[..at], &rest[at + 2..]),
        None => (rest.strip_suffix(b":")?, &b""[..]),
    };
    let (program, pid) = match tag.strip_suffix(b"]").and_then(|tag| scan::split(tag, "[")) {
        Some((program, pid)) => (program, Some(scan::number(pid).filter(|n| n.1.is_empty())?.0)),
        None => (tag, None),
    };
    let plain = |word: &[u8]| {
        !word.is_empty()
            && word.len() <= 128
            && word.iter().all(|b| b.is_ascii_alphanumeric() || b"._-/@()+:\\".contains(b))
    };
    // A level in the place of the host is cloudflared's console, not syslog.
    let level = matches!(host, b"DBG" | b"INF" | b"WRN" | b"ERR" | b"FTL" | b"-");
    if level || !plain(host) || !plain(program) {
        return None;
    }
    Some(Peeled {
        carrier: Carrier::Syslog,
        at: Some(at),
        program: Some(scan::text(program)),
        pid: pid.and_then(|pid| u32::try_from(pid).ok()),
        ..Peeled::bare(without_colours(Cow::Borrowed(message)))
    })
}

/// The text without `ESC [ … letter`; syslog daemons write the escape as `#033`.
fn without_colours(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let escape = |text: &[u8]| {
        let raw = memchr::memchr(0x1b, text).map(|at| (at, 1));
        raw.or_else(|| scan::find(text, "#033[").map(|at| (at, 4)))
    };
    if escape(&text).is_none() {
        return text;
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut rest: &[u8] = &text;
    while let Some((at, mark)) = escape(rest) {
        kept.extend_from_slice(&rest[..at]);
        rest = &rest[at + mark..];
        if let Some(sequence) = rest.strip_prefix(b"[") {
            let parameters =
                sequence.iter().take_while(|b| matches!(b, b'0'..=b'9' | b';' | b'?')).count();
            rest = sequence.get(parameters + 1..).unwrap_or_default();
        }
    }
    kept.extend_from_slice(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(line: &[u8], carrier: Carrier, told: &str) {
        let peeled = peel(line);
        let seen = format!(
            "{} {} {} | {}",
            peeled.program.as_deref().unwrap_or("-"),
            peeled.pid.map_or("-".to_owned(), |pid| pid.to_string()),
            peeled.unit.as_deref().unwrap_or("-"),
            String::from_utf8_lossy(&peeled.message)
        );
        assert_eq!((peeled.carrier, seen.as_str()), (carrier, told));
        assert_eq!(peeled.at.is_some(), carrier != Carrier::File);
    }

    #[test]
    fn every_transport_is_peeled() {
        check(
            b"Nov 22 05:23:24 vm haproxy[29471]: 127.0.0.1:38124 x\n",
            Carrier::Syslog,
            "haproxy 29471 - | 127.0.0.1:38124 x",
        );
        check(
            b"2026-11-22T05:30:57.039030+00:00 vm haproxy[2584]: x\r\n",
            Carrier::Syslog,
            "haproxy 2584 - | x",
        );
        check(
            b"<187>Nov 22 05:07:36 vm nginx: 2026/11/22 05:07:36 [error] x",
            Carrier::Syslog,
            "nginx - - | 2026/11/22 05:07:36 [error] x",
        );
        check(
            br#"{"__REALTIME_TIMESTAMP":"1795325484512667","MESSAGE":"a \"b\"","_PID":"7","SYSLOG_IDENTIFIER":"gunicorn","_SYSTEMD_UNIT":"shop.service"}"#,
            Carrier::Journal,
            "gunicorn 7 shop.service | a \"b\"",
        );
        check(
            br#"{"MESSAGE":[27,91,51,49,109,69,82,82,27,91,48,109,255],"__REALTIME_TIMESTAMP":"1795325484512667","_COMM":"x"}"#,
            Carrier::Journal,
            "x - - | ERR\u{fffd}",
        );
        check(
            br#"{"MESSAGE":["one","two"],"UNIT":"shop.service","_SYSTEMD_UNIT":"init.scope","_PID":"1","SYSLOG_IDENTIFIER":"systemd","__REALTIME_TIMESTAMP":"1795325484512667"}"#,
            Carrier::Journal,
            "systemd 1 shop.service | one",
        );
        check(
            br#"{"log":"{\"level\":\"error\"}\n","stream":"stderr","time":"2026-11-22T05:07:36.1Z"}"#,
            Carrier::Container,
            "- - - | {\"level\":\"error\"}",
        );
        check(
            b"2026-11-22T05:07:36.123456789Z stderr F hello: world",
            Carrier::Container,
            "- - - | hello: world",
        );
    }

    #[test]
    fn what_only_looks_like_an_envelope_stays_whole() {
        for line in [
            "2026-11-22T05:13:10Z ERR Serve tunnel error: x",
            "2026-11-22 05:16:58 +0000] [2934]",
            "{\"level\":\"error\",\"message\":\"x\"}",
            "Nov 22 05:23:24",
            "2026/11/22 05:06:42 [error] 7#7: *1 x: y",
            "[2026-11-22 05:16:58 +0000] [2934] [ERROR] a: b",
        ] {
            check(line.as_bytes(), Carrier::File, &format!("- - - | {line}"));
        }
    }

    #[test]
    fn colours_go_and_only_the_beginning_of_a_giant_line_is_looked_at() {
        check(b"\x1b[31mERR\x1b[0m a\x1b", Carrier::File, "- - - | ERR a");
        check(b"#033[31mERR#033[0m", Carrier::File, "- - - | ERR");
        assert_eq!(peel(&vec![b'x'; 1 << 20]).message.len(), LINE);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            peel(&line);
        }

        #[test]
        fn nor_do_envelopes_that_are_broken(
            line in "(\\{\"(MESSAGE|log)\":)?[\\[\\]\"0-9,:{} a-zA-Z.+\u{1b}-]{0,80}"
        ) {
            peel(line.as_bytes());
        }
    }
}
