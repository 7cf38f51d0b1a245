//! The journal, as `journalctl -o json` tells it: a child with a deadline, one line an entry.
//!
//! `journalctl` finds and unpacks the journal's files on every version of systemd, and writes
//! nothing. It is never run through a shell, its arguments cannot be taken for options, and when it
//! is late it is ended by its own number. It keeps values of more than 4 KiB to itself.

use std::process::Stdio;

use jiff::Timestamp;
use rayfix_core::logs::history::ENTRIES;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::{Instant, timeout_at};

use super::Lines;

/// The fields that dialects and the timeline read, besides the time, which is always told.
const FIELDS: &str = "MESSAGE,MESSAGE_ID,_PID,_COMM,_TRANSPORT,SYSLOG_IDENTIFIER,_SYSTEMD_UNIT,UNIT,\
                      USER_UNIT,CONTAINER_NAME,UNIT_RESULT,EXIT_CODE,EXIT_STATUS,JOB_TYPE,JOB_RESULT";

/// Where it may lie.
const PATH: &str = "/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin";

/// How many bytes of the journal's answer are read.
const BYTES: usize = 32 * 1024 * 1024;

/// A question to the journal.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    program: &'static str,
    arguments: Vec<String>,
}

/// How it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// To the end.
    All { lines: u64 },
    /// Until enough was seen, or a limit came.
    Cut,
    /// The journal may not be read; root may.
    Forbidden,
    /// There is no journal on this machine.
    Absent,
    /// Something else; a sentence without its end.
    Failed { why: String },
}

impl Journal {
    /// All entries since then, the newest first.
    pub(crate) fn since(from: Timestamp) -> Journal {
        let arguments = vec![
            "--output=json".to_owned(),
            "--no-pager".to_owned(),
            "--reverse".to_owned(),
            format!("--output-fields={FIELDS}"),
            format!("--since=@{}", from.as_second().max(0)),
        ];
        Journal { program: "journalctl", arguments }
    }

    /// Those of a unit, and those that systemd writes about it. The name has been looked at.
    pub(crate) fn unit(self, name: &str) -> Journal {
        self.with(format!("--unit={name}"))
    }

    /// Those of the kernel, since it was started.
    pub(crate) fn kernel(self) -> Journal {
        self.with("--dmesg".to_owned())
    }

    /// Those of systemd itself that tell what became of units.
    pub(crate) fn systemd(self) -> Journal {
        // Matches of one field are alternatives.
        let numbers = ENTRIES.iter().map(|number| format!("MESSAGE_ID={number}"));
        numbers.fold(self.with("_PID=1".to_owned()), Journal::with)
    }

    /// Those whose message has these words. A journalctl without this option fails, and so tells none.
    pub(crate) fn with_words(self, words: &str) -> Journal {
        self.with(format!("--grep={words}"))
    }

    /// At most so many.
    pub(crate) fn newest(self, lines: u32) -> Journal {
        self.with(format!("--lines={lines}"))
    }

    fn with(mut self, argument: String) -> Journal {
        self.arguments.push(argument);
        self
    }

    /// Asks, and hands each entry to `line` until that has seen enough.
    pub(crate) async fn tell(
        &self,
        ends: Instant,
        mut line: impl FnMut(&[u8]) -> bool + Send,
    ) -> Told {
        let mut command = Command::new(self.program);
        // Nothing of our own environment is its business: a token may be in it.
        command.args(&self.arguments).env_clear().env("PATH", PATH).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.kill_on_drop(true).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Told::Absent,
            Err(error) => {
                return Told::Failed { why: format!("journalctl did not start: {error}") };
            }
        };
        let (Some(out), Some(complaints)) = (child.stdout.take(), child.stderr.take()) else {
            return Told::Failed { why: "journalctl cannot be heard".to_owned() };
        };
        let mut entries = 0_u64;
        let all = async {
            let is_whole = heard(out, |text| {
                // Hints stand between entries, without a brace.
                let is_entry = text.first() == Some(&b'{');
                entries += u64::from(is_entry);
                !is_entry || line(text)
            })
            .await;
            let mut said = Vec::new();
            if is_whole {
                let _ = complaints.take(4096).read_to_end(&mut said).await;
            }
            (is_whole, said)
        };
        let ended = timeout_at(ends, all).await;
        if !matches!(ended, Ok((true, _))) {
            let _ = child.start_kill();
        }
        // One that was ended is gone at once; the runtime collects one that is not.
        let status = timeout_at(ends, child.wait()).await;
        let Ok((is_whole, said)) = ended else {
            return if entries > 0 {
                Told::Cut
            } else {
                Told::Failed { why: "the journal did not answer in time".to_owned() }
            };
        };
        let said = String::from_utf8_lossy(&said);
        match entries {
            0 if hides(&said) => Told::Forbidden,
            0 if said.contains("No journal files were found") => Told::Absent,
            0 if matches!(&status, Ok(Ok(status)) if !status.success()) => {
                let why = said.lines().next().unwrap_or("without a word").to_owned();
                Told::Failed { why: format!("journalctl failed: {why}") }
            }
            lines if is_whole => Told::All { lines },
            _ => Told::Cut,
        }
    }
}

/// Whether there are journals that may not be read (systemd, src/shared/logs-show.c and
/// journal-util.c).
fn hides(said: &str) -> bool {
    ["insufficient permissions", "not seeing messages from other users"]
        .iter()
        .any(|hint| said.contains(hint))
}

/// Reads lines until `line` has seen enough (`false`), or to the end.
async fn heard(mut out: impl AsyncRead + Unpin, mut line: impl FnMut(&[u8]) -> bool) -> bool {
    let mut lines = Lines::default();
    let mut block = vec![0; 64 * 1024];
    let mut left = BYTES;
    loop {
        match out.read(&mut block).await {
            Ok(0) => {
                return lines.held.is_empty() || lines.feed(b"\n", &mut line);
            }
            Ok(read) => {
                if read > left || !lines.feed(&block[..read], &mut line) {
                    return false;
                }
                left -= read;
            }
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;

    /// What is made of a program that stands in for `journalctl`, and how many entries are heard
    /// before enough was seen.
    async fn told(program: &'static str, arguments: &[&str], most: usize) -> (Told, usize) {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let journal = Journal { program, arguments };
        let mut heard = 0;
        let patience = if most == usize::MAX { 200 } else { 20_000 };
        let ends = clock::instant() + Duration::from_millis(patience);
        let told = journal.tell(ends, |_| {
            heard += 1;
            heard < most
        });
        (told.await, heard)
    }

    #[tokio::test]
    async fn every_way_in_which_a_journal_answers_is_known() {
        let path = std::env::temp_dir().join(format!("rayfix-journal-{}", std::process::id()));
        std::fs::write(&path, "{\"a\":1}\n-- a hint --\n{\"b\":2}\n{\"c\":").unwrap();
        let file = path.to_str().unwrap();
        assert_eq!(told("cat", &[file], 9).await, (Told::All { lines: 3 }, 3));
        assert_eq!(told("cat", &[file], 1).await, (Told::Cut, 1));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(told("cat", &["/due to insufficient permissions."], 9).await.0, Told::Forbidden);
        assert_eq!(told("cat", &["/No journal files were found."], 9).await.0, Told::Absent);
        assert_eq!(told("no-such-program-as-this", &[], 9).await.0, Told::Absent);
        assert_eq!(told("true", &[], 9).await.0, Told::All { lines: 0 });
        assert!(matches!(told("false", &[], 9).await.0, Told::Failed { .. }));
    }

    #[tokio::test]
    async fn one_that_never_ends_is_ended() {
        assert_eq!(told("yes", &["{}"], usize::MAX).await.0, Told::Cut);
        let (silent, heard) = told("sleep", &["60"], usize::MAX).await;
        assert_eq!((heard, matches!(silent, Told::Failed { .. })), (0, true));
        // A line without end is held in part only, and is no entry.
        let (endless, heard) = told("cat", &["/dev/zero"], usize::MAX).await;
        assert!(heard == 0 && matches!(endless, Told::Failed { .. } | Told::Cut), "{endless:?}");
    }

    #[test]
    fn arguments_cannot_be_taken_for_others() {
        let journal = Journal::since(Timestamp::UNIX_EPOCH).unit("-x.service").newest(7).kernel();
        assert!(journal.arguments.contains(&"--unit=-x.service".to_owned()));
        assert!(journal.arguments.contains(&"--since=@0".to_owned()));
        assert!(journal.arguments.iter().all(|argument| argument.starts_with("--")));
    }
}
