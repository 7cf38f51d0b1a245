//! Where the kernel sends packets: the routing rules in their order, each with its table, for a whole set
//! of addresses at once.
//!
//! What a rule asks and nobody can tell makes its outcome one of several. They are kept side by side, and
//! only where they differ in the end is the way unknown.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::table::{self, Segment};
use super::{Led, Route, RouteKey, RoutingAction, RoutingRule, Surroundings, Way};
use crate::firewall::addresses::{Family, Interval, Numbers, interval};
use crate::firewall::model::Tri;

/// What decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Choice {
    /// A route, by its number.
    Route(usize),
    /// Several that lead out or to this host alike; one of them, by its number.
    Like(usize),
    /// A routing rule that ends here, by its number.
    Rule(usize),
    /// No rule led to a route.
    Nowhere,
    /// It cannot be told.
    Untold,
}

/// What may decide for some addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Found {
    choices: Vec<Choice>,
    /// The first rule that may hold or not.
    doubt: Option<usize>,
}

/// Addresses by what has been found for them.
type Groups = HashMap<Found, Vec<Interval>>;

impl Found {
    fn with(&self, choices: impl IntoIterator<Item = Choice>) -> Found {
        let mut more = self.clone();
        for choice in choices {
            if !more.choices.contains(&choice) {
                more.choices.push(choice);
            }
        }
        more
    }
}

/// The routes and rules of one family, and who asks.
struct Search<'a> {
    key: RouteKey<'a>,
    routes: &'a [Route],
    rules: &'a [RoutingRule],
    /// The tables that were asked, cut to pieces.
    tables: HashMap<&'a str, Vec<Segment>>,
    /// The routes of each table that touch what is looked for.
    by_table: HashMap<&'a str, Vec<(usize, &'a Route)>>,
}

/// Where packets to these addresses go: a piece for each way, lowest first. Every blackhole and every
/// lack of a route is named; of the routes out, only one that has a piece for itself.
pub(super) fn ways(around: &Surroundings, key: RouteKey<'_>, to: &Numbers) -> Vec<(Numbers, Led)> {
    let Some((search, groups)) = ask(around, key, to) else {
        return vec![(to.clone(), Led { way: Way::Unknown, by: String::new() })];
    };
    let mut all: HashMap<(Way, String), (Vec<Interval>, String)> = HashMap::new();
    for (found, intervals) in groups {
        let Led { way, by } = search.led(&found);
        let leads = matches!(way, Way::Out(_) | Way::Local);
        let named = if leads { String::new() } else { by.clone() };
        match all.entry((way, named)) {
            Entry::Vacant(place) => {
                place.insert((intervals, by));
            }
            Entry::Occupied(mut place) => {
                let (known, text) = place.get_mut();
                known.extend(intervals);
                if *text != by {
                    text.clear();
                }
            }
        }
    }
    let each = all.into_iter().map(|((way, _), (intervals, by))| (intervals, Led { way, by }));
    sorted(each)
}

/// Whether packets to these addresses go, or may go, out by an interface.
pub(super) fn leaves_by(
    around: &Surroundings,
    key: RouteKey<'_>,
    to: &Numbers,
    interface: &str,
) -> Vec<(Numbers, Tri)> {
    let Some((search, groups)) = ask(around, key, to) else {
        return vec![(to.clone(), Tri::Unknown)];
    };
    let mut all = [Tri::Yes, Tri::No, Tri::Unknown].map(|tri| (Vec::new(), tri));
    for (found, intervals) in groups {
        let leaves = search.leaves(&found, interface);
        for (known, tri) in &mut all {
            if *tri == leaves {
                known.extend_from_slice(&intervals);
            }
        }
    }
    sorted(all)
}

/// Looks all addresses up; `None`: routes or rules were not told.
fn ask<'a>(
    around: &'a Surroundings,
    key: RouteKey<'a>,
    to: &Numbers,
) -> Option<(Search<'a>, Groups)> {
    let family = key.family as usize;
    let (routes, rules) = (around.routes[family].as_ref()?, around.rules[family].as_ref()?);
    let mut search = Search::new(key, routes, rules, to);
    let groups = search.run(to);
    Some((search, groups))
}

/// Lowest first; what has no address is left out.
fn sorted<T>(pieces: impl IntoIterator<Item = (Vec<Interval>, T)>) -> Vec<(Numbers, T)> {
    let pieces = pieces.into_iter().map(|(all, means)| (Numbers::from_intervals(all), means));
    let mut pieces: Vec<(Numbers, T)> = pieces.filter(|(numbers, _)| !numbers.is_empty()).collect();
    pieces.sort_by_key(|(numbers, _)| numbers.intervals().first().copied());
    pieces
}

impl<'a> Search<'a> {
    fn new(
        key: RouteKey<'a>,
        routes: &'a [Route],
        rules: &'a [RoutingRule],
        to: &Numbers,
    ) -> Search<'a> {
        let mut by_table: HashMap<&str, Vec<(usize, &Route)>> = HashMap::new();
        for (number, route) in routes.iter().enumerate() {
            if to.within(interval(&route.to)).next().is_some() {
                by_table.entry(&route.table).or_default().push((number, route));
            }
        }
        Search { key, routes, rules, tables: HashMap::new(), by_table }
    }

    /// What is found for each address. No address is in two groups.
    fn run(&mut self, to: &Numbers) -> Groups {
        let mut ended = Groups::new();
        // Those that a rule sent on to a later one wait there.
        let mut waiting: BTreeMap<usize, Groups> = BTreeMap::new();
        wait(&mut waiting, 0, Found::default(), to.intervals());
        while let Some((at, groups)) = waiting.pop_first() {
            let Some(rule) = self.rules.get(at) else {
                for (found, intervals) in groups {
                    ended.entry(found.with([Choice::Nowhere])).or_default().extend(intervals);
                }
                continue;
            };
            for (found, intervals) in groups {
                let addresses = Numbers::from_intervals(intervals);
                for (part, holds) in self.parts(rule, addresses) {
                    match holds {
                        Tri::No => wait(&mut waiting, at + 1, found.clone(), part.intervals()),
                        Tri::Yes => self.act(at, &found, &part, true, &mut waiting, &mut ended),
                        Tri::Unknown => {
                            let mut found = found.clone();
                            found.doubt.get_or_insert(at);
                            self.act(at, &found, &part, false, &mut waiting, &mut ended);
                        }
                    }
                }
            }
        }
        ended
    }

    /// The addresses for which a rule holds, does not, or may.
    fn parts(&self, rule: &RoutingRule, addresses: Numbers) -> Vec<(Numbers, Tri)> {
        let rest = self.besides_destination(rule);
        let turned = |tri: Tri| match (rule.negated, tri) {
            (true, Tri::Yes) => Tri::No,
            (true, Tri::No) => Tri::Yes,
            (_, tri) => tri,
        };
        let Some(to) = &rule.to else { return vec![(addresses, turned(rest))] };
        let (low, high) = interval(to);
        let inside = addresses.and(&Numbers::of(low, high));
        let outside = addresses.without(&inside);
        let both = [(inside, turned(rest)), (outside, turned(Tri::No))];
        both.into_iter().filter(|(part, _)| !part.is_empty()).collect()
    }

    /// Whether a rule holds as far as the destination is not asked.
    fn besides_destination(&self, rule: &RoutingRule) -> Tri {
        let yes = |holds: bool| if holds { Tri::Yes } else { Tri::No };
        let mut all = vec![if rule.besides.is_some() { Tri::Unknown } else { Tri::Yes }];
        if let Some(from) = rule.from.as_ref().filter(|from| from.prefix_len() > 0) {
            all.push(self.key.source.map_or(Tri::Unknown, |source| yes(from.contains(&source))));
        }
        if let Some((mark, mask)) = rule.mark.filter(|(_, mask)| *mask != 0) {
            all.push(self.key.mark.map_or(Tri::Unknown, |has| yes((has ^ mark) & mask == 0)));
        }
        if let Some(incoming) = &rule.incoming {
            all.push(yes(self.key.incoming.unwrap_or("lo") == incoming));
        }
        if let Some(outgoing) = &rule.outgoing {
            all.push(yes(self.key.outgoing == Some(outgoing)));
        }
        if all.contains(&Tri::No) {
            Tri::No
        } else if all.contains(&Tri::Unknown) {
            Tri::Unknown
        } else {
            Tri::Yes
        }
    }

    /// What a rule that holds, or may hold, does.
    fn act(
        &mut self,
        at: usize,
        found: &Found,
        addresses: &Numbers,
        certain: bool,
        waiting: &mut BTreeMap<usize, Groups>,
        ended: &mut Groups,
    ) {
        let rule = &self.rules[at];
        let mut end = |found: Found, part: &[Interval]| {
            if certain {
                ended.entry(found).or_default().extend_from_slice(part);
            } else {
                wait(waiting, at + 1, found, part);
            }
        };
        let whole = addresses.intervals();
        match &rule.does {
            RoutingAction::Blackhole | RoutingAction::Refuse => {
                end(found.with([Choice::Rule(at)]), whole);
            }
            RoutingAction::Lookup(table) if table.is_empty() => {
                end(found.with([Choice::Untold]), whole);
            }
            RoutingAction::Nothing => wait(waiting, at + 1, found.clone(), whole),
            RoutingAction::Goto(target) => {
                let next = self.rules.iter().position(|rule| rule.priority == *target);
                match next.filter(|next| *next > at) {
                    // The kernel passes a rule over whose target is not there.
                    None => wait(waiting, at + 1, found.clone(), whole),
                    Some(next) if certain => wait(waiting, next, found.clone(), whole),
                    Some(_) => {
                        ended.entry(found.with([Choice::Untold])).or_default().extend(whole);
                    }
                }
            }
            RoutingAction::Lookup(table) => {
                let (routes, suppress) = (self.routes, rule.suppress);
                let segments = self.table(table);
                let (within, without) = table::cut(segments, addresses);
                let mut alike: HashMap<&Way, (usize, bool, Vec<Interval>)> = HashMap::new();
                for (part, segment) in within {
                    // Nearly all of a long table: kept together, they cost no more than a place.
                    if let [number] = segment.routes[..]
                        && let Some(way @ (Way::Out(_) | Way::Local)) = &routes[number].way
                        && certain
                        && !segment.falls
                        && !suppressed(&routes[number], suppress)
                    {
                        let (first, several, parts) =
                            alike.entry(way).or_insert_with(|| (number, false, Vec::new()));
                        *several |= *first != number;
                        parts.push(part);
                        continue;
                    }
                    let counts = |number: &&usize| !suppressed(&routes[**number], suppress);
                    let leads = |number: &&usize| routes[**number].way.is_some();
                    let kept: Vec<&usize> = segment.routes.iter().filter(counts).collect();
                    let falls = segment.falls
                        || kept.len() < segment.routes.len()
                        || !kept.iter().all(leads);
                    let kept = kept.into_iter().filter(leads);
                    let found = found.with(kept.map(|number| Choice::Route(*number)));
                    if falls || !certain {
                        wait(waiting, at + 1, found, &[part]);
                    } else {
                        ended.entry(found).or_default().push(part);
                    }
                }
                for (first, several, parts) in alike.into_values() {
                    let choice = if several { Choice::Like(first) } else { Choice::Route(first) };
                    ended.entry(found.with([choice])).or_default().extend(parts);
                }
                wait(waiting, at + 1, found.clone(), &without);
            }
        }
    }

    fn table(&mut self, name: &'a str) -> &[Segment] {
        let (key, routes) = (self.key, self.by_table.get(name));
        self.tables
            .entry(name)
            .or_insert_with(|| routes.map_or_else(Vec::new, |routes| table::segments(key, routes)))
    }

    fn led(&self, found: &Found) -> Led {
        let each: Vec<Led> = found.choices.iter().map(|choice| self.one(*choice)).collect();
        let Some(first) = each.first() else { return Led { way: Way::Unknown, by: String::new() } };
        if each.iter().all(|led| led.way == first.way) {
            return first.clone();
        }
        let by = match found.doubt {
            Some(rule) => self.rules[rule].text.clone(),
            None => {
                let texts = each.iter().map(|led| led.by.as_str()).filter(|text| !text.is_empty());
                texts.collect::<Vec<_>>().join(", or ")
            }
        };
        Led { way: Way::Unknown, by }
    }

    fn one(&self, choice: Choice) -> Led {
        match choice {
            Choice::Route(number) => {
                let route = &self.routes[number];
                let mut way = route.way.clone().unwrap_or(Way::Unknown);
                if let Some(outgoing) = self.key.outgoing
                    && route.leads_out()
                {
                    // Of several ways only this one was asked for.
                    way = Way::Out(outgoing.to_owned());
                }
                Led { way, by: route.text.clone() }
            }
            Choice::Like(number) => Led { by: String::new(), ..self.one(Choice::Route(number)) },
            Choice::Rule(number) => {
                let rule = &self.rules[number];
                let way = match rule.does {
                    RoutingAction::Blackhole => Way::Blackhole,
                    _ => Way::NoRoute,
                };
                Led { way, by: rule.text.clone() }
            }
            Choice::Nowhere => Led { way: Way::NoRoute, by: String::new() },
            Choice::Untold => Led { way: Way::Unknown, by: String::new() },
        }
    }

    fn leaves(&self, found: &Found, interface: &str) -> Tri {
        let mut all = found.choices.iter().map(|choice| match choice {
            Choice::Route(number) | Choice::Like(number) => {
                let route = &self.routes[*number];
                if route.leads_out() && route.devices.iter().any(|device| device == interface) {
                    Tri::Yes
                } else {
                    Tri::No
                }
            }
            Choice::Rule(_) | Choice::Nowhere => Tri::No,
            Choice::Untold => Tri::Unknown,
        });
        let Some(first) = all.next() else { return Tri::Unknown };
        if all.all(|next| next == first) { first } else { Tri::Unknown }
    }
}

/// Whether a rule does not count what it found there.
fn suppressed(route: &Route, suppress: Option<u8>) -> bool {
    let refuses = matches!(route.way, Some(Way::Blackhole | Way::NoRoute));
    let counts_always = refuses && Family::of(route.to.addr()) == Family::V4;
    suppress.is_some_and(|length| route.to.prefix_len() <= length) && !counts_always
}

fn wait(waiting: &mut BTreeMap<usize, Groups>, at: usize, found: Found, part: &[Interval]) {
    if !part.is_empty() {
        waiting.entry(at).or_default().entry(found).or_default().extend_from_slice(part);
    }
}
