//! The report for a ticket: Markdown that any tracker shows, with the answer first.

use super::{Cell, Report, Row, Way};
use crate::report::guard::markdown as said;

/// The report as one Markdown document, ending in a line break.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut lines = vec![format!("## {}", said(&report.headline)), String::new()];
    for about in &report.about {
        lines.extend([said(about), String::new()]);
    }
    if report.walks.is_empty() {
        table(&report.rows, &mut lines);
        for reason in &report.reasons {
            lines.push(format!("### \\[{}\\] {}", reason.number, said(&reason.sentence)));
            lines.push(String::new());
            let rows = [
                ("Which", reason.which.iter().collect::<Vec<_>>()),
                ("Rule", reason.rules.iter().collect()),
                ("Packet", reason.packet.iter().collect()),
                ("Made by", reason.sources.iter().collect()),
                ("Asks", reason.asks.iter().collect()),
            ];
            list(&rows, &mut lines);
        }
    }
    for walk in &report.walks {
        way(walk, &mut lines);
    }
    let accepted = report.accepted.iter().filter(|_| report.walks.is_empty());
    let rows =
        [("Accepted", accepted.collect::<Vec<_>>()), ("Next", report.needs.iter().collect())];
    list(&rows, &mut lines);
    if !report.commands.is_empty() {
        lines.extend(report.commands.iter().map(|command| format!("    {command}")));
        lines.push(String::new());
    }
    let rows = [
        ("Note", report.notes.iter().collect::<Vec<_>>()),
        ("Assumed", report.assumed.iter().collect()),
        ("Unread", report.troubles.iter().collect()),
    ];
    list(&rows, &mut lines);
    lines.push(format!("rayfix {}", env!("CARGO_PKG_VERSION")));
    lines.join("\n") + "\n"
}

fn table(rows: &[Row], lines: &mut Vec<String>) {
    let Some(first) = rows.first() else { return };
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let ports = first.cells.iter().map(|cell| format!("to {}", cell.port));
    lines.push(line(std::iter::once("range".to_owned()).chain(ports).collect()));
    lines.push(line(vec!["---".to_owned(); first.cells.len() + 1]));
    for row in rows {
        let cells = row.cells.iter().map(cell);
        lines.push(line(std::iter::once(said(&row.name)).chain(cells).collect()));
    }
    lines.push(String::new());
}

fn cell(cell: &Cell) -> String {
    let cites: Vec<String> = cell.reasons.iter().map(ToString::to_string).collect();
    let cites = if cites.is_empty() { String::new() } else { format!(" [{}]", cites.join(", ")) };
    said(&format!("{} {}{cites}", cell.fate.sign(), cell.word))
}

fn list(rows: &[(&str, Vec<&String>)], lines: &mut Vec<String>) {
    let before = lines.len();
    for (label, texts) in rows {
        lines.extend(texts.iter().map(|text| format!("- **{label}** {}", said(text))));
    }
    if lines.len() > before {
        lines.push(String::new());
    }
}

fn way(way: &Way, lines: &mut Vec<String>) {
    lines.extend([format!("### {}", said(&way.headline)), String::new()]);
    for step in &way.steps {
        if let Some(packet) = step.packet {
            lines.push(format!("- **{packet}**"));
        }
        let hook = step.hook.map(|hook| format!("{hook}: ")).unwrap_or_default();
        let change =
            if step.change.is_empty() { String::new() } else { format!(": {}", step.change) };
        let rule = if step.rule.is_empty() { String::new() } else { format!(": {}", step.rule) };
        let from = step.source.as_ref().map(|from| format!(" ({from})")).unwrap_or_default();
        let told =
            format!("{hook}{} {} {}{change}{rule}{from}", step.fate.sign(), step.at, step.does);
        lines.push(format!("  - {}", said(&told)));
    }
    lines.push(String::new());
}
