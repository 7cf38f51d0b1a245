//! The names that each manager gives to its tables, chains, sets and interfaces.
//!
//! Sources: the rules that ufw 0.36, firewalld 1.3, fail2ban 1.0, crowdsec-firewall-bouncer 0.0.25, dockerd 20.10
//! wrote themselves; Docker's own pages of its rules for 28 and 29; csf's script; kube-proxy's source.

use super::super::model::{Backend, Table};
use super::Manager;

/// The chains of csf that no other program has.
const OF_CSF: [&str; 12] = [
    "LOCALINPUT",
    "LOCALOUTPUT",
    "DENYIN",
    "DENYOUT",
    "ALLOWIN",
    "ALLOWOUT",
    "GALLOWIN",
    "GALLOWOUT",
    "GDENYIN",
    "GDENYOUT",
    "LOGDROPIN",
    "LOGDROPOUT",
];

/// Whose a table is by its name; only nft's tables have names of their own.
#[must_use]
pub fn of_table(backend: Backend, name: &str) -> Option<Manager> {
    if backend != Backend::Nft {
        return None;
    }
    match name {
        "docker-bridges" => Some(Manager::Docker),
        "kube-proxy" | "calico" | "cilium" => Some(Manager::Kubernetes),
        _ if name.starts_with("firewalld") => Some(Manager::Firewalld),
        _ if name.starts_with("f2b-") => Some(Manager::Fail2ban),
        _ if name.starts_with("crowdsec") => Some(Manager::Crowdsec),
        _ => None,
    }
}

/// Whose a chain is by its name; a base chain of a name that everybody uses is nobody's.
#[must_use]
pub fn of_chain(table: &Table, name: &str) -> Option<Manager> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if begins(&["ufw-", "ufw6-"]) {
        Some(Manager::Ufw)
    } else if begins(&["f2b-", "fail2ban-"]) {
        Some(Manager::Fail2ban)
    } else if begins(&["crowdsec", "CROWDSEC"]) {
        Some(Manager::Crowdsec)
    } else if name == "DOCKER" || begins(&["DOCKER-", "DOCKER_"]) {
        Some(Manager::Docker)
    } else if begins(&["KUBE-", "cali-", "CILIUM_", "CILIUM-", "OLD_CILIUM_", "FLANNEL-"]) {
        Some(Manager::Kubernetes)
    } else if is_csfs(table) && !is_builtin(name) {
        Some(Manager::Csf)
    } else if is_firewallds(table, name) {
        Some(Manager::Firewalld)
    } else {
        None
    }
}

/// Whose a set is by its name.
#[must_use]
pub fn of_set(name: &str) -> Option<Manager> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if begins(&["f2b-", "fail2ban-"]) {
        Some(Manager::Fail2ban)
    } else if begins(&["crowdsec"]) {
        Some(Manager::Crowdsec)
    } else if begins(&["KUBE-", "cali40", "cali60"]) {
        Some(Manager::Kubernetes)
    } else {
        None
    }
}

/// The ipset that a rule of iptables asks.
#[must_use]
pub fn set_of(text: &str) -> Option<&str> {
    text.split_once("--match-set ")?.1.split(' ').next()
}

/// Whether csf wrote this table of iptables: it fills the built-in chains too.
#[must_use]
pub fn is_csfs(table: &Table) -> bool {
    table.backend != Backend::Nft
        && table.name == "filter"
        && ["LOCALINPUT", "LOCALOUTPUT"].iter().all(|name| table.chain(name).is_some())
        && table.chains.iter().any(|chain| OF_CSF[2..].contains(&chain.name.as_str()))
}

/// Whether firewalld fills the built-in chains of this table of iptables (`FirewallBackend=iptables`).
#[must_use]
pub fn holds_zones(table: &Table) -> bool {
    table.backend != Backend::Nft
        && table.chains.iter().any(|chain| {
            chain.name.ends_with("_ZONES") && is_builtin(chain.name.trim_end_matches("_ZONES"))
        })
}

/// Whether firewalld writes such a rule around its zones: it asks for states, the loopback, and for IPv6's own
/// needs, never for a client or a port.
#[must_use]
pub fn frames_zones(text: &str) -> bool {
    let asks = [" -s ", "saddr ", "-p tcp", "tcp ", "-p udp", "udp ", "--match-set"];
    asks.iter().all(|asks| !text.contains(asks))
}

/// Whether a rule asks for an interface that Docker makes.
#[must_use]
pub fn names_dockers_interface(text: &str) -> bool {
    let bridge = |word: &str| {
        word == "docker0"
            || word == "docker_gwbridge"
            || word
                .strip_prefix("br-")
                .is_some_and(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    text.split([' ', '"']).any(bridge)
}

/// Whether a rule translates what somebody sends to himself: Docker writes one for each published port.
#[must_use]
pub fn is_hairpin(text: &str) -> bool {
    let addresses = || text.split(' ').filter(|word| word.contains(['.', ':']));
    let twice = addresses().any(|one| addresses().filter(|other| *other == one).count() == 2);
    twice && text.to_lowercase().contains("masquerade")
}

/// Whether a rule is for the loopback, as iptables or nft writes it.
#[must_use]
pub fn is_for_loopback(text: &str) -> bool {
    let mut words = text.split([' ', '"']).filter(|word| !word.is_empty());
    words.any(|word| matches!(word, "-i" | "-o" | "iifname" | "oifname"))
        && words.next() == Some("lo")
}

/// Whether iptables itself has a chain of this name.
#[must_use]
pub fn is_builtin(name: &str) -> bool {
    matches!(name, "INPUT" | "OUTPUT" | "FORWARD" | "PREROUTING" | "POSTROUTING")
}

fn is_firewallds(table: &Table, name: &str) -> bool {
    if table.backend == Backend::Nft {
        return false;
    }
    // Direct rules have these chains with either back end of firewalld.
    if name.strip_suffix("_direct").is_some_and(is_builtin) {
        return true;
    }
    let parts = ["IN_", "FWD_", "FWDI_", "FWDO_", "PRE_", "POST_", "OUT_"];
    let stages = ["_ZONES", "_ZONES_SOURCE", "_IN_ZONES", "_OUT_ZONES", "_POLICIES_"];
    (parts.iter().any(|part| name.starts_with(part))
        || stages.iter().any(|stage| name.contains(stage)))
        && holds_zones(table)
}
