//! The confusion matrix: every fault and every look-alike, staged, asked and judged the whole way.
//!
//! Each runs four times: the edge tells error codes as Cloudflare documents them, or shows a plain
//! 502 for every failure of the origin; and the SSL mode is told, or has to be inferred. The table
//! in `docs/accuracy.md` is made here and compared; `UPDATE=1` writes it. The page's second part is
//! about real stages and made by the tests of the binary.

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
use rayfix_world::{Detours, Setup};
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
    mode_told: bool,
}

const VARIANTS: [Variant; 4] = [
    Variant { plain_502: false, mode_told: true },
    Variant { plain_502: false, mode_told: false },
    Variant { plain_502: true, mode_told: true },
    Variant { plain_502: true, mode_told: false },
];

/// What a run found.
#[derive(Debug, Clone)]
struct Found {
    /// The cause and the confidence of each finding, best first.
    findings: Vec<(String, Confidence)>,
    healthy: bool,
    summary: String,
}

/// A stage to run: its name, the cause that it breeds (none for a look-alike), and its setter.
struct Job {
    name: String,
    cause: Option<String>,
    set: fn(&mut Stage),
}

async fn run(set: fn(&mut Stage), variant: Variant) -> Found {
    let mut stage = Stage::healthy();
    set(&mut stage);
    stage.edge.plain_502 = variant.plain_502;
    stage.tell_mode = variant.mode_told;
    let raised = stage.raise().await.expect("the stage stands");
    let setup = Setup {
        detours: Detours::from_iter(raised.detours.clone()),
        given_roots: raised.roots.clone(),
        timeout: raised.timeout,
        samples: raised.samples,
        resolver: Some(raised.resolver),
        ..Setup::default()
    };
    let evidence = rayfix_world::sit(&raised.target, &setup).await;
    let diagnosis = diagnose(&evidence);
    let summary = serde_json::to_string(&diagnosis.findings).expect("findings are plain data");
    Found {
        findings: diagnosis.findings.iter().map(|f| (f.cause.clone(), f.confidence)).collect(),
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
    for (at, Job { name, cause, .. }) in jobs.iter().enumerate() {
        let mut row = format!("| {name} | {} |", cause.as_deref().unwrap_or("nothing"));
        for (_, variant, found) in found.iter().filter(|(job, _, _)| job == &at) {
            let mut right = match (found.findings.first(), cause) {
                (None, None) => found.healthy,
                (Some((blamed, _)), Some(cause)) => blamed == cause,
                _ => false,
            };
            // A wrong "certain" is the worst answer, wherever it stands.
            right &= found.findings.iter().all(|(blamed, sure)| {
                *sure != Confidence::Certain || Some(blamed) == cause.as_ref()
            });
            let cell = match (found.findings.first(), cause) {
                (Some((_, confidence)), Some(_)) if right => confidence.word().to_owned(),
                (None, _) if right => "nothing".to_owned(),
                (Some((blamed, confidence)), _) => format!("**{blamed}**, {}", confidence.word()),
                (None, _) => "**cannot tell**".to_owned(),
            };
            if !right {
                wrong.push(format!("{name} {variant:?}: {}", found.summary));
            }
            let _ = write!(row, " {cell} |");
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
    assert!(stands == page, "docs/accuracy.md is not what was measured: run `make docs`");
}

fn page(table: &str, staged: usize, wrong: usize) -> String {
    format!(
        "# Accuracy\n\n\
         Made by `make accuracy`: every fault and every healthy look-alike of the lab, staged on the loopback, asked from\n\
         outside with the origin's address known, and judged. A cell is the confidence of the first finding where it names\n\
         the staged cause; `nothing` where nothing is blamed and the site is called healthy. Anything else stands in bold, and\n\
         so does a row in which any other cause was called certain. `502`: the edge shows a plain 502 for every failure of the origin.\n\
         `untold`: nobody told the SSL mode.\n\n\
         Read it for what it is: the judges were written with these stages at hand, so this shows that what is staged is told\n\
         apart, not how often a stranger's outage is. Under the 502 switch an origin that resets only Cloudflare's connections\n\
         looks from outside like a firewall that keeps them out; it is not staged, and both are then merely possible. A 530\n\
         goes out as 502 there with its numbered page, without which nobody could tell it.\n\n\
         {staged} stages, {} runs, {wrong} wrong.\n\n\
         | staged | cause | as documented | untold | 502 | 502, untold |\n\
         | --- | --- | --- | --- | --- | --- |\n{table}",
        staged * VARIANTS.len()
    )
}
