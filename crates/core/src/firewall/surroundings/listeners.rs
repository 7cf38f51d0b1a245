//! Who accepts TCP connections, as `ss -Hlntu` writes it, and which queues a program reads.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Listener;
use super::read::trouble;
use crate::firewall::model::Trouble;
use crate::firewall::snapshot::{Got, Input, Snapshot};

/// Everybody who listens on TCP; `None`: not told.
pub(super) fn read(snapshot: &Snapshot, troubles: &mut Vec<Trouble>) -> Option<Vec<Listener>> {
    let text = snapshot.text(Input::Listeners)?;
    // Before 2017, `ss` wrote `:::443` for both families and `*:443` for IPv4.
    let old = text.lines().filter_map(local).any(|local| local.starts_with(":::"));
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(local) = local(line) else { continue };
        match listeners(local, old) {
            Some(listeners) => found.extend(listeners),
            None => {
                let why = format!("line {} names no address that can be read", at + 1);
                troubles.push(trouble(Input::Listeners, why));
            }
        }
    }
    Some(found)
}

/// The local address of a TCP listener's line.
fn local(line: &str) -> Option<&str> {
    let mut words = line.split_ascii_whitespace().peekable();
    match *words.peek()? {
        "tcp" => {
            words.next();
        }
        // Asked about TCP alone, it does not name it.
        "LISTEN" => {}
        _ => return None,
    }
    (words.next()? == "LISTEN").then(|| words.nth(2)).flatten()
}

/// `0.0.0.0%eth0:443`, `[::1]:80`, `[fe80::1]%eth0:80`; `*:443` takes both families.
fn listeners(local: &str, old: bool) -> Option<Vec<Listener>> {
    let (place, port) = local.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let (address, interface) = match place.split_once('%') {
        // The address in brackets may hold the interface, too.
        Some((address, interface)) => (address, Some(interface.trim_end_matches(']').to_owned())),
        None => (place, None),
    };
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let any4 = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let any6 = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let at = match address {
        "*" if old => vec![any4],
        "*" => vec![any6, any4],
        "::" if old => vec![any6, any4],
        _ => vec![match address.parse::<IpAddr>().ok()? {
            IpAddr::V6(six) => six.to_ipv4_mapped().map_or(IpAddr::V6(six), IpAddr::V4),
            four @ IpAddr::V4(_) => four,
        }],
    };
    Some(
        at.into_iter()
            .map(|address| Listener { address, port, interface: interface.clone() })
            .collect(),
    )
}

/// The queues that a program reads; `None`: not told.
pub(super) fn queues(snapshot: &Snapshot, troubles: &mut Vec<Trouble>) -> Option<Vec<u16>> {
    let text = match snapshot.inputs.get(&Input::Queues)? {
        Got::Text(text) => text,
        // The kernel has no queues, so nobody reads one.
        Got::Absent => return Some(Vec::new()),
        Got::Missing(_) => return None,
    };
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(first) = line.split_ascii_whitespace().next() else { continue };
        match first.parse() {
            Ok(number) => found.push(number),
            Err(_) => {
                let why = format!("line {} begins with no number of a queue", at + 1);
                troubles.push(trouble(Input::Queues, why));
            }
        }
    }
    Some(found)
}
