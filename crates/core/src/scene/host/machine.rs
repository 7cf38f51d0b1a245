//! The machine under the site: its disks, memory, files and tables, as judges ask for them.
//!
//! What counts as full is decided here once. Everything on a machine writes a little all the time,
//! so a disk is as good as full a little before its last byte.

use super::OnHost;
use crate::evidence::host::{Conntrack, Disk, Files, Kept, Memory};
use crate::evidence::{HostAnswer, HostQuestion, Reading};
use crate::hop::Hop;
use crate::logs::{Class, Role};

/// Room on a disk, and whose need it is.
#[derive(Debug, Clone, Copy)]
pub struct DiskSeen<'a> {
    /// The reading.
    pub reading: &'a Reading,
    /// The folder that was asked about.
    pub path: &'a str,
    /// What of the site's is there.
    pub used_for: &'a str,
    /// The parts of the way that fail without room there.
    pub parts: &'a [Hop],
    /// The room.
    pub disk: &'a Disk,
}

/// What a disk lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Room.
    Room,
    /// Files that it could hold.
    Inodes,
}

impl DiskSeen<'_> {
    /// What it lacks for programs that are root's, or are not.
    #[must_use]
    pub fn lacks(&self, root: bool) -> Option<Lack> {
        lack(self.disk, root)
    }
}

/// What a disk lacks for programs that are root's, or are not: file systems keep some room for root.
#[must_use]
pub fn lack(disk: &Disk, root: bool) -> Option<Lack> {
    let free = if root { disk.free_for_root } else { disk.free };
    // A disk of no size at all is none.
    if disk.bytes > 0 && free <= (disk.bytes / 100).min(1 << 20) {
        return Some(Lack::Room);
    }
    (disk.inodes > 0 && disk.inodes_free <= (disk.inodes / 100).min(10)).then_some(Lack::Inodes)
}

/// Open files of a program.
#[derive(Debug, Clone, Copy)]
pub struct FilesSeen<'a> {
    /// The reading.
    pub reading: &'a Reading,
    /// The unit or name.
    pub program: &'a str,
    /// The part that it plays; of all programs together: host.
    pub part: Hop,
    /// How many.
    pub files: &'a Files,
}

impl FilesSeen<'_> {
    /// Whether it can open no more, but for a few that come and go.
    #[must_use]
    pub fn are_exhausted(&self) -> bool {
        let spare = (self.files.limit / 100).clamp(2, 8);
        self.files.limit > 0 && self.files.open.saturating_add(spare) >= self.files.limit
    }
}

/// How logs tell of a lack: by what the line means, or in the words at the end of a traceback whose
/// head means something else (a worker that did not start, say).
#[derive(Debug)]
pub struct Lacking {
    class: Class,
    words: &'static [&'static str],
}

/// Of room on a disk.
pub const OF_ROOM: Lacking = Lacking {
    class: Class::DiskFull,
    words: &["No space left on device", "no space left on device", "ENOSPC", "[Errno 28]"],
};

/// Of files that a program may open.
pub const OF_FILES: Lacking = Lacking {
    class: Class::FilesExhausted,
    words: &["Too many open files", "too many open files", "EMFILE", "ENFILE", "[Errno 24]"],
};

impl Lacking {
    /// Whether a line tells of it.
    #[must_use]
    pub fn is_told_by(&self, kept: &Kept) -> bool {
        let text = &kept.event.text;
        kept.event.class == self.class || self.words.iter().any(|words| text.contains(words))
    }
}

impl<'a> OnHost<'a> {
    /// The disks.
    pub fn disks(&self) -> impl Iterator<Item = DiskSeen<'a>> {
        self.all().filter_map(|(reading, question, answer)| match (question, answer) {
            (HostQuestion::Disk { path, used_for, parts }, HostAnswer::Disk(disk)) => {
                Some(DiskSeen { reading, path, used_for, parts, disk })
            }
            _ => None,
        })
    }

    /// Open files, by program.
    pub fn files(&self) -> impl Iterator<Item = FilesSeen<'a>> {
        self.all().filter_map(|(reading, question, answer)| match (question, answer) {
            (HostQuestion::Files { program, part, .. }, HostAnswer::Files(files)) => {
                Some(FilesSeen { reading, program, part: *part, files })
            }
            _ => None,
        })
    }

    /// Memory.
    #[must_use]
    pub fn memory(&self) -> Option<(&'a Reading, &'a Memory)> {
        self.all().find_map(|(reading, _, answer)| match answer {
            HostAnswer::Memory(memory) => Some((reading, memory)),
            _ => None,
        })
    }

    /// The connection table.
    #[must_use]
    pub fn conntrack(&self) -> Option<(&'a Reading, &'a Conntrack)> {
        self.all().find_map(|(reading, _, answer)| match answer {
            HostAnswer::Conntrack(table) => Some((reading, table)),
            _ => None,
        })
    }

    /// What the logs of any part say of a lack, as a reason: of this sitting, or the last words of a
    /// service that does not run any more.
    pub fn reasons(&self, of: &Lacking) -> impl Iterator<Item = (&'a Reading, Hop, &'a Kept)> {
        let parts = [Hop::Tunnel, Hop::Proxy, Hop::App, Hop::Host];
        parts.into_iter().flat_map(move |part| {
            self.events(part)
                .filter(move |(reading, kept)| {
                    of.is_told_by(kept)
                        && kept.event.role == Role::Cause
                        && (self.is_of_now(kept) || self.are_last_words(reading, kept))
                })
                .map(move |(reading, kept)| (reading, part, kept))
        })
    }

    /// Whether a line is of the last run of a service that is down now.
    #[must_use]
    pub fn are_last_words(&self, reading: &Reading, kept: &Kept) -> bool {
        let Some((HostQuestion::Log { source, .. }, _)) = reading.host() else { return false };
        let crate::evidence::host::LogSource::Journal { unit } = source else { return false };
        let (Some((_, unit)), Some(at)) = (self.unit(unit), kept.at) else { return false };
        let started = unit.started.or(unit.since);
        !unit.is_active() && started.is_some_and(|started| at.as_second() >= started.as_second())
    }

    /// Whether the app runs as root, for which file systems keep some room.
    #[must_use]
    pub fn app_is_root(&self) -> bool {
        let owners = self.all().filter_map(|(_, _, answer)| match answer {
            HostAnswer::Owner(owner) => owner.listening.as_ref(),
            _ => None,
        });
        let mut users: Vec<&str> = owners.map(|program| program.user.as_str()).collect();
        if users.is_empty() {
            let of_units = self.units(Hop::App).map(|(_, unit)| unit.user.as_deref());
            users.extend(of_units.map(|user| user.filter(|u| !u.is_empty()).unwrap_or("root")));
        }
        !users.is_empty() && users.iter().all(|user| *user == "root")
    }
}

/// The first absolute path in quotes of a line: `open() "/var/lib/x" failed`, `… device: '/srv/y'`.
#[must_use]
pub fn path_in(text: &str) -> Option<&str> {
    text.char_indices().find_map(|(at, quote)| {
        let rest = text[at..].strip_prefix(['"', '\''])?;
        let path = rest.split_once(quote).map_or(rest, |(path, _)| path);
        path.starts_with('/').then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_the_words_of_several_programs() {
        for (text, path) in [
            (
                r#"open() "/var/lib/nginx/body/01" failed (28: No space"#,
                Some("/var/lib/nginx/body/01"),
            ),
            ("OSError: [Errno 28] No space left on device: '/srv/y'", Some("/srv/y")),
            ("ENOSPC: no space left on device, write", None),
            ("it's full: '/srv/y", Some("/srv/y")),
            ("", None),
        ] {
            assert_eq!(path_in(text), path, "{text}");
        }
    }
}
