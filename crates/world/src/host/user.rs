//! Users and groups, as the files say: who a name is, and whether he may go to a socket.
//!
//! A web server's workers are not root, and a folder on the way that they may not enter is as good as
//! a missing socket. Nobody's rights are taken on for that: they are computed from owner, group and
//! mode. Where more than those decides (an access list), nothing is said.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

use rayfix_core::evidence::host::{SocketFile, UpstreamAnswer};

use super::view::View;

/// A user, and the groups that he is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    uid: u32,
    groups: Vec<u32>,
}

/// Bytes of `/etc/passwd` and `/etc/group` that are read.
const LARGEST: u64 = 4 << 20;

impl User {
    /// Looks a user up; `group` in place of his own where the program sets another. `None`: the files
    /// do not know him (a directory service may).
    pub(crate) fn find(view: &View, name: &str, group: Option<&str>) -> Option<User> {
        let read = |path: &str| {
            let (bytes, _) = view.read(path, LARGEST).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        User::of(&read("/etc/passwd")?, &read("/etc/group")?, name, group)
    }

    fn of(passwd: &str, groups: &str, name: &str, group: Option<&str>) -> Option<User> {
        let rows = |text: &str| -> Vec<Vec<String>> {
            let rows = text.lines().map(|row| row.split(':').map(str::to_owned).collect());
            rows.collect()
        };
        let users = rows(passwd);
        let user = users.iter().find(|row| row.first().is_some_and(|own| own == name))?;
        let groups = rows(groups);
        let first = match group {
            Some(group) => {
                groups.iter().find(|row| row.first().is_some_and(|own| own == group))?.get(2)
            }
            None => user.get(3),
        };
        let mut ids: Vec<u32> = vec![first?.parse().ok()?];
        let has = |row: &&Vec<String>| {
            row.get(3).is_some_and(|all| all.split(',').any(|one| one == name))
        };
        ids.extend(groups.iter().filter(has).filter_map(|row| row.get(2)?.parse::<u32>().ok()));
        Some(User { name: name.to_owned(), uid: user.get(2)?.parse().ok()?, groups: ids })
    }

    /// Whether the bits let him: `want` is 1 to enter a folder, 2 to write to a socket.
    fn may(&self, about: &fs::Metadata, want: u32) -> bool {
        let shift = match () {
            () if self.uid == 0 => return true,
            () if self.uid == about.uid() => 6,
            () if self.groups.contains(&about.gid()) => 3,
            () => 0,
        };
        about.mode() >> shift & want != 0
    }
}

/// How the way to a socket is.
#[derive(Debug)]
pub(crate) enum Way {
    /// It leads to a socket: where that really is, seen from us, and what it is like.
    Leads(String, SocketFile),
    /// It ends before.
    Ends(UpstreamAnswer),
    /// We may not look ourselves.
    Hidden,
}

/// Links that are followed.
const LINKS: usize = 20;

/// Walks to a socket, folder by folder, with the rights of this user; without one, of anybody.
pub(crate) fn walk(view: &View, path: &str, user: Option<&User>) -> Way {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').rev().filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect()
    };
    let mut todo = parts(path);
    let mut at = String::new();
    let mut links = 0;
    while let Some(part) = todo.pop() {
        let folder = if at.is_empty() { "/" } else { &at };
        match fs::symlink_metadata(view.ours(folder)) {
            Ok(about) => {
                if let Some(user) = user
                    && !user.may(&about, 1)
                    && !has_list(view, folder)
                {
                    return forbidden(folder, &about, user);
                }
            }
            Err(error) => return ended(&error, folder),
        }
        if part == ".." {
            at.truncate(at.rfind('/').unwrap_or(0));
            continue;
        }
        let next = format!("{at}/{part}");
        let about = match fs::symlink_metadata(view.ours(&next)) {
            Ok(about) => about,
            Err(error) => return ended(&error, folder),
        };
        if about.is_symlink() {
            let Ok(to) = fs::read_link(view.ours(&next)) else { return Way::Hidden };
            let to = to.to_string_lossy();
            links += 1;
            if links > LINKS {
                let what = "a link that leads in a circle".to_owned();
                return Way::Ends(UpstreamAnswer::NoSocket { what });
            }
            if to.starts_with('/') {
                at.clear();
            }
            todo.extend(parts(&to));
            continue;
        }
        if todo.is_empty() {
            return last(view, &next, &about, user);
        }
        if !about.is_dir() {
            return Way::Ends(UpstreamAnswer::SocketMissing { up_to: folder.to_owned() });
        }
        at = next;
    }
    Way::Ends(UpstreamAnswer::NoSocket { what: "a folder".to_owned() })
}

fn last(view: &View, path: &str, about: &fs::Metadata, user: Option<&User>) -> Way {
    let kind = about.file_type();
    if !kind.is_socket() {
        let what = match () {
            () if kind.is_dir() => "a folder",
            () if kind.is_file() => "a file",
            () if kind.is_fifo() => "a pipe",
            () => "a device",
        };
        return Way::Ends(UpstreamAnswer::NoSocket { what: what.to_owned() });
    }
    match user {
        Some(user) if !user.may(about, 2) && !has_list(view, path) => forbidden(path, about, user),
        _ => Way::Leads(view.ours(path), file(path, about)),
    }
}

fn ended(error: &std::io::Error, folder: &str) -> Way {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Way::Ends(UpstreamAnswer::SocketMissing { up_to: folder.to_owned() })
        }
        _ => Way::Hidden,
    }
}

fn forbidden(path: &str, about: &fs::Metadata, user: &User) -> Way {
    let at = file(path, about);
    Way::Ends(UpstreamAnswer::SocketForbidden { at, user: user.name.clone() })
}

/// Whether an access list says more than the bits do.
fn has_list(view: &View, path: &str) -> bool {
    let list = "system.posix_acl_access";
    let mut nothing: [u8; 0] = [];
    match rustix::fs::lgetxattr(view.ours(path), list, &mut nothing) {
        Ok(size) => size > 0,
        // A file system without such lists has none; with the attribute there but larger: it has.
        Err(error) => error == rustix::io::Errno::RANGE,
    }
}

fn file(path: &str, about: &fs::Metadata) -> SocketFile {
    let name = |list: &str, id: u32| {
        let text = fs::read_to_string(list).unwrap_or_default();
        let row = text.lines().find(|row| row.split(':').nth(2) == Some(&id.to_string()));
        let name = row.and_then(|row| row.split(':').next()).map(str::to_owned);
        name.unwrap_or_else(|| id.to_string())
    };
    SocketFile {
        path: path.to_owned(),
        owner: name("/etc/passwd", about.uid()),
        group: name("/etc/group", about.gid()),
        mode: about.mode() & 0o7777,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixListener;

    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n";
    const GROUP: &str = "root:x:0:\nwww-data:x:33:\nshop:x:997:deploy,www-data\nadm:x:4:syslog\n";

    #[test]
    fn a_user_is_in_the_groups_that_the_files_say() {
        let user = User::of(PASSWD, GROUP, "www-data", None).unwrap();
        assert_eq!((user.uid, user.groups), (33, vec![33, 997]));
        let other = User::of(PASSWD, GROUP, "www-data", Some("adm")).unwrap();
        assert_eq!(other.groups, [4, 997]);
        assert_eq!(User::of(PASSWD, GROUP, "nobody", None), None);
        assert_eq!(User::of(PASSWD, GROUP, "www-data", Some("gone")), None);
    }

    /// A folder with a socket in it, and a stranger who is in no group of ours.
    fn check(prepare: impl Fn(&str), test: impl Fn(&str, Way)) {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("rayfix-walk-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join("run")).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(folder.join("run"), fs::Permissions::from_mode(0o755)).unwrap();
        let base = folder.canonicalize().unwrap().to_str().unwrap().to_owned();
        let _listens = UnixListener::bind(format!("{base}/run/app.sock")).unwrap();
        mode(&format!("{base}/run/app.sock"), 0o666);
        prepare(&base);
        let stranger = User { name: "stranger".to_owned(), uid: 54_321, groups: vec![54_321] };
        let way = walk(&View::own(), &format!("{base}/run/app.sock"), Some(&stranger));
        test(&base, way);
        mode(&format!("{base}/run"), 0o755);
        fs::remove_dir_all(&base).unwrap();
    }

    fn mode(path: &str, mode: u32) {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    }

    fn forbidden_at(way: Way) -> (String, u32) {
        match way {
            Way::Ends(UpstreamAnswer::SocketForbidden { at, user }) if user == "stranger" => {
                (at.path, at.mode)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_open_way_leads_to_the_socket() {
        check(
            |_| (),
            |base, way| {
                let Way::Leads(path, file) = way else { panic!("{way:?}") };
                assert_eq!((path, file.mode), (format!("{base}/run/app.sock"), 0o666));
            },
        );
    }

    #[test]
    fn the_folder_or_the_socket_that_keeps_somebody_out_is_named() {
        check(
            |base| mode(&format!("{base}/run"), 0o750),
            |base, way| {
                assert_eq!(forbidden_at(way), (format!("{base}/run"), 0o750));
            },
        );
        check(
            |base| mode(&format!("{base}/run/app.sock"), 0o660),
            |base, way| {
                assert_eq!(forbidden_at(way), (format!("{base}/run/app.sock"), 0o660));
            },
        );
    }

    #[test]
    fn what_is_missing_or_no_socket_is_told() {
        check(
            |base| fs::remove_dir_all(format!("{base}/run")).unwrap(),
            |base, way| {
                let Way::Ends(UpstreamAnswer::SocketMissing { up_to }) = way else {
                    panic!("{way:?}")
                };
                assert_eq!(up_to, base);
            },
        );
        check(
            |base| {
                fs::remove_file(format!("{base}/run/app.sock")).unwrap();
                fs::write(format!("{base}/run/app.sock"), "").unwrap();
            },
            |_, way| {
                let Way::Ends(UpstreamAnswer::NoSocket { what }) = way else { panic!("{way:?}") };
                assert_eq!(what, "a file");
            },
        );
    }

    #[test]
    fn links_are_followed_and_a_circle_of_them_ends() {
        check(
            |base| {
                fs::rename(format!("{base}/run/app.sock"), format!("{base}/run/real.sock"))
                    .unwrap();
                std::os::unix::fs::symlink("../run/./real.sock", format!("{base}/run/app.sock"))
                    .unwrap();
            },
            |base, way| {
                let Way::Leads(path, _) = way else { panic!("{way:?}") };
                assert_eq!(path, format!("{base}/run/real.sock"));
            },
        );
        check(
            |base| {
                fs::remove_file(format!("{base}/run/app.sock")).unwrap();
                std::os::unix::fs::symlink("app.sock", format!("{base}/run/app.sock")).unwrap();
            },
            |_, way| assert!(matches!(way, Way::Ends(UpstreamAnswer::NoSocket { .. })), "{way:?}"),
        );
    }
}
