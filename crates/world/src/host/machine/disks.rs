//! Room on the file systems that folders lie on.

use std::path::Path;

use rayfix_core::evidence::host::Disk;
use rayfix_core::evidence::host::kernel::{self, Mount};
use rayfix_core::hop::Hop;

use super::Folder;
use crate::host::little;

/// Bytes of mountinfo that are read: a machine with many containers has thousands of lines.
const MOUNTINFO: u64 = 4 << 20;
const MOUNTS: usize = 4_000;
/// File systems that are told.
const AREAS: usize = 16;
/// Words for what is on one.
const PURPOSES: usize = 5;

/// A file system with folders of the site's on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Area {
    /// The first of the folders.
    pub(crate) path: String,
    /// What of the site's is there: `nginx's error log, the app's socket`; may be empty.
    pub(crate) used_for: String,
    /// The parts that fail without room there, in the order of the way.
    pub(crate) parts: Vec<Hop>,
    mount: Mount,
}

/// The file systems of these folders, each once, in the order of the folders; then others that are
/// as good as full, on which nothing of the site's is known to be.
pub(crate) fn areas(folders: &[Folder]) -> std::io::Result<Vec<Area>> {
    let mounts = kernel::mounts(&little::text("/proc/self/mountinfo", MOUNTINFO)?, MOUNTS);
    let mut areas = sorted(folders, &mounts, |path| {
        let real = std::fs::canonicalize(path).ok()?;
        Some(real.to_str()?.to_owned())
    });
    for mount in mounts.iter().filter(|mount| mount.holds_files() && mount.kind != "overlay") {
        if areas.len() >= AREAS {
            break;
        }
        let known = areas.iter().any(|area| area.mount.device == mount.device);
        if mount.read_only || known {
            continue;
        }
        let nearly_full = |disk: &Disk| {
            disk.bytes > 0 && disk.free <= disk.bytes / 100
                || disk.inodes > 0 && disk.inodes_free <= disk.inodes / 100
        };
        let (path, used_for) = (mount.at.clone(), String::new());
        let area = Area { path, used_for, parts: Vec::new(), mount: mount.clone() };
        if room(&area).is_ok_and(|disk| nearly_full(&disk)) {
            areas.push(area);
        }
    }
    Ok(areas)
}

fn sorted(
    folders: &[Folder],
    mounts: &[Mount],
    real: impl Fn(&str) -> Option<String>,
) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for folder in folders {
        // What lies over the network is not even followed.
        let remote = kernel::mount_of(mounts, &folder.path).is_some_and(Mount::is_remote);
        let path = if remote { Some(folder.path.clone()) } else { real(&folder.path) };
        let Some(mount) = path.and_then(|path| kernel::mount_of(mounts, &path).cloned()) else {
            continue;
        };
        let of_it = |area: &Area| {
            area.mount.at == mount.at || area.mount.device == mount.device && mount.kind != "btrfs"
        };
        let Some(at) = areas.iter().position(of_it) else {
            if areas.len() < AREAS {
                let path = folder.path.clone();
                let parts = folder.part.into_iter().collect();
                areas.push(Area { path, used_for: folder.used_for.clone(), parts, mount });
            }
            continue;
        };
        let area = &mut areas[at];
        let known = area.used_for.split(", ").any(|word| word == folder.used_for);
        if !known && area.used_for.split(", ").count() < PURPOSES {
            area.used_for = format!("{}, {}", area.used_for, folder.used_for);
        }
        if let Some(part) = folder.part.filter(|part| !area.parts.contains(part)) {
            area.parts.push(part);
            area.parts.sort();
        }
    }
    areas
}

/// The room on one; a sentence without its end says why it could not be asked.
pub(crate) fn room(area: &Area) -> Result<Disk, String> {
    let mount = &area.mount;
    if mount.is_remote() {
        return Err(format!("it lies on {}, which may not answer", mount.kind));
    }
    let told = rustix::fs::statvfs(Path::new(&mount.at))
        .map_err(|error| std::io::Error::from(error).to_string())?;
    Ok(Disk {
        mount: mount.at.clone(),
        bytes: told.f_blocks.saturating_mul(told.f_frsize),
        free: told.f_bavail.saturating_mul(told.f_frsize),
        free_for_root: told.f_bfree.saturating_mul(told.f_frsize),
        inodes: told.f_files,
        inodes_free: told.f_favail,
        read_only: mount.read_only,
        kind: mount.kind.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &str, used_for: &str, part: Option<Hop>) -> Folder {
        Folder { path: path.to_owned(), used_for: used_for.to_owned(), part }
    }

    const MOUNTS: &str = "22 1 254:0 / / rw - ext4 /dev/vda1 rw\n\
        25 22 0:22 / /run rw - tmpfs tmpfs rw\n\
        40 22 0:40 / /var/lib/shop rw - tmpfs tmpfs rw,size=64k\n\
        41 22 254:0 /log /var/log rw - ext4 /dev/vda1 rw\n\
        42 22 0:50 / /srv/far rw - nfs4 far:/x rw\n";

    #[test]
    fn each_file_system_is_told_once_with_all_that_is_on_it() {
        let folders = [
            folder("/var/log/nginx", "nginx's error log", None),
            folder("/var/log/nginx", "nginx's error log", None),
            folder("/var/lib/nginx", "nginx's temporary files", Some(Hop::Proxy)),
            folder("/run/shop", "the app's socket", None),
            folder("/var/lib/shop", "the folder of shop.service", Some(Hop::App)),
            folder("/srv/shop", "the folder of shop.service", Some(Hop::App)),
            folder("/srv/far/uploads", "uploads", Some(Hop::App)),
            folder("/gone", "nothing", None),
        ];
        let mounts = kernel::mounts(MOUNTS, 100);
        let real = |path: &str| (path != "/gone").then(|| path.to_owned());
        let areas = sorted(&folders, &mounts, real);
        let told: Vec<String> = areas
            .iter()
            .map(|area| format!("{}: {} {:?}", area.path, area.used_for, area.parts))
            .collect();
        assert_eq!(
            told,
            [
                "/var/log/nginx: nginx's error log, nginx's temporary files, the folder of \
                 shop.service [Proxy, App]",
                "/run/shop: the app's socket []",
                "/var/lib/shop: the folder of shop.service [App]",
                "/srv/far/uploads: uploads [App]",
            ]
        );
        assert_eq!(room(&areas[3]), Err("it lies on nfs4, which may not answer".to_owned()));
    }

    #[test]
    #[expect(clippy::print_stdout, reason = "says why a test was skipped")]
    fn a_small_file_system_that_is_full_is_seen_to_be() {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root may mount a file system");
            return;
        }
        let place = std::env::temp_dir().join(format!("rayfix-disk-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let run = |program: &str, words: &[&str]| {
            let ran = std::process::Command::new(program).args(words).arg(&place).output();
            ran.is_ok_and(|ran| ran.status.success())
        };
        if !run("mount", &["-t", "tmpfs", "-o", "size=64k,nr_inodes=20", "tmpfs"]) {
            println!("skipped: a file system could not be mounted here");
            std::fs::remove_dir_all(&place).unwrap();
            return;
        }
        let path = place.to_str().unwrap().to_owned();
        let look = || {
            let wanted = [folder(&path, "uploads", Some(Hop::App))];
            let area = areas(&wanted).unwrap().into_iter().find(|area| area.path == path).unwrap();
            room(&area).unwrap()
        };
        let empty = look();
        let _ = std::fs::write(place.join("filler"), vec![0; 70_000]);
        let full = look();
        assert!(run("umount", &[]));
        std::fs::remove_dir_all(&place).unwrap();
        assert_eq!(
            (empty.mount.as_str(), empty.kind.as_str(), empty.bytes),
            (&*path, "tmpfs", 65_536)
        );
        assert_eq!((empty.free, empty.inodes), (65_536, 20));
        assert_eq!(full.free, 0);
    }
}
