//! Saved outputs: a folder with a file for each input, and the files that made the rules below `files/`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use rayfix_core::firewall::{Got, Input, Snapshot};
use thiserror::Error;

use crate::host::files;

/// Where the files that made the rules lie.
const BELOW: &str = "files";
/// What is read of one output, in bytes.
const MOST: u64 = 512 << 20;
/// What is read of one file that made rules, in bytes.
const MOST_OF_FILE: u64 = 1 << 20;
/// More such files are not read.
const MOST_FILES: usize = 500;

/// The inputs that hold rules; a folder with none of them is something else.
const RULES: [Input; 5] = [
    Input::NftJson,
    Input::Iptables,
    Input::Ip6tables,
    Input::IptablesLegacy,
    Input::Ip6tablesLegacy,
];

/// Why a folder could not be read: what follows "could not".
#[derive(Debug, Error)]
pub enum LoadError {
    /// It is not there, or may not be read.
    #[error("read the saved outputs in {}: {error}", path.display())]
    Unreadable {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// None of the files that hold rules is there.
    #[error(
        "find saved rules in {}; `nft -j list ruleset` belongs there as nft.json, `iptables-save` as \
         iptables-save.txt, `ip6tables-save` as ip6tables-save.txt",
        path.display()
    )]
    NoRules {
        /// Which folder.
        path: PathBuf,
    },
    /// A file is larger than any output.
    #[error("take {}; it is larger than 512 MiB", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
}

/// Why a folder could not be written: what follows "could not".
#[derive(Debug, Error)]
pub enum SaveError {
    /// It holds something already.
    #[error("save into {}; it is not empty", path.display())]
    NotEmpty {
        /// Which folder.
        path: PathBuf,
    },
    /// It could not be written.
    #[error("write {}: {error}", path.display())]
    Unwritable {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Reads a folder of saved outputs. Each file may be missing; an empty one says that the host has nothing
/// of the kind.
///
/// # Errors
/// When the folder cannot be read, or no file in it holds rules.
pub fn load(dir: &Path) -> Result<Snapshot, LoadError> {
    let unreadable = |error| LoadError::Unreadable { path: dir.to_owned(), error };
    fs::read_dir(dir).map_err(unreadable)?;
    let mut snapshot = Snapshot::default();
    for input in Input::ALL {
        let path = dir.join(input.file());
        match path.metadata() {
            Ok(about) if about.len() > MOST => return Err(LoadError::TooLarge { path }),
            Ok(about) if about.is_file() => {}
            Ok(_) | Err(_) => continue,
        }
        let got = match files::read(&path, MOST) {
            // Nobody listens, which is not that nobody told.
            Some(text) if text.trim().is_empty() && input != Input::Listeners => Got::Absent,
            Some(text) => Got::Text(text),
            None => Got::Missing(format!("{} may not be read", input.file())),
        };
        snapshot.inputs.insert(input, got);
    }
    if !RULES.iter().any(|input| snapshot.inputs.contains_key(input)) {
        return Err(LoadError::NoRules { path: dir.to_owned() });
    }
    below(&dir.join(BELOW), Path::new("/"), 8, &mut snapshot.files);
    Ok(snapshot)
}

/// The files of a folder, by the path that they have on the host.
fn below(folder: &Path, at: &Path, depth: usize, found: &mut BTreeMap<String, String>) {
    for name in files::names(folder, MOST_FILES) {
        let (path, told) = (folder.join(&name), at.join(&name));
        // What leads out of the folder was not saved there.
        let Ok(about) = path.symlink_metadata() else { continue };
        if about.is_dir() && depth > 0 {
            below(&path, &told, depth - 1, found);
        } else if about.is_file()
            && found.len() < MOST_FILES
            && let Some(text) = files::read(&path, MOST_OF_FILE)
        {
            found.insert(told.to_string_lossy().into_owned(), text);
        }
    }
}

/// Writes a folder of saved outputs that only its owner may read; it is made if it is not there. What is
/// missing is not written.
///
/// # Errors
/// When the folder holds something already, or cannot be written.
pub fn save(dir: &Path, snapshot: &Snapshot) -> Result<(), SaveError> {
    make(dir)?;
    let unwritable = |error| SaveError::Unwritable { path: dir.to_owned(), error };
    if fs::read_dir(dir).map_err(unwritable)?.next().is_some() {
        return Err(SaveError::NotEmpty { path: dir.to_owned() });
    }
    for (input, got) in &snapshot.inputs {
        match got {
            Got::Text(text) => write(&dir.join(input.file()), text)?,
            Got::Absent => write(&dir.join(input.file()), "")?,
            Got::Missing(_) => {}
        }
    }
    for (path, text) in &snapshot.files {
        let plain = |part: &Component<'_>| matches!(part, Component::Normal(_));
        let within: PathBuf = Path::new(path).components().filter(plain).collect();
        let to = dir.join(BELOW).join(within);
        if let Some(folder) = to.parent() {
            make(folder)?;
        }
        write(&to, text)?;
    }
    Ok(())
}

fn make(folder: &Path) -> Result<(), SaveError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| SaveError::Unwritable { path: folder.to_owned(), error })
}

fn write(path: &Path, text: &str) -> Result<(), SaveError> {
    use std::io::Write as _;

    let unwritable = |error| SaveError::Unwritable { path: path.to_owned(), error };
    // Never over a file, and never through a link.
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn fresh(name: &str) -> PathBuf {
        let at = std::env::temp_dir().join(format!("rayfix-saved-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&at);
        at
    }

    #[test]
    fn what_is_saved_is_loaded_again() {
        let at = fresh("again");
        let mut told = Snapshot::default()
            .with(Input::NftJson, "{\"nftables\": []}\n")
            .with(Input::Listeners, "")
            .with(Input::Rules4, "[]");
        told.inputs.insert(Input::Ipset, Got::Absent);
        told.files.insert("/etc/ufw/user.rules".to_owned(), "*filter\n".to_owned());
        told.files.insert("/etc/../../sly".to_owned(), "stays within".to_owned());
        let mut with_missing = told.clone();
        with_missing.inputs.insert(Input::Links, Got::Missing("no".to_owned()));
        save(&at, &with_missing).unwrap();
        assert_eq!(at.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(!at.join("link.json").exists());

        let loaded = load(&at).unwrap();
        assert_eq!(loaded.inputs, told.inputs);
        assert_eq!(loaded.files.get("/etc/ufw/user.rules").unwrap(), "*filter\n");
        assert_eq!(loaded.files.get("/etc/sly").unwrap(), "stays within");

        let again = save(&at, &told).unwrap_err().to_string();
        assert!(again.ends_with("it is not empty"), "{again}");
        fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn a_folder_without_rules_is_told_what_belongs_there() {
        let at = fresh("none");
        fs::create_dir(&at).unwrap();
        fs::write(at.join("addr.json"), "[]").unwrap();
        let why = load(&at).unwrap_err().to_string();
        assert!(why.contains("`nft -j list ruleset` belongs there as nft.json"), "{why}");
        fs::remove_dir_all(&at).unwrap();
        assert!(matches!(load(&at), Err(LoadError::Unreadable { .. })));
    }
}
