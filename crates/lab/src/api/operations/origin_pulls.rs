//! Authenticated origin pulls: whether the edge shows origins a certificate, of the zone or of a host.
//!
//! Shelves of the zone: `origin_pulls` (`{"id": "settings", "enabled": …}`), `origin_pulls_certificates`,
//! `origin_pulls_host_certificates`, `origin_pulls_hosts`. Keys are taken and kept nowhere.

use serde_json::{Value, json};

use super::pem;
use super::shelf::{find, take, zone};
use crate::api::state::{State, Zone};
use crate::api::{Asked, Operation, Reply};

/// The shelf of the zone's own setting.
pub(in crate::api) const SETTINGS: &str = "origin_pulls";
const CERTIFICATES: &str = "origin_pulls_certificates";
const HOST_CERTIFICATES: &str = "origin_pulls_host_certificates";
const HOSTS: &str = "origin_pulls_hosts";
const READ: &[&str] = &["SSL and Certificates Read"];
const WRITE: &[&str] = &["SSL and Certificates Write"];
const ALL: &str = "/zones/{zone:id}/origin_tls_client_auth";
const ONE: &str = "/zones/{zone:id}/origin_tls_client_auth/{certificate:either}";
const SETTING: &str = "/zones/{zone:id}/origin_tls_client_auth/settings";
const OF_HOSTS: &str = "/zones/{zone:id}/origin_tls_client_auth/hostnames/certificates";
const ONE_OF_HOSTS: &str =
    "/zones/{zone:id}/origin_tls_client_auth/hostnames/certificates/{certificate:either}";

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    zone("GET", SETTING, READ, |state, asked| {
        Ok(Reply::ok(json!({"enabled": enabled(state.zone_of(asked)?)})))
    }),
    zone("PUT", SETTING, WRITE, switch),
    zone("GET", ALL, READ, |state, asked| {
        Ok(Reply::whole(state.zone_of(asked)?.shelf(CERTIFICATES).clone()))
    }),
    zone("POST", ALL, WRITE, |state, asked| upload(state, asked, CERTIFICATES)),
    zone("GET", ONE, READ, |state, asked| get(state, asked, CERTIFICATES)),
    zone("DELETE", ONE, WRITE, |state, asked| delete(state, asked, CERTIFICATES)),
    zone("GET", OF_HOSTS, READ, |state, asked| {
        Ok(Reply::whole(state.zone_of(asked)?.shelf(HOST_CERTIFICATES).clone()))
    }),
    zone("POST", OF_HOSTS, WRITE, |state, asked| upload(state, asked, HOST_CERTIFICATES)),
    zone("GET", ONE_OF_HOSTS, READ, |state, asked| get(state, asked, HOST_CERTIFICATES)),
    zone("DELETE", ONE_OF_HOSTS, WRITE, |state, asked| delete(state, asked, HOST_CERTIFICATES)),
    zone("PUT", "/zones/{zone:id}/origin_tls_client_auth/hostnames", WRITE, set_hosts),
    zone("GET", "/zones/{zone:id}/origin_tls_client_auth/hostnames/{host}", READ, get_host),
];

fn missing() -> Reply {
    Reply::fail(404, 1414, "Certificate not found")
}

fn enabled(zone: &mut Zone) -> bool {
    zone.shelf(SETTINGS).first().is_some_and(|setting| setting["enabled"] == true)
}

fn switch(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let on = asked.field("enabled").and_then(Value::as_bool);
    let on = on.ok_or_else(|| Reply::fail(400, 1400, "enabled: true or false"))?;
    *state.zone_of(asked)?.shelf(SETTINGS) = vec![json!({"id": "settings", "enabled": on})];
    Ok(Reply::ok(json!({"enabled": on})))
}

fn upload(state: &mut State, asked: &Asked, shelf: &str) -> Result<Reply, Reply> {
    let read = asked.text("certificate").and_then(pem::certificate);
    let key = asked.text("private_key").is_some_and(pem::is_key);
    let (Some(mut made), true) = (read, key) else {
        return Err(Reply::fail(400, 1404, "Invalid certificate or private key"));
    };
    made["id"] = json!(state.new_id("client certificate"));
    made["status"] = json!("active");
    made["uploaded_on"] = json!(asked.time());
    state.zone_of(asked)?.shelf(shelf).push(made.clone());
    Ok(Reply::ok(made))
}

fn get(state: &mut State, asked: &Asked, shelf: &str) -> Result<Reply, Reply> {
    let shelf = state.zone_of(asked)?.shelf(shelf);
    Ok(Reply::ok(find(shelf, asked.param("certificate"), missing)?.clone()))
}

fn delete(state: &mut State, asked: &Asked, shelf: &str) -> Result<Reply, Reply> {
    let shelf = state.zone_of(asked)?.shelf(shelf);
    let mut gone = take(shelf, asked.param("certificate"), missing)?;
    gone["status"] = json!("pending_deletion");
    Ok(Reply::ok(gone))
}

/// A host's setting with what is known of its certificate.
fn told(zone: &mut Zone, host: &Value) -> Value {
    let mut told = host.clone();
    let certificate = zone.shelf(HOST_CERTIFICATES).iter().find(|one| one["id"] == host["cert_id"]);
    if let Some(certificate) = certificate {
        for name in ["certificate", "issuer", "signature", "serial_number", "expires_on"] {
            told[name] = certificate[name].clone();
        }
        told["cert_status"] = certificate["status"].clone();
        told["cert_uploaded_on"] = certificate["uploaded_on"].clone();
        told["cert_updated_at"] = certificate["uploaded_on"].clone();
    }
    told
}

/// `enabled: null` takes a host's setting away.
fn set_hosts(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let invalid = |why: &str| Reply::fail(400, 1405, why);
    let config = asked.field("config").and_then(Value::as_array);
    let config = config.ok_or_else(|| invalid("config: a list"))?.clone();
    let zone = state.zone_of(asked)?;
    for entry in &config {
        let name = entry["hostname"].as_str().unwrap_or_default();
        if name != zone.name && !name.ends_with(&format!(".{}", zone.name)) {
            return Err(invalid("hostname: not of this zone"));
        }
        let void = entry["enabled"].is_null();
        if !void && !zone.shelf(HOST_CERTIFICATES).iter().any(|one| one["id"] == entry["cert_id"]) {
            return Err(missing());
        }
        let before = zone.shelf(HOSTS).iter().find(|host| host["hostname"] == name).cloned();
        zone.shelf(HOSTS).retain(|host| host["hostname"] != name);
        if !void {
            let since = before.map_or(json!(asked.time()), |host| host["created_at"].clone());
            zone.shelf(HOSTS).push(json!({
                "id": entry["cert_id"], "hostname": name, "cert_id": entry["cert_id"],
                "enabled": entry["enabled"], "status": "active", "created_at": since,
                "updated_at": asked.time(),
            }));
        }
    }
    let hosts = zone.shelf(HOSTS).clone();
    Ok(Reply::whole(hosts.iter().map(|host| told(zone, host)).collect()))
}

fn get_host(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let name = asked.param("host");
    let zone = state.zone_of(asked)?;
    let host = zone.shelf(HOSTS).iter().find(|host| host["hostname"] == name).cloned();
    let host =
        host.ok_or_else(|| Reply::fail(404, 1415, "Hostname has no client authentication"))?;
    Ok(Reply::ok(told(zone, &host)))
}
