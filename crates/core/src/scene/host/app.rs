//! The app behind an upstream: whether anybody answers there, and the unit that should.
//!
//! An upstream on this machine that does not work is laid out with the unit that the surest claim
//! names, its journal and how far the tie holds. A claim that names the address itself leaves
//! nothing open; the likeness of names does. How the unit came down is told by [`fate`](super::fate).

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};

use super::{OnHost, UpstreamSeen, is_of_the_future};
use crate::causes::Confidence;
use crate::evidence::host::{
    Claim, HostQuestion, Kept, ListensAt, LogSeen, LogSource, Named, Owner, ProxyKind, UnitSeen,
    UpstreamAnswer,
};
use crate::evidence::{HttpAnswer, Reading, ReadingId, ReplyFault, TcpAnswer};
use crate::hop::Hop;
use crate::logs::Class;
use crate::proxy::nginx::{PeerAddress, Peers};

/// An upstream on this machine, and what should answer there.
#[derive(Debug)]
pub struct App<'a> {
    /// How it was asked and answered.
    pub upstream: UpstreamSeen<'a>,
    /// What came of it.
    pub came: Came,
    /// Who has to do with its address.
    pub owner: Option<(&'a Reading, &'a Owner)>,
    /// The unit that answers there, or should.
    pub unit: Option<AppUnit<'a>>,
    /// The most that a fault of it explains: whether the site's requests come here, and whether
    /// others answer in its place.
    pub at_most: Confidence,
}

/// What came of asking an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// A reply below 500.
    Works,
    /// Nobody listens: refused, or no socket.
    Absent,
    /// No answer before our deadline.
    Late,
    /// The connection ended within the answer, or before it.
    Cut,
    /// A reply of 500 and above.
    Fails(u16),
    /// Something else: it may not be asked, it speaks otherwise.
    Other,
}

/// A unit that runs an app, or should.
#[derive(Debug)]
pub struct AppUnit<'a> {
    /// The reading of it.
    pub reading: &'a Reading,
    /// How it is.
    pub seen: &'a UnitSeen,
    /// What ties it to the address; `None`: a program of it listens there.
    pub claim: Option<&'a Claim>,
    /// The most that the tie allows.
    pub at_most: Confidence,
    /// Its journal and the files that it logs to, where they could be read.
    pub logs: Vec<(&'a Reading, &'a LogSeen)>,
}

/// A line of a unit's log.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The reading of the log.
    pub id: ReadingId,
    /// What it says, and when.
    pub kept: &'a Kept,
}

impl<'a> OnHost<'a> {
    /// Every upstream on this machine that the site's requests are handed to, and its app. Web
    /// servers and connectors are no apps.
    #[must_use]
    pub fn apps(&self) -> Vec<App<'a>> {
        let here = self.all_upstreams().filter(|seen| self.is_here(&seen.asked.to));
        here.filter_map(|upstream| self.app(upstream)).collect()
    }

    /// Every upstream that was asked, whoever asks it in life.
    pub fn all_upstreams(&self) -> impl Iterator<Item = UpstreamSeen<'a>> {
        [Hop::Proxy, Hop::Tunnel].into_iter().flat_map(|by| self.upstreams(by))
    }

    fn app(&self, upstream: UpstreamSeen<'a>) -> Option<App<'a>> {
        let owner = self.owner(&upstream.asked.to);
        let listening = owner.and_then(|(_, owner)| owner.listening.as_ref());
        if listening.is_some_and(|program| {
            self.is_in_front(program.unit.as_deref().unwrap_or(&program.name))
        }) {
            return None;
        }
        let came = Came::of(upstream.answer);
        let of_listener = listening
            .and_then(|program| program.unit.as_deref())
            .and_then(|unit| self.app_unit(unit, None, Confidence::Certain));
        let unit = of_listener.or_else(|| self.claimed(owner?.1));
        let claims_front = owner.is_some_and(|(_, owner)| {
            owner.claims.first().is_some_and(|claim| self.is_in_front(&claim.unit))
        });
        if unit.is_none() && claims_front {
            return None;
        }
        let at_most = self.leads_here(&upstream, came);
        Some(App { upstream, came, owner, unit, at_most })
    }

    /// Whether an address is one of this machine's.
    fn is_here(&self, to: &PeerAddress) -> bool {
        match to {
            PeerAddress::Unix(_) => true,
            PeerAddress::Ip(address) => {
                let ip = address.ip().to_canonical();
                ip.is_loopback() || ip.is_unspecified() || self.place.addresses.contains(&ip)
            }
            PeerAddress::Name { host, .. } => host == "localhost" || *host == self.place.name,
        }
    }

    /// Whether a unit or a program stands in front of the app.
    pub(super) fn is_in_front(&self, name: &str) -> bool {
        let bare = name.strip_suffix(".service").unwrap_or(name);
        let known = [
            "nginx",
            "openresty",
            "apache2",
            "httpd",
            "haproxy",
            "caddy",
            "varnish",
            "varnishd",
            "traefik",
            "envoy",
            "squid",
            "hitch",
        ];
        known.contains(&bare)
            || bare.starts_with("cloudflared")
            || self.proxies().any(|(_, proxy)| proxy.unit.as_deref() == Some(name))
    }

    fn app_unit(
        &self,
        name: &str,
        claim: Option<&'a Claim>,
        at_most: Confidence,
    ) -> Option<AppUnit<'a>> {
        // What carries containers, or starts everything, is nobody's app.
        let carriers = ["docker.service", "containerd.service", "podman.service", "init.scope"];
        if carriers.contains(&name) || self.is_in_front(name) {
            return None;
        }
        let (reading, seen) = self.units(Hop::App).find(|(reading, _)| {
            matches!(reading.host(), Some((HostQuestion::Unit { name: asked, .. }, _)) if asked == name)
        })?;
        let logs = self.logs(Hop::App).filter(|(_, source, _)| is_log_of(source, seen));
        let logs = logs.filter_map(|(at, _, log)| Some((at, log.read()?))).collect();
        Some(AppUnit { reading, seen, claim, at_most, logs })
    }

    /// The unit of the surest claims: of several the one that is missed most. Where that leaves more
    /// than one, the one that changed last, which may be the wrong one.
    fn claimed(&self, owner: &'a Owner) -> Option<AppUnit<'a>> {
        let tie = |claim: &Claim| {
            if is_named(claim) {
                Confidence::Certain
            } else if claim.by == Named::Likeness {
                Confidence::Possible
            } else {
                Confidence::Likely
            }
        };
        let surest = owner.claims.iter().map(tie).max()?;
        let claims = owner.claims.iter().filter(|claim| tie(claim) == surest);
        let mut units: Vec<AppUnit<'a>> = Vec::new();
        for claim in claims {
            for name in self.started_by(&claim.unit) {
                let known = |unit: &AppUnit<'_>| unit.seen.name == name;
                if !units.iter().any(known) {
                    units.extend(self.app_unit(&name, Some(claim), surest));
                }
            }
        }
        let place = |unit: &AppUnit<'_>| {
            let listens = unit.claim.is_some_and(|claim| !claim.listens.is_empty());
            (nearness(unit.seen, listens), unit.claim.map(|claim| Reverse(claim.by)))
        };
        let first = units.iter().map(place).max()?;
        units.retain(|unit| place(unit) == first);
        let alone = units.len() == 1;
        let mut unit = units.into_iter().max_by_key(|unit| unit.seen.since)?;
        // A failure stands out: who is like the address and has failed is hardly there by chance.
        if surest == Confidence::Possible && unit.seen.active == "failed" {
            unit.at_most = Confidence::Likely;
        }
        if !alone || is_history(unit.reading, unit.seen) {
            unit.at_most = unit.at_most.min(Confidence::Likely);
        }
        Some(unit)
    }

    /// The services that a socket unit starts; of any other unit, itself.
    fn started_by(&self, unit: &str) -> Vec<String> {
        let Some(bare) = unit.strip_suffix(".socket") else { return vec![unit.to_owned()] };
        let triggered = |(_, seen): &(&Reading, &UnitSeen)| {
            seen.triggered_by.iter().any(|by| by == unit) || seen.name == format!("{bare}.service")
        };
        self.units(Hop::App).filter(triggered).map(|(_, seen)| seen.name.clone()).collect()
    }

    /// How sure it is that a fault of this upstream reaches the site.
    fn leads_here(&self, upstream: &UpstreamSeen<'a>, came: Came) -> Confidence {
        if upstream.asked.by == Hop::Tunnel {
            return Confidence::Certain;
        }
        let to = &upstream.asked.to;
        let works = |address: &PeerAddress| {
            address != to
                && self
                    .upstreams(Hop::Proxy)
                    .iter()
                    .any(|seen| seen.asked.to == *address && seen.answer.works())
        };
        let Some((_, front)) = self.front() else { return Confidence::Likely };
        let passes = front
            .doors
            .iter()
            .filter_map(|door| door.served.as_ref())
            .flat_map(|served| served.passes().map(|(_, pass)| (served.is_certain(), pass)));
        let mut known = false;
        let mut surest = None;
        for (certain, pass) in passes {
            known = true;
            let addresses = pass.peers.addresses();
            if !addresses.contains(&to) {
                continue;
            }
            let grouped = matches!(pass.peers, Peers::Group(_));
            // Another one of the group is asked when nobody listens at this one.
            let rescued = grouped && came == Came::Absent && addresses.iter().any(|one| works(one));
            let sure = match (rescued, certain) {
                (true, _) => Confidence::Possible,
                (false, true) => Confidence::Certain,
                (false, false) => Confidence::Likely,
            };
            surest = surest.max(Some(sure));
        }
        match surest {
            Some(sure) => sure,
            // The site's routes are known, and this is none of them.
            None if known => Confidence::Possible,
            None if front.upstreams.iter().any(works) => Confidence::Possible,
            None if front.kind == ProxyKind::Nginx && front.upstreams.len() <= 1 => {
                Confidence::Certain
            }
            None => Confidence::Likely,
        }
    }
}

impl Came {
    fn of(answer: &UpstreamAnswer) -> Came {
        match answer {
            _ if answer.works() => Came::Works,
            UpstreamAnswer::SocketMissing { .. }
            | UpstreamAnswer::NoSocket { .. }
            | UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, .. } => Came::Absent,
            UpstreamAnswer::Unconnected { tcp: TcpAnswer::Silent { .. }, .. } => Came::Late,
            UpstreamAnswer::Http { http } => match http.as_ref() {
                HttpAnswer::Replied(reply) if reply.status >= 500 => Came::Fails(reply.status),
                HttpAnswer::Replied(reply) => {
                    let cut = |fault: &ReplyFault| {
                        matches!(
                            fault,
                            ReplyFault::ShortBody { .. }
                                | ReplyFault::ChunksCut { .. }
                                | ReplyFault::BodyReset { .. }
                        )
                    };
                    if reply.faults.iter().any(cut) { Came::Cut } else { Came::Other }
                }
                HttpAnswer::Empty { .. } | HttpAnswer::CutInHead { .. } => Came::Cut,
                HttpAnswer::Silent { .. } => Came::Late,
                _ => Came::Other,
            },
            _ => Came::Other,
        }
    }
}

impl<'a> App<'a> {
    /// Whether nobody listens at its address, as far as was seen.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.came == Came::Absent && !self.owner.is_some_and(|(_, owner)| owner.is_listened)
    }

    /// Where programs of its unit listen, of which none is where it is asked.
    #[must_use]
    pub fn listens_elsewhere(&self) -> &'a [ListensAt] {
        let listens = self
            .unit
            .as_ref()
            .and_then(|unit| unit.claim)
            .map_or(&[][..], |claim| claim.listens.as_slice());
        let here = listens.iter().any(|at| at.takes(&self.upstream.asked.to));
        if here { &[] } else { listens }
    }

    /// The readings of the upstream, of its address and of its unit.
    #[must_use]
    pub fn because(&self) -> Vec<ReadingId> {
        let mut ids = vec![self.upstream.reading.id];
        ids.extend(self.owner.map(|(reading, _)| reading.id));
        ids.extend(self.unit.as_ref().map(|unit| unit.reading.id));
        ids
    }
}

impl<'a> AppUnit<'a> {
    /// What its logs say from a moment on, the newest first.
    #[must_use]
    pub fn said(&self, from: Option<Timestamp>) -> Vec<Said<'a>> {
        let Some(from) = from.map(Timestamp::as_second) else { return Vec::new() };
        let lines = self.logs.iter().flat_map(|(reading, log)| {
            let fits =
                move |at: Timestamp| at.as_second() >= from && !is_of_the_future(at, reading.at);
            let events = log.events.iter().rev().filter(move |kept| kept.at.is_some_and(fits));
            events.map(|kept| Said { id: reading.id, kept })
        });
        let mut lines: Vec<Said<'a>> = lines.collect();
        lines.sort_by_key(|said| Reverse(said.kept.at));
        lines
    }

    /// The newest line of these classes in this sitting.
    #[must_use]
    pub fn says_now(&self, host: &OnHost<'_>, classes: &[Class]) -> Option<Said<'a>> {
        let mut said = self.said(Some(host.begun)).into_iter();
        said.find(|said| classes.contains(&said.class()))
    }
}

impl<'a> Said<'a> {
    /// What it means.
    #[must_use]
    pub fn class(&self) -> Class {
        self.kept.event.class
    }

    /// Its own words.
    #[must_use]
    pub fn text(&self) -> &'a str {
        &self.kept.event.text
    }
}

/// Whether a log is that of a unit: its journal, or a file that its command line names or that bears
/// its name (`/var/log/php8.2-fpm.log`).
fn is_log_of(source: &LogSource, unit: &UnitSeen) -> bool {
    match source {
        LogSource::Journal { unit: of } => *of == unit.name,
        LogSource::File { path } => {
            let file = path.rsplit('/').next().unwrap_or_default();
            let bare = unit.name.strip_suffix(".service").unwrap_or(&unit.name);
            let named = unit.command.as_ref().is_some_and(|command| command.contains(path));
            named || file.strip_suffix(".log").is_some_and(|file| file == bare)
        }
        LogSource::Kernel => false,
    }
}

/// Whether a claim names the address as its own, not as that of somebody whom it asks.
fn is_named(claim: &Claim) -> bool {
    if !claim.by.is_sure() {
        return false;
    }
    let words = claim.words.to_ascii_lowercase();
    let own = ["bind", "listen", "urls", "serve"].iter().any(|word| words.contains(word));
    own || !(words.contains("http://") || words.contains("https://"))
}

/// Of several units that name an address where nobody listens, how near each is to be the one that
/// is missed: what has failed, or listens elsewhere; what should run and does not; what runs without
/// listening at all, such as a worker with the same settings; what nobody means to run.
fn nearness(unit: &UnitSeen, listens: bool) -> u8 {
    let enabled = unit.enabled.as_deref().unwrap_or_default();
    match unit.active.as_str() {
        "active" | "reloading" if listens => 4,
        "active" | "reloading" => 2,
        "inactive" if enabled.starts_with("enabled") || enabled == "generated" => 3,
        "inactive" if matches!(enabled, "disabled" | "masked" | "masked-runtime") => 0,
        "inactive" => 1,
        _ => 4,
    }
}

/// A unit that nobody means to run and that has been down for longer may have been replaced by
/// something else since.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Whether a unit came down so long ago that what fails now may be another one.
fn is_history(reading: &Reading, unit: &UnitSeen) -> bool {
    let enabled = unit.enabled.as_deref().is_some_and(|one| one.starts_with("enabled"));
    let fresh = if enabled { DAY * 7 } else { DAY };
    let down = matches!(unit.active.as_str(), "inactive" | "failed");
    down && match unit.since {
        Some(since) => reading.at.duration_since(since) > fresh,
        None => !enabled,
    }
}
