//! Tests over all dialects: their samples, their heads, and bytes of every kind.
//!
//! Each dialect has `samples/NAME.txt`: groups of lines, each followed by what they mean, one `=>`
//! line an event. `UPDATE=1` writes those; they are read before they are committed.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests read their samples, and UPDATE=1 writes them"
)]

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;

/// What the reader says of these lines, in the order in which they are fed.
fn told(mut reader: Reader, lines: &[&str]) -> Vec<String> {
    let mut events = Vec::new();
    for line in lines {
        reader.feed(line.as_bytes(), &mut events);
    }
    reader.finish(&mut events);
    events.iter().map(sentence).collect()
}

fn sentence(event: &LogEvent) -> String {
    let mut told = format!("=> {} {:?}", event.class.slug(), event.role).to_lowercase();
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(told, " {name}={value}");
        }
    };
    let clock = Clock {
        boot: Some("2026-11-22T00:00:00Z".parse().unwrap()),
        ..Clock::utc("2026-11-22T06:00:00Z".parse().unwrap())
    };
    field("at", event.at.map(|at| clock.place(&at).unwrap().to_string()));
    field("upstream", event.upstream.as_ref().map(ToString::to_string));
    field("host", event.host.clone());
    field("client", event.client.clone());
    field("path", event.path.clone());
    field("status", event.status.map(|status| status.to_string()));
    field("ray", event.ray.clone());
    field("pid", event.pid.map(|pid| pid.to_string()));
    field("unit", event.unit.clone());
    let _ = write!(told, " | {}", event.text);
    told
}

/// The samples of a dialect: groups of lines, each with what it means, and lines of comment.
fn samples(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/logs/samples").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Its lines without comments and meanings.
fn lines_of(samples: &str) -> Vec<&str> {
    samples
        .lines()
        .filter(|line| !line.starts_with("# ") && !line.starts_with("=> ") && !line.is_empty())
        .collect()
}

#[test]
fn every_sample_means_what_is_written_below_it() {
    for (doc, _) in ALL {
        check(&format!("{}.txt", doc.file), || Reader::named(&doc.name()).unwrap());
    }
}

#[test]
fn in_a_journal_every_program_is_read_by_its_own_dialect() {
    let short = samples("mixed/journal_short.txt");
    let lines = lines_of(&short);
    let recognise = || Reader::recognise(lines.iter().map(|line| line.as_bytes())).unwrap();
    assert_eq!(recognise().name(), "syslog");
    check("mixed/journal_short.txt", recognise);
}

/// Reads each group in both directions and compares what it means with what is written; `UPDATE=1`
/// writes it.
fn check(file: &str, reader: impl Fn() -> Reader) {
    let stands = samples(file);
    let mut written = String::new();
    for part in stands.split("\n\n").map(|part| part.trim_matches('\n')) {
        if part.starts_with("# ") || part.is_empty() {
            let _ = write!(written, "{part}\n\n");
            continue;
        }
        let lines = lines_of(part);
        let mut seen = told(reader(), &lines);
        let mut backward: Vec<&str> = lines.clone();
        backward.reverse();
        let mut seen_backward = told(reader().backward(), &backward);
        seen_backward.reverse();
        seen_backward.sort();
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(sorted, seen_backward, "backward: {lines:#?}");
        if seen.is_empty() {
            seen.push("=> nothing".to_owned());
        }
        let _ = write!(written, "{}\n{}\n\n", lines.join("\n"), seen.join("\n"));
    }
    let written = format!("{}\n", written.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/logs/samples").join(file);
        std::fs::write(path, &written).expect("samples can be written");
    } else {
        for (seen, stands) in written.lines().zip(stands.lines()) {
            assert_eq!(seen, stands, "{file}");
        }
        assert_eq!(written.len(), stands.len(), "{file}");
    }
}

#[test]
fn every_dialect_knows_its_own_files_and_no_other_claims_them() {
    for (doc, _) in ALL {
        let samples = samples(&format!("{}.txt", doc.file));
        let lines = lines_of(&samples);
        let name = Reader::recognise(lines.iter().map(|line| line.as_bytes())).unwrap().name();
        // HAProxy, systemd and the kernel write through syslog.
        let syslog = ["haproxy", "systemd", "kernel"].contains(&doc.file);
        assert_eq!(name, if syslog { "syslog".to_owned() } else { doc.name() });
        for line in &lines {
            for (other, dialect) in ALL.iter().filter(|(other, _)| other.file != doc.file) {
                let claims = (dialect.recognises)(line.as_bytes()) == Fit::Own;
                assert!(!claims, "{} claims a line of {}: {line}", other.file, doc.file);
            }
        }
    }
}

#[test]
fn heads_have_their_sections_and_name_their_sources() {
    for (doc, dialect) in ALL {
        for heading in ["What it looks like", "What it means", "Sources"] {
            let section = doc.section(heading);
            assert!(section.is_some_and(|text| !text.is_empty()), "{}: # {heading}", doc.file);
        }
        assert!(!dialect.programs.is_empty(), "{}", doc.file);
        assert!(samples(&format!("{}.txt", doc.file)).starts_with("# "), "{}: no source", doc.file);
    }
}

#[test]
fn what_no_dialect_knows_is_not_read() {
    for log in [
        "",
        "hello\nworld",
        "502 Bad Gateway\nconnection refused",
        "2026-11-22 05:00:00 something failed (111: Connection refused)",
        "{\"a\":1}\n{\"status\":502}",
    ] {
        assert!(Reader::recognise(log.lines().map(str::as_bytes)).is_none(), "{log}");
        assert!(log.lines().all(|line| read_line(line.as_bytes()).is_none()), "{log}");
    }
}

#[test]
fn a_line_is_placed_in_time_whatever_it_says() {
    for (line, at) in [
        ("2026/11/22 05:06:42 [notice] 6357#6357: x", "2026-11-22T05:06:42Z"),
        (
            "1.2.3.4 - - [22/Nov/2026:05:06:05 +0000] \"GET / HTTP/1.1\" 200 2",
            "2026-11-22T05:06:05Z",
        ),
        ("{\"level\":\"info\",\"ts\":1795325484.5,\"msg\":\"x\"}", "2026-11-22T05:31:24.5Z"),
        ("[Sun Nov 22 05:28:41.123456 2026] [core:notice] x", "2026-11-22T05:28:41.123456Z"),
        ("Nov 22 05:23:24 vm any: x", "2026-11-22T05:23:24Z"),
    ] {
        let clock = Clock::utc("2026-11-22T06:00:00Z".parse().unwrap());
        let placed = Reader::at(line.as_bytes()).and_then(|at| clock.place(&at)).unwrap();
        assert_eq!(placed.to_string(), at, "{line}");
    }
}

/// Every line of every sample.
fn all_lines() -> Vec<Vec<u8>> {
    let files = ALL.iter().map(|(doc, _)| samples(&format!("{}.txt", doc.file)));
    files
        .flat_map(|file| {
            lines_of(&file).into_iter().map(|l| l.as_bytes().to_vec()).collect::<Vec<_>>()
        })
        .collect()
}

fn read_by_all(line: &[u8]) {
    for (doc, dialect) in ALL {
        (dialect.recognises)(line);
        if let Some(event) = (dialect.read)(line) {
            assert!(event.text.len() <= 404, "{}: {}", doc.file, event.text.len());
            assert!(!event.text.chars().any(char::is_control), "{}", doc.file);
        }
    }
    let _ = Reader::at(line);
    let _ = read_line(line);
}

#[test]
fn a_line_that_is_cut_off_anywhere_makes_no_dialect_panic() {
    for line in all_lines() {
        for end in (0..line.len().min(400)).step_by(3) {
            read_by_all(&line[..end]);
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_dialect_panic(line in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_by_all(&line);
    }

    #[test]
    fn nor_do_real_lines_with_other_bytes_in_them(
        which in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6)
    ) {
        thread_local! { static LINES: Vec<Vec<u8>> = all_lines(); }
        let mut line = LINES.with(|lines| which.get(lines).clone());
        for (at, byte) in changes {
            let at = at.index(line.len());
            line[at] = byte;
        }
        read_by_all(&line);
    }
}
