//! Tunnels of an account.

use serde_json::{Value, json};

use super::super::call::{Call, Method};
use super::{delete, get, of_account, send};

/// Tunnels that were not deleted.
#[must_use]
pub fn tunnels(account: &str) -> Call {
    get(of_account(account, &["cfd_tunnel"]), READ).with("is_deleted", "false")
}

/// One tunnel.
#[must_use]
pub fn tunnel(account: &str, tunnel: &str) -> Call {
    get(of_account(account, &["cfd_tunnel", tunnel]), READ)
}

/// The connectors of a tunnel and their connections.
#[must_use]
pub fn tunnel_connectors(account: &str, tunnel: &str) -> Call {
    get(of_account(account, &["cfd_tunnel", tunnel, "connections"]), READ)
}

/// What a tunnel's connectors are told from afar.
#[must_use]
pub fn tunnel_configuration(account: &str, tunnel: &str) -> Call {
    get(of_account(account, &["cfd_tunnel", tunnel, "configurations"]), READ)
}

/// Replaces the whole of it.
#[must_use]
pub fn replace_tunnel_configuration(account: &str, tunnel: &str, config: &Value) -> Call {
    let path = of_account(account, &["cfd_tunnel", tunnel, "configurations"]);
    send(Method::Put, path, WRITE, json!({ "config": config }))
}

/// A tunnel's own token, a secret: with it a connector runs.
#[must_use]
pub fn tunnel_token(account: &str, tunnel: &str) -> Call {
    get(of_account(account, &["cfd_tunnel", tunnel, "token"]), WRITE)
}

/// Makes a tunnel that is told from afar where it leads.
#[must_use]
pub fn create_tunnel(account: &str, name: &str) -> Call {
    let body = json!({ "name": name, "config_src": "cloudflare" });
    send(Method::Post, of_account(account, &["cfd_tunnel"]), WRITE, body)
}

/// Drops a tunnel's connections; living connectors come back.
#[must_use]
pub fn drop_tunnel_connections(account: &str, tunnel: &str) -> Call {
    delete(of_account(account, &["cfd_tunnel", tunnel, "connections"]), WRITE).sending(json!({}))
}

/// Takes a tunnel away; nothing may be connected.
#[must_use]
pub fn delete_tunnel(account: &str, tunnel: &str) -> Call {
    delete(of_account(account, &["cfd_tunnel", tunnel]), WRITE).sending(json!({}))
}

const READ: &str = "Cloudflare Tunnel Read";
const WRITE: &str = "Cloudflare Tunnel Write";
