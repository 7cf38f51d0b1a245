//! The report as one page to pass round: a single file, no scripts, nothing from elsewhere.
//!
//! Styles and drawings are inline, and a content policy in the page forbids everything else, so
//! that even markup that got past the guard could neither run nor fetch. States are told by shape
//! and word, never by colour alone. It works at the width of a telephone, in the dark, and on
//! paper. It holds no state and no theme switch: the reader's system decides.

use super::guard::{escaped, html as said};
use super::words::units::{capital, several};
use super::{Line, Passage, Report, Stop, Told, sign, words};
use crate::causes::Confidence;
use crate::diagnosis::{Outcome, State};

const STYLE: &str = include_str!("page.css");

/// What the page may do: show itself.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The report as one HTML document, ending in a line break.
#[must_use]
pub fn html(report: &Report) -> String {
    let title = escaped(&format!("{}: {}", report.host, report.headline));
    let mut body = vec![top(report), verdict(report), way(report)];
    for (at, told) in report.findings.iter().enumerate() {
        body.push(finding(told, at));
    }
    body.extend(timeline(report));
    body.extend(rest(report));
    body.push(readings(report));
    body.push(format!(
        "<footer>rayfix {}. The numbers in brackets lead to the readings.</footer>",
        env!("CARGO_PKG_VERSION")
    ));
    document(&title, outcome(report.outcome).0, "", &body)
}

/// A page of its own: its title (HTML already), the class of its outcome (`blamed`, `healthy`, `untold`),
/// styles besides those of every page, and its sections.
pub(crate) fn document(title: &str, class: &str, style: &str, body: &[String]) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n\
         <body class=\"{class}\">\n<main>\n{}\n</main>\n</body>\n</html>\n",
        body.join("\n")
    )
}

/// The class and the words of an outcome.
fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Blamed => ("blamed", "A cause was found"),
        Outcome::Healthy => ("healthy", "All is well from here"),
        Outcome::CannotTell => ("untold", "The cause is not known yet"),
    }
}

fn top(report: &Report) -> String {
    let asked = match &report.asked {
        Some(at) => format!("asked {at}, took {}", report.took),
        None => "nothing was asked".to_owned(),
    };
    format!(
        "<header class=\"top\"><p class=\"site\">{}</p><p class=\"asked\">{asked}</p></header>",
        escaped(&report.site)
    )
}

fn verdict(report: &Report) -> String {
    let words = match report.findings.first().map(|told| told.confidence) {
        Some(Confidence::Possible) => "A possible cause was found",
        Some(Confidence::Likely) => "A likely cause was found",
        _ => outcome(report.outcome).1,
    };
    let icon = match report.outcome {
        Outcome::Blamed => sketch(State::Breaks, 15, 15),
        Outcome::Healthy => sketch(State::Works, 15, 15),
        Outcome::CannotTell => sketch(State::Hidden, 15, 15),
    };
    let kind = report.findings.first().map(kind).unwrap_or_default();
    let symptom = Passage { text: capital(&report.symptom.text), ..report.symptom.clone() };
    format!(
        "<section class=\"card verdict way\">\n\
         <p class=\"outcome\"><svg viewBox=\"-3 -3 36 36\" aria-hidden=\"true\">{icon}</svg>{words}</p>\n\
         <h1>{}</h1>\n{kind}<p class=\"symptom\">{}.</p>\n<p class=\"mode\">{}.</p>\n</section>",
        said(&report.headline),
        cited(&symptom),
        said(&report.ssl_mode)
    )
}

/// Code, name and confidence of a finding; the dots repeat what the word says.
fn kind(told: &Told) -> String {
    let lit = match told.confidence {
        Confidence::Possible => 1,
        Confidence::Likely => 2,
        Confidence::Certain => 3,
    };
    let dots: String = (0..3)
        .map(|at| {
            let class = if at < lit { "on" } else { "off" };
            format!("<circle class=\"{class}\" cx=\"{}\" cy=\"5\" r=\"4\"/>", 5 + 12 * at)
        })
        .collect();
    format!(
        "<p class=\"kind\"><span class=\"sure\"><svg viewBox=\"0 0 35 10\" aria-hidden=\"true\">\
         {dots}</svg>{}</span><span>{} {}</span></p>\n",
        told.confidence.word(),
        escaped(told.code),
        escaped(&told.cause)
    )
}

/// The way twice: in a row for wide pages, in a column for telephones. One of them is shown.
fn way(report: &Report) -> String {
    format!(
        "<section class=\"card way\">\n<figure>\n{}\n{}\n<figcaption>{}</figcaption>\n</figure>\n</section>",
        wide(&report.way),
        tall(&report.way),
        said(&report.way_aloud)
    )
}

/// Stations side by side, 92 units each.
fn wide(way: &[Stop]) -> String {
    let step = 92;
    let centre = |at: usize| 46 + step * at;
    let mut drawn = String::new();
    for (at, stop) in way.iter().enumerate() {
        drawn.push_str(&format!(
            "<line class=\"{}\" x1=\"{}\" y1=\"24\" x2=\"{}\" y2=\"24\"/>",
            rail(stop.state),
            centre(at) + 21,
            centre(at + 1) - 21
        ));
    }
    drawn.push_str(&format!(
        "<g class=\"visitor\">{}<text class=\"mid\" x=\"{1}\" y=\"64\">visitor</text></g>",
        person(centre(0), 24),
        centre(0)
    ));
    for (at, stop) in way.iter().enumerate() {
        let (class, (_, word), x) = (class(stop.state), sign(stop.state), centre(at + 1));
        drawn.push_str(&format!(
            "<g class=\"{class}\">{}<text class=\"mid\" x=\"{x}\" y=\"64\">{}</text>\
             <text class=\"mid word\" x=\"{x}\" y=\"82\">{word}</text></g>",
            shape(stop.state, x, 24),
            stop.hop.word()
        ));
    }
    let width = step * (way.len() + 1);
    format!("<svg class=\"wide\" viewBox=\"0 0 {width} 90\" aria-hidden=\"true\">{drawn}</svg>")
}

/// Stations below each other, 50 units each, with what they are.
fn tall(way: &[Stop]) -> String {
    let step = 50;
    let centre = |at: usize| 24 + step * at;
    let mut drawn = String::new();
    for (at, stop) in way.iter().enumerate() {
        drawn.push_str(&format!(
            "<line class=\"{}\" x1=\"22\" y1=\"{}\" x2=\"22\" y2=\"{}\"/>",
            rail(stop.state),
            centre(at) + 19,
            centre(at + 1) - 19
        ));
    }
    drawn.push_str(&format!(
        "<g class=\"visitor\">{}<text x=\"52\" y=\"29\">visitor</text></g>",
        person(22, 24)
    ));
    for (at, stop) in way.iter().enumerate() {
        let (class, (_, word), y) = (class(stop.state), sign(stop.state), centre(at + 1));
        drawn.push_str(&format!(
            "<g class=\"{class}\">{}<text x=\"52\" y=\"{}\">{}: {word}</text>\
             <text class=\"word\" x=\"52\" y=\"{}\">{}</text></g>",
            shape(stop.state, 22, y),
            y - 2,
            stop.hop.word(),
            y + 15,
            words::station(stop.hop)
        ));
    }
    let height = step * (way.len() + 1);
    format!("<svg class=\"tall\" viewBox=\"0 0 320 {height}\" aria-hidden=\"true\">{drawn}</svg>")
}

fn class(state: State) -> &'static str {
    match state {
        State::Works => "works",
        State::Breaks => "breaks",
        State::Hidden => "hidden",
        State::NotAsked => "not-asked",
    }
}

/// The rail that leads to a station.
fn rail(state: State) -> &'static str {
    match state {
        State::Works | State::Breaks => "rail",
        State::Hidden | State::NotAsked => "rail cut",
    }
}

/// The sign of a state around a point.
pub(crate) fn sketch(state: State, x: usize, y: usize) -> String {
    format!("<g class=\"{}\">{}</g>", class(state), shape(state, x, y))
}

/// A station's shape around its centre: a disc with a tick, an octagon with a cross, a dashed
/// ring with a question mark, a small ring with a dash.
fn shape(state: State, x: usize, y: usize) -> String {
    match state {
        State::Works => format!(
            "<circle class=\"shape\" cx=\"{x}\" cy=\"{y}\" r=\"14\"/>\
             <path class=\"mark\" d=\"M{} {y}l4 5 8-9\"/>",
            x - 6
        ),
        State::Breaks => format!(
            "<path class=\"shape\" d=\"M{} {}h14l10 10v14l-10 10h-14l-10-10v-14z\"/>\
             <path class=\"mark\" d=\"M{} {}l12 12m0-12l-12 12\"/>",
            x - 7,
            y as i64 - 17,
            x - 6,
            y - 6
        ),
        State::Hidden => format!(
            "<circle class=\"shape\" cx=\"{x}\" cy=\"{y}\" r=\"13\"/>\
             <text class=\"sign mid\" x=\"{x}\" y=\"{}\">?</text>",
            y + 5
        ),
        State::NotAsked => format!(
            "<circle class=\"shape\" cx=\"{x}\" cy=\"{y}\" r=\"9\"/>\
             <path class=\"mark\" d=\"M{} {y}h6\"/>",
            x - 3
        ),
    }
}

fn person(x: usize, y: usize) -> String {
    format!(
        "<circle class=\"shape\" cx=\"{x}\" cy=\"{y}\" r=\"14\"/>\
         <path class=\"mark\" d=\"M{} {}a4 4 0 1 0 .1 0zM{} {}c1-8 13-8 14 0\"/>",
        x,
        y - 9,
        x - 7,
        y + 9
    )
}

fn finding(told: &Told, at: usize) -> String {
    let mut rows = Vec::new();
    let steps: String = told.chain.iter().map(|step| format!("<li>{}</li>", cited(step))).collect();
    let steps = if steps.is_empty() { None } else { Some(format!("<ol>{steps}</ol>")) };
    row(&mut rows, "chain", "chain", steps);
    for (label, passages) in [("because", &told.because), ("while", &told.contrast)] {
        row(&mut rows, label, "", passages.iter().map(cited));
    }
    row(&mut rows, "explains", "", told.explains.iter().map(cited));
    row(&mut rows, "hidden", "", told.hidden.iter().map(|hidden| said(hidden)));
    let commands: Vec<String> = told.commands.iter().map(|command| code(command)).collect();
    row(&mut rows, "fix", "fix", told.fix.iter().map(|fix| said(fix)).chain(commands));
    row(&mut rows, "more", "", [code(&told.more)]);
    let head = match at {
        0 => String::new(),
        _ => format!("<h2>{}</h2>\n{}", said(&told.headline), kind(told)),
    };
    card("finding", &head, &rows)
}

fn timeline(report: &Report) -> Option<String> {
    let timeline = report.timeline.as_ref()?;
    let heading = Passage::new(timeline.heading.clone(), &timeline.cites);
    let mut rows = Vec::new();
    for line in &timeline.lines {
        row(&mut rows, &line.time, "", [said(&line.text)]);
    }
    row(&mut rows, "", "", timeline.unseen.iter().map(|unseen| said(unseen)));
    Some(card("timeline", &format!("<h2>{}</h2>\n", cited(&heading)), &rows))
}

fn rest(report: &Report) -> Vec<String> {
    let mut rows = Vec::new();
    let next = report.next.iter().filter(|_| report.shows_next());
    row(&mut rows, "next", "next", next.map(|next| said(next)));
    for (at, need) in report.told_needs().iter().enumerate() {
        let (label, class) = match (report.outcome, at) {
            (Outcome::Blamed, _) => ("open", ""),
            (_, 0) => ("next", "next"),
            _ => ("or", ""),
        };
        let names = words::units::list_of(&need.causes, 6);
        let names = format!("<span class=\"names\">would decide {}</span>", said(&names));
        row(&mut rows, label, class, [format!("{}<br>{names}", said(&need.what))]);
    }
    row(&mut rows, "note", "", report.notes.iter().map(cited));
    row(&mut rows, "cleared", "", report.cleared.iter().map(cited));
    row(&mut rows, "not asked", "", report.unasked.iter().map(cited));
    if rows.is_empty() { Vec::new() } else { vec![card("rest", "", &rows)] }
}

/// A section with a head (HTML already) and labelled rows.
pub(crate) fn card(class: &str, head: &str, rows: &[String]) -> String {
    format!(
        "<section class=\"card {class}\">\n{head}<dl class=\"rows\">\n{}\n</dl>\n</section>",
        rows.join("\n")
    )
}

/// One label and its texts, which are HTML already; nothing where there are none.
pub(crate) fn row(
    rows: &mut Vec<String>,
    label: &str,
    class: &str,
    texts: impl IntoIterator<Item = String>,
) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let texts: String = texts.into_iter().map(|text| format!("<dd{class}>{text}</dd>")).collect();
    if !texts.is_empty() {
        rows.push(format!("<dt>{label}</dt>{texts}"));
    }
}

fn readings(report: &Report) -> String {
    let line = |line: &Line| {
        let cited = if line.cited { " class=\"cited\"" } else { "" };
        format!(
            "<tr id=\"{}\"{cited}><td class=\"number\">[{}]</td><td>{}</td>\
             <td class=\"says\">{}</td><td class=\"took\">{}</td></tr>",
            line.id,
            line.id.0,
            line.hop.word(),
            said(&line.sentence),
            line.took
        )
    };
    let rows: Vec<String> = report.readings.iter().map(line).collect();
    format!(
        "<section class=\"card readings\">\n<details>\n<summary>What was seen: {}</summary>\n<table>\n\
         <thead><tr><th>no.</th><th>station</th><th>what it did</th><th class=\"took\">took</th></tr></thead>\n\
         <tbody>\n{}\n</tbody>\n</table>\n</details>\n</section>",
        several(rows.len(), "reading"),
        rows.join("\n")
    )
}

/// A passage with its numbers as links into the table of readings.
fn cited(passage: &Passage) -> String {
    let text = said(&passage.text);
    if passage.cites.is_empty() {
        return text;
    }
    let links: Vec<String> =
        passage.cites.iter().map(|id| format!("<a href=\"#{id}\">{}</a>", id.0)).collect();
    format!("{text} <span class=\"cite\">[{}]</span>", links.join(", "))
}

fn code(command: &str) -> String {
    format!("<code>{}</code>", escaped(command))
}
