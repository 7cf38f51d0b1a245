//! Roots that a zone trusts at its origins, on its shelf `custom_trust_store`.

use serde_json::json;

use super::pem;
use super::shelf::{find, take, zone};
use crate::api::envelope::Sizes;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

/// The shelf.
pub(in crate::api) const SHELF: &str = "custom_trust_store";
const READ: &[&str] = &["SSL and Certificates Read"];
const WRITE: &[&str] = &["SSL and Certificates Write"];
const ONE: &str = "/zones/{zone:id}/acm/custom_trust_store/{certificate:either}";

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    zone("GET", "/zones/{zone:id}/acm/custom_trust_store", READ, |state, asked| {
        let all = state.zone_of(asked)?.shelf(SHELF).clone();
        Ok(Reply::page(&all, asked, Sizes { usual: 20, least: 5, most: 50 }))
    }),
    zone("POST", "/zones/{zone:id}/acm/custom_trust_store", WRITE, upload),
    zone("GET", ONE, READ, |state, asked| {
        let shelf = state.zone_of(asked)?.shelf(SHELF);
        Ok(Reply::ok(find(shelf, asked.param("certificate"), missing)?.clone()))
    }),
    zone("DELETE", ONE, WRITE, |state, asked| {
        let shelf = state.zone_of(asked)?.shelf(SHELF);
        let gone = take(shelf, asked.param("certificate"), missing)?;
        Ok(Reply::ok(json!({"id": gone["id"]})))
    }),
];

fn missing() -> Reply {
    Reply::fail(404, 1414, "Certificate not found")
}

fn upload(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let read = asked.text("certificate").and_then(pem::certificate);
    let mut made = read.ok_or_else(|| Reply::fail(400, 1404, "Invalid certificate"))?;
    made["id"] = json!(state.new_id("trusted certificate"));
    made["status"] = json!("active");
    made["uploaded_on"] = json!(asked.time());
    made["updated_at"] = json!(asked.time());
    state.zone_of(asked)?.shelf(SHELF).push(made.clone());
    Ok(Reply::ok(made))
}
