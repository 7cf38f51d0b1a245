//! The report as one page to pass round, in the dress of the diagnosis' page.

use super::{LEGEND, column, head, table, told};
use crate::diagnosis::State;
use crate::radius::change::Change;
use crate::radius::report::{Report, Verdict};
use crate::report::guard::{escaped, html as said};
use crate::report::html::{card, document, row, sketch};
use crate::report::words::units::capital;
use crate::target::SslMode;

/// The firewall's page has tables as well; theirs is this one's dress.
const STYLE: &str = include_str!("page.css");

/// The report as one HTML document, ending in a line break.
#[must_use]
pub fn html(report: &Report<'_>) -> String {
    let mut body = vec![verdict(report)];
    if report.wanted.is_some() && report.zone.mode.is_some() {
        body.extend(Change::ALL.iter().filter_map(|change| section(report, *change)));
    } else if !report.rows.is_empty() && !report.zone.paused {
        body.push(modes(report));
    }
    let mut rows = Vec::new();
    row(&mut rows, "note", "", report.notes.iter().map(|note| said(note)));
    if !rows.is_empty() {
        body.push(card("rest", "", &rows));
    }
    body.push(format!(
        "<footer>rayfix {}. Nothing was changed.</footer>",
        env!("CARGO_PKG_VERSION")
    ));
    let class = match report.verdict {
        Verdict::Harmless => "healthy",
        Verdict::Breaks => "blamed",
        Verdict::CannotTell => "untold",
    };
    document(&escaped(&report.headline), class, STYLE, &body)
}

fn verdict(report: &Report<'_>) -> String {
    let (state, words) = match report.verdict {
        Verdict::Harmless if report.wanted.is_none() => (State::Works, "All modes"),
        Verdict::Harmless => (State::Works, "Nothing would break"),
        Verdict::Breaks => (State::Breaks, "Visitors would get errors"),
        Verdict::CannotTell => (State::Hidden, "Not to be told of all"),
    };
    format!(
        "<section class=\"card verdict way\">\n\
         <p class=\"outcome\"><svg viewBox=\"-3 -3 36 36\" aria-hidden=\"true\">{}</svg>{words}</p>\n\
         <h1>{}</h1>\n</section>",
        sketch(state, 15, 15),
        said(&report.headline)
    )
}

fn section(report: &Report<'_>, change: Change) -> Option<String> {
    let told = told(report, change, change < Change::Unchanged);
    if told.is_empty() {
        return None;
    }
    let number: usize = told.iter().map(|told| told.number).sum();
    let lines: String = told
        .iter()
        .map(|told| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
                escaped(&told.names),
                escaped(&told.words),
                said(&told.why)
            )
        })
        .collect();
    Some(format!(
        "<section class=\"card records\">\n<h2>{}: {number}</h2>\n<table>\n<thead><tr><th>record</th>\
         <th>visitors get</th><th>why</th></tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n</section>",
        escaped(&capital(head(change)))
    ))
}

fn modes(report: &Report<'_>) -> String {
    let heads: String = SslMode::ALL
        .iter()
        .map(|mode| format!("<th>{}</th>", escaped(&column(report, *mode))))
        .collect();
    let lines: String = table(report, true)
        .iter()
        .map(|(names, cells)| {
            let cells: String =
                cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
            format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", escaped(names))
        })
        .collect();
    format!(
        "<section class=\"card records\">\n<h2>Every mode</h2>\n<table>\n<thead><tr><th>record</th>{heads}\
         </tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n<p>{}</p>\n</section>",
        escaped(LEGEND)
    )
}
