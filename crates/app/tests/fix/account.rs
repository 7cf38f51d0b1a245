//! Fixes that change the account: what it holds is compared as well, and an undo without the token says so.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use libtest_mimic::Failed;
use rayfix_lab::account::{TokenState, ZONE};
use rayfix_lab::real::{AccountThere, Raised, RealStage, Told, faults};
use serde_json::{Value, json};

use super::{BINARY, SITE, differences, parts, served, state, strace, words};

/// Faults, and the fix that is to mend each.
pub(crate) const MENDED: &[(&str, &str)] = &[
    ("tls_certificate_self_signed", "edge-set-ssl-mode"),
    ("edge_redirect_loop", "edge-set-ssl-mode"),
    ("tls_certificate_self_signed", "tls-install-origin-ca-certificate"),
    ("tls_certificate_expired", "tls-install-origin-ca-certificate"),
    ("tls_certificate_name_mismatch", "tls-install-origin-ca-certificate"),
];

/// Fixes of a token that only reads, and the permission that it lacks.
pub(crate) const LACKING: &[(&str, &str, &str)] = &[
    ("tls_certificate_self_signed", "edge-set-ssl-mode", "Zone Settings Write"),
    (
        "tls_certificate_self_signed",
        "tls-install-origin-ca-certificate",
        "SSL and Certificates Write",
    ),
];

/// Fixes that are killed at each line of their journals.
pub(crate) const KILLED: &[(&str, &str)] = &[
    ("tls_certificate_self_signed", "edge-set-ssl-mode"),
    ("tls_certificate_self_signed", "tls-install-origin-ca-certificate"),
];

/// A broken stage with its account, and how `fix` is called there.
struct Broken {
    account: AccountThere,
    stage: Raised,
    fix: &'static str,
}

impl Broken {
    fn by(name: &str, fix: &'static str) -> Result<Broken, Failed> {
        Broken::with(name, fix, TokenState::MayMend)
    }

    fn with(name: &str, fix: &'static str, token: TokenState) -> Result<Broken, Failed> {
        let (_, fault) = faults::find(name).ok_or("no such fault")?;
        let stage = RealStage::healthy().raise()?;
        stage.install_program(Path::new(BINARY))?;
        stage.write("/root/ca.pem", "644", &fs::read(stage.ca_file())?)?;
        (fault.break_it)(&stage)?;
        let account = stage.account_for(token)?;
        stage.write("/root/origin-ca.pem", "644", account.origin_ca.as_bytes())?;
        Ok(Broken { account, stage, fix })
    }

    fn command(&self, more: &[&str]) -> Vec<String> {
        let mut command = vec!["rayfix", "fix", SITE, "--only", self.fix, "--format", "json"];
        command.extend(["--ca-file", "/root/ca.pem", "--ca-file", "/root/origin-ca.pem"]);
        command.extend(["--api-url", &self.account.api.base]);
        command.iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    fn with_token(&self, command: &[&str]) -> Result<Told, Failed> {
        Ok(self.stage.exec_with_token(&self.account, command)?)
    }

    fn undo(&self) -> Result<Told, Failed> {
        self.with_token(&["rayfix", "undo", "--api-url", &self.account.api.base])
    }

    /// What the origin and the account are.
    fn state(&self) -> Result<BTreeMap<&'static str, String>, Failed> {
        let mut all = state(&self.stage)?;
        let mut told = self.account.api.state();
        let zone = told.zone_mut(ZONE).ok_or("the zone")?;
        let settings =
            zone.settings.iter().map(|(name, told)| (name.clone(), told["value"].clone()));
        let settings: BTreeMap<String, Value> = settings.collect();
        let account = json!({ "settings": settings, "certificates": zone.shelf("certificates") });
        all.insert("account", serde_json::to_string_pretty(&account)?);
        Ok(all)
    }

    /// Whether a visitor gets the error.
    fn is_broken(&self) -> Result<bool, Failed> {
        for _ in 1..=10 {
            if self.stage.visit(SITE)? != 200 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

pub(crate) fn mends(name: &str, fix: &'static str) -> Result<(), Failed> {
    let there = Broken::by(name, fix)?;
    let broken = there.state()?;
    if !there.is_broken()? {
        return Err("visitors are served".into());
    }
    if fix == "edge-set-ssl-mode" {
        let told = there.with_token(&words(&there.command(&[])))?;
        let plan: Value = serde_json::from_str(&told.out)?;
        let cautions = plan["cautions"].to_string();
        // The shop's two addresses.
        if !cautions.contains("2 proxied records") {
            return Err(format!("what it does to other names: {told:?}").into());
        }
    }
    let began = Instant::now();
    let told = there.with_token(&words(&there.command(&["--apply", "--yes"])))?;
    let took = began.elapsed();
    if told.code != Some(0) {
        return Err(format!("fix: {told:?}").into());
    }
    let run: Value = serde_json::from_str(&told.out)?;
    if run["state"] != "kept" || run["fix"] != fix {
        return Err(format!("the run: {run:#}").into());
    }
    let parts = parts(&there.stage)?;
    println!("{fix} mended {name} in {:.2} s{parts}", took.as_secs_f64());
    served(&there.stage)?;
    // Without the token, what is in the account stays, and is told.
    let told = there.stage.exec_in_origin(&["rayfix", "undo"])?;
    let says = |what: &str| told.out.contains(what);
    if told.code != Some(5) || !says("CLOUDFLARE_API_TOKEN") || !says("By hand") {
        return Err(format!("undo without a token: {told:?}").into());
    }
    let began = Instant::now();
    let told = there.undo()?;
    if told.code != Some(0) {
        return Err(format!("undo: {told:?}").into());
    }
    println!("the undo took {:.2} s", began.elapsed().as_secs_f64());
    let differs = differences(&broken, &there.state()?);
    if !differs.is_empty() {
        return Err(format!("after the undo: {}", differs.join("\n")).into());
    }
    if there.is_broken()? { Ok(()) } else { Err("after the undo visitors are served".into()) }
}

/// A token that may read and not write: the plan says what it needs, and nothing is left of what was tried.
pub(crate) fn lacks(name: &str, fix: &'static str, permission: &str) -> Result<(), Failed> {
    let there = Broken::with(name, fix, TokenState::Good)?;
    let before = there.state()?;
    let told = there.with_token(&words(&there.command(&[])))?;
    let plan: Value = serde_json::from_str(&told.out)?;
    if told.code != Some(1) || !plan["cautions"].to_string().contains(permission) {
        return Err(format!("the plan: {told:?}").into());
    }
    let told = there.with_token(&words(&there.command(&["--apply", "--yes"])))?;
    let run: Value = serde_json::from_str(&told.out)?;
    let why = run["why"].as_str().unwrap_or_default();
    if told.code != Some(4) || !why.contains(permission) {
        return Err(format!("fix: {told:?}").into());
    }
    let differs = differences(&before, &there.state()?);
    if differs.is_empty() { Ok(()) } else { Err(differs.join("\n").into()) }
}

/// SIGKILL at each write to the disk, one after the other: the undo that is called next takes all of it back, in the
/// account too.
pub(crate) fn killed(name: &str, fix: &'static str) -> Result<(), Failed> {
    let there = Broken::by(name, fix)?;
    let before = there.state()?;
    let mut kills = 0;
    for call in ["fdatasync", "fsync"] {
        for boundary in 1.. {
            let mut command = strace(call, boundary);
            command.extend(there.command(&["--apply", "--yes"]));
            let told = there.with_token(&words(&command))?;
            let undone = there.undo()?;
            let at = format!("killed at {call} {boundary}: {told:?}\nundo: {undone:?}");
            // Killed before anything was written, there is nothing to take back.
            if undone.code != Some(0) && !undone.err.contains("There is no run") {
                return Err(at.into());
            }
            let differs = differences(&before, &there.state()?);
            if !differs.is_empty() {
                return Err(format!("{at}\n{}", differs.join("\n")).into());
            }
            if told.code == Some(0) {
                break;
            }
            kills += 1;
            if boundary > 60 {
                return Err("it never came to its end".into());
            }
        }
    }
    println!("{fix} was killed at {kills} boundaries");
    if kills >= 7 { Ok(()) } else { Err("it was hardly ever killed".into()) }
}
