//! Looks at network namespaces with real tools. They need root, and say so where it is missing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::nft::tests_only as nft;
use super::tools::ONLY_ROOT;
use super::*;

/// A network namespace with the loopback, gone when it is dropped.
struct Network(String);

impl Network {
    /// `None`: it cannot be made here.
    #[expect(clippy::print_stdout, reason = "says why a test was skipped")]
    fn new(name: &str) -> Option<Network> {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root may make a network namespace");
            return None;
        }
        for tool in ["ip", "nft", "iptables-nft", "iptables-legacy", "ipset"] {
            if tools::find(tool).is_none() {
                println!("skipped: needs {tool}");
                return None;
            }
        }
        let network = Network(format!("rf-around-{name}-{}", std::process::id()));
        let made = Command::new("ip").args(["netns", "add", &network.0]).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: a network namespace cannot be made here");
            return None;
        }
        network.run("ip link set lo up");
        Some(network)
    }

    /// What a command says within.
    fn run(&self, command: &str) -> String {
        let words = command.split(' ');
        let ran = Command::new("ip").args(["netns", "exec", &self.0]).args(words).output().unwrap();
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Works on a thread that is within, and on those that it starts.
    fn within<T: Send + 'static>(&self, work: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        let place = fs::File::open(format!("/run/netns/{}", self.0)).unwrap();
        let enter = move || {
            use std::os::fd::AsFd as _;
            rustix::thread::move_into_link_name_space(place.as_fd(), None).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(work())
        };
        std::thread::spawn(enter).join().unwrap()
    }

    fn look(&self) -> Snapshot {
        self.within(async || look(Duration::from_secs(20)).await)
    }

    /// All that a look could change.
    fn state(&self) -> [String; 5] {
        [
            self.run("nft -a list ruleset"),
            self.run("cat /proc/net/ip_tables_names /proc/net/ip6_tables_names"),
            self.run("ipset save"),
            self.run("ip route show table all"),
            fs::read_to_string("/proc/modules").unwrap_or_default(),
        ]
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).status();
    }
}

#[test]
fn a_look_at_a_host_without_rules_leaves_it_without_rules() {
    let Some(network) = Network::new("bare") else { return };
    let before = network.state();
    assert!(!before[0].contains("table"), "{before:?}");
    let seen = network.look();
    assert_eq!(network.state(), before);
    assert!(seen.text(Input::NftJson).unwrap().contains("metainfo"));
    for input in [Input::Iptables, Input::Ip6tables, Input::IptablesLegacy, Input::Ip6tablesLegacy]
    {
        assert_eq!(seen.inputs[&input], Got::Absent, "{input:?}");
    }
    for input in [
        Input::Addresses,
        Input::Links,
        Input::Routes4,
        Input::Routes6,
        Input::Rules4,
        Input::Rules6,
        Input::Sysctl,
        Input::Listeners,
        Input::Queues,
        Input::NftText,
    ] {
        assert!(!seen.is_missing(input), "{input:?}: {:?}", seen.inputs[&input]);
    }
}

#[test]
fn a_look_sees_the_rules_of_every_tool_and_leaves_them_as_they_are() {
    let Some(network) = Network::new("full") else { return };
    network.run("ip link add eth7 type veth peer name far");
    network.run("ip link set eth7 up");
    network.run("ip address add 203.0.113.10/24 dev eth7");
    network.run("ip route add blackhole 104.16.0.0/13");
    network.run("nft add table inet own");
    network.run("nft add set inet own bad { type ipv4_addr ; flags interval ; elements = { 172.64.0.0/13 } ; }");
    network.run("nft add chain inet own in { type filter hook input priority -5 ; }");
    network.run("nft add rule inet own in ip saddr @bad counter drop");
    network.run("iptables-nft -A INPUT -p tcp --dport 443 -j ACCEPT");
    network.run("iptables-legacy -t raw -A PREROUTING -s 198.41.128.0/17 -j DROP");
    network.run("ipset create cf hash:net");
    network.run("ipset add cf 173.245.48.0/20");

    let before = network.state();
    let seen = network.look();
    assert_eq!(network.state(), before);

    let has = |input, part: &str| {
        let text = seen.text(input).unwrap_or_else(|| panic!("{:?}", seen.inputs.get(&input)));
        assert!(text.contains(part), "{input:?}: {text}");
    };
    has(Input::NftJson, r#""elem": [{"prefix": {"addr": "172.64.0.0", "len": 13}}]"#);
    has(Input::NftText, "ip saddr @bad counter");
    has(Input::Iptables, "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT");
    has(Input::IptablesLegacy, "-A PREROUTING -s 198.41.128.0/17 -j DROP");
    has(Input::Ipset, "add cf 173.245.48.0/20");
    has(Input::Addresses, "203.0.113.10");
    has(Input::Routes4, r#""type":"blackhole","dst":"104.16.0.0/13""#);
    has(Input::Sysctl, "net.ipv4.conf.eth7.rp_filter = ");
    // Of the old kind only the table that was there.
    assert!(!seen.text(Input::IptablesLegacy).unwrap().contains("*filter"));
    assert_eq!(seen.inputs[&Input::Ip6tables], Got::Absent);
    assert_eq!(seen.inputs[&Input::Ip6tablesLegacy], Got::Absent);
}

#[test]
fn a_look_without_the_right_says_so() {
    let Some(network) = Network::new("other") else { return };
    let seen = network.within(async || {
        let group = rustix::process::Gid::from_raw(65_534);
        rustix::thread::set_thread_groups(&[]).unwrap();
        rustix::thread::set_thread_res_gid(group, group, group).unwrap();
        let nobody = rustix::process::Uid::from_raw(65_534);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        look(Duration::from_secs(20)).await
    });
    let only_root = Got::Missing(ONLY_ROOT.to_owned());
    for input in [Input::NftJson, Input::NftText, Input::IptablesLegacy, Input::Ip6tablesLegacy] {
        assert_eq!(seen.inputs[&input], only_root, "{input:?}");
    }
    assert!(seen.is_missing(Input::Iptables));
    // What everybody may see is told.
    assert!(seen.text(Input::Rules4).unwrap().contains("\"main\""));
    assert!(seen.text(Input::Sysctl).unwrap().contains("net.ipv4.conf.all.rp_filter"));
}

#[test]
fn a_set_that_cannot_be_listed_in_time_is_marked_and_the_others_are_told() {
    let Some(network) = Network::new("sets") else { return };
    network.run("nft add table inet own");
    network.run("nft add set inet own one { type ipv4_addr ; elements = { 192.0.2.1 } ; }");
    network.run(
        "nft add map inet own two { type ipv4_addr : verdict ; elements = { 192.0.2.2 : drop } ; }",
    );
    let told = network.within(async || nft::one_by_one(Duration::from_secs(20)).await);
    assert!(told.contains(r#""elem": ["192.0.2.1"]"#), "{told}");
    assert!(told.contains(r#""elem": [["192.0.2.2", {"drop": null}]]"#), "{told}");
    assert!(!told.contains("rayfix_terse"), "{told}");
    let late = network.within(async || nft::one_by_one(Duration::ZERO).await);
    assert_eq!(late.matches(r#""rayfix_terse":true"#).count(), 2, "{late}");
    for text in [told, late] {
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        // What nft says of itself, a table, a set, a map.
        assert_eq!(read["nftables"].as_array().unwrap().len(), 4);
    }
}
