//! Files: replaced as a whole, in one moment, with the owner and the mode that they had.
//!
//! A file is written beside its place, brought to the disk and moved there, so that a reader sees the old one
//! or the new one. A link in the last place is followed once and its target replaced: configurations are often
//! linked. A folder above that others than root and its owner may write to could be swapped under our hands, so
//! such a place is refused.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rayfix_core::plan::PreImage;
use rayfix_core::plan::run::FileImage;

use crate::mend::journal::synced;

/// A larger file is nobody's configuration (16 MiB).
const MOST: u64 = 16 << 20;

/// How a file is.
pub(in super::super) fn look(path: &Path) -> Result<PreImage, String> {
    let fail = |error: std::io::Error| format!("read {}: {error}", path.display());
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(PreImage::File { content: None });
        }
        Err(error) => return Err(fail(error)),
    };
    let mut bytes = Vec::new();
    if about.is_file() {
        if about.len() > MOST {
            return Err(format!("keep {}: it is larger than 16 MiB", path.display()));
        }
        let file = File::open(path).map_err(fail)?;
        file.take(MOST).read_to_end(&mut bytes).map_err(fail)?;
    }
    // Of a socket only owner and mode are there to be kept.
    let image =
        FileImage { bytes, mode: about.mode() & 0o7777, uid: about.uid(), gid: about.gid() };
    Ok(PreImage::File { content: Some(image) })
}

/// Whether a file holds what the plan was made for.
pub(super) fn fits(path: &str, before: Option<&str>, now: &PreImage) -> Result<(), String> {
    let PreImage::File { content } = now else { return Ok(()) };
    match (before, content) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(format!("{path} is there by now; the plan was made without it.")),
        (Some(_), None) => Err(format!("{path} is gone since the plan was made.")),
        (Some(before), Some(image)) if digest(&image.bytes) == before => Ok(()),
        (Some(_), Some(_)) => Err(format!("{path} was changed since the plan was made.")),
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    rayfix_core::plan::digest(bytes)
}

/// Writes a file in one moment.
pub(super) fn write(path: &Path, bytes: &[u8], mode: u32, before: &PreImage) -> Result<(), String> {
    let image = match before {
        PreImage::File { content: Some(old) } => FileImage { bytes: bytes.to_vec(), ..old.clone() },
        _ => {
            let uid = rustix::process::geteuid().as_raw();
            let gid = rustix::process::getegid().as_raw();
            FileImage { bytes: bytes.to_vec(), mode, uid, gid }
        }
    };
    put(path, &image)
}

/// Gives a file another mode.
fn set_mode(path: &Path, mode: u32) -> Result<(), String> {
    let to = fs::Permissions::from_mode(mode & 0o7777);
    fs::set_permissions(path, to).map_err(|error| format!("change {}: {error}", path.display()))
}

/// Makes a file as it was.
pub(super) fn restore(path: &Path, content: Option<&FileImage>) -> Result<(), String> {
    let Some(image) = content else {
        return match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("remove {}: {error}", path.display()))
            }
            _ => Ok(()),
        };
    };
    match look(path)? {
        PreImage::File { content: Some(now) } if now.bytes == image.bytes => {
            rustix::fs::chown(
                path,
                Some(rustix::fs::Uid::from_raw(image.uid)),
                Some(rustix::fs::Gid::from_raw(image.gid)),
            )
            .map_err(|error| format!("change {}: {error}", path.display()))?;
            set_mode(path, image.mode)
        }
        _ => put(path, image),
    }
}

/// What of a file is not as it was.
pub(super) fn differs(before: Option<&FileImage>, now: Option<&FileImage>) -> Vec<String> {
    let (before, now) = match (before, now) {
        (None, None) => return Vec::new(),
        (None, Some(_)) => return vec!["it is there, and was not".to_owned()],
        (Some(_), None) => return vec!["it is gone".to_owned()],
        (Some(before), Some(now)) => (before, now),
    };
    let mut found = Vec::new();
    if before.bytes != now.bytes {
        found.push("its content".to_owned());
    }
    if before.mode != now.mode {
        found.push(format!("its mode: {:o}, was {:o}", now.mode, before.mode));
    }
    if (before.uid, before.gid) != (now.uid, now.gid) {
        let was = format!("{}:{}", before.uid, before.gid);
        found.push(format!("its owner: {}:{}, was {was}", now.uid, now.gid));
    }
    found
}

/// Puts a file into its place in one moment.
pub(super) fn put(path: &Path, image: &FileImage) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("write {}: {error}", path.display());
    let place = place(path).map_err(fail)?;
    let folder = place.parent().unwrap_or(Path::new("/"));
    if !is_safe(folder) {
        let why = "others may write to its folder";
        return Err(format!("write {}: {why}", path.display()));
    }
    let name = place.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let beside = folder.join(format!(".{name}.rayfix-{}", std::process::id()));
    let _ = fs::remove_file(&beside);
    let mut open = OpenOptions::new();
    let open = open.write(true).create_new(true).mode(0o600);
    let written = open.open(&beside).and_then(|mut file| {
        file.write_all(&image.bytes)?;
        rustix::fs::fchown(
            &file,
            Some(rustix::fs::Uid::from_raw(image.uid)),
            Some(rustix::fs::Gid::from_raw(image.gid)),
        )?;
        file.set_permissions(fs::Permissions::from_mode(image.mode & 0o7777))?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&beside, &place));
    if let Err(error) = moved {
        let _ = fs::remove_file(&beside);
        return Err(fail(error));
    }
    synced(folder).map_err(fail)
}

/// Takes away what was written beside a file and never came to its place. Only whoever has the turn to act writes
/// such, so nobody is at it.
pub(super) fn sweep(path: &Path) {
    let Ok(place) = place(path) else { return };
    let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else { return };
    let start = format!(".{}.rayfix-", name.to_string_lossy());
    let is_left = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(&start));
        rest.is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if !is_safe(folder) {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left) {
        let _ = fs::remove_file(entry.path());
    }
}

/// Where a file really lies: a link is followed.
fn place(path: &Path) -> std::io::Result<PathBuf> {
    match path.canonicalize() {
        Ok(real) => Ok(real),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let folder = path.parent().unwrap_or(Path::new("/")).canonicalize()?;
            Ok(folder.join(path.file_name().unwrap_or_default()))
        }
        Err(error) => Err(error),
    }
}

/// Whether nobody but root and we ourselves can put something else in a folder's place.
fn is_safe(folder: &Path) -> bool {
    let ours = rustix::process::geteuid().as_raw();
    folder.ancestors().all(|at| {
        fs::metadata(at).is_ok_and(|about| {
            let sticky = about.mode() & 0o1000 != 0;
            let by_others = about.mode() & 0o002 != 0;
            let by_group = about.mode() & 0o020 != 0 && about.gid() != 0;
            let owned = about.uid() == 0 || about.uid() == ours;
            owned && (sticky || !(by_others || by_group))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let at = std::env::temp_dir().join(format!("rayfix-hands-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&at);
        fs::create_dir(&at).unwrap();
        at
    }

    #[test]
    fn a_file_is_replaced_and_made_as_it_was_byte_for_byte() {
        let at = folder("replace");
        let path = at.join("nginx.conf");
        fs::write(&path, b"old \xff\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let before = look(&path).unwrap();
        write(&path, b"new\n", 0o600, &before).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new\n");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
        let PreImage::File { content } = &before else { panic!() };
        for _ in 0..2 {
            restore(&path, content.as_ref()).unwrap();
            assert_eq!(look(&path).unwrap(), before);
        }
        assert_eq!(fs::read_dir(&at).unwrap().count(), 1, "nothing is left beside it");
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn what_a_killed_write_left_goes_and_nothing_else() {
        let at = folder("sweep");
        let beside = [".site.rayfix-4711", ".site.rayfix-x", ".site2.rayfix-4711", "site"];
        for name in beside {
            fs::write(at.join(name), b"half").unwrap();
        }
        sweep(&at.join("site"));
        let left: Vec<bool> = beside.iter().map(|name| at.join(name).exists()).collect();
        assert_eq!(left, [false, true, true, true]);
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn a_file_that_was_not_there_goes_again() {
        let at = folder("new");
        let path = at.join("key.pem");
        let before = look(&path).unwrap();
        write(&path, b"key", 0o600, &before).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        restore(&path, None).unwrap();
        restore(&path, None).unwrap();
        assert_eq!(look(&path).unwrap(), before);
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn a_link_stays_a_link() {
        let at = folder("link");
        fs::write(at.join("real"), b"old").unwrap();
        std::os::unix::fs::symlink("real", at.join("link")).unwrap();
        let before = look(&at.join("link")).unwrap();
        write(&at.join("link"), b"new", 0o600, &before).unwrap();
        assert!(fs::symlink_metadata(at.join("link")).unwrap().is_symlink());
        assert_eq!(fs::read(at.join("real")).unwrap(), b"new");
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn a_folder_that_anybody_may_write_to_is_no_place() {
        let at = folder("open");
        fs::set_permissions(&at, fs::Permissions::from_mode(0o777)).unwrap();
        let path = at.join("file");
        let before = look(&path).unwrap();
        let why = write(&path, b"x", 0o600, &before).unwrap_err();
        assert!(why.contains("others may write"), "{why}");
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn a_plan_for_another_content_is_refused() {
        let at = folder("drift");
        let path = "/etc/x";
        fs::write(at.join("x"), b"now").unwrap();
        let now = look(&at.join("x")).unwrap();
        assert!(fits(path, Some(&digest(b"now")), &now).is_ok());
        let why = fits(path, Some(&digest(b"then")), &now).unwrap_err();
        assert!(why.contains("changed since"), "{why}");
        assert!(fits(path, None, &now).unwrap_err().contains("is there by now"));
        fs::remove_dir_all(at).unwrap();
    }
}
