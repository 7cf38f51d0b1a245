//! The diagnosis for programs: `rayfix/diagnosis/1`, as `docs/schema/diagnosis-1.json` has it.
//!
//! It is made straight from the diagnosis, not from the words of the report, and its fields keep
//! the order in which they are declared here. Received text is kept as it came, since programs
//! compare it; what acts on a terminal is written as `\uXXXX`, which says the same.

use serde::Serialize;

use super::symptom::{self, ModeRule};
use super::{guard, timeline};
use crate::diagnosis::{Cleared, Diagnosis, Finding, Note, Station, Symptom, Untold};
use crate::evidence::host::Change;
use crate::evidence::{Answer, Question, Reading, ReadingId, Seen};
use crate::hop::Hop;
use crate::target::{ModeFrom, SslMode};
use jiff::Timestamp;

/// The document of a diagnosis; serialize it, or take its [`text`](Document::text).
#[must_use]
pub fn json<'a>(diagnosis: &'a Diagnosis<'_>) -> Document<'a> {
    let evidence = diagnosis.evidence;
    Document {
        schema: "rayfix/diagnosis/1",
        target: About {
            url: evidence.target.site.to_string(),
            host: &evidence.target.site.host,
            ssl_mode: diagnosis.ssl_mode,
            ssl_mode_from: diagnosis.ssl_mode_from,
            ssl_mode_rule: symptom::mode_rule(diagnosis),
        },
        symptom: &diagnosis.symptom,
        path: &diagnosis.path,
        findings: &diagnosis.findings,
        cleared: &diagnosis.cleared,
        untold: &diagnosis.untold,
        notes: &diagnosis.notes,
        timeline: timeline::changes(diagnosis),
        readings: evidence.readings.iter().map(Row::of).collect(),
        took_ms: evidence.took_ms,
    }
}

/// `rayfix/diagnosis/1`.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    target: About<'a>,
    symptom: &'a Symptom,
    path: &'a [Station],
    findings: &'a [Finding],
    cleared: &'a [Cleared],
    untold: &'a [Untold],
    notes: &'a [Note],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    timeline: Vec<Change>,
    readings: Vec<Row<'a>>,
    took_ms: u64,
}

impl Document<'_> {
    /// Indented, ending in a line break, without a character that acts on a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("every map of a diagnosis has text as keys, and no number is NaN");
        text.push('\n');
        guard::json(text)
    }
}

#[derive(Debug, Serialize)]
struct About<'a> {
    url: String,
    host: &'a str,
    ssl_mode: Option<SslMode>,
    ssl_mode_from: ModeFrom,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssl_mode_rule: Option<ModeRule>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: ReadingId,
    probe: &'a str,
    hop: Hop,
    peer: &'a str,
    at: Timestamp,
    took_ms: u64,
    question: &'a Question,
    answer: &'a Answer<Seen>,
}

impl<'a> Row<'a> {
    fn of(reading: &'a Reading) -> Row<'a> {
        Row {
            id: reading.id,
            probe: &reading.probe,
            hop: reading.hop,
            peer: &reading.peer,
            at: reading.at,
            took_ms: reading.took_ms,
            question: &reading.question,
            answer: &reading.answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, RefusalKind};
    use crate::report::samples;
    use crate::scene::host::firewall_sample::Filter;
    use crate::scene::sample::{Sitting, page};

    const SCHEMA: &str = include_str!("../../../../docs/schema/diagnosis-1.json");

    fn documents() -> Vec<(String, Value)> {
        let mut documents: Vec<(String, Value)> = samples::all()
            .iter()
            .map(|sample| (sample.name.to_owned(), json(&sample.diagnosis()).text()))
            .map(|(name, text)| (name, serde_json::from_str(&text).unwrap()))
            .collect();
        let (all, every) = (samples::all(), samples::every());
        let every = Diagnosis { evidence: &every, ..all[0].diagnosis() };
        documents.push(("every".to_owned(), serde_json::to_value(json(&every)).unwrap()));
        documents
    }

    #[test]
    fn every_kind_of_document_is_as_the_schema_says() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for (name, document) in documents() {
            let faults: Vec<String> = validator
                .iter_errors(&document)
                .map(|fault| format!("{} at {}", fault, fault.instance_path()))
                .collect();
            assert!(faults.is_empty(), "{name}: {faults:#?}");
        }
    }

    #[test]
    fn the_schema_takes_nothing_that_it_does_not_document() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let (_, document) = documents().pop().unwrap();
        let mut places = Vec::new();
        objects(&document, "", &mut places);
        assert!(places.len() > 100);
        for place in places {
            let mut more = document.clone();
            more.pointer_mut(&place).unwrap()["a_field_of_tomorrow"] = true.into();
            let open = ["/findings/0/detail"].contains(&place.as_str());
            assert_eq!(validator.is_valid(&more), open, "{place}");
        }
    }

    fn objects(value: &Value, at: &str, places: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                places.push(at.to_owned());
                for (key, value) in map {
                    objects(value, &format!("{at}/{key}"), places);
                }
            }
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    objects(item, &format!("{at}/{number}"), places);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn a_packet_filter_is_told_as_the_schema_says() {
        let filter = Filter::open()
            .shuts_family(443, true)
            .bans(443, &["172.64.0.77/32"])
            .drops(80, &["104.16.0.0/13"])
            .loses(80, &["162.158.0.0/15"], "blackhole 162.158.0.0/15")
            .in_part();
        let evidence = Sitting::filtered().visits(522, page(522)).filter(filter).evidence();
        let text = json(&crate::diagnose::diagnose(&evidence)).text();
        let document: Value = serde_json::from_str(&text).unwrap();
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let faults: Vec<String> = validator.iter_errors(&document).map(|f| f.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        assert!(text.contains("\"told\": \"firewall\""));
    }

    #[test]
    fn the_account_is_told_as_the_schema_says() {
        let question = AccountQuestion::Zone { name: "shop.example.test".to_owned() };
        let kind = RefusalKind::Limited;
        let evidence = Sitting::new()
            .visits(530, page(1033))
            .account(question, AccountAnswer::Zone { zone: None })
            .account_refuses(AccountQuestion::TrustStore, RefusalKind::OutOfScope)
            .account_refuses(AccountQuestion::OriginPulls { host: None }, kind)
            .tunnelled("down")
            .evidence();
        let text = json(&crate::diagnose::diagnose(&evidence)).text();
        let document: Value = serde_json::from_str(&text).unwrap();
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let faults: Vec<String> = validator.iter_errors(&document).map(|f| f.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        assert_eq!(document["timeline"][0]["kind"], "account");
        assert_eq!(document["findings"][0]["detail"]["status"], "down");
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
    fn fields_stand_in_the_order_of_the_contract() {
        let text = json(&samples::all()[0].diagnosis()).text();
        assert!(text.starts_with("{\n  \"schema\": \"rayfix/diagnosis/1\",\n  \"target\": {"));
        let order: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("  \""))
            .filter_map(|line| line.split('"').next())
            .collect();
        assert_eq!(
            order,
            [
                "schema", "target", "symptom", "path", "findings", "cleared", "untold", "notes",
                "readings", "took_ms"
            ]
        );
    }
}
