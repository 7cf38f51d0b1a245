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
        if ["one-address-dropped", "one-walk", "hostile", "proposal"].contains(&sample.name) {
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
        (
            "all-shut",
            "None of 22 ranges is let in: 15 ranges are dropped by the policy of `ip filter INPUT`; \
             1 more reason below.",
        ),
        (
            "without-root",
            "Whether Cloudflare is let in cannot be told: only root may list the rules.",
        ),
    ] {
        let sample = all().into_iter().find(|sample| sample.name == name).unwrap();
        assert_eq!(report(&sample).headline, headline);
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for sample in all() {
        let report = report(&sample);
        // What is to be copied is not broken.
        let copied: Vec<String> = report
            .commands
            .iter()
            .cloned()
            .chain(report.offered.iter().flat_map(|offered| {
                offered.list.iter().flat_map(|offer| {
                    [&offer.commands, &offer.checks, &offer.undo, &offer.keeping]
                        .into_iter()
                        .flatten()
                        .map(|line| line.text.clone())
                })
            }))
            .collect();
        for width in [40, 57, 80, 100] {
            let told = text(&report, width, Style { colour: false, verbose: true });
            for line in told.lines().filter(|line| !copied.contains(&line.trim().to_owned())) {
                assert!(line.width() <= width, "{} at {width}: {line}", sample.name);
                assert_eq!(line.trim_end(), line);
            }
        }
    }
}

#[test]
fn a_healthy_host_is_told_in_a_dozen_lines_and_what_is_broken_stands_first() {
    let of = |name: &str| all().into_iter().find(|sample| sample.name == name).unwrap();
    let told = text(&report(&of("healthy")), 80, Style::default());
    assert!(told.lines().count() <= 14, "{told}");
    let told = text(&report(&of("list-is-old")), 80, Style::default());
    let broken = told.find("2c0f:f248::/32    ✗").unwrap();
    assert!(broken < told.find("✓ accepted").unwrap(), "{told}");
}

#[test]
fn colour_adds_nothing_but_colour() {
    for sample in all() {
        let report = report(&sample);
        let coloured = text(&report, 80, Style { colour: true, verbose: false });
        let mut parts = coloured.split('\x1b');
        let mut bare = parts.next().unwrap().to_owned();
        for part in parts {
            bare.push_str(part.split_once('m').unwrap().1);
        }
        let trimmed = |told: &str| told.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&bare), trimmed(&text(&report, 80, Style::default())));
    }
}

#[test]
fn the_names_of_others_are_harmless_in_every_voice() {
    let sample = all().pop().unwrap();
    assert_eq!(sample.name, "hostile");
    let report = report(&sample);
    let style = Style { colour: false, verbose: true };
    let voices = [text(&report, 80, style), markdown(&report), html(&report), document(&sample)];
    for told in &voices {
        let acting = told.chars().find(|c| *c != '\n' && c.is_control() || *c == '\u{202e}');
        assert_eq!(acting, None);
    }
    let [_, ticket, page, document] = voices;
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    for span in guard::pieces(&ticket) {
        if let guard::Piece::Said(text) = span {
            let bare = text.split('\\').map(|part| part.get(1..).unwrap_or_default());
            assert!(!bare.into_iter().any(|part| part.contains(['<', '`'])), "{text}");
        }
    }
    // A program compares names, so it gets them as they are.
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["rulings"][1]["pieces"][0]["by"]["set"], HARM);
    assert_eq!(document["doors"][0]["interface"], HARM);
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    for sample in all() {
        let page = html(&report(&sample));
        for taboo in
            ["<script", "<link", "<img", "<iframe", "url(", "@import", "style=\"", "onload"]
        {
            assert!(!page.contains(taboo), "{}: {taboo}", sample.name);
        }
        assert!(page.contains("default-src 'none'"));
        for link in page.split("href=\"").skip(1) {
            let to = link.split('"').next().unwrap();
            let id = to.strip_prefix('#').unwrap();
            assert!(page.contains(&format!("id=\"{id}\"")), "{}: {to}", sample.name);
        }
    }
}

#[test]
fn a_hole_of_one_address_is_seen_on_the_page_and_read_aloud() {
    let sample = all().into_iter().find(|sample| sample.name == "one-address-dropped").unwrap();
    let page = html(&report(&sample));
    assert_eq!(page.matches("class=\"needle out\"").count(), 1, "one hole, one needle");
    assert!(page.contains(
        "aria-label=\"172.64.0.0/13 to port 443: partly dropped; kept out: 172.64.0.77\""
    ));
    assert!(page.contains("172.64.0.64/28 magnified 32,768 times: 172.64.0.77 kept out"));
    assert_eq!(page.matches("<svg class=\"bar\"").count(), 22 * 2 + 1, "each range at each port");
    assert_eq!(page.matches("role=\"img\" aria-label=").count(), 22 * 2 + 1);
}

#[test]
fn a_drawing_shows_each_part_where_it_lies() {
    let range: IpNet = "172.64.0.0/13".parse().unwrap();
    let piece =
        |prefix: &str, outcome| Piece { prefix: prefix.parse().unwrap(), outcome, by: [].into() };
    let cell = Cell {
        port: 443,
        fate: Fate::Out,
        word: "partly dropped".to_owned(),
        reasons: Vec::new(),
        pieces: vec![
            piece("172.64.0.0/14", Outcome::Accepted),
            piece("172.68.0.0/14", Outcome::Dropped(Step::First)),
        ],
    };
    let bar = drawing::bar(&range, &cell);
    assert!(bar.contains("<rect class=\"in\" x=\"0\" y=\"17\" width=\"500\""), "{bar}");
    assert!(bar.contains("<rect class=\"out\" x=\"500\" y=\"8\" width=\"500\""), "{bar}");
    assert!(!bar.contains("magnified"), "{bar}");
}

#[test]
fn pieces_of_the_whole_address_space_are_drawn_too() {
    for range in ["0.0.0.0/0", "::/0"] {
        let range: IpNet = range.parse().unwrap();
        let one = IpNet::new(range.network(), range.max_prefix_len()).unwrap();
        let piece = Piece { prefix: one, outcome: Outcome::Unknown, by: [].into() };
        let cell = Cell {
            port: 80,
            fate: Fate::Unknown,
            word: "partly unknown".to_owned(),
            reasons: Vec::new(),
            pieces: vec![piece],
        };
        assert!(drawing::bar(&range, &cell).contains("needle open"));
    }
}

#[test]
fn json_covers_each_range_and_says_by_which_rule() {
    let sample = all().into_iter().find(|sample| sample.name == "one-address-dropped").unwrap();
    let document: Value = serde_json::from_str(&document(&sample)).unwrap();
    assert_eq!(document["schema"], "rayfix/firewall/1");
    assert_eq!(document["verdict"], "kept-out");
    assert_eq!(document["manager"], "nftables");
    assert_eq!(document["interface"], "eth0");
    let rulings = document["rulings"].as_array().unwrap();
    assert_eq!(rulings.len(), 44);
    let holed = rulings
        .iter()
        .find(|ruling| ruling["range"] == "172.64.0.0/13" && ruling["port"] == 443)
        .unwrap();
    assert_eq!(holed["verdict"], "mixed");
    let hole = holed["pieces"]
        .as_array()
        .unwrap()
        .iter()
        .find(|piece| piece["verdict"] == "dropped")
        .unwrap();
    assert_eq!(hole["prefix"], "172.64.0.77/32");
    assert_eq!(hole["step"], "first");
    let by = &hole["by"];
    assert_eq!(
        (&by["family"], &by["table"], &by["chain"], &by["handle"], &by["rule"], &by["set"]),
        (
            &"ip".into(),
            &"bl".into(),
            &"pre".into(),
            &7.into(),
            &"ip saddr @bad drop".into(),
            &"bad".into()
        )
    );
    assert_eq!((&by["file"], &by["line"]), (&"/etc/nftables.conf".into(), &12.into()));
    assert!(!hole["trail"].as_array().unwrap().is_empty());
}

#[test]
fn every_document_is_as_the_schema_says() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for sample in all() {
        let document: Value = serde_json::from_str(&document(&sample)).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&document)
            .map(|fault| format!("{} at {}", fault, fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", sample.name);
    }
}

#[test]
fn the_schema_takes_nothing_that_it_does_not_document() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for name in ["one-walk", "proposal", "hostile"] {
        let sample = all().into_iter().find(|sample| sample.name == name).unwrap();
        let document: Value = serde_json::from_str(&document(&sample)).unwrap();
        let mut places = Vec::new();
        objects(&document, "", &mut places);
        for place in places {
            let mut more = document.clone();
            more.pointer_mut(&place).unwrap()["a_field_of_tomorrow"] = true.into();
            assert!(!validator.is_valid(&more), "{name}: {place}");
        }
    }
}

/// Where the objects of a document are; of long lists the first two.
fn objects(value: &Value, at: &str, places: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            places.push(at.to_owned());
            for (key, value) in map {
                objects(value, &format!("{at}/{key}"), places);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().take(2).enumerate() {
                objects(item, &format!("{at}/{number}"), places);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_describes_each_field() {
    fn walk(value: &Value, at: &str) {
        if let Value::Object(map) = value {
            if let Some(Value::Object(fields)) = map.get("properties") {
                for (name, field) in fields {
                    let said = field["description"].as_str().unwrap_or_default();
                    assert!(said.ends_with('.'), "{at}/{name} has no description");
                }
            }
            for (key, value) in map {
                walk(value, &format!("{at}/{key}"));
            }
        } else if let Value::Array(items) = value {
            for item in items {
                walk(item, at);
            }
        }
    }
    walk(&serde_json::from_str(SCHEMA).unwrap(), "");
}

#[test]
fn a_host_without_a_route_back_is_said_to_answer_nobody() {
    let mut sample = all().remove(0);
    for ruling in &mut sample.rulings.rulings {
        let word = if ruling.range.addr().is_ipv4() { "IPv4" } else { "IPv6" };
        let by = [Decider::Route(format!("no {word} route leads back"))].into();
        let outcome = Outcome::Dropped(Step::Reply);
        ruling.pieces = vec![Piece { prefix: ruling.range, outcome, by }];
    }
    assert_eq!(
        report(&sample).headline,
        "No connection from Cloudflare can be answered: no route leads back to any of its 22 ranges."
    );
}

#[test]
fn a_port_that_nobody_listens_on_over_one_family_is_told_with_the_family() {
    let mut sample = all().into_iter().find(|sample| sample.name == "list-is-old").unwrap();
    for listens in &mut sample.rulings.listens {
        listens.2 = Some(listens.0 == Family::V4);
    }
    let notes = report(&sample).notes;
    assert!(notes[0].starts_with("nobody listens on ports 80 and 443 over IPv6"), "{notes:?}");
    assert_eq!(sample.rulings.somebody_listens(80), Some(true));
}

#[test]
fn tables_of_frames_and_of_arp_are_not_passed_over_in_silence() {
    use crate::firewall::model::{Backend, Chain, Part, Rule, Table, TableFamily, Tri};
    let mut sample = all().remove(0);
    let rule = Rule {
        handle: None,
        number: 1,
        text: "drop".to_owned(),
        comment: None,
        parts: vec![Part::Verdict(crate::firewall::model::Verdict::Drop)],
    };
    let chain = Chain { name: "forward".to_owned(), base: None, rules: vec![rule] };
    for (family, chains) in [(TableFamily::Bridge, vec![chain]), (TableFamily::Arp, Vec::new())] {
        sample.ruleset.tables.push(Table {
            backend: Backend::Nft,
            family,
            name: "filter".to_owned(),
            dormant: Tri::No,
            chains,
            sets: Default::default(),
        });
    }
    let notes = report(&sample).notes;
    let told = "`bridge filter` has rules for frames or ARP, below IP: nothing here looks at it";
    assert!(notes.iter().any(|note| note == told), "{notes:?}");
}
