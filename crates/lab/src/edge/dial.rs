//! From the edge to the origin: the connection, the handshake, the request.
//!
//! Each way of failing has its own status (5xx pages, read 2026-07). The edge dials from addresses
//! of its own ranges, one road after the other, since a firewall may let some of them through. Of
//! the documented suites the lab speaks those that its library has: TLS 1.3, and TLS 1.2 with ECDHE
//! and AES-GCM. TLS 1.0 and 1.1, CBC suites, HTTP/2 to the origin and reused connections are
//! missing; a handshake that takes too long counts as failed (undocumented).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayfix_core::target::Scheme;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, cipher_suite};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;

use crate::pki::{Pki, Trusted};
use crate::raise::RaiseError;
use crate::stage::Timeouts;
use crate::wire::Wire;

/// The last bytes of the loopback addresses that the edge dials from.
const EGRESS: std::ops::Range<u8> = 101..109;

/// Whether an address of this machine is one that the lab's edge dials from.
pub(crate) fn is_egress(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if v4.octets()[..3] == [127, 0, 64])
}

/// The ways to one port of the origin, used in turn.
#[derive(Debug)]
pub(crate) struct Roads {
    /// Where the port really is, for each of them; never empty.
    pub(crate) to: Vec<SocketAddr>,
    /// Which addresses to dial from, those of the port's family in turn; of another, none is said.
    from: Vec<IpAddr>,
    next: AtomicUsize,
}

impl Roads {
    /// Roads on the loopback. There is one loopback address of IPv6, so dialing from the edge's own
    /// addresses works on IPv4 only.
    pub(crate) fn new(to: Vec<SocketAddr>) -> Self {
        let from = EGRESS.map(|last| IpAddr::V4(Ipv4Addr::new(127, 0, 64, last)));
        Roads::between(from.collect(), to)
    }

    /// Roads that begin at these addresses, which must be this machine's.
    pub(crate) fn between(from: Vec<IpAddr>, to: Vec<SocketAddr>) -> Self {
        Roads { to, from, next: AtomicUsize::new(0) }
    }

    /// The same roads, with a turn of their own.
    pub(crate) fn again(&self) -> Self {
        Roads::between(self.from.clone(), self.to.clone())
    }

    fn pick(&self) -> Option<(Option<IpAddr>, SocketAddr)> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let to = *self.to.get(turn % self.to.len().max(1))?;
        let like = || self.from.iter().filter(|from| from.is_ipv4() == to.is_ipv4());
        Some((like().nth(turn % like().count().max(1)).copied(), to))
    }
}

/// Why there is no connection to speak on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoWay {
    Refused,
    Silent,
    Unrouted,
    /// Accepted, and reset before anything was said.
    Reset,
    Handshake,
    Certificate,
}

impl NoWay {
    /// The status that the docs give it (5xx pages, read 2026-07).
    pub(crate) fn status(self, scheme: Scheme) -> u16 {
        match (self, scheme) {
            (NoWay::Refused, _) => 521,
            (NoWay::Silent, _) => 522,
            (NoWay::Unrouted, _) => 523,
            (NoWay::Reset, Scheme::Http) => 520,
            (NoWay::Reset, Scheme::Https) | (NoWay::Handshake, _) => 525,
            (NoWay::Certificate, _) => 526,
        }
    }
}

/// Connects to the origin.
pub(crate) async fn connect(roads: &Roads, timeouts: &Timeouts) -> Result<TcpStream, NoWay> {
    let (from, to) = roads.pick().ok_or(NoWay::Unrouted)?;
    let attempt = async {
        let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(from) = from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        let stream = socket.connect(to).await?;
        // Fails where the connection was reset meanwhile, which shows when it is used.
        let _ = stream.set_nodelay(true);
        Ok::<_, io::Error>(stream)
    };
    match tokio::time::timeout(timeouts.connect, attempt).await {
        Err(_) => Err(NoWay::Silent),
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(match error.kind() {
            io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            // What a firewall's `admin-prohibited` is over IPv6; over IPv4 it is no route to the host.
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::AddrNotAvailable => NoWay::Unrouted,
            io::ErrorKind::TimedOut => NoWay::Silent,
            io::ErrorKind::ConnectionReset => NoWay::Reset,
            _ => NoWay::Refused,
        }),
    }
}

/// Greets the origin under a name.
pub(crate) async fn greet(
    stream: TcpStream,
    config: Arc<ClientConfig>,
    host: &str,
    timeouts: &Timeouts,
) -> Result<Box<dyn Wire>, NoWay> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| NoWay::Handshake)?;
    let attempt = TlsConnector::from(config).connect(name, stream);
    match tokio::time::timeout(timeouts.handshake, attempt).await {
        Err(_) => Err(NoWay::Handshake),
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            Err(match inner {
                Some(rustls::Error::InvalidCertificate(_)) => NoWay::Certificate,
                _ => NoWay::Handshake,
            })
        }
    }
}

/// The edge's side of the handshake. `validates`: whether a certificate must hold.
/// `trusted`: by whom it must hold.
pub(crate) fn config(
    trusted: Trusted,
    pki: &Pki,
    validates: bool,
    client_certificate: bool,
) -> Result<Arc<ClientConfig>, RaiseError> {
    let provider = Arc::new(CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        ..aws_lc_rs::default_provider()
    });
    let verifier: Arc<dyn ServerCertVerifier> = if validates {
        Arc::new(PublicCertificate { trusted, provider: Arc::clone(&provider) })
    } else {
        Arc::new(AnyCertificate(Arc::clone(&provider)))
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(Arc::new(if client_certificate {
        let chain = pki.for_origin_pull()?;
        builder.with_client_auth_cert(chain.certificates, chain.key)?
    } else {
        builder.with_no_client_auth()
    }))
}

/// Mode strict: a public authority must vouch for it, one of those that are known when it is shown.
#[derive(Debug)]
struct PublicCertificate {
    trusted: Trusted,
    provider: Arc<CryptoProvider>,
}

impl PublicCertificate {
    fn verifier(&self) -> Result<Arc<WebPkiServerVerifier>, rustls::Error> {
        let mut roots = RootCertStore::empty();
        for root in self.trusted.roots() {
            roots.add(root)?;
        }
        let provider = Arc::clone(&self.provider);
        let built = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build();
        built.map_err(|error| rustls::Error::General(error.to_string()))
    }
}

impl ServerCertVerifier for PublicCertificate {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier()?.verify_server_cert(leaf, rest, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Mode full: any certificate will do.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _leaf: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // The library reads a certificate to check a signature, and refuses some that mode full
        // takes; nobody stands between the lab's edge and the lab's origin.
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _leaf: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
