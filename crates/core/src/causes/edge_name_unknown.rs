//! The edge has no zone that serves this name.
//!
//! # What you see
//! Error 1001 "DNS resolution error", 1014 "CNAME Cross-User Banned", 1018 or 1023 "Could not find
//! host", or 1004 "Host not configured to serve web traffic", with status 409, 403, 503 or 530.
//!
//! # What is wrong
//! The name leads to Cloudflare, and Cloudflare does not know what to do with it. The zone was added
//! minutes ago, or moved or removed; or the name is an alias of a name in somebody else's account
//! that did not agree to it (Cloudflare for SaaS).
//!
//! # How we know
//! The edge says it outright by the number, while it answers for itself under the same name. 1018 and
//! 1023 have this meaning only. For 1001, 1004 and 1014 Cloudflare documents further ones (an alias
//! whose DNS is down, a zone that Cloudflare itself has suspended), so these are likely.
//!
//! # What to do
//! In the Cloudflare dashboard, look whether the zone is there and "Active". If it was added just
//! now, wait some minutes. If the name is an alias of another company's, have them add it as a custom
//! hostname.
//!
//! # Sources
//! - Cloudflare docs, pages error-1001, error-1004, error-1014, error-1018 and error-1023, read
//!   2026-07
use super::{Cause, Confidence, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::edge_says;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C206",
    hop: Hop::Edge,
    title: "the edge has no zone that serves this name",
    fixes: &[],
    judge,
};

/// These have no other meaning.
const PLAIN: [u16; 2] = [1018, 1023];

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = edge_says(scene, &[1001, 1004, 1014, 1018, 1023]);
    match scene.symptom.error_code {
        Some(code) if PLAIN.contains(&code) => verdict,
        _ => verdict.at_most(Confidence::Likely),
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::sample::{Sitting, check, page};

    #[test]
    fn is_certain_when_the_number_has_no_other_meaning() {
        check(&UNIT, Sitting::new().visits(409, page(1018)), "blames, certain");
        check(&UNIT, Sitting::new().visits(503, page(1023)), "blames, certain");
    }

    #[test]
    fn is_likely_when_the_number_has_others() {
        for code in [1001, 1004, 1014] {
            check(&UNIT, Sitting::new().visits(409, page(code)), "blames, likely");
        }
        check(&UNIT, Sitting::new().trace(false).visits(409, page(1018)), "blames, likely");
    }

    #[test]
    fn clears_the_name_when_visits_are_served() {
        check(&UNIT, Sitting::healthy(), "clears");
    }

    #[test]
    fn leaves_a_record_that_leads_nowhere_to_its_own_cause() {
        check(&UNIT, Sitting::new().visits(530, page(1016)), "clears");
        check(&UNIT, Sitting::new().visits(403, page(1000)), "clears");
    }

    #[test]
    fn cannot_tell_without_a_visit() {
        check(&UNIT, Sitting::new(), "cannot tell");
    }
}
