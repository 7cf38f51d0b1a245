//! `rayfix explain WORD`: what a cause, a code, a fix, a status or a log line means.

use std::io::Read as _;

use rayfix_core::explain::{self, Found};

use crate::exit::Exit;
use crate::page::page;
use crate::refusal::{Refusal, unknown};
use crate::voice::Voice;

/// Explain a cause, a code, a fix, a status, or a pasted line
///
/// WORD is the name of a cause (tls-name-rejected), its code (C512), the name of a fix (app-start), a
/// status that visitors see (522), a 1xxx code of an error page (1033), or a line of a log or of an
/// error page.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rayfix explain C512\n  \
    rayfix explain error code: 1033\n  \
    tail -n1 /var/log/nginx/error.log | rayfix explain -")]
pub(crate) struct Args {
    /// What to explain; `-` reads it from standard input
    #[arg(value_name = "WORD", required_unless_present = "list", conflicts_with = "list")]
    words: Vec<String>,

    /// List everything that can be explained
    #[arg(long)]
    list: bool,
}

/// How much of standard input is read.
const MOST: u64 = 1024 * 1024;

pub(crate) fn run(args: &Args, voice: &Voice) -> Result<Exit, Refusal> {
    if args.list {
        return tell(voice, &explain::list());
    }
    let text = match args.words.as_slice() {
        [word] if word == "-" => {
            let mut bytes = Vec::new();
            let stdin = std::io::stdin().lock();
            stdin.take(MOST).read_to_end(&mut bytes).map_err(Refusal::Read)?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        words => words.join(" "),
    };
    let otherwise = "`rayfix explain --list` lists what is known";
    if text.trim().is_empty() {
        let what = "there is nothing to explain; a name, a code, a status or a line belongs there";
        return Err(unknown(what, &[], otherwise));
    }
    match explain::find(&text) {
        Ok(found) => tell(voice, &with_stages(&found)),
        Err(near) => {
            let cut: String = text.trim().chars().take(60).collect();
            let what = format!("nothing is known of `{}`", cut.replace('\n', " "));
            Err(unknown(&what, &near, otherwise))
        }
    }
}

fn tell(voice: &Voice, markdown: &str) -> Result<Exit, Refusal> {
    voice.result(&page(markdown, voice.width()))?;
    Ok(Exit::Fine)
}

/// The page; of a cause, with the commands that stage it on this machine.
fn with_stages(found: &Found) -> String {
    #[cfg_attr(not(feature = "lab"), expect(unused_mut, reason = "only the lab adds to it"))]
    let mut text = found.page();
    #[cfg(feature = "lab")]
    if let Found::Cause(_, cause) = found {
        let commands = super::lab::stagings(cause);
        if !commands.is_empty() {
            text.push_str("\n## See it happen\n\n");
        }
        for command in commands {
            text.push_str(&format!("- `{command}`\n"));
        }
    }
    text
}
