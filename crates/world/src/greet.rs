//! Handshakes: TLS with a peer whose certificate is taken as it is and only then looked at.
//!
//! Whatever the chain is worth, the handshake goes on, so that the request behind it can be asked
//! too; what an edge that validates would say of the chain is computed by core. The raw bytes are
//! tapped, since the library tells only that something was no TLS and not what it was. Sessions are
//! never resumed: each handshake is a whole one.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use rayfix_core::evidence::{Greeting, TlsAnswer, chain, tls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::clock;

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
pub(crate) struct Greeted {
    pub(crate) stream: TlsStream<Tapped>,
    pub(crate) greeting: Greeting,
}

/// A whole handshake, or how the peer ended it.
pub(crate) async fn greet(
    stream: TcpStream,
    hello: Hello<'_>,
    given_roots: &[Vec<u8>],
    by: Instant,
) -> Result<Greeted, TlsAnswer> {
    let begun = clock::instant();
    let caught = Arc::new(Caught::default());
    let Some((name, config)) = prepare(hello, &caught) else {
        return Err(TlsAnswer::Garbled);
    };
    let tap = Arc::new(Mutex::new(Tap::default()));
    let stream = Tapped { stream, tap: Arc::clone(&tap) };
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
    let Some(chain) = chain::see(&sent, hello.name, clock::now(), given_roots) else {
        return Err(TlsAnswer::Garbled);
    };
    let client_certificate_asked = client_certificate_asked();
    Ok(Greeted { stream, greeting: Greeting { version, cipher, client_certificate_asked, chain } })
}

/// Sends a hello that was written by hand, and reads what comes back to it.
pub(crate) async fn hail(mut stream: TcpStream, hello: &[u8], by: Instant) -> TlsAnswer {
    let begun = clock::instant();
    let mut tap = Tap::default();
    let reading = async {
        // A peer that ends the connection while we write has its reason in what it sent.
        let wrote = stream.write_all(hello).await;
        let mut buffer = [0; 2048];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => return tap.ending(false),
                Ok(came) => tap.take(&buffer[..came]),
                Err(error) => return tap.ending(wrote.is_err() || is_reset(&error)),
            }
            if let Some(answer) = tls::first_record(&tap.first) {
                return answer;
            }
            if tap.first.len() == Tap::MOST {
                return TlsAnswer::Garbled;
            }
        }
    };
    let answer = timeout_at(by, reading).await;
    answer.unwrap_or_else(|_| overdue(&tap, clock::ms_since(begun)))
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
async fn drain(mut stream: Tapped) {
    let mut buffer = [0; 512];
    let reading = async { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} };
    let _ = timeout(Duration::from_millis(20), reading).await;
}

fn overdue(tap: &Tap, after_ms: u64) -> TlsAnswer {
    tap.plain().unwrap_or(TlsAnswer::Silent { after_ms })
}

/// The first bytes that came from a peer.
#[derive(Debug, Default)]
struct Tap {
    first: Vec<u8>,
    alert: Option<u8>,
}

impl Tap {
    /// Enough for every first answer to a hello, with room for a long ServerHello.
    const MOST: usize = 1024;

    fn take(&mut self, bytes: &[u8]) {
        let room = Tap::MOST - self.first.len();
        self.first.extend_from_slice(&bytes[..bytes.len().min(room)]);
        // An alert in the clear is a record of its own at the end of what was sent.
        if let [.., 0x15, 3, _, 0, 2, 1 | 2, code] = *bytes {
            self.alert = Some(code);
        }
    }

    /// The answer where what came is no TLS.
    fn plain(&self) -> Option<TlsAnswer> {
        tls::first_record(&self.first).filter(|answer| matches!(answer, TlsAnswer::NotTls { .. }))
    }

    /// The answer of a peer that ended the connection.
    fn ending(&self, reset: bool) -> TlsAnswer {
        if let Some(plain) = self.plain() {
            return plain;
        }
        match self.alert {
            Some(code) => TlsAnswer::Alert { code, client_certificate_asked: false },
            None => TlsAnswer::Cut { reset, after_bytes: !self.first.is_empty() },
        }
    }
}

/// A connection whose first incoming bytes are kept.
#[derive(Debug)]
pub(crate) struct Tapped {
    stream: TcpStream,
    tap: Arc<Mutex<Tap>>,
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            lock(&self.tap).take(&buffer.filled()[before..]);
        }
        polled
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
