//! The mode and the group of a folder or a socket, changed where nobody can swap the thing under our hands.
//!
//! Folders of sockets often belong to the app's user, who could put a link in place of his socket and have root
//! open something else. So no link is followed, anywhere on the way; what is opened must be a folder or a socket;
//! and the change is made to what was opened.

use std::os::fd::OwnedFd;

use rayfix_core::plan::run::FileImage;
use rayfix_core::plan::{Group, PreImage};
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, ResolveFlags, Stat, Uid};
use rustix::io::Errno;

/// The thing itself; `None`: it is not there.
fn open(path: &str) -> Result<Option<(OwnedFd, Stat)>, String> {
    let fail = |error: Errno| format!("open {path}: {error}");
    // `/var/run` is a link to `/run` on every system of today.
    let real = path.strip_prefix("/var").filter(|rest| rest.starts_with("/run/")).unwrap_or(path);
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat2(CWD, real, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS);
    let fd = match opened {
        Ok(fd) => fd,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => return Err(format!("open {path}: a link is on the way")),
        Err(error) => return Err(fail(error)),
    };
    let about = rustix::fs::fstat(&fd).map_err(fail)?;
    match FileType::from_raw_mode(about.st_mode) {
        FileType::Socket | FileType::Directory => Ok(Some((fd, about))),
        _ => Err(format!("change {path}: it is neither a folder nor a socket")),
    }
}

/// How it is.
pub(super) fn look(path: &str) -> Result<PreImage, String> {
    let content = open(path)?.map(|(_, about)| FileImage {
        bytes: Vec::new(),
        mode: about.st_mode & 0o7777,
        uid: about.st_uid,
        gid: about.st_gid,
    });
    Ok(PreImage::File { content })
}

/// Whether it is as the plan saw it.
pub(super) fn fits(path: &str, from: u32, now: &PreImage) -> Result<(), String> {
    match now {
        PreImage::File { content: Some(image) } if image.mode == from => Ok(()),
        PreImage::File { content: Some(image) } => Err(format!(
            "{path} has the mode {:o} by now; the plan was made for {from:o}.",
            image.mode
        )),
        _ => Err(format!("{path} is gone since the plan was made.")),
    }
}

/// Gives it the mode and the group.
pub(super) fn act(path: &str, mode: u32, group: Option<&Group>) -> Result<(), String> {
    let (fd, _) = open(path)?.ok_or_else(|| format!("find {path}"))?;
    set(path, &fd, mode, None, group.map(|group| group.gid))
}

/// Makes it as it was; what is gone stays gone, and shows as a difference.
pub(super) fn restore(path: &str, before: Option<&FileImage>) -> Result<(), String> {
    match (before, open(path)?) {
        (Some(image), Some((fd, _))) => {
            set(path, &fd, image.mode, Some(image.uid), Some(image.gid))
        }
        _ => Ok(()),
    }
}

fn set(
    path: &str,
    fd: &OwnedFd,
    mode: u32,
    uid: Option<u32>,
    gid: Option<u32>,
) -> Result<(), String> {
    let fail = |error: Errno| format!("change {path}: {error}");
    let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
    // The group first: it would take set-bits away.
    if uid.is_some() || gid.is_some() {
        rustix::fs::chownat(fd, "", uid, gid, AtFlags::EMPTY_PATH).map_err(fail)?;
    }
    // What was opened only as a place cannot be changed by itself; this name leads to it and nowhere else.
    use std::os::fd::AsRawFd as _;
    let place = format!("/proc/self/fd/{}", fd.as_raw_fd());
    rustix::fs::chmod(place, Mode::from_raw_mode(mode & 0o7777)).map_err(fail)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    fn folder(name: &str) -> String {
        let at = std::env::temp_dir().canonicalize().unwrap();
        let at = at.join(format!("rayfix-mode-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&at);
        fs::create_dir(&at).unwrap();
        at.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_socket_is_opened_and_closed_again() {
        let at = folder("socket");
        let path = format!("{at}/app.sock");
        let _listens = UnixListener::bind(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let before = look(&path).unwrap();
        assert!(fits(&path, 0o600, &before).is_ok());
        assert!(fits(&path, 0o660, &before).is_err());
        act(&path, 0o660, None).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o660);
        let PreImage::File { content } = &before else { panic!() };
        for _ in 0..2 {
            restore(&path, content.as_ref()).unwrap();
            assert_eq!(look(&path).unwrap(), before);
        }
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn no_link_is_followed_and_no_plain_file_is_changed() {
        let at = folder("link");
        fs::create_dir(format!("{at}/real")).unwrap();
        let _listens = UnixListener::bind(format!("{at}/real/app.sock")).unwrap();
        symlink("real", format!("{at}/link")).unwrap();
        symlink("real/app.sock", format!("{at}/sock")).unwrap();
        fs::write(format!("{at}/shadow"), b"").unwrap();
        for path in ["link", "link/app.sock", "sock", "shadow"] {
            assert!(act(&format!("{at}/{path}"), 0o777, None).is_err(), "{path}");
        }
        fs::remove_dir_all(at).unwrap();
    }
}
