//! Chains, and whether a table is one of iptables'.

use super::super::model::{Backend, Base, BaseKind, Chain, Hook, Policy, Table, TableFamily};
use super::tree::{Object, Tree};

/// A chain without its rules. `None`: not understood. `devices`: as the text lists them.
pub(super) fn read(object: &Object<'_>, family: TableFamily, devices: &[String]) -> Option<Chain> {
    let name = object.text("name")?.to_owned();
    let known = [
        "family", "table", "name", "handle", "type", "hook", "prio", "policy", "dev", "comment",
        "newname", "flags",
    ];
    if !object.has_only(&known) {
        return None;
    }
    let Some(hook) = object.get("hook") else {
        return Some(Chain { name, base: None, rules: Vec::new() });
    };
    let hook = match hook.text()? {
        "ingress" => Hook::Ingress,
        "prerouting" => Hook::Prerouting,
        "input" => Hook::Input,
        "forward" => Hook::Forward,
        "output" => Hook::Output,
        "postrouting" => Hook::Postrouting,
        "egress" => Hook::Egress,
        _ => return None,
    };
    let kind = match object.text("type").unwrap_or("filter") {
        "filter" => BaseKind::Filter,
        "nat" => BaseKind::Nat,
        "route" => BaseKind::Route,
        _ => return None,
    };
    let policy = match object.text("policy").unwrap_or("accept") {
        "accept" => Policy::Accept,
        "drop" => Policy::Drop,
        _ => return None,
    };
    let priority = priority(object.get("prio")?, family)?;
    let devices = match object.get("dev") {
        Some(dev) => dev.words()?.into_iter().map(str::to_owned).collect(),
        None => devices.to_vec(),
    };
    let base = Base { kind, hook, priority, policy, devices };
    Some(Chain { name, base: Some(base), rules: Vec::new() })
}

/// A priority by its number, its name, or its name and a distance: `dstnat + 5`.
fn priority(tree: &Tree<'_>, family: TableFamily) -> Option<i32> {
    let text = match tree {
        Tree::Number(number) => return i32::try_from(*number).ok(),
        _ => tree.text()?,
    };
    if let Ok(number) = text.trim().parse() {
        return Some(number);
    }
    let (name, more) = match text.find(['+', '-']) {
        Some(at) => {
            let more: i32 = text[at + 1..].trim().parse().ok()?;
            (&text[..at], if text.as_bytes()[at] == b'-' { more.checked_neg()? } else { more })
        }
        None => (text, 0),
    };
    let bridge = family == TableFamily::Bridge;
    let base = match name.trim() {
        "raw" => -300,
        "mangle" => -150,
        "dstnat" if bridge => -300,
        "dstnat" => -100,
        "filter" if bridge => -200,
        "filter" => 0,
        "out" => 100,
        "security" => 50,
        "srcnat" if bridge => 300,
        "srcnat" => 100,
        _ => return None,
    };
    i32::checked_add(base, more)
}

/// Who holds a table: iptables, where all of its base chains stand where iptables puts them.
pub(super) fn backend(table: &Table) -> Backend {
    let mut bases = table.chains.iter().filter_map(|chain| Some((chain, chain.base.as_ref()?)));
    let family = matches!(table.family, TableFamily::Ip | TableFamily::Ip6);
    let has_any = table.chains.iter().any(|chain| chain.base.is_some());
    let all = bases.all(|(chain, base)| is_of_iptables(&table.name, &chain.name, base));
    if family && has_any && all { Backend::IptablesNft } else { Backend::Nft }
}

fn is_of_iptables(table: &str, chain: &str, base: &Base) -> bool {
    let hook = match chain {
        "PREROUTING" => Hook::Prerouting,
        "INPUT" => Hook::Input,
        "FORWARD" => Hook::Forward,
        "OUTPUT" => Hook::Output,
        "POSTROUTING" => Hook::Postrouting,
        _ => return false,
    };
    let priority = match (table, hook) {
        ("filter", _) => 0,
        ("raw", _) => -300,
        ("mangle", _) => -150,
        ("security", _) => 50,
        ("nat", Hook::Prerouting | Hook::Output) => -100,
        ("nat", _) => 100,
        _ => return false,
    };
    let kind = match (table, hook) {
        ("nat", _) => BaseKind::Nat,
        ("mangle", Hook::Output) => BaseKind::Route,
        _ => BaseKind::Filter,
    };
    base.hook == hook && base.priority == priority && base.kind == kind
}
