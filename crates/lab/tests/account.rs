//! The account of a stage: it says what the stage's edge does, and where it cannot be asked, the verdict is
//! what it is without a token and the report says why.
#![expect(clippy::print_stdout, reason = "the bench reads how long the questions took")]

mod asking;

use std::net::IpAddr;
use std::time::Duration;

use rayfix_core::causes::Confidence;
use rayfix_core::diagnose::diagnose;
use rayfix_core::evidence::account::AccountQuestion;
use rayfix_core::evidence::{Answer, Question, Reading};
use rayfix_core::report::{Report, Style, text};
use rayfix_lab::account::{Account, TokenState};
use rayfix_lab::api::{Trouble, TroubleKind};
use rayfix_lab::stage::{Record, Stage};
use rayfix_lab::{faults, lookalikes};

/// Every stage of the lab.
fn stages() -> Vec<(String, Stage)> {
    let broken = faults::ALL.iter().map(|(doc, fault)| {
        let mut stage = Stage::healthy();
        (fault.break_it)(&mut stage);
        (doc.name(), stage)
    });
    let healthy = lookalikes::ALL.iter().map(|(doc, alike)| {
        let mut stage = Stage::healthy();
        (alike.set)(&mut stage);
        (doc.name(), stage)
    });
    broken.chain(healthy).collect()
}

#[test]
fn the_account_of_every_stage_says_what_its_edge_does() {
    for (name, stage) in stages() {
        let account = Account::of(&stage, jiff::Timestamp::UNIX_EPOCH);
        let host = "shop.example.test";
        let ssl = account.settings.iter().find(|setting| setting.id == "ssl").expect("a mode");
        assert_eq!(ssl.word(), Some(stage.ssl_mode.word()), "{name}");
        assert_eq!(account.origin_pulls, stage.edge.client_certificate, "{name}");
        let own: Vec<_> = account.records.iter().filter(|record| record.name == host).collect();
        let dialled: Vec<IpAddr> = own
            .iter()
            .filter(|record| record.proxied)
            .filter_map(|record| record.content.parse().ok())
            .collect();
        let tunnels = own.iter().filter(|record| record.tunnel().is_some()).count();
        match stage.edge.record {
            Record::Tunnel { .. } | Record::DeletedTunnel => assert_eq!(tunnels, 1, "{name}"),
            Record::Pool { .. } => assert_eq!(account.balancers[0].name, host, "{name}"),
            Record::NameUnresolvable => assert_eq!(own[0].kind, "CNAME", "{name}"),
            Record::Addresses if !dialled.is_empty() => {
                let recorded = stage.origins.iter().filter(|origin| origin.recorded);
                let recorded: Vec<IpAddr> = recorded.map(|origin| origin.address).collect();
                assert_eq!(dialled, recorded, "{name}");
            }
            Record::Addresses => assert!(own.iter().all(|one| !one.proxied), "{name}"),
        }
    }
}

/// The confidence of each finding, best first, and the whole report.
async fn verdict(mut stage: Stage, with_token: bool) -> (Vec<(String, Confidence)>, String) {
    stage.samples = 2;
    let raised = stage.raise().await.expect("the stage stands");
    let evidence = rayfix_world::sit(&raised.target, &asking::setup(&raised, with_token)).await;
    let diagnosis = diagnose(&evidence);
    let findings = diagnosis.findings.iter().map(|f| (f.cause.clone(), f.confidence)).collect();
    let told = text(&Report::of(&diagnosis), 100, Style::default());
    assert!(!told.contains(raised.token.reveal()), "the token is in the report");
    (findings, told)
}

/// One way in which the account cannot be asked, and the words by which the report says so.
struct Bad {
    name: &'static str,
    set: fn(&mut Stage),
    said: &'static str,
}

const BAD: &[Bad] = &[
    Bad {
        name: "a token without permissions",
        set: |stage| stage.account.token = TokenState::WithoutPermissions,
        said: "the token lacks Zone Read",
    },
    Bad {
        name: "an expired token",
        set: |stage| stage.account.token = TokenState::Expired,
        said: "the token was disabled, or its time is over",
    },
    Bad {
        name: "a disabled token",
        set: |stage| stage.account.token = TokenState::Disabled,
        said: "the token was disabled, or its time is over",
    },
    Bad {
        name: "an unknown token",
        set: |stage| stage.account.token = TokenState::Unknown,
        said: "Cloudflare does not know the token",
    },
    Bad {
        name: "an API that limits",
        set: |stage| stage.account.trouble = vec![Trouble::always(TroubleKind::Limited(60))],
        said: "too many questions were asked of late",
    },
    Bad {
        name: "an API that fails",
        set: |stage| stage.account.trouble = vec![Trouble::always(TroubleKind::Fails(500))],
        said: "Cloudflare's API failed",
    },
    Bad {
        name: "an API that shows a page",
        set: |stage| stage.account.trouble = vec![Trouble::always(TroubleKind::Page(502))],
        said: "Cloudflare's API failed",
    },
    Bad {
        name: "an API that talks nonsense",
        set: |stage| stage.account.trouble = vec![Trouble::always(TroubleKind::Garbage)],
        said: "the answer was not one of Cloudflare's API",
    },
    Bad {
        name: "an API that is silent",
        set: |stage| stage.account.trouble = vec![Trouble::always(TroubleKind::Hangs)],
        said: "Cloudflare's API did not answer",
    },
    Bad {
        name: "an API that hangs up",
        set: |stage| stage.account.trouble = vec![Trouble::always(TroubleKind::Closes)],
        said: "Cloudflare's API did not answer",
    },
];

/// One of each hop, some that only the account tells, and a healthy one.
const SELECTION: &[&str] = &[
    "dns-not-proxied",
    "dns-record-not-this-host",
    "edge-redirect-loop",
    "edge-pool-empty",
    "tunnel-down",
    "tunnel-missing",
    "net-port-closed",
    "tls-certificate-expired",
    "http-origin-answers-5xx",
    "healthy",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_cannot_be_asked_leaves_the_verdict_as_it_is_without_and_says_why() {
    let mut wrong = Vec::new();
    for (name, stage) in stages().into_iter().filter(|(name, _)| SELECTION.contains(&name.as_str()))
    {
        let (without, _) = verdict(stage.clone(), false).await;
        let asked = BAD.iter().map(|bad| {
            let mut stage = stage.clone();
            (bad.set)(&mut stage);
            verdict(stage, true)
        });
        // Side by side: the silent ones take their whole time.
        let mut running = tokio::task::JoinSet::new();
        for (at, run) in asked.enumerate() {
            running.spawn(async move { (at, run.await) });
        }
        while let Some(ran) = running.join_next().await {
            let (at, (found, told)) = ran.expect("no run panics");
            let Bad { name: trouble, said, .. } = &BAD[at];
            if found.first() != without.first() {
                wrong.push(format!("{name}, {trouble}: {found:?} instead of {without:?}"));
            }
            let on_one_line = told.split_whitespace().collect::<Vec<_>>().join(" ");
            let note = "the Cloudflare account told nothing: ";
            if !on_one_line.contains(&format!("{note}{said}")) {
                wrong.push(format!("{name}, {trouble}: does not say why:\n{told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What was asked of the account, each answer a while after its question.
async fn asked_slowly(mut stage: Stage) -> Vec<Reading> {
    stage.account.trouble = vec![Trouble::always(TroubleKind::Slow(EACH_CALL))];
    let raised = stage.raise().await.expect("the stage stands");
    let evidence = rayfix_world::sit(&raised.target, &asking::setup(&raised, true)).await;
    let asked = |reading: &Reading| {
        matches!((&reading.question, &reading.answer), (Question::Account(_), Answer::Got(_)))
    };
    evidence.readings.into_iter().filter(asked).collect()
}

const EACH_CALL: Duration = Duration::from_millis(400);

/// `bench/account` reads the times; how many calls stand in sequence is counted where they are asked, in world.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_takes_its_time_is_asked_everything_that_the_site_hangs_on() {
    let pool = Record::Pool { fallback: true };
    let tunnel = Record::Tunnel { connected: true };
    for (name, record) in [("plain", Record::Addresses), ("pool", pool), ("tunnel", tunnel)] {
        let mut stage = Stage::healthy();
        stage.timeout = Duration::from_secs(20);
        stage.edge.record = record;
        let all = asked_slowly(stage).await;
        let has = |wanted: fn(&AccountQuestion) -> bool| {
            all.iter().any(|one| matches!(&one.question, Question::Account(asked) if wanted(asked)))
        };
        assert!(has(|asked| matches!(asked, AccountQuestion::Records { .. })), "{name}");
        let health = has(|asked| matches!(asked, AccountQuestion::PoolHealth { .. }));
        let rules = has(|asked| matches!(asked, AccountQuestion::TunnelConfiguration { .. }));
        assert_eq!((health, rules), (name == "pool", name == "tunnel"), "{name}");
        let took = |one: &Reading| i64::try_from(one.took_ms).expect("it is short");
        let begins = all.iter().map(|one| one.at.as_millisecond()).min().expect("it was asked");
        let ends = all.iter().map(|one| one.at.as_millisecond() + took(one)).max();
        let whole = ends.expect("it was asked") - begins;
        let slowest = all.iter().map(took).max().expect("it was asked");
        println!("{name}: {whole} ms, the slowest call {slowest} ms");
    }
}
