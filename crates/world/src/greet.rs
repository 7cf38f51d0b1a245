//! Handshakes: TLS with a peer whose certificate is taken as it is and only then looked at.
//!
//! Whatever the chain is worth, the handshake goes on, so that the request behind it can be asked
//! too; what an edge that validates would say of the chain is computed by core. Sessions are never
//! resumed: each handshake is a whole one.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use rayfix_core::evidence::{Greeting, Offer, TlsAnswer, chain, tls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::clock;
use crate::tap::{Tap, Tapped, lock};

/// How a hello looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hello<'a> {
    /// The peer's name: what the chain is judged for.
    pub(crate) name: &'a str,
    /// Whether the hello carries it.
    pub(crate) told: bool,
    /// Whose suites it offers.
    pub(crate) like: Like,
}

/// Whose suites a hello offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Like {
    /// Those of the edge towards an origin, as far as the library speaks them.
    Edge,
    /// All that the library speaks.
    Browser,
}

/// A connection after its handshake.
pub(crate) struct Greeted<S = TcpStream> {
    pub(crate) stream: TlsStream<Tapped<S>>,
    pub(crate) greeting: Greeting,
}

/// By whom a chain is held to be vouched for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trust<'a> {
    /// The edge's lists, and these roots.
    Edge(&'a [Vec<u8>]),
    /// These roots only.
    Only(&'a [Vec<u8>]),
}

/// A whole handshake, or how the peer ended it.
pub(crate) async fn greet(
    stream: TcpStream,
    hello: Hello<'_>,
    given_roots: &[Vec<u8>],
    by: Instant,
) -> Result<Greeted, TlsAnswer> {
    greet_on(stream, hello, Trust::Edge(given_roots), by).await
}

/// The same on any connection, with a choice of who is trusted.
pub(crate) async fn greet_on<S>(
    stream: S,
    hello: Hello<'_>,
    trust: Trust<'_>,
    by: Instant,
) -> Result<Greeted<S>, TlsAnswer>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let begun = clock::instant();
    let caught = Arc::new(Caught::default());
    let Some((name, config)) = prepare(hello, &caught) else {
        return Err(TlsAnswer::Garbled);
    };
    let tap = Arc::new(Mutex::new(Tap::default()));
    let stream = Tapped::new(stream, &tap);
    let shaking = TlsConnector::from(Arc::new(config)).connect(name, stream).into_fallible();
    let client_certificate_asked = || caught.asked.load(Ordering::Relaxed);
    let stream = match timeout_at(by, shaking).await {
        Ok(Ok(stream)) => stream,
        Ok(Err((error, stream))) => {
            drain(stream).await;
            return Err(refusal(&error, &lock(&tap), client_certificate_asked()));
        }
        Err(_) => return Err(overdue(&lock(&tap), clock::ms_since(begun))),
    };
    let (_, session) = stream.get_ref();
    let version = session.protocol_version().map_or(0, u16::from);
    let cipher = session.negotiated_cipher_suite().map_or(0, |suite| u16::from(suite.suite()));
    let sent = std::mem::take(&mut *lock(&caught.chain));
    let seen = match trust {
        Trust::Edge(given) => chain::see(&sent, hello.name, clock::now(), given),
        Trust::Only(given) => chain::see_by_given(&sent, hello.name, clock::now(), given),
    };
    let Some(chain) = seen else {
        return Err(TlsAnswer::Garbled);
    };
    let client_certificate_asked = client_certificate_asked();
    Ok(Greeted { stream, greeting: Greeting { version, cipher, client_certificate_asked, chain } })
}

/// Sends a hello that was written by hand, and reads what comes back to it.
pub(crate) async fn hail(
    mut stream: TcpStream,
    offer: Offer,
    name: Option<&str>,
    by: Instant,
) -> TlsAnswer {
    let begun = clock::instant();
    let mut random = [0; 32];
    // Without fresh bytes the hello still asks the same; nothing is kept secret with them.
    let _ = BROWSER.secure_random.fill(&mut random);
    let hello = tls::hello(offer, name, random);
    let mut came = Vec::new();
    let reading = async {
        // A peer that ends the connection while we write has its reason in what it sent.
        let wrote = stream.write_all(&hello).await;
        loop {
            let reset = match stream.read_buf(&mut came).await {
                Ok(0) => false,
                Ok(_) => match tls::first_record(&came).answer() {
                    Some(answer) => return answer,
                    None => continue,
                },
                Err(error) => wrote.is_err() || is_reset(&error),
            };
            return TlsAnswer::Cut { reset, after_bytes: !came.is_empty() };
        }
    };
    let answer = timeout_at(by, reading).await;
    answer.unwrap_or_else(|_| TlsAnswer::Silent { after_ms: clock::ms_since(begun) })
}

fn prepare(hello: Hello<'_>, caught: &Arc<Caught>) -> Option<(ServerName<'static>, ClientConfig)> {
    let provider = match hello.like {
        Like::Edge => &EDGE,
        Like::Browser => &BROWSER,
    };
    let name = ServerName::try_from(hello.name.to_owned()).ok()?;
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(caught) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(Arc::clone(caught) as Arc<dyn ResolvesClientCert>);
    config.enable_sni = hello.told;
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some((name, config))
}

/// What the library said, in the words of the evidence.
fn refusal(error: &io::Error, tap: &Tap, client_certificate_asked: bool) -> TlsAnswer {
    match tls_error(error) {
        Some(rustls::Error::AlertReceived(alert)) => {
            TlsAnswer::Alert { code: u8::from(*alert), client_certificate_asked }
        }
        Some(_) => match tap.plain() {
            Some(answer) => answer,
            None => TlsAnswer::Garbled,
        },
        None => match tap.ending(is_reset(error)) {
            TlsAnswer::Alert { code, .. } => TlsAnswer::Alert { code, client_certificate_asked },
            ending => ending,
        },
    }
}

/// The library's own error in an I/O error, where there is one.
pub(crate) fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether the peer reset the connection (and did not close it).
pub(crate) fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

/// Takes what the peer had still sent before it ended the connection: its reason may be in there.
async fn drain<S: AsyncRead + Unpin>(mut stream: Tapped<S>) {
    let mut buffer = [0; 512];
    let reading = async { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} };
    let _ = timeout(Duration::from_millis(20), reading).await;
}

fn overdue(tap: &Tap, after_ms: u64) -> TlsAnswer {
    tap.plain().unwrap_or(TlsAnswer::Silent { after_ms })
}

/// What the peer showed and asked for during a handshake. It lets everything pass.
#[derive(Debug, Default)]
struct Caught {
    chain: Mutex<Vec<Vec<u8>>>,
    asked: AtomicBool,
}

impl ServerCertVerifier for Caught {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let sent = std::iter::once(end_entity).chain(intermediates);
        *lock(&self.chain) = sent.map(|certificate| certificate.to_vec()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = BROWSER.signature_verification_algorithms.supported_schemes();
        // Old peers sign with nothing better; we do not rely on what they sign.
        schemes.extend([SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::ECDSA_SHA1_Legacy]);
        schemes
    }
}

impl ResolvesClientCert for Caught {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

static BROWSER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));

/// In the edge's order (Cloudflare docs, cipher-suites page, read 2026-07); the suites without
/// forward secrecy and with CBC are not spoken by the library, and are offered by hand instead.
static EDGE: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    use aws_lc_rs::cipher_suite as suite;
    Arc::new(CryptoProvider {
        cipher_suites: vec![
            suite::TLS13_AES_128_GCM_SHA256,
            suite::TLS13_AES_256_GCM_SHA384,
            suite::TLS13_CHACHA20_POLY1305_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        ..aws_lc_rs::default_provider()
    })
});

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::HttpAnswer;
    use rayfix_core::target::Site;

    use super::*;
    use crate::dial;
    use crate::exchange::{exchange, get};
    use crate::pretend::{self, Secure, Then};

    async fn shake(peer: std::net::SocketAddr, told: bool) -> Result<Greeted, TlsAnswer> {
        let by = clock::instant() + Duration::from_millis(700);
        let stream = dial::connect(peer, by).await.unwrap();
        let hello = Hello { name: "shop.example", told, like: Like::Edge };
        greet(stream, hello, &[], by).await
    }

    async fn check(said: &[u8], then: Then) -> TlsAnswer {
        shake(pretend::origin(said, then).await, true).await.err().expect("no handshake")
    }

    fn alert(code: u8) -> TlsAnswer {
        TlsAnswer::Alert { code, client_certificate_asked: false }
    }

    #[tokio::test]
    async fn a_chain_is_taken_as_it_is() {
        for (secure, version) in [(Secure::default(), 0x0304), (Secure::old(), 0x0303)] {
            let greeting = shake(pretend::secure(secure).await, true).await.ok().unwrap().greeting;
            assert_eq!((greeting.version, greeting.chain.sent), (version, 1));
            assert!(!greeting.client_certificate_asked && greeting.cipher != 0);
        }
    }

    #[tokio::test]
    async fn the_hello_carries_the_name_only_where_it_shall() {
        let peer =
            pretend::secure(Secure { only: Some("shop.example"), ..Secure::default() }).await;
        assert!(shake(peer, true).await.is_ok());
        assert!(matches!(shake(peer, false).await.err(), Some(TlsAnswer::Alert { .. })));
    }

    #[tokio::test]
    async fn each_way_to_refuse_is_told_apart() {
        // Captured: nginx 1.22.1 with ssl_reject_handshake on, greeted with an unknown name.
        assert_eq!(check(b"\x15\x03\x03\x00\x02\x02\x70", Then::Close).await, alert(112));
        assert_eq!(check(b"\x15\x03\x01\x00\x02\x02\x46", Then::Reset).await, alert(70));
        let cut = |reset, after_bytes| TlsAnswer::Cut { reset, after_bytes };
        assert_eq!(check(b"", Then::Close).await, cut(false, false));
        assert_eq!(check(b"", Then::Reset).await, cut(true, false));
        assert_eq!(check(b"\x16\x03\x03\x00\x7a\x02\x00", Then::Close).await, cut(false, true));
        let plain = check(b"HTTP/1.1 400 Bad Request\r\n\r\n", Then::Close).await;
        assert!(matches!(plain, TlsAnswer::NotTls { http: true, .. }), "{plain:?}");
        let banner = check(b"SSH-2.0-OpenSSH_9.2\r\n", Then::Stall).await;
        assert!(matches!(banner, TlsAnswer::NotTls { http: false, .. }), "{banner:?}");
        let silent = check(b"", Then::Stall).await;
        assert!(matches!(silent, TlsAnswer::Silent { after_ms: 500.. }), "{silent:?}");
        // A ServerHello for TLS 1.1, which the edge would take and the library does not.
        assert_eq!(
            check(&pretend::server_hello(0x0302, 0xc013), Then::Stall).await,
            TlsAnswer::Garbled
        );
    }

    #[tokio::test]
    async fn hand_made_hellos_are_answered_too() {
        for (said, then, expected) in [
            (
                pretend::server_hello(0x0302, 0xc013),
                Then::Stall,
                TlsAnswer::HelloAccepted { version: 0x0302, cipher: 0xc013 },
            ),
            (b"\x15\x03\x01\x00\x02\x02\x28".to_vec(), Then::Close, alert(40)),
            (vec![], Then::Close, TlsAnswer::Cut { reset: false, after_bytes: false }),
            (vec![], Then::Reset, TlsAnswer::Cut { reset: true, after_bytes: false }),
        ] {
            let peer = pretend::origin(&said, then).await;
            let by = clock::instant() + Duration::from_millis(700);
            let stream = dial::connect(peer, by).await.unwrap();
            assert_eq!(hail(stream, Offer::EdgeLegacy, None, by).await, expected);
        }
    }

    #[tokio::test]
    async fn a_wanted_client_certificate_is_noticed_early_or_late() {
        let old = pretend::secure(Secure { wants_certificate: true, ..Secure::old() }).await;
        let refused = shake(old, true).await.err();
        assert!(
            matches!(refused, Some(TlsAnswer::Alert { client_certificate_asked: true, .. })),
            "{refused:?}"
        );
        let new = pretend::secure(Secure { wants_certificate: true, ..Secure::default() }).await;
        let mut greeted = shake(new, true).await.ok().unwrap();
        assert!(greeted.greeting.client_certificate_asked);
        let site = Site::parse("shop.example").unwrap();
        let by = clock::instant() + Duration::from_secs(5);
        let answer = exchange(
            &mut greeted.stream,
            &get(&site.authority(), "/", &[]),
            by - clock::instant(),
            by,
        )
        .await
        .answer;
        assert_eq!(answer, HttpAnswer::Alert { code: 116 });
    }
}
