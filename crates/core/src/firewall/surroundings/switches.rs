//! Switches of the kernel, as `sysctl -a` writes them.

use std::collections::BTreeMap;

use crate::firewall::addresses::Family;
use crate::firewall::snapshot::{Input, Snapshot};

/// Every switch below `net`; `None`: not told. What is no `name = value` is passed over: `sysctl` also
/// says there what it may not read.
pub(super) fn read(snapshot: &Snapshot) -> Option<BTreeMap<String, String>> {
    let text = snapshot.text(Input::Sysctl)?;
    let each = text.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        // Of these there are some forty for each interface, and none has a say.
        let matters = name.starts_with("net.") && !name.contains(".neigh.");
        matters.then(|| (name.to_owned(), value.trim().to_owned()))
    });
    Some(each.collect())
}

/// A number of an interface; its name's dots are written as slashes.
fn of_interface(
    switches: &BTreeMap<String, String>,
    family: Family,
    interface: &str,
    name: &str,
) -> Option<u8> {
    let version = match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    };
    let slashed = interface.replace('.', "/");
    let value = switches.get(&format!("net.{version}.conf.{slashed}.{name}"));
    value.or_else(|| switches.get(&format!("net.{version}.conf.{interface}.{name}")))?.parse().ok()
}

/// The higher of an interface's own and that of all.
pub(super) fn rp_filter(switches: &BTreeMap<String, String>, interface: &str) -> Option<u8> {
    let own = of_interface(switches, Family::V4, interface, "rp_filter")?;
    let all = of_interface(switches, Family::V4, "all", "rp_filter")?;
    Some(own.max(all))
}

/// Whether packets for others are passed on.
pub(super) fn forwards(switches: &BTreeMap<String, String>, family: Family) -> Option<bool> {
    let forwards = match family {
        Family::V4 => switches.get("net.ipv4.ip_forward").and_then(|value| value.parse().ok()),
        Family::V6 => None,
    };
    let forwards = forwards.or_else(|| of_interface(switches, family, "all", "forwarding"))?;
    Some(forwards != 0)
}

/// Whether routes by an interface do not count while its link is down.
pub(super) fn ignores_downed(
    switches: Option<&BTreeMap<String, String>>,
    family: Family,
    interface: &str,
) -> bool {
    let name = "ignore_routes_with_linkdown";
    switches.and_then(|all| of_interface(all, family, interface, name)).unwrap_or(0) != 0
}
