//! What the edge counted, read with care: who made the errors, and whether one place makes them alone.
//!
//! Counts are estimates: where one of every N requests was looked at, each of them stands for N. So a
//! number says something only from `FEWEST` looked-at requests on, and a share only from nine in ten.

use super::Scene;
use crate::evidence::ReadingId;
use crate::evidence::account::Counts;

/// Fewer requests that were really looked at say nothing.
const FEWEST: u64 = 30;

/// As many that went well elsewhere show that the other places serve.
const GOOD: u64 = 100;

/// Who made the errors that visitors get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// The origin answered the same.
    ByTheOrigin,
    /// No answer of the origin's came.
    WithoutTheOrigin,
}

/// A place of Cloudflare's that fails alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alone<'a> {
    /// The counts.
    pub reading: ReadingId,
    /// `AMS`.
    pub colo: &'a str,
    /// The errors there, of which no origin knows.
    pub errors: u64,
}

fn looked_at(counts: &Counts, number: u64) -> u64 {
    number / counts.sample_interval.unwrap_or(1).max(1)
}

/// Who made the errors of the status that visitors get, where nine in ten say the same.
#[must_use]
pub fn made(scene: &Scene<'_>) -> Option<(ReadingId, Made)> {
    let (id, counts) = scene.account.counts()?;
    let status = scene.symptom.status.filter(|status| *status >= 500)?;
    let sum = |fits: &dyn Fn(u16) -> bool| -> u64 {
        let of = counts.errors.iter().filter(|one| one.edge_status == status);
        of.filter(|one| fits(one.origin_status)).map(|one| one.count).sum()
    };
    let all = sum(&|_| true);
    if looked_at(counts, all) < FEWEST {
        return None;
    }
    let most = |number: u64| number.saturating_mul(10) >= all.saturating_mul(9);
    if most(sum(&|origin| origin == status)) {
        return Some((id, Made::ByTheOrigin));
    }
    most(sum(&|origin| origin == 0)).then_some((id, Made::WithoutTheOrigin))
}

/// The place that fails alone: nine in ten errors without an answer of the origin's are its own, most
/// requests fail there, and the other places serve.
#[must_use]
pub fn alone<'a>(scene: &Scene<'a>) -> Option<Alone<'a>> {
    let (reading, counts) = scene.account.counts()?;
    let own = counts.errors.iter().filter(|one| one.origin_status == 0);
    let worst = own.clone().max_by_key(|one| one.count)?;
    let colo = worst.colo.as_str();
    let all: u64 = own.clone().map(|one| one.count).sum();
    let errors: u64 = own.filter(|one| one.colo == colo).map(|one| one.count).sum();
    let good = |here: bool| -> u64 {
        let places = counts.good_by_colo.iter().filter(|one| (one.colo == colo) == here);
        places.map(|one| one.count).sum()
    };
    let elsewhere = good(false);
    let alone = looked_at(counts, errors) >= FEWEST
        && errors.saturating_mul(10) >= all.saturating_mul(9)
        && errors > good(true)
        && looked_at(counts, elsewhere) >= GOOD
        && (all - errors).saturating_mul(100) <= elsewhere;
    alone.then_some(Alone { reading, colo, errors })
}

/// Whether the failed visits of this sitting ended in that place, as their rays say.
#[must_use]
pub fn is_where_visits_end(scene: &Scene<'_>, colo: &str) -> bool {
    let ray = scene.symptom.ray.as_deref().and_then(|ray| ray.rsplit_once('-'));
    ray.is_some_and(|(_, place)| place.eq_ignore_ascii_case(colo))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::account::count::ColoCount;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, Count};
    use crate::scene::sample::{Sitting, bare_page};

    fn counted(errors: &[(u16, u16, &str, u64)], good: &[(&str, u64)], interval: u64) -> Sitting {
        let counts = Counts {
            errors: errors
                .iter()
                .map(|(edge, origin, colo, count)| Count {
                    edge_status: *edge,
                    origin_status: *origin,
                    colo: (*colo).to_owned(),
                    count: *count,
                })
                .collect(),
            good_by_colo: good
                .iter()
                .map(|(colo, count)| ColoCount { colo: (*colo).to_owned(), count: *count })
                .collect(),
            sample_interval: Some(interval),
            ..Counts::default()
        };
        let question = AccountQuestion::Counts { host: "shop.example.test".to_owned() };
        let told = AccountAnswer::Counts { counts };
        Sitting::new().visits(502, bare_page(502)).account(question, told)
    }

    fn maker(sitting: Sitting) -> Option<Made> {
        let evidence = sitting.evidence();
        made(&Scene::new(&evidence)).map(|(_, made)| made)
    }

    fn place(sitting: Sitting) -> Option<String> {
        let evidence = sitting.evidence();
        alone(&Scene::new(&evidence)).map(|alone| alone.colo.to_owned())
    }

    #[test]
    fn nine_in_ten_say_who_made_the_errors_and_few_say_nothing() {
        assert_eq!(maker(counted(&[(502, 502, "FRA", 95)], &[], 1)), Some(Made::ByTheOrigin));
        assert_eq!(maker(counted(&[(502, 0, "FRA", 95)], &[], 1)), Some(Made::WithoutTheOrigin));
        assert_eq!(maker(counted(&[(502, 0, "FRA", 60), (502, 502, "FRA", 40)], &[], 1)), None);
        assert_eq!(maker(counted(&[(502, 502, "FRA", 20)], &[], 1)), None);
        // Two hundred that were two hundredths of what was looked at are twenty.
        assert_eq!(maker(counted(&[(502, 502, "FRA", 200)], &[], 10)), None);
        assert_eq!(maker(counted(&[(503, 503, "FRA", 200)], &[], 1)), None);
    }

    #[test]
    fn one_place_fails_alone_only_while_the_others_serve() {
        let errors = [(502, 0, "FRA", 1200)];
        let good = [("AMS", 3000), ("LHR", 2000)];
        assert_eq!(place(counted(&errors, &good, 1)).as_deref(), Some("FRA"));
        assert_eq!(place(counted(&errors, &[("FRA", 9000), ("AMS", 3000)], 1)), None);
        assert_eq!(place(counted(&errors, &[("AMS", 40)], 1)), None);
        assert_eq!(place(counted(&errors, &good, 100)), None);
        let two = [(502, 0, "FRA", 1200), (502, 0, "AMS", 900)];
        assert_eq!(place(counted(&two, &good, 1)), None);
        assert_eq!(place(counted(&[(502, 502, "FRA", 1200)], &good, 1)), None);
    }
}
