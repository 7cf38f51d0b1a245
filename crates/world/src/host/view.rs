//! The file system as a program of this machine sees it.
//!
//! A web server may have another root (a container) or other mounts (`PrivateTmp=`), so its paths
//! mean its files, which the kernel shows below `/proc/PID/root`. Nothing is opened for writing, and
//! a pipe or a device in the place of a file holds nobody up.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;

use jiff::Timestamp;
use rayfix_core::proxy::nginx::{Files, ReadError};
use rustix::fs::{Dir, FileType, Mode, OFlags, ResolveFlags};
use tokio::time::Instant;

use crate::clock;

/// A root, and where it is for us.
#[derive(Debug)]
pub(crate) struct View {
    /// `None`: ours.
    root: Option<OwnedFd>,
    /// What stands before a path there to make it one of ours; empty for our own root.
    prefix: String,
}

impl View {
    /// Our own.
    pub(crate) fn own() -> View {
        View { root: None, prefix: String::new() }
    }

    /// That of a process; our own where the two are the same, or where we may not know.
    pub(crate) fn of(pid: u32) -> View {
        let space = |of: &str| fs::read_link(format!("/proc/{of}/ns/mnt")).ok();
        let prefix = format!("/proc/{pid}/root");
        let same_space = match (space(&pid.to_string()), space("self")) {
            (Some(its), Some(ours)) => its == ours,
            _ => return View::own(),
        };
        let same_root = fs::read_link(&prefix).is_ok_and(|to| to.as_os_str() == "/");
        if same_space && same_root {
            return View::own();
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(&prefix, flags, Mode::empty()) {
            Ok(root) => View { root: Some(root), prefix },
            Err(_) => View::own(),
        }
    }

    /// Whether a process lives in a machine of its own, by its root or its network: what its files
    /// name is not ours then. Where we may not know, it does not.
    pub(crate) fn is_apart(pid: u32) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let root = |path: &str| fs::metadata(path).ok().map(|about| (about.dev(), about.ino()));
        let network = |of: &str| fs::read_link(format!("/proc/{of}/ns/net")).ok();
        let differs = |its: Option<bool>| its.unwrap_or(false);
        let its_root = root(&format!("/proc/{pid}/root/")).zip(root("/"));
        let its_network = network(&pid.to_string()).zip(network("self"));
        differs(its_root.map(|(its, ours)| its != ours))
            || differs(its_network.map(|(its, ours)| its != ours))
    }

    /// A path there as one of ours. Right only for paths without links on the way.
    pub(crate) fn ours(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Opens for reading, links followed within the view.
    pub(crate) fn open(&self, path: &str, more: OFlags) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | more;
        let opened = match &self.root {
            None => rustix::fs::open(path, flags, Mode::empty()),
            Some(root) => {
                rustix::fs::openat2(root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT)
            }
        };
        Ok(opened?)
    }

    /// The bytes of an ordinary file of at most this size, and when it was changed last.
    pub(crate) fn read(
        &self,
        path: &str,
        most: u64,
    ) -> Result<(Vec<u8>, Option<Timestamp>), ReadError> {
        let file = self.open(path, OFlags::empty()).map_err(|error| told(&error))?;
        let about = rustix::fs::fstat(&file).map_err(|error| told(&error.into()))?;
        if FileType::from_raw_mode(about.st_mode) != FileType::RegularFile {
            return Err(ReadError::OtherKind);
        }
        let mut bytes = Vec::new();
        let reading = File::from(file).take(most + 1).read_to_end(&mut bytes);
        reading.map_err(|error| told(&error))?;
        if bytes.len() as u64 > most {
            return Err(ReadError::TooLarge);
        }
        Ok((bytes, Timestamp::from_second(about.st_mtime).ok()))
    }

    /// The names in a folder, at most so many.
    pub(crate) fn list(&self, folder: &str, most: usize) -> Result<Vec<String>, ReadError> {
        let folder = self.open(folder, OFlags::DIRECTORY).map_err(|error| told(&error))?;
        let mut names = Vec::new();
        for entry in Dir::new(folder).map_err(|error| told(&error.into()))? {
            let entry = entry.map_err(|error| told(&error.into()))?;
            let name = entry.file_name().to_string_lossy();
            if !matches!(name.as_ref(), "." | "..") {
                names.push(name.into_owned());
            }
            if names.len() >= most {
                return Err(ReadError::TooLarge);
            }
        }
        Ok(names)
    }
}

fn told(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => ReadError::Missing,
        io::ErrorKind::PermissionDenied => ReadError::Forbidden,
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => ReadError::OtherKind,
        _ => ReadError::System(error.raw_os_error().unwrap_or_default()),
    }
}

/// The largest file of a configuration that is read: all of 50,000 sites in one.
const LARGEST: u64 = 32 << 20;
/// More names than any folder of a configuration has.
const MOST_NAMES: usize = 150_000;

/// The files of a configuration, until a deadline; afterwards nothing more is read.
#[derive(Debug)]
pub(crate) struct Disk<'v> {
    view: &'v View,
    until: Instant,
    /// What is put before the first line of this file: what its command line says as well.
    pub(crate) before: Option<(String, String)>,
    /// The file that was changed last.
    pub(crate) newest: Option<(String, Timestamp)>,
}

impl<'v> Disk<'v> {
    pub(crate) fn new(view: &'v View, until: Instant) -> Self {
        Disk { view, until, before: None, newest: None }
    }

    fn in_time(&self) -> Result<(), ReadError> {
        // ETIMEDOUT.
        if clock::instant() < self.until { Ok(()) } else { Err(ReadError::System(110)) }
    }
}

impl Files for Disk<'_> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.in_time()?;
        let (mut bytes, changed) = self.view.read(path, LARGEST)?;
        if let Some(changed) = changed
            && self.newest.as_ref().is_none_or(|(_, newest)| *newest < changed)
        {
            self.newest = Some((path.to_owned(), changed));
        }
        if let Some((file, text)) = &self.before
            && file == path
        {
            bytes.splice(0..0, text.bytes());
        }
        Ok(bytes)
    }

    fn list(&mut self, folder: &str) -> Result<Vec<String>, ReadError> {
        self.in_time()?;
        self.view.list(folder, MOST_NAMES)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_ordinary_files_are_read_and_a_deadline_ends_reading() {
        let view = View::own();
        assert_eq!(view.read("/dev/zero", 10), Err(ReadError::OtherKind));
        assert_eq!(view.read("/", 10), Err(ReadError::OtherKind));
        assert_eq!(view.read("/nobody/was/here", 10), Err(ReadError::Missing));
        assert_eq!(view.read("/proc/self/status", 10), Err(ReadError::TooLarge));
        let mut late = Disk::new(&view, clock::instant());
        assert_eq!(late.read("/proc/self/status"), Err(ReadError::System(110)));
        let mut disk = Disk::new(&view, clock::instant() + Duration::from_secs(9));
        assert!(disk.list("/").unwrap().iter().any(|name| name == "proc"));
        assert_eq!(View::of(std::process::id()).prefix, "");
        assert!(!View::is_apart(std::process::id()) && !View::is_apart(u32::MAX));
    }
}
