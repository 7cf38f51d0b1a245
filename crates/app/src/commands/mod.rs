//! The commands: one file each. To add one, write the file and add it to the list below.
//!
//! A file has the arguments of its command and `run`, which calls the other rooms and hands the
//! result to the voice. Nothing in here ends the program.

mod completions;
mod diagnose;
mod explain;
mod firewall;
mod fix;
#[cfg(feature = "lab")]
mod lab;
mod man;
mod ssl_mode;
mod undo;

use clap::{Parser, Subcommand};

use crate::exit::Exit;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// What the program is, for help and manual.
#[derive(Debug, Parser)]
#[command(
    name = "rayfix",
    version,
    about = "Says whose fault a 502 behind Cloudflare is, with proof, and mends it",
    long_about = "Says whose fault a 502 (or 52x, or 530) behind Cloudflare is, with proof: every \
                  sentence cites what was seen. A diagnosis changes nothing; a fix is proven, or taken back.",
    after_help = exits(),
    max_term_width = 80,
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true,
    propagate_version = false
)]
pub(crate) struct Arguments {
    /// Which one.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Every command, in the order of help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Diagnose(Box<diagnose::Args>),
    Fix(Box<fix::Args>),
    Undo(undo::Undo),
    Confirm(undo::Confirm),
    History(undo::History),
    Firewall(Box<firewall::Args>),
    SslMode(Box<ssl_mode::Args>),
    Explain(explain::Args),
    #[cfg(feature = "lab")]
    Lab(lab::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Carries it out.
    ///
    /// # Errors
    /// When it cannot be carried out as it was given.
    pub(crate) fn run(self, voice: &Voice) -> Result<Exit, Refusal> {
        match self {
            Command::Diagnose(args) => diagnose::run(&args, voice),
            Command::Fix(args) => fix::run(&args, voice),
            Command::Undo(args) => undo::undo(&args, voice),
            Command::Confirm(args) => undo::confirm(&args, voice),
            Command::History(args) => undo::history(&args, voice),
            Command::Firewall(args) => firewall::run(&args, voice),
            Command::SslMode(args) => ssl_mode::run(&args, voice),
            Command::Explain(args) => explain::run(&args, voice),
            #[cfg(feature = "lab")]
            Command::Lab(args) => lab::run(&args, voice),
            Command::Completions(args) => completions::run(&args, voice),
            Command::Man(args) => man::run(&args, voice),
        }
    }
}

fn exits() -> String {
    let mut text = String::from(
        "Examples:\n  rayfix diagnose shop.example.com\n  sudo rayfix fix shop.example.com\n  sudo rayfix firewall\n  rayfix ssl-mode example.com --to strict\n  rayfix explain 522\n\nExit codes:",
    );
    for exit in Exit::ALL {
        text.push_str(&format!("\n  {}  {}", exit.code(), exit.meaning()));
    }
    text
}
