//! What a fix did holds over a restart of the machine: rules of the packet filter, and services that nothing started
//! with it. `undo` takes that back too.

use std::fs;
use std::path::Path;
use std::time::Instant;

use libtest_mimic::Failed;
use rayfix_lab::real::{self, Raised, RealStage};

use super::{BINARY, SITE, broken, served, state, taken_back};

/// A stage whose rules are loaded from a file at the start, how `fix` is called there, what puts something into the
/// rules for the moment, and what prints them.
pub(crate) type Kept = (Raised, Vec<&'static str>, &'static str, &'static str);
pub(crate) type Broken = fn() -> Result<Kept, Failed>;

/// Who loads the rules, and such a stage.
pub(crate) const KEPT: &[(&str, Broken)] = &[("nftables", nftables), ("iptables", iptables)];

fn nftables() -> Result<Kept, Failed> {
    let (stage, command) =
        broken("net_firewall_blocks_cloudflare_by_policy", "net-allow-cloudflare-ranges")?;
    let file = "/etc/nftables.conf";
    let rules = stage.exec_in_origin(&["cat", file])?.out;
    stage.write(file, "644", format!("flush ruleset\n{rules}").as_bytes())?;
    stage.exec_in_origin(&["systemctl", "enable", "--now", "nftables"])?;
    Ok((stage, command, "nft add table inet forgotten", "nft list ruleset"))
}

fn iptables() -> Result<Kept, Failed> {
    let fault = "net_firewall_blocks_cloudflare_by_kept_iptables";
    let (stage, command) = broken(fault, "net-allow-cloudflare-ranges")?;
    let forgotten = "iptables -N forgotten; ip6tables -N forgotten";
    Ok((stage, command, forgotten, "iptables-save; ip6tables-save"))
}

/// The rules that are loaded at the start hold the change too, and nothing else that was in the kernel for the
/// moment; `undo` makes the files as they were.
pub(crate) fn holds(broken: Broken) -> Result<(), Failed> {
    let (mut stage, command, forgotten, rules) = broken()?;
    let rules = ["sh", "-c", rules];
    let before = state(&stage)?;
    stage.exec_in_origin(&["sh", "-c", forgotten])?;
    let began = Instant::now();
    let told = stage.exec_in_origin(&command)?;
    if told.code != Some(0) {
        return Err(format!("fix: {told:?}").into());
    }
    println!("the rules and their file were changed in {:.2} s", began.elapsed().as_secs_f64());
    let changed = stage.exec_in_origin(&rules)?.out;
    stage.reboot()?;
    let loaded = stage.exec_in_origin(&rules)?.out;
    if !changed.contains("forgotten") || loaded.contains("forgotten") || !loaded.contains("rayfix:")
    {
        return Err(format!("after the restart: {loaded}").into());
    }
    served(&stage)?;
    taken_back(&stage, &before)
}

/// Started by hand once and never enabled: the next restart of the machine left it stopped, and would again.
pub(super) fn starts_with_it(unit: &str, tunnelled: bool) -> Result<(), Failed> {
    let stage = if tunnelled { RealStage::behind_a_tunnel() } else { RealStage::healthy() };
    let mut stage = stage.raise()?;
    stage.install_program(Path::new(BINARY))?;
    stage.write("/root/ca.pem", "644", &fs::read(stage.ca_file())?)?;
    stage.order(&["systemctl", "disable", unit])?;
    stage.reboot()?;
    let before = state(&stage)?;
    let mut command = vec!["rayfix", "fix", SITE, "--ca-file", "/root/ca.pem", "--apply", "--yes"];
    if !tunnelled {
        command.extend(["--origin", real::ORIGIN_V4, "--origin", real::ORIGIN_V6]);
    }
    let told = stage.exec_in_origin(&command)?;
    if told.code != Some(0) || !told.out.contains("systemctl enable ") {
        return Err(format!("fix: {told:?}").into());
    }
    stage.reboot()?;
    stage.until(&["systemctl", "is-system-running"], |state| state != "starting")?;
    served(&stage)?;
    taken_back(&stage, &before)
}
