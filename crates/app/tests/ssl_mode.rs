//! `rayfix ssl-mode` from outside: a zone of the lab behind an emulated API, and what is said without one.
#![expect(clippy::unwrap_used, reason = "a test's helper stops the test by panicking")]

mod binary;

use std::fs;
use std::path::Path;

use binary::{Told, folder, run, run_with};
use rayfix_lab::api::{Grant, ids};
use rayfix_lab::estate::{Estate, RaisedEstate, address};
use rayfix_lab::pki::{Certificate, pem};
use rayfix_lab::stage::{Origin, RANGES};
use serde_json::Value;

const ZONE: &str = "estate.test";

/// A zone in mode full: one host is fine, two would break, a tunnel has nothing to do with it.
fn estate() -> Estate {
    let shows = |number: u16, certificate: Certificate| {
        let mut origin = Origin::healthy(address(number, false));
        origin.tls.tls.as_mut().unwrap().certificate = certificate;
        origin
    };
    Estate::new(ZONE)
        .host("fine", shows(1, Certificate::Good))
        .host("old", shows(2, Certificate::Expired { days_ago: 3 }))
        .host("own", shows(3, Certificate::SelfSigned))
        .tunnel("tunnel")
}

/// A lab that stands, and the options that lead there.
struct Lab {
    runtime: tokio::runtime::Runtime,
    estate: Option<RaisedEstate>,
    options: Vec<String>,
}

impl Lab {
    fn raise(name: &str) -> Lab {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let raised = runtime.block_on(estate().raise()).unwrap();
        let dir = folder(&format!("ssl-mode-{name}"));
        let (roots, ranges) = (dir.join("roots.pem"), dir.join("ranges.txt"));
        let text: String = raised.roots.iter().map(|root| pem("CERTIFICATE", root)).collect();
        fs::write(&roots, text).unwrap();
        fs::write(&ranges, RANGES).unwrap();
        let mut options = vec![
            "--api-url".to_owned(),
            raised.api.base.clone(),
            "--ca-file".to_owned(),
            roots.display().to_string(),
            "--ranges".to_owned(),
            ranges.display().to_string(),
            "--resolver".to_owned(),
            raised.resolver.to_string(),
        ];
        for (host, port, to) in &raised.detours {
            options.extend(["--connect".to_owned(), format!("{host}:{port}:{to}")]);
        }
        Lab { runtime, estate: Some(raised), options }
    }

    fn told(&self, token: &str, more: &[&str]) -> Told {
        let mut args = vec!["ssl-mode", ZONE];
        args.extend(self.options.iter().map(String::as_str));
        args.extend(more);
        run_with(&args, &[("CLOUDFLARE_API_TOKEN", token)], b"")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _within = self.runtime.enter();
        drop(self.estate.take());
    }
}

#[test]
fn a_flip_that_breaks_two_hosts_is_told_and_changes_nothing() {
    let lab = Lab::raise("breaks");
    let told = lab.told(&RaisedEstate::token(), &["--to", "strict"]);
    assert_eq!((told.code, told.err.as_str()), (1, ""), "{}", told.out);
    for words in [
        "estate.test from full to strict: 2 of 4 records would break: 2 with 526.",
        "old.estate.test  200 → 526  expired 20",
        "own.estate.test  200 → 526  self-signed",
        "fine.estate.test  200",
        "tunnel.estate.test  a tunnel",
    ] {
        assert!(told.out.contains(words), "no `{words}` in:\n{}", told.out);
    }
    let asked = lab.estate.as_ref().unwrap().api.requests();
    assert!(asked.iter().all(|request| request.method == "GET"), "{asked:?}");
}

#[test]
fn what_breaks_nothing_is_an_all_clear_and_all_modes_are_a_table() {
    let lab = Lab::raise("clear");
    let token = RaisedEstate::token();
    let told = lab.told(&token, &["--to", "flexible"]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    assert!(told.out.contains("none of 4 proxied records would break"), "{}", told.out);
    let told = lab.told(&token, &[]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let row = told.out.lines().find(|line| line.starts_with("own.estate.test")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().skip(1).collect();
    assert_eq!(cells, ["200", "200", "200", "526", "526"]);
    assert!(told.out.lines().all(|line| line.chars().count() <= 80), "{}", told.out);
}

#[test]
fn every_voice_tells_it_and_the_document_is_as_its_schema_says() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/ssl-mode-1.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let lab = Lab::raise("voices");
    let token = RaisedEstate::token();
    for more in [&["--to", "strict"][..], &[]] {
        let told = lab.told(&token, &[&["--format", "json"], more].concat());
        let document: Value = serde_json::from_str(&told.out).unwrap();
        let errors: Vec<String> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(document["records"].as_array().unwrap().len(), 4);
    }
    let nothing = run(&["ssl-mode", ZONE, "--format", "json"]);
    let document: Value = serde_json::from_str(&nothing.out).unwrap();
    assert!(validator.is_valid(&document) && document["verdict"] == "cannot-tell");
    let markdown = lab.told(&token, &["--to", "strict", "--format", "markdown"]);
    assert!(markdown.out.contains("### Breaks"), "{}", markdown.out);
    let html = lab.told(&token, &["--to", "strict", "--format", "html"]);
    assert!(html.out.contains("<h2>Breaks: 2</h2>"), "{}", html.out);
    for told in [markdown, html] {
        assert!(!told.out.contains(&token) && told.code == 1);
    }
}

#[test]
fn without_a_token_or_a_permission_it_says_what_a_token_needs() {
    let told = run(&["ssl-mode", ZONE, "--to", "strict"]);
    assert_eq!((told.code, told.err.as_str()), (3, ""));
    let flat = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("no API token was given"), "{flat}");
    assert!(flat.contains("Zone Read, Zone Settings Read and DNS Read"), "{flat}");

    let lab = Lab::raise("permission");
    let mut zones = lab.estate.as_ref().unwrap().api.state();
    let least = ["Zone Read", "Zone Settings Read", "DNS Read"];
    for (name, permissions) in [("least", &least[..]), ("less", &least[..2])] {
        zones.grants.insert(ids::token(name), Grant::only(name, permissions.iter().copied()));
    }
    drop(zones);
    let told = lab.told(&ids::token("less"), &["--to", "strict"]);
    let flat = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(told.code, 3, "{flat}");
    assert!(flat.contains("did not tell its DNS records: the token lacks DNS Read"), "{flat}");
    let told = lab.told(&ids::token("least"), &["--to", "strict"]);
    assert_eq!(told.code, 1, "{}", told.out);
    let flat = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("configuration rules could not be read (the token lacks Config Rules Read)"),
        "{flat}"
    );
    let unknown = lab.told("no-token-that-anybody-knows-of-at-all-00", &["--to", "strict"]);
    assert_eq!(unknown.code, 3, "{}", unknown.out);
    let other = {
        let mut args = vec!["ssl-mode", "other.test"];
        args.extend(lab.options.iter().map(String::as_str));
        run_with(&args, &[("CLOUDFLARE_API_TOKEN", &RaisedEstate::token())], b"")
    };
    assert_eq!(other.code, 3);
    assert!(other.out.contains("the token sees no zone of"), "{}", other.out);
}

#[test]
fn misuse_is_told_with_what_would_be_right() {
    for (args, words) in [
        (&["ssl-mode"][..], "ZONE is missing"),
        (&["ssl-mode", ZONE, "--to", "tight"], "off, flexible, full, strict or origin_pull"),
        (&["ssl-mode", ZONE, "--jobs", "33"], "from 1 to 32"),
        (&["ssl-mode", "203.0.113.7"], "is an address"),
    ] {
        let told = run(args);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{args:?}");
        assert!(told.err.contains(words), "{}", told.err);
    }
}
