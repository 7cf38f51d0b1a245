//! A rule of the zone turns this visit away.
//!
//! # What you see
//! Error 1020, 1015 "You are being rate limited", or 1005 to 1012 and 1106 to 1109 "Access denied",
//! with status 403 or 429. Other visitors may see the site as ever.
//!
//! # What is wrong
//! A firewall rule, an address or country block, or a rate limit of the zone fits the machine that
//! you visit from. The origin was not asked, so nothing is known of it from this visit.
//!
//! # How we know
//! The edge says it outright by the number, while it answers for itself under the same name. A rate
//! limit may have been reached by these very visits: several were made in a row. Where most visits
//! say something else, it is merely possible that this is what other visitors meet.
//!
//! # What to do
//! In the Cloudflare dashboard, under Security, Events, search for the ray: it names the rule. Change
//! that rule, or let your own address past it under Security, WAF, Tools.
//!
//! If only your machine is meant to be turned away, visit from another one.
//!
//! # Sources
//! - Cloudflare docs, pages error-1020, error-1015, error-1005 to error-1012 and error-responses,
//!   read 2026-07
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::edge_says;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C205",
    hop: Hop::Edge,
    title: "a rule of the zone turns this visit away",
    fixes: &[],
    judge,
};

/// The category `access_denied`, hotlinking, rate limiting, and the firewall.
const CODES: [u16; 14] =
    [1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 1020, 1106, 1107, 1108, 1109];

fn judge(scene: &Scene<'_>) -> Verdict {
    edge_says(scene, &CODES)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::sample::{Sitting, check, page};

    #[test]
    fn is_certain_when_the_edge_says_so_by_number_and_answers_for_itself() {
        check(&UNIT, Sitting::new().visits(403, page(1020)), "blames, certain");
        check(&UNIT, Sitting::healthy_origin().visits(429, page(1015)), "blames, certain");
    }

    #[test]
    fn is_only_possible_when_most_visits_fail_in_another_way() {
        let sitting = Sitting::new().visits(521, page(521)).visits_once(429, page(1015));
        check(&UNIT, sitting, "blames, possible");
    }

    #[test]
    fn clears_the_rules_when_visits_are_served() {
        check(&UNIT, Sitting::healthy(), "clears");
    }

    #[test]
    fn leaves_a_403_of_the_site_and_other_numbers_alone() {
        check(&UNIT, Sitting::new().visits(403, None), "clears");
        check(&UNIT, Sitting::new().visits(409, page(1014)), "clears");
    }

    #[test]
    fn cannot_tell_without_a_visit() {
        check(&UNIT, Sitting::new(), "cannot tell");
    }
}
