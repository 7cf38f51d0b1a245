//! certbot: has a certificate got, and everything that it changed on the way made as it was.
//!
//! What was issued stays issued, at the authority: an undo forgets it, as a restored backup would. certbot's logs
//! and its working folder are left as they are, but for the checkpoint of a run that was killed: with it the next
//! run of certbot would put nginx's files of then over whatever they hold by now.
//!
//! certbot goes on where the program that started it was killed. Nothing is looked at before that one has ended, and
//! while files are put back its own lock is held, so that none begins meanwhile.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayfix_core::plan::run::Thing;
use rayfix_core::plan::{FilePath, Gets, PreImage, Tool, UnitName, Verb};
use rustix::fs::{FlockOperation, fcntl_lock};

use super::{tool, tree, unit};
use crate::clock;

/// An authority proves names, some by records of DNS that take their time. Shorter than the time that all steps of
/// a run have together.
const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks at who is at work.
const PAUSE: Duration = Duration::from_millis(100);
/// What certbot holds while it works (fcntl).
const LOCK: &str = "/etc/letsencrypt/.certbot.lock";

/// Has it got.
pub(super) async fn act(gets: &Gets) -> Result<(), String> {
    tool::run(Tool::Certbot, &gets.arguments(), PATIENCE).await.map(drop)
}

/// How everything is, once a certbot that was started for this is done.
pub(super) async fn look(gets: &Gets, keeps: &[FilePath]) -> Result<PreImage, String> {
    let (arguments, ends) = (gets.arguments(), clock::instant() + PATIENCE);
    while is_at_work(&arguments) {
        if clock::instant() > ends {
            return Err("wait any longer for certbot, which is still at work".to_owned());
        }
        tokio::time::sleep(PAUSE).await;
    }
    tree::look(keeps)
}

/// Makes everything as it was, and has the web server read that, where it runs at all.
pub(super) async fn restore(
    keeps: &[FilePath],
    things: &[(FilePath, Thing)],
    server: &UnitName,
    limit: Duration,
) -> Result<(), String> {
    let lock = Lock::of(Path::new(LOCK), limit).await?;
    let restored = tree::restore(keeps, things);
    drop(lock);
    restored?;
    match unit::look(server).await? {
        PreImage::Unit { active, .. } if unit::is_on(&active) => {
            unit::act(server, Verb::Reload, limit).await
        }
        _ => Ok(()),
    }
}

/// Whether a program runs that was started with just these last arguments.
fn is_at_work(arguments: &[String]) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.into_iter().any(|process| {
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> =
            command.split(|byte| *byte == 0).filter(|word| !word.is_empty()).collect();
        let (all, ours) = (words.len(), arguments.len());
        all > ours
            && words[all - ours..]
                .iter()
                .zip(arguments)
                .all(|(word, ours)| *word == ours.as_bytes())
    })
}

/// certbot's lock, held; where it has no folder there is nobody to be held off.
struct Lock(Option<(File, PathBuf)>);

impl Lock {
    async fn of(path: &Path, limit: Duration) -> Result<Lock, String> {
        let ends = clock::instant() + limit;
        loop {
            let mut open = OpenOptions::new();
            let opened = open.write(true).create(true).truncate(false).mode(0o600).open(path);
            let file = match opened {
                Ok(file) => file,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Ok(Lock(None));
                }
                Err(error) => return Err(format!("hold certbot off: {error}")),
            };
            let held = fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
            // Who lets go of it removes it: then this one is of no use any more.
            let same = file.metadata().ok().zip(fs::metadata(path).ok());
            if held && same.is_some_and(|(ours, there)| ours.ino() == there.ino()) {
                return Ok(Lock(Some((file, path.to_owned()))));
            }
            if clock::instant() > ends {
                return Err("hold certbot off: another one is at work".to_owned());
            }
            drop(file);
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_its_last_arguments() {
        let mark = format!("rayfix-mark-{}", std::process::id());
        let words =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        // It reads its input until that is closed.
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read line", &mark, "--cert-name"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let ours = words(&[&mark, "--cert-name"]);
        while !is_at_work(&ours) {
            assert!(child.try_wait().unwrap().is_none());
        }
        assert!(!is_at_work(&words(&[&mark])));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!is_at_work(&ours));
    }
}
