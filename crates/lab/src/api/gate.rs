//! The gate: from a request to the row it belongs to, past its token, its reach and its permissions.
//!
//! Each refusal is the one that the service was seen to give; the order in which they are looked for is its
//! order as far as it is known.

use super::asked::Asked;
use super::envelope::Reply;
use super::grant::{Grant, GrantKind, GrantStatus};
use super::operations::audit;
use super::route::{self, Found, Missed, Operation, Scope};
use super::state::State;

/// What came with a request that tells whose it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Credentials {
    /// The value of `Authorization`.
    pub(super) authorization: Option<String>,
    /// Whether `X-Auth-Key` came.
    pub(super) key: bool,
}

/// The grant behind a request, if its token is known, for the log and the limits.
pub(super) fn whose<'a>(state: &'a State, credentials: &Credentials) -> Option<&'a Grant> {
    let text = credentials.authorization.as_deref()?.strip_prefix("Bearer ")?;
    state.grants.get(text)
}

/// Lets a request through, or answers it.
pub(super) fn pass(
    state: &mut State,
    tables: &[&'static [Operation]],
    mut asked: Asked,
    credentials: &Credentials,
) -> Reply {
    match admit(state, tables, &mut asked, credentials) {
        Ok(found) => {
            let before = audit::before(state, &asked);
            let reply = (found.operation.run)(state, &asked).unwrap_or_else(|reply| reply);
            audit::note(state, &asked, &before, &reply);
            reply
        }
        Err(reply) => reply,
    }
}

fn admit(
    state: &State,
    tables: &[&'static [Operation]],
    asked: &mut Asked,
    credentials: &Credentials,
) -> Result<Found, Reply> {
    let found = route::find(tables, &asked.method, &asked.path);
    if let Ok(found) = &found
        && found.operation.scope == Scope::Nobody
    {
        asked.params.clone_from(&found.params);
        return Ok(found_again(found));
    }
    let token = token(credentials)?;
    let found = found.map_err(|missed| unrouted(missed, asked))?;
    if !found.well_formed {
        return Err(Reply::no_route(&asked.path));
    }
    asked.params.clone_from(&found.params);
    let operation = found.operation;
    let unknown = || match operation.scope {
        Scope::Verify => Reply::fail(401, 1000, "Invalid API Token"),
        Scope::Nobody | Scope::Token | Scope::Zone | Scope::Account => {
            Reply::fail(403, 9109, "Invalid access token")
        }
    };
    let grant = state.grants.get(token).ok_or_else(unknown)?;
    if grant.status != GrantStatus::Active && operation.scope != Scope::Verify {
        return Err(unknown());
    }
    let reached = match operation.scope {
        Scope::Zone => reaches_zone(state, grant, asked.param("zone")),
        Scope::Account => reaches_account(state, grant, asked.param("account")),
        Scope::Nobody | Scope::Token | Scope::Verify => true,
    };
    if !reached {
        return Err(Reply::out_of_scope());
    }
    let permissions = operation.permissions;
    if !permissions.is_empty() && !permissions.iter().any(|permission| grant.may(permission)) {
        return Err(Reply::not_permitted());
    }
    asked.grant = Some(grant.clone());
    Ok(found)
}

fn found_again(found: &Found) -> Found {
    Found {
        operation: found.operation,
        params: found.params.clone(),
        well_formed: found.well_formed,
    }
}

/// A zone that is not there cannot be told from one out of reach.
fn reaches_zone(state: &State, grant: &Grant, id: &str) -> bool {
    let Some(zone) = state.zones.iter().find(|zone| zone.id == id) else { return false };
    let owned = grant.kind != GrantKind::Account || grant.accounts.holds(&zone.account);
    owned && grant.zones.holds(id)
}

fn reaches_account(state: &State, grant: &Grant, id: &str) -> bool {
    state.accounts.iter().any(|account| account.id == id) && grant.accounts.holds(id)
}

fn unrouted(missed: Missed, asked: &Asked) -> Reply {
    match missed {
        Missed::Path => {
            let message = format!(
                "Could not route to /client/v4{}, perhaps your object identifier is invalid?",
                asked.path
            );
            Reply::fail_with(
                404,
                &[
                    serde_json::json!({"code": 7003, "message": message}),
                    serde_json::json!({"code": 7000, "message": "No route for that URI"}),
                ],
            )
        }
        Missed::Method => {
            let message = format!("Method {} not available for that URI.", asked.method);
            Reply::fail(405, 7001, &message)
        }
    }
}

/// The token in the credentials.
fn token(credentials: &Credentials) -> Result<&str, Reply> {
    let missing =
        || Reply::fail(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
    let header = |chain, what: &str| {
        let message = format!("Invalid format for {what} header");
        Reply::fail_chain(400, (6003, "Invalid request headers"), (chain, &message))
    };
    let Some(authorization) = credentials.authorization.as_deref() else {
        return Err(if credentials.key { header(6103, "X-Auth-Key") } else { missing() });
    };
    let bare = authorization.trim();
    if bare.is_empty() || bare.eq_ignore_ascii_case("bearer") {
        return Err(missing());
    }
    authorization
        .strip_prefix("Bearer ")
        .filter(|text| is_token(text))
        .ok_or_else(|| header(6111, "Authorization"))
}

/// 40 characters or, with a prefix and a checksum, some more. A global key is shorter or begins with `cfk_`.
fn is_token(text: &str) -> bool {
    (40..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        && !text.starts_with("cfk_")
}
