//! Rulings for programs: `rayfix/firewall/1`, as `docs/schema/firewall-1.json` has it.
//!
//! Made straight from the rulings. Received text is kept as it came; what acts on a terminal is written as
//! `\uXXXX`, which says the same.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use super::{Report, Seen, offer, words};
use crate::firewall::addresses::Family;
use crate::firewall::model::{Backend, How};
use crate::firewall::propose::{Command, Proposals, Within};
use crate::firewall::ruling::{Decider, Does, Outcome, Piece, Ruling, Step, Walk, Walked};
use crate::report::guard;

/// So many walks at most are made for the trails of pieces; after them, pieces that fare alike by the same
/// rules share one, and each says whose it is.
const WALKS: usize = 200;

/// The document; ends in a line break.
#[must_use]
pub fn json(seen: &Seen<'_>, report: &Report) -> String {
    let mut trails = Trails { seen, made: 0, known: HashMap::new() };
    let rulings = &seen.rulings.rulings;
    let interfaces = seen.rulings.doors.iter().map(|(_, door)| door.interface.as_deref());
    let document = Document {
        schema: "rayfix/firewall/1",
        verdict: report.verdict.word(),
        headline: report.headline.clone(),
        manager: seen.managers.first().map(|manager| manager.word()),
        managers: seen.managers.iter().map(|manager| manager.word()).collect(),
        interface: interfaces.flatten().next(),
        doors: seen
            .rulings
            .doors
            .iter()
            .map(|(family, door)| Door {
                family: family_word(*family),
                interface: door.interface.as_deref(),
                address: door.address,
            })
            .collect(),
        rulings: rulings.iter().map(|ruling| told(ruling, &mut trails)).collect(),
        walks: seen
            .walks
            .iter()
            .map(|walk| WalkTold {
                from: walk.from,
                to: walk.to,
                port: walk.port,
                verdict: walk.outcome.word(),
                step: step_of(walk.outcome),
                how: how_of(walk.outcome),
                by: walk.by.first().map(|decider| by(decider, seen)),
                deciders: walk.by.iter().map(|decider| by(decider, seen)).collect(),
                trail: trail(walk, seen),
            })
            .collect(),
        proposals: seen.proposals.map(|proposals| offered(proposals, seen)),
        listens: seen
            .rulings
            .listens
            .iter()
            .map(|(port, somebody)| Listens { port: *port, somebody: *somebody })
            .collect(),
        needs: &report.needs,
        assumed: &seen.rulings.assumed,
        troubles: seen
            .rulings
            .troubles
            .iter()
            .map(|trouble| Trouble {
                input: &trouble.input,
                why: &trouble.why,
                rules_missing: trouble.rules_missing,
            })
            .collect(),
    };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    guard::json(&text) + "\n"
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'static str,
    headline: String,
    manager: Option<&'static str>,
    managers: Vec<&'static str>,
    interface: Option<&'a str>,
    doors: Vec<Door<'a>>,
    rulings: Vec<RulingTold>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    walks: Vec<WalkTold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposals: Option<Proposed>,
    listens: Vec<Listens>,
    needs: &'a [String],
    assumed: &'a [String],
    troubles: Vec<Trouble<'a>>,
}

#[derive(Debug, Serialize)]
struct Door<'a> {
    family: &'static str,
    interface: Option<&'a str>,
    address: Option<IpAddr>,
}

#[derive(Debug, Serialize)]
struct RulingTold {
    range: IpNet,
    port: u16,
    verdict: &'static str,
    share_accepted: f64,
    pieces: Vec<PieceTold>,
}

#[derive(Debug, Serialize)]
struct PieceTold {
    prefix: IpNet,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    how: Option<&'static str>,
    by: Option<By>,
    deciders: Vec<By>,
    trail_from: IpAddr,
    trail: Vec<StepTold>,
}

/// Who decides. All of the first five are null where it is no rule and no policy.
#[derive(Debug, Clone, Serialize)]
struct By {
    family: Option<&'static str>,
    table: Option<String>,
    chain: Option<String>,
    handle: Option<u64>,
    rule: Option<String>,
    kind: &'static str,
    backend: Option<&'static str>,
    hook: Option<&'static str>,
    number: Option<usize>,
    set: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    neighbours: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asks: Vec<String>,
    owner: Option<&'static str>,
    file: Option<String>,
    line: Option<usize>,
}

#[derive(Debug, Clone, Serialize)]
struct StepTold {
    packet: &'static str,
    does: &'static str,
    change: String,
    #[serde(flatten)]
    at: By,
}

#[derive(Debug, Serialize)]
struct WalkTold {
    from: IpAddr,
    to: Option<IpAddr>,
    port: u16,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    how: Option<&'static str>,
    by: Option<By>,
    deciders: Vec<By>,
    trail: Vec<StepTold>,
}

#[derive(Debug, Serialize)]
struct Listens {
    port: u16,
    somebody: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Trouble<'a> {
    input: &'a str,
    why: &'a str,
    rules_missing: bool,
}

#[derive(Debug, Serialize)]
struct Proposed {
    list: Vec<ProposalTold>,
    ranges_let_in: Before,
    newly_accepted: Vec<Newly>,
    left: Vec<Left>,
}

/// How many ranges are let in on every port.
#[derive(Debug, Serialize)]
struct Before {
    before: usize,
    after: usize,
    of: usize,
}

#[derive(Debug, Serialize)]
struct ProposalTold {
    id: String,
    owner: &'static str,
    by: By,
    ranges: Vec<IpNet>,
    ports: Vec<u16>,
    why: String,
    adds: Vec<String>,
    removes: Vec<String>,
    commands: Vec<CommandTold>,
    checks: Vec<CommandTold>,
    undo: Vec<CommandTold>,
    kept: Kept,
    cautions: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Kept {
    by_itself: bool,
    how: Vec<String>,
    commands: Vec<CommandTold>,
}

#[derive(Debug, Serialize)]
struct CommandTold {
    text: String,
    file: Option<String>,
}

#[derive(Debug, Serialize)]
struct Newly {
    port: u16,
    prefixes: Vec<IpNet>,
    why: String,
}

#[derive(Debug, Serialize)]
struct Left {
    ranges: Vec<IpNet>,
    ports: Vec<u16>,
    by: Vec<By>,
    why: String,
}

fn offered(proposals: &Proposals, seen: &Seen<'_>) -> Proposed {
    let commands = |commands: &[Command]| {
        let told = commands.iter().map(|command| CommandTold {
            text: command.text.clone(),
            file: match &command.within {
                Within::Shell => None,
                Within::File(file) => Some(file.clone()),
            },
        });
        told.collect::<Vec<_>>()
    };
    let list = proposals.list.iter().map(|proposal| ProposalTold {
        id: proposal.id.clone(),
        owner: proposal.owner.word(),
        by: by(&proposal.by, seen),
        ranges: proposal.ranges.clone(),
        ports: proposal.ports.clone(),
        why: proposal.why.clone(),
        adds: proposal.adds.clone(),
        removes: proposal.removes.clone(),
        commands: commands(&proposal.commands),
        checks: commands(&proposal.checks),
        undo: commands(&proposal.undo),
        kept: Kept {
            by_itself: proposal.kept.by_itself,
            how: proposal.kept.how.clone(),
            commands: commands(&proposal.kept.commands),
        },
        cautions: proposal.cautions.clone(),
    });
    let newly = proposals.newly_accepted.iter().map(|newly| Newly {
        port: newly.port,
        prefixes: newly.prefixes.clone(),
        why: newly.why.clone(),
    });
    let left = proposals.left.iter().map(|left| Left {
        ranges: left.ranges.clone(),
        ports: left.ports.clone(),
        by: left.by.iter().map(|decider| by(decider, seen)).collect(),
        why: left.why.clone(),
    });
    Proposed {
        list: list.collect(),
        ranges_let_in: Before {
            before: offer::open(&proposals.before),
            after: offer::open(&proposals.after),
            of: offer::ranges_in(&proposals.before),
        },
        newly_accepted: newly.collect(),
        left: left.collect(),
    }
}

/// What a piece's walk hangs on, when not every piece is walked.
type Alike = (Family, u16, Outcome, Vec<Decider>);

/// The trails of pieces.
struct Trails<'s, 'a> {
    seen: &'s Seen<'a>,
    made: usize,
    known: HashMap<Alike, (IpAddr, Vec<StepTold>)>,
}

impl Trails<'_, '_> {
    fn of(&mut self, piece: &Piece, port: u16) -> (IpAddr, Vec<StepTold>) {
        let from = piece.prefix.network();
        let key = (Family::of(from), port, piece.outcome, piece.by.clone());
        if self.made >= WALKS
            && let Some(known) = self.known.get(&key)
        {
            return known.clone();
        }
        self.made += 1;
        let walk = (self.seen.walk)(from, port);
        let trail = (from, trail(&walk, self.seen));
        self.known.entry(key).or_insert_with(|| trail.clone());
        trail
    }
}

fn told(ruling: &Ruling, trails: &mut Trails<'_, '_>) -> RulingTold {
    let pieces = ruling.pieces.iter().map(|piece| {
        let (trail_from, trail) = trails.of(piece, ruling.port);
        PieceTold {
            prefix: piece.prefix,
            verdict: piece.outcome.word(),
            step: step_of(piece.outcome),
            how: how_of(piece.outcome),
            by: piece.by.first().map(|decider| by(decider, trails.seen)),
            deciders: piece.by.iter().map(|decider| by(decider, trails.seen)).collect(),
            trail_from,
            trail,
        }
    });
    let pieces: Vec<PieceTold> = pieces.collect();
    let alike = pieces.windows(2).all(|pair| pair[0].verdict == pair[1].verdict);
    RulingTold {
        range: ruling.range,
        port: ruling.port,
        verdict: match pieces.first() {
            None => Outcome::Unknown.word(),
            Some(first) if alike => first.verdict,
            Some(_) => "mixed",
        },
        share_accepted: ruling.share_accepted(),
        pieces,
    }
}

fn trail(walk: &Walk, seen: &Seen<'_>) -> Vec<StepTold> {
    let told = |walked: &Walked| StepTold {
        packet: step(walked.packet),
        does: does(walked.does),
        change: walked.change.clone(),
        at: by(&walked.at, seen),
    };
    walk.steps.iter().map(told).collect()
}

fn by(decider: &Decider, seen: &Seen<'_>) -> By {
    let mut by = By {
        family: None,
        table: None,
        chain: None,
        handle: None,
        rule: None,
        kind: kind(decider),
        backend: None,
        hook: words::hook_of(decider).map(words::hook),
        number: None,
        set: None,
        route: None,
        interface: None,
        address: None,
        port: None,
        why: None,
        neighbours: false,
        asks: Vec::new(),
        owner: (seen.owner)(decider).map(|owner| owner.word()),
        file: None,
        line: None,
    };
    let mut inner = decider;
    while let Decider::Neighbours(within) = inner {
        by.neighbours = true;
        inner = within;
    }
    by.kind = kind(inner);
    let at = match inner {
        Decider::Policy(at) => Some(at),
        other => words::rule_of(other).map(|rule| &rule.at),
    };
    if let Some(at) = at {
        by.family = Some(at.family.word());
        by.table = Some(at.table.clone());
        by.chain = Some(at.chain.clone());
        by.backend = Some(match at.backend {
            Backend::Nft => "nft",
            Backend::IptablesNft => "iptables-nft",
            Backend::IptablesLegacy => "iptables-legacy",
        });
    }
    if let Some(rule) = words::rule_of(inner) {
        by.handle = rule.handle;
        by.rule = Some(rule.text.clone());
        by.number = Some(rule.number);
        by.set.clone_from(&rule.set);
        by.asks = words::unanswerable(rule, seen.ruleset)
            .into_iter()
            .map(|asks| asks.replace('`', ""))
            .collect();
    }
    match inner {
        Decider::Route(text) => by.route = Some(text.clone()),
        Decider::SourceCheck(interface) => by.interface = Some(interface.clone()),
        Decider::Nobody { address, port, .. } => {
            by.address = Some(*address);
            by.port = Some(*port);
        }
        Decider::Untold(why) => by.why = Some(why.clone()),
        Decider::Rule(_) | Decider::Policy(_) | Decider::Queue(_) | Decider::Neighbours(_) => {}
    }
    if let Some(source) = (seen.source)(decider) {
        by.file = Some(source.file);
        by.line = source.line;
    }
    by
}

fn kind(decider: &Decider) -> &'static str {
    match decider {
        Decider::Rule(_) => "rule",
        Decider::Policy(_) => "policy",
        Decider::Route(_) => "route",
        Decider::SourceCheck(_) => "source-check",
        Decider::Nobody { .. } => "nobody",
        Decider::Queue(_) => "queue",
        Decider::Neighbours(inner) => kind(inner),
        Decider::Untold(_) => "untold",
    }
}

fn step(step: Step) -> &'static str {
    match step {
        Step::First => "first",
        Step::Reply => "reply",
        Step::Later => "later",
        Step::Refusal => "refusal",
    }
}

fn step_of(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Dropped(at) => Some(step(at)),
        Outcome::Accepted | Outcome::Rejected(_) | Outcome::Limited | Outcome::Unknown => None,
    }
}

fn how_of(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Rejected(How::Reset) => Some("reset"),
        Outcome::Rejected(How::PortUnreachable) => Some("port-unreachable"),
        Outcome::Rejected(How::Unreachable) => Some("unreachable"),
        Outcome::Accepted | Outcome::Dropped(_) | Outcome::Limited | Outcome::Unknown => None,
    }
}

fn does(does: Does) -> &'static str {
    match does {
        Does::Accepts => "accepts",
        Does::Drops => "drops",
        Does::Rejects => "rejects",
        Does::Leads => "leads",
        Does::Changes => "changes",
        Does::Perhaps => "perhaps",
        Does::Limits => "limits",
        Does::Routes => "routes",
    }
}

fn family_word(family: Family) -> &'static str {
    match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    }
}
