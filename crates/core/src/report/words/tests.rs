//! Every variant of every answer, as it is told. Read aloud before a row is changed.

use std::collections::BTreeMap;

use super::visit::page_words;
use super::*;
use crate::evidence::chain::{Anchor, ChainFault};
use crate::evidence::edge::Column;
use crate::evidence::http::Malformation;
use crate::evidence::{
    Accept, AccountQuestion, EdgePage, Greeting, HttpAnswer, PageForm, ReplyFault, TlsAnswer,
    VisitAnswer,
};
use crate::report::samples::{at, chain, greeting, reply, site, time, visit_to};
use crate::target::Road;

/// A reading of that question and answer, as a probe would return it.
fn told(question: Question, answer: Answer<Seen>) -> String {
    sentence(&Reading {
        id: ReadingId(1),
        probe: "made_up".to_owned(),
        hop: question.hop(),
        peer: question.peer(),
        at: time("2026-11-22T03:14:15.926Z"),
        took_ms: 23,
        question,
        answer,
    })
}

fn check(question: &Question, rows: Vec<(Seen, &str)>) {
    for (seen, wanted) in rows {
        assert_eq!(told(question.clone(), Answer::Got(seen)), wanted);
    }
}

fn resolve(record: Record) -> Question {
    Question::Resolve { name: "shop.example.test".to_owned(), record }
}

fn greet(name: Option<&str>, offer: Offer) -> Question {
    Question::Greet { to: at("203.0.113.7:443"), name: name.map(str::to_owned), offer }
}

fn request(scheme: Scheme, dressed: bool) -> Question {
    let road = Road { to: at("203.0.113.7:8443"), scheme };
    Question::Request { road, path: "/x".to_owned(), dressed, renamed: false }
}

#[test]
fn lookups() {
    let aliases = vec!["shop.cdn.example.net".to_owned()];
    check(
        &resolve(Record::A),
        vec![
            (
                Seen::Dns(DnsAnswer::Resolved {
                    addresses: vec!["104.16.1.1".parse().unwrap(), "104.16.2.1".parse().unwrap()],
                    aliases: aliases.clone(),
                }),
                "the resolver says that `shop.example.test`, an alias of `shop.cdn.example.net`, is at 104.16.1.1 and 104.16.2.1",
            ),
            (
                Seen::Dns(DnsAnswer::NoRecord { aliases }),
                "the resolver says that `shop.example.test`, an alias of `shop.cdn.example.net`, has no IPv4 address",
            ),
            (
                Seen::Dns(DnsAnswer::NoName),
                "the resolver says that `shop.example.test` does not exist",
            ),
            (
                Seen::Dns(DnsAnswer::Failed { rcode: 2 }),
                "the resolver could not find out about `shop.example.test` (SERVFAIL)",
            ),
            (
                Seen::Dns(DnsAnswer::Silent),
                "the resolver did not answer when it was asked for the IPv4 address of `shop.example.test`",
            ),
        ],
    );
}

#[test]
fn connections() {
    check(
        &Question::Connect { to: at("203.0.113.7:443") },
        vec![
            (Seen::Tcp(TcpAnswer::Accepted), "203.0.113.7:443 accepted the connection in 23 ms"),
            (Seen::Tcp(TcpAnswer::Refused), "203.0.113.7:443 refused the connection"),
            (
                Seen::Tcp(TcpAnswer::Silent { after_ms: 8_000 }),
                "203.0.113.7:443 did not answer within 8 s",
            ),
            (
                Seen::Tcp(TcpAnswer::Unreachable { errno: 113 }),
                "203.0.113.7:443 could not be reached: a router, or this machine, knows no way there (EHOSTUNREACH)",
            ),
            (
                Seen::Tcp(TcpAnswer::Failed { errno: 1 }),
                "203.0.113.7:443 could not be connected to: this machine says EPERM",
            ),
            (
                Seen::Tcp(TcpAnswer::Failed { errno: 0 }),
                "203.0.113.7:443 could not be connected to, and this machine did not say why",
            ),
        ],
    );
}

#[test]
fn handshakes() {
    let asking = Greeting { client_certificate_asked: true, ..greeting(&[]) };
    let mut from_cloudflare = greeting(&[]);
    from_cloudflare.chain.trusted_by = Some(Anchor::OriginCa);
    check(
        &greet(Some("shop.example.test"), Offer::Modern),
        vec![
            (
                Seen::Tls(TlsAnswer::Greeted(greeting(&[]))),
                "203.0.113.7:443, greeted as `shop.example.test`, showed a certificate that holds until 2027-02-10 09:00 UTC, issued by `C=US, O=Let's Encrypt, CN=R11` (TLS 1.3)",
            ),
            (
                Seen::Tls(TlsAnswer::Greeted(from_cloudflare)),
                "203.0.113.7:443, greeted as `shop.example.test`, showed a certificate that holds until 2027-02-10 09:00 UTC, issued by Cloudflare's Origin CA (TLS 1.3)",
            ),
            (
                Seen::Tls(TlsAnswer::Greeted(asking)),
                "203.0.113.7:443, greeted as `shop.example.test`, showed a certificate that holds until 2027-02-10 09:00 UTC, issued by `C=US, O=Let's Encrypt, CN=R11` (TLS 1.3), and asked for a client certificate",
            ),
            (
                Seen::Tls(TlsAnswer::Alert { code: 112, client_certificate_asked: false }),
                "203.0.113.7:443, greeted as `shop.example.test`, did not recognize that name (TLS alert 112)",
            ),
            (
                Seen::Tls(TlsAnswer::Alert { code: 116, client_certificate_asked: true }),
                "203.0.113.7:443, greeted as `shop.example.test`, asked for a client certificate, then ended the handshake: it wants a client certificate (TLS alert 116)",
            ),
            (
                Seen::Tls(TlsAnswer::NotTls { first: "HTTP/1.1 400 Bad".to_owned(), http: true }),
                "203.0.113.7:443, greeted as `shop.example.test`, spoke plain HTTP instead of TLS: it began `HTTP/1.1 400 Bad`",
            ),
            (
                Seen::Tls(TlsAnswer::NotTls { first: "SSH-2.0".to_owned(), http: false }),
                "203.0.113.7:443, greeted as `shop.example.test`, answered in something that is not TLS: it began `SSH-2.0`",
            ),
            (
                Seen::Tls(TlsAnswer::Cut { reset: true, after_bytes: false }),
                "203.0.113.7:443, greeted as `shop.example.test`, reset the connection instead of answering the hello",
            ),
            (
                Seen::Tls(TlsAnswer::Cut { reset: false, after_bytes: true }),
                "203.0.113.7:443, greeted as `shop.example.test`, closed the connection in the middle of the handshake",
            ),
            (
                Seen::Tls(TlsAnswer::Silent { after_ms: 8_000 }),
                "203.0.113.7:443, greeted as `shop.example.test`, did not answer the hello within 8 s",
            ),
            (
                Seen::Tls(TlsAnswer::Garbled),
                "203.0.113.7:443, greeted as `shop.example.test`, answered in TLS that our side could not follow",
            ),
        ],
    );
    check(
        &greet(None, Offer::EdgeLegacy),
        vec![(
            Seen::Tls(TlsAnswer::HelloAccepted { version: 0x0301, cipher: 0xc02f }),
            "203.0.113.7:443, greeted without a name and offered TLS 1.0 to 1.2 with the edge's ciphers, agreed to TLS 1.0 with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        )],
    );
    check(
        &greet(Some("a"), Offer::Anything),
        vec![(
            Seen::Tls(TlsAnswer::Alert { code: 70, client_certificate_asked: false }),
            "203.0.113.7:443, greeted as `a` and offered TLS 1.0 to 1.2 with every cipher in use, does not speak any of the offered versions (TLS alert 70)",
        )],
    );
}

#[test]
fn certificates() {
    let expired = ChainFault::Expired { not_after: time("2026-11-12T09:00:00Z") };
    let early = ChainFault::NotYetValid { not_before: time("2027-01-01T00:00:00Z") };
    for (faults, wanted) in [
        (vec![expired.clone()], "that expired on 2026-11-12 09:00 UTC"),
        (vec![early], "that begins to hold only on 2027-01-01 00:00 UTC"),
        (vec![ChainFault::SelfSigned], "that signed itself"),
        (
            vec![ChainFault::NameMismatch],
            "that is for other names (`shop.example.test` and `www.shop.example.test`)",
        ),
        (
            vec![ChainFault::Incomplete],
            "without that of its issuer, `C=US, O=Let's Encrypt, CN=R11`",
        ),
        (
            vec![ChainFault::IssuerUntrusted],
            "from an issuer that no trusted root vouches for, `C=US, O=Let's Encrypt, CN=R11`",
        ),
        (
            vec![ChainFault::Unusable],
            "that cannot be read, is not meant for servers, or bears a signature that does not hold",
        ),
        (
            vec![expired, ChainFault::SelfSigned],
            "that expired on 2026-11-12 09:00 UTC and that signed itself",
        ),
    ] {
        assert_eq!(tls::certificate(&chain(&faults)), wanted);
    }
    let mut nameless = chain(&[ChainFault::NameMismatch]);
    nameless.names.clear();
    assert_eq!(tls::certificate(&nameless), "that names no host");
}

#[test]
fn requests() {
    let asked = request(Scheme::Https, false);
    let malformed = |what| {
        Seen::Http(HttpAnswer::Malformed { what, first: "220 mail.example ESMTP".to_owned() })
    };
    check(
        &asked,
        vec![
            (
                Seen::Http(HttpAnswer::Replied(reply(200, &[("server", "nginx")], 74))),
                "203.0.113.7:8443, asked over https for `/x`, replied 200 in 74 ms",
            ),
            (
                Seen::Http(HttpAnswer::Replied(reply(502, &[("server", "nginx/1.22.1")], 74))),
                "203.0.113.7:8443, asked over https for `/x`, replied 502 as `nginx/1.22.1` in 74 ms",
            ),
            (
                Seen::Http(HttpAnswer::Replied(reply(301, &[("location", "https://a.test/")], 74))),
                "203.0.113.7:8443, asked over https for `/x`, replied 301 in 74 ms, which leads on to `https://a.test/`",
            ),
            (
                Seen::Http(HttpAnswer::Empty { reset: false, after_ms: 1_200 }),
                "203.0.113.7:8443, asked over https for `/x`, closed the connection without a byte after 1.2 s",
            ),
            (
                Seen::Http(HttpAnswer::CutInHead { reset: true, bytes: 312 }),
                "203.0.113.7:8443, asked over https for `/x`, reset the connection after 312 bytes of its reply's head",
            ),
            (
                malformed(Malformation::StatusLine),
                "203.0.113.7:8443, asked over https for `/x`, sent something that is not an HTTP reply: it began `220 mail.example ESMTP`",
            ),
            (
                malformed(Malformation::StatusCode),
                "203.0.113.7:8443, asked over https for `/x`, sent a reply whose status is not a number from 100 to 999: it began `220 mail.example ESMTP`",
            ),
            (
                malformed(Malformation::HeaderName),
                "203.0.113.7:8443, asked over https for `/x`, sent a header without a colon, or with a character that no header name has: it began `220 mail.example ESMTP`",
            ),
            (
                malformed(Malformation::HeaderValue),
                "203.0.113.7:8443, asked over https for `/x`, sent a header folded over two lines, or with a control character in its value: it began `220 mail.example ESMTP`",
            ),
            (
                malformed(Malformation::TlsRecord),
                "203.0.113.7:8443, asked over https for `/x`, spoke TLS where plain HTTP was asked for",
            ),
            (
                malformed(Malformation::Http2),
                "203.0.113.7:8443, asked over https for `/x`, spoke HTTP/2 where HTTP/1.1 was asked for",
            ),
            (
                Seen::Http(HttpAnswer::HeadEndless { bytes: 262_144 }),
                "203.0.113.7:8443, asked over https for `/x`, sent a head that had not ended after 256 KiB",
            ),
            (
                Seen::Http(HttpAnswer::Silent { after_ms: 8_000 }),
                "203.0.113.7:8443, asked over https for `/x`, did not reply within 8 s",
            ),
            (
                Seen::Http(HttpAnswer::Alert { code: 116 }),
                "203.0.113.7:8443, asked over https for `/x`, did not reply, since it wants a client certificate (TLS alert 116)",
            ),
        ],
    );
    check(
        &request(Scheme::Http, true),
        vec![(
            Seen::Http(HttpAnswer::Replied(reply(200, &[], 74))),
            "203.0.113.7:8443, asked over http for `/x` with the headers that the edge adds, replied 200 in 74 ms",
        )],
    );
}

#[test]
fn faults_of_replies() {
    for (faults, wanted) in [
        (
            vec![ReplyFault::HeadTooLarge { bytes: 180_224 }],
            ", but sent a head of 176 KiB (the edge takes at most 128 KB)",
        ),
        (
            vec![ReplyFault::ShortBody { declared: 1_000, came: 400, reset: false }],
            ", but declared 1,000 bytes of body, sent 400 and closed the connection",
        ),
        (
            vec![ReplyFault::LongBody { declared: 10 }],
            ", but sent more than the 10 bytes of body that it declared",
        ),
        (
            vec![ReplyFault::LengthUnclear, ReplyFault::ChunksBroken],
            ", but declared a length that is no number, or two different ones and wrote chunks that cannot be read",
        ),
        (vec![ReplyFault::LengthAndChunks], ", but declared both a length and chunks"),
        (
            vec![ReplyFault::ChunksCut { reset: true }],
            ", but reset the connection before the last chunk",
        ),
        (
            vec![ReplyFault::BodyReset { came: 3 }],
            ", but reset the connection after 3 bytes of a body of no declared length",
        ),
        (vec![ReplyFault::GzipBroken], ", but sent a body as gzip that cannot be unpacked"),
        (
            vec![ReplyFault::BodyStalled { came: 1 }],
            ", but stopped after 1 byte of body without ending it",
        ),
        (
            vec![ReplyFault::BodyLeftUnread { came: 1_048_576 }],
            ", with more of a body than the 1,024 KiB that we read",
        ),
    ] {
        let mut odd = reply(200, &[], 1);
        odd.faults = faults;
        assert_eq!(http::particulars(&odd, ", but"), wanted);
    }
}

fn visited(status: u16, page: Option<EdgePage>) -> Seen {
    Seen::Visit(VisitAnswer::Http {
        greeting: Some(Box::new(greeting(&[]))),
        http: HttpAnswer::Replied(reply(status, &[("server", "cloudflare")], 19_151)),
        page,
        ray: Some("8f3c2a1b9d7e6f50-FRA".to_owned()),
    })
}

fn page(form: PageForm, code: Option<u16>, name: Option<&str>, column: Option<Column>) -> EdgePage {
    EdgePage { form, code, name: name.map(str::to_owned), ray: None, column }
}

#[test]
fn visits() {
    let rows = vec![
        (
            visited(522, None),
            "visit 2 at 104.16.1.1 got 522 in 19.2 s (ray `8f3c2a1b9d7e6f50-FRA`)",
        ),
        (
            Seen::Visit(VisitAnswer::Nothing { tcp: TcpAnswer::Refused }),
            "104.16.1.1, asked on visit 2, refused the connection",
        ),
        (
            Seen::Visit(VisitAnswer::Tcp { tls: TlsAnswer::Garbled }),
            "104.16.1.1, greeted on visit 2, answered in TLS that our side could not follow",
        ),
        (
            Seen::Visit(VisitAnswer::Http {
                greeting: None,
                http: HttpAnswer::Silent { after_ms: 8_000 },
                page: None,
                ray: None,
            }),
            "104.16.1.1, asked on visit 2, did not reply within 8 s",
        ),
    ];
    check(&visit_to("https://shop.example.test/", 2, 0), rows);
    check(
        &visit_to("http://shop.example.test/", 2, 0),
        vec![(
            visited(200, None),
            "visit 2 at 104.16.1.1 over http got 200 in 19.2 s (ray `8f3c2a1b9d7e6f50-FRA`)",
        )],
    );
    check(
        &visit_to("https://shop.example.test/login", 2, 1),
        vec![(
            visited(200, None),
            "visit 2 at 104.16.1.1, sent on to `https://shop.example.test/login`, got 200 in 19.2 s (ray `8f3c2a1b9d7e6f50-FRA`)",
        )],
    );
    let elsewhere = Question::Visit {
        site: site("https://shop.example.test/"),
        to: at("[::1]:8443"),
        accept: Accept::Problem,
        sample: 1,
        leg: 3,
    };
    check(
        &elsewhere,
        vec![(
            Seen::Visit(VisitAnswer::Nothing { tcp: TcpAnswer::Accepted }),
            "[::1]:8443, asked on visit 1, sent on 3 times, at last to `https://shop.example.test/`, accepted the connection",
        )],
    );
}

#[test]
fn pages_of_the_edge() {
    for (page, wanted) in [
        (
            page(PageForm::Problem, Some(502), Some("origin_bad_gateway"), None),
            ", which Cloudflare names `origin_bad_gateway`,",
        ),
        (page(PageForm::Markdown, Some(502), None, None), ", which Cloudflare tells as error 502,"),
        (
            page(PageForm::Text, Some(1_033), None, None),
            " with Cloudflare's one line for error 1033",
        ),
        (
            page(PageForm::Branded, Some(502), None, Some(Column::Host)),
            " on Cloudflare's branded page, which marks the host,",
        ),
        (
            page(PageForm::Branded, Some(502), None, Some(Column::Cloudflare)),
            " on Cloudflare's branded page, which marks Cloudflare,",
        ),
        (
            page(PageForm::Branded, Some(502), None, Some(Column::Browser)),
            " on Cloudflare's branded page, which marks the browser,",
        ),
        (page(PageForm::Branded, Some(502), None, None), " on Cloudflare's branded page"),
        (page(PageForm::Unbranded, None, None, None), " on Cloudflare's bare page"),
        (page(PageForm::Numbered, Some(1_016), None, None), " on Cloudflare's page for error 1016"),
        (page(PageForm::Numbered, None, None, None), " on Cloudflare's page for an error"),
        (
            page(PageForm::Challenge, None, None, None),
            " with a challenge or block page of Cloudflare",
        ),
    ] {
        assert_eq!(page_words(&page), wanted);
    }
}

#[test]
fn traces() {
    let lines = BTreeMap::from([("colo".to_owned(), "FRA".to_owned())]);
    check(
        &Question::Trace { to: at("104.16.1.1:443") },
        vec![
            (
                Seen::Trace(Trace::Answered { lines }),
                "104.16.1.1:443, asked for `/cdn-cgi/trace`, answered as Cloudflare's edge does, in the data centre `FRA`",
            ),
            (
                Seen::Trace(Trace::NotAnswered { status: Some(404) }),
                "104.16.1.1:443, asked for `/cdn-cgi/trace`, replied 404, which Cloudflare's edge does not",
            ),
            (
                Seen::Trace(Trace::NotAnswered { status: None }),
                "104.16.1.1:443, asked for `/cdn-cgi/trace`, did not answer",
            ),
        ],
    );
}

#[test]
fn what_was_not_asked() {
    let not = |why| Answer::NotAsked { why };
    let unknown = at("0.0.0.0:443");
    for (question, answer, wanted) in [
        (
            resolve(Record::Aaaa),
            not(WhyNot::Given),
            "the resolver was not asked for the IPv6 address of `shop.example.test`: --connect gave the answer",
        ),
        (
            Question::Connect { to: unknown },
            not(WhyNot::NoOrigin),
            "the origin was not asked for a connection: no address of the origin is known",
        ),
        (
            visit_to("http://shop.example.test/", 1, 0),
            not(WhyNot::NoAddress),
            "visit 1 at 104.16.1.1:80 over http was not made: no address of the name is known",
        ),
        (
            Question::Trace { to: at("[2606:4700::1]:443") },
            not(WhyNot::NoRoadHere),
            "[2606:4700::1]:443 was not asked for `/cdn-cgi/trace`: this machine has no IPv6",
        ),
        (
            request(Scheme::Https, true),
            not(WhyNot::OutOfTime),
            "203.0.113.7:8443 was not asked over https for `/x`: the time for the whole diagnosis was over",
        ),
        (
            Question::Account(AccountQuestion::PageRules),
            not(WhyNot::AccountRefused),
            "the account was not asked for the page rules: an earlier question to the account was refused for all of them",
        ),
        (
            Question::Account(AccountQuestion::Changes),
            not(WhyNot::NoZone),
            "the account was not asked for what was changed of late: the account shows no zone for this name",
        ),
        (
            greet(Some("a"), Offer::Modern),
            Answer::Unreached { at: Hop::Net },
            "203.0.113.7:443 was not greeted as `a`: the way there ended at the network to the origin",
        ),
        (
            greet(None, Offer::Modern),
            Answer::Unreached { at: Hop::Edge },
            "203.0.113.7:443 was not greeted without a name: the way there ended at Cloudflare's edge",
        ),
    ] {
        assert_eq!(told(question, answer), wanted);
    }
}

#[test]
fn a_question_with_a_foreign_answer_is_still_told() {
    let questions = [
        resolve(Record::A),
        visit_to("https://shop.example.test/", 1, 0),
        Question::Trace { to: at("104.16.1.1:443") },
        Question::Connect { to: at("203.0.113.7:443") },
        greet(None, Offer::Modern),
        request(Scheme::Http, true),
    ];
    for question in &questions {
        for seen in [
            Seen::Dns(DnsAnswer::NoName),
            Seen::Trace(Trace::NotAnswered { status: None }),
            Seen::Tcp(TcpAnswer::Refused),
            Seen::Tls(TlsAnswer::Garbled),
            Seen::Http(HttpAnswer::Silent { after_ms: 1 }),
            Seen::Visit(VisitAnswer::Nothing { tcp: TcpAnswer::Refused }),
        ] {
            assert!(!told(question.clone(), Answer::Got(seen)).is_empty());
        }
    }
}
