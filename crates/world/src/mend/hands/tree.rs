//! Files and folders with all that is in them: kept as they are, and made so again, for tools that change many.
//!
//! A link is kept as a link, and the file that it leads to as well where that lies elsewhere: tools write through
//! links. Locks that a tool holds while it works come and go, and are nobody's state.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rayfix_core::plan::run::Thing;
use rayfix_core::plan::{FilePath, PreImage};

use super::file;

/// Things in all of the folders together.
const MOST: usize = 20_000;
/// Bytes of all of their files together (32 MiB).
const LARGEST: usize = 32 << 20;
/// What a tool holds while it works.
const LOCK: &str = ".certbot.lock";

type Things = BTreeMap<FilePath, Thing>;

/// How they are; what is not there is left out.
pub(super) fn look(roots: &[FilePath]) -> Result<PreImage, String> {
    Ok(PreImage::Tree { things: all(roots)?.into_iter().collect() })
}

fn all(roots: &[FilePath]) -> Result<Things, String> {
    let mut seen = Seen::default();
    for root in roots {
        seen.take(Path::new(root.as_str()))?;
    }
    for led in std::mem::take(&mut seen.led) {
        let inside = roots.iter().any(|root| led.starts_with(root.as_str()));
        if !inside {
            seen.take(&led)?;
        }
    }
    Ok(seen.things)
}

#[derive(Default)]
struct Seen {
    things: Things,
    bytes: usize,
    /// Files that links lead to.
    led: Vec<PathBuf>,
}

impl Seen {
    fn take(&mut self, path: &Path) -> Result<(), String> {
        let shown = path.display();
        let about = match fs::symlink_metadata(path) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(format!("look at {shown}: {error}")),
        };
        if path.file_name().is_some_and(|name| name == LOCK) {
            return Ok(());
        }
        let name = path.to_str().and_then(|path| FilePath::new(path).ok());
        let name = name.ok_or_else(|| format!("keep {shown}: its name is not plain"))?;
        let (mode, uid, gid) = (about.mode() & 0o7777, about.uid(), about.gid());
        let thing = if about.is_symlink() {
            let to = fs::read_link(path).map_err(|error| format!("read {shown}: {error}"))?;
            let to =
                to.to_str().ok_or_else(|| format!("keep {shown}: where it leads is not plain"))?;
            self.led.extend(fs::canonicalize(path).ok().filter(|real| real.is_file()));
            Thing::Link { to: to.to_owned(), uid, gid }
        } else if about.is_dir() {
            Thing::Folder { mode, uid, gid }
        } else if about.is_file() {
            let PreImage::File { content: Some(image) } = file::look(path)? else { return Ok(()) };
            self.bytes += image.bytes.len();
            Thing::File { image }
        } else {
            return Err(format!("keep {shown}: it is neither file, folder nor link"));
        };
        let is_folder = matches!(thing, Thing::Folder { .. });
        self.things.insert(name, thing);
        if self.things.len() > MOST || self.bytes > LARGEST {
            return Err(format!("keep what is around {shown}: it is too much"));
        }
        if is_folder {
            let failed = |error: io::Error| format!("read {shown}: {error}");
            for entry in fs::read_dir(path).map_err(failed)? {
                self.take(&entry.map_err(failed)?.path())?;
            }
        }
        Ok(())
    }
}

/// Makes them as they were: what came goes, what went comes back, what changed is as before.
pub(super) fn restore(roots: &[FilePath], before: &[(FilePath, Thing)]) -> Result<(), String> {
    let before: Things = before.iter().cloned().collect();
    let now = all(roots)?;
    let mut trouble = None;
    // What lies in a folder goes before it.
    for (path, thing) in now.iter().rev() {
        let stays = before.get(path).is_some_and(|was| is_alike(was, thing));
        if !stays {
            trouble = trouble.or(remove(Path::new(path.as_str()), thing).err());
        }
    }
    for (path, thing) in &before {
        if now.get(path) != Some(thing) {
            trouble = trouble.or(put(Path::new(path.as_str()), thing).err());
        }
    }
    trouble.map_or(Ok(()), Err)
}

/// Whether both are of one kind, so that one can be made the other without being gone in between.
fn is_alike(one: &Thing, other: &Thing) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn remove(path: &Path, thing: &Thing) -> Result<(), String> {
    let removed = match thing {
        Thing::Folder { .. } => fs::remove_dir(path),
        _ => fs::remove_file(path),
    };
    removed.map_err(|error| format!("remove {}: {error}", path.display()))
}

fn put(path: &Path, thing: &Thing) -> Result<(), String> {
    let failed = |error: io::Error| format!("write {}: {error}", path.display());
    match thing {
        Thing::File { image } => file::restore(path, Some(image)),
        Thing::Link { to, uid, gid } => {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("link");
            let beside = path.with_file_name(format!(".{name}.rayfix-{}", std::process::id()));
            let _ = fs::remove_file(&beside);
            symlink(to, &beside).map_err(failed)?;
            std::os::unix::fs::lchown(&beside, Some(*uid), Some(*gid)).map_err(failed)?;
            fs::rename(&beside, path).map_err(failed)
        }
        Thing::Folder { mode, uid, gid } => {
            if !path.is_dir() {
                fs::DirBuilder::new().mode(0o700).create(path).map_err(failed)?;
            }
            std::os::unix::fs::lchown(path, Some(*uid), Some(*gid)).map_err(failed)?;
            fs::set_permissions(path, fs::Permissions::from_mode(*mode)).map_err(failed)
        }
    }
}

/// What of them is not as it was.
pub(in super::super) fn differs(
    before: &[(FilePath, Thing)],
    now: &[(FilePath, Thing)],
) -> Vec<String> {
    let (before, now): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (before.iter().map(|(a, b)| (a, b)).collect(), now.iter().map(|(a, b)| (a, b)).collect());
    let mut found = Vec::new();
    for (path, was) in &before {
        match (was, now.get(path)) {
            (_, None) => found.push(format!("{path}: it is gone")),
            (Thing::File { image: was }, Some(Thing::File { image: is })) => {
                let told = file::differs(Some(was), Some(is)).into_iter();
                found.extend(told.map(|what| format!("{path}: {what}")));
            }
            (Thing::Link { .. }, Some(is @ Thing::Link { to, .. })) if *was != *is => {
                found.push(format!("{path}: it leads to {to}"));
            }
            (was, Some(is)) if was != is => {
                found.push(format!("{path}: it is another thing, or another's"))
            }
            _ => {}
        }
    }
    let more = now.keys().filter(|path| !before.contains_key(*path));
    found.extend(more.map(|path| format!("{path}: it is there, and was not")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Place {
            let at =
                std::env::temp_dir().join(format!("rayfix-tree-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&at);
            fs::create_dir_all(at.join("etc/archive")).unwrap();
            fs::create_dir_all(at.join("elsewhere")).unwrap();
            fs::write(at.join("etc/archive/cert1.pem"), b"old \xff").unwrap();
            fs::write(at.join("elsewhere/site.conf"), "server {}").unwrap();
            symlink("archive/cert1.pem", at.join("etc/cert.pem")).unwrap();
            symlink(at.join("elsewhere/site.conf"), at.join("etc/site.conf")).unwrap();
            Place(at)
        }

        fn at(&self, path: &str) -> PathBuf {
            self.0.join(path)
        }

        fn roots(&self) -> Vec<FilePath> {
            ["etc", "not-there"]
                .map(|root| FilePath::new(self.at(root).to_str().unwrap()).unwrap())
                .to_vec()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn things(image: PreImage) -> Vec<(FilePath, Thing)> {
        match image {
            PreImage::Tree { things } => things,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whatever_a_tool_did_the_folders_are_as_they_were() {
        let place = Place::new("restore");
        let before = things(look(&place.roots()).unwrap());
        // A renewal: a second file, and the link leads to it; another file through a link; a folder; modes.
        fs::write(place.at("etc/archive/cert2.pem"), "new").unwrap();
        fs::remove_file(place.at("etc/cert.pem")).unwrap();
        symlink("archive/cert2.pem", place.at("etc/cert.pem")).unwrap();
        fs::write(place.at("etc/site.conf"), "server { challenge }").unwrap();
        fs::create_dir(place.at("etc/accounts")).unwrap();
        fs::write(place.at("etc/accounts/key"), "k").unwrap();
        fs::create_dir(place.at("not-there")).unwrap();
        fs::write(place.at("not-there/CHANGES"), "x").unwrap();
        fs::write(place.at("etc/.certbot.lock"), "").unwrap();
        let shut = fs::Permissions::from_mode(0o700);
        fs::set_permissions(place.at("etc/archive"), shut).unwrap();
        let now = things(look(&place.roots()).unwrap());
        let told = differs(&before, &now);
        assert_eq!(told.len(), 8, "{told:#?}");
        for _ in 0..2 {
            restore(&place.roots(), &before).unwrap();
            let then = things(look(&place.roots()).unwrap());
            assert_eq!(differs(&before, &then), [""; 0]);
            assert_eq!(before, then);
        }
        assert_eq!(fs::read(place.at("elsewhere/site.conf")).unwrap(), b"server {}");
        assert!(!place.at("not-there").exists());
    }

    #[test]
    fn what_went_or_became_another_kind_of_thing_comes_back() {
        let place = Place::new("kinds");
        let before = things(look(&place.roots()).unwrap());
        fs::remove_dir_all(place.at("etc/archive")).unwrap();
        fs::write(place.at("etc/archive"), "a file").unwrap();
        fs::remove_file(place.at("etc/cert.pem")).unwrap();
        fs::create_dir(place.at("etc/cert.pem")).unwrap();
        fs::write(place.at("etc/cert.pem/x"), "x").unwrap();
        restore(&place.roots(), &before).unwrap();
        assert_eq!(things(look(&place.roots()).unwrap()), before);
    }

    #[test]
    fn what_cannot_be_made_again_is_not_begun_with() {
        let place = Place::new("odd");
        let _socket = std::os::unix::net::UnixListener::bind(place.at("etc/socket")).unwrap();
        let why = look(&place.roots()).unwrap_err();
        assert!(why.contains("neither file, folder nor link"), "{why}");
    }
}
