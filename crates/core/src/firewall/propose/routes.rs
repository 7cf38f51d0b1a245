//! Routes, routing rules and the check of sources: what keeps packets from their way outside any rules.

use ipnet::IpNet;
use serde_json::Value;

use super::candidate::Candidate;
use super::edit::{Edit, place};
use super::want::Want;
use super::words::{are_plain_words, is_plain, of_family, some};
use crate::firewall::Firewall;
use crate::firewall::addresses::{Family, interval};
use crate::firewall::manager::Manager;
use crate::firewall::ruling::Decider;
use crate::firewall::snapshot::{Input, Snapshot};
use crate::firewall::surroundings::{Route, RoutingAction, RoutingRule, Way};

/// All that may do, the smallest first.
#[must_use]
pub(super) fn candidates(
    want: &Want,
    id: &str,
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Vec<Candidate> {
    let mut found = of(want, id, firewall, snapshot);
    for made in &mut found {
        let why = "A way is a way to every port: these ranges get in wherever the rules let them.";
        made.besides = Some((want.ranges.clone(), why.to_owned()));
    }
    found
}

fn of(want: &Want, id: &str, firewall: &Firewall, snapshot: &Snapshot) -> Vec<Candidate> {
    match &want.by {
        Decider::Route(text) => {
            let mut found = Vec::new();
            for family in Family::BOTH {
                let ranges = of_family(family, &want.ranges);
                if ranges.is_empty() {
                    continue;
                }
                found.extend(route(text, family, id, firewall));
                found.extend(routing_rule(text, family, id, firewall, snapshot));
                found.extend(around(&ranges, family, id, firewall));
            }
            found
        }
        Decider::SourceCheck(interface) => {
            source_check(interface, id, firewall).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn ip(family: Family) -> &'static str {
    match family {
        Family::V4 => "ip -4",
        Family::V6 => "ip -6",
    }
}

fn kept(made: &mut Candidate, what: &str) {
    made.kept.how = vec![format!(
        "{what} lives until the next start. Look for what makes it: /etc/network/interfaces, \
         /etc/netplan, /etc/systemd/network, NetworkManager, or a script."
    )];
}

/// The route that decides goes.
fn route(text: &str, family: Family, id: &str, firewall: &Firewall) -> Option<Candidate> {
    let routes = firewall.surroundings.routes[place(family)].as_ref()?;
    let found = routes.iter().find(|route| route.text == text && refuses(route))?;
    if !are_plain_words(text) || !is_plain(&found.table) {
        return None;
    }
    let line = line(found);
    let ip = ip(family);
    let mut made = Candidate::new(Manager::Iptables, id, "so that route is deleted");
    made.run(format!("{ip} route del {line}"), format!("{ip} route add {line}"));
    made.removes.push(format!("the route \"{text}\""));
    kept(&mut made, "The deletion");
    made.edits.push(Edit::DeleteRoute(family, found.clone()));
    Some(made)
}

fn refuses(route: &Route) -> bool {
    matches!(route.way, Some(Way::Blackhole | Way::NoRoute))
}

/// A route with its table, as `ip route add` takes it.
fn line(route: &Route) -> String {
    let words: Vec<&str> = route.text.split(' ').collect();
    let has_table = words.contains(&"table");
    // What the listing says of the kernel's own doings is no part of a route.
    let mut kept = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word {
            "linkdown" | "dead" | "onlink-failed" => {}
            "expires" | "error" | "pref" => {
                words.next();
            }
            _ => kept.push(word),
        }
    }
    let table = if has_table || route.table == "main" {
        String::new()
    } else {
        format!(" table {}", route.table)
    };
    format!("{}{table}", kept.join(" "))
}

/// The routing rule that decides goes.
fn routing_rule(
    text: &str,
    family: Family,
    id: &str,
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Option<Candidate> {
    let rules = firewall.surroundings.rules[place(family)].as_ref()?;
    let refuses =
        |rule: &&RoutingRule| matches!(rule.does, RoutingAction::Blackhole | RoutingAction::Refuse);
    let found =
        rules.iter().filter(refuses).find(|rule| rule.text == text || ends(&rule.text, text))?;
    // `100: from all to 172.64.0.0/13 blackhole`, with its place before it or without.
    let spec = found.text.split_once(':').filter(|(place, _)| is_number(place));
    let spec = spec.map_or(found.text.as_str(), |(_, rest)| rest).trim();
    if !are_plain_words(spec) {
        return None;
    }
    // Both `unreachable` and `prohibit` refuse, and `ip` deletes only the one that it is told.
    let spec = match (spec.strip_suffix(" unreachable"), prohibits(snapshot, family, found)) {
        (Some(asks), true) => format!("{asks} prohibit"),
        _ => spec.to_owned(),
    };
    let ip = ip(family);
    let pref = found.priority;
    let spec = if spec.split(' ').any(|word| word == "pref" || word == "priority") {
        spec
    } else {
        format!("pref {pref} {spec}")
    };
    let mut made = Candidate::new(Manager::Iptables, id, "so that routing rule is deleted");
    made.run(format!("{ip} rule del {spec}"), format!("{ip} rule add {spec}"));
    made.removes.push(format!("the routing rule \"{}\"", found.text));
    kept(&mut made, "The deletion");
    made.edits.push(Edit::DeleteRoutingRule(family, found.clone()));
    Some(made)
}

fn prohibits(snapshot: &Snapshot, family: Family, rule: &RoutingRule) -> bool {
    let input = match family {
        Family::V4 => Input::Rules4,
        Family::V6 => Input::Rules6,
    };
    let told: Option<Value> = snapshot.text(input).and_then(|text| serde_json::from_str(text).ok());
    let rules = told.as_ref().and_then(Value::as_array).into_iter().flatten();
    let mut of_it = rules.filter(|told| told["priority"] == rule.priority);
    of_it.any(|told| told["action"] == "prohibit")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn ends(whole: &str, text: &str) -> bool {
    !text.is_empty() && whole.ends_with(text)
}

/// Routes for the ranges alone, by the way that everything else goes: where the route that decides is about
/// others too.
fn around(ranges: &[IpNet], family: Family, id: &str, firewall: &Firewall) -> Option<Candidate> {
    let routes = firewall.surroundings.routes[place(family)].as_ref()?;
    let default = routes
        .iter()
        .filter(|route| route.to.prefix_len() == 0 && route.table == "main")
        .filter(|route| matches!(route.way, Some(Way::Out(_))))
        .min_by_key(|route| route.metric)?;
    let rest = default.text.strip_prefix("default ")?;
    if !are_plain_words(rest) {
        return None;
    }
    let way: Vec<&str> = rest.split(' ').collect();
    let mut spec = Vec::new();
    for pair in way.chunks(2) {
        if let [word @ ("via" | "dev" | "src"), value] = pair {
            spec.push(format!("{word} {value}"));
        }
    }
    if !spec.iter().any(|word| word.starts_with("dev ")) {
        return None;
    }
    let spec = spec.join(" ");
    let ip = ip(family);
    let mut made =
        Candidate::new(Manager::Iptables, id, "so they get routes by the way of everything else");
    for range in ranges {
        // A route to the same prefix would take its place, or be refused.
        if routes
            .iter()
            .any(|route| interval(&route.to) == interval(range) && route.table == "main")
        {
            return None;
        }
        made.run(
            format!("{ip} route add {range} {spec}"),
            format!("{ip} route del {range} {spec}"),
        );
        made.edits.push(Edit::AddRoute(
            family,
            Route { to: *range, text: format!("{range} {spec}"), metric: 0, ..default.clone() },
        ));
    }
    made.adds.push(format!("routes to {}", some(ranges)));
    kept(&mut made, "A route");
    Some(made)
}

/// The check of sources becomes loose: the way back may be another one, as long as there is one.
fn source_check(interface: &str, id: &str, firewall: &Firewall) -> Option<Candidate> {
    if !is_plain(interface) {
        return None;
    }
    let name = format!("net.ipv4.conf.{interface}.rp_filter");
    let old = firewall.surroundings.switches.as_ref()?.get(&name)?;
    if !is_number(old) {
        return None;
    }
    // A dot in an interface's name is told as a slash.
    let told = format!("net.ipv4.conf.{}.rp_filter", interface.replace('.', "/"));
    let mut made = Candidate::new(
        Manager::Iptables,
        id,
        "so the check asks only whether there is a way back at all",
    );
    made.run(format!("sysctl -w {told}=2"), format!("sysctl -w {told}={old}"));
    made.adds.push(format!("{name} = 2 in the place of {old}"));
    made.kept.how = vec![
        "A switch lives until the next start: put it into a file in /etc/sysctl.d as well."
            .to_owned(),
    ];
    made.kept.commands =
        vec![super::proposal::Command::line("/etc/sysctl.d/60-rayfix.conf", format!("{told} = 2"))];
    made.cautions.push(format!(
        "Answers leave by another interface than {interface}: whoever is there has to pass them on."
    ));
    made.edits.push(Edit::Switch { name, to: "2".to_owned() });
    Some(made)
}
