//! One try of a call: a request over TLS, and the whole of what came back, within bounds.
//!
//! Redirects are not followed: the token would go along. Certificates are judged by the public roots built
//! in and by those given, never by this host's store, as everywhere in this program.

use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::account::RefusalKind;
use rayfix_core::evidence::account::envelope::ApiReply;
use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::redirect::Policy;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::call::Method;
use super::client::{Api, ClientError};
use super::token::Token;
use super::unreached::Reason;
use super::{base, unreached};

/// The most bytes of an answer that are read.
pub(super) const LARGEST: usize = 8 * 1024 * 1024;

/// After so long an idle connection is given up, before the other side does so.
const IDLE: Duration = Duration::from_secs(30);

/// What is sent.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<&'a Value>,
}

/// What came back.
pub(super) struct Raw {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Why nothing whole came back.
pub(super) struct Broken {
    /// Not a byte of the request was sent.
    pub(super) unsent: bool,
    /// Another try would end no better, or there is no time for it.
    pub(super) stays: bool,
    pub(super) kind: RefusalKind,
    pub(super) status: Option<u16>,
    pub(super) why: String,
}

/// Connections to one API, kept and used again.
pub(super) struct Transport {
    http: reqwest::Client,
    token: Option<Token>,
}

impl Transport {
    /// Nothing is connected yet.
    pub(super) fn new(api: Api) -> Result<Transport, ClientError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(&api.roots)?)
            .redirect(Policy::none())
            .referer(false)
            .pool_idle_timeout(IDLE)
            // One address that is silent leaves time for another try.
            .connect_timeout(api.timeout / 2)
            .user_agent(concat!("rayfix/", env!("CARGO_PKG_VERSION")));
        if let (Some(detour), Some(host)) = (api.detour, api.base.host_str()) {
            builder = builder.resolve(host, detour);
        }
        // A proxy cannot lead to this machine, and would not heed the detour.
        if api.detour.is_some() || base::is_here(&api.base) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| ClientError::Tls(error.to_string()))?;
        Ok(Transport { http, token: api.token })
    }

    /// What must be taken out of all that an answer says; empty: nothing.
    pub(super) fn secret(&self) -> &str {
        self.token.as_ref().map_or("", Token::secret)
    }

    /// Asks once.
    pub(super) async fn ask(&self, request: &Request<'_>, by: Instant) -> Result<Raw, Broken> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut asked = self.http.request(method, request.url.clone());
        asked = asked.header(ACCEPT, "application/json");
        if let Some(header) = self.token.as_ref().and_then(Token::header) {
            asked = asked.header(AUTHORIZATION, header);
        }
        if let Some(body) = request.body {
            asked = asked.json(body);
        }
        let response = match timeout_at(by, asked.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(Broken::of(&error, None)),
            Err(_) => return Err(Broken::overdue("no answer came in time", None)),
        };
        let status = response.status().as_u16();
        let header = |(name, value): (&reqwest::header::HeaderName, &[u8])| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value).into_owned())
        };
        let headers =
            response.headers().iter().map(|(name, value)| header((name, value.as_bytes())));
        let headers = headers.collect();
        match timeout_at(by, read(response)).await {
            Ok(body) => Ok(Raw { status, headers, body: body? }),
            Err(_) => Err(Broken::overdue("its answer did not end in time", Some(status))),
        }
    }
}

/// The whole of a body.
async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, Broken> {
    let status = Some(response.status().as_u16());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST => {
                return Err(Broken {
                    kind: RefusalKind::Unreadable,
                    why: "its answer is larger than 8 MiB".to_owned(),
                    // The next answer would be no smaller.
                    ..Broken::overdue("", status)
                });
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => {
                let why = "its answer broke off".to_owned();
                return Err(Broken {
                    why,
                    kind: RefusalKind::Unreached,
                    ..Broken::of(&error, status)
                });
            }
        }
    }
}

impl Raw {
    /// What came, to be read.
    pub(super) fn reply<'a>(&'a self, secret: &'a str) -> ApiReply<'a> {
        ApiReply { status: self.status, headers: &self.headers, body: &self.body, secret }
    }
}

impl Broken {
    fn of(error: &reqwest::Error, status: Option<u16>) -> Broken {
        let Reason { kind, why, stays } = unreached::of(error);
        let unsent = error.is_connect() || error.is_builder();
        Broken { unsent, stays, kind, status, why: why.to_owned() }
    }

    fn overdue(why: &str, status: Option<u16>) -> Broken {
        let kind = RefusalKind::Unreached;
        Broken { unsent: false, stays: true, kind, status, why: why.to_owned() }
    }
}

/// The public roots, and those given; what of these is no root is passed over.
fn tls(given: &[Vec<u8>]) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(given.iter().map(|root| CertificateDer::from(root.as_slice())));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::Tls(error.to_string()))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
