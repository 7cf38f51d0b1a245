//! What was seen on the origin itself, laid out for judges of the stations on it.
//!
//! Judges ask here for the web server that answers for the site, the upstream behind it, the unit
//! that should be there, and what the logs say of this very sitting. How much a fault seen here
//! explains is decided in one place, [`blame`]. Nothing here names a cause.

pub mod accuse;
pub mod app;
#[cfg(test)]
pub(crate) mod app_gallery;
pub mod blame;
pub mod broken;
pub mod certificates;
pub mod doors;
#[cfg(test)]
mod doubt;
pub mod fate;
pub mod firewall;
#[cfg(test)]
pub(crate) mod firewall_sample;
pub mod machine;
mod mending;
#[cfg(test)]
pub(crate) mod nginx_sample;
pub mod proxy;
#[cfg(test)]
pub(crate) mod proxy_gallery;
#[cfg(test)]
mod proxy_laws;
pub mod service;
#[cfg(test)]
pub(crate) mod stage;
pub mod stray;
#[cfg(test)]
pub(crate) mod told;
pub mod tunnel;
pub mod unseen;
pub mod why_down;

use jiff::Timestamp;

use super::Scene;
use super::account::Account;
use crate::evidence::host::{
    Kept, Listeners, LogAnswer, LogSource, Owner, Place, ProxyKind, ProxySeen, Rehearsal,
    UnitAnswer, UnitSeen, UpstreamAnswer, UpstreamAsked,
};
use crate::evidence::{Evidence, HostAnswer, HostQuestion, Reading, ReadingId};
use crate::hop::Hop;
use crate::proxy::nginx::PeerAddress;

/// This machine, which is the origin.
#[derive(Debug)]
pub struct OnHost<'a> {
    /// What it is.
    pub place: &'a Place,
    /// The reading that says so.
    pub place_in: ReadingId,
    /// When the first question of the sitting was asked.
    pub begun: Timestamp,
    /// When the last one was.
    pub ended: Timestamp,
    told: Vec<(&'a Reading, &'a HostQuestion, &'a HostAnswer)>,
    by_account: Option<ReadingId>,
}

/// An upstream as it was asked from here.
#[derive(Debug, Clone, Copy)]
pub struct UpstreamSeen<'a> {
    /// The reading.
    pub reading: &'a Reading,
    /// How it was asked.
    pub asked: &'a UpstreamAsked,
    /// How it answered.
    pub answer: &'a UpstreamAnswer,
}

impl<'a> OnHost<'a> {
    /// Lays out what was seen within; `None` where this machine was not looked into.
    #[must_use]
    pub fn of(evidence: &'a Evidence) -> Option<Self> {
        let told: Vec<_> = evidence
            .readings
            .iter()
            .filter_map(|reading| {
                let (question, answer) = reading.host()?;
                Some((reading, question, answer))
            })
            .collect();
        let (place_in, place) = told.iter().find_map(|(reading, _, answer)| match answer {
            HostAnswer::Place(place) => Some((reading.id, place)),
            _ => None,
        })?;
        let begun = evidence.readings.iter().map(|reading| reading.at).min()?;
        let ended = evidence.readings.iter().map(|reading| reading.at).max()?;
        let by_account = by_account(&Account::of(evidence), place, &told);
        Some(OnHost { place, place_in, begun, ended, told, by_account })
    }

    /// Everything that was told, in the order of the readings.
    pub fn all(&self) -> impl Iterator<Item = (&'a Reading, &'a HostQuestion, &'a HostAnswer)> {
        self.told.iter().copied()
    }

    /// Whether it is certain that the edge asks this machine for the site: the user says so, or
    /// visits of this sitting were seen to arrive, or the account says so.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.place.known.is_sure() || self.by_account.is_some() || self.arrived().is_some()
    }

    /// The account's record by which the edge asks this machine: it holds an address of its own, or the
    /// tunnel that a connector here serves.
    #[must_use]
    pub fn by_account(&self) -> Option<ReadingId> {
        self.by_account
    }

    /// The log in which visits of this sitting were seen to arrive through the edge.
    #[must_use]
    pub fn arrived(&self) -> Option<ReadingId> {
        let marked = self.all().find_map(|(reading, _, answer)| match answer {
            HostAnswer::Log(LogAnswer::Read(seen)) if seen.visits_arrived > 0 => Some(reading.id),
            _ => None,
        });
        marked.or_else(|| self.arrived_by_tunnel())
    }

    /// cloudflared's lines bear no mark, but those of this very moment that are about the site's own
    /// service are of requests that came by the edge: ours went to the service straight.
    fn arrived_by_tunnel(&self) -> Option<ReadingId> {
        let services: Vec<String> =
            self.upstreams(Hop::Tunnel).iter().map(|seen| seen.asked.to.to_string()).collect();
        let about_it = |kept: &Kept| {
            let to = kept.event.upstream.as_ref().map(ToString::to_string);
            self.is_of_now(kept) && to.is_some_and(|to| services.contains(&to))
        };
        let mut events = self.events(Hop::Tunnel);
        events.find(|(_, kept)| about_it(kept)).map(|(reading, _)| reading.id)
    }

    /// Who listens.
    #[must_use]
    pub fn listeners(&self) -> Option<(&'a Reading, &'a Listeners)> {
        self.all().find_map(|(reading, _, answer)| match answer {
            HostAnswer::Listeners(listeners) => Some((reading, listeners)),
            _ => None,
        })
    }

    /// Every web server.
    pub fn proxies(&self) -> impl Iterator<Item = (&'a Reading, &'a ProxySeen)> {
        self.all().filter_map(|(reading, _, answer)| match answer {
            HostAnswer::Proxy(proxy) => Some((reading, proxy.as_ref())),
            _ => None,
        })
    }

    /// The web server that answers for the site: the one that has a server of its own for it; else
    /// the one that runs; else the only one.
    #[must_use]
    pub fn front(&self) -> Option<(&'a Reading, &'a ProxySeen)> {
        let all: Vec<_> = self.proxies().collect();
        let pick =
            |test: &dyn Fn(&ProxySeen) -> bool| all.iter().find(|(_, one)| test(one)).copied();
        pick(&|one| one.names_site && one.running.is_some())
            .or_else(|| pick(&|one| one.names_site))
            .or_else(|| pick(&|one| one.running.is_some()))
            .or_else(|| (all.len() == 1).then(|| all[0]))
    }

    /// Whether it would start with its files as they are.
    #[must_use]
    pub fn rehearsal(&self, of: ProxyKind) -> Option<(&'a Reading, &'a Rehearsal)> {
        self.all().find_map(|(reading, question, answer)| match (question, answer) {
            (HostQuestion::Rehearsal { kind }, HostAnswer::Rehearsal(rehearsal)) if *kind == of => {
                Some((reading, rehearsal))
            }
            _ => None,
        })
    }

    /// The upstreams that the proxy or the tunnel was found to lead to.
    #[must_use]
    pub fn upstreams(&self, by: Hop) -> Vec<UpstreamSeen<'a>> {
        let seen = self.all().filter_map(|(reading, question, answer)| match (question, answer) {
            (HostQuestion::Upstream(asked), HostAnswer::Upstream(answer)) if asked.by == by => {
                Some(UpstreamSeen { reading, asked, answer })
            }
            _ => None,
        });
        seen.collect()
    }

    /// Who listens at an address, and who should.
    #[must_use]
    pub fn owner(&self, of: &PeerAddress) -> Option<(&'a Reading, &'a Owner)> {
        self.all().find_map(|(reading, question, answer)| match (question, answer) {
            (HostQuestion::Owner { to }, HostAnswer::Owner(owner)) if to == of => {
                Some((reading, owner))
            }
            _ => None,
        })
    }

    /// A service by its name.
    #[must_use]
    pub fn unit(&self, named: &str) -> Option<(&'a Reading, &'a UnitSeen)> {
        self.all().find_map(|(reading, question, answer)| match (question, answer) {
            (HostQuestion::Unit { name, .. }, HostAnswer::Unit(UnitAnswer::Known(unit)))
                if name == named =>
            {
                Some((reading, unit.as_ref()))
            }
            _ => None,
        })
    }

    /// The services that play a part.
    pub fn units(&self, of: Hop) -> impl Iterator<Item = (&'a Reading, &'a UnitSeen)> {
        self.all().filter_map(move |(reading, question, answer)| match (question, answer) {
            (HostQuestion::Unit { part, .. }, HostAnswer::Unit(UnitAnswer::Known(unit)))
                if *part == of =>
            {
                Some((reading, unit.as_ref()))
            }
            _ => None,
        })
    }

    /// The logs of a part.
    pub fn logs(
        &self,
        of: Hop,
    ) -> impl Iterator<Item = (&'a Reading, &'a LogSource, &'a LogAnswer)> {
        self.all().filter_map(move |(reading, question, answer)| match (question, answer) {
            (HostQuestion::Log { source, part }, HostAnswer::Log(log)) if *part == of => {
                Some((reading, source, log))
            }
            _ => None,
        })
    }

    /// The journal of a unit.
    #[must_use]
    pub fn journal(&self, of: &str) -> Option<(&'a Reading, &'a LogAnswer)> {
        self.all().find_map(|(reading, question, answer)| match (question, answer) {
            (
                HostQuestion::Log { source: LogSource::Journal { unit }, .. },
                HostAnswer::Log(log),
            ) if unit == of => Some((reading, log)),
            _ => None,
        })
    }

    /// What the logs of a part tell, each with its reading, log by log, the eldest first.
    pub fn events(&self, of: Hop) -> impl Iterator<Item = (&'a Reading, &'a Kept)> {
        self.logs(of)
            .filter_map(|(reading, _, log)| Some((reading, log.read()?)))
            .flat_map(|(reading, seen)| seen.events.iter().map(move |kept| (reading, kept)))
    }

    /// Whether an event fell into this sitting, so that it may be about its very requests. Logs have
    /// whole seconds.
    #[must_use]
    pub fn is_of_now(&self, kept: &Kept) -> bool {
        kept.at.is_some_and(|at| {
            at.as_second() >= self.begun.as_second() && !is_of_the_future(at, self.ended)
        })
    }
}

fn by_account(
    account: &Account<'_>,
    place: &Place,
    told: &[(&Reading, &HostQuestion, &HostAnswer)],
) -> Option<ReadingId> {
    if let Some(tunnel) = account.tunnel() {
        let serves = |answer: &HostAnswer| match answer {
            HostAnswer::Connector(one) => one.tunnel_id() == Some(tunnel.id),
            _ => false,
        };
        return told.iter().any(|(_, _, answer)| serves(answer)).then_some(tunnel.record.0);
    }
    let (id, dialled) = account.dialled()?;
    dialled.iter().all(|address| place.addresses.contains(address)).then_some(id)
}

/// Whether a line is dated later than when it was read: its clock, or its time zone, is another one,
/// and nobody knows when it was written.
pub(super) fn is_of_the_future(at: Timestamp, read: Timestamp) -> bool {
    at.as_second().saturating_sub(read.as_second()) > SLOW_TO_READ
}

/// Logs are read within so many seconds.
const SLOW_TO_READ: i64 = 5;

impl<'a> Scene<'a> {
    /// Whether this machine only looks like the origin: it is set up for the site, but nobody said
    /// that the edge asks it, and no visit was seen to arrive. It may be a copy for tests.
    #[must_use]
    pub fn is_unsure_of_origin(&self) -> bool {
        self.target.origins_assumed && !self.host.as_ref().is_some_and(OnHost::is_sure)
    }

    /// The upstreams on this machine that requests for the site are handed to by the web server.
    #[must_use]
    pub fn proxy_upstreams(&self) -> Vec<UpstreamSeen<'a>> {
        self.host.as_ref().map(|host| host.upstreams(Hop::Proxy)).unwrap_or_default()
    }
}
