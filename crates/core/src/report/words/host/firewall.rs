//! Words for what the packet filter and the routes do with Cloudflare's connections.

use std::borrow::Cow;

use crate::evidence::host::firewall::{
    ChainSeen, DecidedBy, DeciderKind, Ends, Fares, FirewallSeen, NotAccepted, Passage,
};
use crate::report::guard::quote;
use crate::report::words::units::{count, list, list_of, several};

/// How many groups a sentence tells.
const GROUPS: usize = 3;

/// `the packet filter (ufw) accepts all 22 of Cloudflare's ranges at ports 80 and 443`, or what it does
/// instead.
pub(super) fn sentence(seen: &FirewallSeen) -> String {
    let told = groups(&seen.passages);
    let mut text = match told.first() {
        None if seen.passages.is_empty() => "the packet filter was asked about no range".to_owned(),
        None => {
            let ranges: usize = families(seen).iter().sum();
            let ports = ports(&distinct(seen.passages.iter().map(|one| one.port)));
            format!("{} all {ranges} of Cloudflare's ranges at {ports}", accepts(seen))
        }
        Some(_) => {
            let lines: Vec<String> = told.iter().take(GROUPS).map(Group::words).collect();
            let more = told.len().saturating_sub(GROUPS);
            let more = match more {
                0 => String::new(),
                _ => format!("; and {} besides", several(more, "group")),
            };
            format!("at the packet filter{}: {}{more}", by_manager(seen), lines.join("; "))
        }
    };
    if let Some(trouble) = seen.troubles.first() {
        text += &format!("; not all of it could be read: {}", quote(trouble));
    }
    text
}

fn accepts(seen: &FirewallSeen) -> String {
    match &seen.manager {
        None => "no rule is in the way: the kernel accepts".to_owned(),
        Some(_) => format!("the packet filter{} accepts", by_manager(seen)),
    }
}

fn by_manager(seen: &FirewallSeen) -> String {
    seen.manager.as_deref().map(|name| format!(" ({})", owner(name))).unwrap_or_default()
}

/// A manager's name, which a case file may have changed.
fn owner(name: &str) -> Cow<'_, str> {
    match name {
        "docker" => "Docker".into(),
        "crowdsec" => "CrowdSec".into(),
        "kubernetes" => "Kubernetes".into(),
        _ if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => name.into(),
        _ => quote(name).into(),
    }
}

/// How many ranges of each family were asked about.
fn families(seen: &FirewallSeen) -> Vec<usize> {
    let of = |ipv6: bool| {
        seen.passages.iter().filter(|one| one.ipv6 == ipv6).map(|one| one.ranges).max()
    };
    [false, true].into_iter().filter_map(of).collect()
}

/// The same group at one port or several.
struct Group<'a> {
    ports: Vec<u16>,
    passage: &'a Passage,
    group: &'a NotAccepted,
}

fn groups(passages: &[Passage]) -> Vec<Group<'_>> {
    let mut all: Vec<Group<'_>> = Vec::new();
    for passage in passages {
        for group in &passage.groups {
            let same = |had: &&mut Group<'_>| had.group == group;
            match all.iter_mut().find(same) {
                Some(had) => had.ports.push(passage.port),
                None => all.push(Group { ports: vec![passage.port], passage, group }),
            }
        }
    }
    let weight = |one: &Group<'_>| match one.group.fares {
        Fares::Dropped | Fares::Rejected => 0,
        Fares::Unknown => 1,
        Fares::Limited => 2,
    };
    all.sort_by_key(weight);
    all
}

impl Group<'_> {
    fn words(&self) -> String {
        let at = ports(&self.ports);
        let how = fares(self.group);
        let what = addresses(self.passage, self.group);
        let be = if is_one(self.group) { "is" } else { "are" };
        let by = deciders(self.group);
        match self.group.fares {
            Fares::Unknown => format!("whether {what} {be} accepted at {at} cannot be told{by}"),
            _ => format!("{what} {be} {how} at {at}{by}"),
        }
    }
}

fn is_one(group: &NotAccepted) -> bool {
    group.count == 1
}

/// `dropped`, `rejected with a TCP reset`
fn fares(group: &NotAccepted) -> String {
    match (group.fares, group.ends, group.refusal.as_deref()) {
        (Fares::Dropped, Some(Ends::Reply), _) => "accepted, and the answer is dropped,".to_owned(),
        (Fares::Dropped, Some(Ends::Later), _) => {
            "accepted, and what they send after the handshake is dropped,".to_owned()
        }
        (Fares::Dropped, _, _) => "dropped".to_owned(),
        (Fares::Rejected, _, Some("tcp-reset")) => "rejected with a TCP reset".to_owned(),
        (Fares::Rejected, ..) => "rejected".to_owned(),
        (Fares::Limited, ..) => "accepted only below a limit".to_owned(),
        (Fares::Unknown, ..) => "unknown".to_owned(),
    }
}

/// `at port 443`
fn ports(all: &[u16]) -> String {
    let words: Vec<String> = all.iter().map(u16::to_string).collect();
    match all.len() {
        1 => format!("port {}", words[0]),
        _ => format!("ports {}", list(&words)),
    }
}

fn distinct(all: impl Iterator<Item = u16>) -> Vec<u16> {
    let mut seen = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// `all of Cloudflare's IPv4 ranges`, `172.64.0.0/13 (29 % of Cloudflare's IPv4 addresses)`.
pub(crate) fn addresses(passage: &Passage, group: &NotAccepted) -> String {
    let family = if passage.ipv6 { "IPv6" } else { "IPv4" };
    if group.whole.len() == passage.ranges && passage.ranges > 0 {
        return format!("all of Cloudflare's {family} ranges");
    }
    let prefixes = if group.part.is_empty() { &group.whole } else { &group.prefixes };
    let number = if group.part.is_empty() { group.whole.len() } else { group.count };
    let shown: Vec<String> = prefixes.iter().take(4).map(ToString::to_string).collect();
    let more = number.saturating_sub(shown.len());
    let mut items = shown;
    if more > 0 {
        items.push(format!("{more} more"));
    }
    let which = list_of(&items, 5);
    if group.single {
        return match group.addresses {
            1 => format!("{which}, a single address of Cloudflare's,"),
            // Of IPv6 nobody counts.
            number if number < 1 << 32 => {
                format!("{which} ({} single addresses of Cloudflare's)", count(number))
            }
            _ => format!("{which} (small networks of Cloudflare's)"),
        };
    }
    format!("{which} ({} of Cloudflare's {family} addresses)", share(group.share))
}

/// `29 %`, `0.3 %`, `less than 0.1 %`.
pub(crate) fn share(millionths: u32) -> String {
    let tenths = (u64::from(millionths) + 500) / 1_000;
    match tenths {
        0 => "less than 0.1 %".to_owned(),
        1..100 => format!("{}.{} %", tenths / 10, tenths % 10),
        _ => format!("{} %", (tenths + 5) / 10),
    }
}

/// ` by the rule …`; empty: nobody is known.
fn deciders(group: &NotAccepted) -> String {
    let Some(first) = group.by.first() else { return String::new() };
    let more = match group.deciders.saturating_sub(1) {
        0 => String::new(),
        1 => " and another one".to_owned(),
        more => format!(" and {} more", count(more as u64)),
    };
    format!("{}{more}", decider(first))
}

/// ` by …`, with the place and the owner.
fn decider(by: &DecidedBy) -> String {
    let owner = by.owner.as_deref().map(|name| format!(", of {}", owner(name)));
    let owner = owner.unwrap_or_default();
    let place = |chain: &ChainSeen| {
        let table = format!("{} {}", chain.family, chain.table);
        format!("chain {} of table {}{owner}", quote(&chain.chain), quote(&table))
    };
    let rule = |by: &DecidedBy| {
        let number = match (by.handle, by.number) {
            (Some(handle), _) => format!("handle {handle}, "),
            (None, Some(number)) => format!("rule {number}, "),
            (None, None) => String::new(),
        };
        let said = by.comment.as_deref().map(|said| format!(", with the comment {}", quote(said)));
        let place = by.chain.as_ref().map(place).unwrap_or_default();
        format!("{} ({number}{place}){}", quote(&by.text), said.unwrap_or_default())
    };
    match by.kind {
        DeciderKind::Rule => format!(" by {}", rule(by)),
        DeciderKind::Policy => match &by.chain {
            Some(chain) => format!(" by the policy of {}", place(chain)),
            None => " by a policy".to_owned(),
        },
        DeciderKind::Route if by.text.is_empty() => ": no route leads back to them".to_owned(),
        DeciderKind::Route => format!(" by the route {}", quote(&by.text)),
        DeciderKind::SourceCheck => {
            format!(" by the check of sources (rp_filter) on {}", quote(&by.text))
        }
        DeciderKind::Nobody => {
            format!(": they are led to {}, where nobody listens", quote(&by.text))
        }
        DeciderKind::Queue => format!(" by a queue that no program reads: {}", rule(by)),
        DeciderKind::Neighbours => format!(
            ", since what IPv6 needs to find its neighbours is kept out by {}",
            if by.chain.is_some() && by.number.is_some() { rule(by) } else { quote(&by.text) }
        ),
        DeciderKind::Untold => format!(": {}", quote(&by.text)),
    }
}

/// What decides, in a few words, for a finding's particulars: as received.
pub(crate) fn decider_in_brief(by: &DecidedBy) -> String {
    let place = by.chain.as_ref().map(|chain| {
        let number = by.number.map(|number| format!(" rule {number}")).unwrap_or_default();
        format!("{} {} {}{number}", chain.family, chain.table, chain.chain)
    });
    let owner = by.owner.as_deref().map(|owner| format!("{owner}: "));
    let place = place.map(|place| format!("{place}: "));
    format!("{}{}{}", owner.unwrap_or_default(), place.unwrap_or_default(), by.text)
}

/// Groups for a note, each once: `172.64.0.0/13 (…) is dropped at ports 80 and 443 by …; 2400:cb00::/32 …`.
pub(crate) fn for_note(passages: &[(&Passage, &NotAccepted)]) -> String {
    let mut told: Vec<&NotAccepted> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for (passage, group) in passages {
        if told.contains(group) {
            continue;
        }
        told.push(group);
        let like = |one: &&(&Passage, &NotAccepted)| one.1 == *group;
        let at: Vec<u16> = passages.iter().filter(like).map(|(passage, _)| passage.port).collect();
        words.push(Group { ports: distinct(at.into_iter()), passage, group }.words());
    }
    // The rest is in the reading.
    if let more @ 1.. = words.len().saturating_sub(2) {
        words.truncate(2);
        words.push(format!("and {more} more"));
    }
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::host::firewall_sample::Filter;

    #[test]
    fn a_filter_is_told_in_one_sentence() {
        let empty = FirewallSeen { manager: None, ..Filter::open().seen() };
        let six = Filter::open().shuts_family(80, true).shuts_family(443, true);
        for (seen, wanted) in [
            (
                Filter::open().seen(),
                "the packet filter (nftables) accepts all 22 of Cloudflare's ranges at ports 80 and \
                 443",
            ),
            (
                empty,
                "no rule is in the way: the kernel accepts all 22 of Cloudflare's ranges at ports 80 \
                 and 443",
            ),
            (
                six.seen(),
                "at the packet filter (nftables): all of Cloudflare's IPv6 ranges are dropped at \
                 ports 80 and 443 by the policy of chain `input` of table `inet filter`, of nftables",
            ),
            (
                Filter::open().bans(443, &["162.158.9.4/32", "172.64.0.77/32"]).seen(),
                "at the packet filter (nftables): 162.158.9.4/32 and 172.64.0.77/32 (2 single \
                 addresses of Cloudflare's) are dropped at port 443 by `tcp dport { 80, 443 } ip \
                 saddr @addr-set-nginx reject` (handle 7, chain `f2b-chain` of table `inet filter`, \
                 of fail2ban)",
            ),
            (
                Filter::open().keeps_answers(443).seen(),
                "at the packet filter (nftables): all of Cloudflare's IPv4 ranges are accepted, and \
                 the answer is dropped, at port 443 by `tcp sport { 80, 443 } drop` (handle 7, chain \
                 `output` of table `inet filter`, of nftables)",
            ),
            (
                Filter::open().loses_the_way(443, "").seen(),
                "at the packet filter (nftables): all of Cloudflare's IPv4 ranges are accepted, and \
                 the answer is dropped, at port 443: no route leads back to them",
            ),
            (
                Filter::open().unknown(80).in_part().seen(),
                "at the packet filter (nftables): whether all of Cloudflare's IPv4 ranges are \
                 accepted at port 80 cannot be told: `match geoip cannot be told`; not all of it \
                 could be read: `nft.json: line 7 is no rule`",
            ),
        ] {
            assert_eq!(sentence(&seen), wanted);
        }
    }

    #[test]
    fn what_a_rule_says_of_itself_reaches_nobody_as_it_came() {
        let mut seen = Filter::open().drops(443, &["104.16.0.0/13"]).seen();
        for by in seen.passages.iter_mut().flat_map(|one| &mut one.groups).flat_map(|g| &mut g.by) {
            by.text = "drop \u{1b}[2J".to_owned();
            by.comment = Some("`<script>\u{7}".to_owned());
            by.owner = Some("ufw\u{1b}[31m".to_owned());
        }
        let told = sentence(&seen);
        assert!(!told.contains(|c: char| c.is_control()), "{told:?}");
    }

    #[test]
    fn a_share_is_told_as_people_say_it() {
        for (millionths, wanted) in [
            (1, "less than 0.1 %"),
            (3_000, "0.3 %"),
            (21_500, "2.2 %"),
            (343_900, "34 %"),
            (1_000_000, "100 %"),
        ] {
            assert_eq!(share(millionths), wanted);
        }
    }
}
