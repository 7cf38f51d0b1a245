//! The report for a terminal.

use unicode_width::UnicodeWidthStr;

use super::{LEGEND, column, head, table, told};
use crate::radius::change::Change;
use crate::radius::report::Report;
use crate::report::Style;
use crate::report::text::{Ink, Page};
use crate::target::SslMode;

/// The widest column of names.
const NAME: usize = 32;

/// The report as lines of at most `width` columns (40 to 100), each ending in a line break.
#[must_use]
pub fn text(report: &Report<'_>, width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    page.line("", Ink::Bold, &report.headline);
    page.blank();
    if report.wanted.is_some() && report.zone.mode.is_some() {
        for change in Change::ALL {
            section(&mut page, report, change, style.verbose);
        }
    } else if !report.rows.is_empty() && !report.zone.paused {
        modes(&mut page, report, style.verbose);
    }
    for note in &report.notes {
        page.wrapped("  note  ", "        ", Ink::Plain, note);
    }
    let mut lines = page.lines;
    while lines.ends_with("\n\n") {
        lines.pop();
    }
    lines
}

fn section(page: &mut Page, report: &Report<'_>, change: Change, all: bool) {
    let told = told(report, change, all);
    if told.is_empty() {
        return;
    }
    let (sign, ink) = match change {
        Change::Breaks => ("✗", Ink::Bad),
        Change::Unknown => ("?", Ink::Open),
        Change::Differs => ("✗", Ink::Open),
        Change::Mends => ("✓", Ink::Good),
        Change::Unchanged | Change::NotAffected => ("=", Ink::Dim),
    };
    let number: usize = told.iter().map(|told| told.number).sum();
    page.push(&page.ink(ink, &format!("{sign} {}: {number}", head(change))));
    let widest = |of: &dyn Fn(&super::Told) -> usize, most: usize| {
        told.iter().map(of).filter(|width| *width <= most).max().unwrap_or(0)
    };
    let names = widest(&|told| told.names.width(), NAME);
    let words = widest(&|told| told.words.width(), NAME);
    for told in &told {
        let lead = if told.number > 1 { format!("  {} × ", told.number) } else { "  ".to_owned() };
        let mut line = told.names.clone();
        pad(&mut line, names);
        if !told.words.is_empty() {
            line.push_str("  ");
            let mut cell = told.words.clone();
            pad(&mut cell, words);
            line.push_str(&cell);
        }
        if !told.why.is_empty() {
            line.push_str("  ");
            line.push_str(&told.why);
        }
        if lead.width() + line.trim_end().width() <= page.width {
            page.push(&format!("{lead}{line}"));
        } else {
            page.wrapped(&lead, "      ", Ink::Plain, line.trim_end());
        }
    }
    page.blank();
}

fn modes(page: &mut Page, report: &Report<'_>, all: bool) {
    let rows = table(report, all);
    let names = rows.iter().map(|(name, _)| name.width().min(NAME)).max().unwrap_or(0);
    let heads = SslMode::ALL.map(|mode| column(report, mode));
    let line = |name: &str, cells: &[String; 5]| {
        let mut line = name.to_owned();
        pad(&mut line, names);
        for (cell, head) in cells.iter().zip(&heads) {
            line.push_str("  ");
            let mut cell = cell.clone();
            pad(&mut cell, head.width().max(4));
            line.push_str(&cell);
        }
        line
    };
    page.push(&page.ink(Ink::Dim, line("", &heads).trim_end()));
    for (name, cells) in &rows {
        if name.width() <= names {
            page.push(&line(name, cells));
        } else {
            page.wrapped("", "  ", Ink::Plain, name);
            page.push(&line("", cells));
        }
    }
    page.blank();
    page.line("  ", Ink::Dim, LEGEND);
    page.blank();
}

fn pad(text: &mut String, width: usize) {
    let missing = width.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', missing));
}
