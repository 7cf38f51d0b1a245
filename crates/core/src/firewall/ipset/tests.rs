//! What sets are read into.

use super::*;
use crate::firewall::addresses::{Family, Numbers};
use crate::firewall::model::Item;

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

#[test]
fn every_type_of_set_is_read() {
    let sets = sets(include_str!("samples/save.txt"));
    let one = |number: u128| Item::Numbers(Numbers::one(number));
    let span = |low: [u8; 4], high: [u8; 4]| {
        let number = |bytes| u128::from(u32::from_be_bytes(bytes));
        Item::Numbers(Numbers::of(number(low), number(high)))
    };
    let keys = |name: &str| -> Vec<(Vec<Item>, bool)> {
        let Elements::Many(many) = &sets[name].elements else { panic!("{name}") };
        many.iter().map(|element| (element.key.clone(), element.except)).collect()
    };
    let intervals = |name: &str| match &sets[name].elements {
        Elements::Addresses { v4, v6 } => v4.intervals().iter().chain(v6.intervals()).count(),
        Elements::Numbers(numbers) => numbers.intervals().len(),
        Elements::Many(_) => panic!("{name}"),
    };
    assert!(sets.values().all(|set| set.complete));
    // hash:net with an exception in its middle, bitmap:port, netmasks.
    assert_eq!((intervals("a"), intervals("b"), intervals("p")), (2, 1, 2));
    for (name, low) in [("i", [1, 2, 3, 0]), ("j", [10, 0, 3, 0])] {
        let Elements::Addresses { v4, .. } = &sets[name].elements else { panic!() };
        let low = u128::from(u32::from_be_bytes(low));
        assert_eq!(v4.intervals(), [(low, low + 255)], "{name}");
    }
    // hash:ip,port: one element for each protocol and port.
    let host = |last| span([1, 1, 1, last], [1, 1, 1, last]);
    let icmp = Item::Unknown("echo-request".to_owned());
    assert_eq!(
        keys("c"),
        [
            (vec![host(1), one(1), icmp], false),
            (vec![host(1), one(6), one(80)], false),
            (vec![host(1), one(6), one(81)], false),
            (vec![host(1), one(6), one(82)], false),
            (vec![host(3), one(17), one(53)], false),
            (vec![host(2), one(112), one(0)], false),
        ]
    );
    // bitmap:ip,mac: with and without the card's address.
    let card = Item::Unknown("00:11:22:33:44:55".to_owned());
    assert_eq!(
        keys("d"),
        [
            (vec![span([10, 0, 0, 1], [10, 0, 0, 1]), Item::Any], false),
            (vec![span([10, 0, 0, 2], [10, 0, 0, 2]), card.clone()], false),
        ]
    );
    // hash:net,iface: the narrowest first, since there is an exception.
    assert_eq!(
        keys("e"),
        [
            (vec![span([1, 2, 3, 0], [1, 2, 3, 255]), Item::Name("eth0".to_owned())], false),
            (
                vec![
                    span([1, 2, 0, 0], [1, 2, 255, 255]),
                    Item::Unknown("physdev:eth1".to_owned())
                ],
                false
            ),
            (vec![span([1, 0, 0, 0], [1, 255, 255, 255]), Item::Name("eth*".to_owned())], true),
        ]
    );
    assert_eq!(keys("f"), [(vec![span([1, 2, 3, 4], [1, 2, 3, 4]), one(0x11)], false)]);
    let net = span([1, 2, 3, 0], [1, 2, 3, 255]);
    let other = span([5, 6, 7, 0], [5, 6, 7, 255]);
    assert_eq!(keys("g"), [(vec![net.clone(), one(6), one(80), other.clone()], false)]);
    assert_eq!(
        keys("m"),
        [
            (vec![span([1, 2, 3, 4], [1, 2, 3, 4]), span([5, 6, 7, 8], [5, 6, 7, 8])], true),
            (vec![net.clone(), other.clone()], false),
        ]
    );
    let six = one(0x2001_0db8_0000_0000_0000_0000_0000_0001);
    assert_eq!(keys("n"), [(vec![six, one(6), one(443), one(1)], false)]);
    let host = span([1, 2, 3, 4], [1, 2, 3, 4]);
    assert_eq!(keys("o"), [(vec![host.clone(), one(6), one(443), other], false)]);
    assert_eq!(keys("q"), [(vec![net, one(132), one(443)], false)]);
    assert_eq!(keys("l"), [(vec![host, card], false)]);
    assert_eq!(keys("k").len(), 1);
    // A list holds what its sets hold together: what one excepts, the other has.
    assert_eq!(intervals("h"), 1);
}

#[test]
fn a_set_that_is_cut_off_is_not_whole() {
    let text = "create a hash:ip family inet\nadd a 1.2.3.4\nadd a 1.2.3.5\nadd a 1.2.3";
    let mut ruleset = Ruleset::default();
    read(&Snapshot::default().with(Input::Ipset, text), &mut ruleset);
    assert!(!ruleset.ipsets["a"].complete);
    let Elements::Addresses { v4, .. } = &ruleset.ipsets["a"].elements else { panic!() };
    assert_eq!(v4.count(), 2.0);
    let told: Vec<&str> = ruleset.troubles.iter().map(|trouble| trouble.why.as_str()).collect();
    assert_eq!(told, ["is no element of its kind: add a 1.2.3", "it ends within a line"]);
}

mod any_bytes {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_damaged_save_is_read_as_far_as_it_goes(
            cut in 0usize..4000,
            flips in proptest::collection::vec((0usize..4000, any::<u8>()), 0..20),
        ) {
            let mut bytes = include_bytes!("samples/save.txt").to_vec();
            for (at, with) in flips {
                let at = at % bytes.len();
                bytes[at] ^= with;
            }
            bytes.truncate(cut);
            let text = String::from_utf8_lossy(&bytes);
            let mut ruleset = Ruleset::default();
            read(&Snapshot::default().with(Input::Ipset, &text), &mut ruleset);
            prop_assert!(ruleset.ipsets.len() <= 1 + text.matches("create ").count());
            let _ = headers(&text);
        }

        #[test]
        fn exceptions_agree_with_asking_each_prefix(
            prefixes in proptest::collection::vec((any::<u8>(), 24u8..=32, any::<bool>()), 0..12),
        ) {
            let mut text = "create a hash:net family inet\n".to_owned();
            let mut seen = std::collections::BTreeMap::new();
            for (last, length, except) in prefixes {
                let last = u32::from(last) & u32::MAX.checked_shl(u32::from(32 - length)).unwrap_or(0);
                if seen.insert((last, length), except).is_none() {
                    let except = if except { " nomatch" } else { "" };
                    text.push_str(&format!("add a 10.0.0.{last}/{length}{except}\n"));
                } else {
                    seen.remove(&(last, length));
                    text = text.replace(&format!("add a 10.0.0.{last}/{length}\n"), "");
                    text = text.replace(&format!("add a 10.0.0.{last}/{length} nomatch\n"), "");
                }
            }
            let sets = sets(&text);
            let Elements::Addresses { v4, .. } = &sets["a"].elements else { panic!() };
            for last in 0u32..256 {
                let narrowest = (24u8..=32).rev().find_map(|length| {
                    let mask = u32::MAX.checked_shl(u32::from(32 - length)).unwrap_or(0);
                    seen.get(&(last & mask, length)).copied()
                });
                prop_assert_eq!(v4.contains(u128::from(0x0a00_0000 + last)), narrowest == Some(false));
            }
        }
    }
}
