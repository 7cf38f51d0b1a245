//! The rules that `nft` lists, and its sets, which may be too big to be listed in time.
//!
//! The short listing leaves the elements of sets out and is there at once. It says whether there are sets
//! at all; if the whole listing is late, each set is asked for by itself, and one that is late too is
//! marked in the listing as not told.

use std::time::Duration;

use rayfix_core::firewall::{Got, Input};
use serde_json::Value;
use tokio::time::Instant;

use super::kernel;
use super::tools::{Tool, find, not_installed};
use crate::clock;

/// The tables that iptables makes.
const IPTABLES: [&str; 5] = ["filter", "nat", "mangle", "raw", "security"];

/// The short listings.
pub(super) struct Terse {
    json: Got,
    /// As text, with handles.
    pub(super) text: Got,
}

/// Lists everything but the elements of sets.
pub(super) async fn terse(ends: Instant) -> Terse {
    // Without that part there are no rules, and `nft` would have it loaded.
    if kernel::has("nf_tables") == Some(false) {
        return Terse { json: Got::Absent, text: Got::Absent };
    }
    let Some(nft) = find("nft") else {
        return Terse { json: not_installed("nft"), text: not_installed("nft") };
    };
    let (json, text) = tokio::join!(
        nft.ask(&["-t", "-j", "list", "ruleset"], ends),
        nft.ask(&["-t", "-a", "list", "ruleset"], ends)
    );
    Terse { json, text }
}

impl Terse {
    /// Whether there are tables of iptables' layout in a family; `None`: not told.
    pub(super) fn has_iptables(&self, family: &str) -> Option<bool> {
        match &self.text {
            Got::Absent => Some(false),
            Got::Missing(_) => None,
            Got::Text(text) => Some(text.lines().any(|line| {
                let mut words = line.split(' ');
                words.next() == Some("table")
                    && words.next() == Some(family)
                    && words.next().is_some_and(|name| IPTABLES.contains(&name))
            })),
        }
    }

    /// Whether rules use what only iptables' own tools can tell.
    pub(super) fn has_extensions(&self) -> bool {
        matches!(&self.json, Got::Text(json) if json.contains(r#"{"xt":"#))
    }

    /// Whether the rules are what they were.
    pub(super) async fn is_still_so(&self, ends: Instant) -> bool {
        let (Got::Text(before), Some(nft)) = (&self.text, find("nft")) else { return true };
        match nft.ask(&["-t", "-a", "list", "ruleset"], ends).await {
            Got::Text(now) => without_counts(before) == without_counts(&now),
            // Then there is no time to list them again either.
            Got::Absent | Got::Missing(_) => true,
        }
    }
}

/// A listing without what every packet changes.
fn without_counts(listing: &str) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut skip = false;
    for word in listing.split_ascii_whitespace() {
        if !skip && word != "never" {
            kept.push(word);
        }
        skip = matches!(word, "packets" | "bytes" | "used");
    }
    kept
}

/// Everything, as JSON.
pub(super) async fn whole(terse: &Terse, ends: Instant) -> Got {
    let listing = match &terse.json {
        Got::Text(listing) => listing,
        // An old `nft` knows no short listing.
        Got::Missing(why) if why.contains("failed") => {
            return super::tools::ask(Input::NftJson, ends).await;
        }
        other => return other.clone(),
    };
    let (Some(nft), Some(told)) = (find("nft"), parse(listing)) else {
        return super::tools::ask(Input::NftJson, ends).await;
    };
    let sets = told.iter().filter_map(set).count();
    if sets == 0 {
        return Got::Text(listing.clone());
    }
    // Half of the time for all at once: it is the quickest way if they are small.
    let left = ends.saturating_duration_since(clock::instant());
    match nft.ask(&["-j", "list", "ruleset"], clock::instant() + left / 2).await {
        Got::Text(text) => Got::Text(text),
        Got::Absent | Got::Missing(_) => Got::Text(one_by_one(&nft, told, sets, ends).await),
    }
}

/// A listing of so many bytes takes no time to be listed in another form.
const SMALL: usize = 256 * 1024;

/// The rules as the kernel has them, where a rule needs it.
pub(super) async fn program(terse: &Terse, ends: Instant) -> Got {
    // A refusal by reset, a table of one family alone, two differences in one rule: the listing leaves something out.
    // Where there is little to list, also of families that contradict each other, which is a mistake of whoever wrote it.
    let of_one = |line: &str| line.starts_with("table ip ") || line.starts_with("table ip6 ");
    let two_differ = |line: &str| line.matches("!=").nth(1).is_some();
    let needed = matches!(&terse.text, Got::Text(text)
        if text.contains("reject with tcp reset")
            || text.lines().any(|line| of_one(line) || two_differ(line))
            || text.contains("table inet ") && text.len() < SMALL);
    if !needed {
        return Got::Absent;
    }
    super::tools::ask(Input::NftProgram, ends).await
}

/// The objects of a listing.
fn parse(listing: &str) -> Option<Vec<Value>> {
    let mut whole: Value = serde_json::from_str(listing).ok()?;
    match whole.get_mut("nftables")?.take() {
        Value::Array(objects) => Some(objects),
        _ => None,
    }
}

/// `set` or `map`, and the words that name it.
fn set(object: &Value) -> Option<(&'static str, [&str; 3])> {
    let (kind, about) = ["set", "map", "meter"]
        .into_iter()
        .find_map(|kind| object.get(kind).map(|about| (kind, about)))?;
    let word = |name| about.get(name).and_then(Value::as_str);
    Some((kind, [word("family")?, word("table")?, word("name")?]))
}

/// The short listing with every set in its place that could be listed in time.
async fn one_by_one(nft: &Tool, told: Vec<Value>, sets: usize, ends: Instant) -> String {
    let mut left = sets;
    let mut objects = Vec::with_capacity(told.len());
    for mut object in told {
        let Some((kind, [family, table, name])) = set(&object) else {
            objects.push(object.to_string());
            continue;
        };
        let share = share(ends.saturating_duration_since(clock::instant()), left);
        left -= 1;
        let listing = match share {
            Some(share) => {
                let args = ["-j", "list", kind, family, table, name];
                nft.ask(&args, clock::instant() + share).await
            }
            None => Got::Absent,
        };
        match listing {
            Got::Text(text) if inner(&text, kind).is_some() => {
                objects.extend(inner(&text, kind).map(ToOwned::to_owned));
            }
            _ => {
                if let Some(about) = object.get_mut(kind).and_then(Value::as_object_mut) {
                    about.insert("rayfix_terse".to_owned(), Value::Bool(true));
                }
                objects.push(object.to_string());
            }
        }
    }
    format!("{{\"nftables\": [{}]}}\n", objects.join(", "))
}

/// A set's share of the time that is left; `None`: there is none worth starting for.
fn share(left: Duration, sets: usize) -> Option<Duration> {
    let share = left / u32::try_from(sets).unwrap_or(u32::MAX).max(1);
    // A start alone takes some milliseconds.
    (left > Duration::from_millis(20)).then(|| share.max(Duration::from_millis(20)))
}

/// The set in the listing of one, as text: read and written again, a million elements would take seconds
/// and a gigabyte.
fn inner<'a>(listing: &'a str, kind: &str) -> Option<&'a str> {
    let begin = listing.find(&format!("{{\"{kind}\":"))?;
    listing.get(begin..)?.trim_end().strip_suffix("]}")
}

#[cfg(test)]
pub(super) mod tests_only {
    use super::*;

    /// As if the whole listing were late, with so much time left for the sets.
    pub(in super::super) async fn one_by_one(left: Duration) -> String {
        let terse = terse(clock::instant() + Duration::from_secs(20)).await;
        let Got::Text(listing) = &terse.json else { panic!("{:?}", terse.json) };
        let told = parse(listing).unwrap();
        let sets = told.iter().filter_map(set).count();
        super::one_by_one(&find("nft").unwrap(), told, sets, clock::instant() + left).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terse(text: &str, json: &str) -> Terse {
        Terse { json: Got::Text(json.to_owned()), text: Got::Text(text.to_owned()) }
    }

    #[test]
    fn tables_of_iptables_are_known_by_family_and_name() {
        let seen = terse("table ip filter { # handle 1\n}\ntable inet nat { # handle 2\n}\n", "");
        assert_eq!(seen.has_iptables("ip"), Some(true));
        assert_eq!(seen.has_iptables("ip6"), Some(false));
        let none = Terse { json: Got::Absent, text: Got::Missing("why".to_owned()) };
        assert_eq!(none.has_iptables("ip"), None);
    }

    #[test]
    fn counters_are_no_change() {
        let before = "tcp dport 80 counter packets 4 bytes 240 accept # handle 5";
        let after = "tcp dport 80 counter packets 9 bytes 999 accept # handle 5";
        let other = "tcp dport 81 counter packets 4 bytes 240 accept # handle 5";
        assert_eq!(without_counts(before), without_counts(after));
        assert_ne!(without_counts(before), without_counts(other));
    }

    #[test]
    fn the_listing_of_one_set_is_put_in_whole() {
        let listing = "{\"nftables\": [{\"metainfo\": {\"version\": \"1.0.6\"}}, {\"set\": {\"family\": \
                       \"inet\", \"name\": \"big\", \"elem\": [\"1.2.3.4\"]}}]}\n";
        assert_eq!(
            inner(listing, "set"),
            Some("{\"set\": {\"family\": \"inet\", \"name\": \"big\", \"elem\": [\"1.2.3.4\"]}}")
        );
        assert_eq!(inner("{\"nftables\": [", "set"), None);
    }

    #[test]
    fn the_time_is_shared_among_the_sets() {
        assert_eq!(share(Duration::from_secs(6), 3), Some(Duration::from_secs(2)));
        assert_eq!(share(Duration::from_millis(10), 3), None);
        assert_eq!(share(Duration::from_millis(100), 1_000), Some(Duration::from_millis(20)));
    }
}
