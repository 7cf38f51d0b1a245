//! Tunnels: their connectors, what these are told from afar, and their tokens. The status follows from the
//! connections: four are healthy, fewer degraded, none down or, if it never ran, inactive.
//!
//! On the account's shelf `cfd_tunnel`; members that begin with `lab_` are never told as such.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::shelf::{account, find};
use crate::api::envelope::Sizes;
use crate::api::ids;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

/// The shelf.
pub(in crate::api) const SHELF: &str = "cfd_tunnel";
const READ: &[&str] = &["Cloudflare Tunnel Read", "Cloudflare One Connectors Read"];
const WRITE: &[&str] = &["Cloudflare Tunnel Write", "Cloudflare One Connectors Write"];
const ONE: &str = "/accounts/{account:id}/cfd_tunnel/{tunnel:uuid}";

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    account("GET", "/accounts/{account:id}/cfd_tunnel", READ, list),
    account("POST", "/accounts/{account:id}/cfd_tunnel", WRITE, create),
    account("GET", ONE, READ, get),
    account("PATCH", ONE, WRITE, edit),
    account("DELETE", ONE, WRITE, delete),
    account(
        "GET",
        "/accounts/{account:id}/cfd_tunnel/{tunnel:uuid}/connections",
        READ,
        connections,
    ),
    account(
        "DELETE",
        "/accounts/{account:id}/cfd_tunnel/{tunnel:uuid}/connections",
        WRITE,
        disconnect,
    ),
    account(
        "GET",
        "/accounts/{account:id}/cfd_tunnel/{tunnel:uuid}/connectors/{connector:uuid}",
        READ,
        connector,
    ),
    account(
        "GET",
        "/accounts/{account:id}/cfd_tunnel/{tunnel:uuid}/configurations",
        READ,
        configuration,
    ),
    account(
        "PUT",
        "/accounts/{account:id}/cfd_tunnel/{tunnel:uuid}/configurations",
        WRITE,
        configure,
    ),
    account("GET", "/accounts/{account:id}/cfd_tunnel/{tunnel:uuid}/token", WRITE, token),
];

fn missing() -> Reply {
    Reply::fail(404, 1003, "Tunnel not found")
}

fn tunnel<'a>(state: &'a mut State, asked: &Asked) -> Result<&'a mut Value, Reply> {
    find(state.account_of(asked)?.shelf(SHELF), asked.param("tunnel"), missing)
}

/// Connections that carry visits; those about to come back do not.
fn serving(tunnel: &Value) -> usize {
    let connectors = tunnel["lab_connectors"].as_array().into_iter().flatten();
    connectors
        .flat_map(|connector| connector["conns"].as_array().into_iter().flatten())
        .filter(|connection| connection["is_pending_reconnect"] != true)
        .count()
}

fn status(tunnel: &Value) -> &'static str {
    match serving(tunnel) {
        0 if tunnel["conns_active_at"].is_null() && tunnel["conns_inactive_at"].is_null() => {
            "inactive"
        }
        0 => "down",
        1..=3 => "degraded",
        _ => "healthy",
    }
}

/// A tunnel as the API tells it.
fn told(tunnel: &Value, account: &str) -> Value {
    let mut told = tunnel.clone();
    if let Some(members) = told.as_object_mut() {
        members.retain(|name, _| !name.starts_with("lab_"));
    }
    let connectors = tunnel["lab_connectors"].as_array().into_iter().flatten();
    let connections: Vec<Value> = connectors
        .flat_map(|connector| connector["conns"].as_array().cloned().unwrap_or_default())
        .collect();
    told["connections"] = json!(connections);
    told["status"] = json!(status(tunnel));
    told["account_tag"] = json!(account);
    told["remote_config"] = json!(tunnel["config_src"] == "cloudflare");
    told
}

fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let account = state.account_of(asked)?;
    let id = account.id.clone();
    let all = account.shelf(SHELF).iter().map(|tunnel| told(tunnel, &id));
    let named = |tunnel: &Value, name: &str, is: &str| {
        asked.query(name).is_none_or(|wanted| tunnel[is] == wanted)
    };
    let begins = |tunnel: &Value, prefix: &str| {
        tunnel["name"].as_str().is_some_and(|name| name.starts_with(prefix))
    };
    let found: Vec<Value> = all
        .filter(|tunnel| named(tunnel, "name", "name") && named(tunnel, "status", "status"))
        .filter(|tunnel| named(tunnel, "uuid", "id"))
        .filter(|tunnel| asked.query("include_prefix").is_none_or(|prefix| begins(tunnel, prefix)))
        .filter(|tunnel| {
            !asked.query("exclude_prefix").is_some_and(|prefix| begins(tunnel, prefix))
        })
        .filter(|tunnel| match asked.query("is_deleted") {
            Some("true") => !tunnel["deleted_at"].is_null(),
            Some(_) => tunnel["deleted_at"].is_null(),
            None => true,
        })
        .collect();
    Ok(Reply::page(&found, asked, Sizes { usual: 20, least: 1, most: 1000 }))
}

fn create(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let name = asked.text("name").unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(Reply::fail(400, 1004, "a tunnel needs a name"));
    }
    free(state, asked, &name)?;
    let secret = secret(asked)?;
    let id = state.new_uuid("tunnel");
    let secret = secret.unwrap_or_else(|| BASE64.encode(ids::hex(&format!("secret of {id}"))));
    let source = asked.text("config_src").unwrap_or("local");
    let tunnel = json!({
        "id": id, "name": name, "created_at": asked.time(), "deleted_at": null,
        "conns_active_at": null, "conns_inactive_at": null, "config_src": source,
        "tun_type": "cfd_tunnel", "metadata": {}, "lab_secret": secret, "lab_connectors": [],
        "lab_config": null, "lab_version": 0,
    });
    let account = state.account_of(asked)?;
    let mut told = told(&tunnel, &account.id);
    told["credentials_file"] = json!({
        "AccountTag": account.id, "TunnelID": tunnel["id"], "TunnelName": name, "TunnelSecret": secret,
    });
    told["token"] = json!(token_of(&tunnel, &account.id));
    account.shelf(SHELF).push(tunnel);
    Ok(Reply::ok(told))
}

/// Goes on if no other tunnel that is not deleted has this name.
fn free(state: &mut State, asked: &Asked, name: &str) -> Result<(), Reply> {
    let own = asked.param("tunnel");
    let taken = state.account_of(asked)?.shelf(SHELF).iter().any(|tunnel| {
        tunnel["name"] == name && tunnel["deleted_at"].is_null() && tunnel["id"] != own
    });
    if taken {
        return Err(Reply::fail(409, 1013, "You already have a tunnel with this name."));
    }
    Ok(())
}

fn secret(asked: &Asked) -> Result<Option<String>, Reply> {
    let Some(secret) = asked.text("tunnel_secret") else { return Ok(None) };
    let long = BASE64.decode(secret).is_ok_and(|bytes| bytes.len() >= 32);
    let wrong = "tunnel_secret must be at least 32 bytes, base64 encoded";
    if long { Ok(Some(secret.to_owned())) } else { Err(Reply::fail(400, 1005, wrong)) }
}

fn get(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    Ok(Reply::ok(told(tunnel(state, asked)?, asked.param("account"))))
}

fn edit(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let name = asked.text("name").map(str::to_owned);
    if let Some(name) = &name {
        free(state, asked, name)?;
    }
    let secret = secret(asked)?;
    let tunnel = tunnel(state, asked)?;
    if let Some(name) = name {
        tunnel["name"] = json!(name);
    }
    if let Some(secret) = secret {
        tunnel["lab_secret"] = json!(secret);
    }
    Ok(Reply::ok(told(tunnel, asked.param("account"))))
}

fn delete(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let tunnel = tunnel(state, asked)?;
    if serving(tunnel) > 0 {
        let why = "Cannot delete tunnel because it has active connections";
        return Err(Reply::fail(400, 1022, why));
    }
    if tunnel["deleted_at"].is_null() {
        tunnel["deleted_at"] = json!(asked.time());
    }
    Ok(Reply::ok(told(tunnel, asked.param("account"))))
}

fn connections(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let tunnel = tunnel(state, asked)?;
    Ok(Reply::whole(tunnel["lab_connectors"].as_array().cloned().unwrap_or_default()))
}

fn disconnect(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let now = asked.time();
    let tunnel = tunnel(state, asked)?;
    let had = serving(tunnel) > 0;
    if let Some(connectors) = tunnel["lab_connectors"].as_array_mut() {
        match asked.query("client_id") {
            Some(one) => connectors.retain(|connector| connector["id"] != one),
            None => connectors.clear(),
        }
    }
    if had && serving(tunnel) == 0 {
        tunnel["conns_inactive_at"] = json!(now);
    }
    Ok(Reply::ok(json!({})))
}

fn connector(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let id = asked.param("connector");
    let tunnel = tunnel(state, asked)?;
    let mut connectors = tunnel["lab_connectors"].as_array().into_iter().flatten();
    let found = connectors.find(|connector| connector["id"] == id);
    found.map(|connector| Reply::ok(connector.clone())).ok_or_else(missing)
}

fn configuration_of(tunnel: &Value, account: &str) -> Value {
    json!({
        "tunnel_id": tunnel["id"], "account_id": account, "version": tunnel["lab_version"],
        "config": tunnel["lab_config"], "source": tunnel["config_src"], "created_at": tunnel["created_at"],
    })
}

fn configuration(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    Ok(Reply::ok(configuration_of(tunnel(state, asked)?, asked.param("account"))))
}

fn configure(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let config = asked.field("config").cloned().unwrap_or_else(|| json!({}));
    ingress(&config).map_err(|why| Reply::fail(400, 1056, &format!("Bad Configuration: {why}")))?;
    let tunnel = tunnel(state, asked)?;
    tunnel["lab_config"] = config;
    tunnel["lab_version"] = json!(tunnel["lab_version"].as_i64().unwrap_or(0) + 1);
    tunnel["config_src"] = json!("cloudflare");
    Ok(Reply::ok(configuration_of(tunnel, asked.param("account"))))
}

/// Whether rules of a tunnel are such as cloudflared takes: the last, and only the last, fits everything.
fn ingress(config: &Value) -> Result<(), String> {
    let Some(rules) = config["ingress"].as_array() else { return Ok(()) };
    let all = |rule: &Value| {
        let open =
            |name: &str| rule[name].as_str().is_none_or(|text| text.is_empty() || text == "*");
        open("hostname") && rule["path"].as_str().is_none_or(str::is_empty)
    };
    for (at, rule) in rules.iter().enumerate() {
        let number = at + 1;
        if rule["service"].as_str().is_none_or(str::is_empty) {
            return Err(format!("rule #{number} needs a service"));
        }
        if all(rule) && number < rules.len() {
            return Err(format!(
                "Rule #{number} is matching every hostname, so the rules which follow it will never be triggered."
            ));
        }
    }
    match rules.last() {
        Some(last) if !all(last) => Err("The last ingress rule must match all URLs \
             (i.e. it should not have a hostname or path filter)"
            .to_owned()),
        _ => Ok(()),
    }
}

fn token_of(tunnel: &Value, account: &str) -> String {
    let inner = json!({"a": account, "t": tunnel["id"], "s": tunnel["lab_secret"]});
    BASE64.encode(inner.to_string())
}

fn token(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    Ok(Reply::ok(token_of(tunnel(state, asked)?, asked.param("account"))))
}
