//! What a connector's command line and environment ask for.
//!
//! The command line wins over the environment, which wins over the configuration file. Flags stand
//! before or after the commands `tunnel` and `run`, as `--flag value` or `--flag=value`. The token
//! itself is never kept, only where it comes from.

use serde::{Deserialize, Serialize};

use super::config::Config;
use crate::redact;

/// What a connector was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// Where its token comes from.
    pub token: Option<TokenFrom>,
    /// The credentials file that is named.
    pub credentials: Option<String>,
    /// The configuration file that the command line names.
    pub config: Option<String>,
    /// Whether a tunnel is named, by its id or its name.
    pub tunnel: bool,
    /// `auto`, `quic`, `http2`; `None`: the default, auto.
    pub protocol: Option<String>,
    /// The address of its own HTTP server.
    pub metrics: Option<String>,
    /// `debug`, `info` …
    pub loglevel: Option<String>,
    /// The file that it logs to besides standard error, always as JSON.
    pub logfile: Option<String>,
    /// The folder that it logs to: `cloudflared.log` in it, always as JSON.
    pub log_directory: Option<String>,
    /// `4`, `6`, `auto`.
    pub edge_ip_version: Option<String>,
    /// The part of the world that it stays in: `us`; `None`: anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Addresses of the edge that are given by hand.
    pub edge: Vec<String>,
    /// The one service that all requests go to (`--url`), without rules.
    pub url: Option<String>,
    /// Whether it updates and restarts itself (no `--no-autoupdate`).
    pub updates_itself: bool,
    /// The proxy for requests to its services that its environment names (`HTTP_PROXY`).
    pub proxy: Option<String>,
}

/// Where a token comes from, the one that wins first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum TokenFrom {
    /// The command line, for all to see.
    CommandLine,
    /// `TUNNEL_TOKEN`.
    Environment,
    /// A file.
    File {
        /// Its path.
        path: String,
    },
}

/// Flags without a value.
const SWITCHES: [&str; 8] = [
    "no-autoupdate",
    "no-prechecks",
    "hello-world",
    "post-quantum",
    "pq",
    "no-tls-verify",
    "bastion",
    "socks5",
];

/// Whether a command line is that of a connector, and not of another of cloudflared's commands.
#[must_use]
pub fn is_connector(words: &[String]) -> bool {
    let program = words.first().map_or("", |path| path.rsplit('/').next().unwrap_or_default());
    if !program.starts_with("cloudflared") {
        return false;
    }
    let (commands, flags) = split(&words[1..]);
    let named = |name: &str| flags.iter().any(|(flag, _)| *flag == name);
    match commands.as_slice() {
        ["tunnel", "run", ..] => true,
        ["tunnel"] => named("url") || named("hello-world") || named("token") || named("config"),
        [] => named("url") || named("token"),
        _ => false,
    }
}

/// Commands and flags, apart.
fn split(words: &[String]) -> (Vec<&str>, Vec<(&str, &str)>) {
    let (mut commands, mut flags) = (Vec::new(), Vec::new());
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
            commands.push(word);
            continue;
        };
        match flag.split_once('=') {
            Some(pair) => flags.push(pair),
            None if SWITCHES.contains(&flag) => flags.push((flag, "true")),
            None => flags.push((flag, words.next().unwrap_or_default())),
        }
    }
    (commands, flags)
}

/// Reads what command line (program first), environment and configuration file ask for.
#[must_use]
pub fn setup(words: &[String], env: &[(String, String)], config: Option<&Config>) -> Setup {
    let (commands, flags) = split(words.get(1..).unwrap_or_default());
    let flag = |names: &[&str]| {
        let given = flags.iter().rev().find(|(name, _)| names.contains(name));
        given.map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
    };
    let variable = |wanted: &str| {
        let found = env.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    };
    let key = |name: &str| config.and_then(|config| config.key(name));
    let told = |names: &[&str], env: &str| {
        let value = flag(names).or_else(|| variable(env)).or_else(|| key(names[0]));
        value.map(|value| redact::text(&value))
    };
    // A path is a path, whatever it looks like.
    let path =
        |names: &[&str], env: &str| flag(names).or_else(|| variable(env)).or_else(|| key(names[0]));
    let token = if flag(&["token"]).is_some() {
        Some(TokenFrom::CommandLine)
    } else if variable("TUNNEL_TOKEN").is_some() {
        Some(TokenFrom::Environment)
    } else {
        path(&["token-file"], "TUNNEL_TOKEN_FILE").map(|path| TokenFrom::File { path })
    };
    let edge = flags.iter().filter(|(name, _)| *name == "edge");
    let mut edge: Vec<String> = edge.map(|(_, value)| redact::text(value)).take(16).collect();
    if edge.is_empty() {
        edge.extend(variable("TUNNEL_EDGE").map(|value| redact::text(&value)));
    }
    let off = flag(&["no-autoupdate"]).or_else(|| variable("NO_AUTOUPDATE"));
    let off = off.or_else(|| key("no-autoupdate")).is_some_and(|value| value != "false");
    let run = commands.iter().position(|word| *word == "run");
    Setup {
        token,
        credentials: path(&["credentials-file", "cred-file"], "TUNNEL_CRED_FILE"),
        config: flag(&["config"]),
        tunnel: run.is_some_and(|at| commands.len() > at + 1) || key("tunnel").is_some(),
        protocol: told(&["protocol", "p"], "TUNNEL_TRANSPORT_PROTOCOL"),
        metrics: told(&["metrics"], "TUNNEL_METRICS"),
        loglevel: told(&["loglevel"], "TUNNEL_LOGLEVEL"),
        logfile: path(&["logfile"], "TUNNEL_LOGFILE"),
        log_directory: path(&["log-directory"], "TUNNEL_LOGDIRECTORY"),
        edge_ip_version: told(&["edge-ip-version"], "TUNNEL_EDGE_IP_VERSION"),
        region: told(&["region"], "TUNNEL_REGION"),
        edge,
        url: told(&["url"], "TUNNEL_URL"),
        updates_itself: !words.is_empty() && !off,
        proxy: ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"]
            .into_iter()
            .find_map(variable)
            .map(|proxy| redact::text(&redact::query(&proxy))),
    }
}
