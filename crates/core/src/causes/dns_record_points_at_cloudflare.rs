//! The DNS record points back at Cloudflare.
//!
//! # What you see
//! Error 1000 "DNS points to prohibited IP", 1002, or 1034 "Edge IP restricted", mostly with status
//! 403 or 409.
//!
//! # What is wrong
//! The edge would fetch the site from Cloudflare itself. Usually somebody looked up the address of
//! the proxied name, got Cloudflare's, and entered that as the origin's. Or a load balancer's pool
//! holds a proxied name; or the address is a stand-in such as 1.1.1.1.
//!
//! # How we know
//! The edge refuses by number. For 1000 Cloudflare documents further reasons (a proxy on the origin
//! that sends requests back to Cloudflare, a doubled X-Forwarded-For, a SaaS target that is not set
//! up), so from outside it is likely and never certain: an address of Cloudflare's that was given for the origin
//! speaks for it, but may come from a lookup instead of the record. The account shows the record: with
//! one of Cloudflare's addresses in it, it is certain; with none, the record is cleared.
//!
//! # What to do
//! Ask the hosting provider for the machine's own address, and enter that in the A or AAAA record
//! of this name (Cloudflare dashboard, DNS). What `dig` shows for the proxied name is Cloudflare's.
//!
//! If the record is right, look on the origin for a proxy that fetches this very name, and point it
//! at the app's own address instead.
//!
//! # Sources
//! - Cloudflare docs, pages error-1000, error-1002, error-1034 and cloudflare-ip-addresses, read
//!   2026-07
use std::net::IpAddr;

use super::{Cause, Confidence, Need, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::edge_says;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C103",
    hop: Hop::Dns,
    title: "the DNS record points back at Cloudflare",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    if let Some(verdict) = by_the_records(scene) {
        return verdict;
    }
    let theirs = scene.target.origins.iter().find(|origin| scene.is_cloudflares(origin.address));
    match (edge_says(scene, &[1000, 1002, 1034]), theirs) {
        // Whoever gave the address may have taken it from the record, or from a lookup.
        (verdict @ Verdict::Blames(_), Some(origin)) => {
            let verdict = verdict.at_most(Confidence::Likely);
            verdict.with("origin", origin.address.to_string())
        }
        (verdict @ Verdict::Blames(_), None) => verdict.at_most(Confidence::Likely),
        (Verdict::Clears { .. }, Some(_)) if !scene.visits.bad.is_empty() => {
            Verdict::needs([Need::Account])
        }
        (verdict, _) => verdict,
    }
}

/// The verdict where the account told what the edge dials.
fn by_the_records(scene: &Scene<'_>) -> Option<Verdict> {
    let (id, dialled) = scene.account.dialled()?;
    let Verdict::Blames(mut blame) = edge_says(scene, &[1000, 1002, 1034]) else { return None };
    let theirs: Vec<String> = dialled
        .iter()
        .filter(|address| scene.is_cloudflares(**address) || is_a_stand_in(**address))
        .map(ToString::to_string)
        .collect();
    if theirs.is_empty() {
        return Some(Verdict::clears([id]));
    }
    blame.because.insert(0, id);
    Some(Verdict::Blames(blame).with("leads_to", theirs.join(", ")))
}

/// Cloudflare's resolver, which some enter where any address will do.
fn is_a_stand_in(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(four) if matches!(four.octets(), [1, 1, 1, 1] | [1, 0, 0, 1]))
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::scene::sample::{Sitting, check, page};

    #[test]
    fn is_likely_and_never_certain_when_the_given_origin_is_cloudflares_too() {
        let sitting = Sitting::new().no_origin().origin("104.16.9.9").tcp(TcpAnswer::Accepted);
        check(&UNIT, sitting.clone().visits(403, page(1000)), "blames, likely");
        check(&UNIT, sitting.trace(false).visits(403, page(1000)), "blames, likely");
    }

    #[test]
    fn is_certain_with_the_record_in_hand_and_cleared_by_one_that_leads_elsewhere() {
        let told = || Sitting::new().visits(403, page(1000));
        check(&UNIT, told().records(&["A 104.16.9.9"]), "blames, certain");
        check(&UNIT, told().records(&["A 203.0.113.7", "A 1.1.1.1"]), "blames, certain");
        check(&UNIT, told().trace(false).records(&["A 104.16.9.9"]), "blames, likely");
        check(&UNIT, told().records(&["A 203.0.113.7"]), "clears");
    }

    #[test]
    fn is_likely_from_the_number_alone() {
        for code in [1000, 1002, 1034] {
            check(&UNIT, Sitting::new().visits(409, page(code)), "blames, likely");
        }
    }

    #[test]
    fn clears_the_record_when_the_site_is_served_or_the_edge_reached_an_origin() {
        check(&UNIT, Sitting::healthy(), "clears");
        check(&UNIT, Sitting::new().visits(525, page(525)), "clears");
    }

    #[test]
    fn leaves_other_numbers_to_their_own_causes() {
        check(&UNIT, Sitting::new().visits(530, page(1016)), "clears");
        check(&UNIT, Sitting::new().visits(409, page(1014)), "clears");
    }

    #[test]
    fn cannot_tell_without_a_visit_or_from_a_given_address_alone() {
        check(&UNIT, Sitting::new(), "cannot tell");
        let sitting = Sitting::new().no_origin().origin("104.16.9.9").visits(522, page(522));
        check(&UNIT, sitting, "cannot tell");
    }
}
