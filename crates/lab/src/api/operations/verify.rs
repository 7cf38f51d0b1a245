//! Whether a token is good: `/user/tokens/verify` for users' tokens, `/accounts/{id}/tokens/verify` for accounts'.

use serde_json::json;

use crate::api::grant::{GrantKind, GrantStatus};
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply, Scope, ids};

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "GET",
        path: "/user/tokens/verify",
        permissions: &[],
        scope: Scope::Verify,
        run: |_, asked| verify(asked, GrantKind::User),
    },
    Operation {
        method: "GET",
        path: "/accounts/{account:id}/tokens/verify",
        permissions: &[],
        scope: Scope::Verify,
        run: of_the_account,
    },
];

fn of_the_account(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let id = asked.param("account");
    let known = state.accounts.iter().any(|account| account.id == id);
    if !known || !asked.grant.as_ref().is_some_and(|grant| grant.accounts.holds(id)) {
        return Err(unknown());
    }
    verify(asked, GrantKind::Account)
}

/// A token of the other kind is unknown here.
fn verify(asked: &Asked, kind: GrantKind) -> Result<Reply, Reply> {
    let grant = asked.grant.as_ref().filter(|grant| grant.kind == kind).ok_or_else(unknown)?;
    let id = ids::hex(&format!("token {}", grant.name));
    let reply = Reply::ok(json!({"id": id, "status": grant.status.word()}));
    Ok(match grant.status {
        GrantStatus::Active => reply.saying(10000, "This API Token is valid and active"),
        GrantStatus::Disabled => reply.saying(10000, "This API Token is disabled"),
        GrantStatus::Expired => reply.saying(10000, "This API Token is expired"),
    })
}

fn unknown() -> Reply {
    Reply::fail(401, 1000, "Invalid API Token")
}
