//! The options that say how and where to tell a diagnosis, and the telling.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use rayfix_core::case;
use rayfix_core::diagnosis::Diagnosis;
use rayfix_core::report::{self, Report, Style};

use crate::output::Place;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// How and where to tell it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How to tell it")]
pub(crate) struct Telling {
    /// Text for a terminal, JSON for programs, Markdown for a ticket, HTML to pass round
    #[arg(long, value_name = "FORMAT", default_value = "text", hide_possible_values = false)]
    format: Format,

    /// Write it to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Keep everything that was seen, without secrets, for `rayfix diagnose --case`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Print the case instead of a report: what `--ssh` reads from the other side
    #[arg(long, hide = true, conflicts_with_all = ["format", "output", "save"])]
    as_case: bool,

    /// Tell every reading, not only those that the answer rests on (text)
    #[arg(short, long)]
    verbose: bool,
}

/// A voice of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Markdown,
    Html,
}

/// The same, with places that were found to be writable.
#[derive(Debug)]
pub(crate) struct Ready {
    format: Format,
    verbose: bool,
    as_case: bool,
    output: Option<Place>,
    save: Option<Place>,
}

impl Telling {
    /// Whether the case itself is the result: somebody else reads it.
    pub(crate) fn is_case(&self) -> bool {
        self.as_case
    }

    /// Checks the places, so that nothing is asked in vain.
    ///
    /// # Errors
    /// When a file cannot be written where it should.
    pub(crate) fn ready(&self) -> Result<Ready, Refusal> {
        let dash = |path: &&PathBuf| path.as_path() == Path::new("-");
        if self.save.as_ref().filter(dash).is_some() {
            let why = "the name of a file belongs there; the report has standard output".to_owned();
            return Err(Refusal::Value { option: "--save", why });
        }
        let output = self.output.as_ref().filter(|path| !dash(path));
        let output = output.map(|path| Place::check("--output", path)).transpose()?;
        let save = self.save.as_ref().map(|path| Place::check("--save", path)).transpose()?;
        let save = save.map(Place::private);
        if let (Some(output), Some(save)) = (&output, &save)
            && output.is(save)
        {
            let why = "it names the same file as --output; give each its own".to_owned();
            return Err(Refusal::Value { option: "--save", why });
        }
        let (format, verbose, as_case) = (self.format, self.verbose, self.as_case);
        Ok(Ready { format, verbose, as_case, output, save })
    }
}

impl Ready {
    /// Tells a diagnosis, and keeps what it rests on where that was asked for.
    ///
    /// # Errors
    /// When something cannot be written.
    pub(crate) fn tell(&self, diagnosis: &Diagnosis<'_>, voice: &Voice) -> Result<(), Refusal> {
        if let Some(save) = &self.save {
            save.write(&case::save(diagnosis.evidence))?;
        }
        if self.as_case {
            return voice.result(&case::save(diagnosis.evidence));
        }
        match &self.output {
            Some(place) => place.write(&self.render(diagnosis, voice.widest(), false)),
            None => voice.result(&self.render(diagnosis, voice.width(), voice.colour())),
        }
    }

    fn render(&self, diagnosis: &Diagnosis<'_>, width: usize, colour: bool) -> String {
        let report = || Report::of(diagnosis);
        match self.format {
            Format::Text => report::text(&report(), width, Style { colour, verbose: self.verbose }),
            Format::Json => report::json(diagnosis).text(),
            Format::Markdown => report::markdown(&report()),
            Format::Html => report::html(&report()),
        }
    }
}
