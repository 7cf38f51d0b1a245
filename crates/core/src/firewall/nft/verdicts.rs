//! How a rule ends: the verdicts that rules and maps share, refusals, queues.

use super::super::addresses::Numbers;
use super::super::model::{FamilyOf, How, Match, TableFamily, Verdict};
use super::fields;
use super::tree::Tree;
use super::values;
use super::words::SERVICE;

/// `accept`, `jump x`: what a map can give as well.
pub(super) fn plain(tree: &Tree<'_>) -> Option<Verdict> {
    let (tag, inner) = tree.tagged()?;
    let target = || {
        let object = inner.object().filter(|object| object.has_only(&["target"]))?;
        object.text("target").map(str::to_owned)
    };
    match (tag, inner) {
        ("accept", Tree::Null) => Some(Verdict::Accept),
        ("drop", Tree::Null) => Some(Verdict::Drop),
        ("return", Tree::Null) => Some(Verdict::Return),
        ("continue", Tree::Null) => Some(Verdict::Continue),
        ("jump", _) => target().map(Verdict::Jump),
        ("goto", _) => target().map(Verdict::Goto),
        _ => None,
    }
}

/// A refusal, and which packets alone it is for.
pub(super) fn reject(inner: &Tree<'_>, family: TableFamily) -> Option<(Vec<Match>, Verdict)> {
    let (kind, code) = match inner {
        Tree::Null => (None, None),
        Tree::Object(object) if object.has_only(&["type", "expr"]) => {
            (object.text("type"), object.get("expr"))
        }
        _ => return None,
    };
    let needs = match kind {
        Some("tcp reset") => {
            return Some((vec![fields::of_protocol(6)], Verdict::Reject(How::Reset)));
        }
        Some("icmp") => only(FamilyOf::V4, family),
        Some("icmpv6") => only(FamilyOf::V6, family),
        Some("icmpx") | None => Vec::new(),
        Some(_) => return None,
    };
    // By its number, where a later nft should write that.
    let port = match code {
        None => true,
        Some(Tree::Text(text)) => text == "port-unreachable",
        Some(Tree::Number(number)) => match kind {
            Some("icmp") => *number == 3,
            Some("icmpv6") => *number == 4,
            _ => *number == 1,
        },
        Some(_) => return None,
    };
    Some((needs, Verdict::Reject(if port { How::PortUnreachable } else { How::Unreachable })))
}

fn only(of: FamilyOf, family: TableFamily) -> Vec<Match> {
    match family {
        TableFamily::Ip | TableFamily::Ip6 => Vec::new(),
        TableFamily::Inet | TableFamily::Netdev | TableFamily::Bridge | TableFamily::Arp => {
            vec![fields::of_family(of)]
        }
    }
}

/// Hands the packet to a program.
pub(super) fn queue(inner: &Tree<'_>) -> Option<Verdict> {
    let object = match inner {
        Tree::Null => return Some(Verdict::Queue { numbers: Numbers::one(0), bypass: false }),
        Tree::Object(object) if object.has_only(&["num", "flags"]) => object,
        _ => return None,
    };
    let numbers = match object.get("num") {
        None => Numbers::one(0),
        // An expression that chooses one: any.
        Some(num) => match values::interval(num, SERVICE) {
            Some((low, high)) => Numbers::of(low, high),
            None => Numbers::of(0, SERVICE.highest()),
        },
    };
    let bypass = match object.get("flags") {
        Some(flags) => flags.words()?.contains(&"bypass"),
        None => false,
    };
    Some(Verdict::Queue { numbers, bypass })
}
