//! A look into the origin from elsewhere: this same program, run there through the user's own `ssh`.
//!
//! `ssh` is the one on the path, with its configuration, keys and agent; what it wants to know it
//! asks on the terminal. The program is copied into a private folder of its own, run once, and taken
//! away again, also when it fails; or one that is installed there is run. Words that come from
//! outside are only ever arguments, each quoted whole. What comes back is a case, of bounded size.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rayfix_core::case;
use rayfix_core::evidence::Evidence;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

/// Whom to ask, and by which program.
#[derive(Debug, Clone)]
pub struct Ssh {
    /// `root@203.0.113.7`, or a name of the user's configuration.
    destination: String,
    /// The program as it is installed there; `None`: this one is copied.
    pub installed: Option<String>,
    /// This program, to be copied.
    pub program: PathBuf,
    /// Whether to run it as root there, by `sudo` that asks for no password.
    pub sudo: bool,
}

/// Why nothing came back; fits after "could not look into DEST: ".
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// A destination that would be read as an option, or is empty.
    #[error("`{0}` is no destination; one such as root@203.0.113.7 belongs there")]
    Destination(String),
    /// This program could not be read.
    #[error("this program could not be read to copy it: {0}")]
    Program(std::io::Error),
    /// ssh could not be started.
    #[error("ssh could not be started: {0}")]
    NoSsh(std::io::Error),
    /// It took too long.
    #[error("it took longer than {0:?}")]
    TooLong(Duration),
    /// ssh failed, or what it ran did.
    #[error("{0}")]
    Failed(String),
    /// What came back is no case.
    #[error("what came back could not be read: {0}")]
    Case(#[from] case::CaseError),
}

/// More than any case holds.
const MOST: u64 = 64 * 1024 * 1024;

/// Copies the program that comes on standard input into a private folder and runs it with the
/// arguments; the first folder of three in which programs may run. One line, since not every login
/// shell takes line feeds within quotes.
const COPY: &str = "umask 077; d=; f=; trap 'test -z \"$d\" || rm -rf \"$d\"' EXIT; \
    trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM; \
    for b in \"${TMPDIR:-/tmp}\" /var/tmp \"$HOME\"; do \
    n=$(mktemp -d \"$b/rayfix-XXXXXXXXXX\" 2>/dev/null) || continue; \
    if test -z \"$f\"; then d=$n; cat >\"$d/rayfix\" || exit 125; f=1; \
    else cp \"$d/rayfix\" \"$n/rayfix\" || { rm -rf \"$n\"; continue; }; rm -rf \"$d\"; d=$n; fi; \
    chmod 700 \"$d/rayfix\"; if e=$(\"$d/rayfix\" --version 2>&1); then $S \"$d/rayfix\" \"$@\"; exit; fi; done; \
    echo \"${e:-no folder for it could be made}\" >&2; exit 126";

impl Ssh {
    /// A destination, to which `program` is copied.
    ///
    /// # Errors
    /// When ssh would take the destination for an option.
    pub fn to(destination: &str, program: PathBuf) -> Result<Ssh, SshError> {
        let fits = !destination.is_empty()
            && !destination.starts_with('-')
            && !destination.chars().any(|c| c.is_control() || c.is_whitespace());
        if !fits {
            let shown = destination.chars().filter(|c| !c.is_control()).take(60).collect();
            return Err(SshError::Destination(shown));
        }
        let destination = destination.to_owned();
        Ok(Ssh { destination, installed: None, program, sudo: false })
    }

    /// Where it leads.
    #[must_use]
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// Runs the program there with these arguments and reads the case that it prints.
    ///
    /// # Errors
    /// When ssh fails, the program does not run there, or no case comes back within `limit`.
    pub async fn look(&self, arguments: &[String], limit: Duration) -> Result<Evidence, SshError> {
        match timeout(limit, self.run(arguments)).await {
            Ok(answer) => answer,
            Err(_) => Err(SshError::TooLong(limit)),
        }
    }

    async fn run(&self, arguments: &[String]) -> Result<Evidence, SshError> {
        let program = match &self.installed {
            Some(_) => Vec::new(),
            None => tokio::fs::read(&self.program).await.map_err(SshError::Program)?,
        };
        let mut child = Command::new("ssh")
            .args(["-T", "-o", "ConnectTimeout=10", "--", &self.destination])
            .arg(self.line(arguments))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A configuration may send any variable along; the token stays here.
            .env_remove("CLOUDFLARE_API_TOKEN")
            .env_remove("CLOUDFLARE_API_BASE_URL")
            .kill_on_drop(true)
            .spawn()
            .map_err(SshError::NoSsh)?;
        let (stdin, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // Who does not take it says why on standard error.
                let _ = stdin.write_all(&program).await;
            }
        };
        let ((), said, complained) = tokio::join!(feed, all_of(out, MOST), all_of(err, 16 * 1024));
        let status = child.wait().await.map_err(SshError::NoSsh)?;
        match status.code() {
            Some(0 | 1 | 3) => Ok(case::load_bytes(&said)?),
            code => Err(SshError::Failed(why(code, &String::from_utf8_lossy(&complained)))),
        }
    }

    /// What the login shell there is given.
    fn line(&self, arguments: &[String]) -> String {
        let sudo = if self.sudo { "sudo -n" } else { "" };
        let words: Vec<String> = match &self.installed {
            Some(path) => sudo
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .chain([quoted(path)])
                .collect(),
            None => vec![
                "sh".to_owned(),
                "-c".to_owned(),
                quoted(&format!("S='{sudo}'; {COPY}").replace("S=''", "S=")),
                "rayfix".to_owned(),
            ],
        };
        let arguments = arguments.iter().map(|argument| quoted(argument));
        words.into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

/// A word as every shell of Unix takes it whole.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Everything that comes, up to a limit; what lies beyond is read and dropped.
async fn all_of(stream: Option<impl AsyncRead + Unpin>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = (&mut stream).take(most).read_to_end(&mut bytes).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    bytes
}

/// A sentence for an end that brought nothing: the last line of what was complained of.
fn why(code: Option<i32>, complained: &str) -> String {
    let last = complained.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let last = last.unwrap_or("nothing was said");
    match code {
        Some(255) => format!("ssh says: {last}"),
        Some(126) => format!(
            "this program does not run there ({last}); name one that is installed with --ssh-binary"
        ),
        Some(127) => format!("the program was not found there: {last}"),
        Some(code) => format!("it ended with exit code {code}: {last}"),
        None => format!("it was ended by a signal: {last}"),
    }
}

/// Whether a path names this program there: for `--ssh-binary`.
///
/// # Errors
/// A sentence, when the path cannot be one of a program.
pub fn installed(path: &str) -> Result<String, String> {
    let fits = !path.is_empty() && !path.starts_with('-') && !path.chars().any(char::is_control);
    if !fits || Path::new(path).file_name().is_none() {
        return Err(format!(
            "`{path}` is no path of a program; one such as /usr/local/bin/rayfix belongs there"
        ));
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_an_option_of_ssh_is_no_destination() {
        for wrong in ["", "-oProxyCommand=x", "a b", "a\nb"] {
            assert!(Ssh::to(wrong, PathBuf::new()).is_err(), "{wrong:?}");
        }
        for right in ["shop", "root@203.0.113.7", "ssh://root@shop:22"] {
            assert!(Ssh::to(right, PathBuf::new()).is_ok(), "{right}");
        }
    }

    #[tokio::test]
    async fn a_shell_takes_every_argument_whole() {
        let mut ssh = Ssh::to("shop", PathBuf::new()).unwrap();
        ssh.installed = Some("printf".to_owned());
        let hostile = ["[%s]", "a b", "$(id)", "it's; `id` \"x\" !! \\", "\n*"].map(str::to_owned);
        let line = ssh.line(&hostile);
        let said = Command::new("sh").args(["-c", &line]).output().await.unwrap().stdout;
        assert_eq!(String::from_utf8(said).unwrap(), "[a b][$(id)][it's; `id` \"x\" !! \\][\n*]");
    }

    #[tokio::test]
    async fn a_copied_program_is_run_and_taken_away() {
        let ssh = Ssh::to("shop", PathBuf::new()).unwrap();
        let line = ssh.line(&["one two".to_owned(), "it's".to_owned()]);
        let folder = std::env::temp_dir().join(format!("rayfix-ssh-test-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let mut shell = Command::new("sh")
            .args(["-c", &line])
            .env("TMPDIR", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let program = b"#!/bin/sh\ntest \"$1\" = --version || printf '%s|' \"$0\" \"$@\"; exit 3\n";
        let program =
            String::from_utf8_lossy(program).replace("exit 3", "test \"$1\" = --version || exit 3");
        shell.stdin.take().unwrap().write_all(program.as_bytes()).await.unwrap();
        let ended = shell.wait_with_output().await.unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        assert!(said.ends_with("/rayfix|one two|it's|"), "{said}");
        assert_eq!(ended.status.code(), Some(3));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "nothing is left behind");
        std::fs::remove_dir(&folder).unwrap();
    }

    #[test]
    fn an_end_without_a_case_is_told_in_one_sentence() {
        for (code, complained, said) in [
            (
                Some(255),
                "banner\nPermission denied (publickey).\n",
                "ssh says: Permission denied (publickey).",
            ),
            (
                Some(127),
                "sh: 1: /opt/rayfix: not found",
                "the program was not found there: sh: 1: /opt/rayfix: not found",
            ),
            (Some(2), "", "it ended with exit code 2: nothing was said"),
            (None, "", "it was ended by a signal: nothing was said"),
        ] {
            assert_eq!(why(code, complained), said);
        }
        assert!(why(Some(126), "GLIBC").contains("--ssh-binary"));
    }
}
