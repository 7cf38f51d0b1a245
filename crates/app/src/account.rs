//! The Cloudflare account that may be asked: its token comes from the environment alone, since arguments
//! are seen by everybody on the machine.
//!
//! What is no token stops nothing: the diagnosis goes on without the account, and a note says so. An address
//! that is none refuses the command, as every option does.

use std::env::{VarError, var};
use std::sync::Arc;
use std::time::Duration;

use rayfix_world::Setup;
use rayfix_world::cloudflare::{Api, Client, Token};
use url::Url;

use crate::refusal::Refusal;
use crate::voice::Voice;

/// Where the token is.
const TOKEN: &str = "CLOUDFLARE_API_TOKEN";
/// Where the API's address may be.
const BASE: &str = "CLOUDFLARE_API_BASE_URL";
/// The API.
const USUAL: &str = "https://api.cloudflare.com/client/v4";

/// The API's address: of the option, else of the environment, else the usual one; and who named it.
fn base(option: Option<&str>) -> (&'static str, String) {
    match (option, var(BASE)) {
        (Some(text), _) => ("--api-url", text.to_owned()),
        (None, Ok(text)) if !text.trim().is_empty() => (BASE, text.trim().to_owned()),
        _ => ("--api-url", USUAL.to_owned()),
    }
}

/// The account that the token in the environment opens; none: there is no token.
///
/// # Errors
/// When the API's address cannot be used.
pub(crate) fn of_environment(
    api_url: Option<&str>,
    setup: &Setup,
    voice: &Voice,
) -> Result<Option<Arc<Client>>, Refusal> {
    let (option, base) = base(api_url);
    let refuse = |why: String| Refusal::Value { option, why };
    let base = Url::parse(&base)
        .map_err(|_| refuse(format!("`{base}` is not a URL; one such as {USUAL} belongs there")))?;
    let token = match var(TOKEN) {
        Ok(text) if !text.trim().is_empty() => Token::new(&text).map_err(|error| error.to_string()),
        Err(VarError::NotUnicode(_)) => Err("it is not text".to_owned()),
        // An empty variable is how scripts leave one out.
        Ok(_) | Err(VarError::NotPresent) => {
            if api_url.is_some() {
                voice.note(&format!(
                    "{TOKEN} is not set, so the account is not asked and --api-url has no effect."
                ));
            }
            return Ok(None);
        }
    };
    let token = match token {
        Ok(token) => token,
        Err(why) => {
            voice.note(&format!("{TOKEN} does not hold a token: {why}. The account is not asked."));
            return Ok(None);
        }
    };
    let detour = base
        .host_str()
        .zip(base.port_or_known_default())
        .and_then(|(host, port)| setup.detours.of(host, port));
    let api = Api {
        base,
        token: Some(token),
        roots: setup.given_roots.clone(),
        detour,
        // Less than the whole, so that one call that hangs does not take the next one's time.
        timeout: setup.timeout.mul_f64(0.3).min(Duration::from_secs(8)),
    };
    let client = Client::new(api).map_err(|error| refuse(error.to_string()))?;
    Ok(Some(Arc::new(client)))
}
