//! What the kernel did held against what rayfix says it does.

use std::fmt::Write as _;
use std::net::IpAddr;

use ipnet::IpNet;
use rayfix_core::firewall::model::{Backend, How};
use rayfix_core::firewall::ruling::{ChainAt, Decider, Piece, RuleAt};
use rayfix_core::firewall::{Asked, Outcome, Rulings};
use rayfix_core::ranges::Ranges;

use super::fate::{Fate, Probe};

/// What is asked of rayfix: every address, Cloudflare's ranges first.
#[must_use]
pub fn asked(ports: &[u16]) -> Asked {
    let mut ranges = Ranges::built_in().prefixes().to_vec();
    ranges
        .extend(["0.0.0.0/0", "::/0"].map(|all| all.parse::<IpNet>().expect("it is well-formed")));
    Asked { ranges, ports: ports.to_vec(), to: None, interface: None }
}

/// The pieces that speak of a connection: each range that holds its source has one.
pub fn pieces<'a>(rulings: &'a Rulings, probe: &Probe) -> Vec<&'a Piece> {
    let about = |range: &IpNet| range.contains(&probe.from);
    let rulings = rulings.rulings.iter().filter(|one| one.port == probe.port && about(&one.range));
    rulings.flat_map(|one| &one.pieces).filter(|piece| about(&piece.prefix)).collect()
}

/// How they agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// They do.
    Agrees,
    /// rayfix cannot tell.
    Untold,
    /// They do not.
    Differs,
    /// rayfix says nothing of this address, or several things.
    Unsaid,
}

/// Whether what rayfix says of a connection is what the kernel did. `nobody`: it says that nobody listens
/// at the port.
#[must_use]
pub fn compare(rulings: &Rulings, nobody: bool, probe: &Probe, fate: Fate) -> Agreement {
    let pieces = pieces(rulings, probe);
    let Some(first) = pieces.first() else { return Agreement::Unsaid };
    if pieces.iter().any(|piece| piece.outcome != first.outcome) {
        return Agreement::Unsaid;
    }
    let agrees = match first.outcome {
        Outcome::Unknown => return Agreement::Untold,
        // What the rules let through is reset by the kernel itself, unless they led it elsewhere.
        Outcome::Accepted | Outcome::Limited if nobody => {
            matches!(fate, Fate::Reset | Fate::Accepted)
        }
        Outcome::Accepted | Outcome::Limited => fate == Fate::Accepted,
        Outcome::Dropped(_) => fate.word() == "dropped",
        Outcome::Rejected(How::Reset) => fate.word() == "reset",
        Outcome::Rejected(How::PortUnreachable) => fate.is_port_unreachable(),
        Outcome::Rejected(How::Unreachable) => fate.word() == "unreachable",
    };
    if agrees { Agreement::Agrees } else { Agreement::Differs }
}

/// Who decides of a connection, told in one line for each.
#[must_use]
pub fn deciders(rulings: &Rulings, probe: &Probe) -> Vec<String> {
    pieces(rulings, probe)
        .first()
        .map_or_else(Vec::new, |piece| piece.by.iter().map(told).collect())
}

/// A decider in one line: `ip bl pre handle 7 set bad: ip saddr @bad drop`.
#[must_use]
pub fn told(by: &Decider) -> String {
    match by {
        Decider::Rule(at) => rule(at),
        Decider::Policy(at) => format!("{} policy", chain(at)),
        Decider::Route(text) => format!("route {text}"),
        Decider::SourceCheck(interface) => format!("rp_filter {interface}"),
        Decider::Nobody { address, port, led_by } => {
            let by = led_by
                .as_ref()
                .map_or_else(String::new, |at| format!(", led there by {}", rule(at)));
            format!("nobody at {} port {port}{by}", shown(*address))
        }
        Decider::Queue(at) => format!("queue without reader: {}", rule(at)),
        Decider::Neighbours(by) => format!("neighbours: {}", told(by)),
        Decider::Untold(what) => format!("untold: {what}"),
    }
}

fn shown(address: IpAddr) -> String {
    if address.is_ipv4() { address.to_string() } else { format!("[{address}]") }
}

fn chain(at: &ChainAt) -> String {
    let legacy = if at.backend == Backend::IptablesLegacy { "legacy " } else { "" };
    format!("{legacy}{} {} {}", at.family.word(), at.table, at.chain)
}

fn rule(at: &RuleAt) -> String {
    let mut told = chain(&at.at);
    if let Some(handle) = at.handle {
        let _ = write!(told, " handle {handle}");
    }
    let _ = write!(told, " rule {}", at.number);
    if let Some(set) = &at.set {
        let _ = write!(told, " set {set}");
    }
    let _ = write!(told, ": {}", at.text);
    told
}
