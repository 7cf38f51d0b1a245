//! Reading files of this machine, never whole where they may be large.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The beginning of a file, at most `most` bytes, lossily as text; `None`: it is not there, is no
/// plain file, or may not be read.
pub(super) fn read(path: impl AsRef<Path>, most: u64) -> Option<String> {
    let bytes = read_bytes(path, most)?;
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(odd) => String::from_utf8_lossy(odd.as_bytes()).into_owned(),
    })
}

/// The same as bytes.
pub(super) fn read_bytes(path: impl AsRef<Path>, most: u64) -> Option<Vec<u8>> {
    // Opening a pipe would wait for somebody to write into it.
    if !path.as_ref().metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The names in a folder, sorted, at most `most`; empty where it cannot be read.
pub(super) fn names(folder: impl AsRef<Path>, most: usize) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names =
        entries.take(most).flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}
