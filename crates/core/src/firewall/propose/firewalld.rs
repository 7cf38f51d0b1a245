//! firewalld's own words: an entry of an ipset, a source of a zone, or rich rules; now and for ever.
//!
//! With its nft back end a zone of the name Z has the chains `filter_IN_Z_pre`, `_deny`, `_allow`: rich
//! rules with a negative priority go into the first, plain accepts into the last.

use ipnet::IpNet;

use super::candidate::Candidate;
use super::edit::{Edit, TableName};
use super::proposal::Command;
use super::rule::address;
use super::sets::additions;
use super::want::Want;
use super::words::{chain_of, is_plain, listed, of_family, some};
use crate::firewall::Firewall;
use crate::firewall::addresses::{Family, Numbers, number};
use crate::firewall::manager::Manager;
use crate::firewall::model::{Backend, End, Field, Match, Part, Rule, Table, Term, Verdict, With};
use crate::firewall::ruling::{Asked, Decider};
use crate::firewall::snapshot::Snapshot;

const ZONES: &str = "filter_INPUT_ZONES";

/// All that may do, the smallest first.
#[must_use]
pub(super) fn candidates(
    want: &Want,
    id: &str,
    asked: &Asked,
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Vec<Candidate> {
    let Some(at) = chain_of(&want.by) else { return Vec::new() };
    let in_table = super::insertion::name(at);
    let Some(table) = in_table.find(&firewall.ruleset) else { return Vec::new() };
    if in_table.backend != Backend::Nft || want.is_reply() {
        return Vec::new();
    }
    let mut found: Vec<Candidate> =
        additions(Manager::Firewalld, want, id, &asked.ranges, firewall, snapshot)
            .into_iter()
            .filter_map(entries)
            .collect();
    found.extend(source(want, id, &asked.ranges, &in_table, table));
    if let Some(zone) = zone(want, asked, firewall) {
        found.extend(
            [None, Some(-100)]
                .into_iter()
                .filter_map(|priority| rich(want, id, &zone, priority, &in_table, table)),
        );
    }
    found
}

/// Runs a change of firewalld's now, and for its next start.
fn run(made: &mut Candidate, does: &str, undoes: &str) {
    made.run(format!("firewall-cmd {does}"), format!("firewall-cmd {undoes}"));
    made.run(
        format!("firewall-cmd --permanent {does}"),
        format!("firewall-cmd --permanent {undoes}"),
    );
}

fn kept(made: &mut Candidate) {
    made.checks = vec![Command::shell("firewall-cmd --check-config")];
    made.kept.by_itself = true;
    made.kept.how = vec![
        "The commands with --permanent write it to /etc/firewalld, which is loaded at each start."
            .to_owned(),
    ];
    made.kept.commands = Vec::new();
}

/// What was thought of as an element of a set, in firewalld's words.
fn entries(mut made: Candidate) -> Option<Candidate> {
    made.commands.clear();
    made.undo.clear();
    for edit in made.edits.clone() {
        let Edit::Add { set: super::edit::SetName::Of(_, set), prefixes } = edit else {
            return None;
        };
        if !is_plain(&set) {
            return None;
        }
        let each = |verb: &str| {
            let words = prefixes.iter().map(|prefix| format!(" --{verb}-entry={prefix}"));
            format!("--ipset={set}{}", words.collect::<String>())
        };
        run(&mut made, &each("add"), &each("remove"));
    }
    kept(&mut made);
    Some(made)
}

/// A zone that has ranges of Cloudflare's as its sources gets those that are missing.
fn source(
    want: &Want,
    id: &str,
    asked: &[IpNet],
    in_table: &TableName,
    table: &Table,
) -> Option<Candidate> {
    let chain = &table.chains[table.chain(ZONES)?];
    let (at, zone) = chain.rules.iter().enumerate().find_map(|(at, rule)| {
        let says = super::rule::Simple::of(rule)?;
        let Verdict::Goto(to) = &says.verdict else { return None };
        let zone = to.strip_prefix("filter_IN_")?;
        let range = asked.iter().find(|range| says.is_about(range))?;
        let _ = range;
        Some((at, zone.to_owned()))
    })?;
    if !is_plain(&zone) {
        return None;
    }
    let mut made = Candidate::new(
        Manager::Firewalld,
        id,
        format!("so they become sources of zone {zone}, as Cloudflare's other ranges are"),
    );
    let is_source = |range: &&IpNet| {
        chain.rules.iter().filter_map(super::rule::Simple::of).any(|says| says.is_about(range))
    };
    let ranges: Vec<IpNet> =
        want.ranges.iter().filter(|range| !is_source(range)).copied().collect();
    if ranges.is_empty() {
        return None;
    }
    let each = |verb: &str| {
        let words = ranges.iter().map(|range| format!(" --{verb}-source={range}"));
        format!("--zone={zone}{}", words.collect::<String>())
    };
    run(&mut made, &each("add"), &each("remove"));
    for range in &ranges {
        let family = Family::of(range.addr());
        let numbers = Numbers::from_prefixes(family, [range]);
        let to = format!("filter_IN_{zone}");
        made.edits.push(Edit::Insert {
            table: in_table.clone(),
            chain: ZONES.to_owned(),
            before: at,
            rule: Rule {
                text: format!("saddr {range} goto {to}"),
                parts: vec![
                    Part::Match(Match::numbers(address(family, End::Source), numbers)),
                    Part::Verdict(Verdict::Goto(to)),
                ],
                ..Rule::default()
            },
        });
    }
    made.adds.push(format!("{} to the sources of zone {zone}", some(&ranges)));
    kept(&mut made);
    Some(made)
}

/// The zone that takes what is kept out, as one packet of it walks.
fn zone(want: &Want, asked: &Asked, firewall: &Firewall) -> Option<String> {
    let chain = |by: &Decider| Some(chain_of(by)?.chain.clone());
    let from = want.pieces.first()?.network();
    let walk = firewall.walk(from, *want.ports.first()?, asked);
    let mut chains = walk.steps.iter().filter_map(|step| chain(&step.at)).collect::<Vec<_>>();
    chains.extend(chain(&want.by));
    chains.iter().find_map(|chain| {
        let zone = chain.strip_prefix("filter_IN_")?;
        let ends = ["_pre", "_log", "_deny", "_allow", "_post"];
        let zone = ends.iter().find_map(|end| zone.strip_suffix(end)).unwrap_or(zone);
        // What is meant for every zone is no zone.
        (!zone.starts_with("policy_") && is_plain(zone)).then(|| zone.to_owned())
    })
}

/// Rich rules of a zone.
fn rich(
    want: &Want,
    id: &str,
    zone: &str,
    priority: Option<i32>,
    in_table: &TableName,
    table: &Table,
) -> Option<Candidate> {
    let end = if priority.is_some() { "pre" } else { "allow" };
    let chain_name = format!("filter_IN_{zone}_{end}");
    let mut length = table.chains[table.chain(&chain_name)?].rules.len();
    let what = if priority.is_some() {
        format!("so rich rules of zone {zone} let them in before what it denies")
    } else {
        format!("so rich rules of zone {zone} let them in")
    };
    let mut made = Candidate::new(Manager::Firewalld, id, what);
    // A call for both families: each costs half a second before it does anything.
    let (mut does, mut undoes) = (format!("--zone={zone}"), format!("--zone={zone}"));
    for family in Family::BOTH {
        let ranges = of_family(family, &want.by_chain);
        if ranges.is_empty() {
            continue;
        }
        let word = match family {
            Family::V4 => "ipv4",
            Family::V6 => "ipv6",
        };
        // A rule that is there already would be taken away by the undo.
        let lacks = |range: &IpNet| {
            let range = *range;
            want.by_chain_lacks.iter().filter(move |(of, _)| *of == range).map(|(_, port)| port)
        };
        let first =
            priority.map(|priority| format!(" priority=\"{priority}\"")).unwrap_or_default();
        for range in &ranges {
            for port in lacks(range) {
                let says = format!(
                    "rule{first} family=\"{word}\" source address=\"{range}\" port port=\"{port}\" \
                     protocol=\"tcp\" accept"
                );
                does.push_str(&format!(" --add-rich-rule='{says}'"));
                undoes.push_str(&format!(" --remove-rich-rule='{says}'"));
                let rule = accept(family, range, *port);
                made.edits.push(Edit::Insert {
                    table: in_table.clone(),
                    chain: chain_name.clone(),
                    before: length,
                    rule,
                });
                length += 1;
            }
        }
        made.adds.push(format!(
            "rich rules of zone {zone} for TCP {} from {}",
            listed(&want.by_chain_ports),
            some(&ranges)
        ));
    }
    if made.edits.is_empty() {
        return None;
    }
    run(&mut made, &does, &undoes);
    kept(&mut made);
    Some(made)
}

/// The rule that firewalld makes of one.
fn accept(family: Family, range: &IpNet, port: u16) -> Rule {
    let source = Numbers::of(number(range.network()), number(range.broadcast()));
    Rule {
        text: format!("saddr {range} tcp dport {port} ct state new,untracked accept"),
        parts: vec![
            Part::Match(Match::numbers(address(family, End::Source), source)),
            Part::Match(Match::numbers(
                Field::Port(Some(6), End::Destination),
                Numbers::one(u128::from(port)),
            )),
            Part::Match(Match {
                key: vec![Term::of(Field::State)],
                negated: false,
                with: With::AnyBit(8 | 64),
            }),
            Part::Verdict(Verdict::Accept),
        ],
        ..Rule::default()
    }
}
