//! The report for a ticket: Markdown that any tracker shows, with the answer first.

use super::{Cell, Offered, Report, Row, Way};
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
    if let Some(offered) = &report.offered {
        offers(offered, &mut lines);
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
        ("Not asked", report.unasked.iter().collect()),
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

fn offers(offered: &Offered, lines: &mut Vec<String>) {
    lines.extend([format!("### {}", said(&offered.headline)), String::new()]);
    for (at, offer) in offered.list.iter().enumerate() {
        lines.extend([format!("#### {}. {}", at + 1, said(&offer.title)), String::new()]);
        let rows = [
            ("Why", vec![&offer.why]),
            ("Does", offer.does.iter().collect()),
            ("Restart", offer.kept.iter().collect()),
            ("Beware", offer.cautions.iter().collect()),
        ];
        list(&rows, lines);
        for (label, copied) in [
            ("Try, as root", &offer.checks),
            ("Run, as root", &offer.commands),
            ("Keep", &offer.keeping),
            ("Undo", &offer.undo),
        ] {
            if copied.is_empty() {
                continue;
            }
            lines.extend([format!("{label}:"), String::new()]);
            for line in copied {
                let file = line.file.as_ref().map(|file| file.replace('`', ""));
                let file = file.map(|file| format!("    (in {file})")).unwrap_or_default();
                lines.push(format!("    {}{file}", line.text));
            }
            lines.push(String::new());
        }
    }
    let rows = [
        ("Let in besides", offered.besides.iter().collect::<Vec<_>>()),
        ("Left", offered.left.iter().collect()),
    ];
    list(&rows, lines);
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
