//! Files that the user names, read whole, with a limit: a device or a log of gigabytes is no case
//! and no list.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

/// The largest file that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The bytes of a file.
///
/// # Errors
/// A sentence that says why not.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::IsADirectory => "it is a folder; the name of a file belongs there".to_owned(),
        ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        _ => format!("it could not be read: {error}"),
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err("it is larger than 64 MiB, so it is something else".to_owned());
    }
    Ok(bytes)
}
