//! A broken upstream behind the web server: when it explains what visitors get.
//!
//! The causes `proxy-upstream-*` ask the same: does a probe that asks as the web server asks meet
//! the fault; does the web server itself answer as it would over such a fault; does its error log of
//! this very sitting tell of it, for this site and this upstream? The answer is given here once.
//!
//! An upstream that fails only for our question, one of a group whose others serve, one that
//! another site of the same web server uses, an upstream behind a door that may not be the edge's:
//! none of them makes anybody certain. Where the web server serves the site to us, a probe that fails
//! is contradicted, and only a log line about this very site and path counts.

use super::blame::weigh;
use super::proxy::{DoorUsed, Handed, Member};
use crate::causes::{Confidence, Need, Verdict};
use crate::evidence::host::{Kept, ProxyKind, UpstreamAnswer};
use crate::evidence::{HttpAnswer, Reading, ReadingId};
use crate::hop::Hop;
use crate::logs::{Class, Role, Upstream};
use crate::proxy::nginx::{Pass, PeerAddress, Peers};
use crate::scene::Scene;
use crate::scene::suspect::{Sign, deduped};
use crate::scene::visits::EdgeState;

/// What a judge looks for behind the web server.
pub struct Fault<'f> {
    /// Whether an upstream was found to have it.
    pub shown: &'f dyn Fn(&Member<'_>) -> Option<Shown>,
    /// Whether an answer of an upstream rules it out.
    pub clean: &'f dyn Fn(&Member<'_>) -> bool,
    /// What the web server answers over it.
    pub fits: fn(ProxyKind, &HttpAnswer) -> bool,
    /// What its error log says of it.
    pub classes: &'f [Class],
}

/// How far a probe can be believed alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// The web server may be met otherwise than we are, even where it fails as well: only its own
    /// log makes this certain.
    Perhaps,
    /// We meet it; the web server is likely to.
    ToUs,
    /// Whoever asks meets it.
    Outright,
}

/// What the doors answer.
enum Told {
    /// As a web server does over this fault.
    Fits(Vec<ReadingId>),
    /// The site.
    Serves,
    /// Something else.
    Another,
    /// Nothing was answered, or nothing asked.
    Nothing,
}

/// What nginx (and, with 503 for 502, Apache and HAProxy) answers over an upstream that gives no
/// reply, unless it has waited for one. An own error page may change the status.
#[must_use]
pub fn answers_at_once(_: ProxyKind, answer: &HttpAnswer) -> bool {
    matches!(answer, HttpAnswer::Replied(reply) if reply.status >= 500 && reply.status != 504)
}

/// What is answered over an upstream that was waited for: 504 of nginx and HAProxy, 502 or 503 of
/// Apache; or we did not wait as long as the web server does.
#[must_use]
pub fn answers_late(kind: ProxyKind, answer: &HttpAnswer) -> bool {
    match answer {
        HttpAnswer::Silent { .. } => true,
        HttpAnswer::Replied(reply) if kind == ProxyKind::Apache => reply.status >= 500,
        HttpAnswer::Replied(reply) => reply.status == 504,
        _ => false,
    }
}

/// The causes that a broken upstream explains.
pub const EXPLAINS: [&str; 2] = ["http-origin-answers-5xx", "http-reply-too-late"];

/// Judges a fault of the upstreams.
#[must_use]
pub fn broken(scene: &Scene<'_>, fault: &Fault<'_>) -> Verdict {
    let Some((_, proxy)) = scene.front() else { return weigh(scene, None, &[]) };
    let handed = scene.handed();
    let doors = scene.doors_used();
    let told = told(proxy.kind, &doors, fault);
    let logged =
        last_logged(scene, &handed).filter(|(_, kept)| fault.classes.contains(&kept.event.class));
    let idle = |member: &Member<'_>| {
        let answers = |other: &Member<'_>| {
            !other.is_spare && other.seen.is_some_and(|seen| gives_a_reply(seen.answer))
        };
        member.is_spare && members(&handed).any(answers)
    };
    let failing: Vec<(&Member<'_>, Shown)> = members(&handed)
        .filter(|member| !idle(member))
        .filter_map(|member| Some((member, (fault.shown)(member)?)))
        .collect();
    let Some((first, _)) = failing.first() else {
        return match logged.filter(|_| !another_fault(&handed)) {
            Some((reading, kept)) => by_log(scene, &told, reading, kept),
            None => without_sign(scene, fault, &handed),
        };
    };
    let every_door = handed.iter().all(|door| {
        let fails = |member: &Member<'_>| (fault.shown)(member).is_some();
        !door.members.is_empty() && door.members.iter().all(fails)
    });
    let sure = handed.iter().all(|door| door.is_sure);
    let surest = failing.iter().map(|(_, shown)| *shown).max().unwrap_or(Shown::Perhaps);
    let certain = match &told {
        Told::Serves => false,
        Told::Fits(_) => surest >= Shown::ToUs,
        Told::Another => false,
        Told::Nothing => surest == Shown::Outright,
    };
    // A dead member is rescued by the others, unless the web server answers as if not.
    let unrescued = match &told {
        Told::Fits(_) => true,
        Told::Nothing => is_of_an_origin(scene),
        Told::Serves | Told::Another => false,
    };
    let rescued = !every_door && !unrescued;
    let contradicted =
        matches!(told, Told::Serves) && !logged.is_some_and(|(_, kept)| is_this_path(scene, kept));
    // What was asked of the upstream alone and takes long need not be what visitors wait for.
    let alone = surest < Shown::Outright
        && matches!(told, Told::Another | Told::Nothing)
        && !is_of_an_origin(scene);
    if (rescued || contradicted || alone) && scene.visits.state() != EdgeState::Works {
        return Verdict::needs([Need::LongerLook]);
    }
    let mut because: Vec<ReadingId> =
        failing.iter().filter_map(|(member, _)| member.seen.map(|seen| seen.reading.id)).collect();
    if let Told::Fits(ids) = &told {
        because.extend(ids);
    }
    because.extend(logged.map(|(reading, _)| reading.id));
    let sign = Sign::new(deduped(because), controls(scene, &doors, &handed));
    let log_counts = match &told {
        Told::Serves => false,
        Told::Fits(_) => true,
        Told::Another | Told::Nothing => is_of_an_origin(scene),
    };
    let certain =
        (certain || (logged.is_some() && log_counts)) && every_door && (sure || logged.is_some());
    let sign = if certain { sign } else { sign.at_most(Confidence::Likely) };
    let verdict = weigh(scene, Some(sign), &[]).explaining(&EXPLAINS);
    let verdict = verdict.with("proxy", proxy.kind.word()).with("upstream", first.to.to_string());
    let verdict = match first.pass {
        Some(pass) => verdict.with("passed_at", pass.at.to_string()),
        None => verdict,
    };
    let verdict = match members(&handed).count() {
        all @ 2.. => verdict.with("failing", failing.len()).with("members", all),
        _ => verdict,
    };
    match logged {
        Some((_, kept)) => verdict.with("log", kept.event.text.clone()),
        None => verdict,
    }
}

fn members<'h, 'a>(handed: &'h [Handed<'a>]) -> impl Iterator<Item = &'h Member<'a>> {
    let mut had: Vec<&PeerAddress> = Vec::new();
    handed.iter().flat_map(|door| &door.members).filter(move |member| {
        let new = !had.contains(&member.to);
        had.push(member.to);
        new
    })
}

fn told(kind: ProxyKind, doors: &[DoorUsed<'_, '_>], fault: &Fault<'_>) -> Told {
    let answers: Vec<_> = doors.iter().filter_map(DoorUsed::http).collect();
    let fits: Vec<ReadingId> = answers
        .iter()
        .filter(|(_, answer)| (fault.fits)(kind, answer))
        .map(|(reading, _)| reading.id)
        .collect();
    match () {
        () if !fits.is_empty() => Told::Fits(fits),
        () if answers.is_empty() => Told::Nothing,
        () if doors.iter().all(DoorUsed::serves) => Told::Serves,
        () => Told::Another,
    }
}

/// Whether visitors get what an origin answers for an app that does not.
fn is_of_an_origin(scene: &Scene<'_>) -> bool {
    matches!(scene.symptom.status, Some(500 | 502..=504 | 524) | None)
        && scene.symptom.error_code.is_none()
}

/// The newest line of this sitting that tells why the web server got nothing from an upstream of the
/// site.
fn last_logged<'a>(scene: &Scene<'a>, handed: &[Handed<'_>]) -> Option<(&'a Reading, &'a Kept)> {
    let host = scene.host.as_ref()?;
    let tells = |(_, kept): &(&Reading, &Kept)| {
        let event = &kept.event;
        host.is_of_now(kept)
            && event.role == Role::Cause
            && UPSTREAM.contains(&event.class)
            && event.host.as_ref().is_none_or(|name| is_the_site(scene, name))
            && event.upstream.as_ref().is_none_or(|whom| is_handed(whom, handed))
    };
    host.events(Hop::Proxy).filter(tells).max_by_key(|(_, kept)| kept.at)
}

/// The classes of lines about upstreams.
pub const UPSTREAM: [Class; 11] = [
    Class::UpstreamSocketMissing,
    Class::UpstreamSocketForbidden,
    Class::UpstreamQueueFull,
    Class::UpstreamRefused,
    Class::UpstreamUnreachable,
    Class::UpstreamUnresolvable,
    Class::UpstreamTlsFailed,
    Class::UpstreamHeaderTooLarge,
    Class::UpstreamMalformed,
    Class::UpstreamTimeout,
    Class::UpstreamClosedEarly,
];

fn is_the_site(scene: &Scene<'_>, name: &str) -> bool {
    let bare = name.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    bare.map_or(name, |(bare, _)| bare).eq_ignore_ascii_case(&scene.target.site.host)
}

fn is_handed(whom: &Upstream, handed: &[Handed<'_>]) -> bool {
    let mut all = members(handed).peekable();
    all.peek().is_none() || all.any(|member| is_at(whom, member.to, member.pass))
}

/// Whether what a line names may be this address, as this directive leads to it.
#[must_use]
pub fn is_at(whom: &Upstream, to: &PeerAddress, pass: Option<&Pass>) -> bool {
    let group = pass.and_then(|pass| match &pass.peers {
        Peers::Group(group) => Some(group.name.as_str()),
        _ => None,
    });
    match (whom, to) {
        (Upstream::Unix(path), PeerAddress::Unix(to)) => {
            let bare = |path: &str| path.replacen("/var/run/", "/run/", 1);
            bare(path) == bare(to)
        }
        (Upstream::Tcp(name), PeerAddress::Ip(to)) => *name == to.to_string(),
        // The log has the address that the name led to.
        (Upstream::Tcp(name), PeerAddress::Name { port, .. }) => {
            name.rsplit_once(':').is_some_and(|(_, of)| of == port.to_string())
        }
        (Upstream::Name(name), PeerAddress::Name { host, .. }) => {
            name == host || group == Some(name.as_str())
        }
        (Upstream::Name(name), _) => group == Some(name.as_str()),
        _ => false,
    }
}

/// Whether a line names the very page that was visited.
#[must_use]
pub fn is_this_path(scene: &Scene<'_>, kept: &Kept) -> bool {
    let bare = |path: &str| path.split(['?', '#']).next().unwrap_or_default().to_owned();
    let event = &kept.event;
    event.host.as_ref().is_some_and(|name| is_the_site(scene, name))
        && event.path.as_ref().is_some_and(|path| bare(path) == bare(&scene.target.site.path))
}

/// Whether an upstream was found to fail in some way: then a line about another way is of another
/// request.
fn another_fault(handed: &[Handed<'_>]) -> bool {
    members(handed).any(|member| member.seen.is_some_and(|seen| !gives_a_reply(seen.answer)))
}

/// Whether an upstream gave a reply, or was not asked for one.
#[must_use]
pub fn gives_a_reply(answer: &UpstreamAnswer) -> bool {
    match answer {
        UpstreamAnswer::Accepted => true,
        UpstreamAnswer::Http { http } => matches!(http.as_ref(), HttpAnswer::Replied(_)),
        _ => false,
    }
}

/// A log alone.
fn by_log(scene: &Scene<'_>, told: &Told, reading: &Reading, kept: &Kept) -> Verdict {
    let mut because = vec![reading.id];
    let counts = match told {
        Told::Fits(ids) => {
            because.extend(ids);
            true
        }
        Told::Serves => is_this_path(scene, kept) && is_of_an_origin(scene),
        Told::Nothing | Told::Another => is_of_an_origin(scene),
    };
    let controls = controls(scene, &scene.doors_used(), &[]);
    let sign = Sign::new(because, controls).at_most(Confidence::Likely);
    let verdict = weigh(scene, counts.then_some(sign), &[]).explaining(&EXPLAINS);
    let verdict = verdict.with("log", kept.event.text.clone());
    match &kept.event.upstream {
        Some(whom) => verdict.with("upstream", whom.to_string()),
        None => verdict,
    }
}

/// That the web server is there, or that others of the group reply.
fn controls(
    scene: &Scene<'_>,
    doors: &[DoorUsed<'_, '_>],
    handed: &[Handed<'_>],
) -> Vec<ReadingId> {
    let mut ids: Vec<ReadingId> = doors.iter().flat_map(DoorUsed::reached).collect();
    let replies = members(handed).filter_map(|member| member.seen);
    ids.extend(replies.filter(|seen| gives_a_reply(seen.answer)).map(|seen| seen.reading.id));
    if ids.is_empty()
        && let Some(host) = &scene.host
        && scene.front().is_some_and(|(_, proxy)| proxy.running.is_some())
    {
        let taken = doors.iter().filter_map(|door| host.takers(&door.to()));
        ids.extend(taken.filter(|(_, all)| !all.is_empty()).map(|(reading, _)| reading.id).take(1));
    }
    deduped(ids)
}

/// The verdict where nothing was seen of the fault.
fn without_sign(scene: &Scene<'_>, fault: &Fault<'_>, handed: &[Handed<'_>]) -> Verdict {
    let all: Vec<&Member<'_>> = members(handed).collect();
    let ruled_out = !all.is_empty() && all.iter().all(|member| (fault.clean)(member));
    if ruled_out {
        let ids: Vec<ReadingId> =
            all.iter().filter_map(|member| Some(member.seen?.reading.id)).collect();
        return weigh(scene, None, &ids);
    }
    if another_fault(handed) && scene.visits.state() != EdgeState::Works {
        return Verdict::needs([Need::Mend(Hop::Proxy)]);
    }
    weigh(scene, None, &[])
}
