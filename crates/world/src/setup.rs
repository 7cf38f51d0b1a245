//! How to ask: the deadline, how many visits, and the addresses and roots that the user gave.
//!
//! What to ask about is core's `Target`; what is in here never reaches a case.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::cloudflare::Client;

/// How to ask. The default: no detours, no roots of one's own, 30 s, 5 visits, the system's
/// resolver, nobody who watches.
#[derive(Clone)]
pub struct Setup {
    /// Addresses to use instead of others (`--connect`).
    pub detours: Detours,
    /// DER of roots to trust besides the public ones (`--ca-file`).
    pub given_roots: Vec<Vec<u8>>,
    /// For the whole sitting.
    pub timeout: Duration,
    /// How many visits in the scheme that was asked for; at least one is made.
    pub samples: u32,
    /// Who is asked for addresses; none: whoever the system asks.
    pub resolver: Option<SocketAddr>,
    /// Whether this machine may be looked into as the origin.
    pub on_origin: OnOrigin,
    /// The Cloudflare account that may be asked; none: no token was given.
    pub account: Option<Arc<Client>>,
    /// Who is told how far the sitting is; called from any thread, and must return at once.
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            detours: Detours::default(),
            given_roots: Vec::new(),
            timeout: Duration::from_secs(30),
            samples: 5,
            resolver: None,
            on_origin: OnOrigin::No,
            account: None,
            progress: None,
        }
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("detours", &self.detours)
            .field("given_roots", &self.given_roots.len())
            .field("timeout", &self.timeout)
            .field("samples", &self.samples)
            .field("resolver", &self.resolver)
            .field("on_origin", &self.on_origin)
            .field("account", &self.account.is_some())
            .finish_non_exhaustive()
    }
}

/// Whether this machine is looked into as the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnOrigin {
    /// When it is the origin: an address of the origin is its own, or a web server or a tunnel's
    /// connector on it is set up for the site.
    Auto,
    /// It is the origin.
    Yes,
    /// It is not, or may not be looked into.
    No,
}

/// How far a sitting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Questions that were asked so far; it grows while the sitting goes on.
    pub asked: usize,
    /// How many of them are answered.
    pub answered: usize,
    /// The last one that was asked or answered: `203.0.113.7:443 handshake`.
    pub latest: String,
}

/// Addresses to use instead of those that a name or an address leads to, for one port each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detours(BTreeMap<(String, u16), SocketAddr>);

/// Why a text is no detour; the sentence says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DetourError {
    /// Not of the form `HOST:PORT:ADDR`.
    #[error(
        "`{0}` is no detour; HOST:PORT:ADDR belongs there, such as shop.example.com:443:203.0.113.7, with [ ] around IPv6 addresses"
    )]
    Shape(String),
    /// One of the ports is none.
    #[error("`{0}` is not a port; a number from 1 to 65535 belongs there")]
    Port(String),
    /// What should be an address is none.
    #[error("`{0}` is not an address; one such as 203.0.113.7 or [2001:db8::7] belongs there")]
    Address(String),
}

impl Detours {
    /// Reads one detour: `HOST:PORT:ADDR` as curl's `--resolve` has it, or `HOST:PORT:ADDR:PORT`
    /// where the address listens on another port. HOST is a name or an address; IPv6 addresses
    /// stand in brackets.
    ///
    /// # Errors
    /// When the text is no detour; the sentence says what would be right.
    pub fn parse(text: &str) -> Result<Self, DetourError> {
        let parts = parts(text.trim()).ok_or_else(|| DetourError::Shape(shown(text)))?;
        let (host, port, address, to) = match parts[..] {
            [host, port, address] => (host, port, address, port),
            [host, port, address, to] => (host, port, address, to),
            _ => return Err(DetourError::Shape(shown(text))),
        };
        if host.is_empty() {
            return Err(DetourError::Shape(shown(text)));
        }
        let address: IpAddr = address.parse().map_err(|_| DetourError::Address(shown(address)))?;
        let mut detours = Detours::default();
        detours.add(host, port_of(port)?, SocketAddr::new(address.to_canonical(), port_of(to)?));
        Ok(detours)
    }

    /// Leads `host` (a name, or an address as text) and `port` to `to`. A later detour for the same
    /// two takes the place of an earlier one.
    pub fn add(&mut self, host: &str, port: u16, to: SocketAddr) {
        self.0.insert((key(host), port), to);
    }

    /// Takes over all detours of another list.
    pub fn merge(&mut self, other: Detours) {
        self.0.extend(other.0);
    }

    /// Where a name (or an address as text) and a port lead, if there is a detour for them.
    #[must_use]
    pub fn of(&self, host: &str, port: u16) -> Option<SocketAddr> {
        self.0.get(&(key(host), port)).copied()
    }

    /// Whether somebody said where an address really is, at any port.
    #[must_use]
    pub fn names(&self, address: IpAddr) -> bool {
        self.0.keys().any(|(host, _)| host.parse() == Ok(address))
    }

    /// Where to connect for an address: its detour, or itself.
    #[must_use]
    pub fn lead(&self, to: SocketAddr) -> SocketAddr {
        if self.0.is_empty() {
            return to;
        }
        self.of(&to.ip().to_string(), to.port()).unwrap_or(to)
    }
}

impl FromIterator<(String, u16, SocketAddr)> for Detours {
    fn from_iter<I: IntoIterator<Item = (String, u16, SocketAddr)>>(rows: I) -> Self {
        let mut detours = Detours::default();
        for (host, port, to) in rows {
            detours.add(&host, port, to);
        }
        detours
    }
}

/// The parts between colons, with the brackets around IPv6 addresses taken off.
fn parts(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?,
            None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
        };
        parts.push(part);
        if after.is_empty() {
            return Some(parts);
        }
        rest = after.strip_prefix(':')?;
    }
}

fn port_of(text: &str) -> Result<u16, DetourError> {
    match text.parse() {
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err(DetourError::Port(shown(text))),
    }
}

/// One spelling for each name and address.
fn key(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => host.trim_end_matches('.').to_ascii_lowercase(),
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detours_are_read_as_curl_reads_them() {
        for (text, host, port, to) in [
            ("shop.example.com:443:203.0.113.7", "shop.example.com", 443, "203.0.113.7:443"),
            ("Shop.Example.com.:443:203.0.113.7", "shop.example.com", 443, "203.0.113.7:443"),
            ("shop.example.com:80:[2001:db8::7]", "SHOP.example.com", 80, "[2001:db8::7]:80"),
            ("203.0.113.7:443:127.0.0.1:9443", "203.0.113.7", 443, "127.0.0.1:9443"),
            ("[2001:db8::7]:443:[::1]:9443", "2001:db8:0::7", 443, "[::1]:9443"),
        ] {
            let detours = Detours::parse(text).unwrap();
            assert_eq!(detours.of(host, port), Some(to.parse().unwrap()), "{text}");
            assert_eq!(detours.of(host, port + 1), None, "{text}");
        }
        let mut detours = Detours::parse("203.0.113.7:443:127.0.0.1:9443").unwrap();
        detours.merge(Detours::parse("203.0.113.7:443:127.0.0.1:9444").unwrap());
        let lead = |to: &str| detours.lead(to.parse().unwrap()).to_string();
        assert_eq!(lead("203.0.113.7:443"), "127.0.0.1:9444");
        assert_eq!(lead("203.0.113.7:80"), "203.0.113.7:80");
    }

    #[test]
    fn what_is_no_detour_is_answered_with_what_would_be_right() {
        for (text, sentence) in [
            ("", "HOST:PORT:ADDR belongs there"),
            ("shop.example.com", "HOST:PORT:ADDR belongs there"),
            ("shop.example.com:443", "HOST:PORT:ADDR belongs there"),
            (":443:203.0.113.7", "HOST:PORT:ADDR belongs there"),
            ("[2001:db8::7:443", "HOST:PORT:ADDR belongs there"),
            ("shop.example.com:443:2001:db8::7", "HOST:PORT:ADDR belongs there"),
            ("shop.example.com:0:203.0.113.7", "from 1 to 65535"),
            ("shop.example.com:*:203.0.113.7", "from 1 to 65535"),
            ("shop.example.com:+443:203.0.113.7", "from 1 to 65535"),
            ("shop.example.com:443:203.0.113.7:70000", "from 1 to 65535"),
            ("shop.example.com:443:origin.example.com", "`origin.example.com` is not an address"),
        ] {
            let error = Detours::parse(text).expect_err(text).to_string();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
