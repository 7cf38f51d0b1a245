//! The service behind a tunnel, asked as cloudflared asks it: name, connection, handshake, request.
//!
//! The first thing that goes wrong is the answer. Trusted are this system's roots, Cloudflare's Origin
//! CA, and the rule's own pool; the certificate is for the name in the hello.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::host::{UpstreamAnswer, UpstreamAsked};
use tokio::time::Instant;

use super::upstream;
use super::view::View;
use crate::exchange::{ACCEPT_GZIP, USER_AGENT};
use crate::greet::Trust;
use crate::roots;

/// For each of name, connection, handshake.
const CONNECT: Duration = Duration::from_secs(2);
/// For the reply.
const REPLY: Duration = Duration::from_secs(3);
/// For a body that flows.
const FLOW: Duration = Duration::from_millis(500);

/// How to ask, besides what is told of it.
pub(crate) struct Manner<'a> {
    /// The path with its query as it is sent; none of it is kept.
    pub(crate) path: &'a str,
    /// A file with roots to trust besides.
    pub(crate) ca_pool: Option<&'a str>,
    /// The end of it all.
    pub(crate) by: Instant,
}

/// Asks; `None`: only root may.
pub(crate) async fn ask(asked: &UpstreamAsked, manner: &Manner<'_>) -> Option<UpstreamAnswer> {
    let roots = if asked.verifies { trusted(manner.ca_pool).await } else { Vec::new() };
    let headers = [USER_AGENT, ACCEPT_GZIP, ("X-Forwarded-Proto", "https")];
    let manner = upstream::Manner {
        path: manner.path,
        http: "1.1",
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        checked_for: None,
        trust: Trust::Edge(&roots),
        shows_certificate: false,
        script: None,
        view: Arc::new(View::own()),
        user: None,
        connect: CONNECT,
        reply: REPLY,
        flow: FLOW,
        ends: manner.by,
    };
    upstream::ask(asked, &manner).await
}

/// Where Go finds the system's roots, the first that is there (crypto/x509, root_linux.go).
const SYSTEM: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The system's roots and those of the pool.
async fn trusted(pool: Option<&str>) -> Vec<Vec<u8>> {
    let pool = pool.map(str::to_owned);
    let reading = tokio::task::spawn_blocking(move || {
        let system = SYSTEM.into_iter().find_map(|path| roots::read(Path::new(path)).ok());
        let mut all = pool.and_then(|path| roots::read(Path::new(&path)).ok()).unwrap_or_default();
        all.extend(system.unwrap_or_default());
        all
    });
    reading.await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::host::tunnel::IngressFrom;
    use rayfix_core::evidence::host::tunnel::{OriginRequest, look_up, read_config};

    use rayfix_core::evidence::{HttpAnswer, TlsAnswer};

    use super::*;
    use crate::clock;
    use crate::pretend::{self, Secure, Then};

    /// What comes of a service as a rule has it, in a word.
    async fn told(service: &str, tls_verified: bool) -> String {
        let yaml = format!(
            "originRequest:\n  noTLSVerify: {}\n  httpHostHeader: inner.test\ningress:\n\
             - service: {service}\n",
            !tls_verified
        );
        let config = read_config("/etc/cloudflared/config.yml", &yaml);
        let rule = look_up(&config, IngressFrom::CommandLine, "shop.test", "/").rule.unwrap();
        let request: &OriginRequest = &rule.request;
        let asked = rule.service.unwrap().asked(request, "shop.test", "/").unwrap();
        let by = clock::instant() + Duration::from_millis(800);
        let answer = ask(&asked, &Manner { path: "/?a=1", ca_pool: None, by }).await.unwrap();
        match answer {
            UpstreamAnswer::Unconnected { tcp, .. } => format!("{tcp:?}"),
            UpstreamAnswer::SocketMissing { up_to } => format!("missing, up to {up_to}"),
            UpstreamAnswer::Handshake { tls } => match *tls {
                TlsAnswer::NotTls { .. } => "plain".to_owned(),
                TlsAnswer::Greeted(greeting) => {
                    format!("untrusted {}", !greeting.chain.faults.is_empty())
                }
                other => format!("{other:?}"),
            },
            UpstreamAnswer::Http { http } => match *http {
                HttpAnswer::Replied(reply) => reply.status.to_string(),
                HttpAnswer::Silent { .. } => "silent".to_owned(),
                other => format!("{other:?}"),
            },
            UpstreamAnswer::Nameless { .. } => "nameless".to_owned(),
            other => format!("{other:?}"),
        }
    }

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    #[tokio::test]
    async fn every_way_in_which_a_service_fails_is_an_answer() {
        let closed = pretend::closed_port().await;
        let fine = pretend::origin(OK, Then::Close).await;
        let mute = pretend::origin(b"", Then::Stall).await;
        let secure = pretend::secure(Secure::default()).await;
        let missing = format!("{}/no-such.sock", std::env::temp_dir().display());
        for (service, verified, answer) in [
            (format!("http://{closed}"), true, "Refused".to_owned()),
            (format!("http://{fine}"), true, "200".to_owned()),
            (format!("http://{mute}"), true, "silent".to_owned()),
            (format!("https://{fine}"), true, "plain".to_owned()),
            (format!("https://{secure}"), true, "untrusted true".to_owned()),
            ("http://no-such-name.invalid:80".to_owned(), true, "nameless".to_owned()),
            (
                format!("unix:{missing}"),
                true,
                format!("missing, up to {}", std::env::temp_dir().display()),
            ),
        ] {
            assert_eq!(told(&service, verified).await, answer, "{service}");
        }
    }

    #[tokio::test]
    async fn the_service_hears_the_host_of_the_rule_and_the_whole_path() {
        let (address, mut heard) = pretend::hearing(OK).await;
        assert_eq!(told(&format!("http://{address}"), true).await, "200");
        let request = heard.recv().await.unwrap();
        assert!(request.starts_with("GET /?a=1 HTTP/1.1\r\nHost: inner.test\r\n"), "{request}");
        assert!(request.contains("X-Forwarded-Proto: https\r\n"));
    }
}
