//! firewalld keeps each zone in a file of its own, and direct rules in `direct.xml`.
//!
//! A chain's name says the zone: `filter_IN_public_deny` holds what `public.xml` refuses. One line of XML is
//! read at a time, as firewalld writes it.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::super::model::Backend;
use super::super::super::ruling::RuleAt;
use super::super::super::snapshot::Snapshot;
use super::spelling::spelled;
use super::{Line, is_ipv6, lines};

/// The host's own zones stand before those of the package.
const FOLDERS: [&str; 2] = ["/etc/firewalld", "/usr/lib/firewalld"];

/// The line of a zone's rule: where a rich rule says for whom it is, or the zone's target.
pub(super) fn rule(snapshot: &Snapshot, rule: &RuleAt) -> Option<Line> {
    let chain = rule.at.chain.as_str();
    let chain =
        if rule.at.backend == Backend::Nft { chain.strip_prefix("filter_")? } else { chain };
    let of = ["IN_", "FWD_", "FWDI_"].iter().find_map(|prefix| chain.strip_prefix(prefix))?;
    let (folder, of) = match of.strip_prefix("policy_") {
        Some(policy) => ("policies", policy),
        None => ("zones", of),
    };
    let stages = ["_pre", "_log", "_deny", "_allow", "_post"];
    let stage = stages.iter().find_map(|stage| of.strip_suffix(stage));
    let name = stage.unwrap_or(of);
    let path = |folder_of: &str| format!("{folder_of}/{folder}/{name}.xml");
    let path = FOLDERS.iter().map(|it| path(it)).find(|path| snapshot.files.contains_key(path))?;
    let lines = lines(snapshot, &path);
    let does = Action::of(&rule.text)?;
    if stage.is_some() { rich_rule(&lines, rule, does) } else { target(&lines, does) }
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Drop,
    Reject,
}

impl Action {
    fn of(text: &str) -> Option<Action> {
        let mut words = text.split(' ');
        words.find_map(|word| match word {
            "drop" | "DROP" => Some(Action::Drop),
            "reject" | "REJECT" => Some(Action::Reject),
            _ => None,
        })
    }
}

/// `<zone target="DROP">`
fn target(lines: &[Line], does: Action) -> Option<Line> {
    let line = lines
        .iter()
        .find(|line| line.text.starts_with("<zone") || line.text.starts_with("<policy"))?;
    let matches = match attribute(&line.text, "target")? {
        "DROP" => does == Action::Drop,
        "REJECT" | "%%REJECT%%" => does == Action::Reject,
        _ => false,
    };
    matches.then(|| line.clone())
}

/// The one rich rule that does this to these sources.
fn rich_rule(lines: &[Line], rule: &RuleAt, does: Action) -> Option<Line> {
    let set = rule.set.as_deref().or_else(|| named_set(&rule.text));
    let source = rule.text.split([' ', ',']).find_map(prefix);
    if rule.text.contains("!=") || rule.text.contains("! -s") {
        return None;
    }
    let mut found: Option<&Line> = None;
    let mut inside = false;
    let mut here: Option<&Line> = None;
    for line in lines {
        let text = line.text.as_str();
        if text.starts_with("<rule") {
            inside = true;
            here = None;
        }
        let not = attribute(text, "invert").is_some_and(|it| !it.eq_ignore_ascii_case("false"));
        if inside && text.starts_with("<source ") && !not {
            let of_set = set.is_some() && attribute(text, "ipset") == set;
            let address = attribute(text, "address").and_then(prefix);
            let of_address = set.is_none() && source.is_some() && address == source;
            here = (of_set || of_address).then_some(line);
        }
        let acts = match does {
            Action::Drop => text.starts_with("<drop"),
            Action::Reject => text.starts_with("<reject"),
        };
        if inside
            && acts
            && let Some(here) = here
        {
            if found.is_some() {
                // Two rules for the same: either may have made it.
                return None;
            }
            found = Some(here);
        }
        inside &= !text.starts_with("</rule");
    }
    found.cloned()
}

/// The line of a direct rule.
pub(super) fn direct(snapshot: &Snapshot, rule: &RuleAt) -> Option<Line> {
    if rule.at.backend == Backend::Nft {
        return None;
    }
    let wanted = spelled(&rule.text)?;
    let family = if is_ipv6(&rule.at) { "ipv6" } else { "ipv4" };
    let chain = rule.at.chain.trim_end_matches("_direct");
    lines(snapshot, "/etc/firewalld/direct.xml").into_iter().find(|line| {
        let arguments = || line.text.split_once('>')?.1.strip_suffix("</rule>");
        let is = |name, value| attribute(&line.text, name) == Some(value);
        line.text.starts_with("<rule ")
            && is("ipv", family)
            && is("table", rule.at.table.as_str())
            && is("chain", chain)
            && arguments().and_then(spelled).is_some_and(|found| found.same(&wanted))
    })
}

/// The set that a rule asks: `ip saddr @bad`, `--match-set bad src`.
fn named_set(text: &str) -> Option<&str> {
    let mut words = text.split(' ').filter_map(|word| word.strip_prefix('@'));
    words.next().or_else(|| super::super::marks::set_of(text))
}

fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let begin = text.find(&format!(" {name}=\""))? + name.len() + 3;
    text[begin..].split('"').next()
}

fn prefix(word: &str) -> Option<IpNet> {
    let alone = || word.parse::<IpAddr>().ok().map(IpNet::from);
    Some(word.parse::<IpNet>().ok().or_else(alone)?.trunc())
}
