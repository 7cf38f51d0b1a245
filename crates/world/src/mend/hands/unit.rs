//! Units of systemd's: started, restarted, reloaded, enabled, and put back into the state that they were in.
//!
//! By `systemctl`, which waits for the job and says why it failed. The state that is kept is coarse: whether it
//! runs, whether it starts at boot. A unit that had failed is stopped again by the undo; that it had failed, and
//! when, cannot be given back.

use std::path::Path;
use std::time::Duration;

use rayfix_core::plan::{PreImage, UnitName, Verb};

use std::process::Stdio;

use crate::clock;
use crate::host::run;

/// How a unit is.
pub(super) async fn look(unit: &UnitName) -> Result<PreImage, String> {
    let shown = ["--property=ActiveState,UnitFileState,LoadState", "--", unit.as_str()];
    let mut words = vec!["show"];
    words.extend(shown);
    let said = systemctl(&words, Duration::from_secs(5)).await?;
    let of = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.strip_prefix('=')).unwrap_or_default().to_owned()
    };
    if of("LoadState") == "not-found" {
        return Err(format!("find the unit {unit}"));
    }
    Ok(PreImage::Unit { active: of("ActiveState"), enabled: of("UnitFileState") })
}

/// Does it, and waits until systemd has done it.
pub(super) async fn act(unit: &UnitName, verb: Verb, limit: Duration) -> Result<(), String> {
    match systemctl(&[verb.word(), "--", unit.as_str()], limit).await {
        // A unit that nothing holds is forgotten as soon as it is down, and its count of starts with it.
        Err(why) if verb == Verb::ResetFailed && why.ends_with("not loaded.") => Ok(()),
        said => said.map(drop),
    }
}

/// Starts it, or starts it anew, however often it was started before: systemd refuses the sixth start in ten
/// seconds, and what stood around this one is no reason to leave a host half mended or half undone.
pub(super) async fn start(unit: &UnitName, verb: Verb, limit: Duration) -> Result<(), String> {
    act(unit, Verb::ResetFailed, limit).await?;
    act(unit, verb, limit).await
}

/// Has it started anew and waits until it is up, or has failed; one that is still at it by then is left to systemd.
pub(super) async fn start_anew(unit: &UnitName, limit: Duration) -> Result<(), String> {
    let ends = clock::instant() + limit;
    act(unit, Verb::ResetFailed, limit).await?;
    systemctl(&["restart", "--no-block", "--", unit.as_str()], limit).await?;
    loop {
        let shown = ["show", "--property=ActiveState,SubState,Job", "--", unit.as_str()];
        let said = systemctl(&shown, Duration::from_secs(5)).await?;
        let is = |word: &str| said.lines().any(|line| line == word);
        let pending =
            said.lines().any(|line| line.starts_with("Job=") && line != "Job=0" && line != "Job=");
        let up = is("ActiveState=active") && !pending;
        let down = is("ActiveState=failed") || is("SubState=auto-restart");
        if up || down || clock::instant() >= ends {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Has systemd read all its files again.
pub(super) async fn read_again(limit: Duration) -> Result<(), String> {
    systemctl(&["daemon-reload"], limit).await.map(drop)
}

/// Makes it run, or not, and start at boot, or not, as it did.
pub(super) async fn restore(
    unit: &UnitName,
    active: &str,
    enabled: &str,
    limit: Duration,
) -> Result<(), String> {
    let now = look(unit).await?;
    let PreImage::Unit { active: active_now, enabled: enabled_now } = &now else { return Ok(()) };
    if is_on(active_now) != is_on(active) {
        if is_on(active) {
            start(unit, Verb::Start, limit).await?;
        } else {
            act(unit, Verb::Stop, limit).await?;
        }
    }
    match (enabled, enabled_now.as_str()) {
        ("enabled", "disabled") => act(unit, Verb::Enable, limit).await,
        ("disabled", "enabled") => act(unit, Verb::Disable, limit).await,
        _ => Ok(()),
    }
}

/// What of a unit is not as it was. Stopped is stopped, whether by failure or not.
pub(super) fn differs(before: (&str, &str), now: (&str, &str)) -> Vec<String> {
    let mut found = Vec::new();
    if is_on(before.0) != is_on(now.0) {
        found.push(format!("it is {}, was {}", now.0, before.0));
    }
    if before.1 != now.1 {
        found.push(format!("it is {}, was {}", now.1, before.1));
    }
    found
}

pub(super) fn is_on(active: &str) -> bool {
    matches!(active, "active" | "activating" | "reloading")
}

async fn systemctl(words: &[&str], limit: Duration) -> Result<String, String> {
    let program = ["/usr/bin/systemctl", "/bin/systemctl"];
    let program = program.iter().find_map(|at| run::trusted(Path::new(at)));
    let program = program.ok_or("find systemctl")?;
    let task = words.iter().filter(|word| !word.starts_with('-')).copied().collect::<Vec<_>>();
    let task = task.join(" ");
    match run::run(&program, words, Stdio::null(), limit).await {
        None => Err(format!("{task}: systemd did not end it within {} s", limit.as_secs())),
        Some(said) if said.status == Some(0) => Ok(said.text),
        Some(said) => Err(format!("{task}: {}", first_line(&said.text))),
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason was given");
    line.trim().chars().take(300).collect()
}
