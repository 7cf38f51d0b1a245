//! The report for a terminal: the answer, the table, then why, the worst first.
//!
//! A row that would be wider than the terminal becomes one line a port, so that it can be read on a
//! telephone too.

use unicode_width::UnicodeWidthStr;

use super::{Cell, Fate, Line, Offered, Reason, Report, Row, Verdict, Way};
use crate::report::Style;
use crate::report::text::{Ink, Page};

/// The most reasons that are told in full, where not all are wanted.
const REASONS: usize = 6;

/// The report as lines of at most `width` columns (40 to 100), each ending in a line break.
#[must_use]
pub fn text(report: &Report, width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    page.line("", Ink::Bold, &report.headline);
    for about in &report.about {
        page.line("", Ink::Plain, about);
    }
    page.blank();
    if report.walks.is_empty() || style.verbose {
        table(&mut page, if style.verbose { &report.ranges } else { &report.rows });
    }
    let shown = if style.verbose { report.reasons.len() } else { REASONS };
    if report.walks.is_empty() || style.verbose {
        for told in report.reasons.iter().take(shown) {
            reason(&mut page, told);
        }
        if report.reasons.len() > shown {
            let more = report.reasons.len() - shown;
            page.line("  ", Ink::Dim, &format!("{more} more (--verbose tells them)"));
            page.blank();
        }
    }
    for walk in &report.walks {
        way(&mut page, walk);
    }
    if let Some(offered) = &report.offered {
        offers(&mut page, offered);
    }
    rest(&mut page, report, style);
    while page.lines.ends_with("\n\n") {
        page.lines.pop();
    }
    page.lines
}

fn ink(fate: Fate) -> Ink {
    match fate {
        Fate::In => Ink::Good,
        Fate::Limited | Fate::Unknown => Ink::Open,
        Fate::Out => Ink::Bad,
    }
}

/// `✗ partly dropped [1]`.
fn told(cell: &Cell) -> String {
    let reasons: Vec<String> = cell.reasons.iter().take(3).map(ToString::to_string).collect();
    let cites = match (reasons.len(), cell.reasons.len() > 3) {
        (0, _) => String::new(),
        (_, false) => format!(" [{}]", reasons.join(", ")),
        (_, true) => format!(" [{}…]", reasons.join(", ")),
    };
    format!("{} {}{cites}", cell.fate.sign(), cell.word)
}

fn table(page: &mut Page, rows: &[Row]) {
    let Some(first) = rows.first() else { return };
    let ports: Vec<String> = first.cells.iter().map(|cell| cell.port.to_string()).collect();
    let name = rows.iter().map(|row| row.name.width()).max().unwrap_or(0);
    let column = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(at));
        let widest = cells.map(|cell| told(cell).width()).max().unwrap_or(0);
        widest.max(ports.get(at).map_or(0, |port| port.width()))
    };
    let columns: Vec<usize> = (0..ports.len()).map(column).collect();
    let whole = 2 + name + columns.iter().map(|width| width + 2).sum::<usize>();
    if whole <= page.width {
        let mut heads = format!("  {:name$}", "");
        for (port, width) in ports.iter().zip(&columns) {
            heads.push_str(&format!("  {port:width$}"));
        }
        let heads = page.ink(Ink::Dim, heads.trim_end());
        page.push(&heads);
        for row in rows {
            let mut line = format!("  {:name$}", row.name);
            for (cell, width) in row.cells.iter().zip(&columns) {
                let told = told(cell);
                let pad = " ".repeat(width.saturating_sub(told.width()));
                line.push_str(&format!("  {}{pad}", page.ink(ink(cell.fate), &told)));
            }
            page.push(line.trim_end());
        }
    } else {
        for row in rows {
            page.line("  ", Ink::Plain, &row.name);
            // Ports that say the same are one line.
            let mut lines: Vec<(String, String, Fate)> = Vec::new();
            for cell in &row.cells {
                let told = told(cell);
                match lines.iter_mut().find(|(_, known, _)| *known == told) {
                    Some((ports, _, _)) => ports.push_str(&format!(", {}", cell.port)),
                    None => lines.push((cell.port.to_string(), told, cell.fate)),
                }
            }
            for (ports, told, fate) in lines {
                page.line("    ", ink(fate), &format!("{told} on {ports}"));
            }
        }
    }
    page.blank();
}

fn reason(page: &mut Page, reason: &Reason) {
    let number = format!("[{}]", reason.number);
    let tint = if reason.fate() == Fate::Out { Ink::Bold } else { Ink::Plain };
    page.wrapped(&format!("{number:>4} "), "     ", tint, &reason.sentence);
    let mut rows: Vec<(&str, &str)> = Vec::new();
    if let Some(which) = &reason.which {
        rows.push(("which", which));
    }
    for (at, rule) in reason.rules.iter().enumerate() {
        rows.push((if at == 0 { "rule" } else { "" }, rule));
    }
    if let Some(packet) = &reason.packet {
        rows.push(("packet", packet));
    }
    for (at, source) in reason.sources.iter().enumerate() {
        rows.push((if at == 0 { "made by" } else { "" }, source));
    }
    for (at, ask) in reason.asks.iter().enumerate() {
        rows.push((if at == 0 { "asks" } else { "" }, ask));
    }
    for (label, text) in rows {
        page.wrapped(&format!("     {label:<7} "), "             ", Ink::Plain, text);
    }
    page.blank();
}

fn way(page: &mut Page, way: &Way) {
    page.line("", Ink::Bold, &way.headline);
    for step in &way.steps {
        if let Some(packet) = step.packet {
            page.line("  ", Ink::Plain, packet);
        }
        if let Some(hook) = step.hook {
            page.line("    ", Ink::Dim, hook);
        }
        let change =
            if step.change.is_empty() { String::new() } else { format!(": {}", step.change) };
        let line = format!("{} {}: {}{change}", step.fate.sign(), step.at, step.does);
        page.wrapped("      ", "        ", ink_of(step.fate), &line);
        if !step.rule.is_empty() {
            page.line("          ", Ink::Plain, &step.rule);
        }
        if let Some(source) = &step.source {
            page.line("          ", Ink::Dim, source);
        }
    }
    page.blank();
}

/// What lets through needs no colour in a walk.
fn ink_of(fate: Fate) -> Ink {
    if fate == Fate::In { Ink::Plain } else { ink(fate) }
}

fn offers(page: &mut Page, offered: &Offered) {
    page.line("", Ink::Bold, &offered.headline);
    page.blank();
    for (at, offer) in offered.list.iter().enumerate() {
        page.line("  ", Ink::Bold, &format!("{}. {}", at + 1, offer.title));
        page.row("why", &offer.why);
        for (at, does) in offer.does.iter().enumerate() {
            page.row(if at == 0 { "does" } else { "" }, does);
        }
        for (label, lines) in [
            ("try", &offer.checks),
            ("run", &offer.commands),
            ("keep", &offer.keeping),
            ("undo", &offer.undo),
        ] {
            copied(page, label, lines);
        }
        for (label, told) in [("restart", &offer.kept), ("beware", &offer.cautions)] {
            for (at, told) in told.iter().enumerate() {
                page.row(if at == 0 { label } else { "" }, told);
            }
        }
        page.blank();
    }
    for (label, told) in [("besides", &offered.besides), ("left", &offered.left)] {
        for (at, told) in told.iter().enumerate() {
            page.row(if at == 0 { label } else { "" }, told);
        }
    }
    if !offered.besides.is_empty() || !offered.left.is_empty() {
        page.blank();
    }
}

/// Lines that are to be copied: none of them is broken.
fn copied(page: &mut Page, label: &str, lines: &[Line]) {
    let mut file: Option<&str> = None;
    for (at, line) in lines.iter().enumerate() {
        let into = line.file.as_deref();
        if at == 0 || into != file {
            let told = match into {
                Some(file) => format!("put into {file}:"),
                None => String::new(),
            };
            page.row(
                if at == 0 { label } else { "" },
                if told.is_empty() { "as root" } else { &told },
            );
        }
        file = into;
        page.push(&format!("    {}", line.text));
    }
}

fn rest(page: &mut Page, report: &Report, style: Style) {
    let before = page.lines.len();
    if let (Some(accepted), true) = (&report.accepted, report.walks.is_empty()) {
        page.row("accepted", accepted);
    }
    for (at, need) in report.needs.iter().enumerate() {
        page.row(if at == 0 { "next" } else { "" }, need);
    }
    if !report.commands.is_empty() {
        page.blank();
        // To be copied: a command is not broken.
        for command in &report.commands {
            page.push(&format!("    {command}"));
        }
        page.blank();
    }
    for note in &report.notes {
        page.row("note", note);
    }
    if style.verbose {
        for unasked in &report.unasked {
            page.row("unasked", unasked);
        }
    }
    let unsure = style.verbose || report.verdict == Verdict::CannotTell;
    let most = if unsure { usize::MAX } else { 3 };
    for told in report.assumed.iter().take(most) {
        page.row("assumed", told);
    }
    for told in report.troubles.iter().take(most) {
        page.row("unread", told);
    }
    let more =
        report.assumed.len().saturating_sub(most) + report.troubles.len().saturating_sub(most);
    if more > 0 {
        page.row("", &format!("and {more} more (--verbose tells them)"));
    }
    if page.lines.len() > before {
        page.blank();
    }
}
