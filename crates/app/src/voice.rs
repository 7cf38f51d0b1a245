//! The only printer: the result goes to standard output, everything else to standard error.
//!
//! Colour is left to what the streams can take (`NO_COLOR`, `CLICOLOR_FORCE`, a missing terminal).
//! A reader that has gone away (`| head`) is no fault: printing stops in silence. What goes to
//! standard error is made harmless here, since it may quote what the user typed or a file said.

use std::io::{self, ErrorKind, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::refusal::Refusal;

/// Where to print, and how wide.
pub(crate) struct Voice {
    width: usize,
}

/// The widest line that is written to a terminal, and the width where there is none.
const WIDEST: usize = 80;

/// The narrowest that is reckoned with; below it the terminal breaks lines by itself.
const NARROWEST: usize = 30;

const ALARM: Style = AnsiColor::Red.on_default().bold();

impl Voice {
    /// Speaks to the streams of this process.
    pub(crate) fn of_this_process() -> Voice {
        let terminal = terminal_size::terminal_size_of(io::stdout());
        let width = terminal.map_or(WIDEST, |(width, _)| usize::from(width.0));
        Voice { width: width.clamp(NARROWEST, WIDEST) }
    }

    /// How many columns a line of the result may have.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Whether standard output takes colours.
    pub(crate) fn colour(&self) -> bool {
        AutoStream::choice(&io::stdout()) != ColorChoice::Never
    }

    /// Whether somebody watches standard error.
    pub(crate) fn watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Prints the result. Colours in it are taken out where the stream does not take them.
    ///
    /// # Errors
    /// When standard output takes no more, for any other reason than a reader that has gone away.
    pub(crate) fn result(&self, text: &str) -> Result<(), Refusal> {
        let mut out = anstream::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(Refusal::Write),
        }
    }

    /// Says something besides the result, to whoever reads standard error.
    pub(crate) fn note(&self, sentence: &str) {
        self.aside(&harmless(sentence));
    }

    /// Shows help in place of a result.
    pub(crate) fn help(&self, text: &str) {
        self.aside(text.trim_end());
    }

    /// Says why nothing was done.
    pub(crate) fn refuse(&self, sentence: &str) {
        let sentence = harmless(sentence);
        self.aside(&format!("{ALARM}rayfix:{ALARM:#} {sentence}"));
    }

    /// There is nobody to tell that standard error is closed.
    fn aside(&self, text: &str) {
        let mut err = anstream::stderr().lock();
        let _ = writeln!(err, "{text}").and_then(|()| err.flush());
    }
}

/// The same lines without a character that acts on a terminal.
fn harmless(text: &str) -> String {
    let acts = |c: char| c != '\n' && (c.is_control() || TURNS.contains(&c));
    text.chars().map(|c| if acts(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Characters that turn the direction of reading round.
const TURNS: [char; 11] = [
    '\u{061c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}',
];
