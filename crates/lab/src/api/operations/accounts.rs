//! Accounts: `/accounts`, which does not answer tokens of an account.

use serde_json::{Value, json};

use crate::api::envelope::Sizes;
use crate::api::grant::GrantKind;
use crate::api::state::{LONG_AGO, State};
use crate::api::{Asked, Operation, Reply, Scope};

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[Operation {
    method: "GET",
    path: "/accounts",
    permissions: &["Account Settings Read"],
    scope: Scope::Token,
    run: list,
}];

fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let grant = asked.grant.as_ref().ok_or_else(Reply::not_permitted)?;
    if grant.kind == GrantKind::Account {
        let why = "List accounts endpoint does not support account owned tokens.";
        return Err(Reply::fail(400, 1001, why));
    }
    let mut accounts: Vec<Value> = state
        .accounts
        .iter()
        .filter(|account| grant.accounts.holds(&account.id))
        .filter(|account| asked.query("name").is_none_or(|name| name == account.name))
        .map(|account| {
            json!({
                "id": account.id, "name": account.name, "type": "standard",
                "created_on": LONG_AGO,
                "settings": {"enforce_twofactor": false, "abuse_contact_email": null},
            })
        })
        .collect();
    if asked.query("direction") == Some("desc") {
        accounts.reverse();
    }
    Ok(Reply::page(&accounts, asked, Sizes { usual: 20, least: 5, most: 50 }))
}
