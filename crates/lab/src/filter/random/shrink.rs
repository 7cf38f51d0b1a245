//! The smallest part of a ruleset that still fails: units are taken out in halves, quarters, one by one.

use super::plan::Plan;

/// Takes out whatever can be without `fails` coming out false; asks it at most `most` times.
pub(super) fn shrink(plan: &Plan, most: usize, mut fails: impl FnMut(&Plan) -> bool) -> Plan {
    let mut smallest = plan.clone();
    let mut asked = 0;
    let mut size = smallest.units().max(1);
    loop {
        let mut taken = false;
        let mut from = 0;
        while from < smallest.units() {
            if asked == most {
                return smallest;
            }
            let without = smallest.only(|unit| !(from..from + size).contains(&unit));
            asked += 1;
            if without != smallest && fails(&without) {
                smallest = without;
                taken = true;
            } else {
                from += size;
            }
        }
        if size == 1 && !taken {
            return smallest;
        }
        size = (size / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::{NftChain, NftTable};
    use super::*;

    #[test]
    fn what_matters_is_left() {
        let rules = |from: u32| (from..from + 20).map(|n| format!("rule {n}")).collect();
        let chain = |name: &str, from| NftChain {
            name: name.to_owned(),
            base: String::new(),
            rules: rules(from),
        };
        let table = NftTable {
            name: "inet t".to_owned(),
            sets: vec!["set s".to_owned()],
            chains: vec![chain("a", 0), chain("b", 100)],
        };
        let plan = Plan { nft: vec![table], ..Plan::default() };
        let has = |plan: &Plan, rule: &str| plan.script().lines().any(|line| line.trim() == rule);
        let small = shrink(&plan, 1000, |plan| has(plan, "rule 7") && has(plan, "rule 113"));
        let left: usize = small.nft[0].chains.iter().map(|chain| chain.rules.len()).sum();
        assert_eq!((left, small.nft[0].sets.len()), (2, 0), "{}", small.script());
    }
}
