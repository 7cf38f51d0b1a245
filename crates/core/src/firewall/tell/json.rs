//! Rulings for programs: `rayfix/firewall/1`, as `docs/schema/firewall-1.json` has it.
//!
//! Made straight from the rulings. Received text is kept as it came; what acts on a terminal is written as
//! `\uXXXX`, which says the same. The file is long since every shape of the document stands in it, beside
//! the one that holds it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::IpAddr;
use std::rc::Rc;

use ipnet::IpNet;
use serde::Serialize;

use super::{Report, Seen, offer, words};
use crate::firewall::addresses::Family;
use crate::firewall::manager::Manager;
use crate::firewall::model::{Backend, How};
use crate::firewall::propose::{Command, Proposals, Within};
use crate::firewall::ruling::{Decider, Does, Outcome, Piece, Ruling, Step, Walk, Walked};
use crate::report::guard;

/// After so many walks for the trails of pieces, those that fare alike by rules of the same chain share one,
/// and each says whose it is.
const WALKS: usize = 64;

/// So many rules and elements of sets may be asked by those walks together, since each walk asks all of them.
const WORK: usize = 8_000;

/// However many rules there are, so many that fare unlike each other have a trail of their own.
const UNLIKE: usize = 12;

/// After so many pieces a trail is told once, and the others that share it name its address alone; the
/// document is then written without indentation, which would be half of it.
const MANY: usize = 500;

/// The document as text; ends in a line break.
#[must_use]
pub fn json(seen: &Seen<'_>, report: &Report) -> String {
    let mut text = Vec::new();
    // Memory takes whatever is written.
    let _ = json_into(seen, report, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Writes the document piece by piece, for it may be a hundred megabytes; ends in a line break.
///
/// # Errors
/// Whatever the place it is written to says.
pub fn json_into(seen: &Seen<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let told = Deciders { seen, known: RefCell::new(HashMap::new()) };
    let trails = RefCell::new(Trails::new(&told));
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
        rulings: rulings.iter().map(|ruling| ruled(ruling, &trails)).collect(),
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
                by: walk.by.first().map(|decider| told.of(decider)),
                deciders: walk.by.iter().map(|decider| told.of(decider)).collect(),
                trail: trail(walk, &told),
            })
            .collect(),
        proposals: seen.proposals.map(|proposals| offered(proposals, &told)),
        listens: seen
            .ports
            .iter()
            .map(|port| Listens { port: *port, somebody: seen.rulings.somebody_listens(*port) })
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
    let pieces: usize = rulings.iter().map(|ruling| ruling.pieces.len()).sum();
    let mut guarded = Guarded(out);
    if pieces > MANY {
        serde_json::to_writer(&mut guarded, &document)?;
    } else {
        serde_json::to_writer_pretty(&mut guarded, &document)?;
    }
    out.write_all(b"\n")
}

/// What is written comes out guarded. Whoever writes JSON writes whole characters at a time.
struct Guarded<'o>(&'o mut dyn Write);

impl Write for Guarded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|c| matches!(c, b'\n' | b' '..=b'~')) {
            self.0.write_all(bytes)?;
        } else {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.0.write_all(guard::json(text).as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'static str,
    headline: String,
    manager: Option<&'static str>,
    managers: Vec<&'static str>,
    interface: Option<&'a str>,
    doors: Vec<Door<'a>>,
    rulings: Vec<RulingTold<'a>>,
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

#[derive(Serialize)]
struct RulingTold<'a> {
    range: IpNet,
    port: u16,
    verdict: &'static str,
    share_accepted: f64,
    pieces: PiecesTold<'a>,
}

/// The pieces of a ruling, each put into words when it is written.
struct PiecesTold<'a> {
    ruling: &'a Ruling,
    trails: &'a RefCell<Trails<'a, 'a>>,
}

impl Serialize for PiecesTold<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let port = self.ruling.port;
        to.collect_seq(self.ruling.pieces.iter().map(|piece| {
            let mut trails = self.trails.borrow_mut();
            let (trail_from, trail) = trails.of(piece, port);
            PieceTold {
                prefix: piece.prefix,
                verdict: piece.outcome.word(),
                step: step_of(piece.outcome),
                how: how_of(piece.outcome),
                by: piece.by.first().map(|decider| trails.told.of(decider)),
                deciders: piece.by.iter().map(|decider| trails.told.of(decider)).collect(),
                trail_from,
                trail,
            }
        }))
    }
}

#[derive(Debug, Serialize)]
struct PieceTold {
    prefix: IpNet,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    how: Option<&'static str>,
    by: Option<Told>,
    deciders: Vec<Told>,
    trail_from: Option<IpAddr>,
    trail: Trail,
}

/// One that decides, worked out once: thousands of pieces share few.
#[derive(Debug, Clone)]
struct Told(Rc<By>);

impl Serialize for Told {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

/// The steps of a walk, which many pieces share.
#[derive(Debug, Clone)]
struct Trail(Rc<[StepTold]>);

impl Serialize for Trail {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(to)
    }
}

/// Who decides. All of the first five are null where it is no rule and no policy.
#[derive(Debug, Serialize)]
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

#[derive(Debug, Serialize)]
struct StepTold {
    packet: &'static str,
    does: &'static str,
    change: String,
    #[serde(flatten)]
    at: Told,
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
    by: Option<Told>,
    deciders: Vec<Told>,
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
    by: Told,
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
    by: Vec<Told>,
    why: String,
}

fn offered(proposals: &Proposals, told: &Deciders<'_, '_>) -> Proposed {
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
        by: told.of(&proposal.by),
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
        by: left.by.iter().map(|decider| told.of(decider)).collect(),
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
type Alike = (Family, u16, Outcome, Vec<words::Place>);

/// Those that decide, each worked out once.
struct Deciders<'s, 'a> {
    seen: &'s Seen<'a>,
    known: RefCell<HashMap<Decider, Told>>,
}

impl Deciders<'_, '_> {
    fn of(&self, decider: &Decider) -> Told {
        if let Some(known) = self.known.borrow().get(decider) {
            return known.clone();
        }
        let told = Told(Rc::new(by(decider, self.seen)));
        self.known.borrow_mut().insert(decider.clone(), told.clone());
        told
    }
}

/// The trails of pieces.
struct Trails<'s, 'a> {
    told: &'s Deciders<'s, 'a>,
    made: usize,
    given: usize,
    /// From so many walks on, those alike share one.
    each: usize,
    /// Of so many that fare unlike each other one is made; of others none.
    most: usize,
    known: HashMap<Alike, (IpAddr, Trail)>,
}

impl<'s, 'a> Trails<'s, 'a> {
    fn new(told: &'s Deciders<'s, 'a>) -> Trails<'s, 'a> {
        let ruleset = told.seen.ruleset;
        let tables = ruleset.tables.iter();
        let rules: usize =
            tables.flat_map(|table| &table.chains).map(|chain| chain.rules.len()).sum();
        let walks = WORK / rules.max(1);
        Trails {
            told,
            made: 0,
            given: 0,
            each: walks.clamp(1, WALKS),
            most: walks.max(UNLIKE),
            known: HashMap::new(),
        }
    }

    /// The address whose trail it is, and the trail: empty where it was told before, or where none was made.
    fn of(&mut self, piece: &Piece, port: u16) -> (Option<IpAddr>, Trail) {
        let from = piece.prefix.network();
        let places = piece.by.iter().map(words::Place::of).collect();
        let key = (Family::of(from), port, piece.outcome, places);
        self.given += 1;
        let none = || Trail(Rc::from([]));
        if self.made >= self.each
            && let Some((from, trail)) = self.known.get(&key)
        {
            let trail = if self.given > MANY { none() } else { trail.clone() };
            return (Some(*from), trail);
        }
        if self.known.len() >= self.most {
            return (None, none());
        }
        self.made += 1;
        let walk = (self.told.seen.walk)(from, port);
        let trail = Trail(Rc::from(trail(&walk, self.told)));
        self.known.entry(key).or_insert_with(|| (from, trail.clone()));
        (Some(from), trail)
    }
}

fn ruled<'a>(ruling: &'a Ruling, trails: &'a RefCell<Trails<'a, 'a>>) -> RulingTold<'a> {
    let mut words = ruling.pieces.iter().map(|piece| piece.outcome.word());
    RulingTold {
        range: ruling.range,
        port: ruling.port,
        verdict: match words.next() {
            None => Outcome::Unknown.word(),
            Some(first) if words.all(|word| word == first) => first,
            Some(_) => "mixed",
        },
        share_accepted: ruling.share_accepted(),
        pieces: PiecesTold { ruling, trails },
    }
}

fn trail(walk: &Walk, deciders: &Deciders<'_, '_>) -> Vec<StepTold> {
    let told = |walked: &Walked| StepTold {
        packet: step(walked.packet),
        does: does(walked.does),
        change: walked.change.clone(),
        at: deciders.of(&walked.at),
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
        owner: (seen.owner)(decider).map(Manager::word),
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
