//! Which rule answers for the site.
//!
//! Rules are tried from the top: a hostname fits when it is equal, or begins with `*.` and the rest
//! ends the host; the request's port does not count; a name with letters beyond ASCII fits in its
//! `xn--` form as well. Case counts. A path is an expression that is searched for anywhere. Where
//! nothing fits, the last rule answers. Source: cloudflared 2026.8.2, `ingress/rule.go`.

use serde::{Deserialize, Serialize};
use url::Host;

use super::config::{Config, OriginRequest, Rule};
use super::service::Service;
use crate::proxy::At;

/// Who answers for the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingress {
    /// Where the rules are kept.
    pub from: IngressFrom,
    /// How many there are.
    pub rules: u32,
    /// The one that answers; `None`: there are no rules, so that cloudflared answers 503.
    pub rule: Option<RuleSeen>,
    /// Whether a rule bears the site's name, and not only all names.
    pub names_site: bool,
    /// A rule that looks as if it were meant for the site, and is not.
    pub near: Option<Near>,
}

/// Where rules are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum IngressFrom {
    /// In a file here, as the running connector has it, or as it lies there.
    File {
        /// Which.
        path: String,
        /// Whether the connector itself told its rules; else only the file was read.
        told: bool,
    },
    /// At Cloudflare.
    Remote {
        /// Which version.
        version: i64,
    },
    /// On the command line (`--url`), or nowhere.
    CommandLine,
}

/// The rule that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSeen {
    /// Its number, from 0, as cloudflared's log has it.
    pub number: u32,
    /// Its hostname; `None`: all.
    pub hostname: Option<String>,
    /// Its path.
    pub path: Option<String>,
    /// Where it stands.
    pub at: Option<At>,
    /// The service as written.
    pub written: String,
    /// The service as cloudflared takes it; `None`: it would not take it.
    pub service: Option<Service>,
    /// How it is asked.
    pub request: OriginRequest,
    /// Whether it answers only since no other rule fits.
    pub is_last_resort: bool,
}

/// A rule that nearly fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    /// Its hostname.
    pub hostname: String,
    /// Where it stands.
    pub at: Option<At>,
    /// Why it does not fit.
    pub why: NearWhy,
}

/// Why a hostname does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NearWhy {
    /// Its letters are of the other case.
    Case,
    /// `*.example.com` is not for `example.com` itself.
    Apex,
    /// It is for the name with `www.` in front, or for the one without.
    Www,
    /// Its path does not fit.
    Path,
}

/// Looks up the rule for a host and a path (without its query).
#[must_use]
pub fn look_up(config: &Config, from: IngressFrom, host: &str, path: &str) -> Ingress {
    let host = host.trim_end_matches('.');
    let path = path.split('?').next().unwrap_or_default();
    let named = |rule: &&Rule| !is_for_all(rule) && fits_host(rule, host);
    let names_site = config.rules.iter().any(|rule| named(&rule));
    let fitting =
        config.rules.iter().position(|rule| fits_host(rule, host) && fits_path(rule, path));
    let number = fitting.or_else(|| config.rules.len().checked_sub(1));
    let rule = number.map(|at| {
        let rule = &config.rules[at];
        RuleSeen {
            number: u32::try_from(at).unwrap_or(u32::MAX),
            hostname: rule.hostname.clone(),
            path: rule.path.clone(),
            at: rule.at.clone(),
            written: crate::redact::query(&rule.service),
            service: Service::read(&rule.service).ok(),
            request: rule.request.clone(),
            is_last_resort: is_for_all(rule) || fitting.is_none(),
        }
    });
    let missed = rule.as_ref().is_some_and(|rule| rule.is_last_resort);
    let near = if missed { config.rules.iter().find_map(|rule| near(rule, host)) } else { None };
    let rules = u32::try_from(config.rules.len()).unwrap_or(u32::MAX);
    Ingress { from, rules, rule, names_site, near }
}

fn is_for_all(rule: &Rule) -> bool {
    matches!(rule.hostname.as_deref(), None | Some("" | "*"))
}

fn fits_host(rule: &Rule, host: &str) -> bool {
    let Some(hostname) = rule.hostname.as_deref().filter(|_| !is_for_all(rule)) else {
        return true;
    };
    let fits = |hostname: &str| match hostname.strip_prefix('*') {
        Some(suffix) if suffix.starts_with('.') => host.ends_with(suffix),
        _ => hostname == host,
    };
    fits(hostname) || (!hostname.is_ascii() && in_ascii(hostname).is_some_and(|name| fits(&name)))
}

/// `xn--` form of a name, with or without `*.` in front.
fn in_ascii(hostname: &str) -> Option<String> {
    let (star, name) = match hostname.strip_prefix("*.") {
        Some(name) => ("*.", name),
        None => ("", hostname),
    };
    Some(format!("{star}{}", Host::parse(name).ok()?))
}

fn fits_path(rule: &Rule, path: &str) -> bool {
    let Some(wanted) = &rule.path else { return true };
    regex::RegexBuilder::new(wanted)
        .size_limit(1 << 20)
        .build()
        .is_ok_and(|wanted| wanted.is_match(path))
}

fn near(rule: &Rule, host: &str) -> Option<Near> {
    let hostname = rule.hostname.as_deref().filter(|_| !is_for_all(rule))?;
    let lower = hostname.to_lowercase();
    let other_case = Rule { hostname: Some(lower.clone()), ..rule.clone() };
    let why = match () {
        () if fits_host(rule, host) => NearWhy::Path,
        () if fits_host(&other_case, host) => NearWhy::Case,
        () if lower.strip_prefix("*.") == Some(host) => NearWhy::Apex,
        () if lower.strip_prefix("www.") == Some(host)
            || host.strip_prefix("www.") == Some(&lower) =>
        {
            NearWhy::Www
        }
        () => return None,
    };
    Some(Near { hostname: hostname.to_owned(), at: rule.at.clone(), why })
}
