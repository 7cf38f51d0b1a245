//! What is wrong with a configuration: what cloudflared would not start with, and what neither it
//! nor its `ingress validate` tells of.
//!
//! `ingress validate` (2026.8.2) refuses rules of the wrong shape, warns of unknown keys within rules
//! and still ends well, and passes over unknown keys of the top level, ports that no machine has,
//! and schemes that nobody speaks, which it takes for raw TCP. Source: captures of it, 2026-11-22.

use super::config::{Config, Node};
use super::service::Service;
use crate::proxy::At;

const RULE_KEYS: [&str; 4] = ["hostname", "path", "service", "originRequest"];

const REQUEST_KEYS: [&str; 20] = [
    "connectTimeout",
    "tlsTimeout",
    "tcpKeepAlive",
    "noHappyEyeballs",
    "keepAliveConnections",
    "keepAliveTimeout",
    "httpHostHeader",
    "originServerName",
    "matchSNItoHost",
    "caPool",
    "noTLSVerify",
    "disableChunkedEncoding",
    "bastionMode",
    "proxyAddress",
    "proxyPort",
    "proxyType",
    "ipRules",
    "http2Origin",
    "access",
    "maxActiveFlows",
];

/// Durations: without a unit they are no YAML that cloudflared takes.
const TIMES: [&str; 4] = ["connectTimeout", "tlsTimeout", "tcpKeepAlive", "keepAliveTimeout"];

/// Keys of the top level that matter here. There are as many as flags; only a key that is nearly
/// one of these is mistyped.
const TOP_KEYS: [&str; 14] = [
    "ingress",
    "tunnel",
    "credentials-file",
    "originRequest",
    "warp-routing",
    "protocol",
    "metrics",
    "loglevel",
    "logfile",
    "log-directory",
    "token",
    "token-file",
    "edge-ip-version",
    "no-autoupdate",
];

/// Looks at keys and at the shapes of values.
pub(super) fn keys(config: &mut Config, path: &str, root: &Node) {
    let at = |line: u32| Some(At { file: path.to_owned(), line });
    let line =
        |key: &serde_saphyr::Spanned<String>| u32::try_from(key.referenced.line()).unwrap_or(0);
    let bare = |key: &str| -> String {
        key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    for (key, _) in root.pairs() {
        let near = TOP_KEYS.iter().find(|known| bare(known) == bare(&key.value));
        if let Some(known) = near.filter(|known| **known != key.value) {
            let says = format!("the key {} is passed over; it is written {known}", key.value);
            config.problem(says, at(line(key)), false, false);
        }
    }
    let mut requests: Vec<&Node> = root.get("originRequest").into_iter().collect();
    if let Some(ingress) = root.get("ingress") {
        for rule in ingress.items() {
            for (key, _) in rule.pairs() {
                if !RULE_KEYS.contains(&key.value.as_str()) {
                    let says = format!("the key {} of a rule is passed over", key.value);
                    config.problem(says, at(line(key)), false, true);
                }
            }
            requests.extend(rule.get("originRequest"));
        }
    }
    for (key, node) in requests.into_iter().flat_map(Node::pairs) {
        if !REQUEST_KEYS.contains(&key.value.as_str()) {
            let says = format!("the key {} of originRequest is passed over", key.value);
            config.problem(says, at(line(key)), false, true);
        }
        if TIMES.contains(&key.value.as_str()) && node.is_bare_number() {
            let says = format!("{} has no unit; 30s would have one", key.value);
            config.problem(says, at(line(key)), true, true);
        }
    }
}

/// Looks at the rules.
pub(super) fn rules(config: &mut Config) {
    let rules = config.rules.clone();
    let last = rules.len().saturating_sub(1);
    for (number, rule) in rules.iter().enumerate() {
        let mut refuse = |says: String| config.problem(says, rule.at.clone(), true, true);
        let host = rule.hostname.as_deref().unwrap_or_default();
        let for_all = (host.is_empty() || host == "*") && rule.path.is_none();
        if number == last && !for_all {
            refuse("the last rule is not for all requests".to_owned());
        }
        if number != last && for_all {
            refuse("a rule for all requests stands before others".to_owned());
        }
        if host.rfind('*') > Some(0)
            || (host.starts_with('*') && host != "*" && !host.starts_with("*."))
        {
            refuse(format!("the hostname {host} has a * elsewhere than in front"));
        }
        if host.contains(':') {
            refuse(format!("the hostname {host} has a port"));
        }
        if let Some(path) = &rule.path
            && regex::Regex::new(path).is_err()
        {
            refuse(format!("the path {path} is no regular expression"));
        }
        match Service::read(&rule.service) {
            Err(says) => refuse(says),
            Ok(service) => {
                for says in service.oddities() {
                    config.problem(says, rule.at.clone(), false, false);
                }
            }
        }
    }
}
