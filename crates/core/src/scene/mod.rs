//! The evidence, laid out along the way: what judges look at.
//!
//! Judges would otherwise each search the readings again and each decide anew what "the site fails"
//! means. Here that is decided once: which visits failed and how (`visits`), how each road to the
//! origin looks from here (`roads`), which SSL modes are still possible (`modes`), and how far a
//! fault of the origin explains what visitors get (`suspect`). Nothing here names a cause.

pub mod account;
#[cfg(test)]
pub(crate) mod certificates;
pub mod counted;
pub mod direct;
pub mod families;
pub mod host;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod matrix;
pub mod modes;
pub mod roads;
#[cfg(test)]
pub(crate) mod sample;
pub mod suspect;
pub mod visits;
pub mod witness;

use std::net::IpAddr;

use self::account::Account;
use self::host::OnHost;
use self::modes::Modes;
use self::roads::RoadSeen;
use self::visits::{Visit, Visits};
use crate::diagnosis::{Maker, Symptom};
use crate::evidence::edge::Column;
use crate::evidence::host::UpstreamAnswer;
use crate::evidence::{Evidence, HttpAnswer, PageForm, Question, Reading, ReadingId, Seen, Trace};
use crate::hop::Hop;
use crate::target::{Scheme, SslMode, Target};

/// One sitting, laid out.
#[derive(Debug)]
pub struct Scene<'a> {
    /// What was seen.
    pub evidence: &'a Evidence,
    /// What was asked about.
    pub target: &'a Target,
    /// Visits under the scheme that was asked about.
    pub visits: Visits<'a>,
    /// Visits under the other scheme.
    pub other_visits: Visits<'a>,
    /// Every road to the origin that was asked, sorted.
    pub roads: Vec<RoadSeen<'a>>,
    /// Those that the edge would take if a rule of the zone did not change how it asks.
    pub roads_without_rule: Vec<RoadSeen<'a>>,
    /// The SSL modes that are still possible.
    pub modes: Modes,
    /// What visitors get.
    pub symptom: Symptom,
    /// The visit that shows that this machine's clock is off, and by how many seconds it is ahead.
    pub clock_off: Option<(ReadingId, i64)>,
    /// The visit that shows that something between this machine and the edge ends TLS.
    pub intercepted: Option<ReadingId>,
    /// The origin from within, where it was looked into.
    pub host: Option<OnHost<'a>>,
    /// The Cloudflare account, as far as it was asked.
    pub account: Account<'a>,
}

impl<'a> Scene<'a> {
    /// Lays out a sitting.
    #[must_use]
    pub fn new(evidence: &'a Evidence) -> Self {
        let target = &evidence.target;
        let other = match target.site.scheme {
            Scheme::Https => Scheme::Http,
            Scheme::Http => Scheme::Https,
        };
        let visits = Visits::of(evidence, target.site.scheme);
        let other_visits = Visits::of(evidence, other);
        // What leads to Cloudflare's own addresses is no road to the origin: questions to it were
        // answered by the edge.
        let mut roads = roads::of(evidence);
        roads.retain(|seen| !target.ranges.contains(seen.road.to.ip()));
        let mut roads_without_rule = roads::without_rule(evidence);
        roads_without_rule.retain(|seen| !target.ranges.contains(seen.road.to.ip()));
        let clock_off = witness::clock_off(evidence);
        for seen in roads.iter_mut().chain(&mut roads_without_rule) {
            seen.dates_count = clock_off.is_none();
        }
        let modes = Modes::of(target, &visits, &other_visits, &roads);
        let mut scene = Scene {
            evidence,
            target,
            symptom: visits.symptom(),
            visits,
            other_visits,
            roads,
            roads_without_rule,
            modes,
            clock_off,
            intercepted: witness::intercepted(evidence),
            host: OnHost::of(evidence),
            account: Account::of(evidence),
        };
        scene.symptom.made_by = scene.made_by();
        scene
    }

    /// The roads that the edge takes for visitors of the asked scheme, each with the possible
    /// modes under which it does. Empty where no origin is known.
    ///
    /// Where no edge is in between, visitors take the road of their own scheme, and their browsers
    /// look at the certificate as strict does.
    #[must_use]
    pub fn used_roads(&self) -> Vec<(&RoadSeen<'a>, Vec<SslMode>)> {
        if self.visits.direct {
            let scheme = self.target.site.scheme;
            let takes = |seen: &RoadSeen<'_>| {
                self.target.origins.iter().any(|origin| {
                    self.target.road(*origin, SslMode::Strict, scheme) == Some(seen.road)
                })
            };
            let own = self.roads.iter().filter(|seen| takes(seen));
            return own.map(|seen| (seen, vec![SslMode::Strict])).collect();
        }
        self.roads
            .iter()
            .filter_map(|seen| {
                let modes = self.modes.taking(self.target, seen.road, self.target.site.scheme);
                (!modes.is_empty()).then_some((seen, modes))
            })
            .collect()
    }

    /// Whether all of these are visits that were answered with copies from Cloudflare's cache.
    #[must_use]
    pub fn are_copies(&self, ids: &[ReadingId]) -> bool {
        let copy = |id: &ReadingId| {
            self.visits.good.iter().any(|visit| visit.reading.id == *id && visit.is_a_copy())
        };
        !ids.is_empty() && ids.iter().all(copy)
    }

    /// The edge's own answer to `/cdn-cgi/trace`, where there is one.
    #[must_use]
    pub fn trace(&self) -> Option<ReadingId> {
        self.evidence.readings.iter().find_map(|reading| match reading.seen() {
            Some(Seen::Trace(Trace::Answered { .. })) => Some(reading.id),
            _ => None,
        })
    }

    /// The lookups of the site's name, in order.
    pub fn lookups(&self) -> impl Iterator<Item = &'a Reading> {
        let site = &self.evidence.target.site.host;
        self.evidence.readings.iter().filter(move |reading| {
            let of_site =
                matches!(&reading.question, Question::Resolve { name, .. } if name == site);
            of_site && reading.dns().is_some()
        })
    }

    /// By the account's records: the addresses that the edge dials and that are not the origin's, and
    /// whether it dials no other. Of a family of addresses of which none was given, nothing is said.
    #[must_use]
    pub fn dials_others(&self) -> Option<(ReadingId, Vec<IpAddr>, bool)> {
        let (id, mut dialled) = self.account.dialled()?;
        let origins = &self.target.origins;
        let given = |four: bool| origins.iter().any(|one| one.address.is_ipv4() == four);
        dialled.retain(|address| given(address.is_ipv4()));
        if dialled.is_empty() {
            return None;
        }
        let own = |address: &IpAddr| origins.iter().any(|one| one.address == *address);
        let all = !dialled.iter().any(own);
        dialled.retain(|address| !own(address));
        Some((id, dialled, all))
    }

    /// Whether the edge, by the account's records, asks other machines than the one that was given as
    /// the origin: then what is odd there is not in the way of visitors.
    #[must_use]
    pub fn asks_elsewhere(&self) -> bool {
        self.visits.state() != visits::EdgeState::Works
            && !self.visits.direct
            && self.dials_others().is_some_and(|(_, _, all)| all)
    }

    /// Whether an address is Cloudflare's.
    #[must_use]
    pub fn is_cloudflares(&self, address: IpAddr) -> bool {
        self.target.ranges.contains(address)
    }

    /// Whether the site comes through a tunnel of the machine that was looked into, and the tunnel's
    /// service gives it no reply: cloudflared then answers 502 by itself.
    fn is_failed_by_a_tunnel(&self) -> bool {
        self.host.as_ref().is_some_and(|host| {
            let asked = host.upstreams(Hop::Tunnel);
            let replied = |answer: &UpstreamAnswer| match answer {
                UpstreamAnswer::Accepted => true,
                UpstreamAnswer::Http { http } => matches!(**http, HttpAnswer::Replied(_)),
                _ => false,
            };
            !asked.is_empty() && !asked.iter().any(|seen| replied(seen.answer))
        })
    }

    /// Who chose the status that visitors get.
    ///
    /// A 520–530 and a 1xxx are the edge's. A 502 or 504 may be anybody's: the edge puts its
    /// branded page over the origin's own 502, and sends a bare one for its own. So the page is
    /// only a hint, and a request straight to the origin decides (Cloudflare docs, pages
    /// error-502-504 and error-responses, read 2026-07).
    fn made_by(&self) -> Maker {
        let Some(status) = self.symptom.status else { return Maker::Nobody };
        if self.visits.direct {
            return Maker::Origin;
        }
        if self.symptom.error_code.is_some_and(|code| code >= 1000) || (520..=530).contains(&status)
        {
            return Maker::Edge;
        }
        let shown = self.visits.commonest().or_else(|| self.visits.good.first());
        let page = shown.and_then(|visit| visit.page);
        let form = page.map(|page| page.form);
        if status < 500 {
            return if page.is_some() { Maker::Edge } else { Maker::Origin };
        }
        // A 500 with a page of Cloudflare's, or a red column in the middle, is its own.
        if page.is_some_and(|page| status == 500 || page.column == Some(Column::Cloudflare)) {
            return Maker::Edge;
        }
        if matches!(status, 502 | 504) && self.is_failed_by_a_tunnel() {
            return Maker::Tunnel;
        }
        let used = self.used_roads();
        let direct: Vec<Option<u16>> = used.iter().map(|(road, _)| road.status()).collect();
        if direct.contains(&Some(status)) {
            return Maker::Origin;
        }
        if !used.is_empty()
            && used.iter().all(|(road, modes)| modes.iter().all(|mode| road.breaks(*mode)))
        {
            return Maker::Edge;
        }
        let works = direct.iter().flatten().any(|status| *status < 500);
        match (form, works) {
            (Some(PageForm::Unbranded), _) => Maker::Edge,
            (Some(PageForm::Branded), false) if matches!(status, 502 | 504) => Maker::Origin,
            (Some(_), _) => Maker::Unknown,
            // A Worker or an error page of the zone's own looks the same, but for the mark that the
            // edge puts on what it fetched.
            (None, _) if shown.is_some_and(Visit::was_fetched) => Maker::Origin,
            (None, _) => Maker::Unknown,
        }
    }
}
