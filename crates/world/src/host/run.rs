//! Programs of this machine that are asked about themselves: which may be, and the asking.
//!
//! rayfix may be run by root, so it starts nobody's program but root's: who can write a file, or any
//! folder above it, could have root run what he likes. No shell, no terminal, no environment, and an
//! end at the deadline.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Its exit status; `None`: a signal ended it.
    pub(crate) status: Option<i32>,
    /// What it wrote to its standard output and then to its standard error, at most 64 KiB each.
    pub(crate) text: String,
}

/// Where a file really is, if nobody but root and we ourselves can change it.
pub(crate) fn trusted(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    let ours = rustix::process::geteuid().as_raw();
    let safe = |at: &Path| {
        at.symlink_metadata().is_ok_and(|about| {
            let sticky_folder = about.is_dir() && about.mode() & 0o1000 != 0;
            let by_group = about.mode() & 0o020 != 0 && about.gid() != 0;
            let by_others = about.mode() & 0o002 != 0;
            (about.uid() == 0 || about.uid() == ours) && (sticky_folder || !(by_group || by_others))
        })
    };
    (real.is_file() && real.ancestors().all(safe)).then_some(real)
}

/// What a program that has much to say said.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Its exit status; `None`: a signal ended it.
    pub(crate) status: Option<i32>,
    /// What it wrote to its standard output.
    pub(crate) text: String,
    /// What it wrote to its standard error, at most 64 KiB.
    pub(crate) complaint: String,
}

/// Why nothing was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unheard {
    /// It could not be started.
    NotStarted,
    /// It did not end in time.
    Late,
    /// It wrote more than would be taken.
    TooMuch,
}

/// Runs a program under a name (some are many, and go by the name that they are called by) with these
/// arguments for at most so long, and hears it out up to `most` bytes.
pub(crate) async fn hear(
    program: &Path,
    name: &str,
    args: &[&str],
    most: u64,
    limit: Duration,
) -> Result<Heard, Unheard> {
    let mut command = command(program, args, Stdio::null());
    let mut child = command.arg0(name).spawn().map_err(|_| Unheard::NotStarted)?;
    let out = child.stdout.take().ok_or(Unheard::NotStarted)?;
    let err = child.stderr.take().ok_or(Unheard::NotStarted)?;
    let (mut said, mut complained) = (Vec::new(), Vec::new());
    let listening = async {
        // What is read no further is closed at once: its writer would wait for ever to be heard out.
        let both = tokio::join!(
            async move { out.take(most).read_to_end(&mut said).await.map(|_| said) },
            async move { err.take(MOST).read_to_end(&mut complained).await.map(|_| complained) },
        );
        let ended = child.wait().await.ok();
        (both.0.unwrap_or_default(), both.1.unwrap_or_default(), ended)
    };
    let Ok((said, complained, ended)) = timeout(limit, listening).await else {
        end(&mut child).await;
        return Err(Unheard::Late);
    };
    if said.len() as u64 >= most {
        return Err(Unheard::TooMuch);
    }
    let status = ended.ok_or(Unheard::NotStarted)?.code();
    Ok(Heard { status, text: text(said), complaint: text(complained) })
}

/// Ends a program, and what it has started by then: else that would go on while all is taken back.
async fn end(child: &mut tokio::process::Child) {
    let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.kill().await;
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into_owned())
}

/// Without a shell, a terminal, and an environment.
fn command(program: &Path, args: &[&str], input: Stdio) -> Command {
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is for this program, which ends what it began in its own way.
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// Runs a program with these arguments for at most so long; `None`: it could not be started, or did
/// not end in time.
pub(crate) async fn run(
    program: &Path,
    args: &[&str],
    input: Stdio,
    limit: Duration,
) -> Option<Said> {
    let mut child = command(program, args, input).spawn().ok()?;
    let (out, err) = (child.stdout.take()?, child.stderr.take()?);
    let (mut said, mut complained) = (Vec::new(), Vec::new());
    let listening = async {
        let (mut out, mut err) = (out.take(MOST), err.take(MOST));
        let both = tokio::join!(out.read_to_end(&mut said), err.read_to_end(&mut complained));
        // What was read until an error came is what it said.
        let _ = both;
        child.wait().await.ok()
    };
    let Ok(ended) = timeout(limit, listening).await else {
        end(&mut child).await;
        return None;
    };
    said.append(&mut complained);
    let text = String::from_utf8_lossy(&said).into_owned();
    Some(Said { status: ended?.code(), text })
}

/// Bytes of each stream.
const MOST: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_says_its_piece_or_is_ended() {
        let limit = Duration::from_secs(5);
        let said = run(Path::new("/bin/echo"), &["a;b", "$PATH"], Stdio::null(), limit).await;
        let said = said.unwrap();
        assert_eq!((said.status, said.text.as_str()), (Some(0), "a;b $PATH\n"));
        let short = Duration::from_millis(50);
        assert!(run(Path::new("/bin/sleep"), &["9"], Stdio::null(), short).await.is_none());
        assert!(run(Path::new("/nobody/here"), &[], Stdio::null(), limit).await.is_none());
    }

    #[tokio::test]
    async fn a_long_speech_is_heard_out_or_given_up() {
        let limit = Duration::from_secs(5);
        let shell = Path::new("/bin/sh");
        let long = ["-c", "head -c 300000 /dev/zero | tr '\\0' x; echo $0 >&2; exit 3"];
        let heard = hear(shell, "another", &long, 1 << 20, limit).await.unwrap();
        assert_eq!((heard.status, heard.text.len()), (Some(3), 300_000));
        assert_eq!(heard.complaint, "another\n");
        let short = hear(shell, "sh", &long, 1_000, limit).await;
        assert_eq!(short.unwrap_err(), Unheard::TooMuch);
        let late = hear(shell, "sh", &["-c", "sleep 9"], 1_000, Duration::from_millis(50)).await;
        assert_eq!(late.unwrap_err(), Unheard::Late);
        let nobody = hear(Path::new("/nobody/here"), "x", &[], 1_000, limit).await;
        assert_eq!(nobody.unwrap_err(), Unheard::NotStarted);
    }

    #[tokio::test]
    async fn what_a_late_program_has_started_ends_with_it() {
        let place = std::env::temp_dir().join(format!("rayfix-late-{}", std::process::id()));
        let script = "sleep 60 & echo $! > \"$0\"; wait";
        let words = ["-c", script, place.to_str().unwrap()];
        let limit = Duration::from_millis(500);
        let late = hear(Path::new("/bin/sh"), "sh", &words, 1_000, limit).await;
        assert_eq!(late.unwrap_err(), Unheard::Late);
        let goes_on = |pid: &str| {
            let about = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            about.is_ok_and(|about| !about.contains(") Z "))
        };
        let ends = |pid: &str| {
            let began = crate::clock::instant();
            while goes_on(pid) {
                assert!(began.elapsed().as_secs() < 10, "process {pid} goes on");
            }
        };
        let first = std::fs::read_to_string(&place).unwrap();
        ends(&first);
        assert!(run(Path::new("/bin/sh"), &words, Stdio::null(), limit).await.is_none());
        let second = std::fs::read_to_string(&place).unwrap();
        std::fs::remove_file(&place).unwrap();
        ends(&second);
        assert_ne!(first, second);
    }

    #[test]
    fn what_others_can_write_is_not_started() {
        use std::os::unix::fs::PermissionsExt as _;

        assert!(trusted(Path::new("/bin/sh")).is_some());
        let folder = std::env::temp_dir().join(format!("rayfix-trust-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let program = folder.join("nginx");
        std::fs::write(&program, "").unwrap();
        let with = |mode| {
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(mode)).unwrap();
            trusted(&program).is_some()
        };
        assert!(with(0o755));
        assert!(!with(0o757));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
