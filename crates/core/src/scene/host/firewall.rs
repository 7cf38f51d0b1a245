//! The packet filter and the routes of the origin, as far as they are in the way of the edge.
//!
//! What counts is what becomes of Cloudflare's addresses at the ports and in the families that the edge
//! uses for this site. What is kept out there is a fault, whoever meets it; which cause it belongs to is
//! decided here once, so that no two causes claim the same rule. It is certain where everything that the
//! edge could come by is shut, somebody listens behind it, and visits end as they must then. Where a part
//! is shut, nobody knows from which address a visit came, so it is at most likely.

use std::net::IpAddr;

use ipnet::IpNet;

use super::OnHost;
use super::blame::weigh;
use super::proxy::{DoorUsed, Way};
use crate::causes::{Confidence, Need, Verdict};
use crate::evidence::host::firewall::{
    DeciderKind, Ends, Fares, FirewallSeen, NotAccepted, Passage,
};
use crate::evidence::{HostAnswer, Reading, ReadingId};
use crate::hop::Hop;
use crate::report::words::host::firewall::{decider_in_brief, share};
use crate::scene::Scene;
use crate::scene::suspect::{Sign, deduped};
use crate::scene::visits::EdgeState;

/// Whose fault it is that addresses are kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aim {
    /// A rule or a policy keeps them from coming in.
    Firewall,
    /// They are banned one by one.
    Ban,
    /// No route leads back to them, or the check of sources refuses them.
    Route,
    /// This machine's answer is dropped.
    Replies,
    /// One of the families is shut whole, and the other is not.
    Family,
}

/// What is shut, and in which passage.
pub type Shut<'a> = (&'a Passage, &'a NotAccepted);

/// What a cause has to answer for.
#[derive(Debug)]
pub struct Charge<'a> {
    /// The reading.
    pub reading: &'a Reading,
    /// What it says.
    pub seen: &'a FirewallSeen,
    /// What is shut, the biggest first.
    pub shut: Vec<Shut<'a>>,
    /// Whether nothing else is left by which the edge could come in.
    pub is_all: bool,
}

impl<'a> OnHost<'a> {
    /// What the packet filter does with Cloudflare's connections.
    #[must_use]
    pub fn firewall(&self) -> Option<(&'a Reading, &'a FirewallSeen)> {
        self.all().find_map(|(reading, _, answer)| match answer {
            HostAnswer::Firewall(seen) => Some((reading, seen.as_ref())),
            _ => None,
        })
    }
}

/// The passages that the edge uses for the site.
fn used<'a>(scene: &Scene<'_>, seen: &'a FirewallSeen) -> Vec<&'a Passage> {
    let mut used: Vec<&Passage> = Vec::new();
    for (road, _) in scene.used_roads() {
        let passage = seen.passage(road.road.to.port(), road.road.to.is_ipv6());
        used.extend(passage.filter(|one| !used.iter().any(|had| std::ptr::eq(*had, *one))));
    }
    if is_mute(scene) {
        let ports: Vec<u16> = used.iter().map(|one| one.port).collect();
        let four = seen.passages.iter().filter(|one| !one.ipv6 && one.listens == Some(true));
        used.extend(four.filter(|one| ports.is_empty() || ports.contains(&one.port)));
    }
    used
}

/// Whether the origin's addresses were not told, and were looked for in vain over IPv4: a host that has
/// an address there and no way to anywhere speaks from none.
fn is_mute(scene: &Scene<'_>) -> bool {
    let Some(host) = &scene.host else { return false };
    let origins = &scene.target.origins;
    // Where a tunnel leads to the site, nobody looks for addresses.
    let sought = match origins.is_empty() {
        true => !host.all().any(|(_, _, answer)| matches!(answer, HostAnswer::Connector(_))),
        false => scene.target.origins_assumed,
    };
    let speaks = origins.iter().any(|origin| origin.address.is_ipv4());
    sought && !speaks && host.place.addresses.iter().any(IpAddr::is_ipv4)
}

/// Whether no range comes in by a passage.
fn is_shut(passage: &Passage) -> bool {
    let out: u64 = passage.kept_out().map(|group| u64::from(group.share)).sum();
    passage.accepted == 0 && out >= 1_000_000
}

/// The family that is shut whole while the other, which the edge uses as well, is not.
fn shut_family(used: &[&Passage]) -> Option<bool> {
    let shut = |ipv6: bool| {
        let mut of_it = used.iter().filter(|one| one.ipv6 == ipv6).peekable();
        of_it.peek().is_some().then(|| of_it.all(|one| is_shut(one)))
    };
    // What cannot be told of the other is no ground to tell them apart.
    let lets_in =
        |ipv6: bool| used.iter().filter(|one| one.ipv6 == ipv6).all(|one| one.accepted > 0);
    match (shut(false)?, shut(true)?) {
        (true, false) if lets_in(true) => Some(false),
        (false, true) if lets_in(false) => Some(true),
        _ => None,
    }
}

fn aim(passage: &Passage, group: &NotAccepted, family: Option<bool>) -> Aim {
    let routed = group.is_by(DeciderKind::Route) || group.is_by(DeciderKind::SourceCheck);
    let goes_out = group
        .by
        .iter()
        .filter_map(|by| by.chain.as_ref())
        .any(|chain| matches!(chain.hook.as_str(), "output" | "postrouting" | "egress"));
    if routed {
        Aim::Route
    } else if group.ends == Some(Ends::Reply) || goes_out && group.ends != Some(Ends::Refusal) {
        Aim::Replies
    } else if family == Some(passage.ipv6) {
        Aim::Family
    } else if group.single && group.is_by(DeciderKind::Rule) {
        Aim::Ban
    } else {
        Aim::Firewall
    }
}

/// What is shut for the site, whoever's fault it is, with whose it is.
#[must_use]
pub fn shut<'a>(scene: &Scene<'a>) -> Vec<(Aim, Shut<'a>)> {
    let Some((_, seen)) = scene.host.as_ref().and_then(OnHost::firewall) else {
        return Vec::new();
    };
    let used = used(scene, seen);
    let family = shut_family(&used);
    let groups = used.iter().flat_map(|passage| passage.kept_out().map(move |one| (*passage, one)));
    let mut all: Vec<(Aim, Shut<'a>)> =
        groups.map(|(passage, one)| (aim(passage, one, family), (passage, one))).collect();
    all.sort_by_key(|(_, (_, group))| std::cmp::Reverse(group.share));
    all
}

/// What is accepted below a limit only, at the passages that the edge uses.
#[must_use]
pub fn limited<'a>(scene: &Scene<'a>) -> Vec<Shut<'a>> {
    let Some((_, seen)) = scene.host.as_ref().and_then(OnHost::firewall) else {
        return Vec::new();
    };
    let limits = |group: &&NotAccepted| group.fares == Fares::Limited;
    let used = used(scene, seen);
    used.iter()
        .flat_map(|passage| passage.groups.iter().filter(limits).map(move |one| (*passage, one)))
        .collect()
}

/// What a cause has to answer for; `None`: nothing.
#[must_use]
pub fn charge<'a>(scene: &Scene<'a>, wanted: Aim) -> Option<Charge<'a>> {
    let (reading, seen) = scene.host.as_ref()?.firewall()?;
    let shut: Vec<Shut<'a>> =
        shut(scene).into_iter().filter(|(aim, _)| *aim == wanted).map(|(_, shut)| shut).collect();
    if shut.is_empty() {
        return None;
    }
    let is_all = used(scene, seen).iter().all(|passage| {
        let own = shut.iter().filter(|(at, _)| std::ptr::eq(*at, *passage));
        let out: u64 = own.map(|(_, group)| u64::from(group.share)).sum();
        passage.accepted == 0 && out >= 1_000_000
    });
    Some(Charge { reading, seen, shut, is_all })
}

/// Whether the packet filter was read and surely accepts every range at every passage that the edge
/// uses: the reading.
#[must_use]
pub fn accepts_all(scene: &Scene<'_>) -> Option<ReadingId> {
    let (reading, seen) = scene.host.as_ref()?.firewall()?;
    let used = used(scene, seen);
    let open = !used.is_empty() && used.iter().all(|passage| passage.is_open());
    (open && !seen.rules_missing).then_some(reading.id)
}

/// Judges a cause by what is shut, and by nothing else.
#[must_use]
pub fn judge(scene: &Scene<'_>, wanted: Aim) -> Verdict {
    if scene.visits.direct && scene.visits.state() != EdgeState::Works {
        return Verdict::needs([Need::Mend(Hop::Dns)]);
    }
    if let Some(verdict) = unmet(scene, wanted) {
        return verdict;
    }
    match charge(scene, wanted) {
        Some(charge) => blame(scene, &charge),
        None => weigh(scene, None, &clean(scene)),
    }
}

/// Where every visit was served and a part is shut all the same: visits that came by other addresses are no word for
/// those that are shut out.
#[must_use]
pub fn unmet(scene: &Scene<'_>, wanted: Aim) -> Option<Verdict> {
    let served = scene.visits.state() == EdgeState::Works && !scene.visits.direct;
    let part = served && charge(scene, wanted).is_some_and(|charge| !charge.is_all);
    part.then(|| Verdict::needs([Need::WhileItFails]))
}

/// The reading that shows that nothing is shut by a cause: all that is used was told for certain.
fn clean(scene: &Scene<'_>) -> Vec<ReadingId> {
    let Some((reading, seen)) = scene.host.as_ref().and_then(OnHost::firewall) else {
        return Vec::new();
    };
    let told = |passage: &&Passage| passage.groups.iter().all(|one| one.fares != Fares::Unknown);
    let used = used(scene, seen);
    let by_tunnel = used.is_empty() && scene.comes_by_tunnel();
    let all_told = by_tunnel || !used.is_empty() && used.iter().all(told);
    if all_told && !seen.rules_missing { vec![reading.id] } else { Vec::new() }
}

/// Blames what is shut, as far as it explains what visitors get.
#[must_use]
pub fn blame(scene: &Scene<'_>, charge: &Charge<'_>) -> Verdict {
    let sign = Sign::new([charge.reading.id], controls(scene)).at_most(most(scene, charge));
    described(weigh(scene, Some(sign), &[]), charge)
}

/// The most that it explains. What is shut whole ends every visit in one of few ways; a visit that came
/// in all the same came by a way that is not known here.
fn most(scene: &Scene<'_>, charge: &Charge<'_>) -> Confidence {
    if charge.seen.rules_missing || !charge.is_all {
        return Confidence::Likely;
    }
    let late = charge.shut.iter().any(|(_, group)| group.ends == Some(Ends::Later));
    let symptom = &scene.symptom;
    let coded = symptom.error_code.is_some_and(|code| Some(code) != symptom.status);
    let came_in = scene.host.as_ref().is_some_and(|host| host.arrived().is_some());
    match symptom.status {
        _ if coded || came_in => Confidence::Possible,
        Some(521..=523) => Confidence::Certain,
        Some(520 | 524) if late => Confidence::Certain,
        // A 502 may be the edge's word for it.
        Some(502) | None => Confidence::Likely,
        Some(_) => Confidence::Possible,
    }
}

/// What came out the other way: somebody listens behind what is shut, and serves this machine itself.
fn controls(scene: &Scene<'_>) -> Vec<ReadingId> {
    let Some(host) = &scene.host else { return Vec::new() };
    let (mut found, mut served) = (Vec::new(), None);
    for door in scene.doors_used() {
        if !matches!(door.way, Way::Road(_)) {
            continue;
        }
        let taken = host.takers(&door.to()).filter(|(_, takers)| !takers.is_empty());
        found.extend(taken.map(|(reading, _)| reading.id));
        if door.serves() && served.is_none() {
            served = door.http().map(|(reading, _)| reading.id);
        }
    }
    found.extend(served);
    let door_accepts = |door: &DoorUsed<'_, '_>| match door.way {
        Way::Road(road) => road.tcp.filter(|_| !door.reached().is_empty()).map(|one| one.id),
        Way::Tunnel(_) => None,
    };
    if found.is_empty() {
        found.extend(scene.doors_used().iter().filter_map(door_accepts));
    }
    deduped(found)
}

/// The verdict with the particulars: which ranges, how much of all, at which ports, by what, whose.
fn described(verdict: Verdict, charge: &Charge<'_>) -> Verdict {
    let Some((_, biggest)) = charge.shut.first() else { return verdict };
    let mut ranges: Vec<String> = Vec::new();
    let mut part: Vec<String> = Vec::new();
    let mut ports: Vec<u16> = Vec::new();
    let mut by: Vec<String> = Vec::new();
    let mut owners: Vec<String> = Vec::new();
    let mut flaws: Vec<&str> = Vec::new();
    for (passage, group) in &charge.shut {
        add(&mut ports, passage.port);
        add_all(&mut ranges, group.whole.iter().map(IpNet::to_string));
        if !group.part.is_empty() {
            add_all(&mut part, group.prefixes.iter().map(IpNet::to_string));
        }
        add_all(&mut by, group.by.iter().map(decider_in_brief));
        add_all(&mut owners, group.by.iter().filter_map(|by| by.owner.clone()));
        add_all(&mut flaws, group.flaw.iter().map(|flaw| flaw.word()));
    }
    part.truncate(NotAccepted::MOST);
    by.truncate(2 * NotAccepted::MOST_DECIDERS);
    let mut verdict = verdict
        .with("verdict", biggest.fares.word())
        .with("ports", ports)
        .with("ranges", ranges)
        .with("prefixes", part)
        .with("share", shares(charge))
        .with("by", by);
    let first = [("owner", owners.first().map(String::as_str)), ("flaw", flaws.first().copied())];
    for (key, word) in first {
        if let Some(word) = word {
            verdict = verdict.with(key, word);
        }
    }
    match super::mending::mend(charge) {
        Some(words) => verdict.with("mend", words),
        None => verdict,
    }
}

/// `29 % of IPv4`, for the port where it is most.
fn shares(charge: &Charge<'_>) -> Vec<String> {
    let mut told = Vec::new();
    for ipv6 in [false, true] {
        let mut most = 0;
        for (passage, _) in charge.shut.iter().filter(|(passage, _)| passage.ipv6 == ipv6) {
            let here = charge.shut.iter().filter(|(at, _)| std::ptr::eq(*at, *passage));
            most = most.max(here.map(|(_, group)| group.share).sum::<u32>());
        }
        if most > 0 {
            let family = if ipv6 { "IPv6" } else { "IPv4" };
            told.push(format!("{} of {family}", share(most.min(1_000_000))));
        }
    }
    told
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

fn add_all<T: PartialEq>(all: &mut Vec<T>, more: impl Iterator<Item = T>) {
    more.for_each(|one| add(all, one));
}
