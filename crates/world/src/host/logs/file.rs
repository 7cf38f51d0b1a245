//! A log in a file, from its end; and then those that were rotated away from it.
//!
//! Only regular files are opened, and never such that opening could wait: a pipe in the place of a
//! log would hang its reader, and take lines away from another. What a file gains while it is read
//! is not looked at; one that loses its beginning or is emptied meanwhile is not whole.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use jiff::Timestamp;
use rayfix_core::evidence::host::LogAnswer;
use rayfix_core::logs::recent::Look;
use rayfix_core::logs::{Backward, Recent};
use rustix::fs::{Mode, OFlags};
use tokio::time::Instant;

use super::rotated::{self, Pack};
use super::unpack;
use crate::clock;

/// The first block, and the largest.
const BLOCK: u64 = 64 * 1024;
const BLOCK_MOST: u64 = 1024 * 1024;

/// After how many lines the time is looked at.
const EACH: u32 = 256;

/// When a look ends before it has seen enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) bytes: u64,
    pub(super) until: Instant,
}

/// A look at a file and its elder ones.
#[derive(Debug)]
pub(super) struct Looking {
    pub(super) recent: Recent,
    pub(super) limits: Limits,
    /// Whether a limit, or a file that changed, left something out.
    pub(super) is_cut: bool,
    lines: u32,
}

/// Reads a log; what it does not hold of the time asked for is looked for in rotated ones.
pub(super) fn read(path: &Path, look: Look, limits: Limits) -> LogAnswer {
    let (file, about) = match open(path) {
        Ok(opened) => opened,
        Err(error) => return refusal(&error),
    };
    let from = look.from;
    let mut looking = Looking::new(look, limits);
    // What was not written to since then holds nothing of it, nor does what is elder.
    if is_since(&about, from) {
        looking.back(&file, about.len());
        looking.elder(path, &about, from);
    }
    let all = !looking.is_cut;
    LogAnswer::Read(Box::new(looking.recent.end(all)))
}

impl Looking {
    pub(super) fn new(look: Look, limits: Limits) -> Looking {
        Looking { recent: Recent::backward(look), limits, is_cut: false, lines: 0 }
    }

    /// Whether more is wanted and there is time for it.
    pub(super) fn goes_on(&mut self) -> bool {
        if self.recent.is_done() || self.is_cut {
            return false;
        }
        if self.limits.bytes == 0 || clock::instant() >= self.limits.until {
            self.is_cut = true;
        }
        !self.is_cut
    }

    /// Takes a line, and looks at the time now and then.
    pub(super) fn line(&mut self, line: &[u8]) -> bool {
        self.lines = self.lines.wrapping_add(1);
        if self.lines.is_multiple_of(EACH) && clock::instant() >= self.limits.until {
            self.is_cut = true;
            return false;
        }
        self.recent.line(line)
    }

    /// Reads a file from `end` backwards.
    pub(super) fn back(&mut self, file: &File, end: u64) {
        let mut backward = Backward::new();
        let mut block = Vec::new();
        let (mut at, mut size) = (end, BLOCK);
        while at > 0 {
            if !self.goes_on() {
                return;
            }
            let take = size.min(at).min(self.limits.bytes);
            block.resize(usize::try_from(take).unwrap_or(0), 0);
            at -= take;
            self.limits.bytes -= take;
            if file.read_exact_at(&mut block, at).is_err() {
                // It has shrunk.
                self.is_cut = true;
                return;
            }
            if !backward.feed(&block, |line| self.line(line)) {
                return;
            }
            size = (size * 2).min(BLOCK_MOST);
        }
        backward.finish(|line| self.line(line));
        if file.metadata().is_ok_and(|now| now.len() < end) {
            self.is_cut = true;
        }
    }

    /// Goes on in the files that were rotated away, the youngest first.
    fn elder(&mut self, path: &Path, of: &Metadata, from: Timestamp) {
        if !self.goes_on() {
            return;
        }
        let elder = rotated::of(path, of);
        for one in elder.files.into_iter().filter(|one| is_since(&one.about, from)) {
            if !self.goes_on() {
                return;
            }
            match (one.pack, open(&one.path)) {
                (Pack::Plain, Ok((file, about))) => self.back(&file, about.len()),
                (Pack::Gzip, Ok((file, _))) => unpack::read(self, file),
                // What cannot be unpacked or opened is missing from the whole.
                (Pack::Other, _) | (_, Err(_)) => self.is_cut = true,
            }
        }
        if elder.are_more && !self.recent.is_done() {
            self.is_cut = true;
        }
    }
}

/// Opens a regular file for reading, without waiting for anything.
///
/// # Errors
/// When it cannot be; `InvalidInput` where it is no regular file.
pub(crate) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let no_file = || io::Error::from(ErrorKind::InvalidInput);
    // Opening a pipe would wake whoever writes to it; so it is looked at before.
    if !fs::metadata(path)?.is_file() {
        return Err(no_file());
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let about = file.metadata()?;
    if about.is_file() { Ok((file, about)) } else { Err(no_file()) }
}

/// The beginning of a small file; `None` where it cannot be read.
pub(crate) fn head(path: impl AsRef<Path>, most: u64) -> Option<Vec<u8>> {
    let (file, _) = open(path.as_ref()).ok()?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// When a file was written to last.
pub(crate) fn written(about: &Metadata) -> Option<Timestamp> {
    about.modified().ok().and_then(|at| Timestamp::try_from(at).ok())
}

fn is_since(about: &Metadata, from: Timestamp) -> bool {
    written(about).is_none_or(|at| at >= from)
}

fn refusal(error: &io::Error) -> LogAnswer {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => LogAnswer::Missing,
        ErrorKind::PermissionDenied => LogAnswer::Forbidden,
        ErrorKind::InvalidInput => {
            LogAnswer::Unreadable { why: "it is no regular file".to_owned() }
        }
        _ => LogAnswer::Unreadable { why: error.to_string() },
    }
}
