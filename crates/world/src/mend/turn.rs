//! The turn to act: one process has it at a time, and it ends with that process.
//!
//! The dead man's switch waits for it like everybody else, but not for ever: a run that was stopped, or hangs,
//! holds its turn and would keep its half-done change. When its grace is over it is ended, which its journal bears
//! at any line.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::journal::{Store, StoreError, failed};
use crate::clock;

/// The right to act: ends when it is dropped, or the process ends.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

impl Store {
    /// Takes the turn to act.
    ///
    /// # Errors
    /// When another process has it, or the folder cannot be made.
    pub fn turn(&self) -> Result<Turn, StoreError> {
        self.make()?;
        let path = self.folder().join("lock");
        let mut open = OpenOptions::new();
        let open = open.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut lock = open.open(&path).map_err(|source| failed("open", &path, source))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut pid = String::new();
            let _ = lock.take(20).read_to_string(&mut pid);
            return Err(StoreError::Busy(
                pid.trim().chars().filter(char::is_ascii_digit).collect(),
            ));
        }
        let _ = lock.set_len(0);
        let _ = lock.write_all(std::process::id().to_string().as_bytes());
        Ok(Turn { _lock: lock })
    }

    /// Takes the turn, and ends whoever still holds it after `grace`.
    ///
    /// # Errors
    /// When the folder cannot be used, or whoever holds it cannot be ended.
    pub async fn turn_at_last(&self, grace: Duration) -> Result<Turn, StoreError> {
        let ends = clock::instant() + grace;
        let gives_up = ends + Duration::from_secs(30);
        loop {
            let now = clock::instant();
            match self.turn() {
                Err(StoreError::Busy(holder)) if now < gives_up => {
                    if now >= ends {
                        self.end(&holder);
                    }
                }
                turn => return turn,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Ends the process that holds the turn. It is held on to before the turn is found taken by it once more, so
    /// that its number cannot be another's by then.
    fn end(&self, holder: &str) {
        let pid = holder.parse().ok().and_then(Pid::from_raw);
        let Some(held) = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else {
            return;
        };
        if matches!(self.turn(), Err(StoreError::Busy(again)) if again == holder) {
            let _ = pidfd_send_signal(&held, Signal::KILL);
        }
    }
}
