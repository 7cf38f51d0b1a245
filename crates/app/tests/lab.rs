//! The binary against staged worlds: exit codes, formats, cases, and origins that mean harm.

mod binary;
mod staged;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use binary::{Told, folder, run, run_with};
use rayfix_lab::origins::page::{Manners, Page};
use rayfix_lab::stage::{Own, Reach, Stage};
use serde_json::Value;
use staged::{Staged, staged};

impl Staged {
    /// Diagnoses it with the binary; files that it needs lie in the folder.
    fn diagnose(&self, folder: &Path, more: &[&str]) -> Told {
        let _standing = self.runtime.enter();
        let mut args = self.arguments(folder);
        args.extend(more.iter().map(|&word| word.to_owned()));
        run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// A JSON Schema of `docs/schema/`.
fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(name);
    let text = fs::read_to_string(path).expect("the schema is there");
    let schema = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

#[test]
fn the_exit_code_says_what_it_comes_to() {
    let folder = folder("exits");
    let told = staged(|_| {}).diagnose(&folder, &["--timeout", "8"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{}", told.out);
    let told = staged(|stage| stage.reach(Reach::Refuses)).diagnose(&folder, &["--timeout", "8"]);
    assert_eq!((told.code, told.err.as_str()), (1, ""), "{}", told.out);
    let nobody = ["diagnose", "shop.example.test", "--resolver", "127.0.0.1:1", "--timeout", "2"];
    let told = run(&nobody);
    assert_eq!((told.code, told.err.as_str()), (3, ""), "{}", told.out);
}

#[test]
fn what_was_staged_is_said_and_what_was_found_is_the_result() {
    let told = run(&["lab", "run", "NET_PORT-closed"]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    assert!(told.err.starts_with("staged net-port-closed: "), "{}", told.err);
    assert_eq!(told.err.lines().count(), 1, "{}", told.err);
    assert!(told.out.contains("C401 net-port-closed · certain"), "{}", told.out);

    let told = run(&["lab", "run", "healthy", "--plain-502", "--mode-untold", "--format", "json"]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let document: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["findings"], Value::Array(Vec::new()));

    let told = run(&["lab", "run", "port-closed"]);
    assert_eq!((told.code, told.out.as_str()), (2, ""));
    assert!(told.err.contains("did you mean `net-port-closed`"), "{}", told.err);
}

#[test]
fn with_a_token_the_account_of_the_stage_settles_what_visits_do_not() {
    for fault in ["dns-record-not-this-host", "tunnel-ingress-unmatched"] {
        let told = run(&["lab", "run", fault, "--with-token"]);
        assert_eq!(told.code, 0, "{fault}: {}{}", told.out, told.err);
        assert!(told.out.contains(&format!("{fault} · certain")), "{}", told.out);
        assert!(told.out.contains("the account"), "{}", told.out);
        let told = run(&["lab", "run", fault]);
        assert!(!told.out.contains(&format!("{fault} · certain")), "{fault}: {}", told.out);
    }
}

#[test]
fn the_list_of_the_lab_names_everything_it_can_stage() {
    let text = run(&["lab", "list"]);
    let json = run(&["lab", "list", "--format", "json"]);
    assert!(json.out.starts_with("{\n  \"schema\": \"rayfix/lab/1\""), "{}", json.out);
    let document: Value = serde_json::from_str(&json.out).unwrap();
    let schema = schema("lab-1.json");
    let wrong: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for list in ["faults", "look_alikes"] {
        let rows = document[list].as_array().unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let (name, stages) = (row["name"].as_str().unwrap(), row["stages"].as_str().unwrap());
            assert!(text.out.contains(name), "{name}");
            assert!(!stages.is_empty() && stages.ends_with('.'), "{name}: {stages}");
        }
    }
}

#[test]
fn the_json_is_what_its_schema_says() {
    let schema = schema("diagnosis-1.json");
    for name in ["healthy", "net-port-closed", "tls-certificate-expired"] {
        let told = run(&["lab", "run", name, "--format", "json"]);
        assert!(told.out.starts_with("{\n  \"schema\": \"rayfix/diagnosis/1\""), "{}", told.out);
        let document: Value = serde_json::from_str(&told.out).unwrap();
        let wrong: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn a_case_is_told_again_with_the_same_bytes() {
    let folder = folder("cases");
    let case = folder.join("case.json");
    let case = case.to_str().unwrap();
    for format in ["text", "json", "markdown", "html"] {
        let args = ["lab", "run", "tls-certificate-expired", "--format", format, "--save", case];
        let first = run(&args);
        let again = run(&["diagnose", "--case", case, "--format", format]);
        assert_eq!(first.out, again.out, "{format}");
        assert_eq!((again.code, again.err.as_str()), (1, ""), "{format}");
    }
    let named = run(&["diagnose", "shop.example.test", "--case", case]);
    assert_eq!(named.code, 1, "{}", named.err);
    let other = run(&["diagnose", "other.example.test", "--case", case]);
    assert_eq!((other.code, other.out.as_str()), (2, ""));
    assert!(other.err.contains("it is about shop.example.test"), "{}", other.err);
}

#[test]
fn a_file_is_written_whole_and_leaves_standard_output_alone() {
    let folder = folder("output");
    let file = folder.join("report.md");
    fs::write(&file, "what stood there before, and is longer than nothing").unwrap();
    let path = file.to_str().unwrap().to_owned();
    let path = path.as_str();
    let told = run(&["lab", "run", "net-port-closed", "--format", "markdown", "-o", path]);
    assert_eq!((told.code, told.out.as_str()), (0, ""), "{}", told.err);
    let report = fs::read_to_string(&file).unwrap();
    assert!(report.contains("net-port-closed") && !report.contains("before"), "{report}");
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [file.as_path()], "nothing else is left");

    let told = run(&["lab", "run", "net-port-closed", "-o", "-"]);
    assert!(told.out.contains("C401"), "{}", told.out);
    let told = run(&["lab", "run", "net-port-closed", "-o", "/dev/null"]);
    assert_eq!((told.code, told.out.as_str()), (0, ""), "{}", told.err);
    assert!(!fs::metadata("/dev/null").unwrap().is_file(), "a device is not replaced");

    let link = folder.join("link");
    std::os::unix::fs::symlink(folder.join("report.md"), &link).unwrap();
    run(&["lab", "run", "net-port-closed", "-o", link.to_str().unwrap()]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "a link stays a link");
    assert!(fs::read_to_string(&link).unwrap().starts_with("https://"), "its file is replaced");

    let colours = [("CLICOLOR_FORCE", "1")];
    let told = run_with(&["lab", "run", "net-port-closed"], &colours, b"");
    assert!(told.out.contains('\u{1b}'), "{}", told.out);
    run_with(&["lab", "run", "net-port-closed", "-o", path], &colours, b"");
    assert!(!fs::read_to_string(path).unwrap().contains('\u{1b}'), "a file takes no colours");
}

#[test]
fn what_an_origin_sends_does_nothing_to_terminals_and_pages() {
    let folder = folder("hostile");
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J<script>alert(1)</script>\u{202e}";
    let page = format!("<title>{evil}</title>{evil}");
    let bare = format!(
        "HTTP/1.1 502 {evil}\r\nServer: {evil}\r\nX-Evil: {evil}\r\nContent-Length: {}\r\n\r\n{page}",
        page.len()
    );
    for manners in [
        Manners::sends(bare),
        Manners::sends(format!("{evil}\r\n{evil}")),
        Manners::Answers(Page { status: 500, body: page.clone().into_bytes(), ..Page::shop() }),
    ] {
        let stage = staged(|stage| stage.answers(manners.clone()));
        for format in ["text", "json", "markdown", "html"] {
            let told =
                stage.diagnose(&folder, &["--timeout", "8", "--format", format, "--verbose"]);
            assert!(told.code == 1 || told.code == 3, "{format}: {} {}", told.code, told.err);
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!told.out.contains(acts), "{manners:?} {format}: {:?}", told.out);
            // In Markdown, what stands between backticks is text.
            let live: String = match format {
                "html" => told.out.clone(),
                "markdown" => told.out.split('`').step_by(2).collect(),
                _ => continue,
            };
            assert!(!live.contains("<script>alert"), "{manners:?} {format}: {}", told.out);
        }
    }
}

#[test]
fn endless_replies_and_silence_end_within_the_deadline() {
    let folder = folder("endless");
    type Set = fn(&mut Stage);
    let sets: [(&str, Set); 4] = [
        ("an endless head", |stage| stage.answers(Manners::EndlessHead)),
        ("an endless body", |stage| stage.answers(Manners::EndlessBody)),
        ("silence", |stage| stage.reach(Reach::Drops)),
        ("ten megabytes of header", |stage| {
            let line = format!("X-Long: {}\r\n", "x".repeat(8000));
            let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", line.repeat(1250));
            stage.answers(Manners::sends(head));
        }),
    ];
    for (what, set) in sets {
        let stage = staged(set);
        let begun = Instant::now();
        let told = stage.diagnose(&folder, &["--timeout", "3"]);
        let took = begun.elapsed();
        assert!(told.code != 2 && !told.out.is_empty(), "{what}: {}", told.err);
        // Three times the deadline: machines are busy; what ignores it would go on for ever.
        assert!(took < Duration::from_secs(9), "{what}: took {took:?}");
    }
}

#[test]
fn the_host_is_looked_into_where_that_is_allowed() {
    let folder = folder("on-origin");
    let stage = staged(|stage| stage.edge.own = Own::Works);
    for (allowed, is_told) in [("yes", true), ("no", false)] {
        let told = stage.diagnose(&folder, &["--on-origin", allowed, "--timeout", "8", "-v"]);
        assert_eq!(told.code, 0, "{}{}", told.out, told.err);
        let words = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words.contains("is the origin, as was told"), is_told, "{}", told.out);
    }
}
