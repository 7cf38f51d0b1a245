//! The only printer: the result goes to standard output, everything else to standard error.
//!
//! Colour is left to what the streams can take (`NO_COLOR`, `CLICOLOR_FORCE`, a missing terminal).
//! A reader that has gone away (`| head`) is no fault: printing stops in silence. What goes to
//! standard error is made harmless here, since it may quote what the user typed or a file said.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use terminal_size::{Height, Width, terminal_size_of};

use crate::output::Make;
use crate::refusal::Refusal;

/// Where to print, and how wide.
pub(crate) struct Voice {
    width: usize,
    /// Columns of the terminal on standard error; none: it is no terminal, and lines stay whole.
    aside: Option<usize>,
}

/// The widest line that is written to a terminal, and the width where there is none.
const WIDEST: usize = 80;

/// The narrowest that is reckoned with; below it the terminal breaks lines by itself.
const NARROWEST: usize = 30;

const ALARM: Style = AnsiColor::Red.on_default().bold();

impl Voice {
    /// Speaks to the streams of this process.
    pub(crate) fn of_this_process() -> Voice {
        let columns = |size: Option<(Width, Height)>| {
            size.map(|(width, _)| usize::from(width.0).clamp(NARROWEST, WIDEST))
        };
        Voice {
            width: columns(terminal_size_of(io::stdout())).unwrap_or(WIDEST),
            aside: columns(terminal_size_of(io::stderr())),
        }
    }

    /// How many columns a line of the result may have.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// How many columns a line may have where there is no terminal.
    pub(crate) fn widest(&self) -> usize {
        WIDEST
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
        self.result_by(&|out| out.write_all(text.as_bytes()))
    }

    /// Says the result in sentences. They are made harmless, and broken between words where somebody reads them.
    ///
    /// # Errors
    /// As [`Voice::result`].
    pub(crate) fn says(&self, sentences: &str) -> Result<(), Refusal> {
        let width = io::stdout().is_terminal().then_some(self.width);
        self.result(&(broken(&harmless(sentences), width) + "\n"))
    }

    /// Writes a result as it is made, without holding all of it.
    ///
    /// # Errors
    /// When standard output does not take it; a reader who has gone is no error.
    pub(crate) fn result_by(&self, make: Make<'_>) -> Result<(), Refusal> {
        let mut out = BufWriter::with_capacity(1 << 16, anstream::stdout().lock());
        match make(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(Refusal::Write),
        }
    }

    /// Says something besides the result, to whoever reads standard error.
    pub(crate) fn note(&self, sentence: &str) {
        self.aside(&self.wrapped(&harmless(sentence)));
    }

    /// Shows lines that are to be copied: none of them is broken.
    #[cfg(feature = "lab")]
    pub(crate) fn copyable(&self, lines: &str) {
        self.aside(&harmless(lines));
    }

    /// Shows help in place of a result.
    pub(crate) fn help(&self, text: &str) {
        self.aside(text.trim_end());
    }

    /// Says why nothing was done.
    pub(crate) fn refuse(&self, sentence: &str) {
        let sentence = self.wrapped(&format!("rayfix: {}", harmless(sentence)));
        self.aside(&sentence.replacen("rayfix:", &format!("{ALARM}rayfix:{ALARM:#}"), 1));
    }

    fn wrapped(&self, text: &str) -> String {
        broken(text, self.aside)
    }

    /// There is nobody to tell that standard error is closed.
    fn aside(&self, text: &str) {
        let mut err = anstream::stderr().lock();
        let _ = writeln!(err, "{text}").and_then(|()| err.flush());
    }
}

/// Broken between words for people; whole for a file, where it is searched.
fn broken(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let options = textwrap::Options::new(width)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
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
