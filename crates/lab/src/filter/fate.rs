//! One connection that is tried, and how the kernel lets it fare.

use std::fmt;
use std::net::IpAddr;

use serde_json::Value;

/// A connection to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Probe {
    /// From this address, which need not be anybody's.
    pub from: IpAddr,
    /// To this one of the host's.
    pub to: IpAddr,
    /// At this TCP port.
    pub port: u16,
}

/// How it fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// The handshake was done and data was acknowledged.
    Accepted,
    /// It was answered, but data was never acknowledged.
    Half,
    /// It was reset at once.
    Reset,
    /// It was reset after it had been answered.
    Cut,
    /// An ICMP error came back: its type and code.
    Unreachable(u8, u8),
    /// Nothing came back.
    Silence,
    /// Nothing came back, nor does the host say where it is when asked as a router asks (IPv6).
    Unfound,
}

impl Fate {
    /// The word by which scripts of cases state it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fate::Accepted => "accepted",
            Fate::Half | Fate::Silence | Fate::Unfound => "dropped",
            Fate::Reset | Fate::Cut => "reset",
            Fate::Unreachable(..) if self.is_port_unreachable() => "port-unreachable",
            Fate::Unreachable(..) => "unreachable",
        }
    }

    /// Whether an ICMP error came that says that nobody listens at the port.
    #[must_use]
    pub fn is_port_unreachable(self) -> bool {
        // Of ICMP 3, 3 (RFC 792); of ICMPv6 1, 4 (RFC 4443, 3.1).
        matches!(self, Fate::Unreachable(3, 3) | Fate::Unreachable(1, 4))
    }

    pub(super) fn told(told: &Value) -> Option<Fate> {
        let number = |at: usize| told.get(at)?.as_u64()?.try_into().ok();
        let unfound = told.as_array()?.last()? == "neighbour";
        Some(match told.get(0)?.as_str()? {
            _ if unfound => Fate::Unfound,
            "accepted" => Fate::Accepted,
            "half" => Fate::Half,
            "reset" => Fate::Reset,
            "cut" => Fate::Cut,
            "unreachable" => Fate::Unreachable(number(1)?, number(2)?),
            "silence" => Fate::Silence,
            _ => return None,
        })
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} port {}", self.from, self.to, self.port)
    }
}
