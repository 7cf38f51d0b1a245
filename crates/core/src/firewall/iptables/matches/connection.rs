//! What the kernel remembers of a connection, and marks.

use super::super::super::addresses::Numbers;
use super::super::super::model::{End, Field, Match, Part, Term, With};
use super::super::options::Block;
use super::super::rule::{Around, among, in_prefix, under_mask};
use super::super::words::{MARK, masked, ports, protocol};

/// All states.
const STATES: u128 = 1 | 2 | 4 | 8 | 64;
/// The states of a packet that belongs to no connection: invalid, untracked.
const LOOSE: u128 = 1 | 64;

/// States as bits, and beside them the connection's bits that some names stand for.
fn states(text: &str) -> Option<(u128, u128)> {
    let (mut bits, mut status) = (0, 0);
    for name in text.split(',') {
        match name.to_ascii_uppercase().as_str() {
            "INVALID" => bits |= 1,
            "ESTABLISHED" => bits |= 2,
            "RELATED" => bits |= 4,
            "NEW" => bits |= 8,
            "UNTRACKED" => bits |= 64,
            "SNAT" => status |= 16,
            "DNAT" => status |= 32,
            _ => return None,
        }
    }
    Some((bits, status))
}

fn any_bit(field: Field, bits: u128, negated: bool) -> Match {
    Match { key: vec![Term::of(field)], negated, with: With::AnyBit(bits) }
}

/// `-m state`
pub(super) fn state(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.take("--state")?;
    let (bits, status) = states(option.arg())?;
    if status != 0 {
        return None;
    }
    let bits = if option.negated { STATES & !bits } else { bits };
    parts.push(Part::Match(any_bit(Field::State, bits, false)));
    Some(())
}

/// `-m conntrack`
pub(super) fn conntrack(
    block: &mut Block<'_>,
    around: &Around<'_>,
    parts: &mut Vec<Part>,
) -> Option<()> {
    let state = block.take("--ctstate");
    let mut others = Vec::new();
    for (name, field) in [
        ("--ctorigsrc", Field::OriginalAddress(End::Source)),
        ("--ctorigdst", Field::OriginalAddress(End::Destination)),
        ("--ctreplsrc", Field::ReplyAddress(End::Source)),
        ("--ctrepldst", Field::ReplyAddress(End::Destination)),
    ] {
        if let Some(option) = block.take(name) {
            others.push(in_prefix(around.family, field, option.arg(), option.negated)?);
        }
    }
    for (name, field) in [
        ("--ctorigsrcport", Field::OriginalPort(End::Source)),
        ("--ctorigdstport", Field::OriginalPort(End::Destination)),
        ("--ctreplsrcport", Field::ReplyPort(End::Source)),
        ("--ctrepldstport", Field::ReplyPort(End::Destination)),
    ] {
        if let Some(option) = block.take(name) {
            others.push(among(field, ports(option.arg())?, option.negated));
        }
    }
    if let Some(option) = block.take("--ctstatus") {
        let mut bits = 0;
        for name in option.arg().split(',') {
            bits |= match name.to_ascii_uppercase().as_str() {
                "NONE" => 0,
                "EXPECTED" => 1,
                "SEEN_REPLY" => 2,
                "ASSURED" => 4,
                "CONFIRMED" => 8,
                _ => return None,
            };
        }
        others.push(any_bit(Field::Status, bits, option.negated));
    }
    if let Some(option) = block.take("--ctdir") {
        let direction = match option.arg().to_ascii_uppercase().as_str() {
            "ORIGINAL" => 0,
            "REPLY" => 1,
            _ => return None,
        };
        others.push(among(Field::Direction, Numbers::one(direction), option.negated));
    }
    let mut ways = vec![others];
    if let Some(option) = block.take("--ctproto") {
        ways = of_protocol(&ways[0], protocol(option.arg())?, option.negated);
    }
    let Some(state) = state else {
        push(ways, parts);
        return Some(());
    };
    let (bits, status) = states(state.arg())?;
    let alone = ways.len() == 1 && ways[0].is_empty();
    if status != 0 {
        let mut of = vec![vec![any_bit(Field::Status, status, false)]];
        if bits != 0 {
            of.insert(0, vec![any_bit(Field::State, bits, false)]);
        }
        if !alone && (state.negated || bits & LOOSE != 0) {
            return None;
        }
        parts.push(Part::AnyOf { of, negated: state.negated });
        if !alone {
            push(ways, parts);
        }
        return Some(());
    }
    let bits = if state.negated { STATES & !bits } else { bits };
    if alone || bits & LOOSE == 0 {
        parts.push(Part::Match(any_bit(Field::State, bits, false)));
        push(ways, parts);
        return Some(());
    }
    // Of a packet without a connection, the kernel asks for nothing but the state.
    for way in &mut ways {
        way.insert(0, any_bit(Field::State, bits & !LOOSE, false));
    }
    ways.insert(0, vec![any_bit(Field::State, bits & LOOSE, false)]);
    parts.push(Part::AnyOf { of: ways, negated: false });
    Some(())
}

/// The protocol of the connection is the packet's own, but for an error's (related), which is another's.
fn of_protocol(others: &[Match], number: u8, negated: bool) -> Vec<Vec<Match>> {
    let number = Numbers::one(u128::from(number));
    let own = [
        any_bit(Field::State, 2 | 8, false),
        among(Field::Protocol(None), number.clone(), negated),
    ];
    let others_own = [
        any_bit(Field::State, 4, false),
        among(Field::Other("ct protocol".to_owned()), number, negated),
    ];
    [own, others_own].into_iter().map(|way| others.iter().cloned().chain(way).collect()).collect()
}

fn push(mut ways: Vec<Vec<Match>>, parts: &mut Vec<Part>) {
    if ways.len() == 1 {
        parts.extend(ways.remove(0).into_iter().map(Part::Match));
    } else {
        parts.push(Part::AnyOf { of: ways, negated: false });
    }
}

/// `-m mark`
pub(super) fn mark(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.take("--mark")?;
    let (value, mask) = masked(option.arg())?;
    parts.push(Part::Match(under_mask(Field::Mark, value, mask, MARK, option.negated)));
    Some(())
}

/// `-m connmark`
pub(super) fn connmark(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let option = block.take("--mark")?;
    let (value, mask) = masked(option.arg())?;
    parts.push(Part::Match(under_mask(Field::ConnectionMark, value, mask, MARK, option.negated)));
    Some(())
}
