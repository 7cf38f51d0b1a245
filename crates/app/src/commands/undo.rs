//! `rayfix undo`, `rayfix confirm`, `rayfix history`: what becomes of runs.

use std::time::Duration;

use rayfix_core::plan::{Journaled, RunId, RunState, tell};
use rayfix_world::mend::hands::Hands;
use rayfix_world::mend::journal::{Listed, Run};
use rayfix_world::mend::{Store, take_back, take_back_if_untouched, watchdog};
use rayfix_world::{Setup, clock};

use crate::account;
use crate::asking::runtime;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// Take back what a fix did: the newest run, or the one that is named
///
/// Each time that a fix is carried out is a run; `rayfix history` lists them. Every step is made as it was, the last one first, and compared with what was kept of it. What somebody else
/// has changed since is left alone and told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    sudo rayfix undo\n  \
    sudo rayfix undo 20261122T140312Z-1f0c\n\n\
    Exit codes: 0 taken back; 2 usage, or refused, with nothing touched: somebody\n\
    changed since what it did; 5 not taken back completely.")]
pub(crate) struct Undo {
    /// The run, as `rayfix history` names it
    #[arg(value_name = "RUN", value_parser = run_id)]
    run: Option<RunId>,

    #[arg(
        long,
        value_name = "URL",
        help = "Cloudflare's API, instead of CLOUDFLARE_API_BASE_URL or https://api.cloudflare.com/client/v4; what a run \
                did to the account is taken back by the token in CLOUDFLARE_API_TOKEN"
    )]
    api_url: Option<String>,

    /// Only if it was neither kept nor taken back: what the dead man's switch calls
    #[arg(long, hide = true)]
    unless_kept: bool,

    /// Wait for so many seconds first
    #[arg(long, hide = true, value_name = "SECONDS", requires = "unless_kept")]
    after: Option<u64>,
}

/// Keep what a fix did, where it waits for that (`fix --confirm-within`)
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    sudo rayfix confirm")]
pub(crate) struct Confirm {
    /// The run; without it, the one that waits
    #[arg(value_name = "RUN", value_parser = run_id)]
    run: Option<RunId>,
}

/// List what fixes did on this machine, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    sudo rayfix history\n\n\
    Exit codes: 0 listed, 2 usage, 3 a run could not be read; it is named.")]
pub(crate) struct History {
    /// One JSON document a line
    #[arg(long)]
    json: bool,
}

/// How long the switch waits for a run that still goes on when its time is over.
const GRACE: Duration = Duration::from_secs(20);

fn run_id(text: &str) -> Result<RunId, String> {
    let form =
        "a run's name belongs there, such as 20261122T140312Z-1f0c; `rayfix history` lists them";
    RunId::new(text).ok_or_else(|| form.to_owned())
}

pub(crate) fn undo(args: &Undo, voice: &Voice) -> Result<Exit, Refusal> {
    let store = Store::here();
    let runtime = runtime()?;
    if let Some(seconds) = args.after {
        // Made within: a timer belongs to the runtime that it was made in.
        runtime.block_on(async { tokio::time::sleep(Duration::from_secs(seconds)).await });
    }
    let _turn = if args.unless_kept {
        // The run itself may still hold the turn: it gives up within its own time, or it hangs.
        runtime.block_on(store.turn_at_last(GRACE)).map_err(Refusal::Store)?
    } else {
        store.turn().map_err(Refusal::Store)?
    };
    let run = match &args.run {
        // By its own journal alone: what became of another run must not leave this one as it is.
        Some(id) => store.run(id).map_err(Refusal::Store)?,
        None => chosen(&store, |run| run.state != RunState::Undone)?,
    };
    let Some(run) = &run else {
        voice.note("There is no run to take back.");
        return Ok(Exit::Usage);
    };
    let id = run.id.as_str();
    if args.unless_kept && !run.is_open() {
        runtime.block_on(watchdog::disarm(&run.id, &store));
        return Ok(Exit::Fine);
    }
    if run.state == RunState::Undone {
        voice.note(&format!("Run {id} was taken back already."));
        return Ok(Exit::Fine);
    }
    if !args.unless_kept {
        is_newest(&store, run, voice)?;
    }
    let why = if args.unless_kept { "nobody confirmed it in time" } else { "it was asked for" };
    // A run that changed the account is taken back there, with the token of now.
    let account = account::of_environment(args.api_url.as_deref(), &Setup::default(), voice)?;
    let hands = Hands { account, root: None };
    let taken = runtime.block_on(async {
        // Halfway is no place to be left at, neither by Ctrl-C nor by a closed terminal.
        let _noted = Interrupt::noted()?;
        let taken = if run.is_open() {
            take_back(&store, run, &hands, why).await
        } else {
            take_back_if_untouched(&store, run, &hands, why).await
        };
        taken.map_err(Refusal::Store)
    })?;
    if let Some(why) = &taken.unwritten {
        voice.note(&format!("The journal could not be written to its end: could not {why}."));
    }
    if taken.is_complete() {
        voice.says(&format!("Run {id} was taken back; everything is as it was."))?;
        return Ok(Exit::Fine);
    }
    let what = taken.differs.join("\n");
    if taken.refused {
        voice.says(&format!(
            "Run {id} was not taken back: somebody changed since what it did, and nothing was touched.\n{what}\n\
             Make it as the run left it and ask again, or take it back by hand: `rayfix history --json` tells its steps."
        ))?;
        // As any drift: a call that cannot be carried out, and the machine is as it was.
        return Ok(Exit::Usage);
    }
    voice.says(&format!(
        "Run {id} was taken back, but for this:\n{what}\n`rayfix undo {id}` tries again."
    ))?;
    Ok(Exit::NotTakenBack)
}

/// The newest run of a kind; a newer one that cannot be read may be the one that is meant.
fn chosen(store: &Store, kind: impl Fn(&Run) -> bool) -> Result<Option<Run>, Refusal> {
    let listed = store.listed().map_err(Refusal::Store)?;
    let run = listed.runs.into_iter().find(kind);
    match listed.unread.into_iter().next() {
        Some((id, why)) if run.as_ref().is_none_or(|run| run.id < id) => Err(Refusal::Store(why)),
        _ => Ok(run),
    }
}

/// Whether what was done after a run was taken back. One that cannot be read is told and bars nothing: what it changed
/// of this run's things is found changed, and left alone.
fn is_newest(store: &Store, run: &Run, voice: &Voice) -> Result<(), Refusal> {
    let listed = store.listed().map_err(Refusal::Store)?;
    for (id, why) in listed.unread.iter().filter(|(id, _)| *id > run.id) {
        voice.note(&format!(
            "Run {} came after it and was not looked at: could not {why}.",
            id.as_str()
        ));
    }
    // What could not be taken back wholly must not bar the way for ever.
    let bars = |other: &&Run| !matches!(other.state, RunState::Undone | RunState::Broken);
    let newer = listed.runs.iter().filter(|other| other.id > run.id).filter(bars);
    let newer: Vec<&str> = newer.map(|other| other.id.as_str()).collect();
    if newer.is_empty() {
        return Ok(());
    }
    let why = format!("take back what was done after it first: {}", newer.join(", "));
    Err(Refusal::Value { option: "RUN", why })
}

pub(crate) fn confirm(args: &Confirm, voice: &Voice) -> Result<Exit, Refusal> {
    let store = Store::here();
    let _turn = store.turn().map_err(Refusal::Store)?;
    let run = match &args.run {
        Some(id) => store.run(id).map_err(Refusal::Store)?,
        None => chosen(&store, |run| run.state == RunState::Waiting)?,
    };
    let Some(run) = &run else {
        voice.note("No run waits to be confirmed.");
        return Ok(Exit::Usage);
    };
    let id = run.id.as_str();
    if run.state != RunState::Waiting || run.is_overdue() {
        let how = match run.state {
            RunState::Kept => "was kept already",
            RunState::Undone => "was taken back already",
            RunState::Broken => "was taken back already, but not wholly: `rayfix undo` tries again",
            RunState::Waiting => {
                "was not confirmed in time, and is being taken back; if it is not soon, `rayfix undo` does it"
            }
            _ => "was not proven to its end, and cannot be kept: `rayfix undo` takes it back",
        };
        voice.note(&format!("Run {id} {how}."));
        return Ok(if run.state == RunState::Kept { Exit::Fine } else { Exit::Usage });
    }
    let mut journal = store.open(run).map_err(Refusal::Store)?;
    journal.write(Journaled::Confirmed { at: clock::now() }).map_err(Refusal::Store)?;
    runtime()?.block_on(watchdog::disarm(&run.id, &store));
    voice.says(&format!("Run {id} is kept. `rayfix undo {id}` takes it back."))?;
    Ok(Exit::Fine)
}

pub(crate) fn history(args: &History, voice: &Voice) -> Result<Exit, Refusal> {
    let Listed { runs, unread } = Store::here().listed().map_err(Refusal::Store)?;
    let mut text = String::new();
    for run in &runs {
        let id = run.id.as_str();
        if args.json {
            let line: serde_json::Value =
                serde_json::from_str(&tell::run(id, &run.lines, &[])).unwrap_or_default();
            text.push_str(&format!("{line}\n"));
            continue;
        }
        let what = run.plan().map(|plan| format!("{:<28} {}", plan.fix, plan.host));
        text.push_str(&format!("{id}  {:<9} {}\n", word(run.state), what.unwrap_or_default()));
    }
    if runs.is_empty() && unread.is_empty() && !args.json {
        voice.note("Nothing was done on this machine yet.");
    }
    voice.result(&text)?;
    for (_, why) in &unread {
        voice.note(&format!("Could not {why}."));
    }
    Ok(if unread.is_empty() { Exit::Fine } else { Exit::CannotTell })
}

fn word(state: RunState) -> &'static str {
    match state {
        RunState::Planned => "planned",
        RunState::Underway => "half done",
        RunState::Waiting => "waits",
        RunState::Kept => "kept",
        RunState::Undoing => "undoing",
        RunState::Undone => "undone",
        RunState::Broken => "broken",
    }
}
