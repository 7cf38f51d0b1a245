//! `rayfix fix HOST`: the plan for the first cause; `--apply` carries it out, proves it, or takes it back.

mod applying;
mod ended;
mod nothing;
mod planning;
mod radius;
mod reviewed;

use std::path::PathBuf;

use clap::ValueEnum;
use rayfix_core::evidence::Evidence;
use rayfix_core::fixes;
use rayfix_core::plan::tell;
use rayfix_core::plan::{Plan, Safety};
use rayfix_core::scene::Scene;
use rayfix_core::target::Site;
use rayfix_world::mend::hands::Hands;

use self::applying::applied;
use self::nothing::Nothing;
use self::planning::{Wanted, planned};
use self::reviewed::Reviewed;
use crate::asking::{Asking, Asks};
use crate::exit::Exit;
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
