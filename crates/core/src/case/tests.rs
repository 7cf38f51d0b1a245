//! Cases go out and come back unchanged; whatever else a file holds is named in a sentence.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::report::{self, samples};

/// Written by rayfix 0.1.0; it is never written again, and must load for ever.
const GOLDEN_1: &str = include_str!("golden-1.json");

#[test]
fn what_was_saved_comes_back() {
    let mut all: Vec<_> =
        samples::all().into_iter().map(|sample| (sample.name, sample.evidence)).collect();
    all.push(("every", samples::every()));
    for (name, evidence) in all {
        let case = save(&evidence);
        assert!(case.starts_with("{\n  \"schema\": \"rayfix/case/1\",\n  \"rayfix\": \""));
        let back = load(&case).unwrap();
        assert_eq!(back, evidence, "{name}");
        assert_eq!(save(&back), case, "{name}");
        assert!(!case.contains("secret"), "{name}");
        assert!(!case.chars().any(|c| c != '\n' && c.is_control()), "{name}");
    }
}

#[test]
fn the_first_version_is_read_for_ever() {
    let evidence = load(GOLDEN_1).unwrap();
    assert_eq!(evidence.target.site.to_string(), "https://shop.example.test/cart?session=…");
    assert_eq!(evidence.readings.len(), 54);
    let told: Vec<String> = evidence.readings.iter().map(crate::report::words::sentence).collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("golden-1", told.join("\n"));
    });
}

fn broken(change: impl FnOnce(&mut Value)) -> String {
    let mut case: Value = serde_json::from_str(&save(&samples::all()[0].evidence)).unwrap();
    change(&mut case);
    load(&case.to_string()).unwrap_err().to_string()
}

#[test]
fn what_is_no_case_is_told_apart() {
    let case = save(&samples::all()[0].evidence);
    let half: String = case.lines().take(40).collect::<Vec<_>>().join("\n");
    for (text, wanted) in [
        ("", "the file is empty; --save FILE writes a case"),
        (" \n", "the file is empty; --save FILE writes a case"),
        ("hello", "it is not JSON: reading stopped at line 1, column 1"),
        (
            "{\"schema\": 1}",
            "it is JSON, but its `schema` is no text; that of a case is rayfix/case/1",
        ),
        ("[]", "it is JSON, but its `schema` is missing; that of a case is rayfix/case/1"),
        ("7", "it is JSON, but its `schema` is missing; that of a case is rayfix/case/1"),
        (
            "{\"schema\": \"rayfix/diagnosis/1\"}",
            "it is JSON, but its `schema` is rayfix/diagnosis/1; that of a case is rayfix/case/1",
        ),
        (
            "{\"schema\": \"\\u001b[31m\"}",
            "it is JSON, but its `schema` is \\x1b[31m; that of a case is rayfix/case/1",
        ),
        (
            "{\"schema\": \"rayfix/case/7\"}",
            "it was written by a newer rayfix (rayfix/case/7); this one reads up to 1",
        ),
        (
            "{\"schema\": \"rayfix/case/0\"}",
            "it is JSON, but its `schema` is rayfix/case/0; that of a case is rayfix/case/1",
        ),
        (
            "{\"schema\": \"rayfix/case/1\"}",
            "the list of readings cannot be read: found null, expected a sequence",
        ),
        (
            "{\"schema\": \"rayfix/case/1\", \"readings\": []}",
            "the target cannot be read: found null, expected struct Target",
        ),
        (&half, "it ends at line 40, column 19, in the middle of a value; the rest is missing"),
    ] {
        assert_eq!(load(text).unwrap_err().to_string(), wanted, "{text}");
    }
    assert_eq!(
        load_bytes(b"{\"a\": \"\xff\"}").unwrap_err().to_string(),
        "it is not text: byte 8 is not UTF-8; a case is JSON"
    );
}

#[test]
fn a_part_that_does_not_fit_is_named() {
    assert_eq!(
        broken(|case| case["readings"][2]["id"] = "r4".into()),
        "reading 3 is numbered r4; it should be r3, since sentences cite it"
    );
    assert_eq!(
        broken(|case| case["readings"][2]["answer"]["saw"] = "gossip".into()),
        "reading 3 cannot be read: unknown variant `gossip`, expected one of `dns`, `visit`, `trace`, `tcp`, `tls`, `http`, `account`, `host`"
    );
    assert_eq!(
        broken(|case| case["readings"][0]["answer"] = case["readings"][8]["answer"].clone()),
        "reading 1 has an answer of another kind than its question"
    );
    assert_eq!(
        broken(|case| case["took_ms"] = (-1).into()),
        "`took_ms` cannot be read: found integer `-1`, expected u64"
    );
    assert_eq!(
        broken(|case| {
            let one = case["readings"][0].clone();
            case["readings"] = vec![one; 10_001].into();
        }),
        "it has 10001 readings; at most 10000 are read"
    );
    assert_eq!(
        broken(|case| case["target"]["site"] = "http://[::1]/".into()),
        "the target cannot be read: `::1` is an address; give the site's name, and the address with --origin ::1"
    );
}

#[test]
fn a_case_cannot_say_that_a_peer_is_another() {
    let sample = &samples::all()[0];
    let mut case: Value = serde_json::from_str(&save(&sample.evidence)).unwrap();
    case["readings"][8]["peer"] = "198.51.100.1:443".into();
    case["readings"][8]["hop"] = "app".into();
    assert_eq!(load(&case.to_string()).unwrap(), sample.evidence);
}

proptest! {
    #[test]
    fn no_bytes_make_loading_panic(bytes in any::<Vec<u8>>()) {
        prop_assert!(load_bytes(&bytes).is_err());
    }

    #[test]
    fn no_damage_makes_loading_or_telling_panic(
        sample in 0_usize..6, at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut case = save(&samples::all()[sample].evidence).into_bytes();
        let at = at.index(case.len());
        case[at] = byte;
        if let Ok(evidence) = load_bytes(&case) {
            let diagnosis = crate::diagnose::diagnose(&evidence);
            let report = report::Report::of(&diagnosis);
            let style = report::Style { colour: false, verbose: true };
            for told in [
                report::text(&report, 80, style),
                report::markdown(&report),
                report::html(&report),
                report::json(&diagnosis).text(),
            ] {
                prop_assert!(!told.chars().any(|c| c != '\n' && c.is_control()));
            }
        }
    }

    #[test]
    fn a_cut_case_is_told_as_cut(keep in any::<prop::sample::Index>()) {
        let case = save(&samples::all()[0].evidence);
        let cut: String = case.chars().take(keep.index(case.chars().count() - 2)).collect();
        let expected = matches!(load(&cut), Err(CaseError::Truncated { .. } | CaseError::Empty));
        prop_assert!(expected, "{:?}", load(&cut));
    }
}
