//! Settings of a zone, one by one.

use serde_json::{Value, json};

use crate::api::state::{LONG_AGO, State, Zone};
use crate::api::{Asked, Changed, Operation, Reply, Scope};

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "GET",
        path: "/zones/{zone:id}/settings/{name}",
        permissions: &["Zone Settings Read"],
        scope: Scope::Zone,
        run: get,
    },
    Operation {
        method: "PATCH",
        path: "/zones/{zone:id}/settings/{name}",
        permissions: &["Zone Settings Write"],
        scope: Scope::Zone,
        run: patch,
    },
    // The mode is also the business of those who look after certificates.
    Operation {
        method: "GET",
        path: "/zones/{zone:id}/settings/ssl",
        permissions: &["Zone Settings Read", "SSL and Certificates Read"],
        scope: Scope::Zone,
        run: |state, asked| told(state, asked, "ssl"),
    },
    Operation {
        method: "PATCH",
        path: "/zones/{zone:id}/settings/ssl",
        permissions: &["Zone Settings Write", "SSL and Certificates Write"],
        scope: Scope::Zone,
        run: |state, asked| change(state, asked, "ssl"),
    },
];

/// A setting.
struct Known {
    name: &'static str,
    /// What it is at first; JSON.
    first: &'static str,
    takes: Takes,
    /// Plans that may change it.
    plans: &'static [&'static str],
}

/// What a setting takes.
#[derive(Clone, Copy)]
enum Takes {
    /// One of these words.
    Words(&'static [&'static str]),
    /// So many, from and to.
    Seconds(u64, u64),
    /// A list of any words.
    List,
}

const ALL: &[&str] = &["free", "pro", "business", "enterprise"];
const ENTERPRISE: &[&str] = &["enterprise"];
const SWITCH: Takes = Takes::Words(&["on", "off"]);

const fn row(name: &'static str, first: &'static str, takes: Takes) -> Known {
    Known { name, first, takes, plans: ALL }
}

const fn enterprise(name: &'static str, first: &'static str, takes: Takes) -> Known {
    Known { name, first, takes, plans: ENTERPRISE }
}

/// Settings that bear on an error of the edge, and their company.
const KNOWN: &[Known] = &[
    row("ssl", "\"strict\"", Takes::Words(&["off", "flexible", "full", "strict", "origin_pull"])),
    row("ssl_automatic_mode", "\"custom\"", Takes::Words(&["auto", "custom"])),
    row("origin_max_http_version", "\"2\"", Takes::Words(&["1", "2"])),
    row("always_use_https", "\"off\"", SWITCH),
    row("automatic_https_rewrites", "\"off\"", SWITCH),
    row("always_online", "\"off\"", SWITCH),
    row("development_mode", "\"off\"", SWITCH),
    row("websockets", "\"on\"", SWITCH),
    row("http2", "\"on\"", SWITCH),
    row("http3", "\"on\"", SWITCH),
    row("ipv6", "\"on\"", SWITCH),
    row("pseudo_ipv4", "\"off\"", Takes::Words(&["off", "add_header", "overwrite_header"])),
    row("min_tls_version", "\"1.0\"", Takes::Words(&["1.0", "1.1", "1.2", "1.3"])),
    row("tls_1_3", "\"on\"", Takes::Words(&["on", "off", "zrt"])),
    row("ciphers", "[]", Takes::List),
    row("tls_client_auth", "\"off\"", SWITCH),
    row("cache_level", "\"aggressive\"", Takes::Words(&["aggressive", "basic", "simplified"])),
    row("browser_cache_ttl", "14400", Takes::Seconds(0, 31_536_000)),
    enterprise("proxy_read_timeout", "100", Takes::Seconds(1, 6000)),
    enterprise("origin_error_page_pass_thru", "\"off\"", SWITCH),
];

fn known(name: &str) -> Result<&'static Known, Reply> {
    KNOWN
        .iter()
        .find(|known| known.name == name)
        .ok_or_else(|| Reply::fail(400, 1003, "Invalid or missing zone setting."))
}

/// Gives a new zone its settings.
pub(in crate::api) fn set_up(zone: &mut Zone) {
    for known in KNOWN {
        let value: Value = serde_json::from_str(known.first).unwrap_or_default();
        let setting = json!({"id": known.name, "value": value, "modified_on": LONG_AGO});
        zone.settings.insert(known.name.to_owned(), setting);
    }
}

fn get(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    told(state, asked, asked.param("name"))
}

fn patch(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    change(state, asked, asked.param("name"))
}

fn told(state: &mut State, asked: &Asked, name: &str) -> Result<Reply, Reply> {
    let known = known(name)?;
    let zone = state.zone_of(asked)?;
    let mut setting = zone.settings.get(name).cloned().unwrap_or_default();
    setting["editable"] = json!(known.plans.contains(&zone.plan.as_str()));
    if name == "ssl" {
        setting["certificate_status"] = json!("active");
    }
    if name == "ssl_automatic_mode" && setting.get("next_scheduled_scan").is_none() {
        setting["next_scheduled_scan"] = Value::Null;
    }
    Ok(Reply::ok(setting))
}

fn change(state: &mut State, asked: &Asked, name: &str) -> Result<Reply, Reply> {
    let known = known(name)?;
    let bad = || Reply::fail(400, 1007, &format!("Invalid value for zone setting {name}"));
    let zone = state.zone_of(asked)?;
    let value = asked.field("value").ok_or_else(bad)?;
    let plan = zone.plan.as_str();
    let fits = match known.takes {
        Takes::Words(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Takes::List => value.as_array().is_some_and(|words| words.iter().all(Value::is_string)),
        Takes::Seconds(least, most) => {
            value.as_u64().is_some_and(|seconds| (least..=most).contains(&seconds))
        }
    };
    let for_enterprise = name == "ssl" && value == "origin_pull" && plan != "enterprise";
    if !fits || for_enterprise || !known.plans.contains(&plan) {
        return Err(bad());
    }
    let setting = zone.settings.entry(name.to_owned()).or_insert_with(|| json!({"id": name}));
    let moved = setting["value"] != *value;
    setting["value"] = value.clone();
    setting["modified_on"] = json!(asked.time());
    let zone = zone.name.clone();
    if let (true, "ssl", Some(mode)) = (moved, name, value.as_str()) {
        state.tell(Changed::Ssl { zone, mode: mode.to_owned() });
    }
    told(state, asked, name)
}
