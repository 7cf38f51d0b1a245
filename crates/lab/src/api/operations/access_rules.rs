//! IP access rules of a zone and of an account, on their shelves `access_rules`.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde_json::{Value, json};

use super::shelf::{account, find, take, zone};
use crate::api::envelope::Sizes;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

const SHELF: &str = "access_rules";
const READ: &[&str] = &["Firewall Services Read"];
const WRITE: &[&str] = &["Firewall Services Write"];
const ACCOUNT_READ: &[&str] = &["Account Firewall Access Rules Read"];
const ACCOUNT_WRITE: &[&str] = &["Account Firewall Access Rules Write"];
const OF_ZONE: &str = "/zones/{zone:id}/firewall/access_rules/rules";
const OF_ACCOUNT: &str = "/accounts/{account:id}/firewall/access_rules/rules";
const ONE_OF_ZONE: &str = "/zones/{zone:id}/firewall/access_rules/rules/{rule:id}";
const ONE_OF_ACCOUNT: &str = "/accounts/{account:id}/firewall/access_rules/rules/{rule:id}";
const MODES: [&str; 5] = ["block", "challenge", "whitelist", "js_challenge", "managed_challenge"];

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    zone("GET", OF_ZONE, READ, list),
    zone("POST", OF_ZONE, WRITE, create),
    zone("GET", ONE_OF_ZONE, READ, get),
    zone("PATCH", ONE_OF_ZONE, WRITE, edit),
    zone("DELETE", ONE_OF_ZONE, WRITE, delete),
    account("GET", OF_ACCOUNT, ACCOUNT_READ, list),
    account("POST", OF_ACCOUNT, ACCOUNT_WRITE, create),
    account("GET", ONE_OF_ACCOUNT, ACCOUNT_READ, get),
    account("PATCH", ONE_OF_ACCOUNT, ACCOUNT_WRITE, edit),
    account("DELETE", ONE_OF_ACCOUNT, ACCOUNT_WRITE, delete),
];

fn missing() -> Reply {
    Reply::fail(404, 10001, "firewallaccessrules.api.not_found")
}

fn invalid(what: &str) -> Reply {
    Reply::fail(400, 10014, &format!("firewallaccessrules.api.validation_error:{what}"))
}

fn shelf<'a>(state: &'a mut State, asked: &Asked) -> Result<&'a mut Vec<Value>, Reply> {
    if asked.param("zone").is_empty() {
        Ok(state.account_of(asked)?.shelf(SHELF))
    } else {
        Ok(state.zone_of(asked)?.shelf(SHELF))
    }
}

fn list(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let fits = |rule: &&Value| {
        let is =
            |query: &str, value: &Value| asked.query(query).is_none_or(|wanted| value == wanted);
        is("mode", &rule["mode"])
            && is("configuration.target", &rule["configuration"]["target"])
            && is("configuration.value", &rule["configuration"]["value"])
            && asked
                .query("notes")
                .is_none_or(|part| rule["notes"].as_str().is_some_and(|notes| notes.contains(part)))
    };
    let rules: Vec<Value> = shelf(state, asked)?.iter().filter(fits).cloned().collect();
    Ok(Reply::page(&rules, asked, Sizes { usual: 20, least: 5, most: 1000 }))
}

/// The configuration as it is kept: networks by their first address.
fn configuration(asked: &Asked) -> Result<Value, Reply> {
    let said = asked.field("configuration").ok_or_else(|| invalid("configuration"))?;
    let target = said["target"].as_str().unwrap_or_default();
    let value = said["value"].as_str().unwrap_or_default();
    let fine = match target {
        "ip" => value.parse::<Ipv4Addr>().is_ok(),
        "ip6" => value.parse::<Ipv6Addr>().is_ok(),
        "ip_range" => value.parse::<IpNet>().is_ok_and(|net| match net {
            IpNet::V4(net) => [16, 24].contains(&net.prefix_len()),
            IpNet::V6(net) => [32, 48, 64].contains(&net.prefix_len()),
        }),
        "asn" => value.strip_prefix("AS").is_some_and(|number| number.parse::<u32>().is_ok()),
        "country" => value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        _ => false,
    };
    if !fine {
        return Err(invalid("configuration.value"));
    }
    Ok(json!({"target": target, "value": value}))
}

fn mode(asked: &Asked) -> Result<&str, Reply> {
    asked.text("mode").filter(|mode| MODES.contains(mode)).ok_or_else(|| invalid("mode"))
}

fn create(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let configuration = configuration(asked)?;
    let mode = mode(asked)?;
    if shelf(state, asked)?.iter().any(|rule| rule["configuration"] == configuration) {
        return Err(Reply::fail(400, 10009, "firewallaccessrules.api.duplicate_of_existing"));
    }
    let mut rule = json!({
        "id": state.new_id("access rule"), "mode": mode, "configuration": configuration,
        "notes": asked.text("notes").unwrap_or_default(), "allowed_modes": MODES,
        "created_on": asked.time(), "modified_on": asked.time(),
    });
    if asked.param("zone").is_empty() {
        rule["scope"] = json!({"id": asked.param("account"), "type": "organization"});
    }
    shelf(state, asked)?.push(rule.clone());
    Ok(Reply::ok(rule))
}

fn get(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    Ok(Reply::ok(find(shelf(state, asked)?, asked.param("rule"), missing)?.clone()))
}

fn edit(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let mode = if asked.field("mode").is_some() { Some(mode(asked)?) } else { None };
    let rule = find(shelf(state, asked)?, asked.param("rule"), missing)?;
    if asked.field("configuration").is_some() && configuration(asked)? != rule["configuration"] {
        return Err(invalid("configuration cannot be changed"));
    }
    if let Some(mode) = mode {
        rule["mode"] = json!(mode);
    }
    if let Some(notes) = asked.field("notes") {
        rule["notes"] = notes.clone();
    }
    rule["modified_on"] = json!(asked.time());
    Ok(Reply::ok(rule.clone()))
}

fn delete(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let rule = take(shelf(state, asked)?, asked.param("rule"), missing)?;
    Ok(Reply::ok(json!({"id": rule["id"]})))
}
