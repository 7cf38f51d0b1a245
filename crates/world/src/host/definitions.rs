//! The units that files define: where systemd looks, in its order, with drop-ins and instances.
//!
//! Read as files, so that it works without systemd's help and without root. Nothing is followed
//! that is no unit: an alias is left to the unit that it stands for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rayfix_core::unit_file::UnitFile;

use super::files;

/// Folders of units; an earlier one wins (systemd.unit(5)).
const FOLDERS: [&str; 10] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
];

/// The kinds of units that listen.
const KINDS: [&str; 2] = [".service", ".socket"];

/// More names of a folder are not looked at.
const MOST_NAMES: usize = 5_000;
/// What is read of one file.
const MOST_BYTES: u64 = 65_536;
/// What is read of all of them.
const MOST_BYTES_OF_ALL: usize = 8 << 20;

/// A unit as its files define it.
#[derive(Debug, Clone, Default)]
pub(super) struct Definition {
    /// `shop.service`; of a template's instance the instance's: `app@blue.service`.
    pub(super) name: String,
    /// Its settings, drop-ins included.
    pub(super) file: UnitFile,
    /// Whether it is started by itself: another unit wants it, as `systemctl enable` arranges.
    pub(super) is_wanted: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    /// By name.
    pub(super) all: Vec<Definition>,
    /// Every name that a file or a link has, of units of any kind; templates as such (`app@.service`).
    names: BTreeSet<String>,
}

impl Definitions {
    /// Whether a file defines a unit of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name) || template(name).is_some_and(|name| self.names.contains(&name))
    }

    /// The names of units that begin and end so, in order.
    pub(super) fn named(&self, begin: &str, end: &str) -> Vec<String> {
        let names = self.names.iter().filter(|name| name.starts_with(begin) && name.ends_with(end));
        names.filter(|name| !name.contains('@')).cloned().collect()
    }

    /// Reads the system's own.
    pub(super) fn read(running: &[String]) -> Self {
        Self::of(&FOLDERS.map(Path::new), running)
    }

    /// Reads folders; `running`: units that programs of now belong to, among them instances.
    fn of(folders: &[&Path], running: &[String]) -> Self {
        let found = Found::look(folders);
        let mut room = MOST_BYTES_OF_ALL;
        let instances = found.wanted.iter().chain(running).filter(|name| template(name).is_some());
        let instances = instances.cloned().collect::<BTreeSet<_>>();
        let mut all = Vec::new();
        for (name, path) in &found.files {
            let text = read(path, &mut room);
            let own: Vec<&String> = if name.contains("@.") {
                instances.iter().filter(|one| template(one).as_ref() == Some(name)).collect()
            } else {
                vec![name]
            };
            for own in own {
                let mut file = UnitFile::default();
                file.read(path, &text);
                for drop_in in found.drop_ins_of(own) {
                    let text = read(&drop_in, &mut room);
                    file.read(&drop_in, &text);
                }
                let is_wanted = found.wanted.contains(own);
                all.push(Definition { name: own.clone(), file, is_wanted });
            }
        }
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Definitions { all, names: found.names }
    }
}

fn read(path: &str, room: &mut usize) -> String {
    let text = if *room > 0 { files::read(path, MOST_BYTES) } else { None }.unwrap_or_default();
    *room = room.saturating_sub(text.len());
    text
}

/// `app@.service` for `app@blue.service`.
fn template(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once('@')?;
    let (instance, kind) = rest.rsplit_once('.')?;
    (!instance.is_empty()).then(|| format!("{prefix}@.{kind}"))
}

/// What the folders hold.
#[derive(Default)]
struct Found {
    names: BTreeSet<String>,
    /// Services and sockets, and their files.
    files: BTreeMap<String, String>,
    /// Names that others want.
    wanted: BTreeSet<String>,
    /// Folders with drop-ins, and the name that each is for.
    drop_ins: Vec<(String, String)>,
}

impl Found {
    fn look(folders: &[&Path]) -> Self {
        let mut found = Found::default();
        for folder in folders {
            for name in files::names(folder, MOST_NAMES) {
                found.take(folder, name);
            }
        }
        found
    }

    fn take(&mut self, folder: &Path, name: String) {
        let path = folder.join(&name);
        if [".wants", ".requires"].iter().any(|end| name.ends_with(end)) {
            self.wanted.extend(files::names(&path, MOST_NAMES));
        } else if let Some(of) = name.strip_suffix(".d") {
            self.drop_ins.extend(path.to_str().map(|path| (of.to_owned(), path.to_owned())));
        } else if self.names.insert(name.clone())
            && KINDS.iter().any(|kind| name.ends_with(kind))
            && !is_alias(&path, &name)
        {
            self.files.extend(path.to_str().map(|path| (name, path.to_owned())));
        }
    }

    /// The drop-ins of a unit in the order of their names; one of an earlier folder hides another of
    /// the same name.
    fn drop_ins_of(&self, unit: &str) -> Vec<String> {
        let mut by_name = BTreeMap::new();
        let template = template(unit);
        for (of, folder) in &self.drop_ins {
            if of == unit || Some(of) == template.as_ref() {
                for name in files::names(folder, 100) {
                    if name.ends_with(".conf") {
                        by_name.entry(name.clone()).or_insert_with(|| format!("{folder}/{name}"));
                    }
                }
            }
        }
        by_name.into_values().collect()
    }
}

/// Whether a link gives a unit another name, or masks it.
fn is_alias(path: &Path, name: &str) -> bool {
    fs::read_link(path).is_ok_and(|target| target.file_name().is_none_or(|target| target != name))
}

#[cfg(test)]
impl Definitions {
    /// Units that were made up.
    pub(super) fn with(all: Vec<Definition>) -> Self {
        let names = all.iter().map(|one| one.name.clone()).collect();
        Definitions { all, names }
    }

    /// Units of which nothing is known but that there are files.
    pub(super) fn with_names(names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Definitions { all: Vec::new(), names }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn units_are_read_as_systemd_reads_them() {
        let root = std::env::temp_dir().join(format!("rayfix-units-{}", std::process::id()));
        let (etc, lib) = (root.join("etc"), root.join("lib"));
        let write = |path: &Path, text: &str| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(&lib.join("shop.service"), "[Service]\nExecStart=/bin/vendor\n");
        write(&etc.join("shop.service"), "[Service]\nExecStart=/bin/ours\n");
        write(&lib.join("shop.service.d/10.conf"), "[Service]\nUser=a\n");
        write(&etc.join("shop.service.d/20.conf"), "[Service]\nUser=b\n");
        write(&lib.join("shop.service.d/20.conf"), "[Service]\nUser=c\n");
        write(&lib.join("app@.service"), "[Service]\nExecStart=/bin/app %i\n");
        write(&lib.join("off.service"), "[Service]\n");
        write(&lib.join("some.timer"), "[Timer]\n");
        fs::create_dir_all(etc.join("multi-user.target.wants")).unwrap();
        symlink(lib.join("app@.service"), etc.join("multi-user.target.wants/app@blue.service"))
            .unwrap();
        symlink(etc.join("shop.service"), etc.join("multi-user.target.wants/shop.service"))
            .unwrap();
        symlink(etc.join("shop.service"), etc.join("alias.service")).unwrap();
        symlink("/dev/null", etc.join("off.service")).unwrap();

        let read = Definitions::of(&[&etc, &lib], &["app@red.service".to_owned()]);
        let names: Vec<(&str, bool)> =
            read.all.iter().map(|one| (one.name.as_str(), one.is_wanted)).collect();
        assert_eq!(
            names,
            [("app@blue.service", true), ("app@red.service", false), ("shop.service", true)]
        );
        let shop = &read.all[2].file;
        assert_eq!(shop.last("Service", "ExecStart").unwrap().value, "/bin/ours");
        assert_eq!(shop.last("Service", "User").unwrap().value, "b");
        for name in ["shop.service", "alias.service", "off.service", "app@x.service", "some.timer"]
        {
            assert!(read.has(name), "{name}");
        }
        assert!(!read.has("other.service") && !read.has("; rm -rf $(x)\n.service"));
        assert_eq!(read.named("some", ".timer"), ["some.timer"]);
        fs::remove_dir_all(root).unwrap();
    }
}
