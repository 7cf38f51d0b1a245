//! Interfaces and their addresses, as `ip -j addr` and `ip -j -d link` write them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

use super::Interface;
use super::read::list;
use crate::firewall::model::Trouble;
use crate::firewall::snapshot::{Input, Snapshot};

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    ifindex: u32,
    ifname: Option<String>,
    #[serde(default)]
    flags: Vec<String>,
    master: Option<String>,
    linkinfo: Option<Info>,
    #[serde(default)]
    addr_info: Vec<Address>,
}

#[derive(Deserialize)]
struct Info {
    info_kind: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    local: Option<String>,
    prefixlen: Option<u8>,
    #[serde(default)]
    deprecated: bool,
    #[serde(default)]
    temporary: bool,
    #[serde(default)]
    dadfailed: bool,
}

/// All interfaces, by index; empty: not told.
pub(super) fn read(snapshot: &Snapshot, troubles: &mut Vec<Trouble>) -> Vec<Interface> {
    let addresses: Vec<Told> = list(snapshot, Input::Addresses, troubles).unwrap_or_default();
    let links: Vec<Told> = list(snapshot, Input::Links, troubles).unwrap_or_default();
    let mut found: Vec<Interface> = Vec::new();
    for mut told in addresses.into_iter().chain(links) {
        // `ip` writes empty objects for what it filtered out.
        let Some(name) = told.ifname else { continue };
        let at = found.iter().position(|known| known.name == name).unwrap_or_else(|| {
            found.push(Interface {
                index: told.ifindex,
                name,
                up: told.flags.iter().any(|flag| flag == "UP"),
                kind: String::new(),
                master: None,
                addresses: Vec::new(),
            });
            found.len() - 1
        });
        let one = &mut found[at];
        if let Some(kind) = told.linkinfo.and_then(|info| info.info_kind) {
            one.kind = kind;
        }
        one.master = told.master.or_else(|| one.master.take());
        // Those that others were told of first, then those that come and go.
        told.addr_info.sort_by_key(|address| (address.deprecated, address.temporary));
        let usable = told.addr_info.iter().filter(|address| !address.dadfailed);
        one.addresses.extend(usable.filter_map(|address| {
            let local: IpAddr = address.local.as_deref()?.parse().ok()?;
            let whole = if local.is_ipv4() { 32 } else { 128 };
            IpNet::new(local, address.prefixlen.unwrap_or(whole)).ok()
        }));
    }
    found.sort_by_key(|interface| interface.index);
    found
}
