//! The `rayfix` program: it parses arguments, calls the other rooms, prints, and exits.
//!
//! It knows no protocol and no cause by name. This file is the only place where the program ends,
//! and `voice` the only one that prints.

mod account;
mod asking;
mod commands;
mod exit;
mod input;
mod interrupt;
#[cfg(feature = "lab")]
mod keep;
mod output;
mod page;
mod progress;
mod proof;
mod refusal;
mod telling;
mod usage;
mod voice;

use std::process::ExitCode;

use clap::Parser as _;

use crate::commands::Arguments;
use crate::exit::Exit;
use crate::usage::Spoken;
use crate::voice::Voice;

fn main() -> ExitCode {
    let voice = Voice::of_this_process();
    let result = match Arguments::try_parse() {
        Ok(arguments) => arguments.command.run(&voice),
        Err(error) => match usage::spoken(&error) {
            Spoken::Result(text) => voice.result(&text).map(|()| Exit::Fine),
            Spoken::Help(text) => {
                voice.help(&text);
                Ok(Exit::Usage)
            }
            Spoken::Refusal(refusal) => Err(refusal),
        },
    };
    let exit = result.unwrap_or_else(|refusal| {
        voice.refuse(&refusal.to_string());
        Exit::Usage
    });
    exit.into()
}
