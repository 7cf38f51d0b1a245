//! How the unit of an app came down, or whether it did: each unit has one fate.
//!
//! One place tells them apart, so that no two causes are blamed for one end. systemd's state shows
//! that a unit is down and how its process ended; its journal since its last start tells why. Older
//! lines count for nothing. A boot that failed is told from a crash by the line that says so, by
//! systemd's own exit statuses, and, as no more than likely, by how long the process ran.

use jiff::{SignedDuration, Timestamp};

use super::OnHost;
use super::app::{AppUnit, Said};
use crate::causes::Confidence;
use crate::evidence::ReadingId;
use crate::evidence::host::{Ending, HostAnswer, Kept, ListensAt, UnitSeen};
use crate::hop::Hop;
use crate::logs::{Class, Role};

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It runs.
    Runs,
    /// It is being started, for the first time.
    Starts,
    /// It ended without being killed, after it had started, and is not started again.
    Stopped(Stop),
    /// A signal ended it, or want of memory did.
    Killed(Kill),
    /// It ended while it was starting.
    BootFailed(Confidence),
    /// It is started again and again, and dies after it had started.
    Loops,
    /// systemd says something that is none of these.
    Unclear,
}

/// Why a unit is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Somebody, or another unit, had it stopped.
    Ordered,
    /// The same, and then systemd would not start it again: it had been started too often in a short while.
    Refused,
    /// It ended by itself; the exit status where that was an error.
    ByItself(Option<i32>),
    /// A signal that asks to end ended it, and systemd had not sent it.
    Asked(i32),
    /// It was not started since the machine was, and nothing says that it should be.
    SinceBoot(Timestamp),
    /// It is masked.
    Masked,
    /// Its journal does not tell.
    Untold,
}

/// What ended a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kill {
    /// The signal, where it is known.
    pub signal: Option<i32>,
    /// Whose memory ran out, where it did.
    pub memory: Option<Short>,
    /// Whether systemd did it, since the unit's watchdog was not fed.
    pub watchdog: bool,
}

/// Whose memory was short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    /// The unit has a limit of its own, and reached it.
    Unit,
    /// The whole machine had none left.
    Machine,
    /// Memory ran out, and it is not told whose.
    Untold,
}

/// A fate, and what shows it.
#[derive(Debug, Clone)]
pub struct Told {
    /// Which.
    pub fate: Fate,
    /// Readings beside that of the unit.
    pub because: Vec<ReadingId>,
    /// The line that says why, in the program's own words.
    pub says: Option<String>,
}

/// Until then after its start a process counts as starting, where nothing else tells.
const BRIEF: SignedDuration = SignedDuration::from_secs(5);
/// Lines of a unit that is started again and again are of its last rounds if they are as young.
const ROUND: SignedDuration = SignedDuration::from_secs(60);

/// What became of a unit.
#[must_use]
pub fn of(host: &OnHost<'_>, unit: &AppUnit<'_>) -> Told {
    let seen = unit.seen;
    let bare = |fate| Told { fate, because: Vec::new(), says: None };
    if seen.load == "masked" && !seen.is_active() {
        return bare(Fate::Stopped(Stop::Masked));
    }
    match (seen.active.as_str(), seen.sub.as_str()) {
        ("active" | "reloading", _) if is_between_rounds(unit) => failing(host, unit),
        ("active" | "reloading", _) => bare(Fate::Runs),
        ("activating", "auto-restart" | "auto-restart-queued") => failing(host, unit),
        ("activating", _) if seen.restarts > 0 => failing(host, unit),
        ("activating", _) => bare(Fate::Starts),
        ("failed", _) => failing(host, unit),
        ("inactive" | "deactivating", _) => stopped(host, unit),
        _ => bare(Fate::Unclear),
    }
}

/// Whether a unit that runs was restarted by systemd a moment ago: it was only caught between two
/// ends.
fn is_between_rounds(unit: &AppUnit<'_>) -> bool {
    let young = |at: Timestamp| unit.reading.at.duration_since(at) <= ROUND;
    unit.seen.restarts >= 2 && unit.seen.started.is_some_and(young)
}

/// From when on lines are about the end in question: since the last start, and of a process that ran
/// for long, its last minute. A command that prepares the main one may fail long after its last
/// start.
fn last_round(unit: &AppUnit<'_>) -> Option<Timestamp> {
    let seen = unit.seen;
    let is_down = seen.active == "failed" || seen.sub.starts_with("auto-restart");
    let end = match ended_at(seen).max(seen.since) {
        Some(end) if is_down && seen.started.is_none_or(|start| start <= end) => end,
        _ => unit.reading.at,
    };
    let recent = end.checked_sub(ROUND).ok()?;
    let started = seen.started.filter(|start| is_down && *start <= end);
    Some(started.map_or(recent, |start| start.max(recent)))
}

fn ended_at(seen: &UnitSeen) -> Option<Timestamp> {
    match seen.ended? {
        Ending::Exited { at, .. } | Ending::Killed { at, .. } => at,
    }
}

/// How long its process ran.
fn ran(seen: &UnitSeen) -> Option<SignedDuration> {
    let span = ended_at(seen)?.duration_since(seen.started?);
    // The end of another process than the one that was started.
    (!span.is_negative()).then_some(span)
}

fn failing(host: &OnHost<'_>, unit: &AppUnit<'_>) -> Told {
    let seen = unit.seen;
    let told = |fate, line: Option<&Said<'_>>| Told {
        fate,
        because: line.map(|said| said.id).into_iter().collect(),
        says: line.map(|said| said.text().to_owned()),
    };
    if let Some(kill) = killed(host, unit) {
        return kill;
    }
    let lines = unit.said(last_round(unit));
    let status = match seen.ended {
        Some(Ending::Exited { status, .. }) => Some(status),
        _ => None,
    };
    let brief = ran(seen).is_none_or(|span| span < BRIEF);
    let line = |wanted: &dyn Fn(&Said<'_>) -> bool| lines.iter().find(|said| wanted(said));
    let boot = line(&|said| is_boot(said) && said.kept.event.role == Role::Cause);
    let stumbled = line(&|said| {
        matches!(said.class(), Class::AppException | Class::DiskFull | Class::FilesExhausted)
    });
    // systemd's own statuses: it could not even run the program (systemd.exec(5)).
    if status.is_some_and(|status| (200..=243).contains(&status)) {
        let leads = ["Failed at step", "Unable to locate", "Failed to locate"];
        let why = line(&|said| leads.iter().any(|lead| said.text().contains(lead)));
        return told(Fate::BootFailed(Confidence::Certain), why);
    }
    if let Some(line) = boot {
        // Its address was another's then; where that one left since, it may be what is missed.
        let freed = line.class() == Class::AppAddressInUse && is_freed(host, unit, line.text());
        let sure = if freed { Confidence::Likely } else { Confidence::Certain };
        return told(Fate::BootFailed(sure), boot);
    }
    if brief && stumbled.is_some() {
        return told(Fate::BootFailed(Confidence::Certain), stumbled);
    }
    // systemd's word that the start itself failed, other than that it will not try any more.
    let refused = |said: &Said<'_>| said.text().contains("repeated too quickly");
    let started = line(&|said| said.text().starts_with("Failed to start "));
    let timed_out = line(&|said| said.text().starts_with("start operation timed out"));
    if timed_out.is_some() {
        return told(Fate::BootFailed(Confidence::Certain), timed_out);
    }
    if started.is_some() && line(&refused).is_none() && seen.restarts == 0 {
        let ends = ["process exited", "Failed with result"];
        let why = || line(&|said| ends.iter().any(|end| said.text().contains(end)));
        return told(Fate::BootFailed(Confidence::Certain), stumbled.or_else(why));
    }
    // It could not be prepared: a file with its environment is missing, or nothing could be forked.
    if seen.result == "resources" {
        return told(Fate::BootFailed(Confidence::Certain), None);
    }
    // gunicorn ends with 3 also when an app that ran says so, and then nobody tells why.
    let hinted = line(&is_boot);
    if brief && (hinted.is_some() || seen.result == "exit-code") {
        return told(Fate::BootFailed(Confidence::Likely), hinted);
    }
    // systemd counts starts that somebody asked for as well; one that was stopped each time does not die.
    if seen.result == "start-limit-hit" && seen.restarts == 0 {
        let told = stopped(host, unit);
        if told.fate == Fate::Stopped(Stop::Ordered) {
            return Told { fate: Fate::Stopped(Stop::Refused), ..told };
        }
    }
    if seen.restarts > 0 || seen.is_looping() {
        return told(Fate::Loops, stumbled.or(hinted));
    }
    match seen.result.as_str() {
        // Starting took too long, or stopping did; its journal tells which.
        "timeout" if lines.is_empty() => told(Fate::BootFailed(Confidence::Likely), None),
        "timeout" => told(Fate::Stopped(Stop::Ordered), None),
        _ => told(Fate::Stopped(Stop::ByItself(status.filter(|one| *one != 0))), stumbled),
    }
}

/// Whether nobody listens any more at the address that a line names as taken, as far as the sockets
/// of this machine could be listed.
fn is_freed(host: &OnHost<'_>, unit: &AppUnit<'_>, text: &str) -> bool {
    let Some((_, listeners)) = host.listeners().filter(|_| unit.claim.is_some()) else {
        return false;
    };
    let numbers = text.split(|one: char| !one.is_ascii_digit());
    let ports: Vec<u16> = numbers.filter_map(|one| one.parse().ok()).collect();
    let taken = |at: &ListensAt| match at {
        ListensAt::Unix { path } => text.contains(path.as_str()),
        ListensAt::Tcp { address, .. } => ports.contains(&address.port()),
    };
    !listeners.sockets.is_empty() && !listeners.sockets.iter().any(|one| taken(&one.at))
}

fn is_boot(said: &Said<'_>) -> bool {
    matches!(said.class(), Class::AppBootFailed | Class::AppAddressInUse)
}

/// The end by a signal, as systemd has it: `SIGTERM` and its like are ordinary ends to it.
fn killed(host: &OnHost<'_>, unit: &AppUnit<'_>) -> Option<Told> {
    let seen = unit.seen;
    if !matches!(seen.result.as_str(), "signal" | "core-dump" | "oom-kill" | "watchdog") {
        return None;
    }
    let signal = match seen.ended {
        Some(Ending::Killed { signal, .. }) => Some(signal),
        _ => None,
    };
    let from = ended_at(seen).or(seen.since).and_then(|at| at.checked_sub(ROUND).ok());
    let memory = memory(host, unit, from);
    let short = match &memory {
        Some((short, ..)) => Some(*short),
        None if seen.result == "oom-kill" => Some(of_limit(seen)),
        None => None,
    };
    // An app that brings itself down, over and over, is no victim.
    let by_itself = !matches!(signal, Some(9) | None) && short.is_none() && seen.restarts >= 2;
    if by_itself && seen.result != "watchdog" {
        return None;
    }
    let kill = Kill { signal, memory: short, watchdog: seen.result == "watchdog" };
    let (because, says) = match memory {
        Some((_, id, says)) => (vec![id], Some(says)),
        None => (Vec::new(), None),
    };
    Some(Told { fate: Fate::Killed(kill), because, says })
}

fn of_limit(seen: &UnitSeen) -> Short {
    if seen.memory_max.is_some() { Short::Unit } else { Short::Untold }
}

/// What the kernel, or systemd, says of memory and this unit since then.
pub(crate) fn memory(
    host: &OnHost<'_>,
    unit: &AppUnit<'_>,
    from: Option<Timestamp>,
) -> Option<(Short, ReadingId, String)> {
    let from = from?.as_second();
    let seen = unit.seen;
    let of_then = |kept: &Kept| {
        kept.event.class == Class::AppOutOfMemory
            && kept.at.is_some_and(|at| at.as_second() >= from)
    };
    let own = unit.logs.iter().flat_map(|(reading, log)| {
        log.events.iter().filter(|kept| of_then(kept)).map(move |kept| (reading.id, kept))
    });
    // The kernel names the control group in one line, and the process in the next.
    let kernel: Vec<(ReadingId, &Kept)> = host
        .events(Hop::Host)
        .filter(|(_, kept)| of_then(kept))
        .map(|(reading, kept)| (reading.id, kept))
        .collect();
    let pids: Vec<u32> = kernel
        .iter()
        .filter(|(_, kept)| kept.event.unit.as_deref() == Some(seen.name.as_str()))
        .filter_map(|(_, kept)| kept.event.pid)
        .collect();
    let about = |kept: &Kept| {
        kept.event.unit.as_deref() == Some(seen.name.as_str())
            || kept.event.pid.is_some_and(|pid| pids.contains(&pid))
    };
    let named: Vec<_> = kernel.into_iter().filter(|(_, kept)| about(kept)).chain(own).collect();
    let killed = named.iter().find(|(_, kept)| kept.event.text.contains("Killed process"));
    let (id, kept) = killed.or(named.first())?;
    let says = |word: &str| named.iter().any(|(_, kept)| kept.event.text.contains(word));
    let short = if says("Memory cgroup") || says("CONSTRAINT_MEMCG") {
        Short::Unit
    } else if says("Out of memory:") || says("CONSTRAINT_NONE") {
        Short::Machine
    } else {
        of_limit(seen)
    };
    Some((short, *id, kept.event.text.clone()))
}

fn stopped(host: &OnHost<'_>, unit: &AppUnit<'_>) -> Told {
    let seen = unit.seen;
    let from = seen.started.or_else(|| seen.since.and_then(|at| at.checked_sub(ROUND).ok()));
    let mut lines = unit.said(from);
    lines.retain(|said| said.class() == Class::Stopped);
    let ordered = lines.iter().find(|said| said.text().starts_with("Stopp"));
    let ended = lines.iter().find(|said| said.text().contains("Deactivated successfully"));
    let changed = host.all().find_map(|(reading, _, answer)| {
        let HostAnswer::Changes(changes) = answer else { return None };
        let ours = changes.all.iter().rev().find(|change| {
            change.kind == "unit"
                && change.text.split_whitespace().any(|word| word == seen.name)
                && from.is_none_or(|from| change.at.as_second() >= from.as_second())
        })?;
        Some((reading.id, ours))
    });
    let never = seen.started.is_none() && seen.ended.is_none();
    let booted = host.place.booted.filter(|_| never && seen.enabled.as_deref() == Some("disabled"));
    let (stop, line) = match (booted, ordered, ended, &seen.ended) {
        (Some(at), ..) => (Stop::SinceBoot(at), None),
        (None, Some(line), ..) => (Stop::Ordered, Some(line)),
        _ if seen.active == "deactivating" => (Stop::Ordered, None),
        (None, None, Some(line), Some(Ending::Killed { signal, .. })) => {
            (Stop::Asked(*signal), Some(line))
        }
        (None, None, Some(line), _) => (Stop::ByItself(None), Some(line)),
        _ => (Stop::Untold, None),
    };
    let line = line.map(|said| said.id);
    let because = line.into_iter().chain(changed.as_ref().map(|(id, _)| *id)).collect();
    Told { fate: Fate::Stopped(stop), because, says: None }
}
