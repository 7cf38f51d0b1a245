//! What is foretold of an SSL mode, record by record, and what the emulated edge then really answers.
#![expect(clippy::unwrap_used, reason = "a test's helper stops the test by panicking")]
#![expect(clippy::print_stdout, reason = "the bench reads how long a thousand records took")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rayfix_core::radius::{Aside, Change, Doubt, Leads, Outcome, Report, ZoneAsked};
use rayfix_core::target::{Scheme, SslMode};
use rayfix_lab::api::ids;
use rayfix_lab::estate::{Estate, RaisedEstate, address};
use rayfix_lab::origins::page::{Manners, Page, To};
use rayfix_lab::pki::Certificate;
use rayfix_lab::stage::{ClientCertificate, Denial, Guard, Opening, Origin, Reach, Tls, Versions};
use rayfix_world::cloudflare::{Api, Call, Client, Method, Token};
use rayfix_world::radius::{MOST_JOBS, Survey, survey};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const ZONE: &str = "estate.test";

/// What a visitor of a host got in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Got {
    Answer(u16),
    Loop,
}

/// Every kind of origin that is worth telling apart.
fn every_kind() -> Estate {
    let mut estate = Estate::new(ZONE);
    let mut number = 0;
    let mut add = |label: &str, change: &dyn Fn(&mut Origin)| {
        number += 1;
        let mut origin = Origin::healthy(address(number, label == "only-ipv6"));
        change(&mut origin);
        let known = std::mem::replace(&mut estate, Estate::new(ZONE));
        estate = known.host(label, origin);
    };
    fn tls(origin: &mut Origin) -> &mut Tls {
        origin.tls.tls.as_mut().expect("its TLS door speaks TLS")
    }
    fn shows(certificate: Certificate) -> impl Fn(&mut Origin) {
        move |origin| tls(origin).certificate = certificate
    }
    add("healthy", &|_| {});
    add("self-signed", &shows(Certificate::SelfSigned));
    add("self-signed-authority", &shows(Certificate::SelfSignedAuthority));
    add("expired", &shows(Certificate::Expired { days_ago: 3 }));
    add("not-yet-valid", &shows(Certificate::NotYetValid { days_ahead: 2 }));
    add("other-name", &shows(Certificate::OtherName));
    add("incomplete", &shows(Certificate::WithoutIntermediate));
    add("stale-intermediate", &shows(Certificate::IntermediateExpired));
    add("private-authority", &shows(Certificate::PrivateAuthority));
    add("only-80", &|origin| origin.tls.reach = Reach::Refuses);
    add("only-443", &|origin| origin.plain.reach = Reach::Refuses);
    add("80-to-443", &|origin| origin.plain.manners = Manners::Redirects(To::Https));
    add("443-to-80", &|origin| origin.tls.manners = Manners::Redirects(To::Http));
    add("both-redirect", &|origin| {
        origin.plain.manners = Manners::Redirects(To::Https);
        origin.tls.manners = Manners::Redirects(To::Http);
    });
    add("to-www", &|origin| {
        let to = || Manners::Redirects(To::Host("www.elsewhere.test".to_owned()));
        origin.plain.manners = to();
        origin.tls.manners = to();
    });
    add("ssl3-only", &|origin| origin.tls.opening = Opening::OnlyVersion(0x0300));
    add("only-chacha", &|origin| tls(origin).only_chacha = true);
    add("tls12-only", &|origin| tls(origin).versions = Versions::Only12);
    add("wants-certificate-12", &|origin| {
        tls(origin).client = ClientCertificate::Required;
        tls(origin).versions = Versions::Only12;
    });
    add("wants-certificate-13", &|origin| {
        tls(origin).client = ClientCertificate::Required;
        tls(origin).versions = Versions::Only13;
    });
    add("wants-certificate-by-page", &|origin| {
        tls(origin).client = ClientCertificate::RequiredByPage;
    });
    add("sni-rejected", &|origin| tls(origin).names = Some(vec!["other.test".to_owned()]));
    add("plain-on-443", &|origin| origin.tls.tls = None);
    add("handshake-cut", &|origin| origin.tls.opening = Opening::ClosesAfterHello);
    add("ssh-on-443", &|origin| {
        origin.tls.opening = Opening::Says(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec());
    });
    add("tls-on-80", &|origin| origin.plain.tls = origin.tls.tls.clone());
    add("both-closed", &|origin| {
        origin.plain.reach = Reach::Refuses;
        origin.tls.reach = Reach::Refuses;
    });
    add("both-drop", &|origin| {
        origin.plain.reach = Reach::Drops;
        origin.tls.reach = Reach::Drops;
    });
    add("443-drops", &|origin| origin.tls.reach = Reach::Drops);
    add("unrouted", &|origin| {
        origin.plain.reach = Reach::Unrouted;
        origin.tls.reach = Reach::Unrouted;
    });
    add("503-on-443", &|origin| origin.tls.manners = Manners::Answers(Page::nginx(503)));
    add("empty-reply-on-80", &|origin| {
        origin.plain.guard = Guard::DeniesEdgeHeaders(Denial::Closes);
    });
    add("404", &|origin| {
        origin.plain.manners = Manners::Answers(Page::nginx(404));
        origin.tls.manners = Manners::Answers(Page::nginx(404));
    });
    add("only-ipv6", &|_| {});
    let mut hosted = Origin::healthy(address(900, false));
    tls(&mut hosted).certificate = Certificate::OtherName;
    estate.alias("hosted", "shop.hosting.test", hosted).tunnel("tunnel").originless("worker")
}

fn client(estate: &RaisedEstate) -> Arc<Client> {
    let api = Api {
        base: estate.api.base.parse().unwrap(),
        token: Some(Token::new(&RaisedEstate::token()).unwrap()),
        roots: Vec::new(),
        detour: None,
        timeout: Duration::from_secs(20),
    };
    Arc::new(Client::new(api).unwrap())
}

fn asking(estate: &RaisedEstate) -> Survey {
    Survey {
        client: client(estate),
        zone: ZONE.to_owned(),
        modes: Vec::new(),
        detours: estate.detours.iter().cloned().collect(),
        given_roots: estate.roots.clone(),
        resolver: Some(estate.resolver),
        ranges: estate.ranges.clone(),
        timeout: Duration::from_secs(60),
        jobs: MOST_JOBS,
        progress: None,
    }
}

/// Sets the mode as a program does that may write.
async fn set(estate: &RaisedEstate, mode: SslMode) {
    let path = format!("/zones/{}/settings/ssl", ids::hex(&format!("zone {ZONE}")));
    let call = Call::new(Method::Patch, path, None).sending(json!({"value": mode.word()}));
    let told: Value = client(estate).call(&call).await.unwrap();
    assert_eq!(told["value"], mode.word());
}

/// Visits a host as a browser does, from one redirect to the next.
async fn visit(
    (plain, secure): (SocketAddr, SocketAddr),
    tls: TlsConnector,
    host: String,
    scheme: Scheme,
) -> Got {
    let mut url = format!("{}://{host}/", scheme.word());
    let mut been = Vec::new();
    loop {
        if been.contains(&url) {
            return Got::Loop;
        }
        been.push(url.clone());
        let (word, rest) = url.split_once("://").unwrap();
        let path = &rest[host.len()..];
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        );
        let head = if word == "http" {
            let wire = TcpStream::connect(plain).await.unwrap();
            exchange(wire, &request).await
        } else {
            let wire = TcpStream::connect(secure).await.unwrap();
            let name = ServerName::try_from(host.clone()).unwrap();
            exchange(tls.connect(name, wire).await.unwrap(), &request).await
        };
        let status: u16 = head.get(9..12).and_then(|code| code.parse().ok()).unwrap();
        let to = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
        });
        match to.filter(|_| (300..400).contains(&status)) {
            Some(to) if to.split('/').nth(2) == Some(host.as_str()) => url = to,
            _ => return Got::Answer(status),
        }
    }
}

async fn exchange(mut wire: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    wire.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A visitor's connection may be reset with the body still on its way.
    let _ = wire.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.split("\r\n\r\n").next().unwrap_or_default().to_owned()
}

/// What visitors of every host get, by host and scheme.
async fn visits(estate: &RaisedEstate, hosts: &[String]) -> BTreeMap<(String, Scheme), Got> {
    let mut roots = RootCertStore::empty();
    for root in &estate.roots {
        roots.add(CertificateDer::from(root.clone())).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tls = TlsConnector::from(Arc::new(config));
    let mut visiting = tokio::task::JoinSet::new();
    for host in hosts {
        for scheme in [Scheme::Http, Scheme::Https] {
            let (host, tls, edge) = (host.clone(), tls.clone(), estate.edge);
            visiting.spawn(async move {
                let got = visit(edge, tls, host.clone(), scheme).await;
                ((host, scheme), got)
            });
        }
    }
    let mut got = BTreeMap::new();
    while let Some(one) = visiting.join_next().await {
        let (of, answer) = one.unwrap();
        got.insert(of, answer);
    }
    got
}

/// Whether what was foretold is what came.
fn came(outcome: Outcome, got: &Got) -> bool {
    match outcome {
        Outcome::Served { status, .. } | Outcome::Status(status) => *got == Got::Answer(status),
        Outcome::RedirectLoop => *got == Got::Loop,
        Outcome::NotAffected(Aside::Tunnel) => *got == Got::Answer(530),
        Outcome::NotAffected(_) => *got == Got::Answer(403),
        Outcome::Unknown(_) => false,
    }
}

fn is_error(got: &Got) -> bool {
    matches!(got, Got::Loop | Got::Answer(500..))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_foretold_of_every_mode_is_what_the_edge_does_after_the_flip() {
    let estate = every_kind().raise().await.unwrap();
    let mut hosts: Vec<String> = Vec::new();
    let mut foretold: BTreeMap<SslMode, ZoneAsked> = BTreeMap::new();
    let mut really = BTreeMap::new();
    for mode in SslMode::ALL {
        set(&estate, mode).await;
        let asked = survey(&asking(&estate)).await.unwrap();
        assert_eq!((asked.mode, &asked.unread[..]), (Some(mode), &[][..]));
        hosts = asked.records.iter().map(|record| record.host.clone()).collect();
        foretold.insert(mode, asked);
        really.insert(mode, visits(&estate, &hosts).await);
    }
    assert!(hosts.len() >= 36, "{hosts:?}");
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (from, asked) in &foretold {
        for to in SslMode::ALL {
            let report = Report::of(asked, Some(to));
            assert_eq!(report.rows.len(), hosts.len());
            for row in &report.rows {
                let cell = row.cell(to).unwrap();
                for (scheme, outcome, change) in [
                    (Scheme::Https, cell.https, row.change.unwrap()),
                    (Scheme::Http, cell.http, row.plain_change.unwrap()),
                ] {
                    let of = (row.record.host.clone(), scheme);
                    let (before, after) = (&really[from][&of], &really[&to][&of]);
                    let fits = match change {
                        Change::Breaks => {
                            before != after && (is_error(after) || *after == Got::Answer(400))
                        }
                        Change::Mends => {
                            before != after && (is_error(before) || *before == Got::Answer(400))
                        }
                        Change::Unchanged => is_error(before) == is_error(after),
                        Change::Differs => is_error(before) && is_error(after) && before != after,
                        Change::NotAffected => before == after,
                        Change::Unknown => false,
                    };
                    compared += 1;
                    if !came(outcome, after) || !fits {
                        wrong.push(format!(
                            "{} {} from {} to {}: foretold {outcome:?} ({change:?}), came {before:?} then {after:?}",
                            of.0, scheme.word(), from.word(), to.word()
                        ));
                    }
                }
            }
        }
    }
    println!("{} records, {compared} comparisons", hosts.len());
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_seen_to_the_end_is_told_as_not_known() {
    let mut old = Origin::healthy(address(1, false));
    old.tls.opening = Opening::OnlyVersion(0x0302);
    let mut slow = Origin::healthy(address(2, false));
    slow.tls.manners = Manners::Answers(Page::shop().after(Duration::from_secs(30)));
    let estate = Estate::new(ZONE).host("old-tls", old).host("slow", slow);
    let estate = estate.raise().await.unwrap();
    let mut asking = asking(&estate);
    asking.timeout = Duration::from_secs(6);
    let asked = survey(&asking).await.unwrap();
    let report = Report::of(&asked, Some(SslMode::Strict));
    let told: Vec<Outcome> =
        report.rows.iter().map(|row| row.cell(SslMode::Strict).unwrap().https).collect();
    assert_eq!(told, [Outcome::Unknown(Doubt::OldTls), Outcome::Unknown(Doubt::Late)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_records_are_told_with_no_more_than_32_origins_at_a_time() {
    let mut estate = Estate::new(ZONE);
    for at in 0..1000_u16 {
        // Two hundred machines, five names each; one in ten drops everything.
        let machine = at % 200;
        let mut origin = Origin::healthy(address(1 + machine, false));
        match machine % 10 {
            0 => {
                origin.plain.reach = Reach::Drops;
                origin.tls.reach = Reach::Drops;
            }
            1 => origin.tls.tls.as_mut().unwrap().certificate = Certificate::SelfSigned,
            2 => origin.plain.manners = Manners::Redirects(To::Https),
            _ => {}
        }
        estate = estate.host(&format!("h{at:04}"), origin);
    }
    let estate = estate.raise().await.unwrap();
    let steps = Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = Arc::clone(&steps);
    let mut asking = asking(&estate);
    asking.progress = Some(Arc::new(move |done, all| heard.lock().unwrap().push((done, all))));
    let asked = survey(&asking).await.unwrap();
    println!("1,000 records: {:.1} s", asked.took_ms as f64 / 1000.0);
    assert_eq!(asked.at_once, MOST_JOBS);
    assert_eq!(asked.records.len(), 1000);
    assert!(asked.records.iter().all(|record| matches!(record.leads, Leads::Origins(_))));
    assert_eq!(steps.lock().unwrap().last(), Some(&(1000, 1000)));
    let report = Report::of(&asked, Some(SslMode::Strict));
    assert_eq!(
        report.headline,
        "estate.test from full to strict: 100 of 1,000 records would break: 100 with 526."
    );
    let report = Report::of(&asked, Some(SslMode::Flexible));
    assert_eq!(report.counts.broken, [(Outcome::RedirectLoop, 100)]);
}
