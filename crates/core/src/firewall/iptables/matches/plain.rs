//! Fields of the packet's header, and what a plain packet has not.

use super::super::super::addresses::Numbers;
use super::super::super::model::{Field, Part};
use super::super::options::Block;
use super::super::rule::{among, never};
use super::super::words::{number, span};

/// `-m ttl`, `-m hl`
pub(super) fn hops(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.options.pop()?;
    let value = number(option.arg()).filter(|value| *value <= 255)?;
    let numbers = match option.name {
        "--ttl-eq" | "--ttl" | "--hl-eq" => Numbers::one(value),
        "--ttl-lt" | "--hl-lt" => {
            value.checked_sub(1).map_or(Numbers::none(), |high| Numbers::of(0, high))
        }
        "--ttl-gt" | "--hl-gt" => Numbers::of(value + 1, 255),
        _ => return None,
    };
    parts.push(Part::Match(among(Field::HopsLeft, numbers, option.negated)));
    Some(())
}

/// `-m length`
pub(super) fn length(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.take("--length")?;
    let numbers = span(option.arg(), ':', 65535)?;
    parts.push(Part::Match(among(Field::Length, numbers, option.negated)));
    Some(())
}

/// `-m dscp`
pub(super) fn dscp(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.take("--dscp")?;
    let value = number(option.arg()).filter(|value| *value < 64)?;
    parts.push(Part::Match(among(Field::Dscp, Numbers::one(value), option.negated)));
    Some(())
}

/// `-m policy`: a packet that comes in plain was under no protection.
pub(super) fn policy(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let dir = block.take("--dir")?;
    let pol = block.take("--pol")?;
    if dir.negated || pol.negated || dir.arg() != "in" {
        return None;
    }
    match pol.arg() {
        "none" => {}
        "ipsec" => {
            block.options.clear();
            parts.push(never());
        }
        _ => return None,
    }
    Some(())
}

/// A header that a plain packet has not: such a match never holds, not even turned round.
pub(super) fn extension(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    block.options.clear();
    parts.push(never());
    Some(())
}

/// `-m ipv6header`: wants at least what it names.
pub(super) fn ipv6header(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.take("--header")?;
    block.has("--soft");
    let lacking = [
        "hop",
        "hop-by-hop",
        "dst",
        "ipv6-opts",
        "route",
        "ipv6-route",
        "frag",
        "ipv6-frag",
        "auth",
        "ah",
        "esp",
        "none",
        "ipv6-nonxt",
    ];
    if option.negated || !option.arg().split(',').any(|name| lacking.contains(&name)) {
        return None;
    }
    parts.push(never());
    Some(())
}
