//! Hosts whose rules the managers wrote themselves: ufw 0.36.2, firewalld 1.3.3, fail2ban 1.0.2 in Docker's
//! chain, csf's layout over the legacy tables.

use super::super::Firewall;
use super::super::model::{Policy, TableFamily};
use super::super::ruling::{ChainAt, Decider, RuleAt};
use super::super::snapshot::{Input, Snapshot};
use super::tests::place;
use super::{Line, Manager, all, main, owner, source};

/// A folder of `samples`: inputs, then files by their path on the host.
macro_rules! sample {
    ($name:literal: $($input:ident = $file:literal),* ; $($path:literal),*) => {{
        let mut snapshot = Snapshot::default();
        $(
            snapshot = snapshot
                .with(Input::$input, include_str!(concat!("samples/", $name, "/", $file)));
        )*
        $(
            let text = include_str!(concat!("samples/", $name, "/files", $path));
            snapshot.files.insert($path.to_owned(), text.to_owned());
        )*
        (Firewall::read(&snapshot), snapshot)
    }};
}

fn ufw() -> (Firewall, Snapshot) {
    sample!("ufw": NftJson = "nft.json", NftText = "nft.txt", Iptables = "iptables-save.txt",
        Ip6tables = "ip6tables-save.txt";
        "/etc/ufw/user.rules", "/etc/ufw/before.rules", "/etc/default/ufw")
}

fn firewalld() -> (Firewall, Snapshot) {
    sample!("firewalld": NftJson = "nft.json", NftText = "nft.txt", Iptables = "iptables-save.txt";
        "/etc/firewalld/zones/public.xml", "/etc/firewalld/direct.xml")
}

/// The last rule of a chain that does this.
fn rule(firewall: &Firewall, family: TableFamily, chain: &str, does: &str) -> Decider {
    let at = place(firewall, family, chain);
    let (_, chain) = super::owner::find(firewall, &at).unwrap();
    let here = |text: &str| text.to_lowercase().contains(does);
    let rule = chain.rules.iter().rev().find(|rule| here(&rule.text));
    let rule = rule.unwrap_or_else(|| panic!("no {does} in {chain:#?}"));
    Decider::Rule(RuleAt {
        at,
        number: rule.number,
        handle: rule.handle,
        text: rule.text.clone(),
        set: None,
    })
}

fn policy(firewall: &Firewall, family: TableFamily, chain: &str) -> Decider {
    let at: ChainAt = place(firewall, family, chain);
    let (_, chain) = super::owner::find(firewall, &at).unwrap();
    assert_eq!(chain.base.as_ref().unwrap().policy, Policy::Drop);
    Decider::Policy(at)
}

fn shown(line: Option<Line>) -> Option<(String, String)> {
    let line = line?;
    assert!(line.line > 0);
    Some((line.path, line.text))
}

fn pair(path: &str, text: &str) -> Option<(String, String)> {
    Some((path.to_owned(), text.to_owned()))
}

#[test]
fn ufw_is_known_and_its_rules_are_found_in_its_files() {
    let (firewall, snapshot) = ufw();
    assert_eq!(main(&firewall), Some(Manager::Ufw));
    assert_eq!(all(&firewall), [Manager::Ufw, Manager::Iptables], "one rule was put in by hand");

    let denied = rule(&firewall, TableFamily::Ip, "ufw-user-input", "drop");
    assert_eq!(owner(&firewall, &denied), Some(Manager::Ufw));
    let asked = "### tuple ### deny any any 0.0.0.0/0 any 172.64.0.0/13 in";
    assert_eq!(shown(source(&snapshot, &firewall, &denied)), pair("/etc/ufw/user.rules", asked));

    let by_hand = rule(&firewall, TableFamily::Ip, "INPUT", "drop");
    assert_eq!(owner(&firewall, &by_hand), Some(Manager::Iptables));
    assert_eq!(source(&snapshot, &firewall, &by_hand), None);

    let invalid = rule(&firewall, TableFamily::Ip, "ufw-before-input", "drop");
    let line = "-A ufw-before-input -m conntrack --ctstate INVALID -j DROP";
    assert_eq!(shown(source(&snapshot, &firewall, &invalid)), pair("/etc/ufw/before.rules", line));
}

#[test]
fn ufws_switches_are_found_in_its_defaults() {
    let (firewall, snapshot) = ufw();
    let input = policy(&firewall, TableFamily::Ip, "INPUT");
    assert_eq!(owner(&firewall, &input), Some(Manager::Ufw));
    let default = "DEFAULT_INPUT_POLICY=\"DROP\"";
    assert_eq!(shown(source(&snapshot, &firewall, &input)), pair("/etc/default/ufw", default));

    let neighbours = policy(&firewall, TableFamily::Ip6, "INPUT");
    let neighbours = Decider::Neighbours(Box::new(neighbours));
    assert_eq!(owner(&firewall, &neighbours), Some(Manager::Ufw));
    let shut = pair("/etc/default/ufw", "IPV6=no");
    assert_eq!(shown(source(&snapshot, &firewall, &neighbours)), shut);
}

#[test]
fn firewalld_is_known_and_its_rich_rule_is_found_in_its_zone() {
    let (firewall, snapshot) = firewalld();
    assert_eq!(main(&firewall), Some(Manager::Firewalld));

    let rich = rule(&firewall, TableFamily::Inet, "filter_IN_public_deny", "reject");
    assert_eq!(owner(&firewall, &rich), Some(Manager::Firewalld));
    let line = "<source address=\"172.64.0.0/13\"/>";
    let zone = "/etc/firewalld/zones/public.xml";
    assert_eq!(shown(source(&snapshot, &firewall, &rich)), pair(zone, line));

    let rest = rule(&firewall, TableFamily::Inet, "filter_IN_public", "reject");
    assert_eq!(owner(&firewall, &rest), Some(Manager::Firewalld));
    assert_eq!(source(&snapshot, &firewall, &rest), None, "no line says that the rest is refused");
}

#[test]
fn a_direct_rule_stands_with_iptables_and_is_found_in_firewallds_file() {
    let (firewall, snapshot) = firewalld();
    let direct = rule(&firewall, TableFamily::Ip, "INPUT", "drop");
    let found = source(&snapshot, &firewall, &direct).unwrap();
    assert_eq!(found.path, "/etc/firewalld/direct.xml");
    assert!(found.text.contains("141.101.64.0/18"), "{}", found.text);
}

#[test]
fn fail2bans_ban_in_dockers_chain_is_fail2bans() {
    let (firewall, _) = sample!("docker": NftJson = "nft.json", NftText = "nft.txt",
        Iptables = "iptables-save.txt";);
    assert_eq!(main(&firewall), Some(Manager::Docker));
    assert_eq!(all(&firewall), [Manager::Docker, Manager::Fail2ban]);
    let ban = rule(&firewall, TableFamily::Ip, "f2b-web", "reject");
    assert_eq!(owner(&firewall, &ban), Some(Manager::Fail2ban));
    let forward = policy(&firewall, TableFamily::Ip, "FORWARD");
    assert_eq!(owner(&firewall, &forward), Some(Manager::Docker));
}

#[test]
fn csf_is_known_in_the_legacy_tables_and_its_denial_is_found_in_its_list() {
    let (firewall, snapshot) = sample!("csf": NftJson = "nft.json",
        IptablesLegacy = "iptables-legacy-save.txt", Ip6tablesLegacy = "ip6tables-legacy-save.txt";
        "/etc/csf/csf.deny");
    assert_eq!((main(&firewall), all(&firewall)), (Some(Manager::Csf), vec![Manager::Csf]));
    let denied = rule(&firewall, TableFamily::Ip, "DENYIN", "drop");
    assert_eq!(owner(&firewall, &denied), Some(Manager::Csf));
    let line = "172.64.0.0/13 # Manually denied: 172.64.0.0/13";
    assert_eq!(shown(source(&snapshot, &firewall, &denied)), pair("/etc/csf/csf.deny", line));
    let input = policy(&firewall, TableFamily::Ip, "INPUT");
    assert_eq!(owner(&firewall, &input), Some(Manager::Csf));
}
