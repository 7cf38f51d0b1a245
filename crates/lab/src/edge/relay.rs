//! From the origin's reply to the visitor: what is passed on, replaced, checked, or broken off.
//!
//! A 502 or 504 of the origin's keeps its status and loses its body to the branded page (error-502-504
//! page, read 2026-07); other errors go through. A compressed body whose length or checksum is wrong
//! becomes a 502 of the edge's own, unbranded (same page). Any other body is passed on as it comes,
//! so its faults break off a reply of status 200: that is inferred. With the 502 switch the edge
//! reads the body first and answers 502 for such faults too.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::read::{Head, Reader, Trouble};
use super::reply::Reply;
use super::{Answer, Edge, Visit, pages};
use crate::wire::{Request, Wire};

/// How much of a body the edge reads before it passes on what it has.
const LOOK_AHEAD: usize = 256 * 1024;

/// A reply whose body is passed on as it comes.
pub(crate) struct Relay {
    head: Reply,
    length: Option<u64>,
    /// What was read before.
    begun: Vec<u8>,
    rest: Option<Reader>,
}

impl Edge {
    /// Sends the request to the origin and makes an answer of what comes back.
    pub(super) async fn relay(&self, visit: &Visit<'_>, mut wire: Box<dyn Wire>) -> Answer {
        let timeouts = &self.stage.timeouts;
        let request = dressed(visit, self.stage.edge.rule_host.as_deref());
        match tokio::time::timeout(timeouts.write, send(&mut wire, request.as_bytes())).await {
            // Whether it arrived shows when the reply is read: some origins answer before they
            // close.
            Ok(_) => {}
            Err(_) => return Answer::Whole(self.failure(524, visit)),
        }
        let head_only = visit.request.method == "HEAD";
        let mut reader = Reader::new(wire, timeouts.read);
        let head = match reader.head(head_only).await {
            Ok(head) => head,
            Err(trouble) => return Answer::Whole(self.failure(status_of(trouble), visit)),
        };
        if matches!(head.status, 502 | 504) && !self.stage.edge.pass_error_pages {
            return Answer::Whole(self.error(head.status, visit));
        }
        let mut passed = Reply::new(head.status);
        passed.headers = head.headers.clone();
        passed = passed.header("cf-cache-status", "DYNAMIC");
        if head_only {
            return Answer::Whole(passed);
        }
        if head.gzip {
            return self.unpacked(visit, passed, &head, reader).await;
        }
        if !self.stage.edge.plain_502 {
            let relay =
                Relay { head: passed, length: head.length, begun: Vec::new(), rest: Some(reader) };
            return Answer::Relayed(relay);
        }
        let (begun, ended) = reader.rest(LOOK_AHEAD).await;
        match ended {
            Ok(true) if head.length.is_some() && reader.goes_on().await => {
                Answer::Whole(self.failure(520, visit))
            }
            Ok(true) => Answer::Whole(passed.body(begun)),
            Ok(false) => Answer::Relayed(Relay {
                head: passed,
                length: head.length,
                begun,
                rest: Some(reader),
            }),
            Err(_) => Answer::Whole(self.failure(520, visit)),
        }
    }

    /// A compressed body is read whole and checked; visitors that take no gzip get it unpacked.
    async fn unpacked(
        &self,
        visit: &Visit<'_>,
        mut passed: Reply,
        head: &Head,
        mut reader: Reader,
    ) -> Answer {
        let broken = || {
            if self.stage.edge.plain_502 { self.error(502, visit) } else { pages::unbranded(502) }
        };
        let (body, ended) = reader.rest(8 * LOOK_AHEAD).await;
        if ended != Ok(true) || (head.length.is_some() && reader.goes_on().await) {
            return Answer::Whole(broken());
        }
        let mut plain = Vec::new();
        // A bomb of more than 64 MiB is not unpacked.
        let unpacked = MultiGzDecoder::new(&body[..]).take(64 << 20).read_to_end(&mut plain);
        if unpacked.is_err() {
            return Answer::Whole(broken());
        }
        let takes_gzip =
            visit.request.header("accept-encoding").is_some_and(|value| value.contains("gzip"));
        if takes_gzip {
            return Answer::Whole(passed.body(body));
        }
        passed.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-encoding"));
        Answer::Whole(passed.body(plain))
    }
}

impl Relay {
    /// Passes the reply on. Returns whether the visitor's connection can be used again.
    pub(super) async fn run(self, wire: &mut impl Wire, ray: &str, request: &Request) -> bool {
        let framing = match self.length {
            Some(length) => format!("Content-Length: {length}"),
            None => "Transfer-Encoding: chunked".to_owned(),
        };
        let keep = !request.closes();
        let mut ok = send(wire, &self.head.head(ray, &framing, keep)).await;
        let chunked = self.length.is_none();
        if !self.begun.is_empty() {
            ok = ok && pass(wire, &self.begun, chunked).await;
        }
        let Some(mut rest) = self.rest else { return ok && keep };
        while ok {
            match rest.next().await {
                Ok(Some(part)) => ok = pass(wire, &part, chunked).await,
                Ok(None) => {
                    return (!chunked || send(wire, b"0\r\n\r\n").await) && keep;
                }
                Err(_) => return false,
            }
        }
        false
    }
}

/// Writes and flushes; whether that worked.
pub(super) async fn send(wire: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> bool {
    wire.write_all(bytes).await.is_ok() && wire.flush().await.is_ok()
}

async fn pass(wire: &mut impl Wire, part: &[u8], chunked: bool) -> bool {
    if !chunked {
        return send(wire, part).await;
    }
    let mut bytes = format!("{:x}\r\n", part.len()).into_bytes();
    bytes.extend(part);
    bytes.extend(b"\r\n");
    send(wire, &bytes).await
}

fn status_of(trouble: Trouble) -> u16 {
    match trouble {
        Trouble::Unusable => 520,
        Trouble::Late => 524,
    }
}

/// The request as the edge sends it on (http-headers page, read 2026-07).
fn dressed(visit: &Visit<'_>, host: Option<&str>) -> String {
    let Visit { request, scheme, visitor, ray } = visit;
    let mut text = format!(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: Keep-Alive\r\nAccept-Encoding: gzip, br\r\n\
         CF-RAY: {ray}-AMS\r\nCF-Visitor: {{\"scheme\":\"{}\"}}\r\nCF-Connecting-IP: {visitor}\r\n\
         CF-IPCountry: NL\r\nCDN-Loop: cloudflare; loops=1\r\nX-Forwarded-For: {visitor}\r\n\
         X-Forwarded-Proto: {}\r\n",
        request.method,
        request.path,
        host.or(request.header("host")).unwrap_or_default(),
        scheme.word(),
        scheme.word(),
    );
    for (name, value) in &request.headers {
        if matches!(name.as_str(), "accept" | "accept-language" | "cookie" | "user-agent") {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    text.push_str("\r\n");
    text
}
