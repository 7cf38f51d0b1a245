//! Diagnoses made by hand, one of each kind that a report tells: what the tests of all voices read.
//!
//! Names and addresses are those reserved for documentation; the readings are made up, in the
//! shapes that probes return. The file is long since it holds one of everything that can be seen.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::causes::Confidence;
use crate::diagnose::diagnose;
use crate::diagnosis::{Cleared, Diagnosis, Finding, Maker, Note, State, Station, Symptom, Untold};
use crate::evidence::chain::{Anchor, ChainFault, ChainSeen};
use crate::evidence::edge::Column;
use crate::evidence::{
    Accept, Answer, DnsAnswer, EdgePage, Evidence, Greeting, HttpAnswer, Offer, PageForm, Question,
    ReadingId, Record, Reply, Seeing, Seen, TcpAnswer, TlsAnswer, Trace, VisitAnswer, WhyNot,
};
use crate::hop::Hop;
use crate::scene::host::app_gallery::Shop;
use crate::target::{ModeFrom, Road, Scheme, Site, SslMode, Target};

/// A sample: its evidence, and what was made of it.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) evidence: Evidence,
    judge: fn(&Evidence) -> Diagnosis<'_>,
}

impl Sample {
    pub(crate) fn diagnosis(&self) -> Diagnosis<'_> {
        (self.judge)(&self.evidence)
    }
}

/// All samples.
pub(crate) fn all() -> Vec<Sample> {
    vec![
        Sample { name: "certificate-expired", evidence: expired(), judge: judge_expired },
        Sample { name: "origin-silent", evidence: silent(), judge: judge_silent },
        Sample { name: "cannot-tell", evidence: no_origin(), judge: judge_no_origin },
        Sample { name: "healthy-with-note", evidence: healthy(), judge: judge_healthy },
        Sample { name: "redirect-loop", evidence: looping(), judge: judge_looping },
        Sample {
            name: "app-does-not-start",
            evidence: Shop::broken_import().sitting().evidence(),
            judge: diagnose,
        },
        Sample {
            name: "app-stopped-without-root",
            evidence: Shop::fails(502).stopped().without_root().sitting().evidence(),
            judge: diagnose,
        },
        Sample { name: "hostile", evidence: hostile(), judge: judge_hostile },
    ]
}

pub(crate) fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) fn site(text: &str) -> Site {
    Site::parse(text).unwrap()
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn seeing(probe: &'static str, took_ms: u64, question: Question, answer: Answer<Seen>) -> Seeing {
    Seeing { probe, at: time("2026-11-22T03:14:15.926Z"), took_ms, question, answer }
}

fn got(probe: &'static str, took_ms: u64, question: Question, seen: Seen) -> Seeing {
    seeing(probe, took_ms, question, Answer::Got(seen))
}

pub(crate) fn visit_to(url: &str, sample: u32, leg: u32) -> Question {
    let site = site(url);
    let to = at(&format!("104.16.1.1:{}", site.port));
    Question::Visit { site, to, accept: Accept::Html, sample, leg }
}

pub(crate) fn reply(status: u16, headers: &[(&str, &str)], first_byte_ms: u64) -> Reply {
    Reply {
        status,
        headers: headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        head_bytes: 420,
        body_bytes: 6_900,
        excerpt: String::new(),
        first_byte_ms,
        faults: Vec::new(),
    }
}

fn replied(reply: Reply, page: Option<EdgePage>, ray: &str) -> Seen {
    Seen::Visit(VisitAnswer::Http {
        greeting: Some(Box::new(greeting(&[]))),
        http: HttpAnswer::Replied(reply),
        page,
        ray: Some(ray.to_owned()),
    })
}

fn branded(code: u16) -> Option<EdgePage> {
    Some(EdgePage {
        form: PageForm::Branded,
        code: Some(code),
        name: None,
        ray: Some("8f3c2a1b9d7e6f50".to_owned()),
        column: Some(Column::Host),
    })
}

pub(crate) fn chain(faults: &[ChainFault]) -> ChainSeen {
    ChainSeen {
        subject: "CN=shop.example.test".to_owned(),
        issuer: "C=US, O=Let's Encrypt, CN=R11".to_owned(),
        names: vec!["shop.example.test".to_owned(), "www.shop.example.test".to_owned()],
        not_before: time("2026-08-14T09:00:00Z"),
        not_after: time("2026-11-12T09:00:00Z"),
        sha256: "5d0f".repeat(16),
        sent: 2,
        trusted_by: Some(Anchor::Public),
        faults: faults.to_vec(),
    }
}

pub(crate) fn greeting(faults: &[ChainFault]) -> Greeting {
    Greeting {
        version: 0x0304,
        cipher: 0x1301,
        client_certificate_asked: false,
        chain: ChainSeen { not_after: time("2027-02-10T09:00:00Z"), ..chain(faults) },
    }
}

fn names(name: &str) -> Vec<Seeing> {
    let ask = |record| Question::Resolve { name: name.to_owned(), record };
    let addresses = |list: [&str; 2]| {
        Seen::Dns(DnsAnswer::Resolved {
            addresses: list.iter().map(|one| one.parse().unwrap()).collect(),
            aliases: Vec::new(),
        })
    };
    vec![
        got("dns", 12, ask(Record::A), addresses(["104.16.1.1", "104.16.2.1"])),
        got(
            "dns",
            14,
            ask(Record::Aaaa),
            addresses(["2606:4700::6810:101", "2606:4700::6810:201"]),
        ),
    ]
}

fn edge_trace() -> Seeing {
    let lines = BTreeMap::from([
        ("colo".to_owned(), "FRA".to_owned()),
        ("h".to_owned(), "shop.example.test".to_owned()),
    ]);
    got(
        "edge_http",
        41,
        Question::Trace { to: at("104.16.1.1:443") },
        Seen::Trace(Trace::Answered { lines }),
    )
}

fn connect(took_ms: u64, answer: TcpAnswer) -> Seeing {
    let question = Question::Connect { to: at("203.0.113.7:443") };
    got("origin_tcp", took_ms, question, Seen::Tcp(answer))
}

fn greet(name: Option<&str>, answer: TlsAnswer) -> Seeing {
    let question = Question::Greet {
        to: at("203.0.113.7:443"),
        name: name.map(str::to_owned),
        offer: Offer::Modern,
    };
    got("origin_tls", 48, question, Seen::Tls(answer))
}

fn request(answer: Answer<Seen>) -> Seeing {
    let question = Question::Request {
        road: Road { to: at("203.0.113.7:443"), scheme: Scheme::Https },
        path: "/".to_owned(),
        dressed: true,
        renamed: false,
    };
    seeing("origin_http", 96, question, answer)
}

fn ids(numbers: &[u32]) -> Vec<ReadingId> {
    numbers.iter().copied().map(ReadingId).collect()
}

fn path(states: [State; 9]) -> Vec<Station> {
    Hop::ALL.into_iter().zip(states).map(|(hop, state)| Station { hop, state }).collect()
}

fn cleared(rows: &[(&str, &[u32])]) -> Vec<Cleared> {
    rows.iter()
        .map(|(cause, because)| Cleared { cause: (*cause).to_owned(), because: ids(because) })
        .collect()
}

fn untold(rows: &[(&str, &str)]) -> Vec<Untold> {
    rows.iter()
        .map(|(cause, need)| Untold { cause: (*cause).to_owned(), needs: vec![(*need).to_owned()] })
        .collect()
}

const MEND_TLS: &str = "mend what breaks at tls first";
const MEND_NET: &str = "mend what breaks at net first";
const ADDRESS: &str = "the origin's address: --origin ADDR";
const ON_ORIGIN: &str = "a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
const ACCOUNT: &str =
    "a look into the Cloudflare account: DNS records, tunnel, origin status counts";

/// The finding as the list of causes has it.
fn finding(name: &str, confidence: Confidence, because: &[u32], contrast: &[u32]) -> Finding {
    let (doc, cause) = crate::causes::ALL.iter().find(|(doc, _)| doc.name() == name).unwrap();
    Finding {
        cause: doc.name(),
        code: cause.code,
        title: cause.title,
        hop: cause.hop,
        confidence,
        because: ids(because),
        contrast: ids(contrast),
        detail: Map::new(),
        fixes: cause.fixes.to_vec(),
        leads_to: Vec::new(),
    }
}

fn expired() -> Evidence {
    let mut seen = names("shop.example.test");
    for sample in 1..=5 {
        let (question, ray) = (
            visit_to("https://shop.example.test/cart?session=secret", sample, 0),
            format!("8f3c2a1b9d7e6f5{sample}-FRA"),
        );
        let reply = reply(526, &[("server", "cloudflare")], 180 + u64::from(sample));
        seen.push(got("edge_http", 210, redact(question), replied(reply, branded(526), &ray)));
    }
    seen.push(edge_trace());
    seen.push(connect(23, TcpAnswer::Accepted));
    let mut old = greeting(&[ChainFault::Expired { not_after: time("2026-11-12T09:00:00Z") }]);
    old.chain.not_after = time("2026-11-12T09:00:00Z");
    seen.push(greet(Some("shop.example.test"), TlsAnswer::Greeted(old)));
    seen.push(request(Answer::Got(Seen::Http(HttpAnswer::Replied(reply(
        200,
        &[("server", "nginx/1.22.1")],
        74,
    ))))));
    let mut target = Target::new(site("https://shop.example.test/cart?session=secret"));
    target.origins = vec!["203.0.113.7".parse().unwrap()];
    Evidence::new(target, seen, 3_148)
}

fn redact(question: Question) -> Question {
    match question {
        Question::Visit { site, to, accept, sample, leg } => {
            Question::Visit { site: site.redacted(), to, accept, sample, leg }
        }
        other => other,
    }
}

fn judge_expired(evidence: &Evidence) -> Diagnosis<'_> {
    use State::{Breaks, NotAsked, Works};
    let mut first =
        finding("tls-certificate-expired", Confidence::Certain, &[10, 3, 4, 5, 6, 7], &[9, 11]);
    first.detail.insert("not_after".to_owned(), json!("2026-11-12T09:00:00Z"));
    Diagnosis {
        evidence,
        ssl_mode: Some(SslMode::Strict),
        ssl_mode_from: ModeFrom::Inferred,
        symptom: Symptom {
            status: Some(526),
            error_code: None,
            made_by: Maker::Edge,
            ray: Some("8f3c2a1b9d7e6f51-FRA".to_owned()),
            straight: false,
            failed: 5,
            visits: 5,
            seen_in: Some(ReadingId(3)),
        },
        path: path([Works, Works, NotAsked, Works, Breaks, Works, NotAsked, NotAsked, NotAsked]),
        findings: vec![first],
        cleared: cleared(&[
            ("dns-not-proxied", &[1, 2]),
            ("edge-failing", &[8]),
            ("net-port-closed", &[9]),
            ("net-origin-silent", &[9]),
            ("tls-certificate-self-signed", &[10]),
            ("tls-not-spoken", &[10]),
        ]),
        untold: untold(&[("tunnel-down", ACCOUNT), ("http-origin-answers-5xx", MEND_TLS)]),
        notes: Vec::new(),
    }
}

fn silent() -> Evidence {
    let mut seen = names("shop.example.test");
    for (sample, ms) in (1..=4).zip([19_020_u64, 19_151, 19_204, 19_377]) {
        let ray = format!("8f3c2a1b9d7e6f5{sample}-FRA");
        let reply = reply(522, &[("server", "cloudflare")], ms);
        let question = visit_to("https://shop.example.test/", sample, 0);
        seen.push(got("edge_http", ms, question, replied(reply, branded(522), &ray)));
    }
    let worked =
        replied(reply(200, &[("server", "cloudflare")], 240), None, "8f3c2a1b9d7e6f55-FRA");
    seen.push(got("edge_http", 260, visit_to("https://shop.example.test/", 5, 0), worked));
    seen.push(edge_trace());
    seen.push(connect(8_000, TcpAnswer::Silent { after_ms: 8_000 }));
    let hello = Question::Greet {
        to: at("203.0.113.7:443"),
        name: Some("shop.example.test".to_owned()),
        offer: Offer::Modern,
    };
    seen.push(seeing("origin_tls", 0, hello, Answer::Unreached { at: Hop::Net }));
    seen.push(request(Answer::Unreached { at: Hop::Net }));
    let mut target = Target::new(site("shop.example.test"));
    target.origins = vec!["203.0.113.7".parse().unwrap()];
    target.ssl_mode = Some(SslMode::Full);
    target.ssl_mode_from = ModeFrom::Option;
    Evidence::new(target, seen, 19_420)
}

fn judge_silent(evidence: &Evidence) -> Diagnosis<'_> {
    use State::{Breaks, Hidden, NotAsked, Works};
    let first = finding("net-origin-silent", Confidence::Likely, &[9, 3, 4, 5, 6], &[8]);
    let second = finding("net-one-family-closed", Confidence::Possible, &[9], &[7]);
    Diagnosis {
        evidence,
        ssl_mode: Some(SslMode::Full),
        ssl_mode_from: ModeFrom::Option,
        symptom: Symptom {
            status: Some(522),
            error_code: None,
            made_by: Maker::Edge,
            ray: Some("8f3c2a1b9d7e6f51-FRA".to_owned()),
            straight: false,
            failed: 4,
            visits: 5,
            seen_in: Some(ReadingId(3)),
        },
        path: path([Works, Works, NotAsked, Breaks, Hidden, Hidden, Hidden, Hidden, Hidden]),
        findings: vec![first, second],
        cleared: cleared(&[("dns-not-proxied", &[1, 2]), ("edge-failing", &[8])]),
        untold: untold(&[
            ("tunnel-down", ACCOUNT),
            ("net-firewall-blocks-cloudflare", ON_ORIGIN),
            ("net-port-closed", ON_ORIGIN),
            ("tls-certificate-expired", MEND_NET),
        ]),
        notes: Vec::new(),
    }
}

fn no_origin() -> Evidence {
    let mut seen = names("shop.example.test");
    for sample in 1..=2 {
        let page = EdgePage {
            form: PageForm::Unbranded,
            code: Some(502),
            name: None,
            ray: None,
            column: None,
        };
        let ray = format!("8f3c2a1b9d7e6f5{sample}-FRA");
        let reply = reply(502, &[("server", "cloudflare")], 312);
        let question = visit_to("https://shop.example.test/", sample, 0);
        seen.push(got("edge_http", 330, question, replied(reply, Some(page), &ray)));
    }
    let unknown = at("0.0.0.0:443");
    seen.push(seeing(
        "origin_tcp",
        0,
        Question::Connect { to: unknown },
        Answer::NotAsked { why: WhyNot::NoOrigin },
    ));
    seen.push(seeing(
        "origin_tls",
        0,
        Question::Greet {
            to: unknown,
            name: Some("shop.example.test".to_owned()),
            offer: Offer::Modern,
        },
        Answer::NotAsked { why: WhyNot::NoOrigin },
    ));
    seen.push(seeing(
        "edge_http",
        0,
        Question::Trace { to: at("[2606:4700::6810:101]:443") },
        Answer::NotAsked { why: WhyNot::NoRoadHere },
    ));
    Evidence::new(Target::new(site("shop.example.test")), seen, 912)
}

fn judge_no_origin(evidence: &Evidence) -> Diagnosis<'_> {
    use State::{NotAsked, Works};
    Diagnosis {
        evidence,
        ssl_mode: None,
        ssl_mode_from: ModeFrom::Unknown,
        symptom: Symptom {
            status: Some(502),
            error_code: None,
            made_by: Maker::Unknown,
            ray: Some("8f3c2a1b9d7e6f51-FRA".to_owned()),
            straight: false,
            failed: 2,
            visits: 2,
            seen_in: Some(ReadingId(3)),
        },
        path: path([
            Works, Works, NotAsked, NotAsked, NotAsked, NotAsked, NotAsked, NotAsked, NotAsked,
        ]),
        findings: Vec::new(),
        cleared: cleared(&[("dns-not-proxied", &[1, 2])]),
        untold: untold(&[
            ("edge-failing", ACCOUNT),
            ("tunnel-down", ACCOUNT),
            ("net-port-closed", ADDRESS),
            ("net-origin-silent", ADDRESS),
            ("tls-not-spoken", ADDRESS),
            ("http-reply-empty", ADDRESS),
            ("http-reply-cut", ADDRESS),
        ]),
        notes: Vec::new(),
    }
}

fn healthy() -> Evidence {
    let mut seen = names("shop.example.test");
    for sample in 1..=5 {
        let ray = format!("8f3c2a1b9d7e6f5{sample}-FRA");
        let reply = reply(200, &[("server", "cloudflare")], 88 + u64::from(sample));
        let question = visit_to("https://shop.example.test/", sample, 0);
        seen.push(got("edge_http", 110, question, replied(reply, None, &ray)));
    }
    seen.push(edge_trace());
    seen.push(connect(21, TcpAnswer::Accepted));
    let mut soon = greeting(&[]);
    soon.chain.not_after = time("2026-12-01T09:00:00Z");
    seen.push(greet(Some("shop.example.test"), TlsAnswer::Greeted(soon)));
    seen.push(request(Answer::Got(Seen::Http(HttpAnswer::Replied(reply(
        200,
        &[("server", "nginx/1.22.1")],
        31,
    ))))));
    let mut target = Target::new(site("shop.example.test"));
    target.origins = vec!["203.0.113.7".parse().unwrap()];
    Evidence::new(target, seen, 640)
}

fn judge_healthy(evidence: &Evidence) -> Diagnosis<'_> {
    use State::{NotAsked, Works};
    Diagnosis {
        evidence,
        ssl_mode: None,
        ssl_mode_from: ModeFrom::Inferred,
        symptom: Symptom {
            status: Some(200),
            error_code: None,
            made_by: Maker::Origin,
            ray: Some("8f3c2a1b9d7e6f51-FRA".to_owned()),
            straight: false,
            failed: 0,
            visits: 5,
            seen_in: Some(ReadingId(3)),
        },
        path: path([Works, Works, NotAsked, Works, Works, Works, NotAsked, Works, NotAsked]),
        findings: Vec::new(),
        cleared: cleared(&[
            ("dns-not-proxied", &[1, 2]),
            ("edge-failing", &[3]),
            ("net-port-closed", &[9]),
            ("net-origin-silent", &[9]),
            ("tls-certificate-expired", &[10]),
            ("tls-not-spoken", &[10]),
            ("http-reply-empty", &[11]),
        ]),
        untold: untold(&[("tunnel-down", ACCOUNT)]),
        notes: vec![Note {
            measure: "certificate-renews-itself".to_owned(),
            text:
                "the origin's certificate holds only until 2026-12-01 09:00 UTC, 9 days from then"
                    .to_owned(),
            because: ids(&[10]),
        }],
    }
}

fn looping() -> Evidence {
    let mut seen = names("shop.example.test");
    for sample in 1..=2 {
        for leg in 0..=2 {
            let ray = format!("8f3c2a1b9d7e6f{sample}{leg}-FRA");
            let back = [("server", "cloudflare"), ("location", "https://shop.example.test/")];
            let question = visit_to("https://shop.example.test/", sample, leg);
            seen.push(got("edge_http", 90, question, replied(reply(301, &back, 71), None, &ray)));
        }
    }
    let plain = Question::Request {
        road: Road { to: at("203.0.113.7:80"), scheme: Scheme::Http },
        path: "/".to_owned(),
        dressed: true,
        renamed: false,
    };
    let headers = [("server", "nginx/1.22.1"), ("location", "https://shop.example.test/")];
    let answer = HttpAnswer::Replied(reply(301, &headers, 22));
    seen.push(got("origin_http", 45, plain, Seen::Http(answer)));
    seen.push(request(Answer::Got(Seen::Http(HttpAnswer::Replied(reply(200, &[], 29))))));
    let mut target = Target::new(site("shop.example.test"));
    target.origins = vec!["203.0.113.7".parse().unwrap()];
    Evidence::new(target, seen, 1_204)
}

fn judge_looping(evidence: &Evidence) -> Diagnosis<'_> {
    use State::{Breaks, NotAsked, Works};
    let mut first =
        finding("edge-redirect-loop", Confidence::Certain, &[3, 4, 5, 6, 7, 8, 10], &[9]);
    first.detail.insert("to".to_owned(), json!("https://shop.example.test/"));
    Diagnosis {
        evidence,
        ssl_mode: Some(SslMode::Flexible),
        ssl_mode_from: ModeFrom::Account,
        symptom: Symptom {
            status: Some(301),
            error_code: None,
            made_by: Maker::Origin,
            ray: Some("8f3c2a1b9d7e6f10-FRA".to_owned()),
            straight: false,
            failed: 2,
            visits: 2,
            seen_in: Some(ReadingId(3)),
        },
        path: path([Works, Breaks, NotAsked, Works, NotAsked, Works, NotAsked, NotAsked, NotAsked]),
        findings: vec![first],
        cleared: cleared(&[("dns-not-proxied", &[1, 2])]),
        untold: untold(&[("tunnel-down", ACCOUNT)]),
        notes: Vec::new(),
    }
}

/// Everything that a peer can choose, chosen to do harm.
pub(crate) const HARM: &str =
    "\x1b]0;owned\x07\x1b[2J<script>alert(1)</script>`**[x](javascript:1)**`|\u{202e}\u{9b}31m\r\n";

fn hostile() -> Evidence {
    let mut seen = Vec::new();
    let ask = Question::Resolve { name: "shop.example.test".to_owned(), record: Record::A };
    seen.push(got(
        "dns",
        3,
        ask,
        Seen::Dns(DnsAnswer::Resolved {
            addresses: vec!["104.16.1.1".parse().unwrap()],
            aliases: vec![HARM.to_owned()],
        }),
    ));
    let mut page = branded(502);
    if let Some(page) = &mut page {
        page.form = PageForm::Problem;
        page.name = Some(HARM.to_owned());
    }
    let visit = replied(reply(502, &[("server", HARM), ("location", HARM)], 5), page, HARM);
    seen.push(got("edge_http", 6, visit_to("https://shop.example.test/", 1, 0), visit));
    let lines = BTreeMap::from([("colo".to_owned(), HARM.to_owned())]);
    seen.push(got(
        "edge_http",
        4,
        Question::Trace { to: at("104.16.1.1:443") },
        Seen::Trace(Trace::Answered { lines }),
    ));
    seen.push(connect(1, TcpAnswer::Accepted));
    let mut greeting = greeting(&[ChainFault::NameMismatch, ChainFault::IssuerUntrusted]);
    greeting.chain.issuer = HARM.repeat(100);
    greeting.chain.names = vec![HARM.to_owned(); 20];
    greeting.chain.subject = HARM.to_owned();
    seen.push(greet(Some("shop.example.test"), TlsAnswer::Greeted(greeting)));
    seen.push(greet(None, TlsAnswer::NotTls { first: HARM.to_owned(), http: true }));
    let mut odd = reply(502, &[("server", HARM), ("location", HARM)], 9);
    odd.excerpt = HARM.to_owned();
    seen.push(request(Answer::Got(Seen::Http(HttpAnswer::Replied(odd)))));
    Evidence::new(Target::new(site("https://shop.example.test/`|<b>")), seen, 60)
}

fn judge_hostile(evidence: &Evidence) -> Diagnosis<'_> {
    use State::{Breaks, NotAsked, Works};
    let mut first =
        finding("tls-certificate-name-mismatch", Confidence::Likely, &[1, 2, 3, 4, 5, 6, 7], &[4]);
    first.detail.insert("issuer".to_owned(), Value::String(HARM.to_owned()));
    Diagnosis {
        evidence,
        ssl_mode: Some(SslMode::Strict),
        ssl_mode_from: ModeFrom::Inferred,
        symptom: Symptom {
            status: Some(502),
            error_code: Some(1_033),
            made_by: Maker::Tunnel,
            ray: Some(HARM.to_owned()),
            straight: false,
            failed: 1,
            visits: 1,
            seen_in: Some(ReadingId(2)),
        },
        path: path([Works, Works, NotAsked, Works, Breaks, NotAsked, NotAsked, NotAsked, NotAsked]),
        findings: vec![first],
        cleared: Vec::new(),
        untold: Vec::new(),
        notes: vec![Note {
            measure: "certificate-renews-itself".to_owned(),
            text: format!("the origin says {HARM}"),
            because: ids(&[7]),
        }],
    }
}

/// One reading for each way in which any question can end.
pub(crate) fn every() -> Evidence {
    use crate::evidence::ReplyFault;
    use crate::evidence::http::Malformation as Bad;
    let deadline = 8_000;
    let first = "SSH-2.0-made-up".to_owned();
    let tcp = [
        TcpAnswer::Accepted,
        TcpAnswer::Refused,
        TcpAnswer::Silent { after_ms: deadline },
        TcpAnswer::Unreachable { errno: 113 },
        TcpAnswer::Failed { errno: 1 },
    ];
    let flaws = [
        ChainFault::Expired { not_after: time("2026-11-12T09:00:00Z") },
        ChainFault::NotYetValid { not_before: time("2027-01-01T00:00:00Z") },
        ChainFault::SelfSigned,
        ChainFault::NameMismatch,
        ChainFault::Incomplete,
        ChainFault::IssuerUntrusted,
        ChainFault::Unusable,
    ];
    let mut private = greeting(&flaws);
    private.chain.trusted_by = None;
    let mut given = greeting(&[]);
    given.chain.trusted_by = Some(Anchor::Given);
    let mut origin_ca = greeting(&[]);
    origin_ca.chain.trusted_by = Some(Anchor::OriginCa);
    let tls = [
        TlsAnswer::Greeted(greeting(&[])),
        TlsAnswer::Greeted(private),
        TlsAnswer::Greeted(given),
        TlsAnswer::Greeted(origin_ca),
        TlsAnswer::HelloAccepted { version: 0x0301, cipher: 0xc02f },
        TlsAnswer::Alert { code: 112, client_certificate_asked: false },
        TlsAnswer::NotTls { first: first.clone(), http: false },
        TlsAnswer::Cut { reset: true, after_bytes: false },
        TlsAnswer::Silent { after_ms: deadline },
        TlsAnswer::Garbled,
    ];
    let mut odd = reply(502, &[("server", "nginx/1.22.1")], 74);
    odd.excerpt = "<html>made up</html>".to_owned();
    odd.faults = vec![
        ReplyFault::HeadTooLarge { bytes: 180_224 },
        ReplyFault::ShortBody { declared: 1_000, came: 400, reset: true },
        ReplyFault::LongBody { declared: 10 },
        ReplyFault::LengthUnclear,
        ReplyFault::LengthAndChunks,
        ReplyFault::ChunksBroken,
        ReplyFault::ChunksCut { reset: false },
        ReplyFault::BodyReset { came: 3 },
        ReplyFault::GzipBroken,
        ReplyFault::BodyStalled { came: 12 },
        ReplyFault::BodyLeftUnread { came: 1_048_576 },
    ];
    let mut http = vec![
        HttpAnswer::Replied(odd),
        HttpAnswer::Empty { reset: false, after_ms: 3 },
        HttpAnswer::CutInHead { reset: true, bytes: 312 },
        HttpAnswer::HeadEndless { bytes: 262_144 },
        HttpAnswer::Silent { after_ms: deadline },
        HttpAnswer::Alert { code: 116 },
    ];
    for what in [
        Bad::StatusLine,
        Bad::StatusCode,
        Bad::HeaderName,
        Bad::HeaderValue,
        Bad::TlsRecord,
        Bad::Http2,
    ] {
        http.push(HttpAnswer::Malformed { what, first: first.clone() });
    }
    let dns = [
        DnsAnswer::Resolved {
            addresses: vec!["104.16.1.1".parse().unwrap()],
            aliases: vec!["shop.cdn.example.net".to_owned()],
        },
        DnsAnswer::NoRecord { aliases: Vec::new() },
        DnsAnswer::NoName,
        DnsAnswer::Failed { rcode: 2 },
        DnsAnswer::Silent,
    ];
    let page = |form, column| {
        let name = (form == PageForm::Problem).then(|| "origin_bad_gateway".to_owned());
        Some(EdgePage { form, code: Some(502), name, ray: None, column })
    };
    let pages = [
        page(PageForm::Problem, None),
        page(PageForm::Markdown, None),
        page(PageForm::Text, None),
        page(PageForm::Branded, Some(Column::Browser)),
        page(PageForm::Branded, Some(Column::Cloudflare)),
        page(PageForm::Branded, Some(Column::Host)),
        page(PageForm::Unbranded, None),
        page(PageForm::Numbered, None),
        page(PageForm::Challenge, None),
        None,
    ];
    let mut visits: Vec<Seen> = pages
        .into_iter()
        .map(|page| {
            replied(reply(502, &[("server", "cloudflare")], 312), page, "8f3c2a1b9d7e6f50-FRA")
        })
        .collect();
    visits.push(Seen::Visit(VisitAnswer::Nothing { tcp: TcpAnswer::Refused }));
    visits.push(Seen::Visit(VisitAnswer::Tcp { tls: TlsAnswer::Garbled }));
    visits.push(Seen::Visit(VisitAnswer::Http {
        greeting: None,
        http: HttpAnswer::Silent { after_ms: deadline },
        page: None,
        ray: None,
    }));

    let ask = |record| Question::Resolve { name: "shop.example.test".to_owned(), record };
    let mut seen: Vec<Seeing> = Vec::new();
    for answer in dns {
        seen.push(got("dns", 12, ask(Record::A), Seen::Dns(answer)));
    }
    for (sample, answer) in (1..).zip(visits) {
        let url = "https://shop.example.test/cart?session=secret";
        seen.push(got("edge_http", 330, redact(visit_to(url, sample, 0)), answer));
    }
    seen.push(edge_trace());
    let trace = Question::Trace { to: at("104.16.1.1:443") };
    seen.push(got(
        "edge_http",
        9,
        trace.clone(),
        Seen::Trace(Trace::NotAnswered { status: Some(404) }),
    ));
    seen.extend(tcp.map(|answer| connect(23, answer)));
    for (offer, answer) in
        [Offer::Modern, Offer::EdgeLegacy, Offer::Anything].into_iter().cycle().zip(tls)
    {
        let to = at("203.0.113.7:443");
        let question = Question::Greet { to, name: Some("shop.example.test".to_owned()), offer };
        seen.push(got("origin_tls", 48, question, Seen::Tls(answer)));
    }
    seen.extend(http.into_iter().map(|answer| request(Answer::Got(Seen::Http(answer)))));
    seen.push(request(Answer::Unreached { at: Hop::Net }));
    for why in
        [WhyNot::Given, WhyNot::NoOrigin, WhyNot::NoAddress, WhyNot::NoRoadHere, WhyNot::OutOfTime]
    {
        seen.push(seeing("dns", 0, ask(Record::Aaaa), Answer::NotAsked { why }));
    }
    let accept = Accept::Problem;
    let to = at("[2606:4700::6810:101]:443");
    let six = Question::Visit { site: site("shop.example.test"), to, accept, sample: 99, leg: 1 };
    seen.push(seeing("edge_http", 0, six, Answer::NotAsked { why: WhyNot::NoRoadHere }));
    let mut target = Target::new(site("https://shop.example.test/cart?session=secret"));
    target.origins = vec!["203.0.113.7".parse().unwrap(), "[2001:db8::7]:8443".parse().unwrap()];
    target.ssl_mode = Some(SslMode::OriginPull);
    target.ssl_mode_from = ModeFrom::Option;
    Evidence::new(target, seen, 30_000)
}
