//! What programs of the site have open, and where they write.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use rayfix_core::evidence::host::{Files, kernel};

use super::{Folder, Job};
use crate::host::little;

/// Open files of one process that are counted, and of which the folder is looked at.
const COUNTED: usize = 1 << 20;
const LOOKED_AT: usize = 256;
/// Processes of a job whose folders are looked at.
const PROCESSES: usize = 4;
/// Folders of a job.
const FOLDERS: usize = 12;

/// What kept the files of a job from being counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Uncounted {
    /// Only root may look at other users' processes.
    NeedsRoot,
    /// None of its processes is there any more.
    Gone,
}

/// The process of a job that is nearest to its limit of open files.
pub(crate) fn most_open(job: &Job) -> Result<Files, Uncounted> {
    let mut most: Option<Files> = None;
    let mut why = Uncounted::Gone;
    for pid in &job.pids {
        match open(*pid) {
            // Share of the limit, without fractions.
            Ok(files) => {
                let nearer = |than: &Files| {
                    u128::from(files.open) * u128::from(than.limit)
                        > u128::from(than.open) * u128::from(files.limit)
                };
                if most.as_ref().is_none_or(nearer) {
                    most = Some(files);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                why = Uncounted::NeedsRoot;
            }
            Err(_) => {}
        }
    }
    most.ok_or(why)
}

fn open(pid: u32) -> io::Result<Files> {
    let limits = little::text(format!("/proc/{pid}/limits"), 16 << 10)?;
    let limit = kernel::file_limit(&limits).ok_or(io::ErrorKind::InvalidData)?;
    let open = fs::read_dir(format!("/proc/{pid}/fd"))?.take(COUNTED).count() as u64;
    Ok(Files { pid, open, limit })
}

/// The folders that a job writes to: those that systemd gave it, where its programs stand, and where
/// they have files open to write. `unit_file`: the file that defines it, for one that does not run.
/// What may not be seen without root is left out.
pub(crate) fn folders_of(job: &Job, unit_file: Option<&str>) -> Vec<Folder> {
    if job.contained {
        return Vec::new();
    }
    let mut paths: Vec<String> = Vec::new();
    if let Some(file) = unit_file {
        paths.extend(named(&little::text(file, 64 << 10).unwrap_or_default()));
        for drop_in in drop_ins(&job.name) {
            paths.extend(named(&little::text(&drop_in, 64 << 10).unwrap_or_default()));
        }
    }
    for pid in job.pids.iter().take(PROCESSES) {
        let environment = little::bytes(Path::new(&format!("/proc/{pid}/environ")), 64 << 10);
        paths.extend(given(&environment.unwrap_or_default()));
        let stands = fs::read_link(format!("/proc/{pid}/cwd")).ok();
        paths.extend(stands.and_then(|path| path.to_str().map(str::to_owned)));
        paths.extend(written(*pid));
    }
    let mut seen = BTreeSet::new();
    paths.retain(|path| path.starts_with('/') && seen.insert(path.clone()));
    paths.truncate(FOLDERS);
    let used_for = format!("files of {}", job.name);
    let folder = |path: String| Folder { path, used_for: used_for.clone(), part: Some(job.part) };
    paths.into_iter().map(folder).collect()
}

/// The folders that a unit's file names (systemd.exec(5)).
fn named(unit: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for line in unit.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let below = match key.trim() {
            "StateDirectory" => "/var/lib/",
            "CacheDirectory" => "/var/cache/",
            "LogsDirectory" => "/var/log/",
            "WorkingDirectory" | "ReadWritePaths" => "",
            _ => continue,
        };
        for word in value.split_ascii_whitespace() {
            let word = word.split(':').next().unwrap_or_default().trim_start_matches(['-', '+']);
            if !word.is_empty() && !word.contains('%') {
                paths.push(format!("{below}{word}"));
            }
        }
    }
    paths
}

/// What an administrator added to a unit.
fn drop_ins(unit: &str) -> Vec<std::path::PathBuf> {
    if unit.contains('/') {
        return Vec::new();
    }
    let Ok(folder) = fs::read_dir(format!("/etc/systemd/system/{unit}.d")) else {
        return Vec::new();
    };
    let files = folder.take(20).filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "conf")).collect();
    files.sort();
    files
}

/// The folders that systemd tells a service of in its environment. Nothing else of it is looked at.
fn given(environment: &[u8]) -> Vec<String> {
    let names = ["STATE_DIRECTORY=", "CACHE_DIRECTORY=", "LOGS_DIRECTORY=", "TMPDIR="];
    let told = environment.split(|byte| *byte == 0).filter_map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        names.iter().find_map(|name| pair.strip_prefix(name))
    });
    told.flat_map(|list| list.split(':')).map(str::to_owned).collect()
}

/// The folders of regular files that a process has open to write.
fn written(pid: u32) -> Vec<String> {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let mut folders = BTreeSet::new();
    for file in files.take(LOOKED_AT).filter_map(Result::ok) {
        let Ok(target) = fs::read_link(file.path()) else { continue };
        let Some(path) = target.to_str() else { continue };
        // Sockets, pipes and what is deleted have no place; devices and the kernel's files no room.
        let places = ["/dev/", "/proc/", "/sys/", "/memfd:"];
        if !path.starts_with('/')
            || path.ends_with(" (deleted)")
            || places.iter().any(|place| path.starts_with(place))
        {
            continue;
        }
        let number = file.file_name();
        let info = format!("/proc/{pid}/fdinfo/{}", number.to_string_lossy());
        if is_for_writing(&little::text(info, 1 << 10).unwrap_or_default()) {
            folders.extend(target.parent().and_then(Path::to_str).map(str::to_owned));
        }
    }
    folders.into_iter().collect()
}

/// Whether a file was opened to write: the access mode in `flags:` of fdinfo, octal.
fn is_for_writing(fdinfo: &str) -> bool {
    let flags = fdinfo.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| matches!(flags & 3, 1 | 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayfix_core::hop::Hop;

    fn job(pids: Vec<u32>) -> Job {
        Job { name: "shop.service".to_owned(), part: Hop::App, pids, contained: false }
    }

    #[test]
    fn our_own_files_are_counted_against_our_own_limit() {
        let held = fs::File::open("/dev/null").unwrap();
        let files = most_open(&job(vec![std::process::id()])).unwrap();
        assert!(files.open >= 4 && files.limit >= files.open, "{files:?}");
        drop(held);
        assert_eq!(most_open(&job(vec![])), Err(Uncounted::Gone));
        assert_eq!(most_open(&job(vec![u32::MAX])), Err(Uncounted::Gone));
    }

    #[test]
    fn a_program_writes_where_it_has_a_file_open() {
        let folder = std::env::temp_dir().join(format!("rayfix-written-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = fs::File::create(folder.join("orders.db")).unwrap();
        let found = folders_of(&job(vec![std::process::id()]), None);
        drop(file);
        let real = fs::canonicalize(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let real = real.to_str().unwrap();
        assert!(found.iter().any(|found| found.path == real), "{found:?}");
        assert!(found.iter().all(|found| found.part == Some(Hop::App)));
        let contained = Job { contained: true, ..job(vec![std::process::id()]) };
        assert!(folders_of(&contained, None).is_empty());
    }

    #[test]
    fn a_unit_names_its_folders() {
        let unit = "[Service]\nStateDirectory=shop shop/media\nWorkingDirectory=-/srv/shop\n\
            ReadWritePaths=+/mnt/uploads\nCacheDirectory=%n\nExecStart=/usr/bin/gunicorn\n";
        assert_eq!(
            named(unit),
            ["/var/lib/shop", "/var/lib/shop/media", "/srv/shop", "/mnt/uploads"]
        );
        let environment = b"SECRET=x\0STATE_DIRECTORY=/var/lib/shop:/var/lib/b\0\xff\0TMPDIR=/t\0";
        assert_eq!(given(environment), ["/var/lib/shop", "/var/lib/b", "/t"]);
        assert!(is_for_writing("pos:\t0\nflags:\t0100002\n"));
        assert!(!is_for_writing("pos:\t0\nflags:\t0100000\n"));
        assert!(!is_for_writing(""));
    }
}
