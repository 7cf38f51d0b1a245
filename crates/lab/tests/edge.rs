//! The emulated edge, driven by a client of a few lines: for each fault and look-alike, what a visitor gets, with
//! and without the 502 switch, and in which form.
#![expect(clippy::unwrap_used, reason = "a test's helper stops the test by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;

use rayfix_core::target::{Scheme, SslMode};
use rayfix_lab::stage::{EDGE_V4, EDGE_V6, ORIGIN_V4};
use rayfix_lab::{Raised, Stage, faults};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What a visitor got.
#[derive(Debug)]
struct Got {
    status: u16,
    head: String,
    body: String,
    /// The body broke off.
    cut: bool,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

fn detour(raised: &Raised, address: &str, port: u16) -> SocketAddr {
    let found = raised.detours.iter().find(|(host, p, _)| host == address && *p == port);
    found.unwrap_or_else(|| panic!("a detour for {address}:{port}")).2
}

async fn exchange(mut wire: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> Got {
    wire.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let mut part = [0; 65536];
    while let Ok(count) = wire.read(&mut part).await {
        bytes.extend(&part[..count]);
        if count == 0 || bytes.len() > 4 << 20 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0);
    let mut got = Got { status, head: head.to_owned(), body: body.to_owned(), cut: false };
    got.cut = match got.header("content-length") {
        Some(length) => bytes.len() - head.len() - 4 < length.parse().unwrap(),
        None => !body.ends_with("0\r\n\r\n"),
    };
    got
}

async fn ask(
    raised: &Raised,
    address: &str,
    scheme: Scheme,
    path: &str,
    accept: &str,
) -> Result<Got, std::io::Error> {
    let host = &raised.target.site.host;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nAccept-Encoding: gzip\r\n\
         User-Agent: rayfix-lab-test\r\nConnection: close\r\n\r\n"
    );
    let stream = TcpStream::connect(detour(raised, address, scheme.port())).await?;
    if scheme == Scheme::Http {
        return Ok(exchange(stream, &request).await);
    }
    let mut roots = RootCertStore::empty();
    for root in &raised.roots {
        roots.add(CertificateDer::from(root.clone())).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.clone()).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    Ok(exchange(stream, &request).await)
}

const BROWSER: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

async fn visit(stage: Stage, accept: &str) -> Got {
    let scheme = if stage.site.starts_with("http:") { Scheme::Http } else { Scheme::Https };
    let raised = stage.raise().await.unwrap();
    ask(&raised, &EDGE_V4.to_string(), scheme, "/", accept).await.unwrap()
}

#[tokio::test]
async fn a_healthy_site_answers_on_every_road() {
    for mode in SslMode::ALL {
        let raised = Stage { ssl_mode: mode, ..Stage::healthy() }.raise().await.unwrap();
        for address in [EDGE_V4, EDGE_V6, ORIGIN_V4].map(|address| address.to_string()) {
            for scheme in [Scheme::Http, Scheme::Https] {
                let got = ask(&raised, &address, scheme, "/", BROWSER).await.unwrap();
                let off = mode == SslMode::Off && scheme == Scheme::Https && address.contains("64");
                assert_eq!(got.status, if off { 301 } else { 200 }, "{mode:?} {address} {got:?}");
                assert!(!got.cut, "{got:?}");
                let ray = got.header("cf-ray").map(str::len);
                assert_eq!(ray, address.contains("64").then_some(20), "{got:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_trace_is_answered_without_the_origin() {
    let mut stage = Stage::healthy();
    (faults::find("net-port-closed").unwrap().1.break_it)(&mut stage);
    let raised = stage.raise().await.unwrap();
    let got = ask(&raised, "127.0.64.1", Scheme::Https, "/cdn-cgi/trace", "*/*").await.unwrap();
    assert_eq!(got.status, 200);
    assert!(got.body.contains("\ncolo=AMS\n"), "{}", got.body);
}

#[tokio::test]
async fn the_status_is_the_documented_one() {
    for (name, status) in
        [("net-port-closed", 521), ("net-origin-silent", 522), ("tls-certificate-expired", 526)]
    {
        for (plain, status) in [(false, status), (true, 502)] {
            let mut stage = Stage::healthy();
            stage.edge.plain_502 = plain;
            (faults::find(name).unwrap().1.break_it)(&mut stage);
            let got = visit(stage, BROWSER).await;
            assert_eq!(got.status, status, "{name}: {got:?}");
        }
    }
}
