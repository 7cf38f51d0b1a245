//! `rayfix lab`: faults that can be staged on this machine's loopback.
//!
//! `list` lists them; `run` stages one, asks and judges it the whole way, and says whether the first
//! finding is the staged one. Nothing leaves the loopback, and nothing needs privileges.

use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use rayfix_core::causes::{self, Cause};
use rayfix_core::diagnose::diagnose;
use rayfix_core::explain::near;
use rayfix_core::registry::UnitDoc;
use rayfix_lab::faults::Fault;
use rayfix_lab::raise::Raised;
use rayfix_lab::stage::Stage;
use rayfix_lab::{faults, lookalikes};
use rayfix_world::{Detours, Setup};
use serde::Serialize;

use crate::account;
use crate::asking;
use crate::exit::Exit;
use crate::keep::keep;
use crate::page::page;
use crate::refusal::{Refusal, unknown};
use crate::telling::Telling;
use crate::voice::Voice;

/// Stage a fault on this machine's loopback and diagnose it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rayfix lab list\n  \
    rayfix lab run tls-certificate-expired")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(ListArgs),
    Run(RunArgs),
}

/// List the faults and the healthy look-alikes
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    rayfix lab list --format json")]
struct ListArgs {
    /// Text for people, JSON for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Text,
    Json,
}

/// Stage a fault or a healthy look-alike, and diagnose it
///
/// An emulated edge, a real origin and a pretend zone come up on the loopback, without privileges
/// and without the network. Exit code 0: the first finding is the staged cause (of a look-alike:
/// nothing is blamed); 1: it is another.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rayfix lab run tls-certificate-expired\n  \
    rayfix lab run net-port-closed --plain-502 --format json\n  \
    rayfix lab run dns-record-not-this-host --with-token\n  \
    rayfix lab run tls-name-rejected --keep")]
struct RunArgs {
    /// The name of a fault or look-alike, as `rayfix lab list` has it
    #[arg(value_name = "FAULT")]
    fault: String,

    /// Let the edge show a plain 502 for every failure of the origin
    #[arg(long)]
    plain_502: bool,

    /// Do not tell the diagnosis which SSL mode the zone has
    #[arg(long)]
    mode_untold: bool,

    /// Ask the stage's Cloudflare account as well, as with a token
    #[arg(long)]
    with_token: bool,

    /// How long the edge and the origin each take to answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = milliseconds)]
    latency: u64,

    /// Leave it up until Ctrl-C, and print the command that diagnoses it
    #[arg(long)]
    keep: bool,

    #[command(flatten)]
    telling: Telling,
}

pub(crate) fn run(args: &Args, voice: &Voice) -> Result<Exit, Refusal> {
    match &args.action {
        Action::List(args) => list(args, voice),
        Action::Run(args) => stage(args, voice),
    }
}

/// The name of the cause that a fault breeds.
fn bred(cause: &Cause) -> String {
    let known = causes::ALL.iter().find(|(_, unit)| std::ptr::eq(*unit, cause));
    known.map_or_else(|| cause.code.to_owned(), |(doc, _)| doc.name())
}

/// The commands that stage a cause, for its manual page; empty where no fault breeds it.
pub(super) fn stagings(cause: &Cause) -> Vec<String> {
    faults::ALL
        .iter()
        .filter(|(_, fault)| std::ptr::eq(fault.breeds, cause))
        .map(|(doc, _)| format!("rayfix lab run {}", doc.name()))
        .collect()
}

/// The first sentence of a manual page: what stands before its first heading.
fn headline(doc: &UnitDoc) -> String {
    let manual = doc.manual();
    let lines: Vec<&str> = manual.lines().take_while(|line| !line.starts_with('#')).collect();
    let paragraph = lines.join(" ");
    paragraph.split_once("  ").map_or(paragraph.as_str(), |(first, _)| first).trim().to_owned()
}

fn list(args: &ListArgs, voice: &Voice) -> Result<Exit, Refusal> {
    let text = match args.format {
        ListFormat::Text => page(&catalogue(), voice.width()),
        ListFormat::Json => document()?,
    };
    voice.result(&text)?;
    Ok(Exit::Fine)
}

/// `rayfix/lab/1`.
#[derive(Serialize)]
struct Document {
    schema: &'static str,
    faults: Vec<FaultRow>,
    look_alikes: Vec<AlikeRow>,
}

#[derive(Serialize)]
struct FaultRow {
    name: String,
    /// The cause that should be found.
    cause: String,
    /// Its code.
    code: &'static str,
    /// Its headline.
    title: &'static str,
    /// What is staged, in one sentence.
    stages: String,
}

#[derive(Serialize)]
struct AlikeRow {
    name: String,
    /// What is staged, in one sentence.
    stages: String,
}

fn document() -> Result<String, Refusal> {
    let fault = |(doc, fault): &(UnitDoc, &'static Fault)| FaultRow {
        name: doc.name(),
        cause: bred(fault.breeds),
        code: fault.breeds.code,
        title: fault.breeds.title,
        stages: headline(doc),
    };
    let alike = |(doc, _): &(UnitDoc, _)| AlikeRow { name: doc.name(), stages: headline(doc) };
    let document = Document {
        schema: "rayfix/lab/1",
        faults: faults::ALL.iter().map(fault).collect(),
        look_alikes: lookalikes::ALL.iter().map(alike).collect(),
    };
    let text = serde_json::to_string_pretty(&document);
    text.map(|text| text + "\n").map_err(|error| Refusal::Write(error.into()))
}

fn catalogue() -> String {
    let mut text = String::from("# Faults\n\n");
    for (doc, fault) in faults::ALL {
        text.push_str(&format!("- {} {}: {}\n", fault.breeds.code, doc.name(), headline(doc)));
    }
    text.push_str("\n# Healthy look-alikes, of which nothing is to blame\n\n");
    for (doc, _) in lookalikes::ALL {
        text.push_str(&format!("- {}: {}\n", doc.name(), headline(doc)));
    }
    text.push_str("\n`rayfix lab run NAME` stages one.\n");
    text
}

fn milliseconds(text: &str) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(latency) if latency <= 10_000 => Ok(latency),
        _ => Err(format!("`{text}` does not fit; a number from 0 to 10000 belongs there")),
    }
}

/// What is staged, and what should come of it.
struct Staged {
    doc: &'static UnitDoc,
    section: &'static str,
    set: fn(&mut Stage),
    cause: Option<&'static Cause>,
}

fn find(name: &str) -> Result<Staged, Refusal> {
    let wanted = name.trim().to_lowercase();
    if let Some((doc, fault)) = faults::find(&wanted) {
        let (set, cause) = (fault.break_it, Some(fault.breeds));
        return Ok(Staged { doc, section: "What breaks", set, cause });
    }
    if let Some((doc, alike)) = lookalikes::find(&wanted) {
        return Ok(Staged { doc, section: "What it looks like", set: alike.set, cause: None });
    }
    let names: Vec<String> = faults::ALL
        .iter()
        .map(|(doc, _)| doc.name())
        .chain(lookalikes::ALL.iter().map(|(doc, _)| doc.name()))
        .collect();
    let cut: String = name.chars().take(60).collect();
    let what = format!("the lab has no `{cut}`");
    Err(unknown(&what, &near(name, &names), "`rayfix lab list` lists what it can stage"))
}

fn stage(args: &RunArgs, voice: &Voice) -> Result<Exit, Refusal> {
    let staged = find(&args.fault)?;
    let ready = args.telling.ready()?;
    let mut stage = Stage::healthy();
    (staged.set)(&mut stage);
    stage.edge.plain_502 = args.plain_502;
    stage.tell_mode = !args.mode_untold;
    stage.latency = Duration::from_millis(args.latency);

    let runtime = asking::runtime()?;
    let raised =
        runtime.block_on(stage.raise()).map_err(|error| Refusal::Stage(error.to_string()))?;
    voice.note(&format!("staged {}: {}", staged.doc.name(), what_breaks(&staged)));

    let mut setup = setup(&raised);
    if args.with_token {
        setup.account = Some(account::of_stage(&raised, &setup)?);
    }
    let evidence = asking::sit(&raised.target.site.host, &raised.target, setup, voice)?;
    let diagnosis = diagnose(&evidence);
    ready.tell(&diagnosis, voice)?;
    let first = diagnosis.findings.first().map(|finding| finding.cause.as_str());
    let expected = staged.cause.map(bred);
    let right = first == expected.as_deref();
    if !right {
        let blamed = |cause: Option<&str>| cause.map_or("nothing".to_owned(), str::to_owned);
        voice.note(&format!(
            "expected {} to be blamed first; blamed was {}",
            blamed(expected.as_deref()),
            blamed(first)
        ));
    }
    if args.keep {
        keep(&raised, args.with_token, &runtime, voice)?;
    }
    Ok(if right { Exit::Fine } else { Exit::Blamed })
}

fn setup(raised: &Raised) -> Setup {
    Setup {
        detours: Detours::from_iter(raised.detours.clone()),
        given_roots: raised.roots.clone(),
        timeout: raised.timeout,
        samples: raised.samples,
        resolver: Some(raised.resolver),
        ..Setup::default()
    }
}

/// The first paragraph of what the manual says, on one line.
fn what_breaks(staged: &Staged) -> String {
    let section = staged.doc.section(staged.section).unwrap_or_default();
    let first = section.split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}
