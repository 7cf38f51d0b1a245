//! One routing table, cut into the pieces of the address space that fare alike in it.
//!
//! Prefixes either hold each other or do not touch, so one walk over them, sorted once, with those that
//! are open on a stack, finds the longest for every address: n log n, however many routes there are.

use std::cmp::{Ordering, Reverse};

use super::{Route, RouteKey};
use crate::firewall::addresses::{Family, Interval, Numbers, interval};

/// A piece of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// Its addresses.
    pub(super) at: Interval,
    /// The routes that may be chosen, by their number among all; one: it is certain unless `falls`.
    pub(super) routes: Vec<usize>,
    /// Whether it may be that none of them holds.
    pub(super) falls: bool,
}

/// A route that may be asked.
struct Open<'a> {
    number: usize,
    route: &'a Route,
    at: Interval,
    certain: bool,
}

/// The segments of one table, lowest first, as far as they touch `to`; between them the table has no
/// route. `routes`: by their numbers, those of the table that touch `to`.
pub(super) fn segments(key: RouteKey<'_>, routes: &[(usize, &Route)]) -> Vec<Segment> {
    let mut open: Vec<Open<'_>> =
        routes.iter().filter_map(|(number, route)| usable(key, *number, route)).collect();
    open.sort_unstable_by(preferred);

    let mut walk =
        Walk { stack: Vec::new(), at: Some(0), found: Vec::new(), family: key.family, open: &open };
    let mut first = 0;
    while first < open.len() {
        let same = open[first..].iter().take_while(|one| one.at == open[first].at).count();
        let (low, high) = open[first].at;
        walk.close_before(Some(low));
        walk.emit(low);
        walk.stack.push((high, first, first + same));
        first += same;
    }
    walk.close_before(None);
    walk.found
}

/// Outer before inner; of one prefix, what the kernel prefers first.
fn preferred(one: &Open<'_>, other: &Open<'_>) -> Ordering {
    let place = |open: &Open<'_>| {
        let from = open.route.from.as_ref().map_or(0, ipnet::IpNet::prefix_len);
        (open.at.0, Reverse(open.at.1), Reverse(from), open.route.metric, open.number)
    };
    place(one).cmp(&place(other))
}

/// Whether a route may be chosen for packets of this kind at all.
fn usable<'a>(key: RouteKey<'_>, number: usize, route: &'a Route) -> Option<Open<'a>> {
    let mut certain = !route.doubtful;
    if let Some(from) = route.from.as_ref().filter(|from| from.prefix_len() > 0) {
        match key.source {
            Some(source) if !from.contains(&source) => return None,
            Some(_) => {}
            None => certain = false,
        }
    }
    if let Some(outgoing) = key.outgoing
        && !route.devices.is_empty()
        && route.leads_out()
        && !route.devices.iter().any(|device| device == outgoing)
    {
        return None;
    }
    Some(Open { number, route, at: interval(&route.to), certain })
}

struct Walk<'a> {
    /// The end of each open prefix, and its routes in `open`.
    stack: Vec<(u128, usize, usize)>,
    /// Where the next segment begins; `None`: the space is at its end.
    at: Option<u128>,
    found: Vec<Segment>,
    family: Family,
    open: &'a [Open<'a>],
}

impl Walk<'_> {
    /// Ends the prefixes that end before an address; `None`: all.
    fn close_before(&mut self, low: Option<u128>) {
        while let Some(&(high, ..)) = self.stack.last()
            && low.is_none_or(|low| high < low)
        {
            self.segment(high);
            self.stack.pop();
            self.at = high.checked_add(1).filter(|next| *next <= self.family.highest());
        }
    }

    /// The segment up to where another prefix begins.
    fn emit(&mut self, low: u128) {
        if let Some(last) = low.checked_sub(1) {
            self.segment(last);
        }
        self.at = Some(low);
    }

    fn segment(&mut self, last: u128) {
        let Some(first) = self.at.filter(|first| *first <= last) else { return };
        let (mut routes, mut falls) = (Vec::new(), !self.stack.is_empty());
        'deepest: for &(_, begin, end) in self.stack.iter().rev() {
            let group = &self.open[begin..end];
            for (place, one) in group.iter().enumerate() {
                routes.push(one.number);
                if !one.certain {
                    continue;
                }
                falls = false;
                let like = group[place + 1..].iter().take_while(|next| self.ties(one, next));
                routes.extend(like.map(|next| next.number));
                break 'deepest;
            }
        }
        if !routes.is_empty() {
            self.found.push(Segment { at: (first, last), routes, falls });
        }
    }

    /// Whether the kernel may take either: it prefers the gateway that answers, which nobody tells.
    fn ties(&self, one: &Open<'_>, next: &Open<'_>) -> bool {
        let chosen_by_health = match self.family {
            Family::V4 => one.route.to.prefix_len() == 0,
            Family::V6 => true,
        };
        let from = |open: &Open<'_>| open.route.from.as_ref().map_or(0, ipnet::IpNet::prefix_len);
        chosen_by_health
            && one.route.metric == next.route.metric
            && from(one) == from(next)
            && one.route.leads_out()
            && next.route.leads_out()
    }
}

/// The parts of segments that are among some addresses, and the addresses that are in no segment.
pub(super) fn cut<'a>(
    segments: &'a [Segment],
    addresses: &Numbers,
) -> (Vec<(Interval, &'a Segment)>, Vec<Interval>) {
    let (mut within, mut without) = (Vec::new(), Vec::new());
    for &(low, high) in addresses.intervals() {
        let begin = segments.partition_point(|segment| segment.at.1 < low);
        let mut at = Some(low);
        for segment in segments[begin..].iter().take_while(|segment| segment.at.0 <= high) {
            let Some(from) = at else { break };
            if from < segment.at.0 {
                without.push((from, segment.at.0 - 1));
            }
            let end = segment.at.1.min(high);
            within.push(((low.max(segment.at.0), end), segment));
            at = end.checked_add(1);
        }
        if let Some(from) = at.filter(|from| *from <= high) {
            without.push((from, high));
        }
    }
    (within, without)
}
