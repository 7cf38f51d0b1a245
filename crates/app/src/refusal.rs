//! Why the program does not do what it was told: one sentence each, which says what would be right.
//!
//! Sentences may quote what the user typed; `voice` makes them harmless before they are shown.

use std::io;
use std::path::PathBuf;

use rayfix_world::mend::StoreError;

/// A use that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The arguments do not fit the command.
    #[error("{0}")]
    Arguments(String),
    /// The name or URL is none that can be asked about.
    #[error(transparent)]
    Site(#[from] rayfix_core::target::SiteError),
    /// The value of an option does not fit.
    #[error("{option}: {why}")]
    Value {
        /// With its dashes.
        option: &'static str,
        /// What would be right.
        why: String,
    },
    /// What a file holds does not fit.
    #[error("{option} {}: {why}", path.display())]
    File {
        /// The option or variable that named it.
        option: &'static str,
        /// Which.
        path: PathBuf,
        /// What would be right, or what the system said.
        why: String,
    },
    /// The result could not be written.
    #[error("could not write the result to standard output: {0}")]
    Write(io::Error),
    /// Standard input could not be read.
    #[error("could not read standard input: {0}")]
    Read(io::Error),
    /// Nothing is known by that word.
    #[error("{0}")]
    Unknown(String),
    /// The lab cannot stand on this machine; the fragment says what it could not do.
    #[cfg(feature = "lab")]
    #[error("the lab could not {0}")]
    Stage(String),
    /// A journal cannot be used.
    #[error("{}", of_store(.0))]
    Store(StoreError),
    /// The runtime that waits for answers could not start.
    #[error("could not start waiting for answers: {0}")]
    Runtime(io::Error),
}

/// Runs are root's: whoever is not root is told so, and not which file would not open.
fn of_store(error: &StoreError) -> String {
    match error {
        StoreError::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "runs are kept for root only: put `sudo` before the command".to_owned()
        }
        error => format!("could not {error}"),
    }
}

/// A sentence that names what was not known and offers what is near.
pub(crate) fn unknown(what: &str, near: &[String], otherwise: &str) -> Refusal {
    let quoted: Vec<String> = near.iter().map(|word| format!("`{word}`")).collect();
    Refusal::Unknown(match either(&quoted).as_str() {
        "" => format!("{what}; {otherwise}"),
        near => format!("{what}; did you mean {near}? If not: {otherwise}"),
    })
}

/// `a`, `a or b`, `a, b or c`; empty for none.
pub(crate) fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
