//! The root file system that every origin begins with, built once by `crates/lab/real/image/build.sh`.
//!
//! It lies in `target/lab-real` under a name that is made from the scripts and the list of packages,
//! so a change of any builds another and the old one goes. Who uses it holds a shared lock; who
//! builds holds it alone.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Trouble;

/// Where the script, the list of packages, and the files of the shop lie.
pub(super) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("real")
}

/// An image that stays for as long as this lives.
#[derive(Debug)]
pub(super) struct Image {
    home: PathBuf,
    name: String,
    _lock: File,
}

impl Image {
    /// Builds it, if it is not there.
    pub(super) fn ready() -> Result<Self, Trouble> {
        let failed = || Trouble::system("keep the image in target/lab-real");
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/lab-real");
        fs::create_dir_all(home.join("stages")).map_err(failed())?;
        let home = home.canonicalize().map_err(failed())?;
        let mut hasher = DefaultHasher::new();
        for file in ["image/build.sh", "image/beside.sh", "image/packages.txt"] {
            fs::read(sources().join(file)).map_err(failed())?.hash(&mut hasher);
        }
        let name = format!("image-{:016x}", hasher.finish());
        let lock = File::create(home.join("lock")).map_err(failed())?;
        loop {
            lock.lock_shared().map_err(failed())?;
            if home.join(&name).exists() {
                return Ok(Image { home, name, _lock: lock });
            }
            lock.unlock().map_err(failed())?;
            lock.lock().map_err(failed())?;
            if !home.join(&name).exists() {
                build(&home, &name)?;
            }
            lock.unlock().map_err(failed())?;
        }
    }

    /// `target/lab-real`, absolute.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Its folder within.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Builds the image beside the others, which nobody uses any more, and takes them away.
fn build(home: &Path, name: &str) -> Result<(), Trouble> {
    let failed = || Trouble::system("build the image");
    for entry in fs::read_dir(home).map_err(failed())?.flatten() {
        if entry.file_name().to_string_lossy().starts_with("image-") {
            fs::remove_dir_all(entry.path()).map_err(failed())?;
        }
    }
    let partial = home.join(format!("{name}.partial"));
    let log = home.join("build.log");
    let file = File::create(&log).map_err(failed())?;
    // With this process's own environment, in which a proxy may stand.
    let status = Command::new(sources().join("image/build.sh"))
        .arg(&partial)
        .stdin(Stdio::null())
        .stdout(file.try_clone().map_err(failed())?)
        .stderr(file)
        .status()
        .map_err(failed())?;
    if !status.success() {
        let said = fs::read_to_string(&log).unwrap_or_default();
        let last: Vec<&str> = said.lines().rev().take(8).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        return Err(Trouble::Command {
            command: "crates/lab/real/image/build.sh".to_owned(),
            how: format!("{status}; {} ends with:\n{}", log.display(), last.join("\n")),
        });
    }
    fs::rename(&partial, home.join(name)).map_err(failed())
}
