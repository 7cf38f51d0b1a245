//! Changes to a ruleset in memory: what a proposal's commands will do to the kernel's.

use ipnet::IpNet;

use crate::firewall::Firewall;
use crate::firewall::addresses::{Family, Numbers, interval};
use crate::firewall::model::{
    Backend, Chain, Element, Elements, Item, Policy, Rule, Ruleset, Set, Table, TableFamily,
};
use crate::firewall::surroundings::{Route, RoutingRule};

/// A table, by what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// Who holds it.
    pub backend: Backend,
    /// Which packets it sees.
    pub family: TableFamily,
    /// Its name.
    pub name: String,
}

/// A set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetName {
    /// A table's own.
    Of(TableName, String),
    /// One of `ipset`.
    Ipset(String),
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A rule comes before the one that stands at this place, counted from 0; at the length of the chain:
    /// to its end.
    Insert {
        /// Of which table.
        table: TableName,
        /// Of which chain.
        chain: String,
        /// Where.
        before: usize,
        /// The rule.
        rule: Rule,
    },
    /// The rule at this place goes.
    Delete {
        /// Of which table.
        table: TableName,
        /// Of which chain.
        chain: String,
        /// Where, counted from 0.
        at: usize,
    },
    /// A base chain's policy changes.
    Policy {
        /// Of which table.
        table: TableName,
        /// Of which chain.
        chain: String,
        /// To what.
        to: Policy,
    },
    /// Addresses come into a set of addresses.
    Add {
        /// Which.
        set: SetName,
        /// What.
        prefixes: Vec<IpNet>,
    },
    /// Addresses go from a set of addresses.
    Remove {
        /// Which.
        set: SetName,
        /// What.
        prefixes: Vec<IpNet>,
    },
    /// A route comes.
    AddRoute(Family, Route),
    /// A route goes.
    DeleteRoute(Family, Route),
    /// A routing rule goes.
    DeleteRoutingRule(Family, RoutingRule),
    /// A kernel switch changes.
    Switch {
        /// `net.ipv4.conf.eth0.rp_filter`
        name: String,
        /// `2`
        to: String,
    },
}

impl TableName {
    /// Of a table.
    #[must_use]
    pub fn of(table: &Table) -> TableName {
        TableName { backend: table.backend, family: table.family, name: table.name.clone() }
    }

    /// The table with this name.
    #[must_use]
    pub fn find<'a>(&self, ruleset: &'a Ruleset) -> Option<&'a Table> {
        ruleset.tables.iter().find(|table| self.is(table))
    }

    fn is(&self, table: &Table) -> bool {
        table.backend == self.backend && table.family == self.family && table.name == self.name
    }

    fn find_mut<'a>(&self, ruleset: &'a mut Ruleset) -> Option<&'a mut Table> {
        ruleset.tables.iter_mut().find(|table| self.is(table))
    }

    fn chain_mut<'a>(&self, chain: &str, ruleset: &'a mut Ruleset) -> Option<&'a mut Chain> {
        self.find_mut(ruleset)?.chains.iter_mut().find(|found| found.name == chain)
    }
}

impl SetName {
    /// The set with this name.
    #[must_use]
    pub fn find<'a>(&self, ruleset: &'a Ruleset) -> Option<&'a Set> {
        match self {
            SetName::Of(table, name) => table.find(ruleset)?.sets.get(name),
            SetName::Ipset(name) => ruleset.ipsets.get(name),
        }
    }

    fn find_mut<'a>(&self, ruleset: &'a mut Ruleset) -> Option<&'a mut Set> {
        match self {
            SetName::Of(table, name) => table.find_mut(ruleset)?.sets.get_mut(name),
            SetName::Ipset(name) => ruleset.ipsets.get_mut(name),
        }
    }
}

impl Edit {
    /// Makes the change; `false`: there is no such place, and nothing was changed.
    pub fn apply(&self, firewall: &mut Firewall) -> bool {
        self.applied(firewall).is_some()
    }

    fn applied(&self, firewall: &mut Firewall) -> Option<()> {
        let rules = &mut firewall.ruleset;
        let around = &mut firewall.surroundings;
        match self {
            Edit::Insert { table, chain, before, rule } => {
                let chain = table.chain_mut(chain, rules)?;
                if *before > chain.rules.len() {
                    return None;
                }
                chain.rules.insert(*before, rule.clone());
                renumber(chain);
            }
            Edit::Delete { table, chain, at } => {
                let chain = table.chain_mut(chain, rules)?;
                if *at >= chain.rules.len() {
                    return None;
                }
                chain.rules.remove(*at);
                renumber(chain);
            }
            Edit::Policy { table, chain, to } => {
                table.chain_mut(chain, rules)?.base.as_mut()?.policy = *to;
            }
            Edit::Add { set, prefixes } => change(set.find_mut(rules)?, prefixes, true)?,
            Edit::Remove { set, prefixes } => change(set.find_mut(rules)?, prefixes, false)?,
            Edit::AddRoute(family, route) => {
                around.routes[place(*family)].as_mut()?.push(route.clone());
            }
            Edit::DeleteRoute(family, route) => {
                let routes = around.routes[place(*family)].as_mut()?;
                let at = routes.iter().position(|found| found == route)?;
                routes.remove(at);
            }
            Edit::DeleteRoutingRule(family, rule) => {
                let rules = around.rules[place(*family)].as_mut()?;
                let at = rules.iter().position(|found| found == rule)?;
                rules.remove(at);
            }
            Edit::Switch { name, to } => {
                around.switches.as_mut()?.insert(name.clone(), to.clone());
            }
        }
        Some(())
    }
}

/// Where a family stands in what is kept of both.
#[must_use]
pub fn place(family: Family) -> usize {
    match family {
        Family::V4 => 0,
        Family::V6 => 1,
    }
}

fn renumber(chain: &mut Chain) {
    for (at, rule) in chain.rules.iter_mut().enumerate() {
        rule.number = at + 1;
    }
}

/// Takes addresses into a set of one component, or out of it.
fn change(set: &mut Set, prefixes: &[IpNet], add: bool) -> Option<()> {
    let join = |numbers: &Numbers, family: Family| {
        let these = Numbers::from_prefixes(family, prefixes);
        if add { numbers.or(&these) } else { numbers.without(&these) }
    };
    match &mut set.elements {
        Elements::Numbers(numbers) => {
            let family = Family::of(prefixes.first()?.addr());
            *numbers = join(numbers, family);
        }
        Elements::Addresses { v4, v6 } => {
            *v4 = join(v4, Family::V4);
            *v6 = join(v6, Family::V6);
        }
        Elements::Many(elements) => {
            if elements.iter().any(|element| element.key.len() > 1) {
                return None;
            }
            for prefix in prefixes {
                let (low, high) = interval(prefix);
                let key = vec![Item::Numbers(Numbers::of(low, high))];
                if add {
                    elements.push(Element { key, except: false, data: None });
                } else {
                    let at = elements.iter().position(|found| found.key == key)?;
                    elements.remove(at);
                }
            }
        }
    }
    Some(())
}
