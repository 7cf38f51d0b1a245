//! `rayfix fix HOST`: the plan for the first cause; `--apply` carries it out, proves it, or takes it back.

mod nothing;
mod planning;
mod radius;
mod reviewed;

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use rayfix_core::evidence::Evidence;
use rayfix_core::fixes;
use rayfix_core::plan::tell::{self, Without};
use rayfix_core::plan::{Plan, RunState, Safety};
use rayfix_core::scene::Scene;
use rayfix_core::target::Site;
use rayfix_world::mend::carry::Manner;
use rayfix_world::mend::hands::Hands;
use rayfix_world::mend::journal::Run;
use rayfix_world::mend::{Carried, Store, Turn, carry_out, recover};

use self::nothing::Nothing;
use self::planning::{Wanted, planned};
use self::reviewed::Reviewed;
use crate::asking::{Asking, Asks, runtime};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::proof::Proof;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// Plan the fix for the first cause; with --apply, do it, prove it, or take it back
///
/// Diagnoses the site, and prints the steps that mend the first cause: commands, changes of files, calls of
/// Cloudflare's API. Without --apply nothing is changed. With it, each step is written to a journal with its
/// undo before it is done; then visits through the edge and a request straight to the origin must prove that
/// the site is back. If they do not, everything is taken back.
///
/// Each plan says who may carry it out. "you": it is instructions, and this program does none of it. "once you
/// said yes": somebody has to agree to this very plan, at the terminal or by naming its fix with --only. "also
/// unattended": --yes is enough.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    sudo rayfix fix shop.example.com\n  \
    sudo rayfix fix shop.example.com --apply\n  \
    sudo rayfix fix shop.example.com --apply --yes --only app-start,app-restart\n  \
    sudo rayfix fix shop.example.com --apply --confirm-within 60; rayfix confirm\n  \
    sudo rayfix fix shop.example.com --format json > plan.json\n  \
    sudo rayfix fix shop.example.com --apply --yes --plan plan.json\n\n\
    Exit codes: 0 nothing to mend, or proven; 1 a plan was printed, nothing done;\n\
    2 usage, or refused: another run, drift; 3 could not tell, or no fix may be\n\
    carried out; 4 taken back completely; 5 not taken back completely.")]
pub(crate) struct Args {
    /// The site: a hostname, or the URL that fails
    #[arg(value_name = "HOST")]
    host: String,

    /// Carry the plan out
    #[arg(long)]
    apply: bool,

    /// Do not ask before: fixes that may run unattended, and those that --only names
    #[arg(long, requires = "apply")]
    yes: bool,

    /// Only these fixes (`safe`: those that may run unattended)
    #[arg(long, value_name = "FIX,…", value_delimiter = ',')]
    only: Vec<String>,

    /// Only this plan, as --format json printed it: where another would be made now, nothing is done
    #[arg(long, value_name = "FILE", requires = "apply", conflicts_with = "only")]
    plan: Option<PathBuf>,

    /// Do nothing where so many runs began within the last 24 hours
    #[arg(long, value_name = "N", requires = "apply", value_parser = at_most)]
    at_most: Option<usize>,

    /// Take everything back unless `rayfix confirm` comes within so long
    #[arg(long, value_name = "SECONDS", requires = "apply", num_args = 0..=1, default_missing_value = "60", value_parser = confirm_within)]
    confirm_within: Option<u64>,

    /// Change the packet filter even if that cuts off somebody who is logged in
    #[arg(long, requires = "confirm_within")]
    even_if_cut_off: bool,

    /// How long the proof may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = prove_within)]
    prove_within: u64,

    /// Text for a terminal, JSON for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    #[command(flatten)]
    asking: Asking,
}

fn confirm_within(text: &str) -> Result<u64, String> {
    seconds(text, 5, 3600)
}

fn prove_within(text: &str) -> Result<u64, String> {
    seconds(text, 5, 600)
}

fn seconds(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let fits = text.parse().ok().filter(|seconds| (least..=most).contains(seconds));
    fits.ok_or_else(|| {
        format!("`{text}` does not fit; a number of seconds from {least} to {most} belongs there")
    })
}

fn at_most(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{text}` does not fit; a number of runs belongs there"))
}

/// How to tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) fn run(args: &Args, voice: &Voice) -> Result<Exit, Refusal> {
    let site = Site::parse(&args.host)?;
    for name in args.only.iter().filter(|name| *name != "safe") {
        if fixes::named(name).is_none() {
            let named = fixes::ALL.iter().map(|(doc, _)| doc.name());
            let known: Vec<String> = ["safe".to_owned()].into_iter().chain(named).collect();
            let why = format!("`{name}` is no fix; there are: {}", known.join(", "));
            return Err(Refusal::Value { option: "--only", why });
        }
    }
    // Hands act on this machine, so what was seen of another must not lead them.
    if args.asking.is_over_ssh() {
        let why = "a fix is carried out on the origin itself: run rayfix there".to_owned();
        return Err(Refusal::Value { option: "--ssh", why });
    }
    if args.apply && !rayfix_world::mend::is_root() {
        let why = "a fix is carried out as root: run it with sudo".to_owned();
        return Err(Refusal::Value { option: "--apply", why });
    }
    let host = site.host.clone();
    let reviewed = args.plan.as_deref().map(|path| Reviewed::read(path, &host)).transpose()?;
    let wanted = Wanted {
        only: &args.only,
        unasked: args.yes,
        even_if_cut_off: args.even_if_cut_off,
        reviewed: reviewed.as_ref(),
        roots: args.asking.given_roots()?,
    };
    let hands = Hands { account: args.asking.account(voice)?, root: None };
    let done = if args.apply {
        applied(site, &wanted, &hands, args, voice)
    } else {
        shown(site, &wanted, &hands, args, voice)
    };
    match done {
        Ok(Ok(exit)) => Ok(exit),
        Ok(Err(nothing)) => nothing.tell(&host, args.apply, args.format == Format::Json, voice),
        // Whoever reads documents gets one.
        Err(Refusal::Store(error)) if args.format == Format::Json => {
            let why = format!("Could not {error}.");
            Nothing::refused(Exit::Usage, why).tell(&host, args.apply, true, voice)
        }
        // The journal and the turn come before the first step.
        Err(Refusal::Store(error)) if args.apply => {
            let why = format!("Could not {error}. Nothing was done.");
            Nothing::refused(Exit::Usage, why).tell(&host, true, false, voice)
        }
        Err(refusal) => Err(refusal),
    }
}

/// How it ended; else why nothing was done.
type Done = Result<Result<Exit, Nothing>, Refusal>;

/// The plan, and nothing is done.
fn shown(site: Site, wanted: &Wanted<'_>, hands: &Hands, args: &Args, voice: &Voice) -> Done {
    let evidence = args.asking.ask(site, Asks::AccountToo, voice)?;
    let mut plan = match planned(&evidence, hands, wanted, &|what| voice.note(what))? {
        Ok(plan) => plan,
        Err(nothing) => return Ok(Err(nothing)),
    };
    reaching(&mut plan, &evidence, hands, args)?;
    voice.result(&match args.format {
        Format::Text => tell::text(&plan, voice.width()),
        Format::Json => tell::json(&plan),
    })?;
    if plan.safety() != Safety::ShowOnly {
        voice.note(
            "\nNothing was changed. The same command with `--apply` carries it out, as root.",
        );
    }
    Ok(Ok(Exit::Blamed))
}

fn applied(site: Site, wanted: &Wanted<'_>, hands: &Hands, args: &Args, voice: &Voice) -> Done {
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

/// Says in a plan what it does to others.
fn reaching(
    plan: &mut Plan,
    evidence: &Evidence,
    hands: &Hands,
    args: &Args,
) -> Result<(), Refusal> {
    let scene = Scene::new(evidence);
    let zone = scene.account.zone().map(|(_, zone)| zone.name.as_str());
    radius::tell(plan, zone, hands.account.as_ref(), &args.asking)
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
        Ok(carried) => ended(&carried, store, args.format, voice).map(Ok),
        // The journal comes first.
        Err(error) => {
            let why = format!("Could not {error}. Nothing was done.");
            nothing(Exit::Usage, Without::Refused, &why)
        }
    }
}

fn ended(carried: &Carried, store: &Store, format: Format, voice: &Voice) -> Result<Exit, Refusal> {
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
        let lines = store.run(run).map_err(Refusal::Store)?.map(|run| run.lines);
        voice.result(&tell::run(run.as_str(), &lines.unwrap_or_default(), &differs))?;
    } else {
        voice.says(&format!("\n{sentence}"))?;
    }
    Ok(exit)
}

/// Asks on the terminal.
fn agreed(voice: &Voice) -> Result<bool, Refusal> {
    voice.note("Carry it out? Type yes:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Refusal::Read)?;
    Ok(matches!(line.trim(), "yes" | "y"))
}
