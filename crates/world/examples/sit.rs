//! Stages worlds of the lab, asks each, and prints what was seen: for looking at readings without
//! their judgement. `cargo run -p rayfix-world --example sit [PART-OF-A-NAME]`.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::error::Error;

use rayfix_core::evidence::{Answer, Evidence, Seen};
use rayfix_lab::{Stage, faults, lookalikes};
use rayfix_world::{Setup, sit};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let mut stages = vec![("healthy".to_owned(), Stage::healthy())];
    for (doc, fault) in faults::ALL {
        let mut stage = Stage::healthy();
        (fault.break_it)(&mut stage);
        stages.push((doc.name(), stage));
    }
    for (doc, lookalike) in lookalikes::ALL {
        let mut stage = Stage::healthy();
        (lookalike.set)(&mut stage);
        stages.push((doc.name(), stage));
    }
    for (name, stage) in stages.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        let raised = stage.raise().await?;
        let setup = Setup {
            account: None,
            detours: raised.detours.iter().cloned().collect(),
            given_roots: raised.roots.clone(),
            timeout: raised.timeout,
            samples: raised.samples,
            resolver: Some(raised.resolver),
            on_origin: rayfix_world::OnOrigin::No,
            progress: None,
        };
        let evidence = sit(&raised.target, &setup).await;
        println!("\n== {name} · {} ms of {} ms", evidence.took_ms, raised.timeout.as_millis());
        print(&evidence);
    }
    Ok(())
}

fn print(evidence: &Evidence) {
    for reading in &evidence.readings {
        let answer = match &reading.answer {
            Answer::Got(seen) => match seen {
                Seen::Dns(answer) => format!("{answer:?}"),
                Seen::Visit(answer) => format!("{answer:?}"),
                Seen::Trace(answer) => format!("{answer:?}"),
                Seen::Tcp(answer) => format!("{answer:?}"),
                Seen::Tls(answer) => format!("{answer:?}"),
                Seen::Http(answer) => format!("{answer:?}"),
                Seen::Account(answer) => format!("{answer:?}"),
                Seen::Host(answer) => format!("{answer:?}"),
            },
            other => format!("{other:?}"),
        };
        let answer: String = answer.chars().take(MOST).collect();
        println!("{} {} ms {:?}\n      {answer}", reading.id, reading.took_ms, reading.question);
    }
}

/// Characters of an answer that are printed.
const MOST: usize = 900;
