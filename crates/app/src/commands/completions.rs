//! `rayfix completions SHELL`: the script that completes its arguments, for packagers.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Arguments;
use crate::exit::Exit;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    rayfix completions bash > /etc/bash_completion.d/rayfix")]
pub(crate) struct Args {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(args: &Args, voice: &Voice) -> Result<Exit, Refusal> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "rayfix", &mut script);
    voice.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
