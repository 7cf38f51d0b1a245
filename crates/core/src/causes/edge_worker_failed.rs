//! A Worker on the zone failed.
//!
//! # What you see
//! Error 1101 "Worker threw exception" with status 500, 1102 "Worker exceeded resource limits" with
//! status 503, or 1019, 1025, 1027, 1042 or 1105.
//!
//! # What is wrong
//! A Worker stands before this URL, and its code did not come to an end: it threw, it used up its
//! time or memory, it called itself, or the plan's quota of calls is used up. The origin was asked
//! by the Worker, if at all.
//!
//! # How we know
//! The edge says it outright by the number, while it answers for itself under the same name.
//!
//! # What to do
//! Read what the Worker says: `npx wrangler tail WORKER`, or in the dashboard under Workers, Logs. If it
//! was deployed lately, take that back: `npx wrangler rollback`.
//!
//! To let visitors past it at once, take its route off the zone; they then get the origin's answer.
//!
//! # Sources
//! - Cloudflare docs, pages error-1101, error-1102, error-1019, error-1025 and error-responses, read
//!   2026-07
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::edge_says;

/// The cause.
pub static UNIT: Cause =
    Cause { code: "C203", hop: Hop::Edge, title: "a Worker on the zone failed", fixes: &[], judge };

/// The category `worker`, the recursion that 1019 stands for, and the two limits of plans.
const CODES: [u16; 10] = [1019, 1025, 1027, 1042, 1100, 1101, 1102, 1103, 1104, 1105];

fn judge(scene: &Scene<'_>) -> Verdict {
    edge_says(scene, &CODES)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::sample::{Sitting, check, page};

    #[test]
    fn is_certain_when_the_edge_says_so_by_number_and_answers_for_itself() {
        check(&UNIT, Sitting::new().visits(500, page(1101)), "blames, certain");
        check(&UNIT, Sitting::healthy_origin().visits(503, page(1102)), "blames, certain");
    }

    #[test]
    fn is_likely_when_the_edge_does_not_answer_for_itself() {
        check(&UNIT, Sitting::new().trace(false).visits(500, page(1101)), "blames, likely");
    }

    #[test]
    fn clears_workers_when_visits_are_served() {
        check(&UNIT, Sitting::healthy(), "clears");
    }

    #[test]
    fn leaves_a_500_of_cloudflares_to_the_edge() {
        check(&UNIT, Sitting::new().visits(500, page(500)), "clears");
        check(&UNIT, Sitting::new().visits(503, page(1200)), "clears");
    }

    #[test]
    fn cannot_tell_without_a_visit_or_from_a_page_of_the_owners() {
        check(&UNIT, Sitting::new(), "cannot tell");
        check(&UNIT, Sitting::new().visits(500, None), "cannot tell");
    }
}
