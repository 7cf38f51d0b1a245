//! Routes, as `ip -j route show table all` writes them.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;

use super::read::{list, prefix, trouble};
use super::{Route, Way};
use crate::firewall::addresses::Family;
use crate::firewall::model::Trouble;
use crate::firewall::snapshot::{Input, Snapshot};

/// A route in `ip`'s words; what is of no matter for the way is left out.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    dst: Option<Cow<'a, str>>,
    #[serde(borrow)]
    from: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tos: Option<Cow<'a, str>>,
    #[serde(borrow)]
    gateway: Option<Cow<'a, str>>,
    #[serde(borrow)]
    via: Option<Via<'a>>,
    #[serde(borrow)]
    dev: Option<Cow<'a, str>>,
    #[serde(borrow)]
    table: Option<Cow<'a, str>>,
    #[serde(borrow)]
    prefsrc: Option<Cow<'a, str>>,
    metric: Option<u32>,
    #[serde(borrow, default)]
    flags: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    nexthops: Vec<Hop<'a>>,
    nhid: Option<u32>,
}

/// A gateway of the other family.
#[derive(Deserialize)]
struct Via<'a> {
    #[serde(borrow)]
    host: Option<Cow<'a, str>>,
}

/// One of several next hops.
#[derive(Deserialize)]
struct Hop<'a> {
    #[serde(borrow)]
    gateway: Option<Cow<'a, str>>,
    #[serde(borrow)]
    via: Option<Via<'a>>,
    #[serde(borrow)]
    dev: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    flags: Vec<Cow<'a, str>>,
}

/// All routes of a family; `None`: not told, or damaged. `ignores_downed`: whether an interface does not
/// count its routes while its link is down.
pub(super) fn read(
    snapshot: &Snapshot,
    family: Family,
    ignores_downed: impl Fn(&str) -> bool,
    troubles: &mut Vec<Trouble>,
) -> Option<Vec<Route>> {
    let input = match family {
        Family::V4 => Input::Routes4,
        Family::V6 => Input::Routes6,
    };
    let told: Vec<Told<'_>> = list(snapshot, input, troubles)?;
    let mut routes = Vec::with_capacity(told.len());
    for (at, told) in told.iter().enumerate() {
        let to = told.dst.as_ref().and_then(|dst| prefix(family, dst));
        let Some(to) = to else {
            // It could lead anywhere, so that nothing is certain any more.
            troubles.push(trouble(
                input,
                format!("route {} has no destination that can be read", at + 1),
            ));
            return None;
        };
        let gone = |device: Option<&Cow<'_, str>>, flags: &[Cow<'_, str>]| {
            let has = |flag: &str| flags.iter().any(|one| one == flag);
            has("dead") || (has("linkdown") && device.is_some_and(|device| ignores_downed(device)))
        };
        let mut devices: Vec<String> = Vec::new();
        let hops = told.nexthops.iter().map(|hop| (hop.dev.as_ref(), hop.flags.as_slice()));
        for (device, flags) in [(told.dev.as_ref(), told.flags.as_slice())].into_iter().chain(hops)
        {
            if let Some(device) = device
                && !gone(Some(device), flags)
                && !devices.iter().any(|known| known == device)
            {
                devices.push(device.clone().into_owned());
            }
        }
        let kind = told.kind.as_deref().unwrap_or("unicast");
        let way = match kind {
            "unicast" | "multicast" => match devices.as_slice() {
                // Every way out is gone: the kernel passes it over.
                [] if told.dev.is_some() || !told.nexthops.is_empty() => continue,
                [one] => Some(Way::Out(one.clone())),
                _ => Some(Way::Unknown),
            },
            "local" | "anycast" | "broadcast" => Some(Way::Local),
            "blackhole" => Some(Way::Blackhole),
            "unreachable" | "prohibit" => Some(Way::NoRoute),
            "throw" => None,
            _ => Some(Way::Unknown),
        };
        let from = told.from.as_ref().map(|from| prefix(family, from));
        routes.push(Route {
            table: told.table.as_deref().unwrap_or("main").to_owned(),
            to,
            from: from.flatten(),
            doubtful: matches!(from, Some(None))
                || told.tos.as_deref().is_some_and(|tos| tos != "0"),
            way,
            devices,
            source: told.prefsrc.as_ref().and_then(|source| source.parse().ok()),
            metric: told.metric.unwrap_or(0),
            text: text(told, kind),
        });
    }
    Some(routes)
}

/// As `ip route` writes it, in one line and without what says nothing of the way.
fn text(told: &Told<'_>, kind: &str) -> String {
    let mut text = String::new();
    if kind != "unicast" {
        let _ = write!(text, "{kind} ");
    }
    text.push_str(told.dst.as_deref().unwrap_or("default"));
    let mut add = |word: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = write!(text, " {word} {value}");
        }
    };
    add("from", told.from.as_deref());
    add("tos", told.tos.as_deref());
    add("via", told.gateway.as_deref().or(told.via.as_ref().and_then(|via| via.host.as_deref())));
    add(
        "dev",
        told.dev.as_deref().filter(|_| !matches!(kind, "blackhole" | "unreachable" | "prohibit")),
    );
    for hop in &told.nexthops {
        let via = hop.via.as_ref().and_then(|via| via.host.as_deref());
        add("nexthop via", hop.gateway.as_deref().or(via));
        add("dev", hop.dev.as_deref());
    }
    if told.nexthops.is_empty() && told.dev.is_none() && told.gateway.is_none() {
        add("nhid", told.nhid.map(|id| id.to_string()).as_deref());
    }
    add("table", told.table.as_deref());
    add(
        "metric",
        told.metric
            .filter(|_| told.table.as_deref() != Some("local"))
            .map(|m| m.to_string())
            .as_deref(),
    );
    text
}
