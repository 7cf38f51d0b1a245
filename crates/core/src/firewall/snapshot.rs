//! What the host's own tools say of its packet filter and its routes, as text: what `--save` writes and
//! `--ruleset` reads.
//!
//! Each may be missing. What is missing is not taken for empty: a ruling then says what it could not
//! take into account.

use std::collections::BTreeMap;

/// One input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// `nft -j list ruleset`
    NftJson,
    /// `nft -a list ruleset`: what the JSON of some versions leaves out (switched-off tables, devices).
    NftText,
    /// `nft -t --debug=netlink list ruleset`: the rules as the kernel has them, for the few that nft's other
    /// listings do not tell apart. Asked for only where there is such a rule.
    NftProgram,
    /// `iptables-save`, of the nft back end.
    Iptables,
    /// `ip6tables-save`, of the nft back end.
    Ip6tables,
    /// `iptables-legacy-save`
    IptablesLegacy,
    /// `ip6tables-legacy-save`
    Ip6tablesLegacy,
    /// `ipset save`
    Ipset,
    /// `ip -j addr`
    Addresses,
    /// `ip -j -d link`
    Links,
    /// `ip -j -4 route show table all`
    Routes4,
    /// `ip -j -6 route show table all`
    Routes6,
    /// `ip -j -4 rule`
    Rules4,
    /// `ip -j -6 rule`
    Rules6,
    /// `sysctl -a`, the net part.
    Sysctl,
    /// `ss -Hlntu`: who listens.
    Listeners,
    /// `/proc/net/netfilter/nfnetlink_queue`: queues that a program reads.
    Queues,
}

impl Input {
    /// Every one, in the order in which they are told.
    pub const ALL: [Input; 17] = [
        Input::NftJson,
        Input::NftText,
        Input::NftProgram,
        Input::Iptables,
        Input::Ip6tables,
        Input::IptablesLegacy,
        Input::Ip6tablesLegacy,
        Input::Ipset,
        Input::Addresses,
        Input::Links,
        Input::Routes4,
        Input::Routes6,
        Input::Rules4,
        Input::Rules6,
        Input::Sysctl,
        Input::Listeners,
        Input::Queues,
    ];

    /// The name of its file in a folder of saved outputs.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Input::NftJson => "nft.json",
            Input::NftText => "nft.txt",
            Input::NftProgram => "nft-program.txt",
            Input::Iptables => "iptables-save.txt",
            Input::Ip6tables => "ip6tables-save.txt",
            Input::IptablesLegacy => "iptables-legacy-save.txt",
            Input::Ip6tablesLegacy => "ip6tables-legacy-save.txt",
            Input::Ipset => "ipset.txt",
            Input::Addresses => "addr.json",
            Input::Links => "link.json",
            Input::Routes4 => "route4.json",
            Input::Routes6 => "route6.json",
            Input::Rules4 => "rule4.json",
            Input::Rules6 => "rule6.json",
            Input::Sysctl => "sysctl.txt",
            Input::Listeners => "ss.txt",
            Input::Queues => "nfnetlink_queue.txt",
        }
    }

    /// The command that tells it.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Input::NftJson => "nft -j list ruleset",
            Input::NftText => "nft -a list ruleset",
            Input::NftProgram => "nft -t --debug=netlink list ruleset",
            Input::Iptables => "iptables-save",
            Input::Ip6tables => "ip6tables-save",
            Input::IptablesLegacy => "iptables-legacy-save",
            Input::Ip6tablesLegacy => "ip6tables-legacy-save",
            Input::Ipset => "ipset save",
            Input::Addresses => "ip -j addr",
            Input::Links => "ip -j -d link",
            Input::Routes4 => "ip -j -4 route show table all",
            Input::Routes6 => "ip -j -6 route show table all",
            Input::Rules4 => "ip -j -4 rule",
            Input::Rules6 => "ip -j -6 rule",
            Input::Sysctl => "sysctl -a --pattern ^net",
            Input::Listeners => "ss -Hlntu",
            Input::Queues => "cat /proc/net/netfilter/nfnetlink_queue",
        }
    }
}

/// How an input came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Got {
    /// Its text; empty: there is nothing of the kind.
    Text(String),
    /// There is no such thing on this host (`ipset` is not installed, no legacy table exists).
    Absent,
    /// It was not told; a sentence without its end says why: `only root may list the rules`.
    Missing(String),
}

/// All inputs of one host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// What was told, in the order of [`Input::ALL`]; what is not in here is missing.
    pub inputs: BTreeMap<Input, Got>,
    /// Files that made the rules, by absolute path: ufw's, firewalld's, nft's, fail2ban's. In a folder of
    /// saved outputs they lie below `files/`.
    pub files: BTreeMap<String, String>,
}

impl Snapshot {
    /// The text of an input; `None`: absent or missing.
    #[must_use]
    pub fn text(&self, input: Input) -> Option<&str> {
        match self.inputs.get(&input) {
            Some(Got::Text(text)) => Some(text),
            Some(Got::Absent | Got::Missing(_)) | None => None,
        }
    }

    /// Whether an input was asked for and not told, or never asked for.
    #[must_use]
    pub fn is_missing(&self, input: Input) -> bool {
        matches!(self.inputs.get(&input), None | Some(Got::Missing(_)))
    }

    /// Lets go of the texts that list rules, which may be large. Once they are read, only what proposes a
    /// change still looks at them.
    pub fn forget_rules(&mut self) {
        use Input::{Ip6tables, Ip6tablesLegacy, Ipset, Iptables, IptablesLegacy, NftJson};
        for input in [NftJson, Iptables, Ip6tables, IptablesLegacy, Ip6tablesLegacy, Ipset] {
            if let Some(Got::Text(text)) = self.inputs.get_mut(&input) {
                *text = String::new();
            }
        }
    }

    /// With an input told.
    #[must_use]
    pub fn with(mut self, input: Input, text: &str) -> Snapshot {
        self.inputs.insert(input, Got::Text(text.to_owned()));
        self
    }
}
