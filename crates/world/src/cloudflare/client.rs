//! Calls to the API: one base address, one token, one deadline each.

use std::net::SocketAddr;
use std::time::Duration;

use rayfix_core::evidence::account::envelope::{ApiReply, Told};
use rayfix_core::evidence::account::{ApiRefusal, RefusalKind, TokenKind, TokenSeen};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::call::{Call, Method};
use super::limits::{self, Gate};
use super::pages::Pages;
use super::token::Token;
use super::transport::{Raw, Request, Transport};
use super::tries::{self, Care};
use super::{base, calls};
use crate::clock;

/// Whom to ask, and as whom.
pub struct Api {
    /// `https://api.cloudflare.com/client/v4`, without a final slash.
    pub base: Url,
    /// As whom; none: as nobody (only `/ips` answers then).
    pub token: Option<Token>,
    /// DER of roots to trust besides the public ones.
    pub roots: Vec<Vec<u8>>,
    /// Where to connect instead of where the base's name leads. A base with an address instead of a name
    /// is always asked there.
    pub detour: Option<SocketAddr>,
    /// For one call, tries and pages included.
    pub timeout: Duration,
}

/// Why no client can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The base is no address of an API; a sentence.
    #[error("{0}")]
    Base(String),
    /// TLS cannot be set up.
    #[error("TLS towards the API cannot be set up: {0}")]
    Tls(String),
}

/// Asks the API. Cheap to share; connections are kept and used again.
pub struct Client {
    base: Url,
    timeout: Duration,
    transport: Transport,
    calls: Gate,
    queries: Gate,
}

impl Client {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// When the base is neither https nor the loopback's http.
    pub fn new(api: Api) -> Result<Client, ClientError> {
        let base = base::check(&api.base)?;
        let timeout = api.timeout;
        let transport = Transport::new(Api { base: base.clone(), ..api })?;
        Ok(Client { base, timeout, transport, calls: Gate::default(), queries: Gate::default() })
    }

    /// Makes a call and reads its `result`.
    ///
    /// # Errors
    /// What the API refused, or that it did not answer.
    pub async fn call<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ApiRefusal> {
        let raw = self.ask(call, self.deadline()).await?;
        let told = self.told(&raw, call)?;
        T::deserialize(told.result).map_err(|error| self.misread(&raw, &error))
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
        let by = self.deadline();
        let mut pages = Pages::new(call);
        let mut list = Vec::new();
        while list.len() < most {
            let raw = self.ask(&pages.call(), by).await?;
            let told = self.told(&raw, call)?;
            let items = match told.result {
                Value::Array(items) => items,
                Value::Null => Vec::new(),
                _ => return Err(self.reply(&raw).strange("its result is not a list")),
            };
            let turn = pages.take(items, told.page.as_ref());
            if turn.is_new {
                for item in pages.items().iter().take(most - list.len()) {
                    list.push(T::deserialize(item).map_err(|error| self.misread(&raw, &error))?);
                }
            }
            if !turn.goes_on {
                break;
            }
        }
        Ok(list)
    }

    /// Asks the GraphQL endpoint and returns its `data`.
    ///
    /// # Errors
    /// What it refused, in either of its two forms.
    pub async fn graphql(&self, query: &str, variables: &Value) -> Result<Value, ApiRefusal> {
        let body = json!({ "query": query, "variables": variables });
        let request =
            Request { method: Method::Post, url: self.url("/graphql", &[]), body: Some(&body) };
        let by = self.deadline();
        let asked = tries::ask(&self.transport, &self.queries, &request, Care::Query, by).await;
        let raw = asked?;
        let reply = self.reply(&raw);
        reply.data().map_err(|refusal| completed(refusal, &reply, Some("Analytics Read")))
    }

    /// Whether the token is good. A user's token is known at one place and an account's at another, which
    /// is asked when the account is known (32 hexadecimal digits).
    ///
    /// # Errors
    /// When it is not known, was disabled, or its time is over; or as [`Client::call`].
    pub async fn verify(&self, account_id: Option<&str>) -> Result<TokenSeen, ApiRefusal> {
        let told = self.call::<TokenSeen>(&calls::verify_user_token()).await;
        let token = match (told, account_id) {
            (Ok(token), _) => TokenSeen { kind: TokenKind::User, ..token },
            (Err(refusal), Some(account)) if refusal.kind == RefusalKind::UnknownToken => {
                let told = self.call::<TokenSeen>(&calls::verify_account_token(account)).await;
                match told {
                    Ok(token) => TokenSeen { kind: TokenKind::Account, ..token },
                    // Of the account it cannot be asked without being known there.
                    Err(second) if is_of_the_token(second.kind) => return Err(refusal),
                    Err(second) => return Err(second),
                }
            }
            (Err(refusal), _) => return Err(refusal),
        };
        ended(&token).map_or(Ok(token), Err)
    }

    fn deadline(&self) -> Instant {
        clock::instant() + self.timeout
    }

    async fn ask(&self, call: &Call, by: Instant) -> Result<Raw, ApiRefusal> {
        let request = Request {
            method: call.method,
            url: self.url(&call.path, &call.query),
            body: call.body.as_ref(),
        };
        let care = if call.method == Method::Get { Care::Read } else { Care::Write };
        tries::ask(&self.transport, &self.calls, &request, care, by).await
    }

    fn url(&self, path: &str, query: &[(String, String)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn reply<'a>(&'a self, raw: &'a Raw) -> ApiReply<'a> {
        raw.reply(self.transport.secret())
    }

    fn told(&self, raw: &Raw, call: &Call) -> Result<Told, ApiRefusal> {
        let reply = self.reply(raw);
        reply.told().map_err(|refusal| completed(refusal, &reply, call.permission))
    }

    fn misread(&self, raw: &Raw, error: &serde_json::Error) -> ApiRefusal {
        self.reply(raw).strange(&format!("its result has another form: {error}"))
    }
}

/// A refusal with what the call knows: the permission that it needs, and when to ask again.
fn completed(
    mut refusal: ApiRefusal,
    reply: &ApiReply<'_>,
    permission: Option<&str>,
) -> ApiRefusal {
    match refusal.kind {
        // Where the address is what is wrong, no permission would help.
        RefusalKind::OutOfScope if refusal.why.is_empty() => {
            refusal.permission = permission.map(ToOwned::to_owned);
        }
        RefusalKind::Limited | RefusalKind::Down => {
            refusal.retry_after_s = limits::wait(reply).map(tries::whole_seconds);
        }
        _ => {}
    }
    refusal
}

fn is_of_the_token(kind: RefusalKind) -> bool {
    use RefusalKind as K;
    matches!(kind, K::UnknownToken | K::OutOfScope | K::NotFound | K::WrongId | K::MalformedToken)
}

fn ended(token: &TokenSeen) -> Option<ApiRefusal> {
    let why = match token.status.as_str() {
        "expired" => match token.expires_on {
            Some(at) => format!("it expired at {at}"),
            None => "it expired".to_owned(),
        },
        "disabled" => "it was disabled".to_owned(),
        _ => return None,
    };
    Some(ApiRefusal { status: Some(200), why, ..ApiRefusal::of(RefusalKind::EndedToken) })
}
