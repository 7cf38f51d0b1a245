//! Carrying a plan out: whose turn it is, what bars the way, who agrees, and the run itself.

use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;

use rayfix_core::evidence::Evidence;
use rayfix_core::plan::tell::{self, Without};
use rayfix_core::plan::{Plan, RunState, Safety};
use rayfix_core::target::Site;
use rayfix_world::clock;
use rayfix_world::mend::carry::Manner;
use rayfix_world::mend::hands::Hands;
use rayfix_world::mend::journal::Run;
use rayfix_world::mend::{Carried, Store, Turn, carry_out, recover, remembered};

use super::nothing::Nothing;
use super::planning::{Wanted, planned};
use super::{Args, Done, Format, ended, reaching};
use crate::asking::{Asks, runtime};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::proof::Proof;
use crate::refusal::Refusal;
use crate::voice::Voice;

pub(super) fn applied(
    site: Site,
    wanted: &Wanted<'_>,
    hands: &Hands,
    args: &Args,
    voice: &Voice,
) -> Done {
    let store = Store::here();
    // From here to the end: a plan must not be made of what another run is about to change.
    let turn = store.turn().map_err(Refusal::Store)?;
    left_over(&store, hands, voice)?;
    if let Some(nothing) = barred(&store, args)? {
        return Ok(Err(nothing));
    }
    let evidence = args.asking.ask(site, Asks::AccountToo, voice)?;
    let mut plan = match planned(&evidence, hands, wanted, &|what| voice.note(what))? {
        Ok(plan) => plan,
        Err(nothing) => return Ok(Err(nothing)),
    };
    // Nobody reads it where nobody is asked.
    if !args.yes {
        reaching(&mut plan, &evidence, hands, args)?;
    }
    let place = Place { store: &store, turn: &turn, hands };
    apply(&plan, &evidence, wanted, args, &place, voice)
}

/// Where and by whom a plan is carried out.
struct Place<'a> {
    store: &'a Store,
    turn: &'a Turn,
    hands: &'a Hands,
}

/// What stands against another run before anything is asked: one that waits, or as many as a day may have.
fn barred(store: &Store, args: &Args) -> Result<Option<Nothing>, Refusal> {
    let runs = store.all().map_err(Refusal::Store)?;
    if let Some(open) = runs.iter().find(|run| run.is_open()) {
        return Ok(Some(Nothing::refused(Exit::Usage, not_over(open))));
    }
    let Some(most) = args.at_most else { return Ok(None) };
    let of_a_day = runs.iter().filter(|run| run.is_of_the_last_day()).count();
    if of_a_day < most {
        return Ok(None);
    }
    let why = format!(
        "{of_a_day} runs within the last 24 hours are as many as --at-most {most} allows; `rayfix history` lists \
         them. What needs mending again and again needs a person."
    );
    Ok(Some(Nothing::refused(Exit::CannotTell, why)))
}

fn not_over(run: &Run) -> String {
    let id = run.id.as_str();
    let what = run.plan().map(|plan| format!(" ({} for {})", plan.fix, plan.host));
    let how = match run.state {
        RunState::Waiting => "waits to be confirmed",
        _ => "is not over",
    };
    let what = what.unwrap_or_default();
    format!(
        "Run {id}{what} {how}: `rayfix confirm {id}` keeps it, `rayfix undo {id}` takes it back."
    )
}

/// Runs that were killed, or that nobody confirmed in time, are taken back first.
fn left_over(store: &Store, hands: &Hands, voice: &Voice) -> Result<(), Refusal> {
    let runtime = runtime()?;
    let mended = runtime.block_on(async { recover(store, hands).await });
    for (run, back) in mended.map_err(Refusal::Store)? {
        let id = run.id.as_str();
        if back.is_complete() {
            voice.note(&format!("Run {id} was left half done; it was taken back completely."));
        } else {
            let what = back.differs.join("; ");
            voice.note(&format!(
                "Run {id} was left half done; it was taken back, but for this: {what}. `rayfix undo {id}` tries \
                 again."
            ));
        }
    }
    Ok(())
}

fn apply(
    plan: &Plan,
    evidence: &Evidence,
    wanted: &Wanted<'_>,
    args: &Args,
    place: &Place<'_>,
    voice: &Voice,
) -> Done {
    let Place { store, turn, hands } = *place;
    let nothing = |exit, state, why: &str| {
        let nothing = Nothing { state, ..Nothing::refused(exit, why) };
        Ok(Err(nothing.of(plan)))
    };
    match args.format {
        Format::Text => voice.result(&tell::text(plan, voice.width()))?,
        // Whoever is asked has to see it; the document comes when it is over.
        Format::Json if !args.yes => voice.help(&tell::text(plan, voice.widest())),
        Format::Json => {}
    }
    if plan.safety() == Safety::ShowOnly {
        let why = "This plan is for a person to carry out; nothing was done.";
        return nothing(Exit::Blamed, Without::ForAPerson, why);
    }
    if args.confirm_within.is_some() && plan.is_of_the_account() {
        let why = "The dead man's switch has no token, so it could not take back what is done to the account: leave \
                   --confirm-within out. Nothing was done.";
        return nothing(Exit::Usage, Without::Refused, why);
    }
    if !args.yes {
        if !std::io::stdin().is_terminal() {
            let why = "Nobody can be asked here: --yes carries the plan out. Nothing was done.";
            return nothing(Exit::Usage, Without::Refused, why);
        }
        if !agreed(voice)? {
            return nothing(Exit::Blamed, Without::Declined, "Nothing was done.");
        }
        // Somebody may have read for long.
        let again = planned(evidence, hands, wanted, &|_| {})?.ok();
        let cautions = || plan.cautions.clone();
        if again.map(|again| Plan { cautions: cautions(), ..again }).as_ref() != Some(plan) {
            let why = "This machine was changed while you read; nothing was done. Ask for the plan again.";
            return nothing(Exit::Usage, Without::Refused, why);
        }
    }
    let patience = Duration::from_secs(args.prove_within);
    let proof = Proof { plan, evidence, asking: &args.asking, patience };
    let runtime = runtime()?;
    let began = clock::now();
    let carried = runtime.block_on(async {
        let interrupt = Interrupt::noted()?;
        let manner = Manner {
            store,
            turn,
            hands,
            confirm_within: args.confirm_within.map(Duration::from_secs),
            // Steps take their time as well.
            patience: patience + Duration::from_secs(60),
            tell: &|at| voice.note(&format!("step {} of {} …", at + 1, plan.steps.len())),
            halted: &|| interrupt.came(),
        };
        let prove = async || {
            tokio::select! {
                proven = proof.ask() => proven,
                () = interrupt.comes() => Err("It was interrupted.".to_owned()),
            }
        };
        Ok::<_, Refusal>(carry_out(plan, &manner, prove).await)
    })?;
    match carried {
        Ok(Carried::Refused { why }) => nothing(Exit::Usage, Without::Refused, &why),
        Ok(carried) => {
            let known = |journal| remembered::lines(journal, plan, &carried, began);
            ended::tell(&carried, &known, store, args.format, voice).map(Ok)
        }
        // The journal comes first.
        Err(error) => {
            let why = format!("Could not {error}. Nothing was done.");
            nothing(Exit::Usage, Without::Refused, &why)
        }
    }
}

/// Asks on the terminal.
fn agreed(voice: &Voice) -> Result<bool, Refusal> {
    voice.note("Carry it out? Type yes:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Refusal::Read)?;
    Ok(matches!(line.trim(), "yes" | "y"))
}
