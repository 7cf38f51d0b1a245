//! Which files were rotated away from a log: `error.log.1`, `error.log.2.gz`, `error.log-20261122`.
//!
//! They are known by their names alone, as logrotate (8) and its relatives give them: a number or a
//! date behind the name, or before its ending (`extension`), then perhaps that of a packer. The
//! order is that of the times at which they were written to last; packers keep those.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// How many entries of the folder are looked at.
const ENTRIES: usize = 10_000;

/// How many files are told.
const FILES: usize = 4;

/// A file that was rotated away.
#[derive(Debug)]
pub(super) struct Elder {
    pub(super) path: PathBuf,
    pub(super) about: Metadata,
    pub(super) pack: Pack,
}

/// How it is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pack {
    Plain,
    Gzip,
    /// In a way that is not read: zstd, xz, bzip2.
    Other,
}

/// Those of one log, the youngest first.
#[derive(Debug, Default)]
pub(super) struct Elders {
    pub(super) files: Vec<Elder>,
    /// Whether there may be more.
    pub(super) are_more: bool,
}

/// Finds them in the log's own folder.
pub(super) fn of(path: &Path, about: &Metadata) -> Elders {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return Elders::default();
    };
    // A folder that may be entered but not listed: the usual name is tried.
    let Ok(entries) = fs::read_dir(folder) else {
        let one = elder(&folder.join(format!("{name}.1")), about, Pack::Plain);
        return Elders { are_more: one.is_some(), files: one.into_iter().collect() };
    };
    let mut files: Vec<Elder> = Vec::new();
    let mut are_more = false;
    for (seen, entry) in entries.flatten().enumerate() {
        if seen >= ENTRIES {
            are_more = true;
            break;
        }
        let pack = entry.file_name().to_str().and_then(|entry| pack_of(entry, name));
        files.extend(pack.and_then(|pack| elder(&entry.path(), about, pack)));
    }
    files.sort_by_key(|one| std::cmp::Reverse((one.about.mtime(), one.about.mtime_nsec())));
    are_more |= files.len() > FILES;
    files.truncate(FILES);
    Elders { files, are_more }
}

fn elder(path: &Path, than: &Metadata, pack: Pack) -> Option<Elder> {
    let about = fs::metadata(path).ok()?;
    let is_same = (about.dev(), about.ino()) == (than.dev(), than.ino());
    (about.is_file() && !is_same).then(|| Elder { path: path.to_owned(), about, pack })
}

/// How the file of this name is packed, if it was rotated away from `log`.
fn pack_of(name: &str, log: &str) -> Option<Pack> {
    let packers = [
        (".gz", Pack::Gzip),
        (".zst", Pack::Other),
        (".xz", Pack::Other),
        (".bz2", Pack::Other),
        (".lz4", Pack::Other),
    ];
    let packed = packers.iter().find_map(|(end, pack)| Some((name.strip_suffix(end)?, *pack)));
    let (bare, pack) = packed.unwrap_or((name, Pack::Plain));
    let (stem, ending) = log.rsplit_once('.').unwrap_or((log, ""));
    let within = || {
        let middle = bare.strip_prefix(stem)?.strip_suffix(ending)?.strip_suffix('.')?;
        (!ending.is_empty()).then_some(middle)
    };
    let mark = bare.strip_prefix(log).or_else(within)?;
    let number = mark.strip_prefix(['.', '-'])?;
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || "-_.".contains(c));
    is_number.then_some(pack)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_files_are_known_by_their_names() {
        for (name, pack) in [
            ("error.log.1", Some(Pack::Plain)),
            ("error.log.2.gz", Some(Pack::Gzip)),
            ("error.log-20261122", Some(Pack::Plain)),
            ("error.log-20261122.gz", Some(Pack::Gzip)),
            ("error.log-20261122-1795325484.zst", Some(Pack::Other)),
            ("error.log.2026-11-22", Some(Pack::Plain)),
            ("error-20261122.log", Some(Pack::Plain)),
            ("error.1.log.gz", Some(Pack::Gzip)),
            ("error.log", None),
            ("error.log.gz", None),
            ("error.log.old", None),
            ("error.log.1.swp", None),
            ("shop.error.log.1", None),
            ("error2.log", None),
        ] {
            assert_eq!(pack_of(name, "error.log"), pack, "{name}");
        }
        assert_eq!(pack_of("syslog.1", "syslog"), Some(Pack::Plain));
        assert_eq!(pack_of("syslog2", "syslog"), None);
    }
}
