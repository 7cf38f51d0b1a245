//! What sets are read into.

use super::*;
use crate::firewall::addresses::Family;

fn sets(text: &str) -> BTreeMap<String, Set> {
    let mut ruleset = Ruleset::default();
    read(&Snapshot::default().with(Input::Ipset, text), &mut ruleset);
    assert_eq!(ruleset.troubles, [], "{text}");
    ruleset.ipsets
}

#[test]
fn the_narrowest_prefix_of_a_set_counts() {
    let sets = sets(
        "create a hash:net family inet hashsize 1024 maxelem 65536 comment\n\
         add a 10.0.0.0/8\nadd a 10.1.0.0/16 nomatch comment \"a nomatch\"\nadd a 10.1.2.0/24\n\
         add a 10.1.2.3 nomatch\nadd a 128.0.0.0/1\nadd a 255.255.255.255 nomatch\n",
    );
    let Elements::Addresses { v4, v6 } = &sets["a"].elements else { panic!() };
    assert!(v6.is_empty() && sets["a"].complete);
    let shown: Vec<String> = v4
        .intervals()
        .iter()
        .map(|(low, high)| format!("{}-{}", Family::V4.address(*low), Family::V4.address(*high)))
        .collect();
    assert_eq!(
        shown,
        [
            "10.0.0.0-10.0.255.255",
            "10.1.2.0-10.1.2.2",
            "10.1.2.4-10.1.2.255",
            "10.2.0.0-10.255.255.255",
            "128.0.0.0-255.255.255.254",
        ]
    );
}
