//! Arithmetic of a rule on a value, and which values of a client's address come to a given result.

use super::super::addresses::{Family, Numbers};
use super::super::model::Op;
use super::packet::Seen;

/// What is left of a value after these steps.
pub(super) fn work_out<'a>(seen: Seen<'a>, ops: &[Op], family: Family) -> Seen<'a> {
    match seen {
        seen if ops.is_empty() => seen,
        Seen::Known(number) => {
            Seen::Known(ops.iter().fold(number, |number, op| apply(number, *op)))
        }
        Seen::Among(numbers) if numbers.count() <= 64.0 => {
            let each = numbers.intervals().iter().flat_map(|(low, high)| *low..=*high);
            let worked = each.map(|number| ops.iter().fold(number, |n, op| apply(n, *op)));
            Seen::Among(worked.map(|number| (number, number)).collect())
        }
        Seen::Absent => Seen::Absent,
        // A client's address behind a prefix's mask is told by [`masked`]; else nothing is told.
        Seen::Client if mask_of(ops, family).is_some() => Seen::Client,
        _ => Seen::Unknown,
    }
}

fn apply(number: u128, op: Op) -> u128 {
    match op {
        Op::And(with) => number & with,
        Op::Or(with) => number | with,
        Op::Xor(with) => number ^ with,
        Op::Left(by) => number.checked_shl(by).unwrap_or(0),
        Op::Right(by) => number.checked_shr(by).unwrap_or(0),
    }
}

/// The one mask of a prefix that these steps are; `None`: they are something else.
pub(super) fn mask_of(ops: &[Op], family: Family) -> Option<u128> {
    let [Op::And(mask)] = ops else { return None };
    let host = !mask & family.highest();
    (host & host.wrapping_add(1) == 0).then_some(*mask & family.highest())
}

/// The addresses that lie in these numbers once the mask of a prefix is laid on them.
pub(super) fn masked(numbers: &Numbers, mask: u128, family: Family) -> Numbers {
    let host = !mask & family.highest();
    let found = numbers.intervals().iter().filter_map(|(low, high)| {
        // The first and the last network within.
        let first = low.checked_add(host)? & mask;
        let last = *high & mask;
        (first <= last).then_some((first, last | host))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_is_in_a_set_as_by_counting() {
        let mask = 0xffff_fff0u128;
        for (low, high) in [(0u128, 0u128), (1, 15), (16, 16), (5, 40), (16, 47), (17, 31)] {
            let found = masked(&Numbers::of(low, high), mask, Family::V4);
            for address in 0u128..100 {
                let is = (low..=high).contains(&(address & mask));
                assert_eq!(found.contains(address), is, "{address} in {low}-{high}");
            }
        }
    }

    #[test]
    fn only_the_mask_of_a_prefix_is_one() {
        assert_eq!(mask_of(&[Op::And(0xffff_ff00)], Family::V4), Some(0xffff_ff00));
        assert_eq!(mask_of(&[Op::And(0xff)], Family::V4), None);
        assert_eq!(mask_of(&[Op::And(0)], Family::V4), Some(0));
    }
}
