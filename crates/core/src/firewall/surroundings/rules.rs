//! Routing rules, as `ip -j rule` writes them. Whatever a rule says that is not known here becomes
//! something that it asks besides, so that it may hold or not.

use std::fmt::Write as _;

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::read::{hexadecimal, list, prefix, trouble};
use super::{RoutingAction, RoutingRule};
use crate::firewall::addresses::Family;
use crate::firewall::model::Trouble;
use crate::firewall::snapshot::{Input, Snapshot};

/// What a rule bears that has no say in whether it holds or where it leads.
const IDLE: [&str; 6] =
    ["protocol", "realms", "flow_from", "flow_to", "iif_detached", "oif_detached"];

/// All rules of a family, in their order; `None`: not told, or damaged.
pub(super) fn read(
    snapshot: &Snapshot,
    family: Family,
    troubles: &mut Vec<Trouble>,
) -> Option<Vec<RoutingRule>> {
    let input = match family {
        Family::V4 => Input::Rules4,
        Family::V6 => Input::Rules6,
    };
    let told: Vec<Map<String, Value>> = list(snapshot, input, troubles)?;
    let mut rules = Vec::with_capacity(told.len());
    for (at, told) in told.into_iter().enumerate() {
        let Some(rule) = rule(family, told) else {
            troubles.push(trouble(input, format!("rule {} cannot be read", at + 1)));
            return None;
        };
        rules.push(rule);
    }
    // Rules of one priority stay in the order in which the kernel told them.
    rules.sort_by_key(|rule| rule.priority);
    Some(rules)
}

fn rule(family: Family, mut told: Map<String, Value>) -> Option<RoutingRule> {
    let priority = match told.remove("priority") {
        Some(priority) => u32::try_from(priority.as_u64()?).ok()?,
        None => 0,
    };
    let negated = told.remove("not").is_some();
    let from = end(family, &mut told, "src", "srclen")?;
    let to = end(family, &mut told, "dst", "dstlen")?;
    let mark = match words(&mut told, "fwmark") {
        Some(mark) => {
            let mask = words(&mut told, "fwmask");
            let mask = mask.map_or(Some(u32::MAX), |mask| hexadecimal(&mask))?;
            Some((hexadecimal(&mark)?, mask))
        }
        None => None,
    };
    let incoming = words(&mut told, "iif");
    let outgoing = words(&mut told, "oif");
    let suppress = told.remove("suppress_prefixlen").and_then(|length| length.as_u64());
    let suppress = suppress.and_then(|length| u8::try_from(length).ok());
    let protocol = words(&mut told, "ipproto");
    let mut does = action(&mut told);
    for idle in IDLE {
        told.remove(idle);
    }
    let mut besides: Vec<String> = told.iter().map(|(name, value)| asks(name, value)).collect();
    // Only TCP is ruled on.
    match protocol.as_deref() {
        None | Some("tcp" | "6") => {}
        Some(_) if !negated => does = RoutingAction::Nothing,
        Some(other) => besides.push(format!("ipproto {other}")),
    }
    let besides = (!besides.is_empty()).then(|| besides.join(" "));
    let mut rule = RoutingRule {
        priority,
        text: String::new(),
        negated,
        from,
        to,
        mark,
        incoming,
        outgoing,
        besides,
        suppress,
        does,
    };
    rule.text = text(&rule, protocol.as_deref());
    Some(rule)
}

/// A word, whatever JSON makes of it.
fn words(told: &mut Map<String, Value>, name: &str) -> Option<String> {
    match told.remove(name)? {
        Value::String(word) => Some(word),
        other => Some(other.to_string()),
    }
}

/// `"src": "10.0.0.0", "srclen": 8`; `all`: none.
fn end(
    family: Family,
    told: &mut Map<String, Value>,
    address: &str,
    length: &str,
) -> Option<Option<IpNet>> {
    let length = told.remove(length).and_then(|length| length.as_u64());
    match words(told, address).as_deref() {
        None | Some("all") => Some(None),
        Some(text) => {
            let whole = prefix(family, text)?;
            let length =
                length.map_or(Some(whole.prefix_len()), |length| u8::try_from(length).ok())?;
            Some(Some(IpNet::new(whole.addr(), length).ok()?.trunc()))
        }
    }
}

fn action(told: &mut Map<String, Value>) -> RoutingAction {
    let named = words(told, "action");
    let table = words(told, "table");
    if told.remove("nop").is_some() {
        return RoutingAction::Nothing;
    }
    if let Some(goto) = told.remove("goto") {
        // A goto without a target goes nowhere.
        let at = goto.as_u64().and_then(|at| u32::try_from(at).ok());
        return at.map_or(RoutingAction::Nothing, RoutingAction::Goto);
    }
    match (named.as_deref(), table) {
        (Some("blackhole"), _) => RoutingAction::Blackhole,
        (Some("unreachable" | "prohibit"), _) => RoutingAction::Refuse,
        (Some("nop"), _) => RoutingAction::Nothing,
        (None | Some("lookup" | "to_tbl"), Some(table)) => RoutingAction::Lookup(table),
        _ => RoutingAction::Lookup(String::new()),
    }
}

fn asks(name: &str, value: &Value) -> String {
    match value {
        Value::Null => name.to_owned(),
        Value::String(word) => format!("{name} {word}"),
        other => format!("{name} {other}"),
    }
}

/// As `ip rule` writes it.
fn text(rule: &RoutingRule, protocol: Option<&str>) -> String {
    let mut text = format!("{}: ", rule.priority);
    if rule.negated {
        text.push_str("not ");
    }
    let net = |net: &IpNet| {
        let one = net.prefix_len() == net.max_prefix_len();
        if one { net.addr().to_string() } else { net.to_string() }
    };
    text.push_str("from ");
    text.push_str(&rule.from.as_ref().map_or_else(|| "all".to_owned(), net));
    let mut add = |word: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, " {word} {value}");
        }
    };
    add("to", rule.to.as_ref().map(net));
    add(
        "fwmark",
        rule.mark.map(|(mark, mask)| match mask {
            u32::MAX => format!("{mark:#x}"),
            _ => format!("{mark:#x}/{mask:#x}"),
        }),
    );
    add("iif", rule.incoming.clone());
    add("oif", rule.outgoing.clone());
    add("ipproto", protocol.map(ToOwned::to_owned));
    if let Some(besides) = &rule.besides {
        let _ = write!(text, " {besides}");
    }
    match &rule.does {
        RoutingAction::Lookup(table) if table.is_empty() => {}
        RoutingAction::Lookup(table) => {
            let _ = write!(text, " lookup {table}");
        }
        RoutingAction::Blackhole => text.push_str(" blackhole"),
        RoutingAction::Refuse => text.push_str(" unreachable"),
        RoutingAction::Goto(at) => {
            let _ = write!(text, " goto {at}");
        }
        RoutingAction::Nothing => {}
    }
    if let Some(length) = rule.suppress {
        let _ = write!(text, " suppress_prefixlength {length}");
    }
    text
}
