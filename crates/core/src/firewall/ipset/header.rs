//! What kind of set it is: the line `create NAME TYPE …`.

use super::super::addresses::Family;

/// A component of a set's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component {
    /// An address or a prefix.
    Ip,
    /// A port with its protocol; alone (`bitmap:port`) of any protocol.
    Port,
    /// A mark.
    Mark,
    /// The name of an interface.
    Interface,
    /// An address of an Ethernet card.
    Mac,
}

/// What is known of a set without its elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `hash:net`
    pub kind: String,
    /// In order; `None`: a list, or a type that is not known.
    pub components: Option<Vec<Component>>,
    /// Of its addresses; `None`: the type has none, or holds both.
    pub family: Option<Family>,
    /// What addresses are cut to before they are looked up; `None`: nothing.
    pub mask: Option<u128>,
    /// Of a list: its sets, in order.
    pub members: Vec<String>,
}

impl Header {
    /// Reads a `create` line. `None`: it is none.
    #[must_use]
    pub fn parse(line: &str) -> Option<Header> {
        let mut words = line.split_ascii_whitespace().skip(2);
        let kind = words.next()?;
        let mut family = None;
        let mut mask = None;
        while let Some(word) = words.next() {
            match word {
                "family" => {
                    family = match words.next()? {
                        "inet" => Some(Family::V4),
                        "inet6" => Some(Family::V6),
                        _ => None,
                    }
                }
                "netmask" | "bitmask" => mask = Some(words.next()?),
                _ => {}
            }
        }
        let components = components(kind);
        let with_address =
            components.as_ref().is_some_and(|components| components.contains(&Component::Ip));
        if with_address && family.is_none() {
            family = Some(Family::V4);
        }
        let mask = match (mask, family) {
            (Some(text), Some(family)) => Some(read_mask(text, family)?),
            _ => None,
        };
        Some(Header { kind: kind.to_owned(), components, family, mask, members: Vec::new() })
    }

    /// Whether its elements are sets.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.kind == "list:set"
    }
}

fn components(kind: &str) -> Option<Vec<Component>> {
    let (method, parts) = kind.split_once(':')?;
    if !["bitmap", "hash"].contains(&method) {
        return None;
    }
    parts
        .split(',')
        .map(|part| match part {
            "ip" | "net" => Some(Component::Ip),
            "port" => Some(Component::Port),
            "mark" => Some(Component::Mark),
            "iface" => Some(Component::Interface),
            "mac" => Some(Component::Mac),
            _ => None,
        })
        .collect()
}

/// A mask by its length, or written as an address.
fn read_mask(text: &str, family: Family) -> Option<u128> {
    let all = family.highest();
    if let Ok(length) = text.parse::<u32>() {
        let rest = u32::from(family.bits()).checked_sub(length)?;
        return Some(all & u128::MAX.checked_shl(rest).unwrap_or(0));
    }
    let address: std::net::IpAddr = text.parse().ok()?;
    (Family::of(address) == family).then(|| super::super::addresses::number(address))
}
