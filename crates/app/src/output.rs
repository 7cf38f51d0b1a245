//! Files that are written whole or not at all.
//!
//! What is written goes to a new file beside the wanted one, which then takes its place, so that
//! nobody ever reads half a report. Devices and pipes are written straight, since they cannot be
//! replaced. A place that cannot be written is refused before anything is asked, not after.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::refusal::Refusal;

/// A place for a file that was found to be writable.
#[derive(Debug)]
pub(crate) struct Place {
    option: &'static str,
    path: PathBuf,
    straight: bool,
    /// Whether only the user may read it: evidence names addresses that the edge is there to hide.
    private: bool,
}

impl Place {
    /// Checks that a file can be written there; leaves nothing behind.
    ///
    /// # Errors
    /// When it is a folder, lies in no folder, or may not be written.
    pub(crate) fn check(option: &'static str, path: &Path) -> Result<Place, Refusal> {
        let refuse = |why: String| Refusal::File { option, path: path.to_owned(), why };
        if path.as_os_str().is_empty() {
            return Err(Refusal::Value { option, why: "the name of a file belongs there".into() });
        }
        // A link is followed, so that the file it leads to is replaced and not the link.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let known = fs::metadata(&real).ok();
        if known.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(refuse("it is a folder; the name of a file belongs there".into()));
        }
        let straight = known.is_some_and(|known| !known.is_file());
        let place = Place { option, path: real, straight, private: false };
        if !straight {
            let beside = place.beside();
            create(&beside, true)
                .and_then(|_| fs::remove_file(&beside))
                .map_err(|error| refuse(unwritable(&error)))?;
        }
        Ok(place)
    }

    /// The same, for what only the user may read.
    pub(crate) fn private(self) -> Place {
        Place { private: true, ..self }
    }

    /// Whether two places are one.
    pub(crate) fn is(&self, other: &Place) -> bool {
        self.path == other.path
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When the system does not let it; then the place is as before.
    pub(crate) fn write(&self, text: &str) -> Result<(), Refusal> {
        self.write_by(&|out| out.write_all(text.as_bytes()))
    }

    /// Writes the file as it is made, without holding all of it.
    ///
    /// # Errors
    /// When the system does not let it; then the place is as before.
    pub(crate) fn write_by(&self, make: Make<'_>) -> Result<(), Refusal> {
        let result = if self.straight {
            OpenOptions::new()
                .write(true)
                .open(&self.path)
                .and_then(|file| made(file, make))
                .map(drop)
        } else {
            self.replace(make)
        };
        result.map_err(|error| Refusal::File {
            option: self.option,
            path: self.path.clone(),
            why: unwritable(&error),
        })
    }

    fn replace(&self, make: Make<'_>) -> io::Result<()> {
        let beside = self.beside();
        let written = create(&beside, self.private).and_then(|file| {
            made(file, make)?.sync_all()?;
            fs::rename(&beside, &self.path)
        });
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// A hidden name in the same folder that belongs to this process alone.
    fn beside(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.{}.part", std::process::id()))
    }
}

/// Makes what is written.
pub(crate) type Make<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

fn made(file: File, make: Make<'_>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    make(&mut out)?;
    out.into_inner().map_err(IntoInnerError::into_error)
}

fn unwritable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the folder that it should lie in does not exist".to_owned(),
        io::ErrorKind::NotADirectory => "what it should lie in is not a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not write there".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "that disk can only be read".to_owned(),
        _ => format!("it could not be written: {error}"),
    }
}

fn create(path: &Path, private: bool) -> io::Result<File> {
    let mode = if private { 0o600 } else { 0o666 };
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}
