//! The way from the edge to the origin, as the account has it: which addresses, and in which SSL mode.
//!
//! Cloudflare's order: a load balancer answers for its host before any record; an origin rule changes where
//! the edge connects, before a page rule does; of configuration rules that fit the last one holds, before a page
//! rule and before the zone's setting; of page rules that fit the first one holds. Whatever cannot be
//! decided for this site is not told.

use std::net::IpAddr;

use serde_json::Value;

use super::{
    AccountAnswer, AccountQuestion, DnsRecord, LoadBalancer, PageRule, Pool, Rule, RulesPhase,
    Setting, ZoneSeen, expression, pattern,
};
use crate::target::{Origin, Ruled, Site, SslMode, Target};

/// More origins are not asked.
const MOST_ORIGINS: usize = 8;
/// Longer chains of names are not followed.
const LONGEST_CHAIN: usize = 8;

/// What the account told of the way to one site's origin; each part may be missing.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    target: &'a Target,
    zone: Option<&'a ZoneSeen>,
    ssl: Option<&'a Setting>,
    origin_rules: Option<&'a [Rule]>,
    config_rules: Option<&'a [Rule]>,
    page_rules: Option<&'a [PageRule]>,
    balancers: Option<&'a [LoadBalancer]>,
    pools: Option<&'a [Pool]>,
    answers: &'a [(AccountQuestion, AccountAnswer)],
    outside: Option<(&'a str, &'a [IpAddr])>,
}

/// What sets the SSL mode for a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy<'a> {
    /// The zone's own setting.
    Zone,
    /// A page rule.
    PageRule(&'a PageRule),
    /// A configuration rule.
    ConfigRule(&'a Rule),
}

impl SetBy<'_> {
    /// The rule: its kind, its id, and its owner's words or its pattern. `None`: no rule does.
    #[must_use]
    pub fn rule(&self) -> Option<(&'static str, &str, &str)> {
        match self {
            SetBy::Zone => None,
            SetBy::PageRule(rule) => {
                let pattern = rule.targets.first().map_or("", |to| to.constraint.value.as_str());
                Some(("page rule", &rule.id, pattern))
            }
            SetBy::ConfigRule(rule) => Some(("configuration rule", &rule.id, &rule.description)),
        }
    }
}

impl<'a> Way<'a> {
    /// Lays out what was answered about a site.
    #[must_use]
    pub fn of(target: &'a Target, answers: &'a [(AccountQuestion, AccountAnswer)]) -> Way<'a> {
        let mut way = Way {
            target,
            zone: None,
            ssl: None,
            origin_rules: None,
            config_rules: None,
            page_rules: None,
            balancers: None,
            pools: None,
            answers,
            outside: None,
        };
        for (question, answer) in answers {
            match (question, answer) {
                (_, AccountAnswer::Zone { zone }) => way.zone = zone.as_deref(),
                (AccountQuestion::Setting { name }, AccountAnswer::Setting { setting })
                    if name == "ssl" =>
                {
                    way.ssl = Some(setting);
                }
                (
                    AccountQuestion::Rules { phase: RulesPhase::HttpRequestOrigin },
                    AccountAnswer::Rules { rules },
                ) => way.origin_rules = Some(rules),
                (
                    AccountQuestion::Rules { phase: RulesPhase::HttpConfigSettings },
                    AccountAnswer::Rules { rules },
                ) => way.config_rules = Some(rules),
                (_, AccountAnswer::PageRules { rules }) => way.page_rules = Some(rules),
                (_, AccountAnswer::LoadBalancers { balancers }) => way.balancers = Some(balancers),
                (_, AccountAnswer::Pools { pools }) => way.pools = Some(pools),
                _ => {}
            }
        }
        way
    }

    /// The same, with the addresses that a resolver told of a name outside of the zone.
    #[must_use]
    pub fn resolving(self, name: &'a str, addresses: &'a [IpAddr]) -> Way<'a> {
        Way { outside: Some((name, addresses)), ..self }
    }

    /// The name outside of the zone that the site's proxied record leads to: whoever resolves it learns what
    /// the edge dials. `None`: there is none, or it was not told.
    #[must_use]
    pub fn outside(&self) -> Option<String> {
        let zone = self.zone.filter(|zone| !zone.paused)?.name.to_lowercase();
        let mut name = self.target.site.host.clone();
        for _ in 0..LONGEST_CHAIN {
            let of_site = name == self.target.site.host;
            let Some(records) = self.records(&name) else {
                let within = name == zone || name.ends_with(&format!(".{zone}"));
                return (!within && !name.ends_with(".cfargotunnel.com")).then_some(name);
            };
            let alias = records.iter().filter(|record| record.proxied || !of_site);
            let alias = alias.into_iter().find(|record| record.kind == "CNAME")?;
            name = alias.content.trim_end_matches('.').to_lowercase();
        }
        None
    }

    /// The SSL mode that holds for the site; `None`: not told, or not to be decided.
    #[must_use]
    pub fn mode(&self) -> Option<SslMode> {
        self.mode_set_by().map(|(mode, _)| mode)
    }

    /// The same, with what sets it for this site.
    #[must_use]
    pub fn mode_set_by(&self) -> Option<(SslMode, SetBy<'a>)> {
        let site = &self.target.site;
        let mut by = SetBy::Zone;
        let mut mode: Option<SslMode> = self.ssl.and_then(Setting::word).and_then(mode_of);
        let value = |rule: &PageRule| {
            mode_of(rule.actions.iter().find(|action| action.id == "ssl")?.value.as_str()?)
        };
        for (rule, fits) in first_page_rules(self.page_rules.unwrap_or_default(), site) {
            match (value(rule), fits) {
                // The first that fits ends the search, whatever it sets; before it, one that may fit.
                (Some(set), true) => (mode, by) = (Some(set), SetBy::PageRule(rule)),
                (Some(set), false) if mode == Some(set) => {}
                (Some(_), false) => mode = None,
                (None, _) => {}
            }
        }
        for rule in self.config_rules.unwrap_or_default().iter().filter(|rule| rule.enabled) {
            let Some(told) = rule.action_parameters.get("ssl").and_then(Value::as_str) else {
                continue;
            };
            let set = mode_of(told);
            match expression::decides(&rule.expression, site) {
                Some(true) => (mode, by) = (set, SetBy::ConfigRule(rule)),
                Some(false) => {}
                None if mode == set => {}
                None => mode = None,
            }
        }
        Some((mode?, by))
    }

    /// Addresses that the edge dials for the site; empty: a tunnel or a name leads there, nothing was told,
    /// or it cannot be decided.
    ///
    /// Never Cloudflare's own addresses and never ones that nobody reaches over the Internet: what answers
    /// at those here is somebody else than what the edge would find. `known`: addresses of which somebody
    /// said where they are.
    #[must_use]
    pub fn origins(&self, known: impl Fn(IpAddr) -> bool) -> Vec<Origin> {
        if self.zone.is_some_and(|zone| zone.paused) {
            return Vec::new();
        }
        match self.overrides() {
            Some((elsewhere, port)) => self.dialled_by(elsewhere.as_deref(), port, known),
            None => Vec::new(),
        }
    }

    /// What rules of the zone that are, or may be, for the site make of the way, and whom the edge would
    /// dial without them; `None`: no rule changes how the edge asks.
    #[must_use]
    pub fn ruled(&self, known: impl Fn(IpAddr) -> bool) -> Option<Ruled> {
        if self.zone.is_some_and(|zone| zone.paused) {
            return None;
        }
        let changes = match self.overrides() {
            None => true,
            Some((host, port)) => host.is_some() || port.is_some(),
        };
        let (host_header, sni) = self.names();
        let ruled = Ruled { sni, host_header, without: Vec::new() };
        (changes || ruled != Ruled::default())
            .then(|| Ruled { without: self.dialled_by(None, None, known), ..ruled })
    }

    /// The names that rules have the edge ask under: in the Host header, and in the hello. Another Host is
    /// the hello's name as well, unless that is set apart (rules/origin-rules/features, read 2026-11).
    fn names(&self) -> (Option<String>, Option<String>) {
        let (mut header, mut sni) = (None, None);
        let rules = self.origin_rules.unwrap_or_default();
        for rule in rules.iter().filter(|rule| rule.enabled && rule.action == "route") {
            if expression::decides(&rule.expression, &self.target.site) != Some(true) {
                continue;
            }
            let set = |value: Option<&Value>| {
                let name = value?.as_str()?.trim_end_matches('.').to_ascii_lowercase();
                is_name(&name).then_some(name)
            };
            let told = &rule.action_parameters;
            header = set(told.get("host_header")).or(header);
            sni = set(told.get("sni").and_then(|sni| sni.get("value"))).or(sni);
        }
        let sni = sni.or_else(|| header.clone());
        let differs = |name: &String| *name != self.target.site.host;
        (header.filter(differs), sni.filter(differs))
    }

    /// The addresses that the edge dials where rules set this host and port.
    fn dialled_by(
        &self,
        elsewhere: Option<&str>,
        port: Option<u16>,
        known: impl Fn(IpAddr) -> bool,
    ) -> Vec<Origin> {
        let found: Vec<(IpAddr, Option<u16>)> = match elsewhere {
            Some(elsewhere) => match elsewhere.parse() {
                Ok(address) => vec![(address, port)],
                Err(_) => self.dialled(elsewhere).into_iter().map(|to| (to, port)).collect(),
            },
            None => match self.balanced() {
                Some(origins) => origins.into_iter().map(|(to, own)| (to, own.or(port))).collect(),
                None => {
                    let host = &self.target.site.host;
                    self.dialled(host).into_iter().map(|to| (to, port)).collect()
                }
            },
        };
        let mut origins: Vec<Origin> = Vec::new();
        for (address, port) in found {
            let address = address.to_canonical();
            let origin = Origin { address, port };
            let fits =
                (is_reachable(address) || known(address)) && !self.target.ranges.contains(address);
            if fits && !origins.contains(&origin) && origins.len() < MOST_ORIGINS {
                origins.push(origin);
            }
        }
        origins
    }

    /// Whether the site's record leads to a tunnel.
    #[must_use]
    pub fn is_tunnel(&self) -> bool {
        let mut records = self.records(&self.target.site.host).into_iter().flatten();
        records.any(|record| record.proxied && record.tunnel().is_some())
    }

    /// What rules put in the place of the record: another host, another port. `None`: not to be decided.
    fn overrides(&self) -> Option<(Option<String>, Option<u16>)> {
        let site = &self.target.site;
        let (mut host, mut port) = (None, None);
        for (rule, fits) in first_page_rules(self.page_rules.unwrap_or_default(), site) {
            let set = rule.actions.iter().find(|action| action.id == "resolve_override");
            match (set.and_then(|action| action.value.as_str()), fits) {
                (Some(set), true) => host = Some(set.to_owned()),
                (Some(_), false) => return None,
                (None, _) => {}
            }
        }
        let rules = self.origin_rules.unwrap_or_default();
        for rule in rules.iter().filter(|rule| rule.enabled && rule.action == "route") {
            let Some(origin) = rule.action_parameters.get("origin") else { continue };
            match expression::decides(&rule.expression, site) {
                Some(true) => {}
                Some(false) => continue,
                None => return None,
            }
            if let Some(set) = origin.get("host").and_then(Value::as_str) {
                host = Some(set.to_owned());
            }
            let set = origin.get("port").and_then(Value::as_u64);
            if let Some(set) = set.and_then(|port| u16::try_from(port).ok()) {
                port = Some(set);
            }
        }
        Some((host, port.filter(|port| *port != 0)))
    }

    /// The origins of the load balancer that answers for the host; `None`: there is none.
    fn balanced(&self) -> Option<Vec<(IpAddr, Option<u16>)>> {
        let host = &self.target.site.host;
        let at_work = |one: &&LoadBalancer| {
            one.enabled != Some(false) && one.proxied && one.name.eq_ignore_ascii_case(host)
        };
        let balancer = self.balancers?.iter().find(at_work)?;
        let pools = self.pools.unwrap_or_default();
        let of_pool = |id: &String| -> Vec<(IpAddr, Option<u16>)> {
            let pool = pools.iter().find(|pool| pool.id == *id && pool.enabled != Some(false));
            let origins = pool.into_iter().flat_map(|pool| &pool.origins);
            let at_work = origins.filter(|origin| origin.enabled != Some(false));
            let to = |origin: &super::PoolOrigin| {
                Some((origin.address.parse().ok()?, origin.port.filter(|port| *port != 0)))
            };
            at_work.filter_map(to).collect()
        };
        let mut origins: Vec<_> = balancer.default_pools.iter().flat_map(of_pool).collect();
        if origins.is_empty() {
            origins = of_pool(&balancer.fallback_pool);
        }
        Some(origins)
    }

    /// The addresses that a name of the zone leads to; for the site's own only proxied records count.
    fn dialled(&self, name: &str) -> Vec<IpAddr> {
        let mut name = name.trim_end_matches('.').to_lowercase();
        for _ in 0..LONGEST_CHAIN {
            let of_site = name == self.target.site.host;
            let Some(records) = self.records(&name) else {
                let told = self.outside.filter(|(outside, _)| *outside == name);
                return told.map(|(_, addresses)| addresses.to_vec()).unwrap_or_default();
            };
            let counts = |record: &&DnsRecord| record.proxied || !of_site;
            let alias = records.iter().filter(counts).find(|record| record.kind == "CNAME");
            match alias {
                Some(alias) => name = alias.content.trim_end_matches('.').to_lowercase(),
                None => {
                    let address =
                        |record: &&DnsRecord| matches!(record.kind.as_str(), "A" | "AAAA");
                    let addresses = records.iter().filter(counts).filter(address);
                    return addresses.filter_map(|record| record.content.parse().ok()).collect();
                }
            }
        }
        Vec::new()
    }

    /// The records of a name, where they were asked.
    fn records(&self, name: &str) -> Option<&'a [DnsRecord]> {
        self.answers.iter().find_map(|(question, answer)| match (question, answer) {
            (AccountQuestion::Records { name: asked }, AccountAnswer::Records { records })
                if asked.eq_ignore_ascii_case(name) =>
            {
                Some(records.as_slice())
            }
            _ => None,
        })
    }
}

/// Page rules that may hold for the site, those of less weight first: the one that surely fits, and those
/// before it of which it cannot be told (`false`).
fn first_page_rules<'a>(rules: &'a [PageRule], site: &Site) -> Vec<(&'a PageRule, bool)> {
    let mut active: Vec<&PageRule> = rules.iter().filter(|rule| rule.status == "active").collect();
    active.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    let mut found = Vec::new();
    for rule in active {
        let fits: Vec<Option<bool>> =
            rule.targets.iter().map(|to| pattern::fits(&to.constraint.value, site)).collect();
        if fits.contains(&Some(true)) {
            found.push((rule, true));
            break;
        }
        if fits.contains(&None) {
            found.push((rule, false));
        }
    }
    found.reverse();
    found
}

/// Whether a text can stand in a Host header and a hello as it is.
fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !text.is_empty() && text.len() <= 253 && text.bytes().all(fits)
}

fn mode_of(word: &str) -> Option<SslMode> {
    word.parse().ok()
}

/// Whether an address can be one of the Internet. Those for documentation count as such: tests and lab use
/// them for it.
fn is_reachable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || shared
                || a == 0
                || a >= 240)
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            // 100::/64 is where Cloudflare's own manual lets records lead that need no origin.
            let nowhere = v6.segments()[..4] == [0x100, 0, 0, 0];
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || first & 0xffc0 == 0xfe80
                || nowhere)
        }
    }
}

#[cfg(test)]
mod tests;
