//! The report for a ticket: Markdown that any tracker shows, with the answer first.

use super::{LEGEND, column, head, table, told};
use crate::radius::change::Change;
use crate::radius::report::Report;
use crate::report::guard::markdown as said;
use crate::report::words::units::capital;
use crate::target::SslMode;

/// The report as one Markdown document, ending in a line break.
#[must_use]
pub fn markdown(report: &Report<'_>) -> String {
    let mut lines = vec![format!("## {}", said(&report.headline)), String::new()];
    if report.wanted.is_some() && report.zone.mode.is_some() {
        for change in Change::ALL {
            let told = told(report, change, false);
            if told.is_empty() {
                continue;
            }
            lines.extend([format!("### {}", capital(head(change))), String::new()]);
            lines.push("| records | visitors get | why |".to_owned());
            lines.push("| --- | --- | --- |".to_owned());
            for told in told {
                let names = match told.number {
                    1 => told.names,
                    number => format!("{number}: {}", told.names),
                };
                lines.push(format!(
                    "| {} | {} | {} |",
                    said(&names),
                    said(&told.words),
                    said(&told.why)
                ));
            }
            lines.push(String::new());
        }
    } else if !report.rows.is_empty() && !report.zone.paused {
        let heads = SslMode::ALL.map(|mode| said(&column(report, mode)));
        lines.push(format!("| record | {} |", heads.join(" | ")));
        lines.push(format!("| {} |", ["---"; 6].join(" | ")));
        for (names, cells) in table(report, false) {
            let cells = cells.map(|cell| said(&cell));
            lines.push(format!("| {} | {} |", said(&names), cells.join(" | ")));
        }
        lines.extend([String::new(), said(LEGEND), String::new()]);
    }
    let before = lines.len();
    lines.extend(report.notes.iter().map(|note| format!("- **Note** {}", said(note))));
    if lines.len() > before {
        lines.push(String::new());
    }
    lines.push(format!("rayfix {}", env!("CARGO_PKG_VERSION")));
    lines.join("\n") + "\n"
}
