//! Sittings in whole staged worlds: what is seen of a few faults, from the name to the reply.
//!
//! Each row names a fault of the lab (or changes a healthy stage) and what some question then meets.
//! Whether the right cause is found is tested with the lab, not here.

use rayfix_core::evidence::chain::ChainFault;
use rayfix_core::evidence::http::ReplyFault;
use rayfix_core::evidence::{
    Answer, DnsAnswer, Evidence, HttpAnswer, Offer, Question, Reading, Record, Seen, TcpAnswer,
    TlsAnswer, Trace, VisitAnswer,
};
use rayfix_core::target::Scheme;
use rayfix_lab::stage::ZoneAnswers;
use rayfix_lab::{Stage, faults};
use rayfix_world::{Setup, sit};

async fn see(stage: Stage) -> Evidence {
    let raised = stage.raise().await.expect("the stage stands");
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
    let limit = raised.timeout.as_millis() + 100;
    assert!(u128::from(evidence.took_ms) <= limit, "{} ms", evidence.took_ms);
    evidence
}

async fn broken(fault: &str) -> Evidence {
    let mut stage = Stage::healthy();
    let (_, fault) = faults::find(fault).expect("it is on the list");
    (fault.break_it)(&mut stage);
    see(stage).await
}

fn seen<'e>(evidence: &'e Evidence, probe: &str) -> Vec<&'e Reading> {
    evidence.readings.iter().filter(|reading| reading.probe == probe).collect()
}

#[tokio::test]
async fn a_healthy_world_answers_every_question() {
    let evidence = see(Stage::healthy()).await;
    for reading in &evidence.readings {
        assert!(matches!(reading.answer, Answer::Got(_)), "{reading:?}");
    }
    for reading in seen(&evidence, "edge_http") {
        let Some(VisitAnswer::Http { http: HttpAnswer::Replied(reply), page: None, ray, .. }) =
            reading.visit()
        else {
            panic!("{reading:?}")
        };
        assert_eq!((reply.status, reply.faults.len(), ray.is_some()), (200, 0, true));
    }
    let trace = seen(&evidence, "edge_trace")[0].seen();
    assert!(matches!(trace, Some(Seen::Trace(Trace::Answered { .. }))));
    for reading in seen(&evidence, "origin_tls") {
        let Some(TlsAnswer::Greeted(greeting)) = reading.tls() else { panic!("{reading:?}") };
        assert_eq!(greeting.chain.faults, []);
    }
    let families = |v4| {
        let visits = seen(&evidence, "edge_http").into_iter();
        visits
            .filter(|reading| match &reading.question {
                Question::Visit { to, .. } => to.is_ipv4() == v4,
                other => panic!("{other:?}"),
            })
            .count()
    };
    assert_eq!((families(true), families(false)), (4, 3));
}

#[tokio::test]
async fn the_zone_is_seen_as_it_is() {
    let resolved = |text: &str, aliases: &[&str]| DnsAnswer::Resolved {
        addresses: vec![text.parse().unwrap()],
        aliases: aliases.iter().map(ToString::to_string).collect(),
    };
    let (v4, v6) = ("127.0.64.1", "2001:db8:64::1");
    let alias = "edge.example.test";
    for (answers, alias, expected) in [
        (ZoneAnswers::Records, None, [resolved(v4, &[]), resolved(v6, &[])]),
        (ZoneAnswers::Records, Some(alias), [resolved(v4, &[alias]), resolved(v6, &[alias])]),
        (ZoneAnswers::NoName, None, [DnsAnswer::NoName, DnsAnswer::NoName]),
        (
            ZoneAnswers::Fails,
            None,
            [DnsAnswer::Failed { rcode: 2 }, DnsAnswer::Failed { rcode: 2 }],
        ),
    ] {
        let mut stage = Stage::healthy();
        stage.zone.answers = answers;
        stage.zone.alias = alias.map(str::to_owned);
        let evidence = see(stage).await;
        for (record, expected) in [Record::A, Record::Aaaa].into_iter().zip(expected) {
            let reading = seen(&evidence, "site_dns")
                .into_iter()
                .find(|reading| match &reading.question {
                    Question::Resolve { record: asked, .. } => *asked == record,
                    other => panic!("{other:?}"),
                })
                .unwrap();
            assert_eq!(reading.dns(), Some(&expected), "{answers:?}");
        }
    }
}

#[tokio::test]
async fn the_origins_port_is_seen_as_it_is() {
    for (fault, fits) in [
        ("net-port-closed", (|a| matches!(a, TcpAnswer::Refused)) as fn(&TcpAnswer) -> bool),
        ("net-origin-silent", |a| matches!(a, TcpAnswer::Silent { .. })),
        ("net-origin-unreachable", |a| matches!(a, TcpAnswer::Unreachable { .. })),
        ("tls-not-spoken", |a| matches!(a, TcpAnswer::Accepted)),
    ] {
        for reading in seen(&broken(fault).await, "origin_tcp") {
            assert!(reading.tcp().is_some_and(fits), "{fault}: {reading:?}");
        }
    }
}

#[tokio::test]
async fn the_six_faults_of_a_chain_are_six_answers() {
    for (fault, fits) in [
        (
            "tls-certificate-expired",
            (|f| matches!(f, [ChainFault::Expired { .. }])) as fn(&[ChainFault]) -> bool,
        ),
        ("tls-certificate-not-yet-valid", |f| matches!(f, [ChainFault::NotYetValid { .. }])),
        ("tls-certificate-self-signed", |f| matches!(f, [ChainFault::SelfSigned])),
        ("tls-certificate-name-mismatch", |f| matches!(f, [ChainFault::NameMismatch])),
        ("tls-chain-incomplete", |f| matches!(f, [ChainFault::Incomplete])),
        ("tls-issuer-untrusted", |f| matches!(f, [ChainFault::IssuerUntrusted])),
    ] {
        let evidence = broken(fault).await;
        let Some(TlsAnswer::Greeted(greeting)) = seen(&evidence, "origin_tls")[0].tls() else {
            panic!("{fault}")
        };
        assert!(fits(&greeting.chain.faults), "{fault}: {:?}", greeting.chain.faults);
        let behind = seen(&evidence, "origin_http")[0].http();
        assert!(matches!(behind, Some(HttpAnswer::Replied(_))), "{fault}: {behind:?}");
    }
}

#[tokio::test]
async fn controls_tell_version_suites_and_name_apart() {
    type Fits = fn(&TlsAnswer) -> bool;
    let refused: Fits = |answer| matches!(answer, TlsAnswer::Alert { .. });
    let taken: Fits = |answer| matches!(answer, TlsAnswer::HelloAccepted { .. });
    for (fault, modern, legacy, anything) in [
        ("tls-version-unsupported", refused, refused, Some(refused)),
        ("tls-cipher-unshared", refused, refused, Some(taken)),
        ("tls-client-certificate-required", refused, taken, None),
        ("tls-name-rejected", refused, refused, Some(refused)),
    ] {
        let evidence = broken(fault).await;
        let answer = |wanted: Offer| {
            let mut readings = seen(&evidence, "origin_tls").into_iter();
            readings.find_map(|reading| match &reading.question {
                Question::Greet { name: Some(_), offer, .. } if *offer == wanted => reading.tls(),
                _ => None,
            })
        };
        assert!(answer(Offer::Modern).is_some_and(modern), "{fault}");
        assert!(answer(Offer::EdgeLegacy).is_some_and(legacy), "{fault}");
        assert_eq!(
            answer(Offer::Anything).map(|a| anything.is_some_and(|f| f(a))),
            anything.map(|_| true),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn replies_are_seen_as_they_are() {
    for (fault, fits) in [
        (
            "http-reply-empty",
            (|a| matches!(a, HttpAnswer::Empty { .. })) as fn(&HttpAnswer) -> bool,
        ),
        ("http-reply-cut", |a| matches!(a, HttpAnswer::CutInHead { .. })),
        ("http-reply-malformed-status-line", |a| matches!(a, HttpAnswer::Malformed { .. })),
        ("http-headers-too-large-endless", |a| matches!(a, HttpAnswer::HeadEndless { .. })),
        ("http-reply-too-late", |a| matches!(a, HttpAnswer::Silent { .. })),
        ("tls-client-certificate-required-tls13", |a| matches!(a, HttpAnswer::Alert { code: 116 })),
        (
            "http-length-wrong-short",
            |a| matches!(a, HttpAnswer::Replied(r) if matches!(r.faults[..], [ReplyFault::ShortBody { .. }])),
        ),
        (
            "http-length-wrong-gzip-corrupt",
            |a| matches!(a, HttpAnswer::Replied(r) if r.faults == [ReplyFault::GzipBroken]),
        ),
    ] {
        let evidence = broken(fault).await;
        for reading in seen(&evidence, "origin_http") {
            let Question::Request { road, .. } = &reading.question else { panic!("{reading:?}") };
            if road.scheme == Scheme::Https {
                assert!(reading.http().is_some_and(fits), "{fault}: {reading:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_loop_is_followed_until_it_is_plain() {
    let evidence = broken("edge-redirect-loop").await;
    let legs = seen(&evidence, "edge_http")
        .into_iter()
        .filter(|reading| matches!(reading.question, Question::Visit { sample: 1, .. }))
        .count();
    assert_eq!(legs, 11, "the site and ten redirects");
}
