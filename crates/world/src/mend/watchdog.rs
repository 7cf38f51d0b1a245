//! The dead man's switch: something else than this process that takes a run back unless it is kept in time.
//!
//! Where there is systemd: a timer of its own, and a unit that is enabled for the next boot, both bearing the
//! run's name; they outlive the shell, the connection and this program, and a restart. Elsewhere: a process in a
//! session of its own. Either runs a copy of this program that lies in the run's folder, since the one that was
//! called may be gone by then. Both are armed before the first step and taken away when the run is over.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rayfix_core::plan::{Journaled, RunId};

use super::journal::{Store, synced};
use crate::clock;
use crate::host::run;

/// Where units for the next boot lie.
const UNITS: &str = "/etc/systemd/system";

/// For one call of a systemd tool.
const PATIENCE: Duration = Duration::from_secs(10);

/// An armed switch.
#[derive(Debug)]
pub struct Watchdog {
    run: RunId,
    program: PathBuf,
    acts: Acts,
}

impl Watchdog {
    /// Arms the switch: from now on the run is taken back after `wait`, unless it is over by then.
    ///
    /// # Errors
    /// A fragment: why it cannot be armed. Nothing is left of it then.
    pub async fn arm(run: &RunId, store: &Store, wait: Duration) -> Result<Watchdog, String> {
        let program =
            copy(run, store).map_err(|error| format!("this program cannot be copied: {error}"))?;
        // Where nothing may be started from that disk, the switch would be none.
        let program = match runs(&program).await {
            true => program,
            false => std::env::current_exe().map_err(|error| error.to_string())?,
        };
        let armed = if has_systemd() {
            arm_by_systemd(run, &program, wait).await
        } else {
            arm_by_process(run, &program, wait)
        };
        if let Err(why) = armed {
            disarm(run, store).await;
            return Err(why);
        }
        Ok(Watchdog { run: run.clone(), program, acts: after(wait) })
    }

    /// Sets it anew: from now on, so long.
    pub async fn again(&mut self, wait: Duration) {
        // The new one is armed before the old one goes; where it cannot be, the old one stays: later than promised
        // is better than never.
        let armed = if has_systemd() {
            arm_timer(&self.run, &self.program, wait, AGAIN).await
        } else {
            arm_by_process(&self.run, &self.program, wait)
        };
        if armed.is_err() {
            return;
        }
        if has_systemd() {
            let _ = systemctl(&["stop", &format!("{}.timer", name(&self.run))]).await;
        }
        self.acts = after(wait);
    }

    /// The line that tells of it.
    #[must_use]
    pub fn line(&self) -> Journaled {
        let Acts { until, up_ms } = self.acts;
        Journaled::Armed { at: clock::now(), until, until_up_ms: Some(up_ms) }
    }
}

/// When a switch acts, by either clock.
#[derive(Debug, Clone, Copy)]
struct Acts {
    until: Timestamp,
    up_ms: u64,
}

/// What the name of the second switch of a run ends in.
const AGAIN: &str = "-confirm";

/// Takes the switch of a run away.
pub async fn disarm(run: &RunId, store: &Store) {
    let name = name(run);
    let unit = PathBuf::from(UNITS).join(format!("{name}-boot.service"));
    // The first of it that is made and the last that goes: without it none was armed.
    if has_systemd() && unit.symlink_metadata().is_ok() {
        let timers = [format!("{name}.timer"), format!("{name}{AGAIN}.timer")];
        let _ = systemctl(&["stop", &timers[0], &timers[1]]).await;
        for path in [wanted(&name), unit] {
            let _ = fs::remove_file(path);
        }
        let _ = systemctl(&["daemon-reload"]).await;
    }
    let _ = fs::remove_file(store.folder().join("runs").join(run.as_str()).join("rayfix"));
}

fn name(run: &RunId) -> String {
    format!("rayfix-undo-{}", run.as_str())
}

fn wanted(name: &str) -> PathBuf {
    Path::new(UNITS).join("multi-user.target.wants").join(format!("{name}-boot.service"))
}

fn after(wait: Duration) -> Acts {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    Acts {
        until: clock::now().checked_add(wait).unwrap_or(Timestamp::MAX),
        up_ms: clock::up_ms().saturating_add(ms),
    }
}

fn has_systemd() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

/// A copy of this program in the run's folder.
fn copy(run: &RunId, store: &Store) -> std::io::Result<PathBuf> {
    let to = store.folder().join("runs").join(run.as_str()).join("rayfix");
    let folder = to.parent().unwrap_or(store.folder());
    let own = std::env::current_exe()?;
    if fs::hard_link(&own, &to).is_ok() {
        synced(folder)?;
        return Ok(to);
    }
    // SELinux lets systemd start what came by a package, and not a copy of it.
    if Path::new("/sys/fs/selinux/enforce").exists() && run::trusted(&own).is_some() {
        return Ok(own);
    }
    // The file itself, also where its name is gone by now. It must outlive a loss of power.
    fs::copy("/proc/self/exe", &to)?;
    fs::set_permissions(&to, fs::Permissions::from_mode(0o700))?;
    fs::File::open(&to)?.sync_all()?;
    synced(folder)?;
    Ok(to)
}

async fn arm_by_systemd(run: &RunId, program: &Path, wait: Duration) -> Result<(), String> {
    let name = name(run);
    let boot = format!(
        "[Unit]\nDescription=Takes back run {id} of rayfix, which nobody confirmed\nAfter=network-pre.target nftables.service ufw.service firewalld.service netfilter-persistent.service\n\n\
         [Service]\nType=oneshot\nExecStart={program} undo {id} --unless-kept\n\n[Install]\nWantedBy=multi-user.target\n",
        id = run.as_str(),
        program = program.display(),
    );
    let unit = Path::new(UNITS).join(format!("{name}-boot.service"));
    let link = wanted(&name);
    let folder = link.parent().unwrap_or(Path::new(UNITS));
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&unit, boot))
        .and_then(|()| match symlink(&unit, &link) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        })
        .and_then(|()| fs::File::open(&unit)?.sync_all())
        .and_then(|()| synced(folder))
        .and_then(|()| synced(Path::new(UNITS)));
    written.map_err(|error| format!("no unit can be written for the next boot: {error}"))?;
    arm_timer(run, program, wait, "").await
}

/// Whether a program can be started where it lies.
async fn runs(program: &Path) -> bool {
    let said = run::run(program, &["--version"], Stdio::null(), PATIENCE).await;
    said.is_some_and(|said| said.status == Some(0))
}

/// A timer of systemd's and the service that it starts, both in memory only.
async fn arm_timer(
    run: &RunId,
    program: &Path,
    wait: Duration,
    ending: &str,
) -> Result<(), String> {
    let words = [
        format!("--unit={}{ending}", name(run)),
        format!("--on-active={}", wait.as_secs().max(1)),
        "--timer-property=AccuracySec=100ms".to_owned(),
        "--quiet".to_owned(),
        "--".to_owned(),
        program.display().to_string(),
        "undo".to_owned(),
        run.as_str().to_owned(),
        "--unless-kept".to_owned(),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    tool("systemd-run", &words).await
}

/// A process of its own session that sleeps and then takes the run back.
fn arm_by_process(run: &RunId, program: &Path, wait: Duration) -> Result<(), String> {
    let mut command = std::process::Command::new("/usr/bin/setsid");
    command
        .args(["--fork", "--"])
        .arg(program)
        .args(["undo", run.as_str(), "--unless-kept", "--after"])
        .arg(wait.as_secs().max(1).to_string())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("setsid ended with {status}")),
        Err(error) => Err(format!("setsid cannot be started: {error}")),
    }
}

async fn systemctl(words: &[&str]) -> Result<(), String> {
    tool("systemctl", words).await
}

async fn tool(name: &str, words: &[&str]) -> Result<(), String> {
    let place = Path::new("/usr/bin").join(name);
    let program = run::trusted(&place).ok_or_else(|| format!("{name} was not found"))?;
    match run::run(&program, words, Stdio::null(), PATIENCE).await {
        None => Err(format!("{name} did not end in time")),
        Some(said) if said.status == Some(0) => Ok(()),
        Some(said) => {
            let line = said.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            Err(format!("{name}: {}", line.trim().chars().take(200).collect::<String>()))
        }
    }
}
