//! Reads of little files: never more than so many bytes, never a file that may not end or answer.
//!
//! Paths come from configurations and may lead anywhere. A pipe or a device is no file and is not
//! waited for: it is opened without blocking, and left when its kind is seen.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// The first bytes of a file, at most `most`.
pub(crate) fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same as text; what is none stands as a replacement character.
pub(crate) fn text(path: impl AsRef<Path>, most: u64) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&bytes(path.as_ref(), most)?).into_owned())
}

/// The last bytes of a file as text, at most `most`; a line that was cut at the beginning is left
/// out.
pub(crate) fn tail(path: &Path, most: u64) -> io::Result<String> {
    let mut file = open(path)?;
    let length = file.metadata()?.len();
    let cut = length > most;
    file.seek(SeekFrom::Start(length.saturating_sub(most)))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(match text.split_once('\n') {
        Some((_, rest)) if cut => rest.to_owned(),
        _ => text,
    })
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder =
            std::env::temp_dir().join(format!("rayfix-little-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn no_more_is_read_than_was_asked_for() {
        let folder = folder("bounded");
        let path = folder.join("log");
        std::fs::write(&path, "first line\nsecond line\nthird line\n").unwrap();
        assert_eq!(text(&path, 10).unwrap(), "first line");
        assert_eq!(tail(&path, 20).unwrap(), "third line\n");
        assert_eq!(tail(&path, 1000).unwrap(), "first line\nsecond line\nthird line\n");
        assert_eq!(text("/dev/zero", 10).unwrap_err().to_string(), "it is no file");
        assert!(bytes(&folder, 10).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = folder("pipe");
        let path = folder.join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        assert_eq!(bytes(&path, 10).unwrap_err().to_string(), "it is no file");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
