//! The journals of runs: a folder for each, a line before each deed, all of it on the disk before it happens.
//!
//! Only root reads them, since they keep files byte for byte, keys included. One run goes on at a time: the lock
//! is the kernel's and ends with the process, however that ends. A last line that was cut short by a crash was
//! never acted on and is left out; a torn line in the middle makes the journal unreadable, and nothing is undone
//! by guessing. It keeps no other run from being taken back or kept: each is read by itself.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rayfix_core::plan::{Journaled, Plan, RunId, RunState};

use crate::clock;

/// Where journals lie.
pub const PLACE: &str = "/var/lib/rayfix";

/// What a run keeps of how things were is no more than this (64 MiB); lines that tell of its undo come on top.
const MOST: u64 = 64 << 20;

/// All runs of this machine.
#[derive(Debug, Clone)]
pub struct Store {
    at: PathBuf,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder did not do.
    #[error("{what} {path}: {source}")]
    File {
        /// `write`, `read`.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another run goes on: the number of its process, empty where it has only just begun.
    #[error("begin: another run of rayfix goes on right now{}", process(.0))]
    Busy(String),
    /// Whoever may write there would lead root's hands.
    #[error("use {0}: others than root may write to it, so what it says was done may be made up")]
    Open(PathBuf),
    /// What lies there is no journal.
    #[error(
        "read the journal of run {run}: line {line} of {path} is torn, so that run may be half done. See there what it \
         did, take it back by hand, and move its folder away"
    )]
    Torn {
        /// The run.
        run: String,
        /// Its journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// The journal of one run, open for writing.
#[derive(Debug)]
pub struct Journal {
    /// The run.
    pub run: RunId,
    /// Its folder.
    pub folder: PathBuf,
    file: File,
    path: PathBuf,
    /// What was written so far.
    pub lines: Vec<Journaled>,
}

/// A run as its journal tells it.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// Its lines; never empty.
    pub lines: Vec<Journaled>,
    /// Where it stands.
    pub state: RunState,
}

/// All runs that there are, whether they can be read or not.
#[derive(Debug, Default)]
pub struct Listed {
    /// Those that can be, newest first.
    pub runs: Vec<Run>,
    /// Those that cannot be, newest first, and why.
    pub unread: Vec<(RunId, StoreError)>,
}

impl Run {
    /// Whether it began within the last 24 hours.
    #[must_use]
    pub fn is_of_the_last_day(&self) -> bool {
        let Some(Journaled::Planned { at, .. }) = self.lines.first() else { return false };
        let since = clock::now().checked_sub(jiff::SignedDuration::from_hours(24));
        since.is_ok_and(|since| *at > since)
    }

    /// What was to be done.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        match self.lines.first()? {
            Journaled::Planned { plan, .. } => Some(plan),
            _ => None,
        }
    }
}

impl Store {
    /// The store of this machine.
    #[must_use]
    pub fn here() -> Store {
        Store::at(PLACE)
    }

    /// A store in this folder.
    pub fn at(folder: impl Into<PathBuf>) -> Store {
        Store { at: folder.into() }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.at
    }

    fn runs(&self) -> PathBuf {
        self.at.join("runs")
    }

    pub(super) fn make(&self) -> Result<(), StoreError> {
        let runs = self.runs();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&runs)
            .map_err(|source| failed("make", &runs, source))?;
        self.is_ours(&runs)
    }

    /// Whether nobody but root and we ourselves could have written what lies in a folder of the store.
    fn is_ours(&self, folder: &Path) -> Result<(), StoreError> {
        let ours = rustix::process::geteuid().as_raw();
        for folder in [self.at.as_path(), folder] {
            let about = fs::metadata(folder).map_err(|source| failed("read", folder, source))?;
            let by_others = about.mode() & 0o022 != 0;
            if by_others || !(about.uid() == 0 || about.uid() == ours) {
                return Err(StoreError::Open(folder.to_owned()));
            }
        }
        Ok(())
    }

    /// Begins a run: its first line is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&self, plan: Plan, confirm_within_s: Option<u64>) -> Result<Journal, StoreError> {
        self.make()?;
        let (run, folder) = self.fresh()?;
        let path = folder.join("journal");
        let mut open = OpenOptions::new();
        let file = open.append(true).create_new(true).mode(0o600).open(&path);
        let file = file.map_err(|source| failed("write", &path, source))?;
        let mut journal = Journal { run: run.clone(), folder, file, path, lines: Vec::new() };
        journal.write(Journaled::Planned {
            version: rayfix_core::plan::run::VERSION,
            run,
            at: clock::now(),
            plan: Box::new(plan),
            boot: boot(),
            confirm_within_s,
        })?;
        for folder in [journal.folder.as_path(), &self.runs(), &self.at] {
            synced(folder).map_err(|source| failed("write", folder, source))?;
        }
        Ok(journal)
    }

    /// A folder that was not there. Its name comes after those of all runs before, also where the clock was set back
    /// since: the newest run is the first to be taken back.
    fn fresh(&self) -> Result<(RunId, PathBuf), StoreError> {
        use std::hash::{BuildHasher as _, RandomState};
        loop {
            let time = clock::now().strftime(TIME).to_string();
            let digits = RandomState::new().hash_one(0) & 0xffff;
            let Some(run) = RunId::new(&format!("{time}-{digits:04x}")) else { continue };
            let newest = self.names()?.into_iter().max().filter(|newest| *newest >= run);
            let run = newest.and_then(|newest| next(&newest)).unwrap_or(run);
            let folder = self.runs().join(run.as_str());
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok((run, folder)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(failed("make", &folder, source)),
            }
        }
    }

    /// What is named as a run, in no order.
    fn names(&self) -> Result<Vec<RunId>, StoreError> {
        let runs = self.runs();
        let entries = match fs::read_dir(&runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed("read", &runs, source)),
        };
        self.is_ours(&runs)?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|source| failed("read", &runs, source))?;
            names.extend(entry.file_name().to_str().and_then(RunId::new));
        }
        Ok(names)
    }

    /// All runs, newest first, for whoever begins another: one that cannot be read may be half done.
    ///
    /// # Errors
    /// When a journal cannot be read, or is torn.
    pub fn all(&self) -> Result<Vec<Run>, StoreError> {
        let listed = self.listed()?;
        match listed.unread.into_iter().next() {
            Some((_, why)) => Err(why),
            None => Ok(listed.runs),
        }
    }

    /// All runs, and which of them cannot be read. Folders without a first line are of runs that did nothing.
    ///
    /// # Errors
    /// When it cannot be read which runs there are.
    pub fn listed(&self) -> Result<Listed, StoreError> {
        let mut names = self.names()?;
        names.sort_by(|one, other| other.cmp(one));
        let mut listed = Listed::default();
        for id in names {
            match self.run(&id) {
                Ok(run) => listed.runs.extend(run),
                Err(why) => listed.unread.push((id, why)),
            }
        }
        Ok(listed)
    }

    /// One run, whatever became of the others; `None`: there is no such, or it did nothing.
    ///
    /// # Errors
    /// When its journal cannot be read, or is torn.
    pub fn run(&self, id: &RunId) -> Result<Option<Run>, StoreError> {
        let folder = self.runs().join(id.as_str());
        let path = folder.join("journal");
        let mut text = Vec::new();
        // As a whole: a part of it would be taken for less than was done.
        let read = File::open(&path).and_then(|mut file| file.read_to_end(&mut text));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed("read", &path, source)),
        }
        self.is_ours(&folder)?;
        let torn = |line| StoreError::Torn { run: id.as_str().into(), path, line };
        let lines = lines(&text).map_err(torn)?;
        let Some(state) = RunState::of(&lines) else { return Ok(None) };
        Ok(Some(Run { id: id.clone(), lines, state }))
    }

    /// Opens the journal of an earlier run, to write on.
    ///
    /// # Errors
    /// When it cannot be opened, or is torn.
    pub fn open(&self, run: &Run) -> Result<Journal, StoreError> {
        let folder = self.runs().join(run.id.as_str());
        let path = folder.join("journal");
        let fail = |source| failed("write", &path, source);
        let mut file = OpenOptions::new().append(true).read(true).open(&path).map_err(fail)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(fail)?;
        // A last line that was cut short goes: what is written next must not hang on to it.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        file.set_len(whole as u64).map_err(fail)?;
        Ok(Journal {
            run: run.id.clone(),
            folder,
            file,
            path: path.clone(),
            lines: run.lines.clone(),
        })
    }
}

impl Journal {
    /// Writes a line; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it is not: what it tells of must then not happen.
    pub fn write(&mut self, line: Journaled) -> Result<(), StoreError> {
        let fail = |source| failed("write", &self.path, source);
        let mut text = serde_json::to_string(&line).map_err(|error| fail(error.into()))?;
        text.push('\n');
        let length = self.file.metadata().map_err(fail)?.len();
        let keeps = matches!(line, Journaled::Begins { .. } | Journaled::Done { .. });
        if keeps && length + text.len() as u64 > MOST {
            let why = "how things were and are is more than 64 MiB";
            return Err(fail(io::Error::other(why)));
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What is written next must not hang on to a half of a line.
            let _ = self.file.set_len(length);
            return Err(fail(error));
        }
        self.lines.push(line);
        Ok(())
    }

    /// Where the run stands.
    #[must_use]
    pub fn state(&self) -> RunState {
        RunState::of(&self.lines).unwrap_or(RunState::Planned)
    }
}

/// A run's time, as its name tells it.
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// The name that comes after a run's.
fn next(run: &RunId) -> Option<RunId> {
    let (time, digits) = run.as_str().split_once('-')?;
    if let Some(more) = u16::from_str_radix(digits, 16).ok()?.checked_add(1) {
        return RunId::new(&format!("{time}-{more:04x}"));
    }
    let time = jiff::civil::DateTime::strptime(TIME, time).ok()?;
    let later = time.checked_add(jiff::SignedDuration::from_secs(1)).ok()?;
    RunId::new(&format!("{}-0000", later.strftime(TIME)))
}

/// The lines of a journal; a last one without its end is left out. The error is a line's number.
fn lines(text: &[u8]) -> Result<Vec<Journaled>, usize> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |at| &text[..at]);
    if whole.is_empty() {
        return Ok(Vec::new());
    }
    let read = |(at, line)| serde_json::from_slice(line).map_err(|_| at + 1);
    whole.split(|byte| *byte == b'\n').enumerate().map(read).collect()
}

/// Puts a folder's entries on the disk.
pub(super) fn synced(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// This boot's name; empty where the kernel does not tell it.
#[must_use]
pub fn boot() -> String {
    let told = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    told.trim().to_owned()
}

/// ` (process 4711)`.
fn process(number: &str) -> String {
    if number.is_empty() { String::new() } else { format!(" (process {number})") }
}

pub(super) fn failed(what: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::File { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use rayfix_core::plan::{Action, Plan, PreImage, Promise, Safety, Step};

    use super::*;

    fn plan() -> Plan {
        Plan {
            fix: "app-start".into(),
            cause: "app-stopped".into(),
            host: "shop.example.test".into(),
            summary: "Start it.".into(),
            steps: vec![Step {
                action: Action::Tell { lines: vec!["start it".into()] },
                why: String::new(),
                safety: Safety::ShowOnly,
                blast: String::new(),
                by_hand: Vec::new(),
            }],
            promises: vec![Promise::OriginServes],
            cautions: Vec::new(),
        }
    }

    fn store(name: &str) -> Store {
        let at = std::env::temp_dir().join(format!("rayfix-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&at);
        Store::at(at)
    }

    #[test]
    fn what_was_written_is_read_again_and_a_torn_last_line_is_left_out() {
        let store = store("torn");
        let mut journal = store.begin(plan(), None).unwrap();
        let begins = Journaled::Begins { step: 0, at: clock::now(), before: PreImage::Nothing };
        journal.write(begins).unwrap();
        journal.file.write_all(b"{\"line\":\"done\",\"st").unwrap();
        let run = store.run(&journal.run).unwrap().unwrap();
        assert_eq!((run.lines.len(), run.state), (2, RunState::Underway));
        let mut again = store.open(&run).unwrap();
        again.write(Journaled::Undone { at: clock::now() }).unwrap();
        assert_eq!(store.all().unwrap()[0].state, RunState::Undone);
        fs::remove_dir_all(store.folder()).unwrap();
    }

    #[test]
    fn a_torn_line_in_the_middle_is_told_and_not_guessed_at() {
        let store = store("middle");
        let mut journal = store.begin(plan(), None).unwrap();
        journal.file.write_all(b"{\"line\":\n").unwrap();
        journal.write(Journaled::Proven { at: clock::now() }).unwrap();
        let error = store.run(&journal.run).unwrap_err().to_string();
        assert!(error.contains("line 2 of ") && error.contains(" is torn"), "{error}");
        fs::remove_dir_all(store.folder()).unwrap();
    }

    #[test]
    fn a_torn_journal_keeps_others_from_being_begun_and_not_from_being_read() {
        let store = store("others-torn");
        let whole = store.begin(plan(), None).unwrap();
        let mut torn = store.begin(plan(), None).unwrap();
        // What a disk made of it need not be text.
        torn.file.write_all(b"\xff\xfe{\n").unwrap();
        assert_eq!(store.run(&whole.run).unwrap().unwrap().state, RunState::Planned);
        let listed = store.listed().unwrap();
        assert!(listed.runs.iter().map(|run| &run.id).eq([&whole.run]));
        assert!(listed.unread.iter().map(|(run, _)| run).eq([&torn.run]));
        let error = store.all().unwrap_err().to_string();
        assert!(error.contains(torn.run.as_str()) && error.contains("line 2 "), "{error}");
        fs::remove_dir_all(store.folder()).unwrap();
    }

    #[test]
    fn a_last_line_that_was_cut_within_a_letter_is_left_out() {
        let store = store("letter");
        let mut journal = store.begin(plan(), None).unwrap();
        journal.file.write_all(b"{\"line\":\"failed\",\"why\":\"\xc3").unwrap();
        assert_eq!(store.run(&journal.run).unwrap().unwrap().state, RunState::Planned);
        fs::remove_dir_all(store.folder()).unwrap();
    }

    #[test]
    fn what_is_too_much_for_a_journal_is_refused_and_never_half_read() {
        let store = store("much");
        let mut journal = store.begin(plan(), None).unwrap();
        let rules = |bytes: usize| PreImage::Ruleset {
            listings: vec![("nft".into(), "x".repeat(bytes))],
            files: Vec::new(),
        };
        let begins = |step, before| Journaled::Begins { step, at: clock::now(), before };
        let most = usize::try_from(MOST).unwrap();
        journal.write(begins(0, rules(most - 2000))).unwrap();
        assert!(journal.write(begins(1, rules(2000))).is_err());
        // What tells of the undo has its place all the same.
        let differs = vec!["y".repeat(3000)];
        journal.write(Journaled::Undid { step: 0, at: clock::now(), differs }).unwrap();
        let run = store.run(&journal.run).unwrap().unwrap();
        assert_eq!((run.lines.len(), run.state), (3, RunState::Undoing));
        store.open(&run).unwrap().write(Journaled::Undone { at: clock::now() }).unwrap();
        let run = store.run(&journal.run).unwrap().unwrap();
        assert_eq!((run.lines.len(), run.state), (4, RunState::Broken));
        fs::remove_dir_all(store.folder()).unwrap();
    }

    #[test]
    fn a_later_run_is_newer_although_the_clock_was_set_back() {
        let store = store("clock");
        let names = ["20990101T000000Z-ffff", "20200101T000000Z-0000"];
        for name in names {
            DirBuilder::new().recursive(true).create(store.runs().join(name)).unwrap();
        }
        let runs: Vec<RunId> = (0..5).map(|_| store.begin(plan(), None).unwrap().run).collect();
        assert!(runs[0].as_str() > names[0], "{runs:?}");
        assert!(runs.is_sorted_by(|one, other| one < other), "{runs:?}");
        let all = store.all().unwrap();
        assert!(all.iter().map(|run| &run.id).eq(runs.iter().rev()));
        fs::remove_dir_all(store.folder()).unwrap();
    }

    #[test]
    fn a_store_that_others_may_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let store = store("others");
        let journal = store.begin(plan(), None).unwrap();
        let open = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        for path in [store.folder().to_owned(), store.runs(), journal.folder.clone()] {
            open(&path, 0o777);
            assert!(store.turn().is_err() || store.run(&journal.run).is_err(), "{path:?}");
            assert!(store.all().is_err(), "{path:?}");
            open(&path, 0o700);
        }
        assert!(store.turn().is_ok() && store.all().is_ok());
        fs::remove_dir_all(store.folder()).unwrap();
    }

    #[test]
    fn two_runs_exclude_each_other() {
        let store = store("turn");
        let turn = store.turn().unwrap();
        let error = store.turn().unwrap_err().to_string();
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        drop(turn);
        store.turn().unwrap();
        fs::remove_dir_all(store.folder()).unwrap();
    }

    #[test]
    fn only_its_owner_reads_a_journal() {
        use std::os::unix::fs::MetadataExt as _;
        let store = store("mode");
        let journal = store.begin(plan(), None).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&journal.folder), mode(&journal.path)), (0o700, 0o600));
        fs::remove_dir_all(store.folder()).unwrap();
    }
}
