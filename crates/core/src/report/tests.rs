//! What people read, as snapshots, and what holds for every report.
//!
//! A snapshot is accepted after it was read aloud.

use unicode_width::UnicodeWidthStr;

use super::samples::{HARM, Sample, all};
use super::*;

fn report(sample: &Sample) -> Report {
    Report::of(&sample.diagnosis())
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
        snapshot(
            sample.name,
            "html",
            &html(&report).replace(include_str!("page.css"), "(page.css)\n"),
        );
    }
    let narrow = text(&report(&all()[0]), 40, Style::default());
    snapshot("certificate-expired-narrow", "txt", &narrow);
    let coloured = text(&report(&all()[1]), 80, Style { colour: true, verbose: true });
    snapshot("origin-silent-coloured", "txt", &coloured.replace('\x1b', "␛"));
}

#[test]
fn the_same_diagnosis_gives_the_same_bytes() {
    for sample in all() {
        let case = crate::case::save(&sample.evidence);
        let again = crate::case::load(&case).unwrap();
        assert_eq!(again, sample.evidence, "{}", sample.name);
        let (one, two) = (sample.diagnosis(), Diagnosis { evidence: &again, ..sample.diagnosis() });
        assert_eq!(json(&one).text(), json(&two).text());
        let (one, two) = (Report::of(&one), Report::of(&two));
        assert_eq!(one, two);
        assert_eq!(html(&one), html(&two));
        assert_eq!(markdown(&one), markdown(&two));
        assert_eq!(text(&one, 80, Style::default()), text(&two, 80, Style::default()));
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for sample in all() {
        let report = report(&sample);
        for width in [40, 57, 72, 80, 100] {
            let told = text(&report, width, Style { colour: false, verbose: true });
            for line in told.lines() {
                assert!(line.width() <= width, "{} at {width}: {line}", sample.name);
                assert_eq!(line.trim_end(), line);
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for sample in all() {
        let report = report(&sample);
        let plain = text(&report, 80, Style::default());
        let mut bare = String::new();
        let coloured = text(&report, 80, Style { colour: true, verbose: false });
        let mut parts = coloured.split('\x1b');
        bare.push_str(parts.next().unwrap());
        for part in parts {
            bare.push_str(part.split_once('m').unwrap().1);
        }
        let trimmed = |told: &str| told.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&bare), trimmed(&plain), "{}", sample.name);
    }
}

#[test]
fn what_a_peer_sends_is_harmless_in_every_voice() {
    let sample = all().pop().unwrap();
    assert_eq!(sample.name, "hostile");
    let (diagnosis, report) = (sample.diagnosis(), report(&sample));
    let style = Style { colour: false, verbose: true };
    for told in
        [text(&report, 80, style), markdown(&report), html(&report), json(&diagnosis).text()]
    {
        let acting = told.chars().find(|c| *c != '\n' && c.is_control() || *c == '\u{202e}');
        assert_eq!(acting, None);
        assert!(!told.contains("\u{9b}"));
    }
    let page = html(&report);
    assert!(!page.contains("<script") && !page.contains("<b>"));
    let ticket = markdown(&report);
    for span in super::guard::pieces(&ticket) {
        if let super::guard::Piece::Said(text) = span {
            let bare = text.split('\\').map(|part| part.get(1..).unwrap_or_default());
            assert!(!bare.into_iter().any(|part| part.contains(['<', '`'])), "{text}");
        }
    }
    // What was received is told all the same, since it may be the proof.
    assert!(page.contains("&lt;script&gt;alert(1)"));
    let received: serde_json::Value = serde_json::from_str(&json(&diagnosis).text()).unwrap();
    assert_eq!(received["findings"][0]["detail"]["issuer"], HARM);
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    for sample in all() {
        let page = html(&report(&sample));
        for taboo in ["<script", "<link", "<img", "<iframe", "url(", "@import", " on", "style=\""] {
            let found = match taboo {
                // Event handlers: a word that begins with `on` and goes on with an equals sign.
                " on" => page.split(" on").skip(1).any(|rest| {
                    let word: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
                    rest[word.len()..].starts_with('=')
                }),
                taboo => page.contains(taboo),
            };
            assert!(!found, "{}: {taboo}", sample.name);
        }
        assert!(page.contains("default-src 'none'"));
        let outside = page.split("href=\"").skip(1).all(|rest| rest.starts_with("#r"));
        assert!(outside, "{}", sample.name);
    }
}

#[test]
fn every_citation_leads_to_a_reading_that_is_shown() {
    for sample in all() {
        let report = report(&sample);
        let page = html(&report);
        for told in &report.findings {
            assert!(!told.because.is_empty());
            for passage in told.because.iter().chain(&told.contrast) {
                assert!(!passage.cites.is_empty());
                for id in &passage.cites {
                    assert!(page.contains(&format!("<tr id=\"{id}\"")), "{id}");
                    assert!(report.readings.iter().any(|line| line.id == *id && line.cited));
                }
            }
        }
    }
}

#[test]
fn no_sentence_of_ours_hedges_shouts_or_pleads() {
    for sample in all().iter().filter(|sample| sample.name != "hostile") {
        let report = report(sample);
        let told = text(&report, 100, Style { colour: false, verbose: true });
        for taboo in ["invalid", "unexpected", "went wrong", "please", "!"] {
            assert!(!told.to_lowercase().contains(taboo), "{}: {taboo}", sample.name);
        }
    }
}

#[test]
fn citations_are_short() {
    let cite = |ids: &[u32]| {
        Passage::new("", &ids.iter().copied().map(ReadingId).collect::<Vec<_>>()).citation()
    };
    assert_eq!(cite(&[]), "");
    assert_eq!(cite(&[7]), "[7]");
    assert_eq!(cite(&[8, 7]), "[7, 8]");
    assert_eq!(cite(&[9, 3, 4, 5, 4]), "[3-5, 9]");
    assert_eq!(cite(&[u32::MAX]), "[4294967295]");
}

#[test]
fn a_fix_names_the_site_and_the_origin_as_they_were_seen() {
    let samples = all();
    let sample = samples.iter().find(|sample| sample.name == "certificate-expired").unwrap();
    let diagnosis = sample.diagnosis();
    let finding = |hop| Finding { hop, ..diagnosis.findings[0].clone() };
    for (hop, manual, told) in [
        (
            Hop::Http,
            "try `curl --connect-to ::ORIGIN https://NAME/`, NAME",
            "try `curl --connect-to ::203.0.113.7 https://shop.example.test/`, NAME",
        ),
        (Hop::Http, "`time curl https://NAME/PATH`", "`time curl https://shop.example.test/cart`"),
        (Hop::Tls, "`openssl -connect ORIGIN:443`", "`openssl -connect 203.0.113.7:443`"),
        (
            Hop::Net,
            "`mtr -n ORIGIN_IP` and `systemctl status APP`",
            "`mtr -n 203.0.113.7` and `systemctl status APP`",
        ),
    ] {
        assert_eq!(filled(manual, &finding(hop), &diagnosis), told);
    }
}

#[test]
fn a_path_that_a_shell_would_act_on_stays_out_of_commands() {
    let mut evidence = all().remove(0).evidence;
    evidence.target.site.path = "/$(reboot);`id`".to_owned();
    let samples = all();
    let diagnosis = Diagnosis { evidence: &evidence, ..samples[0].diagnosis() };
    let told = filled("`curl https://NAME/PATH`", &diagnosis.findings[0], &diagnosis);
    assert_eq!(told, "`curl https://shop.example.test/`");
}
