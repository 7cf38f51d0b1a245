//! How a run ended, told: a sentence for a person, a document for a program, and the exit code.

use rayfix_core::plan::{Journaled, RunId, tell};
use rayfix_world::mend::{Carried, Store};

use super::Format;
use crate::exit::Exit;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// Tells it. `known`: the run out of its journal's lines, or without them.
pub(super) fn tell(
    carried: &Carried,
    known: &dyn Fn(Option<Vec<Journaled>>) -> Vec<Journaled>,
    store: &Store,
    format: Format,
    voice: &Voice,
) -> Result<Exit, Refusal> {
    let (exit, run, sentence, differs) = match carried {
        // It is told by whoever carried out.
        Carried::Refused { .. } => return Ok(Exit::Usage),
        Carried::Kept { run } => {
            let how = format!("`rayfix undo {}` takes it back.", run.as_str());
            (Exit::Fine, run, format!("Proven: the site is back. {how}"), Vec::new())
        }
        Carried::Waits { run, within } => {
            let id = run.as_str();
            let wait = within.as_secs();
            let how =
                format!("`rayfix confirm {id}` within {wait} s keeps it; else it is taken back.");
            (Exit::Fine, run, format!("Proven: the site is back. {how}"), Vec::new())
        }
        Carried::Failed { run, why, back } if back.is_complete() => {
            if let Some(why) = &back.unwritten {
                voice.note(&format!(
                    "The journal could not be written to its end: could not {why}."
                ));
            }
            let what = "Everything was taken back and is as it was.";
            (Exit::TakenBack, run, format!("{why} {what}"), Vec::new())
        }
        Carried::Failed { run, why, back } => {
            let what = back.differs.join("\n");
            let told = format!(
                "{why} Not everything could be taken back:\n{what}\n`rayfix undo {}` tries again.",
                run.as_str()
            );
            (Exit::NotTakenBack, run, told, back.differs.clone())
        }
    };
    if format == Format::Json {
        let lines = known(journal(store, run, voice));
        voice.result(&tell::run(run.as_str(), &lines, &differs))?;
    } else {
        voice.says(&format!("\n{sentence}"))?;
    }
    Ok(exit)
}

/// What the journal says of it. Where it cannot be read, what was done stays done, and is told all the same.
fn journal(store: &Store, run: &RunId, voice: &Voice) -> Option<Vec<Journaled>> {
    match store.run(run) {
        Ok(run) => run.map(|run| run.lines),
        Err(error) => {
            voice.note(&format!("Could not {error}; the document tells the run without it."));
            None
        }
    }
}
