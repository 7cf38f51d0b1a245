//! Cloudflare's edge fails by itself.
//!
//! # What you see
//! Status 500 with a page of Cloudflare's, or a bare white page that says `502 Bad Gateway` and,
//! under the line, `cloudflare`. Of the colourful page with three columns, the one in the middle is
//! red. Often only from some places, and for minutes.
//!
//! # What is wrong
//! Something within Cloudflare's network did not get its answer: traffic was moved between data
//! centres, a service of theirs failed, or a rule of the zone trips over itself (an old Page Rule).
//! The colourful page of a 502 or 504 means the opposite: it is put over an answer of the origin's.
//!
//! # How we know
//! By the page, and by asking the origin straight: if it serves on every road that the edge may
//! take, the fault is not there. Where a road breaks this is not blamed, for the edge sends the same
//! bare page when the origin's reply cannot be read (broken gzip, a length that does not hold). It
//! is certain only where the account's counts show the data centre of these visits failing alone, with
//! errors of which no origin knows, while the others serve. Counts of errors that the origin answered
//! leave it to the origin.
//!
//! # What to do
//! Look at `https://www.cloudflarestatus.com` for the data centre that the ray ends in, and wait some
//! minutes. If it stays, give Cloudflare's support the ray, the time, and the output of
//! `curl https://NAME/cdn-cgi/trace`.
//!
//! A 500 that concerns some paths only comes from the zone: look at Page Rules and Workers for them.
//!
//! # Sources
//! - Cloudflare docs, pages error-500, error-502-504 and error-responses, read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::edge::Column;
use crate::evidence::{PageForm, ReadingId};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::counted::{Alone, Made, alone, is_where_visits_end, made};
use crate::scene::direct::every_road_serves;
use crate::scene::families::never_said;
use crate::scene::host::service;
use crate::scene::roads::Fate;
use crate::scene::visits::{EdgeState, Visit};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C201",
    hop: Hop::Edge,
    title: "Cloudflare's edge fails by itself",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let own: Vec<ReadingId> =
        scene.visits.bad.iter().filter(|v| is_own(v)).map(|visit| visit.reading.id).collect();
    if own.is_empty() {
        return without_sign(scene);
    }
    if let Some((_, Made::ByTheOrigin)) = made(scene) {
        return Verdict::needs([Need::Mend(Hop::Http)]);
    }
    if let Some(alone) = alone(scene).filter(|alone| is_where_visits_end(scene, alone.colo)) {
        return in_one_place(scene, &alone, own);
    }
    if let Some(serves) = every_road_serves(scene) {
        return Verdict::blames(stands_for(scene), own).contrasting(serves);
    }
    match first_break(scene) {
        Some(at) => Verdict::needs([Need::Mend(at)]),
        None => Verdict::blames(stands_for(scene), own),
    }
}

/// The verdict where the place of these visits fails alone; the control is that the others serve.
fn in_one_place(scene: &Scene<'_>, alone: &Alone<'_>, own: Vec<ReadingId>) -> Verdict {
    let broken = first_break(scene).is_some();
    let sure = scene.visits.state() == EdgeState::Fails
        && stands_for(scene) == Confidence::Likely
        && !broken
        && !scene.asks_elsewhere();
    let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
    let mut contrast = vec![alone.reading];
    contrast.extend(every_road_serves(scene).unwrap_or_default());
    Verdict::blames(confidence, own)
        .contrasting(contrast)
        .with("colo", alone.colo)
        .with("errors", alone.errors)
}

/// Whether a failed visit ended in a page that the edge sends for a failure of its own.
fn is_own(visit: &Visit<'_>) -> bool {
    let (Some(page), Some(reply)) = (visit.page, visit.reply) else { return false };
    let numbered = page.code.is_some_and(|code| code >= 1000);
    let shown = page.form != PageForm::Challenge && !numbered;
    shown
        && (page.form == PageForm::Unbranded
            || page.column == Some(Column::Cloudflare)
            || reply.status == 500)
}

/// Likely where that is what most failed visits got.
fn stands_for(scene: &Scene<'_>) -> Confidence {
    match scene.visits.commonest().is_some_and(is_own) {
        true => Confidence::Likely,
        false => Confidence::Possible,
    }
}

/// The first break on any road that the edge may take. What a tunnel makes of a service that fails
/// looks like the edge's own.
fn first_break(scene: &Scene<'_>) -> Option<Hop> {
    if service::fails(scene) {
        return Some(Hop::Tunnel);
    }
    let used = scene.used_roads();
    let fates = used.iter().flat_map(|(road, modes)| modes.iter().map(|mode| road.fate(*mode)));
    let breaks = fates.filter_map(|fate| match fate {
        Fate::Breaks(at) => Some(at),
        Fate::Works | Fate::Unclear => None,
    });
    breaks.min()
}

/// A vague 5xx may be the edge's own all the same; anything else that was said clears it.
fn without_sign(scene: &Scene<'_>) -> Verdict {
    let vague = |visit: &Visit<'_>| {
        visit.numbered().is_none()
            && visit.reply.is_some_and(|reply| matches!(reply.status, 500..520))
    };
    if scene.visits.direct || !scene.visits.bad.iter().any(vague) {
        return never_said(scene);
    }
    if scene.used_roads().is_empty() {
        return Verdict::needs([Need::OriginAddress]);
    }
    Verdict::needs([first_break(scene).map_or(Need::Account, Need::Mend)])
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::account::count::ColoCount;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, Count, Counts};
    use crate::evidence::edge::Column;
    use crate::evidence::{EdgePage, ReplyFault, TcpAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, bare_page, check, greeted, page};
    use crate::target::SslMode;

    /// The branded page whose column in the middle is red.
    fn middle(code: u16) -> Option<EdgePage> {
        page(code).map(|page| EdgePage { column: Some(Column::Cloudflare), ..page })
    }

    #[test]
    fn is_likely_when_the_bare_page_comes_and_the_origin_serves() {
        check(&UNIT, Sitting::healthy_origin().visits(502, bare_page(502)), "blames, likely");
        check(&UNIT, Sitting::healthy_origin().visits(500, middle(500)), "blames, likely");
        check(&UNIT, Sitting::healthy_origin().visits(500, page(500)), "blames, likely");
    }

    fn counted(sitting: Sitting, colo: &str, origin_status: u16) -> Sitting {
        let place = |colo: &str, count| ColoCount { colo: colo.to_owned(), count };
        let error =
            Count { edge_status: 502, origin_status, colo: colo.to_owned(), count: 1200 };
        let counts = Counts {
            errors: vec![error],
            good_by_colo: vec![place("AMS", 3400), place("LHR", 2900)],
            sample_interval: Some(1),
            ..Counts::default()
        };
        let question = AccountQuestion::Counts { host: "shop.example.test".to_owned() };
        sitting.account(question, AccountAnswer::Counts { counts })
    }

    #[test]
    fn is_certain_when_the_place_of_these_visits_fails_alone() {
        // Visits of these sittings end in FRA.
        let bare = || Sitting::healthy_origin().visits(502, bare_page(502));
        check(&UNIT, counted(bare(), "FRA", 0), "blames, certain");
        check(&UNIT, counted(bare(), "CDG", 0), "blames, likely");
        let origin = counted(bare(), "FRA", 502);
        check(&UNIT, origin, "cannot tell: mend what breaks at http first");
        check(&UNIT, counted(Sitting::healthy(), "FRA", 0), "clears");
    }

    #[test]
    fn is_likely_without_the_origin_and_possible_when_few_visits_say_it() {
        check(&UNIT, Sitting::new().no_origin().visits(504, bare_page(504)), "blames, likely");
        let once = Sitting::healthy_origin().visits(522, page(522));
        check(&UNIT, once.visits_once(502, bare_page(502)), "blames, possible");
    }

    #[test]
    fn clears_the_edge_when_it_serves_or_names_what_is_at_fault() {
        check(&UNIT, Sitting::healthy(), "clears");
        check(&UNIT, Sitting::new().visits(526, page(526)), "clears");
        check(&UNIT, Sitting::new().visits(530, page(1033)), "clears");
    }

    #[test]
    fn leaves_a_reply_that_the_edge_cannot_read_to_its_own_cause() {
        let sitting = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Accepted);
        let broken = sitting.tls(greeted(vec![])).replies_with(ReplyFault::GzipBroken);
        let need = "cannot tell: mend what breaks at http first";
        check(&UNIT, broken.visits(502, bare_page(502)), need);
        let closed = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        let closed = closed.unreached(Hop::Net).visits(502, bare_page(502));
        check(&UNIT, closed, "cannot tell: mend what breaks at net first");
    }

    #[test]
    fn cannot_tell_from_the_branded_page_or_without_a_visit() {
        check(&UNIT, Sitting::healthy_origin().visits(502, page(502)), "cannot tell");
        let need = "cannot tell: the origin's address: --origin ADDR";
        check(&UNIT, Sitting::new().no_origin().visits(502, page(502)), need);
        check(&UNIT, Sitting::new(), "cannot tell");
    }
}
