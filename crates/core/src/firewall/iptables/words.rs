//! One line of a listing cut into its words, and the numbers and addresses that words stand for.
//!
//! A word in quotes is never an option, whatever it begins with: each word remembers whether it was bare.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::addresses::{Family, Numbers};

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Without its quotes.
    pub(super) text: Cow<'a, str>,
    /// Not in quotes.
    pub(super) bare: bool,
    /// Where it begins and ends in the line, quotes included.
    pub(super) at: (usize, usize),
}

impl Word<'_> {
    /// Whether it is the sign that turns an option round.
    pub(super) fn turns(&self) -> bool {
        self.bare && self.text == "!"
    }

    /// Whether it looks like an option.
    pub(super) fn is_option(&self) -> bool {
        self.bare && self.text.len() > 1 && self.text.starts_with('-')
    }
}

/// Cuts a line into words. `false`: a quote is never closed.
pub(super) fn split<'a>(line: &'a str, words: &mut Vec<Word<'a>>) -> bool {
    words.clear();
    let bytes = line.as_bytes();
    let mut at = 0;
    loop {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let begin = at;
        let Some(first) = bytes.get(at) else { return true };
        if *first != b'"' {
            while bytes.get(at).is_some_and(|byte| !byte.is_ascii_whitespace() && *byte != b'"') {
                at += 1;
            }
            if bytes.get(at) != Some(&b'"') {
                let text = Cow::Borrowed(&line[begin..at]);
                words.push(Word { text, bare: true, at: (begin, at) });
                continue;
            }
        }
        // Quotes somewhere in the word.
        let mut text = line[begin..at].to_owned();
        let mut open = false;
        loop {
            match bytes.get(at) {
                None if open => return false,
                None => break,
                Some(b'"') => {
                    open = !open;
                    at += 1;
                }
                Some(byte) if !open && byte.is_ascii_whitespace() => break,
                Some(b'\\') if open && at + 1 < bytes.len() => {
                    at += 1;
                    at += push_char(line, at, &mut text);
                }
                Some(_) => at += push_char(line, at, &mut text),
            }
        }
        words.push(Word { text: Cow::Owned(text), bare: false, at: (begin, at) });
    }
}

/// Adds the character at a place, and says how long it is.
fn push_char(line: &str, at: usize, text: &mut String) -> usize {
    match line.get(at..).and_then(|rest| rest.chars().next()) {
        Some(next) => {
            text.push(next);
            next.len_utf8()
        }
        None => 1,
    }
}

/// A number as C reads it: `0x1f`, `017`, `15`.
pub(super) fn number(text: &str) -> Option<u128> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u128::from_str_radix(hex, 16).ok();
    }
    if text.len() > 1 && text.starts_with('0') {
        return u128::from_str_radix(text, 8).ok();
    }
    if text.starts_with('+') { None } else { text.parse().ok() }
}

/// A mark of 32 bits.
pub(super) fn mark(text: &str) -> Option<u128> {
    number(text).filter(|number| *number <= MARK)
}

/// All bits of a mark.
pub(super) const MARK: u128 = 0xffff_ffff;

/// `value/mask` of marks; without a mask all bits count.
pub(super) fn masked(text: &str) -> Option<(u128, u128)> {
    match text.split_once('/') {
        Some((value, mask)) => Some((mark(value)?, mark(mask)?)),
        None => Some((mark(text)?, MARK)),
    }
}

/// `80`, `80:90`, `:90`, `80:`, or with another sign between.
pub(super) fn span(text: &str, between: char, highest: u128) -> Option<Numbers> {
    let one = |text: &str| number(text).filter(|number| *number <= highest);
    let (low, high) = match text.split_once(between) {
        Some((low, high)) => (
            if low.is_empty() { 0 } else { one(low)? },
            if high.is_empty() { highest } else { one(high)? },
        ),
        None => (one(text)?, one(text)?),
    };
    Some(Numbers::of(low, high))
}

/// A port, or a span of them.
pub(super) fn ports(text: &str) -> Option<Numbers> {
    span(text, ':', 65535)
}

/// `80,443,1000:2000`
pub(super) fn port_list(text: &str) -> Option<Numbers> {
    let mut all = Vec::new();
    for part in text.split(',') {
        all.extend_from_slice(ports(part)?.intervals());
    }
    Some(Numbers::from_intervals(all))
}

/// An address of a family.
pub(super) fn address(family: Family, text: &str) -> Option<u128> {
    match family {
        Family::V4 => text.parse::<Ipv4Addr>().ok().map(|address| u128::from(address.to_bits())),
        Family::V6 => text.parse::<Ipv6Addr>().ok().map(Ipv6Addr::to_bits),
    }
}

/// Of addresses under a mask: the value, and the mask.
pub(super) fn prefix(family: Family, text: &str) -> Option<(u128, u128)> {
    let all = family.highest();
    let Some((base, mask)) = text.split_once('/') else {
        return Some((address(family, text)?, all));
    };
    let mask = if mask.len() <= 3 && mask.bytes().all(|byte| byte.is_ascii_digit()) {
        let length: u32 = mask.parse().ok()?;
        let bits = u32::from(family.bits());
        let rest = bits.checked_sub(length)?;
        all & u128::MAX.checked_shl(rest).unwrap_or(0)
    } else {
        address(family, mask)?
    };
    Some((address(family, base)? & mask, mask))
}

/// Whether a mask is a prefix's.
pub(super) fn is_prefix(family: Family, mask: u128) -> bool {
    let host = family.highest() ^ mask;
    host & host.wrapping_add(1) == 0
}

/// `a-b`, or one address.
pub(super) fn address_span(family: Family, text: &str) -> Option<Numbers> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    Some(Numbers::of(address(family, low)?, address(family, high)?))
}

/// The number of a protocol, by number or by its usual name; 0 is any.
pub(super) fn protocol(text: &str) -> Option<u8> {
    Some(match text {
        "tcp" => 6,
        "udp" => 17,
        "icmp" => 1,
        "ipv6-icmp" | "icmpv6" => 58,
        "all" | "ip" | "hopopt" => 0,
        "igmp" => 2,
        "ggp" => 3,
        "ipencap" | "ipip" | "ipv4" => 4,
        "st" => 5,
        "egp" => 8,
        "igp" => 9,
        "pup" => 12,
        "hmp" => 20,
        "xns-idp" => 22,
        "rdp" => 27,
        "iso-tp4" => 29,
        "dccp" => 33,
        "xtp" => 36,
        "ddp" => 37,
        "idpr-cmtp" => 38,
        "ipv6" => 41,
        "ipv6-route" => 43,
        "ipv6-frag" => 44,
        "idrp" => 45,
        "rsvp" => 46,
        "gre" => 47,
        "esp" | "ipsec-esp" => 50,
        "ah" | "ipsec-ah" => 51,
        "skip" => 57,
        "ipv6-nonxt" => 59,
        "ipv6-opts" => 60,
        "rspf" => 73,
        "vmtp" => 81,
        "eigrp" => 88,
        "ospf" => 89,
        "ax.25" => 93,
        "etherip" => 97,
        "encap" => 98,
        "pim" => 103,
        "ipcomp" => 108,
        "vrrp" => 112,
        "l2tp" => 115,
        "isis" => 124,
        "sctp" => 132,
        "fc" => 133,
        "mobility-header" | "ipv6-mh" | "mh" => 135,
        "udplite" => 136,
        "mpls-in-ip" => 137,
        "manet" => 138,
        "hip" => 139,
        "shim6" => 140,
        "wesp" => 141,
        "rohc" => 142,
        "ethernet" => 143,
        _ => return text.parse().ok(),
    })
}
