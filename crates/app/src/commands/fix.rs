//! `rayfix fix HOST`: the plan for the first cause; `--apply` carries it out, proves it, or takes it back.

use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;

use clap::ValueEnum;
use rayfix_core::diagnose::diagnose;
use rayfix_core::evidence::Evidence;
use rayfix_core::fixes;
use rayfix_core::plan::{Plan, Safety, tell};
use rayfix_core::scene::Scene;
use rayfix_core::target::Site;
use rayfix_world::mend::carry::Manner;
use rayfix_world::mend::hands::Hands;
use rayfix_world::mend::{Carried, Store, Turn, carry_out, materials, recover};

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
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    sudo rayfix fix shop.example.com\n  \
    sudo rayfix fix shop.example.com --apply\n  \
    sudo rayfix fix shop.example.com --apply --yes --only app-start,app-restart\n  \
    sudo rayfix fix shop.example.com --apply --confirm-within 60; rayfix confirm\n\n\
    Exit codes: 0 nothing to mend, or proven; 1 a plan was printed; 2 usage;\n\
    3 could not tell, or no fix is known; 4 taken back completely; 5 not taken back completely.")]
pub(crate) struct Args {
    /// The site: a hostname, or the URL that fails
    #[arg(value_name = "HOST")]
    host: String,

    /// Carry the plan out
    #[arg(long)]
    apply: bool,

    /// Do not ask before
    #[arg(long, requires = "apply")]
    yes: bool,

    /// Only these fixes (`safe`: those that may run unattended)
    #[arg(long, value_name = "FIX,…", value_delimiter = ',')]
    only: Vec<String>,

    /// Do nothing where so many runs began within the last 24 hours
    #[arg(long, value_name = "N", requires = "apply")]
    at_most: Option<usize>,

    /// Take everything back unless `rayfix confirm` comes within so long
    #[arg(long, value_name = "SECONDS", requires = "apply", num_args = 0..=1, default_missing_value = "60", value_parser = clap::value_parser!(u64).range(5..=3600))]
    confirm_within: Option<u64>,

    /// How long the proof may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(5..=600))]
    prove_within: u64,

    /// Text for a terminal, JSON for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    #[command(flatten)]
    asking: Asking,
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
            let known: Vec<String> = fixes::ALL.iter().map(|(doc, _)| doc.name()).collect();
            let why = format!("`{name}` is no fix; there are: {}", known.join(", "));
            return Err(Refusal::Value { option: "--only", why });
        }
    }
    // Hands act on this machine, so what was seen of another must not lead them.
    if args.asking.is_over_ssh() {
        let why = "a fix is carried out on the origin itself: run rayfix there".to_owned();
        return Err(Refusal::Value { option: "--ssh", why });
    }
    let store = Store::here();
    let hands = Hands { account: args.asking.account(voice)?, root: None };
    if !args.apply {
        let evidence = args.asking.ask(site, Asks::AccountToo, voice)?;
        let plan = match planned(&evidence, &hands, args, &|what| voice.note(what))? {
            Ok(plan) => plan,
            Err(exit) => return Ok(exit),
        };
        voice.result(&match args.format {
            Format::Text => tell::text(&plan, voice.width()),
            Format::Json => tell::json(&plan),
        })?;
        return Ok(Exit::Blamed);
    }
    if !rayfix_world::mend::is_root() {
        let why = "a fix is carried out as root: run it with sudo".to_owned();
        return Err(Refusal::Value { option: "--apply", why });
    }
    // From here to the end: a plan must not be made of what another run is about to change.
    let turn = store.turn().map_err(Refusal::Store)?;
    left_over(&store, &hands, voice)?;
    if let Some(exit) = barred(&store, args, voice)? {
        return Ok(exit);
    }
    let evidence = args.asking.ask(site, Asks::AccountToo, voice)?;
    let plan = match planned(&evidence, &hands, args, &|what| voice.note(what))? {
        Ok(plan) => plan,
        Err(exit) => return Ok(exit),
    };
    apply(&plan, &evidence, args, &Place { store: &store, turn: &turn, hands: &hands }, voice)
}

/// Where and by whom a plan is carried out.
struct Place<'a> {
    store: &'a Store,
    turn: &'a Turn,
    hands: &'a Hands,
}

/// What stands against another run before anything is asked: one that waits, or as many as a day may have.
fn barred(store: &Store, args: &Args, voice: &Voice) -> Result<Option<Exit>, Refusal> {
    let runs = store.all().map_err(Refusal::Store)?;
    if let Some(open) = runs.iter().find(|run| run.is_open()) {
        let id = open.id.as_str();
        voice.note(&format!(
            "Run {id} is not over: `rayfix confirm {id}` keeps it, `rayfix undo {id}` takes it back."
        ));
        return Ok(Some(Exit::Usage));
    }
    let Some(most) = args.at_most else { return Ok(None) };
    let of_a_day = runs.iter().filter(|run| run.is_of_the_last_day()).count();
    if of_a_day < most {
        return Ok(None);
    }
    voice.note(&format!(
        "{of_a_day} runs within the last 24 hours are as many as --at-most {most} allows; `rayfix history` lists \
         them. What needs mending again and again needs a person."
    ));
    Ok(Some(Exit::CannotTell))
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
                "Run {id} was left half done; it was taken back, but for this: {what}"
            ));
        }
    }
    Ok(())
}

/// The first fix that fits the first cause; else how to end.
fn planned(
    evidence: &Evidence,
    hands: &Hands,
    args: &Args,
    say: &dyn Fn(&str),
) -> Result<Result<Plan, Exit>, Refusal> {
    let diagnosis = diagnose(evidence);
    let Some(finding) = diagnosis.findings.first() else {
        let exit = Exit::from(diagnosis.outcome());
        say(match exit {
            Exit::Fine => "There is nothing to mend: the site is served.",
            _ => {
                "It could not be told what is to be mended: `rayfix diagnose` says what is needed."
            }
        });
        return Ok(Err(exit));
    };
    say(&format!(
        "{} {} · {}: {}",
        finding.code,
        finding.cause,
        finding.confidence.word(),
        finding.title
    ));
    let scene = Scene::new(evidence);
    let runtime = runtime()?;
    let roots = args.asking.given_roots()?;
    for name in &finding.fixes {
        let Some(fix) = fixes::named(name) else { continue };
        let wants = (fix.wants)(finding, &scene);
        let seen = runtime.block_on(materials(&wants, hands.account.as_deref(), &roots));
        let plan = match seen.and_then(|seen| (fix.plan)(finding, &scene, &seen)) {
            Ok(plan) => plan,
            Err(why) => {
                say(&format!("{name} does not fit: {why}"));
                continue;
            }
        };
        if !allowed(&args.only, &plan) {
            say(&format!("{name} fits, and is not among those of --only."));
            continue;
        }
        return Ok(Ok(plan));
    }
    say(&format!(
        "No fix is known for it; `rayfix explain {}` says what to do by hand.",
        finding.code
    ));
    Ok(Err(Exit::CannotTell))
}

fn allowed(only: &[String], plan: &Plan) -> bool {
    only.is_empty()
        || only.iter().any(|name| {
            *name == plan.fix || (name == "safe" && plan.safety() == Safety::Unattended)
        })
}

fn apply(
    plan: &Plan,
    evidence: &Evidence,
    args: &Args,
    place: &Place<'_>,
    voice: &Voice,
) -> Result<Exit, Refusal> {
    let Place { store, turn, hands } = *place;
    if args.format == Format::Text {
        voice.result(&tell::text(plan, voice.width()))?;
    }
    if plan.safety() == Safety::ShowOnly {
        return Ok(Exit::Blamed);
    }
    if !args.yes {
        if !agreed(voice)? {
            voice.note("Nothing was done.");
            return Ok(Exit::Blamed);
        }
        // Somebody may have read for long.
        if planned(evidence, hands, args, &|_| {})?.ok().as_ref() != Some(plan) {
            voice.note("This machine was changed while you read; nothing was done. Ask for the plan again.");
            return Ok(Exit::Usage);
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
        carry_out(plan, &manner, prove).await.map_err(Refusal::Store)
    })?;
    ended(&carried, store, args.format, voice)
}

fn ended(carried: &Carried, store: &Store, format: Format, voice: &Voice) -> Result<Exit, Refusal> {
    let (exit, run, sentence, differs) = match carried {
        Carried::Refused { why } => {
            voice.note(why);
            return Ok(Exit::Usage);
        }
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
            let told = format!("{why} Not everything could be taken back:\n{what}");
            (Exit::NotTakenBack, run, told, back.differs.clone())
        }
    };
    if format == Format::Json {
        let lines = store.run(run).map_err(Refusal::Store)?.map(|run| run.lines);
        voice.result(&tell::run(run.as_str(), &lines.unwrap_or_default(), &differs))?;
    } else {
        voice.result(&format!("\n{sentence}\n"))?;
    }
    Ok(exit)
}

/// Asks on the terminal.
fn agreed(voice: &Voice) -> Result<bool, Refusal> {
    if !std::io::stdin().is_terminal() {
        let why = "nobody can be asked here: add --yes to carry the plan out".to_owned();
        return Err(Refusal::Value { option: "--apply", why });
    }
    voice.note("Carry it out? Type yes:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Refusal::Read)?;
    Ok(matches!(line.trim(), "yes" | "y"))
}
