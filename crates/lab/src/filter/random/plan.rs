//! A ruleset as it is drawn up: units that can be taken out one by one, and the script that loads the rest.

use std::fmt::Write as _;

/// A ruleset before it is loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Sets of `ipset`: lines of `ipset restore`.
    pub ipsets: Vec<String>,
    /// Tables of nft.
    pub nft: Vec<NftTable>,
    /// Tables of iptables.
    pub iptables: Vec<XtTable>,
    /// Lines of other tools: routes, switches.
    pub around: Vec<String>,
}

/// A table of nft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NftTable {
    /// `inet t0`
    pub name: String,
    /// Its flags, sets and maps, whole.
    pub sets: Vec<String>,
    /// Its chains.
    pub chains: Vec<NftChain>,
}

/// A chain of nft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NftChain {
    /// Its name.
    pub name: String,
    /// `type filter hook input priority 0; policy drop;`; empty: it is jumped to.
    pub base: String,
    /// In order.
    pub rules: Vec<String>,
}

/// A table of iptables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XtTable {
    /// `iptables-nft`, `ip6tables-legacy`
    pub tool: String,
    /// `filter`
    pub name: String,
    /// Its chains with their policies; `-`: it is jumped to.
    pub chains: Vec<(String, String)>,
    /// Lines from `-A` on.
    pub rules: Vec<String>,
}

impl Plan {
    /// The script of bash that loads it.
    #[must_use]
    pub fn script(&self) -> String {
        let mut script = String::new();
        for line in &self.around {
            let _ = writeln!(script, "{line}");
        }
        if !self.ipsets.is_empty() {
            let _ =
                writeln!(script, "ipset -exist restore <<'END'\n{}\nEND", self.ipsets.join("\n"));
        }
        // iptables' first: a table of nft's is not to be taken for one of its own.
        for table in &self.iptables {
            let _ = writeln!(script, "{}-restore --noflush <<'END'\n*{}", table.tool, table.name);
            for (chain, policy) in &table.chains {
                let _ = writeln!(script, ":{chain} {policy} [0:0]");
            }
            for rule in &table.rules {
                let _ = writeln!(script, "{rule}");
            }
            script.push_str("COMMIT\nEND\n");
        }
        for table in &self.nft {
            let _ = writeln!(script, "nft -f - <<'END'\ntable {} {{", table.name);
            for set in &table.sets {
                let _ = writeln!(script, "  {set}");
            }
            for chain in &table.chains {
                let _ = writeln!(script, "  chain {} {{", chain.name);
                if !chain.base.is_empty() {
                    let _ = writeln!(script, "    {}", chain.base);
                }
                for rule in &chain.rules {
                    let _ = writeln!(script, "    {rule}");
                }
                script.push_str("  }\n");
            }
            script.push_str("}\nEND\n");
        }
        script
    }

    /// How many units it has.
    #[must_use]
    pub fn units(&self) -> usize {
        self.walk(&mut |_| true).1
    }

    /// Without the units that `keeps` says no to, by their number.
    #[must_use]
    pub fn only(&self, mut keeps: impl FnMut(usize) -> bool) -> Plan {
        self.walk(&mut keeps).0
    }

    fn walk(&self, keeps: &mut dyn FnMut(usize) -> bool) -> (Plan, usize) {
        let mut at = 0;
        let mut keep = || {
            at += 1;
            keeps(at - 1)
        };
        let mut plan = Plan::default();
        plan.around.extend(self.around.iter().filter(|_| keep()).cloned());
        for table in &self.iptables {
            if !keep() {
                continue;
            }
            let rules = table.rules.iter().filter(|_| keep()).cloned().collect();
            plan.iptables.push(XtTable { rules, ..table.clone() });
        }
        for table in &self.nft {
            if !keep() {
                continue;
            }
            let sets = table.sets.iter().filter(|_| keep()).cloned().collect();
            let mut chains = Vec::new();
            for chain in &table.chains {
                if !keep() {
                    continue;
                }
                let rules = chain.rules.iter().filter(|_| keep()).cloned().collect();
                chains.push(NftChain { rules, ..chain.clone() });
            }
            plan.nft.push(NftTable { name: table.name.clone(), sets, chains });
        }
        plan.ipsets.extend(self.ipsets.iter().filter(|_| keep()).cloned());
        (plan, at)
    }
}
