//! The Cloudflare account that may be asked: its token comes from the environment alone, since arguments
//! are seen by everybody on the machine.
//!
//! What is no token stops nothing: the diagnosis goes on without the account, and a note says so. An address
//! that is none refuses the command, as every option does.

use std::env::{VarError, var};
use std::sync::Arc;
use std::time::Duration;

use rayfix_world::cloudflare::{Api, Client, Token};
use rayfix_world::{Detours, Setup};
use url::Url;

use crate::refusal::Refusal;
use crate::voice::Voice;

/// Where the token is.
pub(crate) const TOKEN: &str = "CLOUDFLARE_API_TOKEN";
/// Where the API's address may be.
const BASE: &str = "CLOUDFLARE_API_BASE_URL";
/// The API.
const USUAL: &str = "https://api.cloudflare.com/client/v4";

/// The longest that one call of a diagnosis takes, tries and pages included.
const CALL: Duration = Duration::from_secs(8);

/// The account that the token in the environment opens; none: there is no token.
///
/// # Errors
/// When the API's address cannot be used.
pub(crate) fn of_environment(
    api_url: Option<&str>,
    setup: &Setup,
    voice: &Voice,
) -> Result<Option<Arc<Client>>, Refusal> {
    let base = Base::of(api_url)?;
    let token = match token() {
        Some(Ok(token)) => token,
        Some(Err(why)) => {
            voice.note(&format!("{TOKEN} does not hold a token: {why}. The account is not asked."));
            return Ok(None);
        }
        None => {
            if api_url.is_some() {
                voice.note(&format!(
                    "{TOKEN} is not set, so the account is not asked and --api-url has no effect."
                ));
            }
            return Ok(None);
        }
    };
    let client = base.client(token, &setup.given_roots, &setup.detours, call(setup))?;
    Ok(Some(Arc::new(client)))
}

/// The account of a stage of the lab.
///
/// # Errors
/// When it cannot be asked.
#[cfg(feature = "lab")]
pub(crate) fn of_stage(
    raised: &rayfix_lab::raise::Raised,
    setup: &Setup,
) -> Result<Arc<Client>, Refusal> {
    let refuse = |why: String| Refusal::Stage(format!("ask its account: {why}"));
    let token = Token::new(raised.token.reveal()).map_err(|error| refuse(error.to_string()))?;
    let base = Base::of(Some(&raised.api.base))?;
    base.client(token, &[], &Detours::default(), call(setup)).map(Arc::new)
}

/// For one call: less than the whole, so that one that hangs does not take the next one's time.
fn call(setup: &Setup) -> Duration {
    setup.timeout.mul_f64(0.3).min(CALL)
}

/// The token in the environment, or why what is there is none, a fragment; none: nothing is there.
pub(crate) fn token() -> Option<Result<Token, String>> {
    match var(TOKEN) {
        Ok(text) if !text.trim().is_empty() => {
            Some(Token::new(&text).map_err(|error| error.to_string()))
        }
        Err(VarError::NotUnicode(_)) => Some(Err("it is not text".to_owned())),
        // An empty variable is how scripts leave one out.
        Ok(_) | Err(VarError::NotPresent) => None,
    }
}

/// Where the API is, and who said so.
pub(crate) struct Base {
    /// With its dashes, or the variable's name.
    named_by: &'static str,
    url: Url,
}

impl Base {
    /// The API's address: of the option, else of the environment, else the usual one.
    ///
    /// # Errors
    /// When it is not a URL.
    pub(crate) fn of(option: Option<&str>) -> Result<Base, Refusal> {
        let (named_by, text) = match (option, var(BASE)) {
            (Some(text), _) => ("--api-url", text.to_owned()),
            (None, Ok(text)) if !text.trim().is_empty() => (BASE, text.trim().to_owned()),
            _ => ("--api-url", USUAL.to_owned()),
        };
        let url = Url::parse(&text).map_err(|_| Refusal::Value {
            option: named_by,
            why: format!("`{text}` is not a URL; one such as {USUAL} belongs there"),
        })?;
        Ok(Base { named_by, url })
    }

    /// Whoever asks there with a token. `timeout`: for one call, tries and pages included.
    ///
    /// # Errors
    /// When a token must not be sent there.
    pub(crate) fn client(
        self,
        token: Token,
        roots: &[Vec<u8>],
        detours: &Detours,
        timeout: Duration,
    ) -> Result<Client, Refusal> {
        let detour = self
            .url
            .host_str()
            .zip(self.url.port_or_known_default())
            .and_then(|(host, port)| detours.of(host, port));
        let roots = roots.to_vec();
        let api = Api { base: self.url, token: Some(token), roots, detour, timeout };
        let option = self.named_by;
        Client::new(api).map_err(|error| Refusal::Value { option, why: error.to_string() })
    }
}
