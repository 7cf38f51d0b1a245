//! Visits through the edge: which served the site, which did not, and how.
//!
//! A sample is one visit with the redirects that it followed; its last leg counts. A 404, a 401 or
//! a challenge is the site at work, not an outage.

use super::roads::is_of_dates;
use super::witness::{answered_by_a_stranger, clock_off};
use crate::diagnosis::{Maker, Symptom};
use crate::evidence::{
    EdgePage, Evidence, HttpAnswer, PageForm, Question, Reading, ReadingId, Reply, VisitAnswer,
};
use crate::target::{Scheme, Site};

/// How far redirects are followed; a sample with as many legs went in circles.
pub const MOST_LEGS: usize = 10;

/// The visits of one scheme.
#[derive(Debug, Default)]
pub struct Visits<'a> {
    /// Those that served the site.
    pub good: Vec<Visit<'a>>,
    /// Those that did not.
    pub bad: Vec<Visit<'a>>,
    /// Those that did not get as far as the edge, or were answered by somebody in its place, where
    /// others did. They say something of the way from here, and nothing of the site.
    pub missed: Vec<Visit<'a>>,
    /// Whether none went through Cloudflare: no address is theirs and no ray came.
    pub direct: bool,
}

/// One sample.
#[derive(Debug, Clone)]
pub struct Visit<'a> {
    /// The last leg: what the sentence cites.
    pub reading: &'a Reading,
    /// All legs, the first one first.
    pub legs: Vec<&'a Reading>,
    /// What came of it.
    pub came: Came,
    /// The reply of the last leg.
    pub reply: Option<&'a Reply>,
    /// What Cloudflare's page says, where the reply was one.
    pub page: Option<&'a EdgePage>,
}

/// What came of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// The site, or a redirect elsewhere, or the site's own 4xx.
    Served,
    /// A challenge or a block page of the edge for visitors like us.
    Challenged,
    /// An error status, or an error page under any status.
    Trouble,
    /// Redirects without end.
    Loop,
    /// A reply that broke off or made no sense.
    Broken,
    /// A request was sent, and nothing came back before our deadline.
    Silent,
    /// The certificate that visitors are shown does not hold (only where no edge is in between).
    Untrusted,
    /// No connection or no handshake with what the name leads to.
    Unvisitable,
}

/// What the visits come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeState {
    /// No visit was made.
    NotVisited,
    /// No visit got as far as a request.
    Unvisitable,
    /// All served.
    Works,
    /// None served.
    Fails,
    /// Some served, some did not.
    Flickers,
}

impl<'a> Visits<'a> {
    /// The visits of one scheme in a sitting.
    #[must_use]
    pub fn of(evidence: &'a Evidence, scheme: Scheme) -> Self {
        let mut samples: Vec<(u32, Vec<&'a Reading>)> = Vec::new();
        for reading in &evidence.readings {
            let Question::Visit { site, sample, leg, .. } = &reading.question else { continue };
            if reading.visit().is_none() {
                continue;
            }
            match samples.iter_mut().find(|(number, _)| number == sample) {
                Some((_, legs)) => legs.push(reading),
                None if *leg == 0 && site.scheme == scheme => {
                    samples.push((*sample, vec![reading]));
                }
                None => {}
            }
        }
        let mut visits = Visits::default();
        let through = |reading: &Reading| match (&reading.question, reading.visit()) {
            (_, Some(VisitAnswer::Http { ray: Some(_), .. })) => true,
            (Question::Visit { to, .. }, _) => evidence.target.ranges.contains(to.ip()),
            _ => false,
        };
        visits.direct = !samples.is_empty()
            && !samples.iter().any(|(_, legs)| legs.iter().any(|leg| through(leg)));
        let dates_count = clock_off(evidence).is_none();
        let mut all: Vec<Visit<'a>> = samples
            .into_iter()
            .filter_map(|(_, legs)| Visit::of(legs, visits.direct, dates_count))
            .collect();
        for visit in &mut all {
            if visit.legs.iter().any(|leg| answered_by_a_stranger(evidence, leg)) {
                // What a stranger says is no word on the site.
                (visit.came, visit.reply, visit.page) = (Came::Unvisitable, None, None);
            }
        }
        if all.iter().any(|visit| visit.came == Came::Loop) {
            for visit in &mut all {
                if visit.reply.is_some_and(is_redirect) {
                    visit.came = Came::Loop;
                }
            }
        }
        let came_nowhere = |visit: &Visit<'_>| visit.came == Came::Unvisitable;
        if !visits.direct && !all.iter().all(came_nowhere) {
            (visits.missed, all) = all.into_iter().partition(came_nowhere);
        }
        (visits.good, visits.bad) = all
            .into_iter()
            .partition(|visit| matches!(visit.came, Came::Served | Came::Challenged));
        visits
    }

    /// What they come to.
    #[must_use]
    pub fn state(&self) -> EdgeState {
        match (self.good.len(), self.bad.len()) {
            (0, 0) => EdgeState::NotVisited,
            (_, 0) => EdgeState::Works,
            (0, _) if self.bad.iter().all(|visit| visit.came == Came::Unvisitable) => {
                EdgeState::Unvisitable
            }
            (0, _) => EdgeState::Fails,
            _ => EdgeState::Flickers,
        }
    }

    /// The visits that served the site, as citations.
    #[must_use]
    pub fn good_ids(&self) -> Vec<ReadingId> {
        self.good.iter().map(|visit| visit.reading.id).collect()
    }

    /// The visits that did not, as citations; those with the commonest status only.
    #[must_use]
    pub fn bad_ids(&self) -> Vec<ReadingId> {
        let Some(first) = self.commonest() else { return Vec::new() };
        self.bad
            .iter()
            .filter(|visit| visit.told() == first.told() && visit.came == first.came)
            .map(|visit| visit.reading.id)
            .collect()
    }

    /// The failed visit that stands for the others: of the commonest kind the first that shows a page
    /// of Cloudflare's, else the first. An owner's page may cover some forms of an error and not
    /// others; but never a 500, so there the page tells the edge's from the origin's.
    #[must_use]
    pub fn commonest(&self) -> Option<&Visit<'a>> {
        let kind = |visit: &Visit<'a>| {
            let told = visit.told();
            (told, told.0 == Some(500) && visit.page.is_some())
        };
        let count =
            |visit: &Visit<'a>| self.bad.iter().filter(|other| kind(other) == kind(visit)).count();
        let most = self.bad.iter().map(count).max()?;
        let first = self.bad.iter().find(|visit| count(visit) == most)?;
        let mut alike = self.bad.iter().filter(|visit| kind(visit) == kind(first));
        alike.find(|visit| visit.page.is_some()).or(Some(first))
    }

    /// What visitors get; who made it is decided by the scene.
    #[must_use]
    pub fn symptom(&self) -> Symptom {
        let shown = self.commonest().or_else(|| self.good.first());
        Symptom {
            status: shown.and_then(|visit| visit.reply).map(|reply| reply.status),
            error_code: shown.and_then(Visit::numbered),
            made_by: Maker::Unknown,
            ray: shown.and_then(|visit| match visit.reading.visit() {
                Some(VisitAnswer::Http { ray, .. }) => ray.clone(),
                _ => None,
            }),
            straight: self.direct,
            failed: self.bad.len(),
            visits: self.bad.len() + self.good.len(),
            seen_in: shown.map(|visit| visit.reading.id),
        }
    }
}

impl<'a> Visit<'a> {
    fn of(legs: Vec<&'a Reading>, direct: bool, dates_count: bool) -> Option<Self> {
        let reading = *legs.last()?;
        let answer = reading.visit()?;
        let (reply, page) = match answer {
            VisitAnswer::Http { http: HttpAnswer::Replied(reply), page, .. } => {
                (Some(reply), page.as_ref())
            }
            _ => (None, None),
        };
        let came = match answer {
            VisitAnswer::Nothing { .. } | VisitAnswer::Tcp { .. } => Came::Unvisitable,
            VisitAnswer::Http { greeting: Some(greeting), .. }
                if direct && !visitor_trusts(greeting, dates_count) =>
            {
                Came::Untrusted
            }
            VisitAnswer::Http { http: HttpAnswer::Silent { .. }, .. } => Came::Silent,
            VisitAnswer::Http { http: HttpAnswer::Replied(reply), page, .. } => {
                came_of(reply, page.as_ref(), &legs)
            }
            VisitAnswer::Http { .. } => Came::Broken,
        };
        Some(Visit { reading, legs, came, reply, page })
    }

    /// The four digits of a 1xxx error.
    #[must_use]
    pub fn numbered(&self) -> Option<u16> {
        self.page.and_then(|page| page.code).filter(|code| *code >= 1000)
    }

    /// How the cache says that it took part; in capitals.
    #[must_use]
    pub fn cache(&self) -> Option<&'a str> {
        self.reply.and_then(|reply| reply.header("cf-cache-status"))
    }

    /// Whether the reply is a copy, for which the origin was not asked or did not answer.
    #[must_use]
    pub fn is_a_copy(&self) -> bool {
        matches!(self.cache(), Some("HIT" | "STALE" | "UPDATING"))
    }

    /// Whether the reply bears the mark of what the edge fetched from an origin. What a Worker or
    /// the edge made has none (captures of 2024 to 2026).
    #[must_use]
    pub fn was_fetched(&self) -> bool {
        self.cache().is_some()
    }

    /// The status and the 1xxx that were told.
    #[must_use]
    pub fn told(&self) -> (Option<u16>, Option<u16>) {
        (self.reply.map(|reply| reply.status), self.numbered())
    }
}

fn came_of(reply: &Reply, page: Option<&EdgePage>, legs: &[&Reading]) -> Came {
    if page.is_some_and(|page| page.form == PageForm::Challenge) {
        return Came::Challenged;
    }
    if page.and_then(|page| page.code).is_some_and(|code| code >= 1000)
        || reply.status >= 500
        || asks_for_client_certificate(reply)
    {
        return Came::Trouble;
    }
    if is_redirect(reply) && goes_in_circles(legs) {
        return Came::Loop;
    }
    if reply.faults.iter().any(crate::scene::roads::is_serious) {
        return Came::Broken;
    }
    Came::Served
}

/// Whether a reply sends the visitor elsewhere.
#[must_use]
pub fn is_redirect(reply: &Reply) -> bool {
    matches!(reply.status, 301 | 302 | 303 | 307 | 308) && reply.header("location").is_some()
}

/// nginx completes the handshake and then refuses a client without certificate with a 400, which
/// the edge passes on (captured: nginx 1.22.1, texts of `ngx_http_special_response.c`).
#[must_use]
pub fn asks_for_client_certificate(reply: &Reply) -> bool {
    reply.status == 400
        && ["No required SSL certificate was sent", "The SSL certificate error"]
            .iter()
            .any(|text| reply.excerpt.contains(text))
}

fn goes_in_circles(legs: &[&Reading]) -> bool {
    let site = |reading: &Reading| -> Option<Site> {
        match &reading.question {
            Question::Visit { site, .. } => Some(site.clone()),
            _ => None,
        }
    };
    let Some(last) = legs.last() else { return false };
    let earlier = &legs[..legs.len() - 1];
    let again = earlier.iter().any(|leg| site(leg) == site(last));
    let leads_back = legs.len() == 1 && leads_to_itself(last);
    again || leads_back || legs.len() > MOST_LEGS
}

/// Whether the reply to a visit sends the visitor to the very URL that was visited.
fn leads_to_itself(reading: &Reading) -> bool {
    let (Question::Visit { site, .. }, Some(VisitAnswer::Http { http, .. })) =
        (&reading.question, reading.visit())
    else {
        return false;
    };
    let HttpAnswer::Replied(reply) = http else { return false };
    reply
        .header("location")
        .and_then(|location| Site::parse(location).ok())
        .is_some_and(|to| to == *site)
}

fn visitor_trusts(greeting: &crate::evidence::Greeting, dates_count: bool) -> bool {
    greeting.chain.faults.iter().all(|fault| !dates_count && is_of_dates(fault))
        && greeting.chain.trusted_by != Some(crate::evidence::chain::Anchor::OriginCa)
}
