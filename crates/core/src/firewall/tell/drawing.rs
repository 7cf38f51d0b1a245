//! A range drawn as a bar, so that a hole is seen at a glance, even one of one address in half a million.
//!
//! A bar is 1,000 units wide, whatever the range's size, and as wide as the page lets it. What is let in is a
//! thin rail, what is kept out a tall block: the height says what the colour says. What would be narrower
//! than eight units is a needle with a head, and the first of these are drawn again below, magnified.

use ipnet::IpNet;

use super::{Cell, Fate, words};
use crate::firewall::addresses::{Interval, interval};
use crate::firewall::ruling::Piece;
use crate::report::guard::escaped;
use crate::report::words::units::{count, list_of};

/// Units of a bar's width.
const WIDE: usize = 1_000;

/// What is narrower is a needle.
const NEEDLE: usize = 8;

/// The most needles of a bar that are magnified.
const MAGNIFIED: usize = 2;

/// By how many bits a magnified part is wider than what is shown in it.
const AROUND: u8 = 4;

/// A range's bar at a port, with what is magnified of it.
pub(super) fn bar(range: &IpNet, cell: &Cell) -> String {
    let columns = columns(range, &cell.pieces);
    let runs = runs(&columns);
    let mut drawn = svg(&runs, &aloud(range, cell));
    let small = small(range, &cell.pieces);
    for piece in small.iter().take(MAGNIFIED) {
        drawn.push_str(&magnified(range, piece, &cell.pieces));
    }
    if small.len() > MAGNIFIED {
        drawn.push_str(&format!(
            "<p class=\"magnified\">and {} more as small</p>",
            count((small.len() - MAGNIFIED) as u64)
        ));
    }
    drawn
}

/// What the drawing shows, in words.
fn aloud(range: &IpNet, cell: &Cell) -> String {
    let mut said = format!("{} to port {}: {}", words::prefix(range), cell.port, cell.word);
    for fate in [Fate::Out, Fate::Unknown, Fate::Limited] {
        let like = cell.pieces.iter().filter(|piece| Fate::of(piece.outcome) == fate);
        let like: Vec<String> = like.map(|piece| words::prefix(&piece.prefix)).collect();
        let whole = like.len() == cell.pieces.len() && cell.pieces.len() == 1;
        if !like.is_empty() && !whole {
            said.push_str(&format!("; {}: {}", word(fate), list_of(&like, 6)));
        }
    }
    said
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::In => "let in",
        Fate::Limited => "limited",
        Fate::Unknown => "not to be told",
        Fate::Out => "kept out",
    }
}

fn class(fate: Fate) -> &'static str {
    match fate {
        Fate::In => "in",
        Fate::Limited => "limited",
        Fate::Unknown => "open",
        Fate::Out => "out",
    }
}

/// Where a part lies in a whole, in units; never empty.
fn place(whole: Interval, part: Interval) -> (usize, usize) {
    let size = (whole.1 - whole.0) as f64 + 1.0;
    let at = |number: u128| (number.saturating_sub(whole.0)) as f64 / size * WIDE as f64;
    let low = (at(part.0.max(whole.0)).floor() as usize).min(WIDE - 1);
    let length = ((part.1.min(whole.1) - part.0.max(whole.0)) as f64 + 1.0) / size * WIDE as f64;
    (low, (low + (length.round() as usize).max(1)).min(WIDE))
}

/// The worst fate in each unit of the width.
fn columns(range: &IpNet, pieces: &[Piece]) -> Vec<Option<Fate>> {
    let mut columns = vec![None; WIDE];
    let whole = interval(range);
    for piece in pieces {
        let part = interval(&piece.prefix);
        if part.1 < whole.0 || part.0 > whole.1 {
            continue;
        }
        let (low, high) = place(whole, part);
        for column in &mut columns[low..high] {
            *column = (*column).max(Some(Fate::of(piece.outcome)));
        }
    }
    columns
}

/// Neighbours that fare alike: from, to, how.
fn runs(columns: &[Option<Fate>]) -> Vec<(usize, usize, Fate)> {
    let mut runs: Vec<(usize, usize, Fate)> = Vec::new();
    for (at, fate) in columns.iter().enumerate() {
        let Some(fate) = *fate else { continue };
        match runs.last_mut() {
            Some((_, to, known)) if *known == fate && *to == at => *to = at + 1,
            _ => runs.push((at, at + 1, fate)),
        }
    }
    runs
}

fn svg(runs: &[(usize, usize, Fate)], aloud: &str) -> String {
    let (mut blocks, mut needles) = (String::new(), String::new());
    for (from, to, fate) in runs {
        let (class, width) = (class(*fate), to - from);
        if width < NEEDLE && *fate != Fate::In {
            let x = (from + to) / 2;
            needles.push_str(&format!(
                "<path class=\"needle {class}\" d=\"M{x} 4V28\"/>\
                 <path class=\"head {class}\" d=\"M{x} 4h0\"/>"
            ));
            continue;
        }
        let (y, height) = match fate {
            Fate::In => (17, 6),
            Fate::Limited => (14, 12),
            Fate::Unknown => (11, 17),
            Fate::Out => (8, 20),
        };
        blocks.push_str(&format!(
            "<rect class=\"{class}\" x=\"{from}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
    }
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 {WIDE} 32\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{}\">{blocks}{needles}</svg>",
        escaped(aloud)
    )
}

/// Pieces that are too small to be seen, and are not let in.
fn small<'p>(range: &IpNet, pieces: &'p [Piece]) -> Vec<&'p Piece> {
    let whole = interval(range);
    let mut small: Vec<&Piece> = Vec::new();
    for piece in pieces {
        let (low, high) = place(whole, interval(&piece.prefix));
        if Fate::of(piece.outcome) != Fate::In && high - low < NEEDLE {
            // Seen together with the one before, where that is shown with what is around it.
            let seen = small.last().is_some_and(|last| around(range, last).contains(&piece.prefix));
            if !seen {
                small.push(piece);
            }
        }
    }
    small
}

/// What is shown of a small piece's neighbourhood.
fn around(range: &IpNet, piece: &Piece) -> IpNet {
    let length = piece.prefix.prefix_len().saturating_sub(AROUND).max(range.prefix_len());
    IpNet::new(piece.prefix.network(), length).map_or(piece.prefix, |part| part.trunc())
}

fn magnified(range: &IpNet, piece: &Piece, pieces: &[Piece]) -> String {
    let part = around(range, piece);
    let (low, high) = place(interval(range), interval(&part));
    let (low, high) = (low.saturating_sub(2), (high + 2).min(WIDE));
    let columns = columns(&part, pieces);
    let shown = pieces
        .iter()
        .filter(|other| Fate::of(other.outcome) != Fate::In && part.contains(&other.prefix));
    let names: Vec<String> = shown.map(|other| words::prefix(&other.prefix)).collect();
    let bits = u32::from(part.prefix_len() - range.prefix_len());
    let times = match 1u64.checked_shl(bits) {
        Some(times) if bits < 40 => format!("{} times", count(times)),
        _ => format!("2 to the {bits} times"),
    };
    let label = format!(
        "{} magnified {times}: {} {}",
        words::prefix(&part),
        list_of(&names, 3),
        word(Fate::of(piece.outcome))
    );
    format!(
        "<svg class=\"beam\" viewBox=\"0 0 {WIDE} 14\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\"><path d=\"M{low} 0L0 14H{WIDE}L{high} 0Z\"/></svg>{}\
         <p class=\"magnified\">{}</p>",
        svg(&runs(&columns), &label),
        escaped(&label)
    )
}
