//! Walks sets of addresses through a chain: rule after rule, jump after jump.

use super::super::addresses::{Numbers, Pieces};
use super::super::model::{
    Backend, Data, Lookup, Match, Part, Policy, Rule, SetMark, Term, Tri, Value, Verdict,
};
use super::super::ruling::Does;
use super::Evaluation;
use super::matches::{Found, data};
use super::packet::Packet;
use super::record::{By, Spot, What};
use super::world::{World, Worlds};

/// Addresses that are still in a rule.
pub(super) struct Lane {
    pub(super) world: World,
    pub(super) pieces: Pieces,
}

/// What comes out of a chain.
#[derive(Default)]
struct Out {
    /// Accepted: through with the base chain.
    accepted: Worlds,
    /// Back to where it was jumped from.
    returned: Worlds,
}

/// Chains that lead into each other deeper than this are not loaded by the kernel (16).
const DEEPEST: usize = 64;

/// Rules looked at in one evaluation; a ruleset that needs more than this is not told to its end.
const MOST_STEPS: u64 = 60_000_000;

impl<'a> Evaluation<'a> {
    /// Sends addresses through a base chain; returns those that come through.
    pub(super) fn base_chain(
        &mut self,
        table: usize,
        chain: usize,
        packet: &Packet,
        worlds: Worlds,
    ) -> Worlds {
        let about = &self.firewall.ruleset.tables[table];
        let Some(base) = &about.chains[chain].base else { return worlds };
        let policy = base.policy;
        let spot = Spot { table, chain, hook: packet.hook };
        let mut through = Worlds::none();
        if about.dormant == Tri::Unknown {
            // Switched off or not: all go on, and the chain's refusals are possible.
            through.add_all(worlds.clone());
            for (_, pieces) in worlds.clone() {
                self.record(What::Perhaps, By::Policy(spot), packet, &pieces);
            }
        }
        let out = self.chain(table, chain, spot, packet, worlds, 0);
        through.add_all(out.accepted);
        for (world, pieces) in out.returned {
            let by = By::Policy(spot);
            match policy {
                Policy::Accept => {
                    self.record(What::Accept, by, packet, &pieces);
                    through.add(world, pieces);
                }
                Policy::Drop => {
                    self.step(&by, packet, &pieces, Does::Drops, "");
                    self.drop(by, packet, world, pieces);
                }
            }
        }
        through
    }

    fn chain(
        &mut self,
        table: usize,
        chain: usize,
        from: Spot,
        packet: &Packet,
        worlds: Worlds,
        depth: usize,
    ) -> Out {
        let mut out = Out::default();
        let mut current = worlds;
        let spot = Spot { table, chain, hook: from.hook };
        let rules = &self.firewall.ruleset.tables[table].chains[chain].rules;
        if depth > DEEPEST {
            for (world, pieces) in current {
                self.give_up("chains lead into each other without end", packet, &world, &pieces);
                out.returned.add(world, pieces);
            }
            return out;
        }
        let mut elsewhere = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            if current.is_empty() {
                break;
            }
            self.steps += 1;
            if self.steps > MOST_STEPS {
                for (world, pieces) in std::mem::take(&mut current) {
                    self.give_up(
                        "the rules lead through each other too often",
                        packet,
                        &world,
                        &pieces,
                    );
                }
                break;
            }
            let mut emptied = false;
            for (world, pieces) in current.each() {
                if self.never_holds(table, rule, packet, world) {
                    continue;
                }
                let lane = Lane { world: *world, pieces: std::mem::take(pieces) };
                let back = self.rule(spot, number, rule, packet, lane, depth, &mut out);
                for lane in back {
                    if lane.world == *world {
                        pieces.add(lane.pieces);
                    } else {
                        elsewhere.push(lane);
                    }
                }
                emptied |= pieces.is_empty();
            }
            for lane in elsewhere.drain(..) {
                current.add(lane.world, lane.pieces);
            }
            if emptied {
                current.tidy();
            }
        }
        out.returned.add_all(current);
        out
    }

    /// Whether something that hangs on no client keeps a rule from holding, found without touching a set.
    fn never_holds(&self, table: usize, rule: &'a Rule, packet: &Packet, world: &World) -> bool {
        rule.parts
            .iter()
            .map_while(|part| if let Part::Match(asks) = part { Some(asks) } else { None })
            .any(|asks| {
                let plain = !matches!(asks.with, super::super::model::With::Set(_));
                plain && self.holds(table, asks, packet, world).is_never()
            })
    }

    /// One rule: returns those who go on to the next.
    #[expect(clippy::too_many_arguments, reason = "a rule is looked at in its place, by a packet")]
    fn rule(
        &mut self,
        spot: Spot,
        number: usize,
        rule: &'a Rule,
        packet: &Packet,
        lane: Lane,
        depth: usize,
        out: &mut Out,
    ) -> Vec<Lane> {
        let by = By::Rule(spot, number);
        let mut back: Vec<Lane> = Vec::new();
        let mut lanes = vec![lane];
        for part in &rule.parts {
            let mut next: Vec<Lane> = Vec::new();
            for mut lane in lanes {
                match part {
                    Part::Match(asks) => {
                        self.ask(spot.table, asks, packet, &by, lane, &mut next, &mut back);
                    }
                    Part::AnyOf { of, negated } => {
                        self.any_of(
                            spot.table, of, *negated, packet, &by, lane, &mut next, &mut back,
                        );
                    }
                    Part::Limit { over } => {
                        self.record(What::Limit, by.clone(), packet, &lane.pieces);
                        self.step(&by, packet, &lane.pieces, Does::Limits, "");
                        limit(lane, *over, &mut next, &mut back);
                    }
                    Part::Perhaps { .. } => {
                        self.perhaps(&by, packet, &lane.pieces);
                        back.push(Lane { world: lane.world, pieces: lane.pieces.clone() });
                        next.push(lane);
                    }
                    Part::Mark(set) => {
                        self.mark(spot.table, set, packet, &by, lane, &mut next, &mut back);
                    }
                    Part::NoTrack => {
                        // Only what is not looked up yet can be left untracked.
                        let nft = self.firewall.ruleset.tables[spot.table].backend == Backend::Nft;
                        lane.world.untracked |= !packet.looked_up && (nft || !packet.of_untracked);
                        self.step(&by, packet, &lane.pieces, Does::Changes, "not tracked");
                        next.push(lane);
                    }
                    Part::Adds { .. } => next.push(lane),
                    Part::Nat(nat) => {
                        self.translate(spot, &by, nat, packet, lane, &mut out.accepted, &mut back);
                    }
                    Part::Verdict(verdict) => {
                        self.verdict(spot, &by, verdict, packet, lane, depth, out, &mut back);
                    }
                    Part::VerdictMap { key, map } => {
                        for (lane, given) in
                            self.look_up(spot.table, key, map, packet, &by, lane, &mut back)
                        {
                            match given {
                                Data::Verdict(verdict) => {
                                    self.verdict(
                                        spot, &by, &verdict, packet, lane, depth, out, &mut back,
                                    );
                                }
                                _ => self.anything(&by, packet, lane, out, &mut back),
                            }
                        }
                    }
                    Part::Unknown { .. } => self.anything(&by, packet, lane, out, &mut back),
                }
            }
            lanes = next;
            if lanes.is_empty() {
                break;
            }
        }
        back.append(&mut lanes);
        back
    }

    #[expect(clippy::too_many_arguments, reason = "where lanes come from and where they go")]
    fn ask(
        &mut self,
        table: usize,
        asks: &'a Match,
        packet: &Packet,
        by: &By,
        lane: Lane,
        next: &mut Vec<Lane>,
        back: &mut Vec<Lane>,
    ) {
        let holds = self.holds(table, asks, packet, &lane.world);
        let world = lane.world;
        let strained = World { nominal: false, ..world };
        let parted = holds.part(lane.pieces);
        push(next, world, parted.on);
        push(back, world, parted.back);
        if !parted.either.is_empty() {
            self.perhaps(by, packet, &parted.either);
            push(next, world, parted.either.clone());
            push(back, world, parted.either);
        }
        for (pieces, below_goes_on) in [(parted.above, false), (parted.below, true)] {
            if pieces.is_empty() {
                continue;
            }
            self.record(What::Limit, by.clone(), packet, &pieces);
            let (calm, busy) =
                if below_goes_on { (&mut *next, &mut *back) } else { (&mut *back, &mut *next) };
            push(calm, world, pieces.clone());
            push(busy, strained, pieces);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "where lanes come from and where they go")]
    fn any_of(
        &mut self,
        table: usize,
        of: &'a [Vec<Match>],
        negated: bool,
        packet: &Packet,
        by: &By,
        lane: Lane,
        next: &mut Vec<Lane>,
        back: &mut Vec<Lane>,
    ) {
        let world = lane.world;
        let mut left = lane.pieces;
        let (mut sure, mut open) = (Pieces::none(), Pieces::none());
        for alternative in of {
            let mut on = left.clone();
            let mut either = Pieces::none();
            for asks in alternative {
                let holds = self.holds(table, asks, packet, &world);
                let told = holds.part(std::mem::take(&mut on));
                let doubtful = holds.part(std::mem::take(&mut either));
                on = told.on;
                for more in [
                    told.either,
                    told.above,
                    told.below,
                    doubtful.on,
                    doubtful.either,
                    doubtful.above,
                    doubtful.below,
                ] {
                    either.add(more);
                }
            }
            left.take(&on.numbers());
            open.add(either);
            sure.add(on);
        }
        // What one alternative surely holds for, another need not decide.
        open.take(&sure.numbers());
        left.take(&open.numbers());
        let (on, off) = if negated { (left, sure) } else { (sure, left) };
        push(next, world, on);
        push(back, world, off);
        if !open.is_empty() {
            self.perhaps(by, packet, &open);
            push(next, world, open.clone());
            push(back, world, open);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "where lanes come from and where they go")]
    fn mark(
        &mut self,
        table: usize,
        set: &'a SetMark,
        packet: &Packet,
        by: &By,
        lane: Lane,
        next: &mut Vec<Lane>,
        back: &mut Vec<Lane>,
    ) {
        let marked: Vec<(Lane, Option<u128>)> = match &set.to {
            Value::Number(number) => vec![(lane, Some(*number))],
            Value::Unknown(_) => vec![(lane, None)],
            Value::Of(term) => {
                let seen = packet.term(term, &lane.world);
                match seen {
                    super::packet::Seen::Known(number) => vec![(lane, Some(number))],
                    // There is nothing to copy yet: nft ends the rule there, iptables goes on.
                    super::packet::Seen::Absent => {
                        let nft = self.firewall.ruleset.tables[table].backend == Backend::Nft;
                        return if nft { back.push(lane) } else { next.push(lane) };
                    }
                    _ => vec![(lane, None)],
                }
            }
            Value::Both(one, other) => {
                let number = match (packet.term(one, &lane.world), packet.term(other, &lane.world))
                {
                    (super::packet::Seen::Known(one), super::packet::Seen::Known(other)) => {
                        Some(one ^ other)
                    }
                    // There is nothing to copy yet.
                    (super::packet::Seen::Absent, _) | (_, super::packet::Seen::Absent) => {
                        return next.push(lane);
                    }
                    _ => None,
                };
                vec![(lane, number)]
            }
            Value::Map { key, map } => self
                .look_up(table, key, map, packet, by, lane, back)
                .into_iter()
                .map(|(lane, given)| match given {
                    Data::Number(number) => (lane, Some(number)),
                    _ => (lane, None),
                })
                .collect(),
        };
        for (mut lane, number) in marked {
            let number = number.map(|number| number as u32);
            if set.of_connection {
                if packet.has_entry(&lane.world) {
                    lane.world.connection_mark = number;
                }
            } else {
                lane.world.mark = number;
            }
            let whose = if set.of_connection { "its connection " } else { "" };
            let change = match number {
                Some(number) => format!("{whose}marked {number:#x}"),
                None => format!("{whose}marked with what cannot be told"),
            };
            self.step(by, packet, &lane.pieces, Does::Changes, &change);
            next.push(lane);
        }
    }

    /// What a map gives, to whom; who is in no element goes back.
    #[expect(clippy::too_many_arguments, reason = "where lanes come from and where they go")]
    pub(super) fn look_up(
        &mut self,
        table: usize,
        key: &'a [Term],
        map: &'a Lookup,
        packet: &Packet,
        by: &By,
        lane: Lane,
        back: &mut Vec<Lane>,
    ) -> Vec<(Lane, Data)> {
        let world = lane.world;
        let mut left = lane.pieces;
        let mut given = Vec::new();
        if key.iter().any(|term| matches!(packet.term(term, &world), super::packet::Seen::Absent)) {
            push(back, world, left);
            return given;
        }
        let elements = match self.found(table, map) {
            Found::Set(set, false) => match &set.elements {
                super::super::model::Elements::Many(elements) => elements,
                _ => &[][..],
            },
            Found::Set(_, true) | Found::Untold => {
                self.perhaps(by, packet, &left);
                push(back, world, left.clone());
                let untold = Data::Unknown("a map that is not told".to_owned());
                return vec![(Lane { world, pieces: left }, untold)];
            }
        };
        let mut doubtful = Pieces::none();
        for element in elements {
            if left.is_empty() {
                break;
            }
            let (surely, perhaps) = self.in_element(element, key, packet, &world);
            let sure = surely.take(&mut left);
            if !sure.is_empty() {
                given.push((Lane { world, pieces: sure }, data(element)));
            }
            let maybe = match &perhaps {
                super::holds::Share::None => Pieces::none(),
                super::holds::Share::All => left.clone(),
                super::holds::Share::Of(numbers) => left.common(numbers),
            };
            if !maybe.is_empty() {
                doubtful.add(maybe.clone());
                given.push((Lane { world, pieces: maybe }, data(element)));
            }
        }
        if !doubtful.is_empty() {
            self.perhaps(by, packet, &doubtful);
        }
        push(back, world, left);
        given
    }

    #[expect(clippy::too_many_arguments, reason = "where lanes come from and where they go")]
    fn verdict(
        &mut self,
        spot: Spot,
        by: &By,
        verdict: &Verdict,
        packet: &Packet,
        lane: Lane,
        depth: usize,
        out: &mut Out,
        back: &mut Vec<Lane>,
    ) {
        let Lane { world, pieces } = lane;
        if pieces.is_empty() {
            return;
        }
        match verdict {
            Verdict::Accept => {
                self.record(What::Accept, by.clone(), packet, &pieces);
                self.step(by, packet, &pieces, Does::Accepts, "");
                out.accepted.add(world, pieces);
            }
            Verdict::Drop => {
                self.step(by, packet, &pieces, Does::Drops, "");
                self.drop(by.clone(), packet, world, pieces);
            }
            Verdict::Reject(how) => {
                self.step(by, packet, &pieces, Does::Rejects, "");
                self.reject(by.clone(), *how, packet, world, pieces);
            }
            Verdict::Return => {
                self.step(by, packet, &pieces, Does::Leads, "back");
                out.returned.add(world, pieces);
            }
            Verdict::Continue => back.push(Lane { world, pieces }),
            Verdict::Jump(name) | Verdict::Goto(name) => {
                let Some(chain) = self.chain_named(spot.table, name) else {
                    self.give_up("a chain is not told", packet, &world, &pieces);
                    return self.anything(by, packet, Lane { world, pieces }, out, back);
                };
                self.step(by, packet, &pieces, Does::Leads, name);
                let worlds = Worlds::one(world, pieces);
                let led = self.chain(spot.table, chain, spot, packet, worlds, depth + 1);
                out.accepted.add_all(led.accepted);
                if matches!(verdict, Verdict::Goto(_)) {
                    out.returned.add_all(led.returned);
                } else {
                    back.extend(
                        led.returned.into_iter().map(|(world, pieces)| Lane { world, pieces }),
                    );
                }
            }
            Verdict::Queue { numbers, bypass } => {
                self.queue(by, numbers, *bypass, packet, Lane { world, pieces }, out);
            }
            Verdict::SynProxy => {
                self.step(by, packet, &pieces, Does::Accepts, "answered in the server's place");
                self.record(What::Accept, by.clone(), packet, &pieces);
                self.answered_by_proxy(world, pieces);
            }
        }
    }

    fn queue(
        &mut self,
        by: &By,
        numbers: &Numbers,
        bypass: bool,
        packet: &Packet,
        lane: Lane,
        out: &mut Out,
    ) {
        let Lane { world, pieces } = lane;
        let queues = self.firewall.surroundings.queues.as_ref();
        let read = queues.map(|read| read.iter().any(|queue| numbers.contains(u128::from(*queue))));
        match (read, bypass) {
            (Some(false), true) => {
                self.record(What::Accept, by.clone(), packet, &pieces);
                self.step(by, packet, &pieces, Does::Accepts, "nobody reads the queue");
                out.accepted.add(world, pieces);
            }
            (Some(false), false) => {
                let By::Rule(spot, number) = *by else { return };
                self.step(by, packet, &pieces, Does::Drops, "nobody reads the queue");
                self.drop(By::Queue(spot, number), packet, world, pieces);
            }
            // A program decides.
            (Some(true) | None, _) => {
                self.perhaps(by, packet, &pieces);
                self.drop(by.clone(), packet, world, pieces.clone());
                out.accepted.add(world, pieces);
            }
        }
    }

    /// A part that could end in any way.
    fn anything(
        &mut self,
        by: &By,
        packet: &Packet,
        lane: Lane,
        out: &mut Out,
        back: &mut Vec<Lane>,
    ) {
        let Lane { world, pieces } = lane;
        self.perhaps(by, packet, &pieces);
        self.drop(by.clone(), packet, world, pieces.clone());
        let changed = World { mark: None, connection_mark: None, ..world };
        out.accepted.add(changed, pieces.clone());
        push(back, changed, pieces);
    }

    fn perhaps(&mut self, by: &By, packet: &Packet, pieces: &Pieces) {
        self.record(What::Perhaps, by.clone(), packet, pieces);
        self.step(by, packet, pieces, Does::Perhaps, "");
    }
}

fn push(lanes: &mut Vec<Lane>, world: World, pieces: Pieces) {
    if !pieces.is_empty() {
        lanes.push(Lane { world, pieces });
    }
}

fn limit(lane: Lane, over: bool, next: &mut Vec<Lane>, back: &mut Vec<Lane>) {
    let strained = World { nominal: false, ..lane.world };
    let (calm, busy) = if over { (back, next) } else { (next, back) };
    push(busy, strained, lane.pieces.clone());
    push(calm, lane.world, lane.pieces);
}
