//! A stage that is left up, so that it can be diagnosed from another shell.
//!
//! The command that does it is printed whole: with the addresses of the pretend world, and with its
//! root and its ranges as files in a folder that goes with the stage. A token is a file there as well: it is
//! printed nowhere.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rayfix_lab::raise::Raised;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::refusal::Refusal;
use crate::voice::Voice;

/// Prints the command that diagnoses the stage from elsewhere, and waits for Ctrl-C.
///
/// # Errors
/// When the files for it cannot be written.
pub(crate) fn keep(
    raised: &Raised,
    with_token: bool,
    runtime: &Runtime,
    voice: &Voice,
) -> Result<(), Refusal> {
    let refuse = |error: io::Error| Refusal::Stage(format!("stay up: {error}"));
    let folder = Folder::new().map_err(refuse)?;
    let command = command(raised, with_token, &folder.0).map_err(refuse)?;
    voice.note("It stays up until Ctrl-C. From another shell:");
    voice.copyable(&command);
    runtime.block_on(ended()).map_err(refuse)
}

/// Waits for Ctrl-C, or to be told to end.
async fn ended() -> io::Result<()> {
    let mut told = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = told.recv() => Ok(()),
    }
}

/// A folder that goes when it is no longer needed.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Folder> {
        let path = std::env::temp_dir().join(format!("rayfix-lab-{}", std::process::id()));
        fs::create_dir(&path).map(|()| Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The command line that asks what `run` asked; what it needs as files lies in the folder.
fn command(raised: &Raised, with_token: bool, folder: &Path) -> io::Result<String> {
    let (roots, ranges) = (folder.join("roots.pem"), folder.join("ranges.txt"));
    fs::write(&roots, raised.roots.iter().map(|der| pem(der)).collect::<String>())?;
    let prefixes = raised.target.ranges.prefixes();
    fs::write(&ranges, prefixes.iter().map(|prefix| format!("{prefix}\n")).collect::<String>())?;

    let mut words = Vec::new();
    if with_token {
        let path = folder.join("token");
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(raised.token.reveal().as_bytes())?;
        words.push(format!("CLOUDFLARE_API_TOKEN=$(cat {})", quoted(&path.to_string_lossy())));
    }
    words.extend(["rayfix diagnose".to_owned(), quoted(&raised.target.site.to_string())]);
    if with_token {
        words.push(format!("--api-url {}", raised.api.base));
    }
    for origin in &raised.target.origins {
        words.push(format!("--origin {origin}"));
    }
    if let Some(mode) = raised.target.ssl_mode {
        words.push(format!("--ssl-mode {}", mode.word()));
    }
    for (host, port, to) in &raised.detours {
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let to = to.to_string();
        words.push(format!("--connect {}", quoted(&format!("{host}:{port}:{to}"))));
    }
    words.push(format!("--ca-file {}", quoted(&roots.to_string_lossy())));
    words.push(format!("--ranges {}", quoted(&ranges.to_string_lossy())));
    words.push(format!("--resolver {}", raised.resolver));
    words.push(format!("--timeout {}", raised.timeout.as_secs_f64()));
    words.push(format!("--samples {}", raised.samples));
    Ok(words.join(" \\\n  "))
}

fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@%+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
