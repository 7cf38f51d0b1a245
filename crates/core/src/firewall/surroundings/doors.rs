//! Where connections from outside arrive.

use std::net::IpAddr;

use super::{Door, Interface, Route, Surroundings, Way};
use crate::firewall::addresses::Family;

pub(super) fn find(around: &Surroundings, family: Family) -> Vec<Door> {
    let Some(routes) = &around.routes[family as usize] else {
        return vec![Door { interface: None, address: None }];
    };
    let outward = outward(routes, family);
    let mut interfaces: Vec<&str> = Vec::new();
    for device in outward.iter().flat_map(|route| &route.devices) {
        let known = around.interfaces.iter().find(|one| one.name == *device);
        if known.is_none_or(|one| one.up) && !interfaces.contains(&device.as_str()) {
            interfaces.push(device);
        }
    }
    // The names alone are told by `ip link`; a host has at least its loopback's address.
    if around.interfaces.iter().all(|one| one.addresses.is_empty()) {
        let door = |name: &&str| Door { interface: Some((*name).to_owned()), address: None };
        return interfaces.iter().map(door).collect();
    }
    // Each with its own addresses; where none of those is public, with the public ones of other interfaces:
    // an address on `lo` is reached by any.
    let own = |name: &str| -> Vec<IpAddr> {
        let there = around.interfaces.iter().filter(|one| one.name == name);
        there.flat_map(|one| global(one, family)).collect()
    };
    let any_own = interfaces.iter().any(|name| !own(name).is_empty());
    let any_public = interfaces.iter().any(|name| own(name).into_iter().any(is_public));
    let others = around.interfaces.iter().filter(|one| one.up).flat_map(|one| global(one, family));
    let mut others: Vec<IpAddr> = if any_public { Vec::new() } else { others.collect() };
    if any_own || others.iter().copied().any(is_public) {
        others.retain(|address| is_public(*address));
    }
    let mut doors = Vec::new();
    for name in interfaces {
        let mut addresses = if others.is_empty() { own(name) } else { others.clone() };
        // Nothing from outside is for a private address, where the host has others.
        addresses.retain(|address| !any_public || is_public(*address));
        likeliest_first(&mut addresses, name, &outward);
        let interface = Some(name.to_owned());
        doors.extend(
            addresses
                .into_iter()
                .map(|address| Door { interface: interface.clone(), address: Some(address) }),
        );
    }
    doors
}

/// The routes that lead outside, the preferred first: the default routes of all tables, `main` before
/// others; without one, the half and the eighth of the space that tunnels write in its place; without
/// those, all that lead on to a gateway.
fn outward(routes: &[Route], family: Family) -> Vec<&Route> {
    let out = routes.iter().filter(|route| route.leads_out() && route.table != "local");
    let nearly = match family {
        Family::V4 => 1,
        Family::V6 => 3,
    };
    let whole = |route: &&&Route| route.to.prefix_len() == 0;
    let most = |route: &&&Route| route.to.prefix_len() <= nearly;
    let on = |route: &&&Route| route.text.contains(" via ") && reaches_public(route);
    let out: Vec<&Route> = out.collect();
    let kinds: [&dyn Fn(&&&Route) -> bool; 3] = [&whole, &most, &on];
    let found = kinds.into_iter().map(|kind| out.iter().filter(kind).copied().collect());
    let mut found: Vec<&Route> =
        found.into_iter().find(|some: &Vec<&Route>| !some.is_empty()).unwrap_or_default();
    found.sort_by_key(|route| (route.table != "main", route.metric));
    found
}

fn reaches_public(route: &Route) -> bool {
    matches!(route.way, Some(Way::Out(_) | Way::Unknown)) && is_public(route.to.addr())
}

/// What the host itself speaks from is what others know it by.
fn likeliest_first(addresses: &mut Vec<IpAddr>, interface: &str, outward: &[&Route]) {
    let here = outward.iter().filter(|route| route.devices.iter().any(|one| one == interface));
    if let Some(source) = here.filter_map(|route| route.source).find(|one| addresses.contains(one))
    {
        addresses.retain(|address| *address != source);
        addresses.insert(0, source);
    }
}

/// The addresses that others can know an interface by.
fn global(interface: &Interface, family: Family) -> impl Iterator<Item = IpAddr> {
    let all = interface.addresses.iter().map(ipnet::IpNet::addr);
    all.filter(move |address| {
        Family::of(*address) == family
            && !address.is_loopback()
            && match address {
                IpAddr::V4(four) => !four.is_link_local(),
                IpAddr::V6(six) => !six.is_unicast_link_local(),
            }
    })
}

/// Whether an address can be reached from anywhere.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let shared = four.octets()[0] == 100 && four.octets()[1] & 0xc0 == 64;
            let near = four.is_private() || four.is_loopback() || four.is_link_local() || shared;
            !near && !four.is_multicast()
        }
        IpAddr::V6(six) => six.segments()[0] & 0xe000 == 0x2000,
    }
}
