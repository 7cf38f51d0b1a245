//! What people read, as snapshots, and what holds for every report.
//!
//! A snapshot is accepted after it was read aloud.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::samples::{HARM, Sample, all};
use super::*;
use crate::report::Style;

const SCHEMA: &str = include_str!("../../../../../docs/schema/firewall-1.json");

fn report(sample: &Sample) -> Report {
    sample.seen(Report::of)
}

fn document(sample: &Sample) -> String {
    sample.seen(|seen| json(seen, &Report::of(seen)))
}

fn snapshot(name: &str, voice: &str, told: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("{name}.{voice}"), told);
    });
}

#[test]
fn every_voice_reads_as_it_did() {
    for sample in all() {
        let report = report(&sample);
        snapshot(sample.name, "txt", &text(&report, 80, Style::default()));
        snapshot(sample.name, "md", &markdown(&report));
        if ["one-address-dropped", "one-walk", "hostile"].contains(&sample.name) {
            let page = html(&report)
                .replace(include_str!("../../report/page.css"), "(page.css)\n")
                .replace(include_str!("page.css"), "(page.css)\n");
            snapshot(sample.name, "html", &page);
        }
    }
    let samples = all();
    let of = |name: &str| samples.iter().find(|sample| sample.name == name).unwrap();
    for name in ["several-reasons", "one-address-dropped", "one-walk", "healthy"] {
        let narrow = text(&report(of(name)), 40, Style::default());
        snapshot(&format!("{name}-narrow"), "txt", &narrow);
    }
    let verbose = Style { colour: false, verbose: true };
    snapshot("list-is-old-verbose", "txt", &text(&report(of("list-is-old")), 80, verbose));
}

#[test]
fn the_headline_is_the_answer() {
    for (name, headline) in [
        ("healthy", "Cloudflare is let in: all 22 ranges, on 80 and 443."),
        (
            "list-is-old",
            "21 of 22 ranges are let in; 2c0f:f248::/32 is dropped by the policy of `ip6 filter INPUT`.",
        ),
    ] {
        let sample = all().into_iter().find(|sample| sample.name == name).unwrap();
        assert_eq!(report(&sample).headline, headline);
    }
}
