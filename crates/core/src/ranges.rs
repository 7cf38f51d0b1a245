//! Which addresses are Cloudflare's.
//!
//! The built-in list is what `https://www.cloudflare.com/ips-v4` and `/ips-v6` served on
//! 2026-09-21 (15 and 7 prefixes; they change rarely and are announced before use). A list from a
//! file replaces it whole. IPv4 and IPv6 are judged apart.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

const BUILT_IN: &str = "\
173.245.48.0/20
103.21.244.0/22
103.22.200.0/22
103.31.4.0/22
141.101.64.0/18
108.162.192.0/18
190.93.240.0/20
188.114.96.0/20
197.234.240.0/22
198.41.128.0/17
162.158.0.0/15
104.16.0.0/13
104.24.0.0/14
172.64.0.0/13
131.0.72.0/22
2400:cb00::/32
2606:4700::/32
2803:f800::/32
2405:b500::/32
2405:8100::/32
2a06:98c0::/29
2c0f:f248::/32
";

/// A list of prefixes, in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ranges(Vec<IpNet>);

/// A line of a ranges file that is not a prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangesError {
    /// A line that is no prefix, with its number (from 1) and its text, cut to 60 characters.
    #[error("line {line} is `{text}`; a prefix such as 172.64.0.0/13 belongs there")]
    NoPrefix {
        /// From 1.
        line: usize,
        /// Printable, at most 60 characters.
        text: String,
    },
    /// No line holds a prefix.
    #[error("it holds no prefix; it should hold one a line, such as 172.64.0.0/13")]
    Empty,
}

impl Ranges {
    /// Cloudflare's published list, as built in.
    #[must_use]
    pub fn built_in() -> Self {
        Ranges(BUILT_IN.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// Reads one prefix a line; blank lines and what follows `#` are passed over. A bare address
    /// counts as a prefix of its full length.
    ///
    /// # Errors
    /// When a line is no prefix, or none is there at all.
    pub fn parse(text: &str) -> Result<Self, RangesError> {
        let mut prefixes = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let word = line.split('#').next().unwrap_or_default().trim();
            if word.is_empty() {
                continue;
            }
            let prefix = word
                .parse::<IpNet>()
                .or_else(|_| word.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| RangesError::NoPrefix {
                    line: at + 1,
                    text: word.chars().filter(|c| !c.is_control()).take(60).collect(),
                })?;
            prefixes.push(prefix.trunc());
        }
        if prefixes.is_empty() {
            return Err(RangesError::Empty);
        }
        Ok(Ranges(prefixes))
    }

    /// Whether an address lies in one of the prefixes. An IPv4 address written as IPv6
    /// (`::ffff:…`) counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|prefix| prefix.contains(&address))
    }

    /// The prefixes, in the order of the list.
    #[must_use]
    pub fn prefixes(&self) -> &[IpNet] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_has_fifteen_and_seven_prefixes() {
        let ranges = Ranges::built_in();
        let four = ranges.prefixes().iter().filter(|p| p.addr().is_ipv4());
        assert_eq!((four.count(), ranges.prefixes().len()), (15, 22));
        for (address, theirs) in [
            ("172.64.0.77", true),
            ("172.72.0.1", false),
            ("::ffff:172.64.0.77", true),
            ("2606:4700::1111", true),
            ("2001:db8::1", false),
            ("203.0.113.7", false),
        ] {
            assert_eq!(ranges.contains(address.parse().unwrap()), theirs, "{address}");
        }
    }

    #[test]
    fn a_list_may_have_comments_and_bare_addresses_but_no_rubbish() {
        let ranges = Ranges::parse("# ours\n\n10.0.0.0/8 # lab\n192.0.2.1\n").unwrap();
        assert_eq!(ranges.prefixes().len(), 2);
        assert_eq!(
            Ranges::parse("10.0.0.0/8\n<html>\u{1b}[31m\n"),
            Err(RangesError::NoPrefix { line: 2, text: "<html>[31m".into() })
        );
        assert_eq!(Ranges::parse("\n# none\n"), Err(RangesError::Empty));
    }
}
