//! Pretend origins: ports that serve, refuse, break off and misbehave as their [`Door`] says.
//!
//! One task per port, one per connection; all end with the stage. An origin does not know what the
//! edge will make of it.

pub mod hello;
pub mod page;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::{Acceptor, WebPkiClientVerifier};
use rustls::{RootCertStore, SupportedCipherSuite};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::LazyConfigAcceptor;

use self::page::{Ending, Manners, Page, To};
use crate::pki::Pki;
use crate::raise::RaiseError;
use crate::stage::{ClientCertificate, Denial, Door, Guard, Opening, Tls, Versions};
use crate::wire::{self, Request, Wire};

/// A door with everything that serving it takes.
#[derive(Debug)]
pub struct Open {
    door: Door,
    tls: Option<Arc<ServerConfig>>,
    latency: Duration,
    edge: fn(IpAddr) -> bool,
}

impl Open {
    /// Prepares a door: makes its certificate and its TLS.
    ///
    /// # Errors
    /// When the certificate or the TLS cannot be made.
    pub fn new(
        door: &Door,
        pki: &Pki,
        names: &[String],
        latency: Duration,
        edge: fn(IpAddr) -> bool,
    ) -> Result<Self, RaiseError> {
        let tls = door.tls.as_ref().map(|tls| config(tls, pki, names)).transpose()?;
        Ok(Open { door: door.clone(), tls, latency, edge })
    }

    /// Serves a port until the task is ended.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, peer)) = accepted {
                    connections.spawn(Arc::clone(&self).open(stream, peer.ip()));
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn open(self: Arc<Self>, mut stream: TcpStream, peer: IpAddr) {
        let _ = stream.set_nodelay(true);
        match &self.door.opening {
            Opening::Proceeds => {}
            Opening::Closes => return wire::close(stream).await,
            Opening::Resets => return wire::reset(stream),
            Opening::ClosesAfterHello => {
                hello::read(&mut stream).await;
                return wire::close(stream).await;
            }
            Opening::ResetsAfterHello => {
                hello::read(&mut stream).await;
                return wire::reset(stream);
            }
            Opening::HangsAfterHello => {
                hello::read(&mut stream).await;
                return wire::hang(stream).await;
            }
            Opening::Alerts(code) => {
                hello::read(&mut stream).await;
                return say(stream, &hello::alert(*code)).await;
            }
            Opening::Says(bytes) => {
                let _ = stream.write_all(bytes).await;
                return wire::linger(&mut stream).await;
            }
            Opening::SaysAfterHello(bytes) => {
                hello::read(&mut stream).await;
                return say(stream, bytes).await;
            }
            Opening::OnlySuites(suites) => {
                let seen = hello::read(&mut stream).await;
                let answer = hello::answer_to(&seen, suites);
                return say(stream, &answer).await;
            }
            Opening::OnlyVersion(version) => {
                hello::read(&mut stream).await;
                return say(stream, &hello::server_hello(*version, 0x0005)).await;
            }
        }
        let Some(tls) = self.tls.clone() else {
            return self.converse(stream, peer, "http", false).await;
        };
        let Some(stream) = self.greet(stream, tls).await else { return };
        let known = stream.get_ref().1.peer_certificates().is_some_and(|chain| !chain.is_empty());
        self.converse(stream, peer, "https", known).await;
    }

    async fn greet(
        &self,
        stream: TcpStream,
        config: Arc<ServerConfig>,
    ) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
        let mut accepting = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let start = match (&mut accepting).await {
            Ok(start) => start,
            Err(_) => {
                // What came was no hello. nginx answers such a request with a page of status 400;
                // an alert and the end is what most other origins do.
                if let Some(stream) = accepting.take_io() {
                    wire::close(stream).await;
                }
                return None;
            }
        };
        let name = start.client_hello().server_name().map(str::to_ascii_lowercase);
        let served = self.door.tls.as_ref().and_then(|tls| tls.names.as_ref());
        if served.is_some_and(|names| !name.is_some_and(|name| names.contains(&name))) {
            say(start.io, &hello::alert(hello::UNRECOGNIZED_NAME)).await;
            return None;
        }
        start.into_stream(config).await.ok()
    }

    async fn converse(&self, mut wire: impl Wire, peer: IpAddr, scheme: &str, known: bool) {
        while let Ok(request) = wire::read_request(&mut wire).await {
            tokio::time::sleep(self.latency).await;
            let mut manners = self.door.manners.clone();
            match self.denial(peer, &request) {
                None => {}
                Some(Denial::Forbids) => manners = Manners::Answers(Page::nginx(403)),
                Some(Denial::Resets) => return wire::reset(wire),
                Some(Denial::Closes) => return wire::close(wire).await,
            }
            let by_page = self.door.tls.as_ref().map(|tls| tls.client)
                == Some(ClientCertificate::RequiredByPage);
            if by_page && !known {
                manners = Manners::Answers(no_certificate_page());
            }
            let page = match manners {
                Manners::Answers(page) => page,
                Manners::Redirects(to) => redirect(&to, &request, scheme),
                Manners::Sends { bytes, then } => {
                    let _ = wire.write_all(&bytes).await;
                    let _ = wire.flush().await;
                    return match then {
                        Ending::Closes => wire::close(wire).await,
                        Ending::Hangs => wire::hang(wire).await,
                        Ending::Resets => {
                            // So that what was sent is read before the reset is seen.
                            tokio::time::sleep(Duration::from_millis(30)).await;
                            wire::reset(wire);
                        }
                    };
                }
                Manners::EndlessHead => {
                    let start = page::status_line(200);
                    return endless(wire, start.as_bytes(), b"X-Trace: 0123456789abcdef\r\n").await;
                }
                Manners::EndlessBody => {
                    return endless(wire, &page::head(&["Connection: close"]), b"tea \n").await;
                }
            };
            tokio::time::sleep(page.takes).await;
            let keep = !request.closes();
            let bytes = page.bytes(request.method == "HEAD", keep);
            if wire.write_all(&bytes).await.is_err() || wire.flush().await.is_err() {
                return;
            }
            if !keep || page.framing == page::Framing::Close {
                return wire::close(wire).await;
            }
        }
    }

    fn denial(&self, peer: IpAddr, request: &Request) -> Option<Denial> {
        let edge = (self.edge)(peer);
        let dressed = request
            .headers
            .iter()
            .any(|(name, _)| name.starts_with("cf-") || name.starts_with("cdn-"));
        match self.door.guard {
            Guard::DeniesEdgeAddresses(denial) if edge => Some(denial),
            Guard::DeniesEdgeHeaders(denial) if dressed => Some(denial),
            Guard::DeniesOthers(denial) if !edge => Some(denial),
            _ => None,
        }
    }
}

async fn say(mut stream: TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes).await;
    wire::close(stream).await;
}

async fn endless(mut wire: impl Wire, start: &[u8], again: &[u8]) {
    let block = again.repeat((32 * 1024) / again.len().max(1));
    if wire.write_all(start).await.is_err() {
        return;
    }
    while wire.write_all(&block).await.is_ok() {
        // Others on this machine want to be served as well.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn redirect(to: &To, request: &Request, scheme: &str) -> Page {
    let host = request.host();
    let (scheme, host) = match to {
        To::Https => ("https", host),
        To::Http => ("http", host),
        To::Host(other) if *other == host => {
            // The other host is served here too; it does not lead on to itself.
            return Page::shop();
        }
        To::Host(other) => (if scheme == "http" { "http" } else { "https" }, other.clone()),
    };
    Page::nginx(301).header("Location", &format!("{scheme}://{host}{}", request.path))
}

fn no_certificate_page() -> Page {
    let body = "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n\
                <body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>No required SSL \
                certificate was sent</center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n\
                </html>\r\n";
    Page::html(400, body)
}

fn config(tls: &Tls, pki: &Pki, names: &[String]) -> Result<Arc<ServerConfig>, RaiseError> {
    let chain = pki.chain(tls.certificate, names)?;
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    if tls.only_chacha {
        provider.cipher_suites.retain(is_chacha12);
    }
    let versions: &[&rustls::SupportedProtocolVersion] = match tls.versions {
        _ if tls.only_chacha => &[&rustls::version::TLS12],
        Versions::Both => &[&rustls::version::TLS12, &rustls::version::TLS13],
        Versions::Only12 => &[&rustls::version::TLS12],
        Versions::Only13 => &[&rustls::version::TLS13],
    };
    let provider = Arc::new(provider);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)?;
    let builder = if tls.client == ClientCertificate::Unasked {
        builder.with_no_client_auth()
    } else {
        let mut roots = RootCertStore::empty();
        roots.add(pki.origin_pull_der())?;
        let mut verifier =
            WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
        if tls.client == ClientCertificate::RequiredByPage {
            verifier = verifier.allow_unauthenticated();
        }
        builder.with_client_cert_verifier(verifier.build()?)
    };
    let mut config = builder.with_single_cert(chain.certificates, chain.key)?;
    // Session tickets would let a second handshake pass without the certificate being shown.
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

fn is_chacha12(suite: &SupportedCipherSuite) -> bool {
    suite
        .suite()
        .as_str()
        .is_some_and(|name| name.starts_with("TLS_ECDHE") && name.contains("CHACHA20"))
}
