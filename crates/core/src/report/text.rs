//! The report for a terminal: plain lines of at most the given width, readable aloud.
//!
//! Colour, where it is wanted, only underlines what signs and words say anyway. Lines are wrapped
//! before they are coloured, so escape codes never count as width. It does not look at the
//! terminal: whoever prints says how wide it is and whether it takes colour.

use textwrap::{Options, WordSplitter};
use unicode_width::UnicodeWidthStr;

use super::words::units::{capital, list_of};
use super::{Passage, Report, Told, sign};
use crate::diagnosis::{Outcome, State};

/// How to print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// With ANSI colours.
    pub colour: bool,
    /// With every reading, not only those that are cited and not told already.
    pub verbose: bool,
}

/// The report as lines of at most `width` columns (40 to 100), each ending in a line break.
#[must_use]
pub fn text(report: &Report, width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    page.opening(report);
    page.path(report);
    if report.findings.is_empty() {
        page.line("", Ink::Bold, &report.headline);
        page.blank();
    }
    for told in &report.findings {
        page.finding(told);
    }
    page.timeline(report);
    page.rest(report);
    page.readings(report);
    page.lines
}

/// Where lines gather.
pub(crate) struct Page {
    pub(crate) lines: String,
    pub(crate) width: usize,
    style: Style,
}

/// What a piece of a line looks like where there is colour.
#[derive(Clone, Copy)]
pub(crate) enum Ink {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Open,
}

impl Page {
    /// An empty page of at most `width` columns (40 to 100).
    pub(crate) fn new(width: usize, style: Style) -> Page {
        Page { lines: String::new(), width: width.clamp(40, 100), style }
    }

    fn opening(&mut self, report: &Report) {
        self.line("", Ink::Bold, &report.site);
        let symptom = Passage { text: capital(&report.symptom.text), ..report.symptom.clone() };
        self.line("", Ink::Plain, &cited(&symptom, "."));
        self.line("", Ink::Plain, &format!("{}.", report.ssl_mode));
        self.blank();
    }

    /// The way in one line where that fits, else one station a line; then the same in words.
    fn path(&mut self, report: &Report) {
        let drawing = |rail: usize| -> usize {
            let stops = report.way.iter().map(|stop| stop.hop.word().len() + rail + 4);
            "  visitor".len() + stops.sum::<usize>()
        };
        if let Some(length) = [2, 1].into_iter().find(|rail| drawing(*rail) <= self.width) {
            let mut line = "  visitor".to_owned();
            for stop in &report.way {
                let (mark, _) = sign(stop.state);
                let ink = ink(stop.state);
                let word = if stop.state == State::Breaks { ink } else { Ink::Plain };
                line.push_str(&format!(
                    " {} {} {}",
                    self.ink(Ink::Dim, &rail(stop.state).repeat(length)),
                    self.ink(word, stop.hop.word()),
                    self.ink(ink, mark)
                ));
            }
            self.push(&line);
        } else {
            self.push("  visitor");
            for stop in &report.way {
                let (mark, word) = sign(stop.state);
                let rail = if rail(stop.state) == "─" { "│" } else { "┊" };
                let line = format!(
                    "  {} {} {:<6} {}",
                    self.ink(Ink::Dim, rail),
                    self.ink(ink(stop.state), mark),
                    stop.hop.word(),
                    self.ink(ink(stop.state), word)
                );
                self.push(&line);
            }
        }
        self.line("  ", Ink::Dim, &report.way_aloud);
        self.blank();
    }

    fn finding(&mut self, told: &Told) {
        let title = format!("{} {} · {}", told.code, told.cause, told.confidence.word());
        self.line("", Ink::Bad, &title);
        self.line("", Ink::Bold, &told.headline);
        self.blank();
        self.chain(&told.chain);
        self.rows("because", &told.because);
        self.rows("while", &told.contrast);
        self.rows("explains", &told.explains);
        if let Some(hidden) = &told.hidden {
            self.row("hidden", hidden);
        }
        if let Some(fix) = &told.fix {
            self.row("fix", fix);
        }
        for (at, command) in told.commands.iter().enumerate() {
            let label = if at == 0 && told.fix.is_none() { "fix" } else { "" };
            self.row(label, command);
        }
        self.row("more", &told.more);
        self.blank();
    }

    /// What changed before it failed, each with its time.
    fn timeline(&mut self, report: &Report) {
        let Some(timeline) = &report.timeline else { return };
        let heading = Passage::new(timeline.heading.clone(), &timeline.cites);
        self.line("", Ink::Bold, &cited(&heading, ""));
        for line in &timeline.lines {
            self.row(&line.time, &line.text);
        }
        if let Some(unseen) = &timeline.unseen {
            self.row("", unseen);
        }
        self.blank();
    }

    fn rest(&mut self, report: &Report) {
        let before = self.lines.len();
        match report.outcome {
            Outcome::Blamed => {
                for need in report.told_needs() {
                    let names = list_of(&need.causes, 3);
                    self.row("open", &format!("{names}. To tell: {}", need.what));
                }
            }
            Outcome::Healthy => self.cleared_and_unasked(report),
            Outcome::CannotTell => {
                for (at, need) in report.told_needs().iter().enumerate() {
                    let label = if at == 0 { "next" } else { "or" };
                    let names = list_of(&need.causes, 3);
                    self.row(label, &format!("{}. It would decide {names}", need.what));
                }
                self.cleared_and_unasked(report);
            }
        }
        for note in &report.notes {
            self.row("note", &cited(note, ""));
        }
        if let (Some(next), true) = (&report.next, report.shows_next()) {
            self.row("next", next);
        }
        if self.lines.len() > before {
            self.blank();
        }
    }

    fn cleared_and_unasked(&mut self, report: &Report) {
        if let Some(cleared) = &report.cleared {
            self.row("cleared", &cited(cleared, ""));
        }
        for passage in &report.unasked {
            self.row("unasked", &cited(passage, ""));
        }
    }

    fn readings(&mut self, report: &Report) {
        let when = report.asked.as_ref().map(|at| format!("asked {at}, ")).unwrap_or_default();
        let all = report.readings.len();
        let which = match (all, self.style.verbose) {
            (0, _) => "no reading".to_owned(),
            (1, _) => "1 reading".to_owned(),
            (all, true) => format!("{all} readings"),
            (all, false) => format!("{all} readings (--verbose tells them all)"),
        };
        self.line("", Ink::Dim, &format!("{which}, {when}took {}", report.took));
        if self.style.verbose {
            for line in &report.readings {
                self.reading(&format!("[{}]", line.id.0), &line.sentence);
            }
        } else {
            for passage in &report.proof {
                self.reading(&passage.citation(), &passage.text);
            }
        }
    }

    fn reading(&mut self, number: &str, sentence: &str) {
        self.wrapped(&format!("{number:>6} "), "       ", Ink::Dim, sentence);
    }

    /// Passages under one label; from the second on it is `and`.
    fn rows(&mut self, label: &str, passages: &[Passage]) {
        for (at, passage) in passages.iter().enumerate() {
            self.row(if at == 0 { label } else { "and" }, &cited(passage, ""));
        }
    }

    /// One step below the other, each led to by the next.
    fn chain(&mut self, steps: &[Passage]) {
        for (at, step) in steps.iter().enumerate() {
            if at == 0 {
                self.row("chain", &cited(step, ""));
            } else {
                let (arrow, under) = ("           ← ", "             ");
                self.wrapped(arrow, under, Ink::Plain, &cited(step, ""));
            }
        }
        if !steps.is_empty() {
            self.blank();
        }
    }

    /// A labelled row: `  because  …`, continued under its text.
    pub(crate) fn row(&mut self, label: &str, text: &str) {
        let first = format!("  {label:<8} ");
        self.wrapped(&first, "           ", Ink::Plain, text);
    }

    /// A text under one indent.
    pub(crate) fn line(&mut self, indent: &str, ink: Ink, text: &str) {
        self.wrapped(indent, indent, ink, text);
    }

    /// Wraps first, colours then: the label dim, the text as `ink` says.
    pub(crate) fn wrapped(&mut self, first: &str, then: &str, ink: Ink, text: &str) {
        let options = Options::new(self.width.saturating_sub(then.width()))
            .word_splitter(WordSplitter::NoHyphenation);
        for (at, line) in textwrap::wrap(text, options).iter().enumerate() {
            let indent = if at == 0 { first } else { then };
            let indent = if indent.trim().is_empty() {
                indent.to_owned()
            } else {
                self.ink(Ink::Dim, indent)
            };
            let line = format!("{indent}{}", self.ink(ink, line));
            self.push(&line);
        }
    }

    /// Colours a piece of a line, where there is colour.
    pub(crate) fn ink(&self, ink: Ink, text: &str) -> String {
        // SGR codes (ECMA-48 8.3.117); the eight basic colours follow the reader's own palette.
        let code = match ink {
            _ if !self.style.colour => return text.to_owned(),
            Ink::Plain => return text.to_owned(),
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Open => "33",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A line as it is, already coloured.
    pub(crate) fn push(&mut self, line: &str) {
        self.lines.push_str(line.trim_end());
        self.lines.push('\n');
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.lines.push('\n');
    }
}

fn cited(passage: &Passage, stop: &str) -> String {
    let citation = passage.citation();
    let gap = if citation.is_empty() { "" } else { " " };
    format!("{}{gap}{citation}{stop}", passage.text)
}

fn rail(state: State) -> &'static str {
    match state {
        State::Works | State::Breaks => "─",
        State::Hidden | State::NotAsked => "┄",
    }
}

fn ink(state: State) -> Ink {
    match state {
        State::Works => Ink::Good,
        State::Breaks => Ink::Bad,
        State::Hidden => Ink::Open,
        State::NotAsked => Ink::Dim,
    }
}
