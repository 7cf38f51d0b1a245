//! Reading JSON and names that `ip` wrote, whatever is missing or cut off.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

use crate::firewall::addresses::Family;
use crate::firewall::model::Trouble;
use crate::firewall::snapshot::{Got, Input, Snapshot};

/// A list that `ip` wrote; `None`: it was not told, or is damaged, which is then among the troubles.
/// What does not exist on the host is an empty list.
pub(super) fn list<'a, T: Deserialize<'a>>(
    snapshot: &'a Snapshot,
    input: Input,
    troubles: &mut Vec<Trouble>,
) -> Option<Vec<T>> {
    let text = match snapshot.inputs.get(&input)? {
        Got::Text(text) => text.trim(),
        Got::Absent => return Some(Vec::new()),
        Got::Missing(_) => return None,
    };
    // `ip` says nothing at all where there is nothing to list.
    if text.is_empty() {
        return Some(Vec::new());
    }
    match serde_json::from_str(text) {
        Ok(list) => Some(list),
        Err(why) => {
            troubles.push(trouble(
                input,
                format!("it is not what `{}` writes: {why}", input.command()),
            ));
            None
        }
    }
}

/// A trouble with an input that holds no rules.
pub(super) fn trouble(input: Input, why: String) -> Trouble {
    Trouble { input: input.file().to_owned(), why, rules_missing: false }
}

/// `default`, `all`, an address, or a prefix.
pub(super) fn prefix(family: Family, text: &str) -> Option<IpNet> {
    let whole = match family {
        Family::V4 => "0.0.0.0/0",
        Family::V6 => "::/0",
    };
    let net = match text {
        "default" | "all" | "any" => whole.parse().ok()?,
        _ => match text.parse::<IpNet>() {
            Ok(net) => net.trunc(),
            Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
        },
    };
    (Family::of(net.addr()) == family).then_some(net)
}

/// `0x10` or `16`.
pub(super) fn hexadecimal(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
