//! What a stage has under a name on this machine, so that it can be taken down by the name alone.
//!
//! For each stage a file in `/run/rayfix-lab` bears its name and holds its folder. Its owner keeps it
//! locked; the system lets go of the lock when the owner dies, however it dies. Whoever raises a
//! stage first takes down those whose lock is free.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Trouble, machine, spaces};

const RECORDS: &str = "/run/rayfix-lab";

/// The names of a stage, which is taken down when this is dropped.
#[derive(Debug)]
pub(super) struct Record {
    name: String,
    folder: PathBuf,
    _lock: File,
}

impl Record {
    /// Takes down what dead owners left behind, and finds a name.
    pub(super) fn open(home: &Path) -> Result<Self, Trouble> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let failed = || Trouble::system("keep a record in /run/rayfix-lab");
        fs::create_dir_all(RECORDS).map_err(failed())?;
        // A record that is made and not yet locked must not be taken for one of the dead.
        let turn = File::create(Path::new(RECORDS).join(".turn")).map_err(failed())?;
        turn.lock().map_err(failed())?;
        for entry in fs::read_dir(RECORDS).map_err(failed())?.flatten() {
            sweep_if_dead(&entry.path());
        }
        let name = format!("rayfix-lab-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = home.join("stages").join(&name);
        let mut lock = File::create(Path::new(RECORDS).join(&name)).map_err(failed())?;
        lock.lock().map_err(failed())?;
        lock.write_all(folder.as_os_str().as_encoded_bytes()).map_err(failed())?;
        fs::create_dir_all(&folder).map_err(failed())?;
        Ok(Record { name, folder, _lock: lock })
    }

    /// Distinct among all stages of this machine.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// For its files, absolute.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        sweep(&self.name, &self.folder);
    }
}

fn sweep_if_dead(record: &Path) {
    let name = record.file_name().unwrap_or_default().to_string_lossy();
    let Ok(mut file) = OpenOptions::new().read(true).write(true).open(record) else { return };
    if !name.starts_with("rayfix-lab-") || file.try_lock().is_err() {
        return;
    }
    let mut folder = String::new();
    let _ = file.read_to_string(&mut folder);
    sweep(&name, Path::new(&folder));
}

/// Takes down whatever is there; what is not there is no trouble.
fn sweep(name: &str, folder: &Path) {
    machine::sweep(name);
    spaces::sweep(name);
    if folder.ends_with(Path::new("lab-real/stages").join(name)) {
        let _ = fs::remove_dir_all(folder);
    }
    let _ = fs::remove_file(Path::new(RECORDS).join(name));
}
