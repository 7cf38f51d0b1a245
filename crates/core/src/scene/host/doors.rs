//! Who is at the doors that the edge comes in by: nobody, somebody who takes only this machine, or
//! somebody whose queue is full.

use super::OnHost;
use super::proxy::{DoorUsed, Way};
use crate::causes::Confidence;
use crate::evidence::host::{
    Listener, ListensAt, Program, ProxySeen, Rehearsal, UnitSeen, UpstreamAnswer,
};
use crate::evidence::{HttpAnswer, ReadingId, TcpAnswer};
use crate::proxy::nginx::PeerAddress;
use crate::scene::Scene;
use crate::scene::suspect::{Sign, deduped};

/// A web server for the site that does not run.
#[derive(Debug)]
pub struct Stopped<'a> {
    /// Its files.
    pub proxy: &'a ProxySeen,
    /// Its unit, where systemd knows it.
    pub unit: Option<&'a UnitSeen>,
    /// What shows it.
    pub sign: Sign,
    /// Who has one of its ports instead.
    pub taken_by: Option<&'a Program>,
}

/// The web server that should be at the doors and does not run, where nobody is there or another
/// program took its place.
///
/// A web server that is installed and has nothing to do with the site is none, nor one whose place
/// another took for good: then it is the other one that answers for the site.
#[must_use]
pub fn stopped<'a>(scene: &Scene<'a>) -> Option<Stopped<'a>> {
    let host = scene.host.as_ref()?;
    let (files, proxy) = host.front()?;
    let unit = proxy.unit.as_deref().and_then(|name| host.unit(name));
    let fell = unit.is_some_and(|(_, unit)| unit.active == "failed" || unit.is_looping());
    if proxy.running.is_some() || unit.is_some_and(|(_, unit)| unit.is_active()) {
        return None;
    }
    if !proxy.names_site && proxy.is_whole && !fell {
        return None;
    }
    let doors = scene.doors_used();
    let on_ports: Vec<(ReadingId, Vec<&Listener>)> = doors
        .iter()
        .filter_map(|door| host.on_port(door.port))
        .map(|(reading, sockets)| (reading.id, sockets))
        .collect();
    let listeners = on_ports.first().map(|(id, _)| *id);
    let somebody: Vec<&Listener> = on_ports.into_iter().flat_map(|(_, all)| all).collect();
    let shown = unit.map_or(files.id, |(reading, _)| reading.id);
    let mut because = vec![shown];
    because.extend(listeners);
    let refused: Vec<ReadingId> = doors.iter().filter_map(DoorUsed::refused).collect();
    let every_door_refuses = !doors.is_empty() && refused.len() == doors.len();
    because.extend(&refused);
    let sign = Sign::new(deduped(because), controls(scene, shown, files.id, proxy));
    if !somebody.is_empty() {
        // Somebody listens: it counts only where another program holds what a failed unit needs.
        let taker = somebody.iter().find_map(|one| one.program.as_ref())?;
        let answers = doors.iter().any(DoorUsed::serves);
        if !fell || answers || host.proxies().any(|(_, other)| OnHost::is_of(taker, other)) {
            return None;
        }
        let contained = taker.container.is_some() || taker.name.starts_with("docker-proxy");
        let at_most = if contained { Confidence::Possible } else { Confidence::Likely };
        let (unit, sign) = (unit.map(|(_, unit)| unit), sign.at_most(at_most));
        return Some(Stopped { proxy, unit, sign, taken_by: Some(taker) });
    }
    // What was asked of another machine, or goes through a packet filter's translation, is no door
    // of ours.
    if doors.iter().any(|door| door.http().is_some() || !door.reached().is_empty()) {
        return None;
    }
    let sure = listeners.is_some() && every_door_refuses;
    let sign = if sure { sign } else { sign.at_most(Confidence::Likely) };
    Some(Stopped { proxy, unit: unit.map(|(_, unit)| unit), sign, taken_by: None })
}

/// What came out the other way: its files would load, they have the site, the edge answers for
/// itself.
fn controls(
    scene: &Scene<'_>,
    shown: ReadingId,
    files: ReadingId,
    proxy: &ProxySeen,
) -> Vec<ReadingId> {
    let host = scene.host.as_ref();
    let rehearsed = host.and_then(|host| host.rehearsal(proxy.kind));
    let passes = rehearsed.filter(|(_, one)| matches!(one, Rehearsal::Passes { .. }));
    let named = (shown != files && proxy.names_site).then_some(files);
    passes.map(|(reading, _)| reading.id).into_iter().chain(named).chain(scene.trace()).collect()
}

/// Where the port is listened on, though no used road gets there.
#[derive(Debug)]
pub struct Aside<'a> {
    /// The listeners.
    pub at: Vec<&'a ListensAt>,
    /// The port.
    pub port: u16,
    /// What shows it.
    pub sign: Sign,
}

/// The listeners of a port that the edge needs, where all of them are on the loopback, or on
/// addresses other than the origin's, and the origin's own address refuses. Behind a tunnel the
/// loopback is all that is needed.
#[must_use]
pub fn aside<'a>(scene: &Scene<'a>) -> Option<Aside<'a>> {
    let host = scene.host.as_ref()?;
    // Where the site's web server is down, whoever else listens is not it.
    if stopped(scene).is_some() {
        return None;
    }
    let others = |one: &&Listener| {
        let (Some(program), Some((_, proxy))) = (&one.program, host.front()) else { return false };
        proxy.running.is_some() && !OnHost::is_of(program, proxy)
    };
    let doors = scene.doors_used();
    let mut found: Option<Aside<'a>> = None;
    let mut elsewhere = 0;
    for door in &doors {
        let Way::Road(road) = door.way else { return None };
        let (reading, sockets) = host.on_port(door.port)?;
        let at: Vec<&'a ListensAt> = sockets.iter().map(|one| &one.at).collect();
        let refused = door.refused();
        let local = at.iter().all(|at| at.is_local());
        let own = host.place.addresses.contains(&road.road.to.ip());
        let bound = at.iter().all(|at| is_bound(at)) && (local || own);
        let taken = at.iter().any(|at| at.takes(&PeerAddress::Ip(road.road.to)));
        let (Some(refused), true, false, false) = (refused, bound, taken, at.is_empty()) else {
            continue;
        };
        elsewhere += 1;
        match &mut found {
            Some(found) => found.sign.because.push(refused),
            None => {
                let sign = Sign::new([refused], [reading.id]);
                let sure = own && !sockets.iter().any(others);
                let sign = if sure { sign } else { sign.at_most(Confidence::Likely) };
                found = Some(Aside { at, port: door.port, sign });
            }
        }
    }
    let mut found = found?;
    if elsewhere < doors.len() {
        found.sign.at_most = found.sign.at_most.min(Confidence::Likely);
    }
    Some(found)
}

/// Whether it is bound to one address.
fn is_bound(at: &ListensAt) -> bool {
    matches!(at, ListensAt::Tcp { address, .. } if !address.ip().to_canonical().is_unspecified())
}

/// Whether nothing more fits into a listener's queue.
#[must_use]
pub fn is_full(one: &Listener) -> bool {
    one.queue > 0 && one.waiting >= one.queue
}

/// A queue of connections that is full.
#[derive(Debug)]
pub struct Queue<'a> {
    /// Whose: the web server's door, or the app behind it.
    pub of_app: bool,
    /// The listener.
    pub listener: &'a Listener,
    /// What shows it; the controls are the judge's.
    pub because: Vec<ReadingId>,
    /// Whether somebody was left waiting at it.
    pub kept_waiting: bool,
}

/// The full queues in the way of the site's requests, that of the app first.
#[must_use]
pub fn full_queues<'a>(scene: &Scene<'a>) -> Vec<Queue<'a>> {
    let Some(host) = &scene.host else { return Vec::new() };
    let mut all = Vec::new();
    for door in scene.handed() {
        for member in &door.members {
            let Some((reading, takers)) = host.takers(member.to) else { continue };
            let unanswered = member.seen.filter(|seen| is_kept_waiting(seen.answer));
            for listener in takers.into_iter().filter(|one| is_full(one)) {
                let because = [reading.id].into_iter().chain(unanswered.map(|s| s.reading.id));
                all.push(Queue {
                    of_app: true,
                    listener,
                    because: because.collect(),
                    kept_waiting: unanswered.is_some(),
                });
            }
        }
    }
    for door in scene.doors_used() {
        let Some((reading, takers)) = host.takers(&door.to()) else { continue };
        let silent = door.silent();
        for listener in takers.into_iter().filter(|one| is_full(one)) {
            let because = [reading.id].into_iter().chain(silent).collect();
            all.push(Queue { of_app: false, listener, because, kept_waiting: silent.is_some() });
        }
    }
    all
}

/// Whether an upstream left us without an answer, or the kernel said that its queue is full.
fn is_kept_waiting(answer: &UpstreamAnswer) -> bool {
    match answer {
        UpstreamAnswer::Unconnected { tcp, .. } => {
            matches!(tcp, TcpAnswer::Silent { .. } | TcpAnswer::Failed { errno: AGAIN })
        }
        UpstreamAnswer::Http { http } => matches!(http.as_ref(), HttpAnswer::Silent { .. }),
        _ => false,
    }
}

/// `EAGAIN`: a Unix socket whose queue is full.
pub const AGAIN: i32 = 11;
