//! Sets of numbers of up to 128 bits, as sorted intervals: addresses, ports, marks.
//!
//! One family at a time: an IPv4 address is its 32 bits. Two forms: [`Numbers`] is built once and asked
//! often; [`Pieces`] is what a walk through the rules cuts from and adds to, a piece at a time, so that
//! fifty thousand rules that each take one address away cost n log n.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both, in this order.
    pub const BOTH: [Family; 2] = [Family::V4, Family::V6];

    /// Of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Family {
        if address.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    /// The highest address.
    #[must_use]
    pub fn highest(self) -> u128 {
        match self {
            Family::V4 => u128::from(u32::MAX),
            Family::V6 => u128::MAX,
        }
    }

    /// Bits of an address.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    /// The address of a number; what does not fit is cut.
    #[must_use]
    pub fn address(self, number: u128) -> IpAddr {
        match self {
            Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(number as u32)),
            Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(number)),
        }
    }
}

/// The number of an address, in its own family.
#[must_use]
pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// An interval with both ends in it.
pub type Interval = (u128, u128);

/// The interval of a prefix.
#[must_use]
pub fn interval(prefix: &IpNet) -> Interval {
    (number(prefix.network()), number(prefix.broadcast()))
}

/// The fewest prefixes that cover an interval exactly, lowest first.
#[must_use]
pub fn prefixes(family: Family, (low, high): Interval) -> Vec<IpNet> {
    let mut found = Vec::new();
    let mut at = low;
    loop {
        let bits = u32::from(family.bits());
        let mut size = at.trailing_zeros().min(bits);
        // As long as the block reaches beyond the end.
        while size > 0 && (size == 128 || (at | ((1u128 << size) - 1)) > high) {
            if size == 128 && high == u128::MAX {
                break;
            }
            size -= 1;
        }
        let length = (bits - size) as u8;
        found.push(match family.address(at) {
            IpAddr::V4(address) => IpNet::V4(Ipv4Net::new_assert(address, length)),
            IpAddr::V6(address) => IpNet::V6(Ipv6Net::new_assert(address, length)),
        });
        let last = if size == 128 { u128::MAX } else { at | ((1u128 << size) - 1) };
        if last >= high {
            return found;
        }
        at = last + 1;
    }
}

/// A set of numbers: sorted, disjoint, never touching.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Numbers(Vec<Interval>);

impl Numbers {
    /// No number.
    #[must_use]
    pub fn none() -> Numbers {
        Numbers(Vec::new())
    }

    /// One interval; none where it is upside down.
    #[must_use]
    pub fn of(low: u128, high: u128) -> Numbers {
        Numbers(if low <= high { vec![(low, high)] } else { Vec::new() })
    }

    /// One number.
    #[must_use]
    pub fn one(number: u128) -> Numbers {
        Numbers::of(number, number)
    }

    /// Every address of a family.
    #[must_use]
    pub fn all(family: Family) -> Numbers {
        Numbers::of(0, family.highest())
    }

    /// In any order, overlapping or not.
    #[must_use]
    pub fn from_intervals(mut intervals: Vec<Interval>) -> Numbers {
        intervals.retain(|(low, high)| low <= high);
        if !intervals.is_sorted() {
            intervals.sort_unstable();
        }
        intervals.dedup_by(|next, last| {
            // `next` stands after `last`, and goes if it was taken in.
            let touches = next.0 <= last.1 || next.0 - last.1 == 1;
            if touches {
                last.1 = last.1.max(next.1);
            }
            touches
        });
        intervals.shrink_to_fit();
        Numbers(intervals)
    }

    /// Of all prefixes of a family.
    #[must_use]
    pub fn from_prefixes<'a>(
        family: Family,
        prefixes: impl IntoIterator<Item = &'a IpNet>,
    ) -> Numbers {
        let of_it = prefixes.into_iter().filter(|prefix| Family::of(prefix.addr()) == family);
        Numbers::from_intervals(of_it.map(interval).collect())
    }

    /// The intervals, lowest first.
    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        &self.0
    }

    /// Whether no number is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a number is in it.
    #[must_use]
    pub fn contains(&self, number: u128) -> bool {
        let after = self.0.partition_point(|(low, _)| *low <= number);
        after > 0 && self.0[after - 1].1 >= number
    }

    /// The intervals that touch this one, cut to it.
    pub fn within(&self, (low, high): Interval) -> impl Iterator<Item = Interval> + '_ {
        let first = self.0.partition_point(|(_, end)| *end < low);
        self.0[first..]
            .iter()
            .take_while(move |(begin, _)| *begin <= high)
            .map(move |(begin, end)| (low.max(*begin), high.min(*end)))
    }

    /// What both have.
    #[must_use]
    pub fn and(&self, other: &Numbers) -> Numbers {
        let (small, big) =
            if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        Numbers(small.0.iter().flat_map(|interval| big.within(*interval)).collect())
    }

    /// What either has.
    #[must_use]
    pub fn or(&self, other: &Numbers) -> Numbers {
        Numbers::from_intervals(self.0.iter().chain(&other.0).copied().collect())
    }

    /// What this has and the other has not.
    #[must_use]
    pub fn without(&self, other: &Numbers) -> Numbers {
        let mut left = Vec::new();
        for (low, high) in &self.0 {
            let mut at = Some(*low);
            for (begin, end) in other.within((*low, *high)) {
                let Some(from) = at else { break };
                if from < begin {
                    left.push((from, begin - 1));
                }
                at = end.checked_add(1);
            }
            if let Some(from) = at.filter(|from| from <= high) {
                left.push((from, *high));
            }
        }
        Numbers(left)
    }

    /// How many numbers, as near as an f64 tells.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.0.iter().map(|(low, high)| (high - low) as f64 + 1.0).sum()
    }
}

/// A set of numbers that is cut from and added to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pieces(BTreeMap<u128, u128>);

impl Pieces {
    /// No number.
    #[must_use]
    pub fn none() -> Pieces {
        Pieces::default()
    }

    /// Whether no number is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The intervals, lowest first. Neighbours may touch.
    pub fn intervals(&self) -> impl Iterator<Item = Interval> + '_ {
        self.0.iter().map(|(low, high)| (*low, *high))
    }

    /// The same, built once.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        Numbers::from_intervals(self.intervals().collect())
    }

    /// Takes out, and returns, what is also in the other set.
    pub fn take(&mut self, other: &Numbers) -> Pieces {
        let mut taken = Pieces::none();
        if self.0.len() <= other.0.len() {
            let common: Vec<Interval> =
                self.intervals().flat_map(|interval| other.within(interval)).collect();
            for interval in common {
                self.cut(interval, &mut taken);
            }
        } else {
            for interval in &other.0 {
                self.cut(*interval, &mut taken);
            }
        }
        taken
    }

    /// A copy of what is also in the other set.
    #[must_use]
    pub fn common(&self, other: &Numbers) -> Pieces {
        if self.0.len() <= other.0.len() {
            let each = self.intervals().flat_map(|interval| other.within(interval));
            return Pieces(each.collect());
        }
        let mut found = BTreeMap::new();
        for (low, high) in &other.0 {
            let before = self.0.range(..*low).next_back().filter(|(_, end)| *end >= low);
            for (begin, end) in before.into_iter().chain(self.0.range(*low..=*high)) {
                found.insert((*begin).max(*low), (*end).min(*high));
            }
        }
        Pieces(found)
    }

    fn cut(&mut self, (low, high): Interval, taken: &mut Pieces) {
        if let Some((&begin, &end)) = self.0.range(..low).next_back()
            && end >= low
        {
            self.0.insert(begin, low - 1);
            self.0.insert(low, end);
        }
        while let Some((&begin, &end)) = self.0.range(low..=high).next() {
            self.0.remove(&begin);
            if end > high {
                self.0.insert(high + 1, end);
            }
            taken.0.insert(begin, end.min(high));
        }
    }

    /// Adds all of another set; what is there already stays.
    pub fn add(&mut self, other: Pieces) {
        if self.0.is_empty() {
            *self = other;
            return;
        }
        let (mut big, small) = if self.0.len() >= other.0.len() {
            (std::mem::take(self), other)
        } else {
            (other, std::mem::take(self))
        };
        for interval in small.0 {
            let mut gone = Pieces::none();
            big.cut(interval, &mut gone);
            big.0.insert(interval.0, interval.1);
        }
        *self = big;
    }
}

impl From<&Numbers> for Pieces {
    fn from(numbers: &Numbers) -> Pieces {
        Pieces(numbers.0.iter().copied().collect())
    }
}

impl FromIterator<Interval> for Numbers {
    fn from_iter<T: IntoIterator<Item = Interval>>(intervals: T) -> Numbers {
        Numbers::from_intervals(intervals.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some() -> impl Strategy<Value = Numbers> {
        proptest::collection::vec((0u128..60, 0u128..12), 0..9)
            .prop_map(|all| all.into_iter().map(|(low, more)| (low, low + more)).collect())
    }

    proptest! {
        #[test]
        fn sets_agree_with_counting(a in some(), b in some()) {
            let mut left = Pieces::from(&a);
            let taken = left.take(&b);
            let mut joined = left.clone();
            joined.add(Pieces::from(&b));
            for n in 0..80 {
                let (in_a, in_b) = (a.contains(n), b.contains(n));
                prop_assert_eq!(a.and(&b).contains(n), in_a && in_b);
                prop_assert_eq!(a.or(&b).contains(n), in_a || in_b);
                prop_assert_eq!(a.without(&b).contains(n), in_a && !in_b);
                prop_assert_eq!(taken.numbers().contains(n), in_a && in_b);
                prop_assert_eq!(Pieces::from(&a).common(&b).numbers().contains(n), in_a && in_b);
                prop_assert_eq!(left.numbers().contains(n), in_a && !in_b);
                prop_assert_eq!(joined.numbers().contains(n), in_a || in_b);
            }
        }

        #[test]
        fn prefixes_cover_their_interval_exactly(low in any::<u32>(), more in any::<u32>()) {
            let whole = (u128::from(low), u128::from(low.saturating_add(more)));
            let found = prefixes(Family::V4, whole);
            let mut at = whole.0;
            for prefix in &found {
                let (begin, end) = interval(prefix);
                prop_assert_eq!(begin, at);
                at = end + 1;
            }
            prop_assert_eq!(at, whole.1 + 1);
        }
    }

    #[test]
    fn the_ends_of_the_space_are_borne() {
        let all = Numbers::all(Family::V6);
        assert_eq!(prefixes(Family::V6, all.intervals()[0]), ["::/0".parse().unwrap()]);
        assert_eq!(prefixes(Family::V4, (0, u128::from(u32::MAX))), ["0.0.0.0/0".parse().unwrap()]);
        assert!(all.without(&all).is_empty());
        let top = Numbers::one(u128::MAX);
        assert_eq!(all.without(&top).intervals(), [(0, u128::MAX - 1)]);
        assert_eq!(prefixes(Family::V6, (u128::MAX, u128::MAX)).len(), 1);
        assert_eq!(prefixes(Family::V6, (1, u128::MAX)).len(), 128);
    }
}
