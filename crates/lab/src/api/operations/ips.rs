//! Cloudflare's addresses: `/ips`, which asks for no credentials.

use serde_json::json;

use crate::api::state::State;
use crate::api::{Asked, Operation, Reply, Scope, ids};

/// The rows.
pub(super) const OPERATIONS: &[Operation] =
    &[Operation { method: "GET", path: "/ips", permissions: &[], scope: Scope::Nobody, run: ips }];

fn ips(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let (v4, v6) = (&state.ips.v4, &state.ips.v6);
    let etag = ids::hex(&format!("{v4:?} {v6:?}"));
    let mut result = json!({"etag": etag, "ipv4_cidrs": v4, "ipv6_cidrs": v6});
    if asked.query("networks") == Some("jdcloud") {
        result["jdcloud_cidrs"] = json!([]);
    }
    Ok(Reply::ok(result))
}
