//! Too many requests wait at the edge for the origin.
//!
//! # What you see
//! Error 1200 "Cache connection limit". It comes and goes with the number of visitors.
//!
//! # What is wrong
//! The origin takes requests more slowly than visitors send them. They wait at the edge, and beyond
//! a limit of Cloudflare's that cannot be changed the edge turns further ones away. The number says
//! nothing of why the origin is slow.
//!
//! # How we know
//! The edge says it outright by the number, while it answers for itself under the same name.
//!
//! # What to do
//! On the origin, look what keeps it busy: `uptime`, `ss -s`, and the web server's count of
//! connections. Give it more workers, or let Cloudflare answer more from its cache: Caching, Cache
//! Rules.
//!
//! # Sources
//! - Cloudflare docs, page error-1200, read 2026-07
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::edge_says;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C207",
    hop: Hop::Edge,
    title: "too many requests wait at the edge for the origin",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    edge_says(scene, &[1200])
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::sample::{Sitting, check, page};

    #[test]
    fn is_certain_when_the_edge_says_1200_and_answers_for_itself() {
        check(&UNIT, Sitting::new().visits(503, page(1200)), "blames, certain");
        check(&UNIT, Sitting::healthy_origin().visits(429, page(1200)), "blames, certain");
    }

    #[test]
    fn is_likely_when_the_edge_does_not_answer_for_itself() {
        check(&UNIT, Sitting::new().trace(false).visits(503, page(1200)), "blames, likely");
    }

    #[test]
    fn clears_the_queue_when_visits_are_served() {
        check(&UNIT, Sitting::healthy(), "clears");
    }

    #[test]
    fn leaves_a_late_origin_and_a_rate_limit_to_their_own_causes() {
        check(&UNIT, Sitting::new().visits(524, page(524)), "clears");
        check(&UNIT, Sitting::new().visits(429, page(1015)), "clears");
    }

    #[test]
    fn cannot_tell_without_a_visit() {
        check(&UNIT, Sitting::new(), "cannot tell");
    }
}
