//! What the journal keeps of a run: what was about to be done, what it takes to undo it, how it ended.
//!
//! A journal is lines of JSON, each on the disk before what it tells of happens. What was written last tells
//! where a run that was killed stands, and every place between two lines has one way back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FilePath, Plan};

/// The version of the journal's lines; what an older one wrote is read for ever.
pub const VERSION: u32 = 1;

/// A run's name: when it began and four hexadecimal digits: `20261122T140312Z-1f0c`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

impl RunId {
    /// Takes a name; `None` where it is no run's.
    #[must_use]
    pub fn new(text: &str) -> Option<RunId> {
        let (time, rest) = text.split_once('-')?;
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
        let whole = date.len() == 8 && clock.len() == 6 && digits(date) && digits(clock);
        let hex = rest.len() == 4 && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
        (whole && hex).then(|| RunId(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RunId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        RunId::new(&text).ok_or_else(|| format!("`{text}` is no run"))
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> String {
        id.0
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Journaled {
    /// The first: what is to be done.
    Planned {
        /// [`VERSION`].
        version: u32,
        /// The run.
        run: RunId,
        /// When.
        at: Timestamp,
        /// What.
        plan: Box<Plan>,
        /// The boot that it began in; another one now: the machine was restarted.
        boot: String,
        /// Seconds within which it must be confirmed; none: the proof confirms it.
        confirm_within_s: Option<u64>,
    },
    /// The dead man's switch is armed.
    Armed {
        /// When.
        at: Timestamp,
        /// When it undoes the run.
        until: Timestamp,
        /// The same by the kernel's own counter, in milliseconds: setting the clock does not move it.
        #[serde(default)]
        until_up_ms: Option<u64>,
    },
    /// A step is about to be done.
    Begins {
        /// Its place in the plan, from 0.
        step: usize,
        /// When.
        at: Timestamp,
        /// What undoes it.
        before: PreImage,
    },
    /// A step was done.
    Done {
        /// Its place.
        step: usize,
        /// When.
        at: Timestamp,
        /// How the thing is now: an undo is refused where it is something else by then.
        after: PreImage,
    },
    /// A step, a check or a promise failed.
    Failed {
        /// The step; none: the proof.
        step: Option<usize>,
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// The promises hold.
    Proven {
        /// When.
        at: Timestamp,
    },
    /// It is kept.
    Confirmed {
        /// When.
        at: Timestamp,
    },
    /// It is being taken back.
    Undoing {
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// A step was taken back, and compared with its pre-image.
    Undid {
        /// Its place.
        step: usize,
        /// When.
        at: Timestamp,
        /// What is not as it was; empty: everything is.
        differs: Vec<String>,
    },
    /// All was taken back.
    Undone {
        /// When.
        at: Timestamp,
    },
}

/// How a thing is, so that it can be made so again and be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum PreImage {
    /// A file.
    File {
        /// What it holds; none: there is none.
        content: Option<FileImage>,
    },
    /// A unit.
    Unit {
        /// `active`, `inactive`, `failed`.
        active: String,
        /// `enabled`, `disabled`, `static`.
        enabled: String,
    },
    /// The packet filter and the routes, as the tools list them, by the name of the listing.
    Ruleset {
        /// Name and text, sorted.
        listings: Vec<(String, String)>,
        /// Files in which the tools keep them, by path; those that are not there are left out.
        #[serde(default)]
        files: Vec<(FilePath, FileImage)>,
    },
    /// Files and folders with all that is in them.
    Tree {
        /// What is there, sorted by path.
        things: Vec<(FilePath, Thing)>,
    },
    /// A certificate and its key, each as SHA-256 in hexadecimal; none: no such file.
    Issued {
        /// Of the certificate's file.
        certificate: Option<String>,
        /// Of the key's file.
        key: Option<String>,
    },
    /// A setting, or a configuration of the account's.
    Value {
        /// As the API has it.
        value: Value,
    },
    /// Nothing to be undone.
    Nothing,
}

/// A file, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileImage {
    /// Its bytes.
    #[serde(with = "bytes")]
    pub bytes: Vec<u8>,
    /// The permission bits.
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

/// A thing in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Thing {
    /// A file.
    File {
        /// Byte for byte.
        image: FileImage,
    },
    /// A link.
    Link {
        /// Where it leads, as it is written.
        to: String,
        /// The owner's number.
        uid: u32,
        /// The group's number.
        gid: u32,
    },
    /// A folder.
    Folder {
        /// The permission bits.
        mode: u32,
        /// The owner's number.
        uid: u32,
        /// The group's number.
        gid: u32,
    },
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Nothing was done yet.
    Planned,
    /// Steps are being done, or were when it was killed.
    Underway,
    /// Done and proven; it waits to be confirmed.
    Waiting,
    /// Kept.
    Kept,
    /// It is being taken back, or was when that was killed.
    Undoing,
    /// Taken back completely.
    Undone,
    /// Taken back, and something differs.
    Broken,
}

impl RunState {
    /// Where the run of these lines stands; `None` where there is no first line.
    #[must_use]
    pub fn of(lines: &[Journaled]) -> Option<RunState> {
        let mut state = None;
        let mut waits = false;
        let mut differs = false;
        for line in lines {
            state = Some(match line {
                Journaled::Planned { confirm_within_s, .. } => {
                    waits = confirm_within_s.is_some();
                    RunState::Planned
                }
                Journaled::Armed { .. } => state?,
                Journaled::Begins { .. } | Journaled::Done { .. } | Journaled::Failed { .. } => {
                    RunState::Underway
                }
                Journaled::Proven { .. } if waits => RunState::Waiting,
                Journaled::Proven { .. } | Journaled::Confirmed { .. } => RunState::Kept,
                Journaled::Undoing { .. } => {
                    differs = false;
                    RunState::Undoing
                }
                Journaled::Undid { differs: what, .. } => {
                    differs |= !what.is_empty();
                    RunState::Undoing
                }
                Journaled::Undone { .. } if differs => RunState::Broken,
                Journaled::Undone { .. } => RunState::Undone,
            });
        }
        state
    }
}

/// Bytes as base64.
pub(super) mod bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::RunId;

    #[test]
    fn a_runs_name_is_a_time_and_four_digits() {
        assert!(RunId::new("20261122T140312Z-1f0c").is_some());
        for bad in ["", "..", "20261122T140312Z", "20261122T140312Z-../x", "2026T1Z-1f0c"] {
            assert!(RunId::new(bad).is_none(), "{bad}");
        }
    }
}
