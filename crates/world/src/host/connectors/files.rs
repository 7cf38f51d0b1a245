//! Files of connectors: units, configurations, secrets, and what the kernel tells of a process.
//!
//! Only ordinary files are read, opened without waiting, and never more than a limit of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayfix_core::evidence::host::tunnel::{UnitFile, read_unit_file};

/// What is read of one file.
const MOST_BYTES: u64 = 1 << 20;
/// What is read of a unit's file or a command line.
const FEW_BYTES: u64 = 64 << 10;
/// More names of a folder are not looked at.
const MOST_NAMES: usize = 5_000;

/// Folders of units; an earlier one wins (systemd.unit(5)).
const FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Folders in which cloudflared looks for its files, below the home directory first (release
/// 2026.8.2, `config/configuration.go`).
const AT_HOME: [&str; 3] = [".cloudflared", ".cloudflare-warp", "cloudflare-warp"];
const ELSEWHERE: [&str; 2] = ["/etc/cloudflared", "/usr/local/etc/cloudflared"];

/// A file system, as the machine or a container on it sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    root: Option<PathBuf>,
}

/// How reading a file ended.
#[derive(Debug)]
pub(super) enum Text {
    Is(Vec<u8>),
    Missing,
    Forbidden,
    /// Larger than is read, or no ordinary file.
    Unreadable,
}

impl Files {
    /// As a process sees them.
    pub(super) fn of(pid: u32) -> Files {
        Files { root: Some(PathBuf::from(format!("/proc/{pid}/root"))) }
    }

    /// As they lie below a folder.
    #[cfg(test)]
    pub(super) fn below(root: &Path) -> Files {
        Files { root: Some(root.to_owned()) }
    }

    fn at(&self, path: &str) -> PathBuf {
        match &self.root {
            Some(root) => root.join(path.trim_start_matches('/')),
            None => PathBuf::from(path),
        }
    }

    /// Reads a file. A path that is not absolute is meant from a folder that is not known here.
    pub(super) fn read(&self, path: &str) -> Text {
        if !path.starts_with('/') {
            return Text::Forbidden;
        }
        match bounded(&self.at(path), MOST_BYTES) {
            Ok(Some(bytes)) => Text::Is(bytes),
            Ok(None) => Text::Unreadable,
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Text::Missing,
                io::ErrorKind::PermissionDenied => Text::Forbidden,
                _ => Text::Unreadable,
            },
        }
    }

    /// Whether a file is certainly not there.
    pub(super) fn is_missing(&self, path: &str) -> bool {
        let absolute = path.starts_with('/');
        absolute
            && matches!(fs::metadata(self.at(path)), Err(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// The first of these names that is there, where cloudflared looks.
    pub(super) fn usual(&self, home: Option<&str>, names: &[&str]) -> Option<String> {
        let at_home = home.into_iter().flat_map(|home| AT_HOME.map(|at| format!("{home}/{at}")));
        let folders = at_home.chain(ELSEWHERE.map(str::to_owned));
        let mut paths = folders.flat_map(|at| names.iter().map(move |name| format!("{at}/{name}")));
        paths.find(|path| self.at(path).exists())
    }

    /// Units of cloudflared that files define, by name, with their drop-ins.
    pub(super) fn units(&self) -> Vec<(String, UnitFile)> {
        let mut names: Vec<String> = Vec::new();
        for folder in FOLDERS {
            let Ok(listed) = fs::read_dir(self.at(folder)) else { continue };
            let listed = listed.take(MOST_NAMES).flatten();
            for name in listed.filter_map(|entry| entry.file_name().into_string().ok()) {
                let own = name.starts_with("cloudflared") && name.ends_with(".service");
                if own && !name.contains("@.") && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names.sort();
        let files = names.into_iter().take(50);
        files.filter_map(|name| Some((name.clone(), self.unit(&name)?))).collect()
    }

    /// A unit's file with its drop-ins; of an instance that of its template.
    pub(super) fn unit(&self, name: &str) -> Option<UnitFile> {
        if name.contains('/') {
            return None;
        }
        let template = name.split_once('@').map(|(stem, _)| format!("{stem}@.service"));
        let names = [Some(name.to_owned()), template].into_iter().flatten();
        let paths = names.flat_map(|name| FOLDERS.map(|folder| format!("{folder}/{name}")));
        let read = |path: &str| bounded(&self.at(path), FEW_BYTES).ok().flatten();
        let (path, main) = paths.into_iter().find_map(|path| Some((path.clone(), read(&path)?)))?;
        let mut texts = vec![String::from_utf8_lossy(&main).into_owned()];
        let more = self.drop_ins(name).into_iter().filter_map(|path| read(&path));
        texts.extend(more.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Some(read_unit_file(&path, &texts))
    }

    /// When a unit's file, or one of its drop-ins, was written last.
    pub(super) fn written(&self, name: &str, path: &str) -> Option<Timestamp> {
        let paths = [path.to_owned()].into_iter().chain(self.drop_ins(name));
        let times = paths.map(|path| {
            let time = fs::metadata(self.at(&path)).and_then(|known| known.modified()).ok()?;
            Timestamp::try_from(time).ok()
        });
        times.collect::<Option<Vec<Timestamp>>>()?.into_iter().max()
    }

    /// Where a unit's drop-ins lie, in the order in which they count.
    fn drop_ins(&self, name: &str) -> Vec<String> {
        let mut drop_ins: Vec<(String, String)> = Vec::new();
        for folder in FOLDERS {
            let folder = format!("{folder}/{name}.d");
            let Ok(listed) = fs::read_dir(self.at(&folder)) else { continue };
            for file in listed.take(50).flatten().filter_map(|at| at.file_name().into_string().ok())
            {
                if file.ends_with(".conf") && !drop_ins.iter().any(|(known, _)| *known == file) {
                    drop_ins.push((file.clone(), format!("{folder}/{file}")));
                }
            }
        }
        drop_ins.sort();
        drop_ins.into_iter().take(20).map(|(_, path)| path).collect()
    }

    /// The variables of an environment file.
    pub(super) fn env_file(&self, path: &str) -> Vec<(String, String)> {
        let Ok(Some(bytes)) = bounded(&self.at(path), FEW_BYTES) else { return Vec::new() };
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
        let pairs = lines.filter_map(|line| line.split_once('=')).filter(|(name, _)| matters(name));
        pairs
            .map(|(name, value)| {
                (name.trim().to_owned(), value.trim_matches(['"', '\'']).to_owned())
            })
            .collect()
    }

    /// The home directory of a unit's user. systemd sets none where the unit names no user.
    pub(super) fn home(&self, user: Option<&str>) -> Option<String> {
        let user = user?;
        let bytes = bounded(&self.at("/etc/passwd"), MOST_BYTES).ok().flatten()?;
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().find(|line| line.split(':').next() == Some(user))?;
        line.split(':').nth(5).map(str::to_owned)
    }
}

/// The words of a process's command line; empty where it may not be read or is gone.
pub(super) fn words(pid: u32) -> Vec<String> {
    let bytes = fs_read(&format!("/proc/{pid}/cmdline"));
    let words =
        bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let mut words: Vec<String> = words.take(200).collect();
    while words.last().is_some_and(String::is_empty) {
        words.pop();
    }
    // A script's command line begins with who runs it.
    let is_it = |word: &String| word.rsplit('/').next().is_some_and(|name| name == "cloudflared");
    if words.get(1).is_some_and(is_it) && !words.first().is_some_and(is_it) {
        words.remove(0);
    }
    words
}

/// The variables of a process that a connector looks at; empty where they may not be read.
pub(super) fn env(pid: u32) -> Vec<(String, String)> {
    let bytes = fs_read(&format!("/proc/{pid}/environ"));
    let pairs = bytes.split(|byte| *byte == 0).filter_map(|pair| {
        let pair = String::from_utf8_lossy(pair);
        let (name, value) = pair.split_once('=')?;
        matters(name).then(|| (name.to_owned(), value.to_owned()))
    });
    pairs.collect()
}

fn matters(name: &str) -> bool {
    let name = name.trim();
    name.starts_with("TUNNEL_")
        || name.to_ascii_uppercase().ends_with("_PROXY")
        || matches!(name, "HOME" | "NO_AUTOUPDATE")
}

fn fs_read(path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // What was read before an error counts.
        let _ = file.take(FEW_BYTES).read_to_end(&mut bytes);
    }
    bytes
}

/// The whole of an ordinary file; `None`: it is none, or larger.
fn bounded(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    // A pipe in its place must not hold us.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}
