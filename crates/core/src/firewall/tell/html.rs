//! The report as one page to pass round: the address space drawn, then why.
//!
//! It has the dress and the manners of the diagnosis' page: one file, no scripts, nothing from elsewhere,
//! states told by shape and word, at the width of a telephone, in the dark, on paper.

use super::{Cell, Line, Offered, Reason, Report, Row, Verdict, Way, drawing, words};
use crate::diagnosis::State;
use crate::firewall::addresses::Family;
use crate::report::guard::{escaped, html as said};
use crate::report::html::{card, document, row, sketch};
use crate::report::words::units::count;

const STYLE: &str = include_str!("page.css");

/// The report as one HTML document, ending in a line break.
#[must_use]
pub fn html(report: &Report) -> String {
    let mut body = vec![verdict(report)];
    for walk in &report.walks {
        body.push(way(walk));
    }
    // Of one address there is nothing to be drawn, and its walk says why.
    if report.walks.is_empty() {
        for family in Family::BOTH {
            body.extend(space(family, report));
        }
        body.extend(report.reasons.iter().map(reason));
    }
    if let Some(offered) = &report.offered {
        body.extend(offers(offered));
    }
    body.extend(rest(report));
    body.push(format!(
        "<footer>rayfix {}. Each bar is one range from its first address to its last; the numbers in \
         brackets lead to why.</footer>",
        env!("CARGO_PKG_VERSION")
    ));
    document(&escaped(&report.headline), class(report.verdict), STYLE, &body)
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::LetIn => "healthy",
        Verdict::KeptOut => "blamed",
        Verdict::CannotTell => "untold",
    }
}

fn verdict(report: &Report) -> String {
    let (state, words) = match report.verdict {
        Verdict::LetIn => (State::Works, "Let in"),
        Verdict::KeptOut => (State::Breaks, "Kept out"),
        Verdict::CannotTell => (State::Hidden, "Not to be told yet"),
    };
    let about: String = report
        .about
        .iter()
        .map(|about| format!("<p class=\"mode\">{}</p>\n", said(about)))
        .collect();
    format!(
        "<section class=\"card verdict way\">\n\
         <p class=\"outcome\"><svg viewBox=\"-3 -3 36 36\" aria-hidden=\"true\">{}</svg>{words}</p>\n\
         <h1>{}</h1>\n{about}</section>",
        sketch(state, 15, 15),
        said(&report.headline)
    )
}

/// All ranges of a family, a row each, with a bar for each port.
fn space(family: Family, report: &Report) -> Option<String> {
    let of_it = |row: &&Row| row.ranges.iter().all(|range| Family::of(range.addr()) == family);
    let rows: Vec<&Row> = report.ranges.iter().filter(of_it).collect();
    let first = rows.first()?;
    let fine = |row: &&&Row| row.cells.iter().all(|cell| cell.fate <= super::Fate::Limited);
    let open = rows.iter().filter(fine).count();
    let heads: String =
        first.cells.iter().map(|cell| format!("<th>to port {}</th>", cell.port)).collect();
    let lines: Vec<String> = rows.iter().map(|row| line(row)).collect();
    Some(format!(
        "<section class=\"card space\">\n<h2>{}: {open} of {} let in</h2>\n<table>\n\
         <thead><tr><th>range</th>{heads}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>\n</section>",
        words::family(family),
        super::ranges_of(rows.len()),
        lines.join("\n")
    ))
}

fn line(row: &Row) -> String {
    let Some(range) = row.ranges.first() else { return String::new() };
    let size = match words::how_many([range]) {
        Some(size) => words::addresses(size),
        None => format!("2<sup>{}</sup> addresses", range.max_prefix_len() - range.prefix_len()),
    };
    let cells: String = row
        .cells
        .iter()
        .map(|cell| {
            format!(
                "<td><p class=\"fate {}\"><span class=\"port\">to {}: </span>{}</p>{}</td>",
                fate(cell),
                cell.port,
                cell_told(cell),
                drawing::bar(range, cell)
            )
        })
        .collect();
    format!(
        "<tr><th scope=\"row\">{}<span class=\"size\">{size}</span></th>{cells}</tr>",
        escaped(&row.name)
    )
}

fn fate(cell: &Cell) -> &'static str {
    match cell.fate {
        super::Fate::In => "in",
        super::Fate::Limited => "limited",
        super::Fate::Unknown => "open",
        super::Fate::Out => "out",
    }
}

/// `✗ partly dropped [1]`, the number a link.
fn cell_told(cell: &Cell) -> String {
    let links: Vec<String> = cell
        .reasons
        .iter()
        .map(|number| format!("<a href=\"#why-{number}\">{number}</a>"))
        .collect();
    let links = if links.is_empty() {
        String::new()
    } else {
        format!(" <span class=\"cite\">[{}]</span>", links.join(", "))
    };
    let share =
        match words::how_many(cell.pieces.iter().filter_map(|piece| {
            (super::Fate::of(piece.outcome) == cell.fate).then_some(&piece.prefix)
        })) {
            Some(some) if cell.word.starts_with("partly") => format!(", {} of them", count(some)),
            _ => String::new(),
        };
    format!("{} {}{share}{links}", cell.fate.sign(), escaped(&cell.word))
}

fn reason(reason: &Reason) -> String {
    let mut rows = Vec::new();
    row(&mut rows, "which", "", reason.which.iter().map(|which| said(which)));
    row(&mut rows, "rule", "", reason.rules.iter().map(|rule| said(rule)));
    row(&mut rows, "packet", "", reason.packet.iter().map(|packet| said(packet)));
    row(&mut rows, "made by", "", reason.sources.iter().map(|source| said(source)));
    row(&mut rows, "asks", "", reason.asks.iter().map(|asks| said(asks)));
    let head =
        format!("<h2 id=\"why-{0}\">[{0}] {1}</h2>\n", reason.number, said(&reason.sentence));
    card("finding", &head, &rows)
}

fn way(way: &Way) -> String {
    let mut steps = Vec::new();
    for step in &way.steps {
        if let Some(packet) = step.packet {
            steps.push(format!("<li class=\"packet\">{}</li>", escaped(packet)));
        }
        let hook = match step.hook {
            Some(hook) => format!("<span class=\"hook\">{hook}</span> "),
            None => String::new(),
        };
        let change = if step.change.is_empty() {
            String::new()
        } else {
            format!(": {}", said(&step.change))
        };
        let rule =
            if step.rule.is_empty() { String::new() } else { format!("<br>{}", said(&step.rule)) };
        let source = match &step.source {
            Some(source) => format!("<br><span class=\"names\">{}</span>", said(source)),
            None => String::new(),
        };
        let class = match step.fate {
            super::Fate::In => "in",
            super::Fate::Limited => "limited",
            super::Fate::Unknown => "open",
            super::Fate::Out => "out",
        };
        steps.push(format!(
            "<li class=\"{class}\">{hook}{}: <span class=\"does\">{} {}</span>{change}{rule}{source}</li>",
            said(&step.at),
            step.fate.sign(),
            step.does
        ));
    }
    format!(
        "<section class=\"card walk\">\n<h2>{}</h2>\n<ol>\n{}\n</ol>\n</section>",
        said(&way.headline),
        steps.join("\n")
    )
}

fn offers(offered: &Offered) -> Vec<String> {
    let mut cards = vec![format!(
        "<section class=\"card offered\"><h2>{}</h2></section>",
        said(&offered.headline)
    )];
    for (at, offer) in offered.list.iter().enumerate() {
        let mut rows = Vec::new();
        row(&mut rows, "why", "", [said(&offer.why)]);
        row(&mut rows, "does", "", offer.does.iter().map(|does| said(does)));
        for (label, lines) in [
            ("try", &offer.checks),
            ("run", &offer.commands),
            ("keep", &offer.keeping),
            ("undo", &offer.undo),
        ] {
            row(&mut rows, label, "", copied(lines));
        }
        row(&mut rows, "restart", "", offer.kept.iter().map(|told| said(told)));
        row(&mut rows, "beware", "next", offer.cautions.iter().map(|told| said(told)));
        let head = format!("<h2>{}. {}</h2>\n", at + 1, said(&offer.title));
        cards.push(card("offer", &head, &rows));
    }
    let mut rows = Vec::new();
    row(&mut rows, "besides", "next", offered.besides.iter().map(|told| said(told)));
    row(&mut rows, "left", "next", offered.left.iter().map(|told| said(told)));
    if !rows.is_empty() {
        cards.push(card("rest", "", &rows));
    }
    cards
}

/// Lines to be copied, those of one file together.
fn copied(lines: &[Line]) -> Vec<String> {
    lines
        .chunk_by(|one, other| one.file == other.file)
        .map(|chunk| {
            let texts: Vec<String> = chunk.iter().map(|line| escaped(&line.text)).collect();
            let file = chunk.first().and_then(|line| line.file.as_ref());
            let into = file.map(|file| format!("into {}:", said(file))).unwrap_or_default();
            format!("{into}<pre>{}</pre>", texts.join("\n"))
        })
        .collect()
}

fn rest(report: &Report) -> Option<String> {
    let mut rows = Vec::new();
    let accepted = report.accepted.iter().filter(|_| report.walks.is_empty());
    row(&mut rows, "accepted", "", accepted.map(|accepted| said(accepted)));
    row(&mut rows, "next", "next", report.needs.iter().map(|need| said(need)));
    let commands: Vec<String> = report.commands.iter().map(|command| escaped(command)).collect();
    if !commands.is_empty() {
        row(&mut rows, "commands", "", [format!("<pre>{}</pre>", commands.join("\n"))]);
    }
    row(&mut rows, "note", "", report.notes.iter().map(|note| said(note)));
    row(&mut rows, "not asked", "", report.unasked.iter().map(|told| said(told)));
    row(&mut rows, "assumed", "", report.assumed.iter().map(|told| said(told)));
    row(&mut rows, "unread", "", report.troubles.iter().map(|told| said(told)));
    if rows.is_empty() { None } else { Some(card("rest", "", &rows)) }
}
