//! `rayfix man`: the manual page, for packagers. One page for all commands, made of their help.

use std::io;

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::Arguments;
use crate::exit::Exit;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// Print the manual page
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    rayfix man > /usr/share/man/man1/rayfix.1")]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args, voice: &Voice) -> Result<Exit, Refusal> {
    let roff = manual().map_err(Refusal::Write)?;
    voice.result(&String::from_utf8_lossy(&roff))?;
    Ok(Exit::Fine)
}

fn manual() -> io::Result<Vec<u8>> {
    let mut command = Arguments::command();
    command.build();
    let mut roff = Vec::new();
    let whole = Man::new(command.clone());
    whole.render_title(&mut roff)?;
    whole.render_name_section(&mut roff)?;
    whole.render_synopsis_section(&mut roff)?;
    whole.render_description_section(&mut roff)?;
    whole.render_options_section(&mut roff)?;
    for sub in command.get_subcommands() {
        chapter(sub, "rayfix", &mut roff)?;
    }
    roff.extend_from_slice(b".SH \"EXIT STATUS\"\n");
    for exit in Exit::ALL {
        let row = format!(".TP\n\\fB{}\\fR\n{}\n", exit.code(), exit.meaning());
        roff.extend_from_slice(row.as_bytes());
    }
    roff.extend_from_slice(b".SH ENVIRONMENT\n");
    for (variable, meaning) in VARIABLES {
        let row = format!(".TP\n\\fB{variable}\\fR\n{meaning}\n");
        roff.extend_from_slice(row.as_bytes());
    }
    Ok(roff)
}

/// What is read from the environment.
const VARIABLES: [(&str, &str); 5] = [
    (
        "CLOUDFLARE_API_TOKEN",
        "A token of the Cloudflare API, by which \\fBdiagnose\\fR, \\fBfix\\fR and \\fBssl-mode\\fR ask the account. It is never an argument.",
    ),
    ("CLOUDFLARE_API_BASE_URL", "The API, as \\-\\-api\\-url."),
    ("SSL_CERT_FILE", "A file of extra trusted roots, as \\-\\-ca\\-file."),
    ("NO_COLOR", "No colours, wherever the result goes."),
    ("CLICOLOR_FORCE", "Colours even where the result goes to no terminal."),
];

/// A command's own sections, one level down, under a heading with its name.
fn chapter(command: &clap::Command, path: &str, roff: &mut Vec<u8>) -> io::Result<()> {
    let path = format!("{path} {}", command.get_name());
    let man = Man::new(command.clone());
    let mut sections = Vec::new();
    man.render_synopsis_section(&mut sections)?;
    man.render_description_section(&mut sections)?;
    man.render_options_section(&mut sections)?;
    man.render_extra_section(&mut sections)?;
    let sections = String::from_utf8_lossy(&sections)
        .replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n.nf\n")
        .replace(".SH EXTRA\nExample:\n", ".SH EXAMPLES\n.nf\n")
        .replace(".SH EXTRA", ".SH EXAMPLES")
        .replace(".SH ", ".SS ");
    roff.extend_from_slice(
        format!(".SH \"{}\"\n{sections}\n.fi\n", path.to_uppercase()).as_bytes(),
    );
    for sub in command.get_subcommands() {
        chapter(sub, &path, roff)?;
    }
    Ok(())
}
