//! A connector's rules: its configuration file as written, or what `/config` tells of it.
//!
//! The file is YAML and is read as tolerantly as it can be: what does not fit is a [`Problem`] at its
//! line, and the rest still counts. Keys are case-sensitive, as in cloudflared.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::secret::is_uuid;
use super::validate;
use crate::proxy::At;

/// A configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Settings of the top level that are plain values, by their key.
    pub keys: BTreeMap<String, String>,
    /// The rules, in their order; at most `RULES`.
    pub rules: Vec<Rule>,
    /// What is wrong with it, at most 20.
    pub problems: Vec<Problem>,
    /// Whether it holds nothing at all.
    pub is_empty: bool,
    /// The version of a configuration that is kept at Cloudflare; `None`: it is a local one.
    pub version: Option<i64>,
}

/// More rules than anybody has.
const RULES: usize = 5_000;

/// From this size on, a reader's limits may be what is wrong.
const LARGE: usize = 64 * 1024;

/// A rule as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// The name that it is for; `None`: every one.
    pub hostname: Option<String>,
    /// The expression that a path is searched for.
    pub path: Option<String>,
    /// Where requests go.
    pub service: String,
    /// How they are made, with what holds for all rules.
    pub request: OriginRequest,
    /// Where it stands, in a local file.
    pub at: Option<At>,
}

/// How requests to a service are made; defaults where nothing is stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OriginRequest {
    /// `httpHostHeader`.
    pub host_header: Option<String>,
    /// `originServerName`: the name in the hello, and the one that the certificate is for.
    pub server_name: Option<String>,
    /// `matchSNItoHost`: that name is the host that is asked for.
    pub match_sni: bool,
    /// `caPool`: a file with roots to trust besides the system's.
    pub ca_pool: Option<String>,
    /// `noTLSVerify`.
    pub no_tls_verify: bool,
    /// `http2Origin`.
    pub http2_origin: bool,
    /// `connectTimeout`, in seconds; 30 where it is not stated.
    pub connect_timeout_s: Option<u64>,
    /// `keepAliveTimeout`, in seconds; 90 where it is not stated.
    pub keep_alive_s: Option<u64>,
    /// `proxyType`: `socks` makes requests through a proxy.
    pub proxy_type: Option<String>,
}

/// Something that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What, as a sentence without its end.
    pub says: String,
    /// Where.
    pub at: Option<At>,
    /// Whether cloudflared does not start with it.
    pub fatal: bool,
    /// Whether `cloudflared tunnel ingress validate` tells of it.
    pub told: bool,
}

impl Config {
    /// A plain setting of the top level.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<String> {
        self.keys.get(name).filter(|value| !value.is_empty()).cloned()
    }

    pub(super) fn problem(&mut self, says: String, at: Option<At>, fatal: bool, told: bool) {
        if self.problems.len() < 20 {
            self.problems.push(Problem { says, at, fatal, told });
        }
    }
}

/// A piece of YAML with its line.
#[derive(Debug, Clone)]
pub(super) struct Node(Spanned<Kind>);

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Nothing,
    Text(String),
    /// A number or a truth value, as it would be written.
    Plain(String),
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        Spanned::deserialize(deserializer).map(Node)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Plain(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Kind::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Kind::Map(pairs))
    }
}

impl Node {
    pub(super) fn line(&self) -> u32 {
        u32::try_from(self.0.referenced.line()).unwrap_or(0)
    }

    pub(super) fn pairs(&self) -> &[(Spanned<String>, Node)] {
        match &self.0.value {
            Kind::Map(pairs) => pairs,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Node] {
        match &self.0.value {
            Kind::List(list) => list,
            _ => &[],
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.pairs().iter().find(|(name, _)| name.value == key).map(|(_, node)| node)
    }

    pub(super) fn text(&self) -> Option<String> {
        match &self.0.value {
            Kind::Text(text) | Kind::Plain(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether it is a number where cloudflared wants a text with a unit.
    pub(super) fn is_bare_number(&self) -> bool {
        matches!(&self.0.value, Kind::Plain(text) if text.parse::<f64>().is_ok())
    }
}

/// Reads a configuration file. `path` is where it lies.
#[must_use]
pub fn read_config(path: &str, text: &str) -> Config {
    let mut config = Config::default();
    let at = |line: u32| (line > 0).then(|| At { file: path.to_owned(), line });
    if text.trim().is_empty() {
        config.is_empty = true;
        return config;
    }
    let mut options = serde_saphyr::Options::default();
    // Aliases of aliases grow without bounds; nobody's rules need them.
    options.alias_limits.max_total_replayed_events = 20_000;
    let root: Node = match serde_saphyr::from_str_with_options(text, options) {
        Ok(root) => root,
        Err(error) => {
            let line = error.location().and_then(|at| u32::try_from(at.line()).ok()).unwrap_or(0);
            // Our own limits are no fault of the file's.
            let sure = text.len() < LARGE && !text.contains('*');
            config.problem("it is no YAML from here on".to_owned(), at(line), sure, sure);
            config.keys.extend(named_in(text).map(|id| ("tunnel".to_owned(), id)));
            return config;
        }
    };
    for (key, node) in root.pairs() {
        if let Some(text) = node.text() {
            config.keys.insert(key.value.clone(), text);
        }
    }
    config.is_empty = root.pairs().is_empty();
    let common = root.get("originRequest").map(|node| request(node, &OriginRequest::default()));
    let common = common.unwrap_or_default();
    let rules = root.get("ingress").map(Node::items).unwrap_or_default();
    for node in rules.iter().take(RULES) {
        let text = |key: &str| node.get(key).and_then(Node::text).filter(|text| !text.is_empty());
        config.rules.push(Rule {
            hostname: text("hostname"),
            path: text("path"),
            service: text("service").unwrap_or_default(),
            request: node.get("originRequest").map_or(common.clone(), |own| request(own, &common)),
            at: at(node.line()),
        });
    }
    validate::keys(&mut config, path, &root);
    validate::rules(&mut config);
    config
}

/// The tunnel that a file which is no YAML names all the same: the one line of the top level that says
/// `tunnel: ID`. It says whose file it is, nothing of how it would be run.
fn named_in(text: &str) -> Option<String> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("tunnel:"));
    let value = lines.next().filter(|_| lines.next().is_none())?;
    let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    is_uuid(value).then(|| value.to_owned())
}

fn request(node: &Node, common: &OriginRequest) -> OriginRequest {
    let text = |key: &str, else_: &Option<String>| match node.get(key).and_then(Node::text) {
        Some(text) => Some(text).filter(|text| !text.is_empty()),
        None => else_.clone(),
    };
    let on = |key: &str, else_: bool| match node.get(key).and_then(Node::text) {
        Some(text) => text == "true",
        None => else_,
    };
    let time = |key: &str, else_: Option<u64>| {
        node.get(key).and_then(Node::text).and_then(|text| duration(&text)).or(else_)
    };
    OriginRequest {
        host_header: text("httpHostHeader", &common.host_header),
        server_name: text("originServerName", &common.server_name),
        match_sni: on("matchSNItoHost", common.match_sni),
        ca_pool: text("caPool", &common.ca_pool),
        no_tls_verify: on("noTLSVerify", common.no_tls_verify),
        http2_origin: on("http2Origin", common.http2_origin),
        connect_timeout_s: time("connectTimeout", common.connect_timeout_s),
        keep_alive_s: time("keepAliveTimeout", common.keep_alive_s),
        proxy_type: text("proxyType", &common.proxy_type),
    }
}

/// Whole seconds of a duration as Go writes it: `30s`, `1m30s`, `500ms`.
fn duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut ms = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let after = &rest[end..];
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        ms += number
            * match &after[..unit] {
                "ms" => 1.0,
                "s" => 1_000.0,
                "m" => 60_000.0,
                "h" => 3_600_000.0,
                _ => return None,
            };
        rest = &after[unit..];
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates at 0 and the largest"
    )]
    Some((ms / 1_000.0) as u64)
}

/// Reads the answer of `/config`; `None`: it is none.
#[must_use]
pub fn read_remote(body: &[u8]) -> Option<Config> {
    let told: Value = serde_json::from_slice(body).ok()?;
    let version = told.get("version")?.as_i64()?;
    let rules = told.get("config")?.get("ingress")?.as_array();
    let text = |node: &Value, key: &str| {
        node.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let rule = |node: &Value| {
        let none = Value::Null;
        let asks = node.get("originRequest").unwrap_or(&none);
        let on = |key: &str| asks.get(key).and_then(Value::as_bool).unwrap_or(false);
        let seconds = |key: &str| asks.get(key).and_then(Value::as_u64);
        // An expression is told as its text, or as an object with it.
        let path =
            node.get("path").and_then(|path| text(node, "path").or_else(|| text(path, "Regexp")));
        Rule {
            hostname: text(node, "hostname"),
            path,
            service: text(node, "service").unwrap_or_default(),
            request: OriginRequest {
                host_header: text(asks, "httpHostHeader"),
                server_name: text(asks, "originServerName"),
                match_sni: on("matchSNItoHost"),
                ca_pool: text(asks, "caPool"),
                no_tls_verify: on("noTLSVerify"),
                http2_origin: on("http2Origin"),
                connect_timeout_s: seconds("connectTimeout"),
                keep_alive_s: seconds("keepAliveTimeout"),
                proxy_type: text(asks, "proxyType"),
            },
            at: None,
        }
    };
    let rules = rules.into_iter().flatten().take(RULES).map(rule).collect();
    Some(Config { rules, version: (version >= 0).then_some(version), ..Config::default() })
}
