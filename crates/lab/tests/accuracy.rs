//! The confusion matrix: every fault and every look-alike, staged, asked and judged the whole way.
//!
//! Each runs six times: the edge tells error codes as Cloudflare documents them, or shows a plain
//! 502 for every failure of the origin; and the SSL mode is told, or has to be inferred, or a token
//! is given and the account asked. With a token nothing may be found less surely than without. The
//! table in `docs/accuracy.md` is made here and compared; `UPDATE=1` writes it. The page's second
//! part is about real stages and made by the tests of the binary.

mod asking;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use rayfix_core::causes::{self, Confidence};
use rayfix_core::diagnose::diagnose;
use rayfix_core::diagnosis::Outcome;
use rayfix_lab::stage::Stage;
use rayfix_lab::{faults, lookalikes};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many stages stand side by side.
const SIDE_BY_SIDE: usize = 6;

/// What begins the part of the page that is not made here.
const REAL_STAGES: &str = "## On a real origin";

/// One way of running a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Variant {
    plain_502: bool,
    told: Told,
}

/// What is told of the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// Its SSL mode.
    Mode,
    /// Nothing.
    Nothing,
    /// A token for its account.
    Token,
}

const VARIANTS: [Variant; 6] = [
    Variant { plain_502: false, told: Told::Mode },
    Variant { plain_502: false, told: Told::Nothing },
    Variant { plain_502: false, told: Told::Token },
    Variant { plain_502: true, told: Told::Mode },
    Variant { plain_502: true, told: Told::Nothing },
    Variant { plain_502: true, told: Told::Token },
];

/// What a run found.
#[derive(Debug, Clone)]
struct Found {
    /// The cause and the confidence of each finding, best first.
    findings: Vec<(String, Confidence)>,
    /// What the first one leads to.
    explained: Vec<String>,
    healthy: bool,
    summary: String,
}

/// A stage to run: its name, the cause that it breeds (none for a look-alike), and its setter.
struct Job {
    name: String,
    cause: Option<String>,
    set: fn(&mut Stage),
}

/// What a run is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Right,
    /// Not found, and not to be found: only the account tells it.
    OutOfSight,
    Wrong,
}

impl Job {
    fn verdict(&self, variant: Variant, found: &Found, runs: &[(Variant, &Found)]) -> Verdict {
        // A wrong "certain" is the worst answer, wherever it stands. What the right cause leads to is true.
        let explained =
            |blamed: &String| names(found, &self.cause) && found.explained.contains(blamed);
        let misled = found.findings.iter().any(|(blamed, sure)| {
            *sure == Confidence::Certain
                && Some(blamed) != self.cause.as_ref()
                && !explained(blamed)
        });
        let names_it = match (found.findings.first(), &self.cause) {
            (None, None) => found.healthy,
            (Some((blamed, _)), Some(cause)) => blamed == cause,
            _ => false,
        };
        let with_token = variant.told == Told::Token;
        let needs_account = faults::ONLY_THE_ACCOUNT_TELLS.contains(&self.name.as_str());
        let sure = |found: &Found| found.findings.first().map(|(_, sure)| *sure);
        // Told the mode, one knows no more than with the token.
        let as_sure = runs
            .iter()
            .filter(|(other, _)| other.plain_502 == variant.plain_502 && other.told != Told::Token)
            .all(|(_, other)| {
                !with_token || !names(other, &self.cause) || sure(other) <= sure(found)
            });
        match (misled, names_it) {
            (false, true) if as_sure => Verdict::Right,
            (false, false) if needs_account && !with_token => Verdict::OutOfSight,
            _ => Verdict::Wrong,
        }
    }
}

/// Whether the first finding is this cause.
fn names(found: &Found, cause: &Option<String>) -> bool {
    found.findings.first().map(|(blamed, _)| blamed) == cause.as_ref()
}

fn cell(found: &Found, verdict: Verdict) -> String {
    let first = found.findings.first();
    match (first, verdict) {
        (Some((_, sure)), Verdict::Right) => sure.word().to_owned(),
        (None, Verdict::Right) => "nothing".to_owned(),
        (Some((blamed, sure)), Verdict::OutOfSight) => format!("*{blamed}, {}*", sure.word()),
        (None, Verdict::OutOfSight) if found.healthy => "*nothing*".to_owned(),
        (None, Verdict::OutOfSight) => "*cannot tell*".to_owned(),
        (Some((blamed, sure)), Verdict::Wrong) => format!("**{blamed}**, {}", sure.word()),
        (None, Verdict::Wrong) if found.healthy => "**nothing**".to_owned(),
        (None, Verdict::Wrong) => "**cannot tell**".to_owned(),
    }
}

async fn run(set: fn(&mut Stage), variant: Variant) -> Found {
    let mut stage = Stage::healthy();
    set(&mut stage);
    stage.edge.plain_502 = variant.plain_502;
    stage.tell_mode = variant.told == Told::Mode;
    let raised = stage.raise().await.expect("the stage stands");
    let setup = asking::setup(&raised, variant.told == Told::Token);
    let evidence = rayfix_world::sit(&raised.target, &setup).await;
    let diagnosis = diagnose(&evidence);
    let summary = serde_json::to_string(&diagnosis.findings).expect("findings are plain data");
    Found {
        findings: diagnosis.findings.iter().map(|f| (f.cause.clone(), f.confidence)).collect(),
        explained: diagnosis.findings.first().map_or_else(Vec::new, |one| one.leads_to.clone()),
        healthy: diagnosis.outcome() == Outcome::Healthy,
        summary: format!("{summary} {:?}", diagnosis.symptom),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_finding_is_right_for_every_fault_and_nothing_is_blamed_on_look_alikes() {
    let mut jobs: Vec<Job> = Vec::new();
    for (doc, fault) in faults::ALL {
        let (bred, _) = causes::ALL
            .iter()
            .find(|(_, cause)| std::ptr::eq(fault.breeds, *cause))
            .expect("a fault breeds a cause on the list");
        jobs.push(Job { name: doc.name(), cause: Some(bred.name()), set: fault.break_it });
    }
    for (doc, lookalike) in lookalikes::ALL {
        jobs.push(Job { name: doc.name(), cause: None, set: lookalike.set });
    }

    let gate = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let mut running = JoinSet::new();
    for (at, job) in jobs.iter().enumerate() {
        for variant in VARIANTS {
            let (gate, set) = (gate.clone(), job.set);
            running.spawn(async move {
                let _place = gate.acquire_owned().await.expect("the gate is never closed");
                (at, variant, run(set, variant).await)
            });
        }
    }
    let mut found = Vec::new();
    while let Some(result) = running.join_next().await {
        found.push(result.expect("no run panics"));
    }
    found.sort_by_key(|(at, variant, _)| (*at, VARIANTS.iter().position(|v| v == variant)));

    let mut wrong = Vec::new();
    let mut table = String::new();
    for (at, job) in jobs.iter().enumerate() {
        let runs: Vec<(Variant, &Found)> = found
            .iter()
            .filter(|(of, _, _)| of == &at)
            .map(|(_, variant, found)| (*variant, found))
            .collect();
        let mut row = format!("| {} | {} |", job.name, job.cause.as_deref().unwrap_or("nothing"));
        for (variant, found) in &runs {
            let verdict = job.verdict(*variant, found, &runs);
            if verdict == Verdict::Wrong {
                wrong.push(format!("{} {variant:?}: {}", job.name, found.summary));
            }
            let _ = write!(row, " {} |", cell(found, verdict));
        }
        let _ = writeln!(table, "{row}");
    }
    let page = page(&table, jobs.len(), wrong.len());
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{page}");
    for line in &wrong {
        let _ = writeln!(out, "WRONG {line}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/accuracy.md");
    let stands = fs::read_to_string(&path).unwrap_or_default();
    // What follows is made where the binary is: crates/app/tests/real/page.rs.
    let rest = stands.find(REAL_STAGES).map_or("", |at| &stands[at..]);
    let page = if rest.is_empty() { page } else { format!("{page}\n{rest}") };
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).expect("docs can be written");
    }
    assert!(wrong.is_empty(), "{} runs blamed another cause first", wrong.len());
    let stands = fs::read_to_string(&path).unwrap_or_default();
    let lost: Vec<&str> =
        stands.lines().filter(|line| !page.lines().any(|other| other == *line)).collect();
    let new: Vec<&str> =
        page.lines().filter(|line| !stands.lines().any(|other| other == *line)).collect();
    assert!(
        stands == page,
        "docs/accuracy.md is not what was measured: run `make docs`\nthe page has {lost:#?}\nfound was {new:#?}"
    );
}

fn page(table: &str, staged: usize, wrong: usize) -> String {
    format!(
        "# Accuracy\n\n\
         Made by `make accuracy`: every fault and every healthy look-alike of the lab, staged on the loopback, asked from\n\
         outside with the origin's address known, and judged. A cell is the confidence of the first finding where it names\n\
         the staged cause; `nothing` where nothing is blamed and the site is called healthy. Anything else stands in bold, and\n\
         so does a row in which any other cause was called certain. `502`: the edge shows a plain 502 for every failure of the origin.\n\
         `untold`: nobody told the SSL mode. `token`: neither, but a token for the account was given. In italics: what is found\n\
         without it where only the account tells the cause; with it, nothing may be found less surely than without.\n\n\
         Read it for what it is: the judges were written with these stages at hand, so this shows that what is staged is told\n\
         apart, not how often a stranger's outage is. Under the 502 switch an origin that resets only Cloudflare's connections\n\
         looks from outside like a firewall that keeps them out; it is not staged, and both are then merely possible. A 530\n\
         goes out as 502 there with its numbered page, without which nobody could tell it. A service that refuses\n\
         its tunnel looks from outside like an app that answers 502 by itself: the account shows the tunnel and its rule, which\n\
         makes it possible; a look into the connector's machine tells (second part). That all origins of a pool are unwell is\n\
         likely where nobody can ask them, for then they may be what fails.\n\n\
         {staged} stages, {} runs, {wrong} wrong.\n\n\
         | staged | cause | as documented | untold | token | 502 | 502, untold | 502, token |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n{table}",
        staged * VARIANTS.len()
    )
}
