//! Logs of this machine: the last while of each, whatever its size.
//!
//! A file is read backwards from the end that it had when the look began, in blocks, until lines are
//! older than those asked for, or until a limit of bytes or time is reached, and then the answer
//! says that it is not whole. Where the file does not reach back far enough, those that were rotated
//! away from it are read. Journals are asked of `journalctl`, the kernel's log of whoever tells it.
//! Nothing is mapped into memory, since a file that shrinks would end the program.

pub(crate) mod file;
pub(crate) mod journal;
mod kernel;
mod rotated;
#[cfg(test)]
mod tests;
mod unpack;
mod wanted;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rayfix_core::evidence::host::{LogAnswer, LogSource};
use rayfix_core::logs::recent::{By, Look, Recent, Whose};
use rayfix_core::logs::{Clock, LINE};
use tokio::time::Instant;

pub(crate) use self::journal::{Journal, Told};
pub(crate) use self::wanted::{Wanted, wanted};
use super::Host;
use crate::clock;

/// How far back a log is read, in minutes.
pub(crate) const WINDOW: i64 = 30;

/// How long one file may take. It is the wall's time, so that many giants beside each other take no
/// longer than one.
const FILE_TIME: Duration = Duration::from_millis(400);

/// How many bytes of one log are read.
const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// How long the journal may take to tell of one unit.
const JOURNAL_TIME: Duration = Duration::from_millis(1500);

/// How many lines of a unit's journal are read.
const JOURNAL_LINES: u32 = 4_000;

/// The same for a unit that does not run, of which the last run is read.
const LAST_RUN_LINES: u32 = 1_000;

/// Where syslog writes, where there is no journal.
const SYSLOGS: [&str; 3] = ["/var/log/syslog", "/var/log/messages", "/var/log/daemon.log"];

/// What all logs of one look have in common.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) clock: Clock,
    pub(crate) from: Timestamp,
    /// What the visits of this sitting bear.
    pub(crate) mark: String,
    /// What this machine runs in, where that is a container.
    pub(crate) container: Option<String>,
    pub(crate) ends: Instant,
}

impl Frame {
    /// The last half hour of this machine.
    pub(crate) fn of(host: &Host, mark: &str, ends: Instant) -> Frame {
        let now = clock::now();
        let from = now.as_second().saturating_sub(WINDOW * 60);
        Frame {
            clock: Clock { zone: zone(), now, boot: host.place.booted },
            from: Timestamp::from_second(from).unwrap_or(now),
            mark: mark.to_owned(),
            container: host.place.container.clone(),
            ends,
        }
    }

    fn look(&self, by: By) -> Look {
        Look { clock: self.clock.clone(), from: self.from, mark: self.mark.clone(), by, only: None }
    }

    fn by(&self, limit: Duration) -> Instant {
        (clock::instant() + limit).min(self.ends)
    }
}

/// The zone of this machine's programs; UTC where it does not say.
pub(crate) fn zone() -> TimeZone {
    // The largest file of the time zone database has some 4 KiB.
    let told = file::head("/etc/localtime", 64 * 1024);
    told.and_then(|bytes| TimeZone::tzif("local", &bytes).ok()).unwrap_or(TimeZone::UTC)
}

/// Whether there is a file at all where a log was guessed to be.
pub(crate) fn is_there(wanted: &Wanted) -> bool {
    match &wanted.source {
        LogSource::File { path } => std::fs::exists(path).unwrap_or(false),
        LogSource::Journal { .. } | LogSource::Kernel => true,
    }
}

/// Reads a log.
pub(crate) async fn read(frame: Frame, wanted: Wanted) -> LogAnswer {
    match &wanted.source {
        LogSource::File { path } => {
            let look = frame.look(wanted.by.clone());
            files(&frame, PathBuf::from(path), look).await
        }
        LogSource::Journal { unit } => unit_journal(&frame, unit, &wanted).await,
        LogSource::Kernel => kernel::read(&frame).await,
    }
}

async fn files(frame: &Frame, path: PathBuf, look: Look) -> LogAnswer {
    let limits = file::Limits { bytes: FILE_BYTES, until: frame.by(FILE_TIME) };
    let read = tokio::task::spawn_blocking(move || file::read(&path, look, limits));
    read.await.unwrap_or_else(|_| LogAnswer::Unreadable { why: "reading it failed".to_owned() })
}

/// A unit's part of the journal. Of one that does not run all since its last start is read, however
/// long ago that was: why it ended stands there.
async fn unit_journal(frame: &Frame, unit: &str, wanted: &Wanted) -> LogAnswer {
    if !is_unit(unit) {
        return LogAnswer::Unreadable { why: "it has no name that a unit can have".to_owned() };
    }
    let from = wanted.since.map_or(frame.from, |since| since.min(frame.from));
    let lines = if from < frame.from { LAST_RUN_LINES } else { JOURNAL_LINES };
    let mut recent = Recent::backward(Look { from, ..frame.look(By::Journal) });
    let asked = Journal::since(from).unit(unit).newest(lines);
    let told = asked.tell(frame.by(JOURNAL_TIME), |line| recent.line(line)).await;
    match told {
        Told::All { lines: read } => LogAnswer::Read(Box::new(recent.end(read < u64::from(lines)))),
        Told::Cut => LogAnswer::Read(Box::new(recent.end(false))),
        Told::Forbidden => LogAnswer::Forbidden,
        Told::Absent => syslog(frame, unit, wanted).await,
        Told::Failed { why } => LogAnswer::Unreadable { why },
    }
}

/// The lines of a unit's programs in the log of all programs.
async fn syslog(frame: &Frame, unit: &str, wanted: &Wanted) -> LogAnswer {
    let stem = unit.rsplit_once('.').map_or(unit, |(stem, _)| stem);
    let mut programs = wanted.programs.clone();
    programs.push(stem.to_owned());
    let whose = Whose { programs, unit: unit.to_owned() };
    for path in SYSLOGS {
        let look = Look { only: Some(whose.clone()), ..frame.look(By::Looks) };
        match files(frame, PathBuf::from(path), look).await {
            LogAnswer::Missing => {}
            answer => return answer,
        }
    }
    LogAnswer::Missing
}

/// Whether systemd would take it as the name of a unit: systemd.unit(5). Patterns are none.
pub(crate) fn is_unit(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b":-_.\\@".contains(&b))
}

/// Lines out of blocks that come in order; of a long line the beginning.
#[derive(Debug, Default)]
struct Lines {
    held: Vec<u8>,
}

impl Lines {
    /// Takes a block, and calls `line` with each line that is whole; answers whether to go on.
    fn feed(&mut self, block: &[u8], mut line: impl FnMut(&[u8]) -> bool) -> bool {
        let mut pieces = block.split(|byte| *byte == b'\n');
        let Some(mut piece) = pieces.next() else { return true };
        for next in pieces {
            self.hold(piece);
            let go_on = line(&self.held);
            self.held.clear();
            if !go_on {
                return false;
            }
            piece = next;
        }
        self.hold(piece);
        true
    }

    fn hold(&mut self, piece: &[u8]) {
        let room = LINE - self.held.len().min(LINE);
        self.held.extend_from_slice(&piece[..piece.len().min(room)]);
    }
}
