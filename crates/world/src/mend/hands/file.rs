//! Files: replaced as a whole, in one moment, with the owner and the mode that they had.
//!
//! A file is written beside its place, brought to the disk and moved there, so that a reader sees the old one
//! or the new one. Access lists, labels and other attributes go with it. A link is followed and what it leads to is
//! replaced: configurations are often linked. A folder on the way that others than root and its owner may write to
//! could be swapped under our hands, so such a place is refused.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

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

/// Makes a file as it was; it is so on the disk when this returns.
pub(super) fn restore(path: &Path, content: Option<&FileImage>) -> Result<(), String> {
    let Some(image) = content else {
        let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let removed = match place(path) {
            Err(error) if gone(&error) => return Ok(()),
            place => place.and_then(|place| match fs::remove_file(&place) {
                Err(error) if gone(&error) => Ok(()),
                Err(error) => Err(error),
                Ok(()) => synced(place.parent().unwrap_or(Path::new("/"))),
            }),
        };
        return removed.map_err(|error| format!("remove {}: {error}", path.display()));
    };
    match look(path)? {
        PreImage::File { content: Some(now) } if now.bytes == image.bytes => {
            let changed = place(path).and_then(|place| {
                let owner = rustix::fs::Uid::from_raw(image.uid);
                let group = rustix::fs::Gid::from_raw(image.gid);
                rustix::fs::chown(&place, Some(owner), Some(group))?;
                fs::set_permissions(&place, fs::Permissions::from_mode(image.mode & 0o7777))?;
                if place.is_file() { File::open(&place)?.sync_all() } else { Ok(()) }
            });
            changed.map_err(|error| format!("change {}: {error}", path.display()))
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
        bear(&place, &file)?;
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
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left) {
        let _ = fs::remove_file(entry.path());
    }
}

/// Gives a new file what the old one bears besides owner and mode. Without its access list the program that reads it
/// might no longer be able to; all else is given as far as the system lets us.
fn bear(old: &Path, new: &File) -> io::Result<()> {
    let mut names = vec![0; 64 << 10];
    let Ok(length) = rustix::fs::listxattr(old, &mut names) else { return Ok(()) };
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        // These are sums over what the file holds.
        if name == b"security.ima" || name == b"security.evm" {
            continue;
        }
        let mut value = vec![0; 64 << 10];
        let given = rustix::fs::getxattr(old, name, &mut value).and_then(|length| {
            let flags = rustix::fs::XattrFlags::empty();
            rustix::fs::fsetxattr(new, name, &value[..length], flags)
        });
        if name == b"system.posix_acl_access" {
            given?;
        }
    }
    Ok(())
}

/// Links on the way to a file.
const LINKS: usize = 40;

/// Where a file really lies, or would: every link on the way is followed. Refused where others than root and we
/// ourselves could have it lead elsewhere.
fn place(path: &Path) -> io::Result<PathBuf> {
    let parts = |path: &Path| -> VecDeque<OsString> {
        let parts = path.components().filter(|part| *part != Component::RootDir);
        parts.map(|part| part.as_os_str().to_owned()).collect()
    };
    let mut rest = parts(path);
    let (mut at, mut links) = (PathBuf::from("/"), 0);
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            at.pop();
            continue;
        }
        if !is_safe(&fs::metadata(&at)?) {
            let why = format!("others may write to {}", at.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        let next = at.join(&part);
        match fs::symlink_metadata(&next) {
            Ok(about) if about.is_symlink() => {
                links += 1;
                if links > LINKS || !is_owned(&about) {
                    let why = format!("{} leads there, which may not", next.display());
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
                }
                let to = fs::read_link(&next)?;
                if to.is_absolute() {
                    at = PathBuf::from("/");
                }
                let mut led = parts(&to);
                led.append(&mut rest);
                rest = led;
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound || !rest.is_empty() => {
                return Err(error);
            }
            _ => at = next,
        }
    }
    Ok(at)
}

/// Whether nobody but root and we ourselves can put something else in the place of what lies in a folder.
fn is_safe(folder: &fs::Metadata) -> bool {
    let sticky = folder.mode() & 0o1000 != 0;
    let by_others = folder.mode() & 0o002 != 0;
    let by_group = folder.mode() & 0o020 != 0 && folder.gid() != 0;
    is_owned(folder) && (sticky || !(by_others || by_group))
}

fn is_owned(about: &fs::Metadata) -> bool {
    about.uid() == 0 || about.uid() == rustix::process::geteuid().as_raw()
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
    fn a_link_that_leads_nowhere_yet_stays_a_link() {
        let at = folder("dangling");
        let link = at.join("link");
        std::os::unix::fs::symlink("sub/real", &link).unwrap();
        fs::create_dir(at.join("sub")).unwrap();
        let before = look(&link).unwrap();
        write(&link, b"new", 0o600, &before).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(at.join("sub/real")).unwrap(), b"new");
        for _ in 0..2 {
            restore(&link, None).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert!(!at.join("sub/real").exists());
        }
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn a_link_in_a_folder_that_anybody_may_write_to_is_not_followed() {
        let at = folder("lure");
        fs::create_dir(at.join("open")).unwrap();
        fs::write(at.join("shadow"), b"root's").unwrap();
        std::os::unix::fs::symlink("../shadow", at.join("open/site")).unwrap();
        std::os::unix::fs::symlink("open/site", at.join("again")).unwrap();
        fs::set_permissions(at.join("open"), fs::Permissions::from_mode(0o777)).unwrap();
        for path in ["open/site", "again"] {
            let path = at.join(path);
            let before = look(&path).unwrap();
            assert!(write(&path, b"new", 0o600, &before).is_err(), "{}", path.display());
        }
        assert_eq!(fs::read(at.join("shadow")).unwrap(), b"root's");
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn what_else_a_file_bears_stays_with_it() {
        let at = folder("attributes");
        let path = at.join("site.key");
        fs::write(&path, b"old").unwrap();
        let note = |value: &[u8]| {
            rustix::fs::setxattr(&path, "user.note", value, rustix::fs::XattrFlags::empty())
        };
        note(b"kept").unwrap();
        // An access list: its owner and the user 33 may read (linux/posix_acl_xattr.h).
        let entry = |tag: u16, may: u16, id: u32| {
            [&tag.to_le_bytes()[..], &may.to_le_bytes()[..], &id.to_le_bytes()[..]].concat()
        };
        let none = u32::MAX;
        let list = [
            2_u32.to_le_bytes().to_vec(),
            entry(1, 6, none),
            entry(2, 4, 33),
            entry(4, 0, none),
            entry(16, 4, none),
            entry(32, 0, none),
        ]
        .concat();
        let name = "system.posix_acl_access";
        rustix::fs::setxattr(&path, name, &list, rustix::fs::XattrFlags::empty()).unwrap();
        let bears = |name: &str| {
            let mut value = [0; 100];
            let length = rustix::fs::getxattr(&path, name, &mut value).unwrap();
            value[..length].to_vec()
        };
        let before = look(&path).unwrap();
        write(&path, b"new", 0o600, &before).unwrap();
        assert_eq!((bears("user.note"), bears(name)), (b"kept".to_vec(), list.clone()));
        let PreImage::File { content } = &before else { panic!() };
        restore(&path, content.as_ref()).unwrap();
        assert_eq!((bears("user.note"), bears(name)), (b"kept".to_vec(), list));
        assert_eq!(look(&path).unwrap(), before);
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
