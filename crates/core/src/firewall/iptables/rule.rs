//! One `-A` line read into a rule.
//!
//! What is not understood makes its match one that may hold or not, and its target one that may do
//! anything; the rest of the rule is read all the same.

use std::collections::BTreeMap;

use super::super::addresses::{Family, Numbers};
use super::super::ipset::Header;
use super::super::model::{End, FamilyOf, Field, Hook, Match, Op, Part, Rule, Term, With};
use super::options::{Block, Opt, Parts, sort};
use super::words::{Word, is_prefix, prefix, protocol};
use super::{matches, targets};

/// What a rule's reader must know of its surroundings.
pub(super) struct Around<'a> {
    /// Of the listing.
    pub(super) family: Family,
    /// The hook of the chain, where it is a base chain.
    pub(super) hook: Option<Hook>,
    /// The names of all chains of the table.
    pub(super) chains: &'a BTreeMap<String, usize>,
    /// The sets of `ipset`, by name; `None`: they were not told.
    pub(super) sets: Option<&'a BTreeMap<String, Header>>,
}

impl Around<'_> {
    /// The family as fields name it.
    pub(super) fn of(&self) -> FamilyOf {
        match self.family {
            Family::V4 => FamilyOf::V4,
            Family::V6 => FamilyOf::V6,
        }
    }
}

/// Never holds.
pub(super) fn never() -> Part {
    Part::AnyOf { of: Vec::new(), negated: false }
}

/// A field, compared after a mask; the mask is left out where all bits count.
pub(super) fn under_mask(field: Field, value: u128, mask: u128, all: u128, negated: bool) -> Match {
    let ops = if mask == all { Vec::new() } else { vec![Op::And(mask)] };
    Match { key: vec![Term { field, ops }], negated, with: With::Numbers(Numbers::one(value)) }
}

/// A field among numbers, perhaps turned round.
pub(super) fn among(field: Field, numbers: Numbers, negated: bool) -> Match {
    Match { key: vec![Term::of(field)], negated, with: With::Numbers(numbers) }
}

/// An address field compared with `address/mask`.
pub(super) fn in_prefix(family: Family, field: Field, text: &str, negated: bool) -> Option<Match> {
    let (value, mask) = prefix(family, text)?;
    Some(if is_prefix(family, mask) {
        among(field, Numbers::of(value, value | (family.highest() ^ mask)), negated)
    } else {
        under_mask(field, value, mask, family.highest(), negated)
    })
}

/// Reads the words behind `-A CHAIN`. `line`: the line without its counters, for the rule's text.
pub(super) fn rule(line: &str, words: &[Word<'_>], around: &Around<'_>) -> Rule {
    let sorted = sort(words, around.family);
    let mut rule = Rule { text: text(line, words), ..Rule::default() };
    let Parts { header, matches, target, stray } = sorted;
    for option in &header {
        if header_part(option, around, &mut rule.parts).is_none() {
            let what = format!("{} {}", option.name, option.arg());
            rule.parts.push(Part::Perhaps { what });
        }
    }
    for word in stray {
        rule.parts.push(Part::Perhaps { what: word.to_owned() });
    }
    for mut block in matches {
        if block.name == "comment" {
            if let Some(comment) = block.take("--comment") {
                rule.comment.get_or_insert_with(|| comment.arg().to_owned());
            }
            if block.options.is_empty() {
                continue;
            }
        }
        add_match(block, around, &mut rule.parts);
    }
    if let Some((block, goto)) = target {
        add_target(block, goto, around, &mut rule.parts);
    }
    rule
}

/// What each match of a line asks, and what its target does, by their names and in their order.
pub(super) fn by_name(words: &[Word<'_>], around: &Around<'_>) -> Vec<(String, Vec<Part>)> {
    let Parts { matches, target, .. } = sort(words, around.family);
    let mut found = Vec::new();
    for block in matches {
        let (name, mut parts) = (block.name.to_owned(), Vec::new());
        add_match(block, around, &mut parts);
        found.push((name, parts));
    }
    if let Some((block, goto)) = target {
        let (name, mut parts) = (block.name.to_owned(), Vec::new());
        add_target(block, goto, around, &mut parts);
        found.push((name, parts));
    }
    found
}

fn add_match(mut block: Block<'_>, around: &Around<'_>, parts: &mut Vec<Part>) {
    let before = parts.len();
    let read = matches::read(&mut block, around, parts);
    if read.is_none() || !block.options.is_empty() {
        parts.truncate(before);
        parts.push(Part::Perhaps { what: format!("match {}", block.name) });
    }
}

fn add_target(mut block: Block<'_>, goto: bool, around: &Around<'_>, parts: &mut Vec<Part>) {
    let before = parts.len();
    let read = targets::read(&mut block, goto, around, parts);
    if read.is_none() || !block.options.is_empty() {
        parts.truncate(before);
        parts.push(Part::Unknown { what: block.name.to_owned() });
    }
}

/// A question to the packet's own header.
fn header_part(option: &Opt<'_>, around: &Around<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let negated = option.negated;
    let end = |name| if name == "-s" { End::Source } else { End::Destination };
    let part = match option.name {
        "-s" | "-d" => {
            let field = Field::Address(around.of(), end(option.name));
            let question = in_prefix(around.family, field, option.arg(), negated)?;
            if question.with == With::Numbers(Numbers::all(around.family)) {
                if !negated {
                    return Some(());
                }
                never()
            } else {
                Part::Match(question)
            }
        }
        "-i" | "-o" => {
            let field = if option.name == "-i" { Field::InName } else { Field::OutName };
            let name = option.arg();
            if name.is_empty() {
                return None;
            }
            let name = match name.strip_suffix('+') {
                Some(begin) => format!("{begin}*"),
                None => name.to_owned(),
            };
            Part::Match(Match {
                key: vec![Term::of(field)],
                negated,
                with: With::Names(vec![name]),
            })
        }
        "-p" => match protocol(option.arg())? {
            0 if negated => never(),
            0 => return Some(()),
            number => {
                Part::Match(among(Field::Protocol(None), Numbers::one(u128::from(number)), negated))
            }
        },
        // A plain packet is whole.
        "-f" if negated => return Some(()),
        "-f" => never(),
        _ => return None,
    };
    parts.push(part);
    Some(())
}

/// The line without its comment, which is told beside it.
fn text(line: &str, words: &[Word<'_>]) -> String {
    let cut = words.windows(4).find_map(|four| match four {
        [m, name, option, value]
            if m.bare && m.text == "-m" && name.text == "comment" && option.text == "--comment" =>
        {
            Some((m.at.0, value.at.1))
        }
        _ => None,
    });
    let Some((from, to)) = cut else { return line.to_owned() };
    let (before, after) = (line.get(..from).unwrap_or(line), line.get(to..).unwrap_or(""));
    let mut text = String::with_capacity(line.len());
    text.push_str(before.trim_end());
    text.push_str(after);
    text
}
