//! An upstream, asked from this machine the way the one in front of it asks.
//!
//! Name, socket file with the rights of the proxy's user, connection, handshake, request: the first
//! thing that goes wrong is the answer. What only the proxy has (its client certificate, its place
//! in another network) is not made up: there the asking ends earlier, and says so.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::host::{UpstreamAnswer, UpstreamAsked};
use rayfix_core::evidence::{HttpAnswer, TcpAnswer, TlsAnswer};
use rayfix_core::proxy::nginx::{PeerAddress, Speaks};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::gateway;
use super::user::{User, Way, walk};
use super::view::View;
use crate::clock;
use crate::dial;
use crate::exchange::exchange;
use crate::greet::{Hello, Like, Trust, greet_on};

/// How an upstream is asked, besides what is told of it.
pub(crate) struct Manner<'a> {
    /// The path with its query as it is sent; none of it is kept.
    pub(crate) path: &'a str,
    /// `1.0` or `1.1`.
    pub(crate) http: &'a str,
    /// Headers besides `Host` and `Connection`.
    pub(crate) headers: Vec<(String, String)>,
    /// The name that the certificate is checked for; the name in the hello where there is none.
    pub(crate) checked_for: Option<&'a str>,
    /// Who is trusted, where the certificate is checked.
    pub(crate) trust: Trust<'a>,
    /// Whether the one in front has a certificate to show, which we have not.
    pub(crate) shows_certificate: bool,
    /// The file that a FastCGI upstream is told to run.
    pub(crate) script: Option<&'a str>,
    /// The file system as the one in front sees it.
    pub(crate) view: Arc<View>,
    /// The user that the one in front runs as, where the files know him.
    pub(crate) user: Option<User>,
    /// For each of name, connection, handshake.
    pub(crate) connect: Duration,
    /// For the reply.
    pub(crate) reply: Duration,
    /// For a body that flows.
    pub(crate) flow: Duration,
    /// The end of it all.
    pub(crate) ends: Instant,
}

impl Manner<'_> {
    fn by(&self, limit: Duration) -> Instant {
        (clock::instant() + limit).min(self.ends)
    }
}

/// Asks; `None`: only root may.
pub(crate) async fn ask(asked: &UpstreamAsked, manner: &Manner<'_>) -> Option<UpstreamAnswer> {
    match &asked.to {
        PeerAddress::Unix(path) => over_unix(asked, manner, path).await,
        PeerAddress::Ip(to) => Some(over_tcp(asked, manner, *to).await),
        PeerAddress::Name { host, port } => {
            let addresses = match resolve(host, *port, manner.by(manner.connect)).await {
                Ok(addresses) => addresses,
                Err(why) => return Some(UpstreamAnswer::Nameless { why }),
            };
            // The next address is tried where one does not answer, as proxies do.
            let mut first = None;
            for to in addresses.into_iter().take(MOST_ADDRESSES) {
                let answer = over_tcp(asked, manner, to).await;
                if !matches!(answer, UpstreamAnswer::Unconnected { .. }) {
                    return Some(answer);
                }
                first = first.or(Some(answer));
            }
            first
        }
    }
}

/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 4;

/// Asks the system: its hosts file first, then its name servers, as its configuration says.
async fn resolve(host: &str, port: u16, by: Instant) -> Result<Vec<SocketAddr>, String> {
    let asking = tokio::net::lookup_host((host, port));
    let found = match timeout_at(by, asking).await {
        Err(_) => return Err("the system's resolver did not answer in time".to_owned()),
        Ok(Err(error)) => {
            let text = error.to_string();
            let said = text.rsplit(": ").next().unwrap_or(&text);
            return Err(format!("the system's resolver says: {said}"));
        }
        Ok(Ok(found)) => found,
    };
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err("the system's resolver knows no address".to_owned());
    }
    Ok(addresses)
}

async fn over_tcp(asked: &UpstreamAsked, manner: &Manner<'_>, to: SocketAddr) -> UpstreamAnswer {
    match dial::connect(to, manner.by(manner.connect)).await {
        Err(tcp) => UpstreamAnswer::Unconnected { tcp, socket: None },
        Ok(stream) => speak(asked, manner, stream).await,
    }
}

async fn over_unix(
    asked: &UpstreamAsked,
    manner: &Manner<'_>,
    path: &str,
) -> Option<UpstreamAnswer> {
    let begun = clock::instant();
    // A folder of a file system that hangs must not hold anybody else.
    let (view, user, to) = (Arc::clone(&manner.view), manner.user.clone(), path.to_owned());
    let walking = spawn_blocking(move || walk(&view, &to, user.as_ref()));
    let (real, file) = match timeout_at(manner.by(manner.connect), walking).await {
        Ok(Ok(Way::Ends(answer))) => return Some(answer),
        Ok(Ok(Way::Leads(real, file))) => (real, file),
        Ok(Ok(Way::Hidden) | Err(_)) => return None,
        Err(_) => {
            let tcp = TcpAnswer::Silent { after_ms: clock::ms_since(begun) };
            return Some(UpstreamAnswer::Unconnected { tcp, socket: None });
        }
    };
    let tcp = match timeout_at(manner.by(manner.connect), UnixStream::connect(&real)).await {
        Ok(Ok(stream)) => return Some(speak(asked, manner, stream).await),
        Err(_) => TcpAnswer::Silent { after_ms: clock::ms_since(begun) },
        Ok(Err(error)) => match error.kind() {
            io::ErrorKind::ConnectionRefused => TcpAnswer::Refused,
            // We are kept out; whether the proxy's user is was computed, and he is not.
            io::ErrorKind::PermissionDenied if !rustix::process::geteuid().is_root() => {
                return None;
            }
            // EAGAIN (11): its queue of connections is full.
            _ => TcpAnswer::Failed { errno: error.raw_os_error().unwrap_or(0) },
        },
    };
    Some(UpstreamAnswer::Unconnected { tcp, socket: Some(file) })
}

async fn speak<S>(asked: &UpstreamAsked, manner: &Manner<'_>, mut stream: S) -> UpstreamAnswer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if !asked.speaks.tls() {
        return request(asked, manner, &mut stream).await;
    }
    let checked = manner.checked_for.or(asked.sni.as_deref()).or(asked.host.as_deref());
    let name = asked.sni.as_deref().or(checked).filter(|name| !name.is_empty());
    let name = name.unwrap_or("localhost");
    // The chain is judged for the name in the hello; where another is checked, that one counts, and
    // an SNI that differs from it is sent by nobody we know of.
    let judged = checked.filter(|_| asked.verifies).unwrap_or(name);
    let hello = Hello { name: judged, told: asked.sni.is_some(), like: Like::Browser };
    let mut greeted = match greet_on(stream, hello, manner.trust, manner.by(manner.connect)).await {
        Ok(greeted) => greeted,
        Err(tls) if manner.shows_certificate && wanted_certificate(&tls) => {
            return UpstreamAnswer::Accepted;
        }
        Err(tls) => return UpstreamAnswer::Handshake { tls: Box::new(tls) },
    };
    if asked.verifies && !greeted.greeting.chain.faults.is_empty() {
        let tls = Box::new(TlsAnswer::Greeted(greeted.greeting));
        return UpstreamAnswer::Handshake { tls };
    }
    if manner.shows_certificate && greeted.greeting.client_certificate_asked {
        return UpstreamAnswer::Accepted;
    }
    request(asked, manner, &mut greeted.stream).await
}

fn wanted_certificate(tls: &TlsAnswer) -> bool {
    matches!(tls, TlsAnswer::Alert { client_certificate_asked: true, .. })
}

async fn request<S>(asked: &UpstreamAsked, manner: &Manner<'_>, stream: &mut S) -> UpstreamAnswer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let by = manner.by(manner.reply);
    let host = asked.host.as_deref().unwrap_or("localhost");
    let http: HttpAnswer = match asked.speaks {
        Speaks::Http | Speaks::Https => {
            let bytes = get(host, manner);
            exchange(stream, &bytes, manner.flow, by).await.answer
        }
        Speaks::Uwsgi | Speaks::Suwsgi => {
            let bytes = gateway::uwsgi(&gateway::variables(host, manner.path, &manner.headers));
            exchange(stream, &bytes, manner.flow, by).await.answer
        }
        Speaks::Fastcgi => {
            let Some(script) = manner.script else { return UpstreamAnswer::Accepted };
            let mut variables = gateway::variables(host, manner.path, &manner.headers);
            variables.push(("SCRIPT_FILENAME".to_owned(), script.to_owned()));
            gateway::fastcgi(stream, &variables, by).await
        }
        Speaks::Scgi | Speaks::Grpc | Speaks::Grpcs | Speaks::Memcached => {
            return UpstreamAnswer::Accepted;
        }
    };
    UpstreamAnswer::Http { http: Box::new(http) }
}

fn get(host: &str, manner: &Manner<'_>) -> Vec<u8> {
    let mut text = format!("GET {} HTTP/{}\r\nHost: {host}\r\n", manner.path, manner.http);
    for (name, value) in &manner.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("Connection: close\r\n\r\n");
    text.into_bytes()
}

/// The roots of a file, in the proxy's view; none where it cannot be read.
pub(crate) async fn roots(view: &View, path: &str) -> Vec<Vec<u8>> {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;

    let Ok((bytes, _)) = view.read(path, 16 << 20) else { return Vec::new() };
    let reading = spawn_blocking(move || {
        let found = CertificateDer::pem_slice_iter(&bytes).flatten();
        found.map(|certificate| certificate.to_vec()).collect()
    });
    reading.await.unwrap_or_default()
}

#[cfg(test)]
#[path = "upstream_tests.rs"]
mod tests;
