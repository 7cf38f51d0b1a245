//! One accept immediately before what decides, in the same chain: by nft or by iptables.

use super::candidate::Candidate;
use super::edit::{Edit, TableName};
use super::proposal::Command;
use super::rule::{NewRule, braced};
use super::words::{is_plain, some};
use crate::firewall::Firewall;
use crate::firewall::addresses::Family;
use crate::firewall::manager::Manager;
use crate::firewall::model::{Backend, TableFamily};
use crate::firewall::ruling::{ChainAt, Decider};
use crate::firewall::snapshot::{Input, Snapshot};

/// A place in a chain.
#[derive(Debug, Clone)]
pub(super) struct Spot<'a> {
    /// The chain.
    pub(super) at: &'a ChainAt,
    /// Before which rule, counted from 0; the length of the chain: at its end.
    pub(super) before: usize,
    /// How many rules it has.
    pub(super) of: usize,
    /// nft's handle of that rule.
    pub(super) handle: Option<u64>,
}

impl Spot<'_> {
    /// The place of what decides: before the rule, or at the end of the chain before its policy.
    #[must_use]
    pub(super) fn of<'a>(by: &'a Decider, firewall: &Firewall) -> Option<Spot<'a>> {
        let (at, number) = match by {
            Decider::Rule(rule) | Decider::Queue(rule) => (&rule.at, Some(rule.number)),
            Decider::Policy(at) => (at, None),
            Decider::Neighbours(by) => return Spot::of(by, firewall),
            Decider::Nobody { .. }
            | Decider::Route(_)
            | Decider::SourceCheck(_)
            | Decider::Untold(_) => return None,
        };
        let table = name(at).find(&firewall.ruleset)?;
        let chain = &table.chains[table.chain(&at.chain)?];
        let before = match number {
            Some(number) => number.checked_sub(1).filter(|before| *before < chain.rules.len())?,
            None => chain.rules.len(),
        };
        let handle = chain.rules.get(before).and_then(|rule| rule.handle);
        Some(Spot { at, before, of: chain.rules.len(), handle })
    }

    /// Whether its names can stand in a command.
    #[must_use]
    pub(super) fn is_plain(&self) -> bool {
        is_plain(&self.at.table) && is_plain(&self.at.chain)
    }

    fn phrase(&self) -> String {
        let ChainAt { family, table, chain, .. } = self.at;
        let place = if self.before == self.of {
            "at the end".to_owned()
        } else {
            format!("at place {}", self.before + 1)
        };
        format!("{place} of chain {chain} of table {} {table}", family.word())
    }
}

/// The name of a chain's table.
#[must_use]
pub(super) fn name(at: &ChainAt) -> TableName {
    TableName { backend: at.backend, family: at.family, name: at.table.clone() }
}

/// Puts a rule there.
#[must_use]
pub(super) fn insertion(
    owner: Manager,
    spot: &Spot<'_>,
    rule: &NewRule,
    snapshot: &Snapshot,
) -> Option<Candidate> {
    if !spot.is_plain() {
        return None;
    }
    match spot.at.backend {
        Backend::Nft => by_nft(owner, spot, rule, snapshot),
        Backend::IptablesNft if is_refused(snapshot, spot.at) => {
            by_nft(owner, spot, rule, snapshot)
        }
        Backend::IptablesNft | Backend::IptablesLegacy => by_iptables(owner, spot, rule),
    }
}

/// Whether iptables refuses to touch a table, for it holds rules that only nft can write.
fn is_refused(snapshot: &Snapshot, at: &ChainAt) -> bool {
    let input = if at.family == TableFamily::Ip6 { Input::Ip6tables } else { Input::Iptables };
    let text = snapshot.text(input).unwrap_or_default();
    text.lines().any(|line| {
        line.contains("is incompatible, use 'nft' tool")
            && line.split(['`', '\'', ' ']).any(|word| word == at.table)
    })
}

fn by_nft(
    owner: Manager,
    spot: &Spot<'_>,
    rule: &NewRule,
    snapshot: &Snapshot,
) -> Option<Candidate> {
    let ChainAt { family: of, table, chain, .. } = spot.at;
    let place = format!("{} {table} {chain}", of.word());
    let mut made = Candidate::new(owner, &rule.id, "so what they send is let in before it");
    for (added, family) in families(rule, *of).into_iter().enumerate() {
        let ranges = rule.of(family);
        let mut one = rule.clone();
        one.id = mark(&rule.id, family);
        let text = one.nft(family);
        let verb = if spot.before == spot.of {
            format!("add rule {place}")
        } else if let Some(handle) = spot.handle {
            format!("insert rule {place} handle {handle}")
        } else {
            format!("insert rule {place} index {}", spot.before + added)
        };
        made.run(format!("nft '{verb} {text}'"), delete(&place, &one.id));
        made.checks.push(Command::shell(format!("nft -c '{verb} {text}'")));
        made.adds.push(format!("a rule {}, for {}", spot.phrase(), some(&ranges)));
        made.edits.push(Edit::Insert {
            table: name(spot.at),
            chain: chain.clone(),
            before: spot.before + added,
            rule: one.model(family, &ranges, text.clone()),
        });
        made.kept.commands.push(Command::line(&file_of(snapshot, spot.at), text));
    }
    made.kept.how = kept_by_nft(spot, snapshot);
    (!made.edits.is_empty()).then_some(made)
}

/// The families that a rule has ranges of, and its table sees.
fn families(rule: &NewRule, of: TableFamily) -> Vec<Family> {
    Family::BOTH
        .into_iter()
        .filter(|family| of.sees(*family) && !rule.of(*family).is_empty())
        .collect()
}

/// The name of a rule of one family.
fn mark(id: &str, family: Family) -> String {
    match family {
        Family::V4 => format!("{id}-4"),
        Family::V6 => format!("{id}-6"),
    }
}

/// The command that takes away the rule of this name, by the handle that nft gave it.
fn delete(place: &str, id: &str) -> String {
    format!(
        "nft delete rule {place} handle \"$(nft -a list chain {place} | \
         sed -n 's/.* comment \"{id}\" # handle //p')\""
    )
}

/// The file that a table is made by, as far as it is known.
#[must_use]
pub(super) fn file_of(snapshot: &Snapshot, at: &ChainAt) -> String {
    let wanted = format!("table {} {}", at.family.word(), at.table);
    let holds = |text: &str| {
        text.lines().any(|line| line.trim().trim_end_matches('{').trim_end() == wanted)
    };
    let mut files = snapshot.files.iter();
    let found = files.find(|(path, text)| path.contains("nft") && holds(text));
    found.map_or("/etc/nftables.conf", |(path, _)| path).to_owned()
}

fn kept_by_nft(spot: &Spot<'_>, snapshot: &Snapshot) -> Vec<String> {
    let file = file_of(snapshot, spot.at);
    let ChainAt { chain, .. } = spot.at;
    let before = if spot.before == spot.of { "at the end" } else { "before that rule" };
    vec![
        format!("Put it into chain {chain} in {file} as well, {before}: nft itself keeps nothing."),
        flush(&file),
    ]
}

/// What loading nft's own file does.
#[must_use]
pub(super) fn flush(file: &str) -> String {
    format!(
        "Do not load {file} for it: where it begins with `flush ruleset`, as Debian's does, loading it \
         takes away the rules of ufw, Docker and fail2ban too."
    )
}

fn by_iptables(owner: Manager, spot: &Spot<'_>, rule: &NewRule) -> Option<Candidate> {
    let family = family_of(spot.at.family)?;
    let ranges = rule.of(family);
    if ranges.is_empty() {
        return None;
    }
    let tool = tool(spot.at.backend, family);
    let ChainAt { table, chain, .. } = spot.at;
    let table_option = if table == "filter" { String::new() } else { format!("-t {table} ") };
    let mut made = Candidate::new(owner, &rule.id, "so what they send is let in before it");
    let mut before = spot.before;
    for (spec, ports) in rule.iptables(&ranges) {
        let verb = if spot.before == spot.of {
            format!("-A {chain}")
        } else {
            format!("-I {chain} {}", spot.before + 1)
        };
        made.run(
            format!("{tool} -w {table_option}{verb} {spec}"),
            format!("{tool} -w {table_option}-D {chain} {spec}"),
        );
        made.checks.push(Command::shell(format!(
            "printf '%s\\n' '*{table}' '{verb} {spec}' COMMIT | {tool}-restore --test --noflush"
        )));
        let one = NewRule { ports, ..rule.clone() };
        for range in &ranges {
            let (short, _) = one.iptables(&[*range]).remove(0);
            made.edits.push(Edit::Insert {
                table: name(spot.at),
                chain: chain.clone(),
                before,
                rule: one.model(family, &[*range], format!("-A {chain} {short}")),
            });
            before += 1;
        }
    }
    let count = made.edits.len();
    let what = if count == 1 { "a rule".to_owned() } else { format!("{count} rules") };
    made.adds.push(format!("{what} {}, for {}", spot.phrase(), some(&ranges)));
    let file = match family {
        Family::V4 => "/etc/iptables/rules.v4",
        Family::V6 => "/etc/iptables/rules.v6",
    };
    made.kept.how = vec![
        format!(
            "iptables keeps nothing itself: where iptables-persistent loads {file}, save the rules \
             there, with this same back end."
        ),
        "This saves every rule as it stands, those of Docker and fail2ban too; where they write their own \
         at each start, put only the new lines into the file, by hand."
            .to_owned(),
    ];
    made.kept.commands = vec![Command::shell(format!("{tool}-save > {file}"))];
    Some(made)
}

/// The family that a table of iptables' sees.
#[must_use]
pub(super) fn family_of(of: TableFamily) -> Option<Family> {
    match of {
        TableFamily::Ip => Some(Family::V4),
        TableFamily::Ip6 => Some(Family::V6),
        _ => None,
    }
}

/// The program that writes into a table, by its own name: `iptables` alone may be either.
#[must_use]
pub(super) fn tool(backend: Backend, family: Family) -> String {
    let program = match family {
        Family::V4 => "iptables",
        Family::V6 => "ip6tables",
    };
    let end = if backend == Backend::IptablesLegacy { "legacy" } else { "nft" };
    format!("{program}-{end}")
}

/// Lets IPv6's own questions for neighbours pass, without which nothing of IPv6 gets through.
#[must_use]
pub(super) fn neighbours(
    owner: Manager,
    spot: &Spot<'_>,
    id: &str,
    snapshot: &Snapshot,
) -> Option<Candidate> {
    use crate::firewall::model::{FamilyOf, Field, Match, Part, Rule, Verdict};
    if !spot.is_plain() || !spot.at.family.sees(Family::V6) {
        return None;
    }
    let ChainAt { family, table, chain, .. } = spot.at;
    let mut made =
        Candidate::new(owner, id, "so these questions and their answers are let in before it");
    let mut edit = |kinds: &[u128], before, text: String| {
        let numbers = kinds.iter().map(|kind| (*kind, *kind)).collect();
        let asked = Part::Match(Match::numbers(Field::IcmpType(FamilyOf::V6), numbers));
        made.edits.push(Edit::Insert {
            table: name(spot.at),
            chain: chain.clone(),
            before,
            rule: Rule {
                handle: None,
                number: 0,
                text,
                comment: Some(id.to_owned()),
                parts: vec![asked, Part::Verdict(Verdict::Accept)],
            },
        });
    };
    const KINDS: [(&str, u128); 2] = [("nd-neighbor-solicit", 135), ("nd-neighbor-advert", 136)];
    if spot.at.backend == Backend::Nft {
        let place = format!("{} {table} {chain}", family.word());
        let names = KINDS.map(|(name, _)| name);
        let text = format!("icmpv6 type {} counter accept comment \"{id}\"", braced(&names));
        let verb = match spot.handle {
            Some(handle) if spot.before < spot.of => format!("insert rule {place} handle {handle}"),
            _ if spot.before < spot.of => format!("insert rule {place} index {}", spot.before),
            _ => format!("add rule {place}"),
        };
        edit(&[135, 136], spot.before, text.clone());
        made.run(format!("nft '{verb} {text}'"), delete(&place, id));
        made.checks.push(Command::shell(format!("nft -c '{verb} {text}'")));
        made.kept.how = kept_by_nft(spot, snapshot);
        made.kept.commands.push(Command::line(&file_of(snapshot, spot.at), text));
    } else {
        let tool = tool(spot.at.backend, Family::V6);
        let option = if table == "filter" { String::new() } else { format!("-t {table} ") };
        let verb = if spot.before == spot.of {
            format!("-A {chain}")
        } else {
            format!("-I {chain} {}", spot.before + 1)
        };
        let names = [("neighbour-solicitation", 135), ("neighbour-advertisement", 136)];
        for (added, (word, kind)) in names.into_iter().enumerate() {
            let spec =
                format!("-p ipv6-icmp --icmpv6-type {word} -m comment --comment {id} -j ACCEPT");
            edit(&[kind], spot.before + added, format!("-A {chain} {spec}"));
            made.commands.push(Command::shell(format!("{tool} -w {option}{verb} {spec}")));
            made.undo.push(Command::shell(format!("{tool} -w {option}-D {chain} {spec}")));
            made.checks.push(Command::shell(format!(
                "printf '%s\\n' '*{table}' '{verb} {spec}' COMMIT | {tool}-restore --test --noflush"
            )));
        }
        made.kept.how = vec![
            "iptables keeps nothing itself: save the rules with this same back end.".to_owned(),
        ];
        made.kept.commands = vec![Command::shell(format!("{tool}-save > /etc/iptables/rules.v6"))];
    }
    made.adds.push(format!("a rule {}, for the search for neighbours", spot.phrase()));
    let why =
        "IPv6 as a whole begins to work again: whoever the other rules let in over IPv6 gets in.";
    made.besides = "::/0".parse().ok().map(|all| (vec![all], why.to_owned()));
    made.cautions.push(why.to_owned());
    Some(made)
}
