//! Rules that speak of single hosts: those that pin a host's mode, and those that lead the edge to another port, name
//! or address.
//!
//! A configuration rule goes before a page rule (rules-overview page, read 2026-07), the last that fits before those
//! above it; of page rules the first that fits holds, whatever it sets. A rule whose expression cannot be decided for a
//! host is told, and taken for one that does not fit.

use std::net::IpAddr;

use serde_json::Value;

use crate::evidence::account::{PageRule, Rule, expression, pattern};
use crate::report::guard::quote;
use crate::target::{Scheme, Site, SslMode};

/// The rules of a zone that bear on how origins are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Configuration rules, in their order.
    pub config: Vec<Rule>,
    /// Origin rules, in their order.
    pub origin: Vec<Rule>,
    /// Page rules.
    pub pages: Vec<PageRule>,
}

/// A mode that a rule sets for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Which mode.
    pub mode: SslMode,
    /// By what.
    pub by: PinnedBy,
}

/// Which rule sets a mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinnedBy {
    /// A configuration rule; its owner's words, or its expression.
    ConfigRule(String),
    /// A page rule; its pattern.
    PageRule(String),
}

impl PinnedBy {
    /// A fragment; what the rule says stands in backticks.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            PinnedBy::ConfigRule(text) => format!("the configuration rule {}", quote(text)),
            PinnedBy::PageRule(text) => format!("the page rule {}", quote(text)),
        }
    }
}

/// Where origin rules lead the edge for a host; none: where its record points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detour {
    /// Another port.
    pub port: Option<u16>,
    /// Another name in the hello.
    pub sni: Option<String>,
    /// Another `Host`.
    pub host: Option<String>,
    /// Another address.
    pub address: Option<IpAddr>,
    /// Whether a rule leads it to where it was not followed: another name, or a part of the visitors only.
    pub unfollowed: bool,
}

impl Overrides {
    /// The mode that a rule sets for a host.
    #[must_use]
    pub fn pin(&self, host: &str) -> Option<Pin> {
        let by_rule = self.config.iter().rev().filter(|rule| rule.enabled).find_map(|rule| {
            let mode = mode(rule.action_parameters.get("ssl")?)?;
            (whole(&rule.expression, host) == Some(true))
                .then(|| Pin { mode, by: PinnedBy::ConfigRule(told(rule)) })
        });
        by_rule.or_else(|| self.pinned_by_page(host))
    }

    fn pinned_by_page(&self, host: &str) -> Option<Pin> {
        let mut rules: Vec<&PageRule> =
            self.pages.iter().filter(|rule| rule.status == "active").collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
        // One page rule holds for a URL: the first that fits, whatever it sets.
        let fits = |rule: &&PageRule| {
            let pattern = |rule: &PageRule| Some(rule.targets.first()?.constraint.value.clone());
            pattern(rule)
                .is_some_and(|text| pattern::fits(&text, &site(host, Scheme::Https)) == Some(true))
        };
        let rule = rules.into_iter().find(fits)?;
        let action = rule.actions.iter().find(|action| action.id == "ssl")?;
        let pattern = rule.targets.first()?.constraint.value.clone();
        Some(Pin { mode: mode(&action.value)?, by: PinnedBy::PageRule(pattern) })
    }

    /// Every mode that some rule sets.
    #[must_use]
    pub fn modes(&self) -> Vec<SslMode> {
        let config = self.config.iter().filter_map(|rule| rule.action_parameters.get("ssl"));
        let actions = self.pages.iter().flat_map(|rule| &rule.actions);
        let pages = actions.filter(|action| action.id == "ssl").map(|action| &action.value);
        config.chain(pages).filter_map(mode).collect()
    }

    /// Rules that set a mode and whose expression could not be decided for a host.
    #[must_use]
    pub fn undecided(&self, host: &str) -> Vec<String> {
        let sets = |rule: &&Rule| rule.enabled && rule.action_parameters.contains_key("ssl");
        let open = |rule: &&Rule| whole(&rule.expression, host).is_none();
        self.config.iter().filter(sets).filter(open).map(told).collect()
    }

    /// Where origin rules lead the edge for a host.
    #[must_use]
    pub fn detour(&self, host: &str) -> Detour {
        let mut detour = Detour::default();
        for rule in self.origin.iter().filter(|rule| rule.enabled && rule.action == "route") {
            match whole(&rule.expression, host) {
                Some(false) => continue,
                None => {
                    detour.unfollowed = true;
                    continue;
                }
                Some(true) => {}
            }
            let parameters = &rule.action_parameters;
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            let inner = |name: &str, key: &str| parameters.get(name).and_then(|one| one.get(key));
            if let Some(sni) = text(inner("sni", "value")) {
                detour.sni = Some(sni);
            }
            if let Some(host) = text(parameters.get("host_header")) {
                detour.host = Some(host);
            }
            if let Some(port) = inner("origin", "port").and_then(Value::as_u64) {
                detour.port = u16::try_from(port).ok().filter(|port| *port > 0);
            }
            if let Some(to) = text(inner("origin", "host")) {
                match to.parse::<IpAddr>() {
                    Ok(address) => detour.address = Some(address.to_canonical()),
                    Err(_) => detour.unfollowed = true,
                }
            }
        }
        detour
    }
}

/// Whether an expression fits the first page of a host for visitors of both schemes; none where that cannot be told,
/// or differs.
fn whole(expression: &str, host: &str) -> Option<bool> {
    let plain = expression::decides(expression, &site(host, Scheme::Http))?;
    let secure = expression::decides(expression, &site(host, Scheme::Https))?;
    (plain == secure).then_some(plain)
}

/// The first page of a host.
fn site(host: &str, scheme: Scheme) -> Site {
    Site { scheme, host: host.to_owned(), port: scheme.port(), path: "/".to_owned() }
}

fn mode(value: &Value) -> Option<SslMode> {
    value.as_str()?.parse().ok()
}

fn told(rule: &Rule) -> String {
    let text = if rule.description.is_empty() { &rule.expression } else { &rule.description };
    text.clone()
}
