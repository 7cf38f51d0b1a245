//! What judges of the app share: for each upstream that does not work a charge, or none; the gravest
//! becomes the verdict.
//!
//! The control of every charge is the one in front, which runs on the same machine: the machine, its
//! network and the way to it are in order, and only the app is not.

use serde_json::{Map, Value};

use super::OnHost;
use super::app::{App, Came};
use super::blame::weigh;
use super::proxy::Handed;
use crate::causes::{Confidence, Verdict};
use crate::evidence::{HostAnswer, ReadingId};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::suspect::Sign;

/// What a cause says against an app.
#[derive(Debug)]
pub struct Charge {
    /// Readings beside those of the upstream, its address and its unit.
    pub because: Vec<ReadingId>,
    /// The most that it allows.
    pub at_most: Confidence,
    /// Particulars beside the upstream and the unit.
    pub detail: Map<String, Value>,
}

impl Charge {
    /// A charge that allows this much.
    #[must_use]
    pub fn new(at_most: Confidence) -> Charge {
        Charge { because: Vec::new(), at_most, detail: Map::new() }
    }

    /// The same, resting on these readings as well.
    #[must_use]
    pub fn because(mut self, ids: impl IntoIterator<Item = ReadingId>) -> Charge {
        self.because.extend(ids);
        self
    }

    /// The same with one more particular, where there is one.
    #[must_use]
    pub fn with(mut self, key: &str, value: Option<impl Into<Value>>) -> Charge {
        if let Some(value) = value {
            self.detail.insert(key.to_owned(), value.into());
        }
        self
    }
}

/// What an app whose unit is down explains, should it be blamed as well.
pub const ABSENT: &[&str] = &[
    "proxy-upstream-refused",
    "proxy-upstream-socket-missing",
    "tunnel-service-refused",
    "http-origin-answers-5xx",
];

/// What an app that breaks off, or does not answer in time, explains.
pub const UNRELIABLE: &[&str] = &[
    "proxy-upstream-closed-early",
    "proxy-upstream-timeout",
    "tunnel-service-timeout",
    "http-origin-answers-5xx",
    "http-reply-too-late",
    "http-reply-empty",
];

/// Judges: `charge` says what is held against an app, `acquits` whether an app shows that the cause
/// is none of its own.
#[must_use]
pub fn accuse<'a>(
    scene: &Scene<'a>,
    charge: &dyn Fn(&OnHost<'a>, &App<'a>) -> Option<Charge>,
    acquits: &dyn Fn(&OnHost<'a>, &App<'a>) -> bool,
) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let apps = host.apps();
    let mut gravest: Option<(&App<'a>, Charge)> = None;
    for app in apps.iter().filter(|app| app.upstream.reading.seen().is_some()) {
        let Some(mut charge) = charge(host, app) else { continue };
        let Some(most) = in_the_way(scene, app) else { continue };
        charge.at_most = charge.at_most.min(app.at_most).min(most);
        if gravest.as_ref().is_none_or(|(_, graver)| charge.at_most > graver.at_most) {
            gravest = Some((app, charge));
        }
    }
    let innocent = !apps.is_empty() && apps.iter().all(|app| acquits(host, app));
    let clean: Vec<ReadingId> = if innocent {
        apps.iter().map(|app| app.upstream.reading.id).collect()
    } else {
        Vec::new()
    };
    let Some((app, charge)) = gravest else { return weigh(scene, None, &clean) };
    let mut because = app.because();
    because.extend(charge.because.iter().copied());
    let sign = Sign::new(because, control(host, app)).at_most(charge.at_most);
    let mut verdict =
        weigh(scene, Some(sign), &clean).with("upstream", app.upstream.asked.to.to_string());
    if let Some(unit) = &app.unit {
        verdict = verdict.with("unit", unit.seen.name.as_str());
    }
    for (key, value) in charge.detail {
        verdict = verdict.with(&key, value);
    }
    verdict
}

/// How far an app is in the way of what comes in by the doors that visitors come by; `None`: it is
/// not. One behind another door, one that is marked as down, is asked by nobody.
fn in_the_way(scene: &Scene<'_>, app: &App<'_>) -> Option<Confidence> {
    if app.upstream.asked.by == Hop::Tunnel {
        return Some(Confidence::Certain);
    }
    let handed = scene.handed();
    let leads =
        |door: &&Handed<'_>| door.members.iter().any(|one| *one.to == app.upstream.asked.to);
    match handed.iter().filter(leads).count() {
        // Where requests go is told by nothing.
        _ if handed.iter().all(|door| door.members.is_empty()) => Some(Confidence::Certain),
        0 if handed.iter().all(|door| door.is_sure) => None,
        0 => Some(Confidence::Possible),
        all if all == handed.len() => Some(Confidence::Certain),
        _ => Some(Confidence::Likely),
    }
}

/// Whether an app answered below 500, or at least somebody listens where it is asked.
#[must_use]
pub fn is_there(app: &App<'_>) -> bool {
    matches!(app.came, Came::Works | Came::Fails(_))
}

/// The one in front, at work on the same machine; else another app that works.
fn control<'a>(host: &OnHost<'a>, app: &App<'a>) -> Vec<ReadingId> {
    let front = match app.upstream.asked.by {
        Hop::Tunnel => host.all().find_map(|(reading, _, answer)| match answer {
            HostAnswer::Connector(connector) if connector.running.is_some() => Some(reading.id),
            _ => None,
        }),
        _ => host.front().filter(|(_, proxy)| proxy.running.is_some()).map(|(at, _)| at.id),
    };
    let other = || {
        let mut all = host.all_upstreams();
        all.find(|seen| seen.answer.works()).map(|seen| seen.reading.id)
    };
    front.or_else(other).into_iter().collect()
}
