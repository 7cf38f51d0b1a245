//! The service behind a tunnel, asked as cloudflared asks it: name, connection, handshake, request.
//!
//! The first thing that goes wrong is the answer. Trusted are this system's roots, Cloudflare's Origin
//! CA, and the rule's own pool; the certificate is for the name in the hello.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::time::Duration;

use rayfix_core::evidence::host::{SocketFile, UpstreamAnswer, UpstreamAsked};
use rayfix_core::evidence::{HttpAnswer, TcpAnswer, TlsAnswer};
use rayfix_core::proxy::nginx::PeerAddress;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::dial;
use crate::exchange::{USER_AGENT, exchange};
use crate::greet::{Hello, Like, greet};
use crate::roots;

/// For connection and handshake.
const CONNECT: Duration = Duration::from_secs(2);
/// For a body that flows.
const FLOW: Duration = Duration::from_millis(500);
/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 4;

/// How to ask, besides what is told of it.
pub(crate) struct Manner<'a> {
    /// The path with its query as it is sent; none of it is kept.
    pub(crate) path: &'a str,
    /// A file with roots to trust besides.
    pub(crate) ca_pool: Option<&'a str>,
    /// The end of it all.
    pub(crate) by: Instant,
}

/// Asks; `None`: that cannot be asked from here.
pub(crate) async fn ask(asked: &UpstreamAsked, manner: &Manner<'_>) -> Option<UpstreamAnswer> {
    match &asked.to {
        PeerAddress::Unix(path) => over_unix(asked, manner, path).await,
        PeerAddress::Ip(to) => Some(over_tcp(asked, manner, *to).await),
        PeerAddress::Name { host, port } => {
            let looking = tokio::net::lookup_host((host.as_str(), *port));
            let found = match timeout_at(manner.soon(), looking).await {
                Err(_) => Err("the system's resolver did not answer in time".to_owned()),
                Ok(Err(error)) => Err(error.to_string()),
                Ok(Ok(found)) => Ok(found.take(16).collect::<Vec<_>>()),
            };
            let mut addresses = match found {
                Ok(found) => found,
                Err(why) => return Some(UpstreamAnswer::Nameless { why }),
            };
            addresses.dedup();
            let mut first = None;
            for to in addresses.into_iter().take(MOST_ADDRESSES) {
                let answer = over_tcp(asked, manner, to).await;
                if !matches!(answer, UpstreamAnswer::Unconnected { .. }) {
                    return Some(answer);
                }
                first = first.or(Some(answer));
            }
            let why = "the system's resolver knows no address".to_owned();
            Some(first.unwrap_or(UpstreamAnswer::Nameless { why }))
        }
    }
}

impl Manner<'_> {
    fn soon(&self) -> Instant {
        (clock::instant() + CONNECT).min(self.by)
    }
}

async fn over_tcp(asked: &UpstreamAsked, manner: &Manner<'_>, to: SocketAddr) -> UpstreamAnswer {
    let mut stream = match dial::connect(to, manner.soon()).await {
        Err(tcp) => return UpstreamAnswer::Unconnected { tcp, socket: None },
        Ok(stream) => stream,
    };
    if !asked.speaks.tls() {
        return speak(asked, manner, &mut stream).await;
    }
    over_tls(asked, manner, stream, to).await
}

async fn over_tls(
    asked: &UpstreamAsked,
    manner: &Manner<'_>,
    stream: TcpStream,
    to: SocketAddr,
) -> UpstreamAnswer {
    let ip = to.ip().to_string();
    let name = asked.sni.as_deref().unwrap_or(&ip);
    let trusted = if asked.verifies { trusted(manner.ca_pool).await } else { Vec::new() };
    let hello = Hello { name, told: asked.sni.is_some(), like: Like::Browser };
    match greet(stream, hello, &trusted, manner.soon()).await {
        Err(tls) => UpstreamAnswer::Handshake { tls: Box::new(tls) },
        Ok(greeted) if asked.verifies && !greeted.greeting.chain.faults.is_empty() => {
            UpstreamAnswer::Handshake { tls: Box::new(TlsAnswer::Greeted(greeted.greeting)) }
        }
        Ok(mut greeted) => speak(asked, manner, &mut greeted.stream).await,
    }
}

async fn speak<S>(asked: &UpstreamAsked, manner: &Manner<'_>, stream: &mut S) -> UpstreamAnswer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let host = asked.host.as_deref().unwrap_or("localhost");
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {host}\r\n{}: {}\r\nAccept-Encoding: gzip\r\n\
         X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n",
        manner.path, USER_AGENT.0, USER_AGENT.1
    );
    let answer: HttpAnswer = exchange(stream, request.as_bytes(), FLOW, manner.by).await.answer;
    UpstreamAnswer::Http { http: Box::new(answer) }
}

async fn over_unix(
    asked: &UpstreamAsked,
    manner: &Manner<'_>,
    path: &str,
) -> Option<UpstreamAnswer> {
    if asked.speaks.tls() {
        return None;
    }
    let begun = clock::instant();
    let mut stream = match timeout_at(manner.soon(), UnixStream::connect(path)).await {
        Ok(Ok(stream)) => stream,
        Err(_) => {
            let tcp = TcpAnswer::Silent { after_ms: clock::ms_since(begun) };
            return Some(UpstreamAnswer::Unconnected { tcp, socket: file(path) });
        }
        Ok(Err(error)) => return unconnected(&error, path),
    };
    Some(speak(asked, manner, &mut stream).await)
}

fn unconnected(error: &io::Error, path: &str) -> Option<UpstreamAnswer> {
    let there = std::fs::symlink_metadata(path);
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            let mut folders = Path::new(path).ancestors().skip(1);
            let up_to = folders.find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
            Some(UpstreamAnswer::SocketMissing { up_to: up_to.display().to_string() })
        }
        // Another user's rights say nothing of the connector's.
        io::ErrorKind::PermissionDenied => None,
        _ if there.is_ok_and(|meta| !meta.file_type().is_socket() && !meta.is_symlink()) => {
            Some(UpstreamAnswer::NoSocket { what: "something else".to_owned() })
        }
        io::ErrorKind::ConnectionRefused => {
            Some(UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, socket: file(path) })
        }
        _ => {
            let tcp = TcpAnswer::Failed { errno: error.raw_os_error().unwrap_or(0) };
            Some(UpstreamAnswer::Unconnected { tcp, socket: file(path) })
        }
    }
}

fn file(path: &str) -> Option<SocketFile> {
    let meta = std::fs::metadata(path).ok()?;
    Some(SocketFile {
        path: path.to_owned(),
        owner: meta.uid().to_string(),
        group: meta.gid().to_string(),
        mode: meta.mode() & 0o7777,
    })
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

    use super::*;
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
