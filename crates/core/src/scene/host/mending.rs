//! What to do about addresses that are kept out, in the dialect of whoever manages the rule: one or two
//! sentences that name the ranges, so that the commands can be pasted.
//!
//! Received text does not get in here: prefixes and ports are our own, of names only those that a shell
//! takes as one word.

use ipnet::IpNet;

use super::firewall::Charge;
use crate::evidence::host::firewall::{ChainSeen, DecidedBy, DeciderKind, Ends, Flaw, NotAccepted};
use crate::report::words::units::list_of;

/// What to do; `None`: the manual's words are all there is to say.
pub(super) fn mend(charge: &Charge<'_>) -> Option<String> {
    let (passage, group) = charge.shut.first()?;
    let by = group.by.first()?;
    let owner = by.owner.as_deref().or(charge.seen.manager.as_deref()).unwrap_or_default();
    let both = charge.shut.iter().any(|(at, _)| at.ipv6 != passage.ipv6);
    let knows_both = matches!(owner, "ufw" | "firewalld" | "fail2ban" | "crowdsec" | "csf");
    let mut prefixes: Vec<IpNet> = Vec::new();
    for (at, other) in &charge.shut {
        if at.ipv6 == passage.ipv6 && other.single == group.single || knows_both {
            let all = if other.part.is_empty() { &other.whole } else { &other.prefixes };
            let new: Vec<IpNet> =
                all.iter().filter(|one| !prefixes.contains(one)).copied().collect();
            prefixes.extend(new);
        }
    }
    let to = Wanted { group, prefixes, ports: ports(charge), ipv6: passage.ipv6, both };
    match by.kind {
        DeciderKind::Route => return Some(route(by, &to)),
        DeciderKind::SourceCheck => return Some(source_check(by)),
        DeciderKind::Rule | DeciderKind::Policy | DeciderKind::Neighbours => {}
        DeciderKind::Nobody | DeciderKind::Queue | DeciderKind::Untold => return None,
    }
    if group.ends == Some(Ends::Reply) {
        return Some(reply(by, &to));
    }
    let text = if group.single { ban(owner, by, &to) } else { admit(owner, by, &to) };
    let other = if passage.ipv6 { "IPv4" } else { "IPv6" };
    Some(if both && !knows_both { format!("{text} Do the same for {other}.") } else { text })
}

struct Wanted<'a> {
    group: &'a NotAccepted,
    /// What to let in; never empty.
    prefixes: Vec<IpNet>,
    ports: Vec<u16>,
    ipv6: bool,
    /// Whether the other family is kept out as well.
    both: bool,
}

/// A single address without its length.
fn short(one: &IpNet) -> String {
    if one.prefix_len() == one.max_prefix_len() { one.addr().to_string() } else { one.to_string() }
}

fn ports(charge: &Charge<'_>) -> Vec<u16> {
    let mut all: Vec<u16> = charge.shut.iter().map(|(passage, _)| passage.port).collect();
    all.sort_unstable();
    all.dedup();
    all
}

impl Wanted<'_> {
    /// `80,443`
    fn ports(&self) -> String {
        let words: Vec<String> = self.ports.iter().map(u16::to_string).collect();
        words.join(",")
    }

    fn first(&self) -> String {
        self.prefixes.first().map(short).unwrap_or_default()
    }

    /// Without the length of a single address.
    fn address(&self) -> String {
        self.prefixes.first().map(|one| one.addr().to_string()).unwrap_or_default()
    }

    /// ` and the same for A, B`; empty: there is no other.
    fn others(&self) -> String {
        let rest: Vec<String> = self.prefixes.iter().skip(1).map(short).collect();
        match rest.len() {
            0 => String::new(),
            _ => format!(", and the same for {}", list_of(&rest, 12)),
        }
    }

    fn everything(&self) -> String {
        let (page, other) = if self.ipv6 { ("ips-v6", "ips-v4") } else { ("ips-v4", "ips-v6") };
        let other = if self.both { format!(" and `/{other}`") } else { String::new() };
        format!("each range of `https://www.cloudflare.com/{page}`{other}")
    }

    fn saddr(&self) -> &'static str {
        if self.ipv6 { "ip6 saddr" } else { "ip saddr" }
    }
}

/// Takes a ban back, at whoever made it.
fn ban(owner: &str, by: &DecidedBy, to: &Wanted<'_>) -> String {
    let address = to.address();
    let others = to.others();
    let why = "Then let the web server log the visitor's own address (`CF-Connecting-IP`), or the same \
               ban comes back";
    match owner {
        "fail2ban" => format!(
            "Lift the ban: `fail2ban-client unban {address}`{others}, and add Cloudflare's ranges to \
             `ignoreip` in `/etc/fail2ban/jail.local`. {why}."
        ),
        "crowdsec" => format!(
            "Lift the ban: `cscli decisions delete --ip {address}`{others}, and put Cloudflare's ranges \
             on a whitelist of CrowdSec. {why}."
        ),
        "csf" => format!(
            "Lift the ban: `csf -dr {address}` (a temporary one: `csf -tr {address}`){others}, and add \
             Cloudflare's ranges to `/etc/csf/csf.allow` and `csf.ignore`. {why}."
        ),
        "ufw" => format!("Take the rule back: `ufw delete deny from {address}`{others}. {why}."),
        _ => format!("{}{others}. {why}.", take_out(by, to)),
    }
}

/// The sentence that takes the deciding rule, or the element of its set, out.
fn take_out(by: &DecidedBy, to: &Wanted<'_>) -> String {
    let chain = by.chain.as_ref();
    match (chain, by.set.as_deref()) {
        (Some(chain), Some(set)) if chain.backend == "nft" && plain(set) && plain(&chain.table) => {
            format!(
                "Take it off the set: `nft delete element {} {} {set} '{{ {} }}'`",
                word(&chain.family),
                chain.table,
                to.first()
            )
        }
        (Some(_), Some(set)) if plain(set) => {
            format!("Take it off the set: `ipset del {set} {}`", to.first())
        }
        (Some(chain), None) if by.kind == DeciderKind::Rule => match delete(chain, by) {
            Some(command) => format!("Take the rule out: `{command}`"),
            None => "Take the rule out".to_owned(),
        },
        _ => "Take the rule out".to_owned(),
    }
}

/// The command that deletes a rule.
fn delete(chain: &ChainSeen, by: &DecidedBy) -> Option<String> {
    if !plain(&chain.table) || !plain(&chain.chain) {
        return None;
    }
    if chain.backend == "nft" {
        let (family, handle) = (word(&chain.family), by.handle?);
        return Some(format!(
            "nft delete rule {family} {} {} handle {handle}",
            chain.table, chain.chain
        ));
    }
    let number = by.number?;
    Some(format!("{} -t {} -D {} {number}", iptables(chain), chain.table, chain.chain))
}

fn iptables(chain: &ChainSeen) -> String {
    let program = if chain.family == "ip6" { "ip6tables" } else { "iptables" };
    match chain.backend.as_str() {
        "iptables-legacy" => format!("{program}-legacy"),
        _ => program.to_owned(),
    }
}

/// Lets ranges in, in the dialect of whoever keeps them out.
fn admit(owner: &str, by: &DecidedBy, to: &Wanted<'_>) -> String {
    let (first, ports) = (to.first(), to.ports());
    let others = match to.group.flaw {
        Some(Flaw::Everything | Flaw::PortForgotten | Flaw::FamilyForgotten) => {
            format!(", and so for {}", to.everything())
        }
        _ => to.others(),
    };
    if to.group.flaw == Some(Flaw::Named) && by.kind == DeciderKind::Rule && owner != "ufw" {
        let store = "and out of the file that makes it, or it is back at the next start";
        return format!("{}{}, {store}.", take_out(by, to), to.others());
    }
    match owner {
        "ufw" => format!(
            "Let the range in before the rule that refuses it: `ufw prepend allow proto tcp from {first} \
             to any port {ports}`{others}."
        ),
        "firewalld" if to.group.whole.is_empty() || to.group.flaw == Some(Flaw::Named) => format!(
            "Let it in: `firewall-cmd --permanent --zone=trusted --add-source={first}`{others}; then \
             `firewall-cmd --reload`."
        ),
        "firewalld" => {
            "Open the site's services in the zone of the interface: `firewall-cmd --permanent \
                        --add-service=http --add-service=https`; then `firewall-cmd --reload`."
                .to_owned()
        }
        "csf" => format!("Let it in: `csf -a {first}`{others}."),
        "docker" | "kubernetes" => format!(
            "Let {first} in{others}, in the chain that {owner} leaves to you (`DOCKER-USER`), not in one \
             that it writes itself."
        ),
        _ => by_hand(by, to, &others),
    }
}

fn by_hand(by: &DecidedBy, to: &Wanted<'_>, others: &str) -> String {
    let (first, ports) = (to.first(), to.ports());
    let Some(chain) = by.chain.as_ref().filter(|one| plain(&one.table) && plain(&one.chain)) else {
        return format!("Let {first} in at port {ports}{others}, before the rule that refuses it.");
    };
    let store = "Then write it to the file that is loaded at boot";
    if chain.backend == "nft" {
        let family = word(&chain.family);
        let place = match (by.kind, by.handle) {
            (DeciderKind::Rule, Some(handle)) => {
                format!(
                    "nft insert rule {family} {} {} position {handle}",
                    chain.table, chain.chain
                )
            }
            _ => format!("nft add rule {family} {} {}", chain.table, chain.chain),
        };
        return format!(
            "Let the range in before it is refused: `{place} {} {first} tcp dport '{{ {ports} }}' \
             accept`{others}. {store} (`/etc/nftables.conf`).",
            to.saddr()
        );
    }
    let number = match (by.kind, by.number) {
        (DeciderKind::Rule, Some(number)) => format!(" {number}"),
        _ => String::new(),
    };
    format!(
        "Let the range in before it is refused: `{} -t {} -I {}{number} -s {first} -p tcp -m multiport \
         --dports {ports} -j ACCEPT`{others}. {store} (`netfilter-persistent save`).",
        iptables(chain),
        chain.table,
        chain.chain
    )
}

fn reply(by: &DecidedBy, to: &Wanted<'_>) -> String {
    let ports = to.ports();
    let store = "and write it to the file that is loaded at boot";
    match by.chain.as_ref().filter(|one| plain(&one.table) && plain(&one.chain)) {
        Some(chain) if chain.backend == "nft" => {
            let family = word(&chain.family);
            format!(
                "Let the web server's answers out: `nft insert rule {family} {} {} tcp sport '{{ {ports} \
                 }}' ct state established accept`, {store}.",
                chain.table, chain.chain
            )
        }
        Some(chain) => format!(
            "Let the web server's answers out: `{} -t {} -I {} -p tcp -m multiport --sports {ports} -m \
             conntrack --ctstate ESTABLISHED -j ACCEPT`, {store}.",
            iptables(chain),
            chain.table,
            chain.chain
        ),
        None => format!("Let the web server's answers from port {ports} out, {store}."),
    }
}

fn route(by: &DecidedBy, to: &Wanted<'_>) -> String {
    let six = if to.ipv6 { " -6" } else { "" };
    let address = to.address();
    if by.text.is_empty() {
        return format!(
            "Give the way back: `ip{six} route add default via GATEWAY`, and the same in the network's \
             configuration. `ip{six} route get {address}` then shows an interface."
        );
    }
    format!(
        "Take the route or rule back that the finding names (`ip{six} route del …`, `ip{six} rule del …`), \
         and out of the configuration that makes it. `ip{six} route get {address}` then shows an \
         interface."
    )
}

fn source_check(by: &DecidedBy) -> String {
    let interface = if plain(&by.text) { by.text.as_str() } else { "IF" };
    format!(
        "Let the check be loose: `sysctl -w net.ipv4.conf.{interface}.rp_filter=2`, and for good in a \
         file in `/etc/sysctl.d/`; or correct the route that leads back by another interface."
    )
}

/// A family's word, which a case file may have changed.
fn word(family: &str) -> &str {
    if plain(family) { family } else { "inet" }
}

/// Whether a shell takes it as one word without a meaning of its own.
fn plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

#[cfg(test)]
mod tests {
    use crate::evidence::host::firewall::FirewallSeen;
    use crate::scene::Scene;
    use crate::scene::host::firewall::{Aim, charge};
    use crate::scene::host::firewall_sample::Filter;
    use crate::scene::sample::{Sitting, page};

    /// What is said of a filter; `change` may turn its deciders.
    fn said(aim: Aim, filter: Filter, change: fn(&mut FirewallSeen)) -> String {
        let sitting = Sitting::filtered().visits(522, page(522));
        let evidence = sitting.filter(filter.turned(change)).evidence();
        let scene = Scene::new(&evidence);
        super::mend(&charge(&scene, aim).unwrap()).unwrap_or_default()
    }

    fn as_it_is(_: &mut FirewallSeen) {}

    #[test]
    fn whoever_keeps_a_range_out_is_told_to_let_it_in() {
        let some = || Filter::open().drops(443, &["172.64.0.0/13", "162.158.0.0/15"]);
        let gap = || Filter::open().shuts(443);
        for (filter, wanted) in [
            (some().of("ufw"), "`ufw prepend allow proto tcp from 162.158.0.0/15 to any port 443`"),
            (some().of("nftables"), "`nft delete rule inet filter input handle 7`"),
            (gap().of("ufw"), "each range of `https://www.cloudflare.com/ips-v4`"),
            (
                gap().of("firewalld"),
                "`firewall-cmd --permanent --add-service=http --add-service=https`",
            ),
            (gap().of("csf"), "`csf -a 173.245.48.0/20`"),
            (
                gap().of("nftables"),
                "`nft add rule inet filter input ip saddr 173.245.48.0/20 tcp dport '{ 443 }' accept`",
            ),
        ] {
            let said = said(Aim::Firewall, filter, as_it_is);
            assert!(said.contains(wanted), "{said}");
        }
    }

    #[test]
    fn whoever_bans_is_told_to_lift_the_ban_and_to_make_no_other() {
        let bans = || Filter::open().bans(443, &["172.64.0.77/32"]);
        for (owner, wanted, besides) in [
            ("fail2ban", "`fail2ban-client unban 172.64.0.77`", "`ignoreip`"),
            ("crowdsec", "`cscli decisions delete --ip 172.64.0.77`", "whitelist"),
            ("csf", "`csf -dr 172.64.0.77`", "csf.allow"),
            ("ufw", "`ufw delete deny from 172.64.0.77`", "CF-Connecting-IP"),
            (
                "nftables",
                "`nft delete element inet filter addr-set-nginx '{ 172.64.0.77 }'`",
                "CF-Connecting-IP",
            ),
        ] {
            let said = said(Aim::Ban, bans().of(owner), as_it_is);
            assert!(said.contains(wanted) && said.contains(besides), "{said}");
        }
    }

    #[test]
    fn answers_and_routes_have_remedies_of_their_own() {
        let answers = said(Aim::Replies, Filter::open().keeps_answers(443), as_it_is);
        assert!(answers.contains("tcp sport '{ 443 }' ct state established accept"), "{answers}");
        let none = said(Aim::Route, Filter::open().loses_the_way(443, ""), as_it_is);
        assert!(none.contains("`ip route add default via GATEWAY`"), "{none}");
        let nowhere = Filter::open().loses(443, &["162.158.0.0/15"], "blackhole 162.158.0.0/15");
        let nowhere = said(Aim::Route, nowhere, as_it_is);
        assert!(nowhere.contains("`ip route get 162.158.0.0`"), "{nowhere}");
    }

    #[test]
    fn no_name_that_a_shell_would_act_on_gets_into_a_command() {
        fn hostile(seen: &mut FirewallSeen) {
            let groups = seen.passages.iter_mut().flat_map(|one| &mut one.groups);
            for by in groups.flat_map(|group| &mut group.by) {
                by.set = Some("a; rm -rf /".to_owned());
                by.text = "$(reboot)".to_owned();
                if let Some(chain) = &mut by.chain {
                    chain.table = "`reboot`".to_owned();
                    chain.chain = "-x $(reboot)".to_owned();
                    chain.family = "|reboot".to_owned();
                }
            }
        }
        for (aim, filter) in [
            (Aim::Firewall, Filter::open().drops(443, &["172.64.0.0/13"])),
            (Aim::Firewall, Filter::open().shuts(443)),
            (Aim::Ban, Filter::open().bans(443, &["172.64.0.77/32"]).of("nftables")),
            (Aim::Replies, Filter::open().keeps_answers(443)),
            (Aim::Route, Filter::open().loses_the_way(443, "x")),
        ] {
            let said = said(aim, filter, hostile);
            assert!(!said.contains("reboot") && !said.contains("rm -rf"), "{said}");
        }
    }
}
