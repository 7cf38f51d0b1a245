//! Faults of an origin beside whatever else may stand on it: the first finding has to be right.
//!
//! A judge alone is easily right. Here all of them look at one sitting, the edge names the fault or
//! says only 502, the SSL mode is told or not, and port 80 is in one of five states. What the lab
//! stages on real sockets is not repeated; these are the combinations that would be slow there.

use super::sample::{Sitting, alert, expired, greeted, page, reply, silent};
use crate::causes::Confidence;
use crate::diagnose::diagnose;
use crate::evidence::chain::ChainFault;
use crate::evidence::http::Malformation;
use crate::evidence::{HttpAnswer, ReplyFault, TcpAnswer, TlsAnswer};
use crate::hop::Hop;
use crate::target::SslMode;

/// What goes wrong on port 443 of an origin, the cause of it, and the status by which an edge
/// names it.
fn faults() -> Vec<(&'static str, u16, Sitting)> {
    let hello = || Sitting::new().tcp(TcpAnswer::Accepted);
    let refusing = |answer: TlsAnswer, nameless: TlsAnswer, anything: TlsAnswer| {
        let sitting = hello().tls(answer.clone()).nameless(nameless).legacy(answer);
        sitting.anything(anything).unreached(Hop::Tls)
    };
    let chain = |fault| hello().tls(greeted(vec![fault])).replies(200);
    let cut = || TlsAnswer::Cut { reset: true, after_bytes: false };
    let accepted = || TlsAnswer::HelloAccepted { version: 0x0303, cipher: 0xcca8 };
    let plain = TlsAnswer::NotTls { first: "HTTP/1.1 400".to_owned(), http: true };
    let asked = TlsAnswer::Alert { code: 116, client_certificate_asked: true };
    let greets = || hello().tls(greeted(vec![]));
    let answers = |answer: HttpAnswer| greets().request(answer.clone()).dressed(answer);
    let early = ChainFault::NotYetValid { not_before: "2026-12-01T00:00:00Z".parse().unwrap() };
    let empty = || HttpAnswer::Empty { reset: true, after_ms: 3 };
    let short = ReplyFault::ShortBody { declared: 5000, came: 612, reset: false };
    let garbled = HttpAnswer::Malformed { what: Malformation::StatusLine, first: String::new() };
    vec![
        ("tls-not-spoken", 525, hello().tls(plain).unreached(Hop::Tls)),
        ("tls-certificate-expired", 526, chain(expired())),
        ("tls-certificate-not-yet-valid", 526, chain(early)),
        ("tls-certificate-self-signed", 526, chain(ChainFault::SelfSigned)),
        ("tls-certificate-name-mismatch", 526, chain(ChainFault::NameMismatch)),
        ("tls-chain-incomplete", 526, chain(ChainFault::Incomplete)),
        ("tls-issuer-untrusted", 526, chain(ChainFault::IssuerUntrusted)),
        ("tls-version-unsupported", 525, refusing(alert(70), alert(70), alert(70))),
        ("tls-cipher-unshared", 525, refusing(alert(40), alert(40), accepted())),
        ("tls-cipher-unshared", 525, refusing(alert(40), alert(40), alert(40))),
        ("tls-client-certificate-required", 525, refusing(asked.clone(), asked, accepted())),
        ("tls-client-certificate-required", 520, answers(HttpAnswer::Alert { code: 116 })),
        ("tls-handshake-cut", 525, refusing(cut(), cut(), cut())),
        ("tls-name-rejected", 525, refusing(alert(112), greeted(vec![]), alert(112))),
        ("tls-name-rejected", 525, refusing(cut(), greeted(vec![]), cut())),
        ("http-reply-empty", 520, answers(empty())),
        ("http-reply-cut", 520, answers(HttpAnswer::CutInHead { reset: true, bytes: 9 })),
        ("http-reply-malformed", 520, answers(garbled)),
        ("http-headers-too-large", 520, answers(HttpAnswer::HeadEndless { bytes: 262_144 })),
        ("http-length-wrong", 520, greets().replies_with(short)),
        ("http-reply-too-late", 524, answers(HttpAnswer::Silent { after_ms: 20_000 })),
        (
            "http-origin-denies-cloudflare",
            520,
            greets().request(HttpAnswer::Replied(reply(200))).dressed(empty()),
        ),
        ("http-origin-answers-5xx", 502, greets().replies(502)),
        ("http-origin-answers-5xx", 504, greets().replies(504)),
    ]
}

/// What may stand on port 80 of the same origin.
fn beside(sitting: &Sitting) -> Vec<(&'static str, Sitting)> {
    let port_80 = || sitting.clone().on_port_80();
    let mut redirect = reply(301);
    redirect.headers.push(("location".to_owned(), "https://shop.example.test/".to_owned()));
    let redirect = HttpAnswer::Replied(redirect);
    let accepted = || port_80().tcp(TcpAnswer::Accepted);
    vec![
        ("nothing was asked", sitting.clone()),
        ("closed", port_80().tcp(TcpAnswer::Refused).unreached(Hop::Net)),
        ("silent", port_80().tcp(silent()).unreached(Hop::Net)),
        ("a redirect", accepted().request(redirect.clone()).dressed(redirect)),
        ("the site", accepted().replies(200)),
    ]
}

#[test]
fn the_first_finding_is_right_whatever_the_edge_says_and_whoever_told_the_mode() {
    let mut wrong = Vec::new();
    for (cause, status, sitting) in faults() {
        for (port_80, sitting) in beside(&sitting) {
            for shown in [status, 502] {
                for mode in [None, Some(SslMode::Strict)] {
                    let sitting = sitting.clone().visits(shown, page(shown));
                    let sitting = mode.into_iter().fold(sitting, Sitting::mode);
                    let evidence = sitting.evidence();
                    let diagnosis = diagnose(&evidence);
                    let found: Vec<_> = diagnosis
                        .findings
                        .iter()
                        .map(|f| format!("{} {}", f.cause, f.confidence.word()))
                        .collect();
                    if diagnosis.findings.first().is_none_or(|f| f.cause != cause) {
                        let told = mode.is_some();
                        wrong.push(format!(
                            "{cause}, {shown}, port 80: {port_80}, mode told: {told}: {found:?}"
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_blamed_while_visits_are_served_whatever_the_origin_says_to_us() {
    for (cause, _, sitting) in faults() {
        for (port_80, sitting) in beside(&sitting) {
            for mode in [None, Some(SslMode::Flexible), Some(SslMode::Strict)] {
                let sitting = mode.into_iter().fold(sitting.clone().served(), Sitting::mode);
                let evidence = sitting.evidence();
                let findings = diagnose(&evidence).findings;
                assert!(findings.is_empty(), "{cause}, port 80: {port_80}: {findings:?}");
            }
        }
    }
}

#[test]
fn nothing_is_certain_where_the_edge_names_another_fault() {
    for (cause, status, sitting) in faults() {
        for (port_80, sitting) in beside(&sitting) {
            for shown in [520, 521, 522, 523, 524, 525, 526, 530] {
                if shown == status {
                    continue;
                }
                let sitting = sitting.clone().mode(SslMode::Strict).visits(shown, page(shown));
                let evidence = sitting.evidence();
                let mut findings = diagnose(&evidence).findings;
                findings.retain(|finding| finding.confidence == Confidence::Certain);
                assert!(findings.is_empty(), "{cause}, {shown}, port 80: {port_80}: {findings:?}");
            }
        }
    }
}
