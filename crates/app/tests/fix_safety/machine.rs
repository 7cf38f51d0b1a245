//! Machines that are not as one would like: a full disk, a disk that takes no writes, a torn journal, no systemd, a
//! clock that jumps; and rules that somebody moved.

use libtest_mimic::Failed;
use rayfix_lab::real::Told;
use serde_json::Value;

use super::{ORDER, SITE, breaks, broken, disarmed, ends, fix, same, state, until};

/// The journal comes first: where it cannot be written, nothing is done, and that is said.
pub(super) fn unwritable() -> Result<(), Failed> {
    let full = "mount -t tmpfs -o size=64k,mode=700 tmpfs /var/lib/rayfix && \
                { dd if=/dev/zero of=/var/lib/rayfix/fill bs=4k 2>/dev/null; true; }";
    let locked = "mount -t tmpfs -o ro tmpfs /var/lib/rayfix";
    let stage = broken(&["app_stopped"])?;
    stage.order(&["mkdir", "-p", "/var/lib/rayfix"])?;
    let before = state(&stage)?;
    for (how, words) in [(full, "No space left on device"), (locked, "Read-only file system")] {
        stage.order(&["sh", "-c", how])?;
        let told = stage.exec_in_origin(&fix(&[]))?;
        ends(&told, 2)?;
        let run: Value = serde_json::from_str(&told.out)?;
        let why = run["why"].as_str().unwrap_or_default();
        if run["state"] != "refused" || !why.contains(words) || !told.err.contains(words) {
            return Err(format!("{words}: {told:?}").into());
        }
        let mut people = fix(&[]);
        people.retain(|word| !matches!(*word, "--format" | "json"));
        let told = stage.exec_in_origin(&people)?;
        ends(&told, 2)?;
        if !told.err.contains(words) || !told.err.contains("Nothing was done.") {
            return Err(format!("{words}, for people: {told:?}").into());
        }
        same(&before, &state(&stage)?)?;
        stage.order(&["umount", "/var/lib/rayfix"])?;
    }
    ends(&stage.exec_in_origin(&fix(&[]))?, 0)
}

/// Each run is taken back or kept by its own journal; that of another, which cannot be read, keeps only what comes new
/// from being done.
pub(super) fn torn() -> Result<(), Failed> {
    let stage = broken(&["app_stopped"])?;
    let id = |told: &Told| -> Result<String, Failed> {
        ends(told, 0)?;
        let run: Value = serde_json::from_str(&told.out)?;
        Ok(run["run"].as_str().ok_or("a run has a name")?.to_owned())
    };
    let torn = id(&stage.exec_in_origin(&fix(&[]))?)?;
    let journal = format!("/var/lib/rayfix/runs/{torn}/journal");
    breaks(&stage, ORDER)?;
    let before = state(&stage)?;
    let says = |told: &Told, code: i32| -> Result<(), Failed> {
        ends(told, code)?;
        let all = format!("{}{}", told.out, told.err);
        let named = all.contains(&torn) && all.contains("line 2");
        if named { Ok(()) } else { Err(format!("which is torn is said: {told:?}").into()) }
    };

    let waits = id(&stage.exec_in_origin(&fix(&["--confirm-within", "300"]))?)?;
    stage.order(&["cp", &journal, "/root/journal"])?;
    stage.order(&["sed", "-i", "2s/.*/{\"line\":/", &journal])?;
    says(&stage.exec_in_origin(&["rayfix", "history"])?, 3)?;
    says(&stage.exec_in_origin(&["rayfix", "history", "--json"])?, 3)?;
    ends(&stage.exec_in_origin(&["rayfix", "confirm", &waits])?, 0)?;
    ends(&stage.exec_in_origin(&["rayfix", "undo", &waits])?, 0)?;
    same(&before, &state(&stage)?)?;
    says(&stage.exec_in_origin(&["rayfix", "undo", &torn])?, 2)?;
    says(&stage.exec_in_origin(&fix(&[]))?, 2)?;
    same(&before, &state(&stage)?)?;

    stage.order(&["cp", "/root/journal", &journal])?;
    id(&stage.exec_in_origin(&fix(&["--confirm-within", "5"]))?)?;
    stage.order(&["sed", "-i", "2s/.*/{\"line\":/", &journal])?;
    until(&stage, "undone", 25)?;
    disarmed(&stage)?;
    same(&before, &state(&stage)?)
}

/// Without systemd the switch is a process of its own.
pub(super) fn without_systemd() -> Result<(), Failed> {
    let stage = broken(&[ORDER])?;
    let before = state(&stage)?;
    let script = "mount -t tmpfs tmpfs /run/systemd && exec \"$@\"";
    let hidden = ["unshare", "--mount", "sh", "-c", script, "sh"];
    let told = stage.exec_in_origin(&[&hidden[..], &fix(&["--confirm-within", "5"])].concat())?;
    ends(&told, 0)?;
    let waits = stage.order(&["ps", "-eo", "sid,pid,args"])?;
    let switch = waits.lines().filter(|line| line.contains("--unless-kept --after 5"));
    let of_its_own = |line: &str| {
        let mut words = line.split_whitespace();
        words.next() == words.next()
    };
    let timers = stage.order(&["systemctl", "list-timers", "--all", "--no-legend"])?;
    if switch.filter(|line| of_its_own(line)).count() != 1 || timers.contains("rayfix-") {
        return Err(
            format!("a process of its own session waits, and no timer: {waits}{timers}").into()
        );
    }
    if stage.visit(SITE)? != 200 {
        return Err("it is mended until then".into());
    }
    until(&stage, "undone", 25)?;
    disarmed(&stage)?;
    same(&before, &state(&stage)?)
}

/// The switch counts seconds; what the clock on the wall says is nothing to it.
pub(super) fn clockless() -> Result<(), Failed> {
    let stage = broken(&[ORDER])?;
    ends(&stage.exec_in_origin(&fix(&["--confirm-within", "600"]))?, 0)?;
    let timers = "for timer in $(systemctl list-units --plain --no-legend 'rayfix-undo-*.timer' | cut -d' ' -f1); \
                  do systemctl show $timer -p TimersMonotonic -p TimersCalendar; done";
    let told = stage.order(&["sh", "-c", timers])?;
    let lines: Vec<&str> = told.lines().filter(|line| !line.is_empty()).collect();
    let monotonic = |line: &&str| line.starts_with("TimersMonotonic={ OnActiveUSec=");
    if lines.is_empty() || !lines.iter().all(monotonic) {
        return Err(format!("by a clock that does not jump: {told}").into());
    }
    ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;
    disarmed(&stage)
}

/// A rule that stands elsewhere by now is found by its own words.
pub(super) fn moved() -> Result<(), Failed> {
    let stage = broken(&[ORDER])?;
    let before = state(&stage)?;
    let rules = || stage.order(&["iptables-save"]);
    let was = rules()?;
    ends(&stage.exec_in_origin(&fix(&[]))?, 0)?;
    let is = rules()?;
    let times = |text: &str, line: &str| text.lines().filter(|other| *other == line).count();
    let ours: Vec<String> = is
        .lines()
        .filter(|line| line.starts_with("-A INPUT") && times(&is, line) > times(&was, line))
        .map(|line| line.replace('"', ""))
        .collect();
    if ours.is_empty() {
        return Err("rules came".into());
    }
    for rule in &ours {
        for how in ["-D", "-A"] {
            let words = rule.replacen("-A", how, 1);
            let words: Vec<&str> = words.split(' ').collect();
            stage.order(&[&["iptables"], &words[..]].concat())?;
        }
    }
    if rules()? == is {
        return Err("they were moved".into());
    }
    ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;
    same(&before, &state(&stage)?)
}
