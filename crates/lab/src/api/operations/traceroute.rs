//! Traceroutes from Cloudflare's places. Nothing is sent: each target is reached at once.

use serde_json::{Value, json};

use super::shelf::account;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[account(
    "POST",
    "/accounts/{account:id}/diagnostics/traceroute",
    &["Magic Transit Write"],
    trace,
)];

fn trace(_: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let invalid = || Reply::fail(400, 1001, "targets: from 1 to 10 addresses or names");
    let targets = asked.field("targets").and_then(Value::as_array).ok_or_else(invalid)?;
    if !(1..=10).contains(&targets.len()) {
        return Err(invalid());
    }
    let colos = asked.field("colos").and_then(Value::as_array).cloned();
    let colos = colos.unwrap_or_else(|| vec![json!("ams01")]);
    let seen = |target: &Value| {
        let colo = |name: &Value| {
            json!({
                "colo": {"name": name, "city": "Amsterdam, NL"}, "error": "", "hops": [],
                "target_summary": {"ip": target, "packet_count": 3, "mean_rtt_ms": 1.5},
                "traceroute_time_ms": 12,
            })
        };
        json!({"target": target, "colos": colos.iter().map(colo).collect::<Vec<_>>()})
    };
    Ok(Reply::whole(targets.iter().map(seen).collect()))
}
