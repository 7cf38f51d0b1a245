//! CrowdSec and its bouncer, which follows what CrowdSec is told some seconds later.
//!
//! CrowdSec hears nobody for some seconds while it reads its configuration anew.
//!
//! A decision that was deleted or made is no change of the rules yet: until the bouncer has asked for it, the packet
//! filter is as it was. Who looks at it meanwhile sees neither the old state nor the new one.

use std::net::IpAddr;
use std::time::Duration;

use rayfix_core::plan::{Call, PreImage, Tool};
use tokio::time::sleep;

use super::tool;
use crate::clock;

/// It asks every ten seconds where nobody told it otherwise; a bouncer that does not run never does.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(25);
const PAUSE: Duration = Duration::from_millis(300);

/// CrowdSec reads its configuration anew within so long.
const HEARS_WITHIN: Duration = Duration::from_secs(20);

/// Waits until CrowdSec hears who is to be told something; where it never does, the call itself says why.
pub(super) async fn hears() {
    let ends = clock::instant() + HEARS_WITHIN;
    let status = ["lapi", "status"].map(str::to_owned);
    while tool::run(Tool::Cscli, &status, HEARS_WITHIN).await.is_err() {
        if clock::instant() + PAUSE >= ends {
            return;
        }
        sleep(PAUSE).await;
    }
}

/// Waits until the packet filter is as CrowdSec was told by these calls; no longer than the bouncer may take.
pub(super) async fn follows(calls: &[Call]) -> Result<(), String> {
    let told: Vec<(bool, IpAddr)> = calls.iter().filter_map(decision).collect();
    if told.is_empty() {
        return Ok(());
    }
    let ends = clock::instant() + FOLLOWS_WITHIN;
    loop {
        let PreImage::Ruleset { listings, .. } = tool::listings().await? else { return Ok(()) };
        let is_so = |(banned, address): &(bool, IpAddr)| {
            listings.iter().any(|(_, text)| names(text, *address)) == *banned
        };
        if told.iter().all(is_so) || clock::instant() + PAUSE >= ends {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}

/// Whether an address is to be banned, of a call that says so; a range is written in other words by some bouncers.
fn decision(call: &Call) -> Option<(bool, IpAddr)> {
    let Call::Tool { tool: Tool::Cscli, arguments } = call else { return None };
    let [kind, verb, what, address, ..] = arguments.as_slice() else { return None };
    if kind != "decisions" || what != "--ip" {
        return None;
    }
    match verb.as_str() {
        "add" => Some((true, address.parse().ok()?)),
        "delete" => Some((false, address.parse().ok()?)),
        _ => None,
    }
}

/// Whether a listing has this address as a word.
fn names(listing: &str, address: IpAddr) -> bool {
    let words = listing.split(|c: char| !c.is_ascii_hexdigit() && !matches!(c, '.' | ':'));
    let mut addresses = words.filter_map(|word| word.parse::<IpAddr>().ok());
    addresses.any(|one| one == address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_on_an_address_is_read_and_others_are_not() {
        let call = |tool, words: &str| Call::Tool {
            tool,
            arguments: words.split(' ').map(str::to_owned).collect(),
        };
        let of = |words: &str| decision(&call(Tool::Cscli, words));
        let address: IpAddr = "2400:cb00::4d".parse().unwrap();
        assert_eq!(of("decisions delete --ip 2400:cb00::4d"), Some((false, address)));
        let made = "decisions add --ip 2400:cb00::4d --duration 4h";
        assert_eq!(of(made), Some((true, address)));
        assert_eq!(of("decisions delete --range 192.0.2.0/24"), None);
        assert_eq!(of("bouncers delete --ip 192.0.2.1"), None);
        assert_eq!(decision(&call(Tool::Fail2ban, made)), None);
    }

    #[test]
    fn an_address_is_found_as_a_word_of_its_own() {
        let set = "elements = { 173.245.48.77 timeout 4h,\n2400:cb00::4d timeout 4h }";
        let has = |address: &str| names(set, address.parse().unwrap());
        assert!(has("173.245.48.77") && has("2400:cb00::4d"));
        assert!(!has("173.245.48.7") && !has("3.245.48.77") && !has("2400:cb00::4"));
    }
}
