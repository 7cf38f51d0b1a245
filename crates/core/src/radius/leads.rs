//! Where a record leads, as far as the zone itself tells: an address, a name elsewhere, or past all origins.

use std::net::IpAddr;

use crate::evidence::account::DnsRecord;

use super::seen::Aside;

/// Where a record leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lead {
    /// To these addresses; never empty.
    Addresses(Vec<IpAddr>),
    /// To a name outside of the zone.
    Name(String),
    /// Where the mode has no say.
    Aside(Aside),
    /// Round in a circle, or to what is no address.
    Nowhere,
}

/// CNAMEs that are followed within a zone.
const LONGEST: usize = 16;

/// Where a record leads. The edge follows names of the same zone through the zone's own records, since a lookup would
/// only lead back to the edge.
#[must_use]
pub fn lead(record: &DnsRecord, all: &[DnsRecord]) -> Lead {
    if record.kind != "CNAME" {
        return of_address(record).map_or(Lead::Nowhere, |address| addresses(&[address]));
    }
    let mut name = plain(&record.content);
    if record.tunnel().is_some() {
        return Lead::Aside(Aside::Tunnel);
    }
    for _ in 0..LONGEST {
        let here = named(&name, all);
        let next = here.iter().find(|record| record.kind == "CNAME");
        if let Some(next) = next {
            if next.tunnel().is_some() {
                return Lead::Aside(Aside::Tunnel);
            }
            name = plain(&next.content);
            continue;
        }
        let found: Vec<IpAddr> = here.iter().filter_map(|record| of_address(record)).collect();
        return if found.is_empty() { Lead::Name(name) } else { addresses(&found) };
    }
    Lead::Nowhere
}

/// The records of a name: its own, else those of the star beside or above it.
fn named<'a>(name: &str, all: &'a [DnsRecord]) -> Vec<&'a DnsRecord> {
    let of = |wanted: &str| -> Vec<&DnsRecord> {
        let leads = |record: &&DnsRecord| matches!(record.kind.as_str(), "A" | "AAAA" | "CNAME");
        all.iter().filter(leads).filter(|record| plain(&record.name) == wanted).collect()
    };
    let own = of(name);
    if !own.is_empty() {
        return own;
    }
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        let star = of(&format!("*.{parent}"));
        if !star.is_empty() {
            return star;
        }
        rest = parent;
    }
    Vec::new()
}

fn addresses(found: &[IpAddr]) -> Lead {
    if found.iter().any(|address| is_originless(*address)) {
        Lead::Aside(Aside::Originless)
    } else {
        Lead::Addresses(found.to_vec())
    }
}

fn of_address(record: &DnsRecord) -> Option<IpAddr> {
    let address: IpAddr = record.content.trim().parse().ok()?;
    Some(address.to_canonical())
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether an address stands for no machine: 192.0.2.0/24 (RFC 5737) and 100::/64 (RFC 6666), which Cloudflare's docs
/// give for hosts that only a Worker or a rule answers for.
#[must_use]
pub fn is_originless(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[..3] == [192, 0, 2],
        IpAddr::V6(v6) => v6.segments()[..4] == [0x100, 0, 0, 0],
    }
}
