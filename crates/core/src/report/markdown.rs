//! The report for a ticket: Markdown that any tracker shows, with the finding first.
//!
//! No HTML, no links, no images: trackers strip or rewrite them. Received text stands in code
//! spans, where it cannot mention people, close a table or fetch anything.

use super::guard::markdown as said;
use super::words::units::{capital, list_of};
use super::{Passage, Report, Told, sign};
use crate::diagnosis::Outcome;

/// The report as one Markdown document, ending in a line break.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut lines = vec![format!("## {}: {}", said(&report.host), said(&report.headline))];
    blank(&mut lines);
    lines.push(format!("{} {}.", sentence(&report.symptom), said(&report.ssl_mode)));
    blank(&mut lines);
    path(report, &mut lines);
    for told in &report.findings {
        finding(told, report, &mut lines);
    }
    timeline(report, &mut lines);
    rest(report, &mut lines);
    readings(report, &mut lines);
    lines.join("\n") + "\n"
}

fn path(report: &Report, lines: &mut Vec<String>) {
    let cell = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut heads = vec!["visitor".to_owned()];
    let mut states = vec![String::new()];
    for stop in &report.way {
        let (mark, word) = sign(stop.state);
        heads.push(stop.hop.word().to_owned());
        states.push(format!("{mark} {word}"));
    }
    let rule = vec!["---".to_owned(); heads.len()];
    lines.extend([cell(heads), cell(rule), cell(states)]);
    blank(lines);
}

fn finding(told: &Told, report: &Report, lines: &mut Vec<String>) {
    lines.push(format!("### {} {}: {}", told.code, told.cause, told.confidence.word()));
    blank(lines);
    if report.findings.len() > 1 {
        lines.push(said(&told.headline));
        blank(lines);
    }
    for (label, passages) in [("Because", &told.because), ("While", &told.contrast)] {
        for passage in passages {
            lines.push(format!("- **{label}** {}", cited(passage)));
        }
    }
    for title in &told.explains {
        lines.push(format!("- **Explains** that {}", said(title)));
    }
    if let Some(hidden) = &told.hidden {
        lines.push(format!("- **Hidden** {}", said(hidden)));
    }
    if let Some(fix) = &told.fix {
        lines.push(format!("- **Fix** {}", said(fix)));
    }
    for command in &told.commands {
        lines.push(format!("- **Fix** {}", said(&format!("`{command}`"))));
    }
    lines.push(format!("- **More** {}", said(&format!("`{}`", told.more))));
    blank(lines);
}

fn timeline(report: &Report, lines: &mut Vec<String>) {
    let Some(timeline) = &report.timeline else { return };
    let heading = Passage::new(timeline.heading.clone(), &timeline.cites);
    lines.push(format!("### {}", cited(&heading)));
    blank(lines);
    for line in &timeline.lines {
        lines.push(format!("- {} {}", line.time, said(&line.text)));
    }
    lines.extend(timeline.unseen.iter().map(|unseen| format!("- {}", said(unseen))));
    blank(lines);
}

fn rest(report: &Report, lines: &mut Vec<String>) {
    let before = lines.len();
    for need in report.told_needs() {
        let names = list_of(&need.causes, 3);
        lines.push(match report.outcome {
            Outcome::Blamed => {
                format!("- **Open** {}. To tell: {}", said(&names), said(&need.what))
            }
            Outcome::Healthy | Outcome::CannotTell => {
                format!("- **Next** {}. It would decide {}", said(&need.what), said(&names))
            }
        });
    }
    if report.outcome != Outcome::Blamed {
        if let Some(cleared) = &report.cleared {
            lines.push(format!("- **Cleared** {}", cited(cleared)));
        }
        for passage in &report.unasked {
            lines.push(format!("- **Not asked** {}", cited(passage)));
        }
    }
    for note in &report.notes {
        lines.push(format!("- **Note** {}", cited(note)));
    }
    if let (Some(next), true) = (&report.next, report.shows_next()) {
        lines.push(format!("- **Next** {}", said(next)));
    }
    if lines.len() > before {
        blank(lines);
    }
}

fn readings(report: &Report, lines: &mut Vec<String>) {
    lines.push("### Readings".to_owned());
    blank(lines);
    for line in &report.readings {
        let mark = if line.cited { "**" } else { "" };
        lines.push(format!("- {mark}\\[{}\\]{mark} {}", line.id.0, said(&line.sentence)));
    }
    blank(lines);
    let when = report.asked.as_ref().map(|at| format!("asked {at}, ")).unwrap_or_default();
    lines.push(format!(
        "rayfix {}, {}, {when}took {}",
        env!("CARGO_PKG_VERSION"),
        said(&report.site),
        report.took
    ));
}

fn cited(passage: &Passage) -> String {
    let citation = passage.citation();
    let gap = if citation.is_empty() { "" } else { " " };
    said(&format!("{}{gap}{citation}", passage.text))
}

fn sentence(passage: &Passage) -> String {
    cited(&Passage { text: capital(&passage.text), ..passage.clone() }) + "."
}

fn blank(lines: &mut Vec<String>) {
    lines.push(String::new());
}
