//! What changed on this machine of late: units, packages, files, boots.
//!
//! Units come from what systemd itself wrote into the journal; packages from the logs of dpkg and
//! dnf; files from when they were written to last. Only files that have to do with the site are
//! looked at: the web servers' folders, what their servers show as certificates, the units that play
//! a part with the folders that these work in, the connector's and the firewall's files. All of it is
//! bounded in entries and depth, so that a look takes a fraction of a second on any machine.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayfix_core::evidence::host::change::LOOKED_BACK;
use rayfix_core::evidence::host::{Changes, UnitSeen};
use rayfix_core::evidence::{HostAnswer, HostQuestion};
use rayfix_core::logs::{Clock, History};
use tokio::time::Instant;

use super::Host;
use super::logs::{Journal, Told, file, zone};
use crate::clock;

/// Entries of systemd that are read.
const ENTRIES: u32 = 2_000;

/// How much of a log of packages is read, from its end.
const PACKAGES: u64 = 1024 * 1024;

/// How many entries of all folders are looked at, and how deep.
const FILES: usize = 4_000;
const DEPTH: usize = 4;

/// Files that changed in one folder: more than these are told as one line.
const APART: usize = 4;

/// Logs of packages: Debian's, and dnf's.
const PACKAGE_LOGS: [&str; 3] =
    ["/var/log/dpkg.log", "/var/log/dpkg.log.1", "/var/log/dnf.rpm.log"];

/// Folders and files that have to do with any site, and what kind of change one of them is.
const EVERYWHERE: [(&str, &str); 13] = [
    ("/etc/letsencrypt/live", "certificate"),
    ("/etc/letsencrypt/renewal", "config"),
    ("/etc/cloudflared", "cloudflared"),
    ("/root/.cloudflared", "cloudflared"),
    ("/etc/ufw", "firewall"),
    ("/etc/firewalld", "firewall"),
    ("/etc/nftables.conf", "firewall"),
    ("/etc/nftables.d", "firewall"),
    ("/etc/iptables", "firewall"),
    ("/etc/fail2ban", "firewall"),
    ("/etc/hosts", "config"),
    ("/etc/resolv.conf", "config"),
    ("/etc/nsswitch.conf", "config"),
];

/// Folders that hold no app: never walked as one.
const NO_APPS: [&str; 16] = [
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/opt", "/proc", "/root", "/run",
    "/srv", "/sys", "/tmp", "/usr", "/var",
];

/// Folders within an app that change by themselves, or are too large.
const PASSED_BY: [&str; 8] =
    ["__pycache__", "node_modules", ".git", "venv", ".venv", "cache", "tmp", "log"];

/// Folders whose files are all in force: one that is taken away changes as much as one that is
/// written.
const LISTS: [&str; 7] = [
    "sites-enabled",
    "conf.d",
    "conf-enabled",
    "mods-enabled",
    "modules-enabled",
    "http.d",
    "nftables.d",
];

/// A place that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    path: PathBuf,
    kind: &'static str,
}

/// Looks. `seen` is what this sitting has seen of this machine so far.
pub(crate) async fn look(
    host: &Host,
    seen: &[(HostQuestion, HostAnswer)],
    ends: Instant,
) -> Changes {
    let now = clock::now();
    let from = now.checked_sub(LOOKED_BACK).unwrap_or(now);
    let placing = Clock { zone: zone(), now, boot: host.place.booted };
    let mut history = History::since(from, placing);
    // In a container the kernel's time of boot is that of the machine around it.
    if let Some(booted) = host.place.booted.filter(|_| host.place.container.is_none()) {
        history.boot(booted);
    }
    let mut unseen = Vec::new();
    let asked = Journal::since(from).systemd().newest(ENTRIES);
    let told = asked
        .tell(ends, |line| {
            history.entry(line);
            true
        })
        .await;
    match told {
        Told::All { lines } if lines < u64::from(ENTRIES) => {}
        Told::All { .. } | Told::Cut => unseen.push("the eldest part of the journal".to_owned()),
        Told::Forbidden => unseen.push("the journal (root may read it)".to_owned()),
        Told::Absent => unseen.push("units (there is no journal)".to_owned()),
        Told::Failed { why } => unseen.push(format!("the journal ({why})")),
    }
    let spots = spots(seen);
    let files = tokio::task::spawn_blocking(move || {
        for path in PACKAGE_LOGS {
            package_log(&mut history, Path::new(path), from);
        }
        let is_whole = walk(&mut history, &spots, from, ends);
        (history, is_whole)
    });
    let Ok((history, is_whole)) = files.await else {
        return Changes { from: Some(from), all: Vec::new(), unseen: vec!["files".to_owned()] };
    };
    if !is_whole {
        unseen.push("some of the files".to_owned());
    }
    Changes { from: Some(from), all: history.end(), unseen }
}

/// What is looked at: what is on every machine, and what plays a part on this one.
fn spots(seen: &[(HostQuestion, HostAnswer)]) -> BTreeSet<Spot> {
    let spot = |path: &Path, kind| Spot { path: path.to_owned(), kind };
    let mut spots: BTreeSet<Spot> =
        EVERYWHERE.iter().map(|(path, kind)| spot(Path::new(path), kind)).collect();
    for (_, answer) in seen {
        match answer {
            HostAnswer::Proxy(proxy) => {
                let folder = Path::new(&proxy.config).parent();
                spots.extend(folder.filter(|f| is_walkable(f)).map(|f| spot(f, "config")));
                let greetings = proxy
                    .doors
                    .iter()
                    .filter_map(|door| door.served.as_ref().and_then(|served| served.tls.as_ref()));
                for certificate in greetings.flat_map(|tls| &tls.certificates) {
                    spots.insert(spot(Path::new(&certificate.certificate.value), "certificate"));
                }
            }
            HostAnswer::Unit(unit) => {
                if let Some(unit) = unit.known() {
                    of_unit(unit, &mut spots);
                }
            }
            _ => {}
        }
    }
    spots
}

/// The unit's own files, and the folder that it works in, where its file names one.
fn of_unit(unit: &UnitSeen, spots: &mut BTreeSet<Spot>) {
    let Some(path) = unit.file.as_deref().filter(|path| path.starts_with('/')) else { return };
    spots.insert(Spot { path: PathBuf::from(path), kind: "config" });
    let names = [format!("{path}.d"), format!("/etc/systemd/system/{}.d", unit.name)];
    spots.extend(names.map(|path| Spot { path: PathBuf::from(path), kind: "config" }));
    let text = file::head(path, 64 * 1024).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let folders = text.lines().filter_map(|line| line.trim().strip_prefix("WorkingDirectory="));
    for folder in folders {
        let folder = Path::new(folder.trim_start_matches('-').trim());
        if is_walkable(folder) {
            spots.insert(Spot { path: folder.to_owned(), kind: "app" });
        }
    }
}

fn is_walkable(folder: &Path) -> bool {
    folder.is_absolute() && !NO_APPS.iter().any(|no| folder == Path::new(no))
}

/// The lines of a log of packages, from its last mebibyte.
fn package_log(history: &mut History, path: &Path, from: Timestamp) {
    let Ok((log, about)) = file::open(path) else { return };
    if file::written(&about).is_some_and(|at| at < from) {
        return;
    }
    let take = about.len().min(PACKAGES);
    let mut bytes = vec![0; usize::try_from(take).unwrap_or(0)];
    if log.read_exact_at(&mut bytes, about.len() - take).is_ok() {
        for line in bytes.split(|byte| *byte == b'\n') {
            history.package(line);
        }
    }
}

/// A file that was written to.
#[derive(Debug)]
struct Written {
    path: PathBuf,
    at: Timestamp,
}

/// Notes the files below these places that were written to since; answers whether all were looked
/// at. A folder of which no file was written to, and which itself was, has lost or gained a name.
fn walk(history: &mut History, spots: &BTreeSet<Spot>, from: Timestamp, ends: Instant) -> bool {
    let mut left = FILES;
    let mut known = BTreeSet::new();
    let mut is_whole = true;
    for spot in spots {
        let mut written = Vec::new();
        let mut folders = vec![(spot.path.clone(), 0)];
        while let Some((path, depth)) = folders.pop() {
            if left == 0 || clock::instant() >= ends {
                is_whole = false;
                break;
            }
            left -= 1;
            // Through links: those of `live` and `sites-enabled` lead to what is in force.
            let (Ok(about), Ok(own)) = (fs::metadata(&path), fs::symlink_metadata(&path)) else {
                continue;
            };
            let at = [file::written(&about), file::written(&own).filter(|_| own.is_symlink())];
            let at = at.into_iter().flatten().max().filter(|at| *at >= from);
            if about.is_dir() {
                if depth >= DEPTH || (depth > 0 && own.is_symlink()) {
                    continue;
                }
                let entries = fs::read_dir(&path).into_iter().flatten().flatten();
                let entries = entries.filter(|entry| is_looked_at(&entry.file_name(), spot.kind));
                let entries: Vec<_> = entries.take(left + 1).map(|entry| entry.path()).collect();
                let is_touched = |one: &PathBuf| {
                    fs::symlink_metadata(one)
                        .ok()
                        .and_then(|about| file::written(&about))
                        .is_some_and(|at| at >= from)
                };
                let is_list = |name: &std::ffi::OsStr| LISTS.iter().any(|list| name == *list);
                let is_list = spot.kind != "app" && path.file_name().is_some_and(is_list);
                if let Some(at) = at.filter(|_| is_list && !entries.iter().any(is_touched)) {
                    written.push(Written { path: path.clone(), at });
                }
                folders.extend(entries.into_iter().map(|entry| (entry, depth + 1)));
            } else if let Some(at) = at.filter(|_| about.is_file()) {
                written.push(Written { path, at });
            }
        }
        written.retain(|one| known.insert(one.path.clone()));
        note(history, spot, written);
    }
    is_whole
}

/// Backups of editors and packages are no change; in an app many things change by themselves.
fn is_looked_at(name: &std::ffi::OsStr, kind: &str) -> bool {
    let name = name.to_string_lossy();
    let is_backup = name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".pyc");
    let is_passed_by = kind == "app" && (PASSED_BY.contains(&&*name) || name.ends_with(".log"));
    !is_backup && !is_passed_by
}

fn note(history: &mut History, spot: &Spot, mut written: Vec<Written>) {
    written.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
    if written.len() <= APART {
        for one in &written {
            let path = one.path.display();
            let text = if one.path.is_dir() {
                format!("a name was added to {path} or taken away")
            } else {
                format!("{path} was written")
            };
            history.other(one.at, spot.kind, text);
        }
    } else if let Some(last) = written.last() {
        let within = last.path.strip_prefix(&spot.path).unwrap_or(&last.path);
        let text = format!(
            "{} files below {} were written, {} the last",
            written.len(),
            spot.path.display(),
            within.display()
        );
        history.other(last.at, spot.kind, text);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn aged(path: &Path, minutes: u64) {
        let at: SystemTime = clock::now().into();
        let file = fs::File::open(path).unwrap();
        file.set_modified(at - Duration::from_secs(60 * minutes)).unwrap();
    }

    fn write(path: &Path, minutes: u64) {
        fs::write(path, "x").unwrap();
        aged(path, minutes);
    }

    fn told(folder: &Path, kind: &'static str) -> Vec<String> {
        let from = clock::now().checked_sub(LOOKED_BACK).unwrap();
        let mut history = History::since(from, Clock::utc(clock::now()));
        let spots = BTreeSet::from([Spot { path: folder.to_owned(), kind }]);
        assert!(walk(&mut history, &spots, from, clock::instant() + Duration::from_secs(20)));
        let short = folder.display().to_string();
        let all = history.end();
        all.iter().map(|one| format!("{} {}", one.kind, one.text.replace(&short, "…"))).collect()
    }

    #[test]
    fn files_that_were_written_to_are_told_one_by_one_or_together() {
        let name = format!("rayfix-changes-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("conf.d")).unwrap();
        write(&folder.join("nginx.conf"), 60);
        write(&folder.join("conf.d/shop"), 5);
        write(&folder.join("conf.d/shop~"), 5);
        write(&folder.join("old.conf"), 300);
        aged(&folder, 300);
        aged(&folder.join("conf.d"), 300);
        std::os::unix::fs::symlink("..", folder.join("conf.d/loop")).unwrap();
        assert!(told(&folder, "config").contains(&"config …/conf.d/shop was written".to_owned()));
        fs::remove_file(folder.join("conf.d/loop")).unwrap();
        aged(&folder.join("conf.d"), 300);
        assert_eq!(
            told(&folder, "config"),
            ["config …/nginx.conf was written", "config …/conf.d/shop was written"]
        );
        // A name that went away is known by its folder alone.
        fs::remove_file(folder.join("conf.d/shop")).unwrap();
        fs::remove_file(folder.join("conf.d/shop~")).unwrap();
        aged(&folder.join("conf.d"), 1);
        assert_eq!(told(&folder, "config")[1], "config a name was added to …/conf.d or taken away");
        for n in 0..7 {
            write(&folder.join(format!("{n}.py")), 20 - n);
        }
        assert!(told(&folder, "app")[0].starts_with("app 8 files below … were written, 6.py"));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn no_folder_of_the_system_is_walked_as_that_of_an_app() {
        for no in ["/", "/etc", "/home", "srv/shop", ""] {
            assert!(!is_walkable(Path::new(no)), "{no}");
        }
        assert!(is_walkable(Path::new("/srv/shop")));
    }

    #[test]
    fn what_plays_a_part_is_looked_at() {
        let unit = UnitSeen {
            name: "shop.service".to_owned(),
            file: Some("/etc/systemd/system/shop.service".to_owned()),
            ..UnitSeen::default()
        };
        let mut spots = BTreeSet::new();
        of_unit(&unit, &mut spots);
        let paths: Vec<String> = spots.iter().map(|spot| spot.path.display().to_string()).collect();
        assert_eq!(
            paths,
            ["/etc/systemd/system/shop.service", "/etc/systemd/system/shop.service.d"]
        );
    }
}
