//! `rayfix fix` as a script calls it: one document on standard output whatever happens, an exit code that fits it, and
//! nothing done that nobody said yes to.

use std::thread;

use libtest_mimic::Failed;
use rayfix_lab::real::{Raised, Told};
use serde_json::Value;

use super::{ORDER, breaks, broken, ends, fix, same, state, until};

/// The one document, after the exit code.
fn document(told: &Told, code: i32, state: &str) -> Result<Value, Failed> {
    ends(told, code)?;
    let document: Value = serde_json::from_str(&told.out)
        .map_err(|error| format!("no single document ({error}): {told:?}"))?;
    if document["state"] == state {
        return Ok(document);
    }
    Err(format!("not {state}: {told:?}").into())
}

fn says(document: &Value, words: &str) -> Result<(), Failed> {
    let why = document["why"].as_str().unwrap_or_default();
    if why.contains(words) { Ok(()) } else { Err(format!("`{words}` is not in `{why}`").into()) }
}

/// The same call without `--apply --yes`.
fn plan<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut words = fix(more);
    words.retain(|word| !matches!(*word, "--apply" | "--yes"));
    words
}

pub(super) fn documents() -> Result<(), Failed> {
    let stage = broken(&[])?;
    let told = |words: &[&str]| stage.exec_in_origin(words);
    // Nothing is wrong.
    let document_of = document(&told(&plan(&[]))?, 0, "nothing-to-mend")?;
    says(&document_of, "all 5 visits got 200")?;
    if document_of["schema"] != "rayfix/plan/1" {
        return Err(format!("{document_of}").into());
    }
    let run = document(&told(&fix(&["--only", "safe"]))?, 0, "nothing-to-mend")?;
    if run["schema"] != "rayfix/run/1" || run.get("run").is_some() {
        return Err(format!("{run}").into());
    }
    breaks(&stage, "app_stopped")?;
    document(&told(&plan(&[]))?, 1, "planned")?;
    let refused = document(&told(&fix(&["--only", "proxy-start"]))?, 3, "refused")?;
    says(&refused, "app-start fits, and is not among those of --only")?;
    let asked = fix(&[]).into_iter().filter(|word| *word != "--yes").collect::<Vec<_>>();
    let refused = document(&told(&asked)?, 2, "refused")?;
    says(&refused, "Nobody can be asked here")?;
    let waiting = document(&told(&fix(&["--confirm-within", "600"]))?, 0, "waiting")?;
    let id = waiting["run"].as_str().unwrap_or_default();
    let refused = document(&told(&fix(&[]))?, 2, "refused")?;
    says(&refused, &format!("Run {id} (app-start for shop.example.test) waits to be confirmed"))?;
    ends(&told(&["rayfix", "confirm"])?, 0)?;
    breaks(&stage, "app_stopped")?;
    let refused = document(&told(&fix(&["--only", "safe", "--at-most", "1"]))?, 3, "refused")?;
    says(&refused, "as many as --at-most 1 allows")?;
    let kept = document(&told(&fix(&["--only", "safe", "--at-most", "2"]))?, 0, "kept")?;
    let told = told(&["rayfix", "history"])?;
    let newest = told.out.lines().next().unwrap_or_default();
    let wanted = [kept["run"].as_str().unwrap_or_default(), "kept", "app-start"];
    match wanted.iter().all(|word| newest.contains(word)) && told.out.lines().count() == 2 {
        true => Ok(()),
        false => Err(format!("the two runs are listed, the newest first: {told:?}").into()),
    }
}

pub(super) fn busy() -> Result<(), Failed> {
    let stage = broken(&["app_boot_failed", ORDER])?;
    thread::scope(|scope| {
        let first = scope.spawn(|| stage.exec_in_origin(&fix(&["--prove-within", "20"])));
        let seen = until(&stage, "underway", 40).and_then(|_| {
            let told = stage.exec_in_origin(&fix(&["--only", "safe"]))?;
            says(&document(&told, 2, "refused")?, "Could not begin: another run of rayfix goes on")
        });
        let _ = first.join();
        seen
    })
}

/// The socket's group has other members, so that only opening it to everybody is left.
fn wants_a_yes() -> Result<Raised, Failed> {
    let stage = broken(&[])?;
    let group = "groupadd backend && usermod -aG backend shop && chgrp backend /run/shop/shop.sock && \
                 chmod 660 /run/shop/shop.sock";
    stage.order(&["sh", "-c", group])?;
    Ok(stage)
}

pub(super) fn unasked() -> Result<(), Failed> {
    let stage = wants_a_yes()?;
    let before = state(&stage)?;
    let mode = || stage.order(&["stat", "-c", "%a %G", "/run/shop/shop.sock"]);
    let planned = document(&stage.exec_in_origin(&plan(&[]))?, 1, "planned")?;
    if planned["safety"] != "ask" || planned["fix"] != "app-socket-permit" {
        return Err(format!("it wants a person's yes: {planned:#}").into());
    }
    for more in [&[][..], &["--only", "safe"]] {
        let refused = document(&stage.exec_in_origin(&fix(more))?, 3, "refused")?;
        says(&refused, "app-socket-permit fits, and ")?;
        same(&before, &state(&stage)?)?;
        if mode()?.trim() != "660 backend" {
            return Err(format!("{more:?}: it was touched: {}", mode()?).into());
        }
    }
    // To name it is to say yes.
    let named = fix(&["--only", "app-socket-permit"]);
    document(&stage.exec_in_origin(&named)?, 0, "kept")?;
    ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;
    // So is to bring the plan that was read.
    let told = stage.exec_in_origin(&plan(&[]))?;
    stage.write("/root/plan.json", "600", told.out.as_bytes())?;
    document(&stage.exec_in_origin(&fix(&["--plan", "/root/plan.json"]))?, 0, "kept")?;
    Ok(())
}

pub(super) fn for_a_person() -> Result<(), Failed> {
    let stage = broken(&["app_crash_looping"])?;
    let files = || stage.order(&["find", "/etc", "/srv", "-xdev", "-newer", "/root/ca.pem"]);
    let before = files()?;
    let planned = document(&stage.exec_in_origin(&plan(&[]))?, 1, "planned")?;
    if planned["fix"] != "by-hand" || planned["safety"] != "show-only" {
        return Err(format!("{planned:#}").into());
    }
    if !planned["steps"].to_string().contains("`systemctl stop shop.service`") {
        return Err(format!("the app's own unit is named: {planned:#}").into());
    }
    document(&stage.exec_in_origin(&fix(&[]))?, 1, "for-a-person")?;
    // A script that says what it lets be done hears that there is no such thing.
    document(&stage.exec_in_origin(&fix(&["--only", "safe"]))?, 3, "no-plan")?;
    same(&before, &files()?)?;
    let journals = stage.order(&["find", "/var/lib/rayfix", "-name", "journal"])?;
    if journals.is_empty() { Ok(()) } else { Err(journals.into()) }
}

pub(super) fn signed_off() -> Result<(), Failed> {
    let stage = broken(&["app_stopped"])?;
    let told = stage.exec_in_origin(&plan(&[]))?;
    ends(&told, 1)?;
    stage.write("/root/plan.json", "600", told.out.as_bytes())?;
    // Nothing in the file leads a hand.
    let evil = told.out.replace("shop.service", "evil.service");
    stage.write("/root/evil.json", "600", evil.as_bytes())?;
    let before = state(&stage)?;
    let with = |file| stage.exec_in_origin(&fix(&["--plan", file]));
    let refused = document(&with("/root/evil.json")?, 2, "refused")?;
    says(
        &refused,
        "step 1 was `systemctl reset-failed evil.service`, and would be `systemctl reset-failed shop.service` now",
    )?;
    same(&before, &state(&stage)?)?;
    for (file, text) in [("/root/no.json", "{}"), ("/root/other.json", "not even that")] {
        stage.write(file, "600", text.as_bytes())?;
        let told = with(file)?;
        ends(&told, 2)?;
        if !told.err.contains("is no plan") {
            return Err(format!("{told:?}").into());
        }
    }
    document(&with("/root/plan.json")?, 0, "kept")?;
    ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;
    // Something else is wrong by now.
    ends(&stage.exec_in_origin(&["systemctl", "start", "shop"])?, 0)?;
    breaks(&stage, ORDER)?;
    let before = state(&stage)?;
    let told = with("/root/plan.json")?;
    says(
        &document(&told, 3, "no-plan")?,
        "app-start is no fix for net-firewall-blocks-cloudflare",
    )?;
    same(&before, &state(&stage)?)
}

/// Runs a command on a terminal of its own and types a line where it is asked for one.
const TYPIST: &str = "import os, pty, sys\n\
    child, terminal = pty.fork()\n\
    if child == 0: os.execvp(sys.argv[2], sys.argv[2:])\n\
    seen, typed = b'', False\n\
    while True:\n\
    \x20   try: more = os.read(terminal, 4096)\n\
    \x20   except OSError: break\n\
    \x20   if not more: break\n\
    \x20   seen += more\n\
    \x20   if not typed and b'Type yes:' in seen:\n\
    \x20       os.write(terminal, sys.argv[1].encode() + b'\\n'); typed = True\n\
    sys.stdout.buffer.write(seen)\n\
    sys.stdout.flush()\n\
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n";

pub(super) fn asked() -> Result<(), Failed> {
    let stage = broken(&["app_stopped"])?;
    let mut words = fix(&[]);
    words.retain(|word| !matches!(*word, "--yes" | "--format" | "json"));
    let typed =
        |answer| stage.exec_in_origin(&[&["python3", "-c", TYPIST, answer], &words[..]].concat());
    let active = || stage.exec_in_origin(&["systemctl", "is-active", "shop"]);
    for (answer, code, state, words) in [
        ("no", 1, "inactive", "Nothing was done."),
        ("yes", 0, "active", "Proven: the site is back."),
    ] {
        let told = typed(answer)?;
        ends(&told, code)?;
        let (plan, question) =
            (told.out.find("systemctl start shop.service"), told.out.find("Type yes:"));
        if plan.is_none() || plan > question || told.out.matches("Type yes:").count() != 1 {
            return Err(format!("asked once, after the plan: {told:?}").into());
        }
        if !told.out.contains(words) || active()?.out.trim() != state {
            return Err(format!("{answer}: {told:?}").into());
        }
    }
    Ok(())
}
