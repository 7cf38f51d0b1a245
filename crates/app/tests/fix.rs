//! `rayfix fix` against real stages: every fault that has a fix is mended, proven by a visitor, and taken back.
//!
//! Of each: the site is broken; `fix --apply --yes` ends with 0; 25 of 25 visits are answered 200; `undo` ends with
//! 0; files, units, packet filter and routes are as they were when it was broken, byte for byte, and visitors get
//! the error again. Where this machine cannot raise a stage, every test is counted as ignored, with the reason; with
//! `LAB_ALL=1` it fails.

#![expect(clippy::print_stdout, reason = "a test tells how long a fix took")]

#[path = "fix/account.rs"]
mod account;
#[path = "fix/restart.rs"]
mod restart;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_lab::real::{self, Raised, RealStage, faults, needs, tunnels};
use serde_json::Value;

const SITE: &str = "https://shop.example.test/";
const BINARY: &str = env!("CARGO_BIN_EXE_rayfix");

/// Faults, and the fix that is to mend each.
const MENDED: &[(&str, &str)] = &[
    ("app_stopped", "app-start"),
    ("app_stopped_behind_an_edit", "app-start"),
    ("app_stopped_disabled", "app-start"),
    ("app_stopped_php", "app-start"),
    ("app_stopped_started_too_often", "app-start"),
    ("app_killed", "app-restart"),
    ("app_killed_by_crash", "app-restart"),
    ("proxy_stopped", "proxy-start"),
    ("proxy_stopped_by_signal", "proxy-start"),
    ("proxy_config_not_reloaded", "proxy-reload"),
    ("proxy_config_not_reloaded_included", "proxy-reload"),
    ("tls_certificate_not_reloaded", "tls-reload-certificate"),
    ("tls_certificate_expired_by_certbot", "tls-renew-certificate"),
    ("tls_certificate_self_signed_beside_certbot", "tls-renew-certificate"),
    ("tls_chain_incomplete_by_cert_pem", "tls-send-full-chain"),
    ("tls_chain_incomplete_beside_its_bundle", "tls-send-full-chain"),
    ("tunnel_connector_stopped", "tunnel-restart-connector"),
    ("tunnel_connector_stopped_by_a_lost_token", "tunnel-restore-token-file"),
    ("tunnel_connector_stopped_by_a_forbidden_token", "tunnel-restore-token-file"),
    ("tunnel_edge_unreachable_over_quic", "tunnel-use-http2"),
    ("tunnel_edge_unreachable_over_quic_by_environment", "tunnel-use-http2"),
    ("tunnel_service_tls_rejected_by_name", "tunnel-set-origin-name"),
    ("net_firewall_blocks_cloudflare", "net-allow-cloudflare-ranges"),
    ("net_firewall_blocks_cloudflare_by_ufw", "net-allow-cloudflare-ranges"),
    ("net_firewall_blocks_cloudflare_by_stale_list", "net-allow-cloudflare-ranges"),
    ("net_firewall_blocks_cloudflare_by_order", "net-allow-cloudflare-ranges"),
    ("net_firewall_blocks_cloudflare_by_policy", "net-allow-cloudflare-ranges"),
    ("net_firewall_blocks_cloudflare_by_set", "net-allow-cloudflare-ranges"),
    ("net_firewall_blocks_cloudflare_by_firewalld", "net-allow-cloudflare-ranges"),
    ("net_firewall_blocks_cloudflare_by_kept_iptables", "net-allow-cloudflare-ranges"),
    ("net_one_family_closed_by_ip6tables", "net-allow-cloudflare-ranges"),
    ("net_ban_hits_cloudflare", "net-unban-cloudflare"),
    ("net_ban_hits_cloudflare_by_crowdsec", "net-unban-cloudflare"),
    ("net_replies_dropped", "net-allow-cloudflare-ranges"),
    ("net_route_missing", "net-allow-cloudflare-ranges"),
    ("proxy_upstream_socket_forbidden", "app-socket-permit"),
    ("proxy_upstream_socket_forbidden_by_folder", "app-socket-permit"),
    ("proxy_upstream_socket_forbidden_by_umask", "app-socket-permit"),
    ("app_listens_elsewhere", "proxy-point-at-app"),
    ("app_listens_elsewhere_by_socket", "proxy-point-at-app"),
    ("app_listens_elsewhere_by_port", "proxy-point-at-app"),
    ("app_listens_elsewhere_than_asked", "proxy-point-at-app"),
    ("app_listens_elsewhere_php_upgrade", "proxy-point-at-app"),
    ("http_origin_denies_cloudflare", "proxy-allow-cloudflare"),
    ("tunnel_service_refused", "tunnel-set-service"),
    ("tunnel_service_scheme_mismatch", "tunnel-set-service"),
];

/// Where a program has learnt what it cannot forget again: a certificate or a configuration that was read anew. Nothing
/// that is kept anywhere differs.
const LEARNT: &[&str] = &[
    "tls_certificate_not_reloaded",
    "proxy_config_not_reloaded",
    "proxy_config_not_reloaded_included",
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = Vec::new();
    for (fault, fix) in MENDED {
        let name = format!("{fix}_mends_{fault}");
        trials.push(trial(&name, move || mends(fault, fix)));
    }
    for (fault, fix) in account::MENDED {
        let name = format!("{fix}_mends_{fault}_in_the_account_too");
        trials.push(trial(&name, move || account::mends(fault, fix)));
    }
    for (fault, fix, permission) in account::LACKING {
        let name = format!("{fix}_of_{fault}_with_a_token_that_only_reads_leaves_nothing_behind");
        trials.push(trial(&name, move || account::lacks(fault, fix, permission)));
    }
    for (fault, fix) in account::KILLED {
        let name = format!("{fix}_killed_at_any_line_is_taken_back_in_the_account_too");
        trials.push(trial(&name, move || account::killed(fault, fix)));
    }
    for (fault, fix) in KILLED {
        let name = format!("{fix}_of_{fault}_killed_at_any_line_of_its_journal_is_taken_back");
        trials.push(trial(&name, move || killed(fault, fix)));
        let name = format!("{fix}_of_{fault}_whose_undo_is_killed_is_taken_back_by_the_next");
        trials.push(trial(&name, move || undo_killed(fault, fix)));
    }
    let name = "certbot_that_outlives_its_fix_is_waited_for_and_taken_back";
    trials.push(trial(name, certbot_outlives_its_fix));
    let name = "certbot_that_gets_nothing_leaves_nothing_behind";
    trials.push(trial(name, certbot_gets_nothing));
    let name = "ufw_told_of_all_ranges_at_once_is_as_if_it_was_told_of_each";
    trials.push(trial(name, as_if_one_by_one));
    for (unit, tunnelled) in [("shop", false), ("nginx", false), ("cloudflared", true)] {
        let name = format!("{unit}_that_nothing_starts_at_boot_is_started_now_and_then");
        trials.push(trial(&name, move || restart::starts_with_it(unit, tunnelled)));
    }
    for (by, kept) in restart::KEPT {
        let name =
            format!("net-allow-cloudflare-ranges_holds_over_a_restart_of_the_machine_by_{by}");
        trials.push(trial(&name, move || restart::holds(*kept)));
    }
    let name = "tunnel-use-http2_is_not_planned_where_tcp_does_not_get_out_either";
    trials.push(trial(name, nothing_gets_out));
    trials.push(trial("net-unban-cloudflare_leaves_jails_what_they_ignored", ignores));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test that cannot run here says so.
fn trial(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let Some((reason, fails)) = needs::skipped() else { return Trial::test(name, test) };
    let said = Failed::from(&reason);
    Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
}

/// What of the origin must be as it was: what each of these prints.
const STATE: &[(&str, &str)] = &[
    (
        "files",
        "find /etc /srv /run/shop -xdev ! -path '/etc/systemd/system/rayfix-*' ! -name 'resolv.conf' \
         \\( -type f -o -type l -o -type s \\) -printf '%p %m %U:%G %y %l\\n' | sort; \
         find /etc /srv -xdev -type f ! -name resolv.conf -exec sha256sum {} + | sort -k 2",
    ),
    (
        "folders",
        "find /etc/systemd/system /etc/nginx /run/shop -xdev -type d -printf '%p %m %U:%G\\n' | sort",
    ),
    ("enabled", "systemctl list-unit-files --no-legend --no-pager | grep -v rayfix- | sort"),
    (
        "active",
        "systemctl list-units --type=service,socket,timer --all --no-legend --no-pager --plain \
         | awk '{print $1, ($3 == \"active\" ? \"on\" : \"off\")}' | grep -v -e '^rayfix-' -e '^systemd-' -e '^user' \
         -e '^getty' -e '^console' | sort",
    ),
    // How long a ban still holds is never the same twice.
    (
        "nft",
        "nft -s list ruleset 2>/dev/null | grep -v '^#' \
         | sed -E 's/([0-9a-f.:]+) timeout [0-9dhms]+( expires [0-9dhms]+)?/\\1/g' || true",
    ),
    ("iptables", "iptables-save 2>/dev/null | grep -v '^#' | sed 's/ \\[[0-9:]*\\]//' || true"),
    ("ip6tables", "ip6tables-save 2>/dev/null | grep -v '^#' | sed 's/ \\[[0-9:]*\\]//' || true"),
    ("ipset", "ipset save 2>/dev/null | sort || true"),
    ("routes", "ip -4 route show table all; ip rule; ip -6 rule"),
];

fn state(stage: &Raised) -> Result<BTreeMap<&'static str, String>, Failed> {
    let mut all = BTreeMap::new();
    for (name, script) in STATE {
        all.insert(*name, stage.exec_in_origin(&["sh", "-c", script])?.out);
    }
    Ok(all)
}

/// The first line that differs of each part.
fn differences(before: &BTreeMap<&str, String>, now: &BTreeMap<&str, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, was) in before {
        let is = now.get(name).map_or("", String::as_str);
        let lacks = was.lines().find(|line| !is.lines().any(|other| other == *line));
        let more = is.lines().find(|line| !was.lines().any(|other| other == *line));
        if was != is {
            found.push(format!("{name}: lacks {lacks:?}, has {more:?}"));
        }
    }
    found
}

/// Fixes that are killed at each line of their journals.
const KILLED: &[(&str, &str)] = &[
    ("app_stopped", "app-start"),
    ("net_firewall_blocks_cloudflare_by_order", "net-allow-cloudflare-ranges"),
    ("net_firewall_blocks_cloudflare_by_ufw", "net-allow-cloudflare-ranges"),
    ("tls_certificate_expired_by_certbot", "tls-renew-certificate"),
    ("app_listens_elsewhere", "proxy-point-at-app"),
    ("proxy_upstream_socket_forbidden_by_folder", "app-socket-permit"),
    ("tunnel_edge_unreachable_over_quic_by_environment", "tunnel-use-http2"),
];

/// Broken, furnished, and how `fix` is called there.
fn broken(name: &str, fix: &'static str) -> Result<(Raised, Vec<&'static str>), Failed> {
    let behind = tunnels::find(name);
    let (_, fault) = behind.or(faults::find(name)).ok_or("no such fault")?;
    let stage = match behind {
        Some(_) => RealStage::behind_a_tunnel(),
        None => RealStage::healthy(),
    };
    let stage = stage.raise()?;
    stage.install_program(Path::new(BINARY))?;
    stage.write("/root/ca.pem", "644", &fs::read(stage.ca_file())?)?;
    (fault.break_it)(&stage)?;
    let mut command = vec!["rayfix", "fix", SITE, "--ca-file", "/root/ca.pem", "--only", fix];
    if behind.is_none() {
        command.extend(["--origin", real::ORIGIN_V4, "--origin", real::ORIGIN_V6]);
    }
    command.extend(["--apply", "--yes", "--format", "json"]);
    Ok((stage, command))
}

/// SIGKILL at each write to the disk, one after the other: what is called next finds the run half done and takes it
/// back, and everything is as it was.
fn killed(name: &str, fix: &'static str) -> Result<(), Failed> {
    let (stage, command) = broken(name, fix)?;
    let before = state(&stage)?;
    let mut kills = 0;
    for call in ["fdatasync", "fsync"] {
        let mut boundary = 1;
        while killed_at(&stage, &command, &before, call, boundary)? {
            boundary += 1;
            kills += 1;
            if boundary > 60 {
                return Err("it never came to its end".into());
            }
        }
    }
    println!("{fix} was killed at {kills} boundaries");
    if kills >= 7 { Ok(()) } else { Err("it was hardly ever killed".into()) }
}

/// The same of the undo: whoever asks for it once more has everything as it was, and visitors the error again.
fn undo_killed(name: &str, fix: &'static str) -> Result<(), Failed> {
    let (stage, command) = broken(name, fix)?;
    let before = state(&stage)?;
    let mut kills = 0;
    for call in ["fdatasync", "fsync"] {
        for boundary in 1..60 {
            let told = stage.exec_in_origin(&command)?;
            if told.code != Some(0) {
                return Err(format!("fix: {told:?}").into());
            }
            let first =
                stage.exec_in_origin(&[&words(&strace(call, boundary))[..], &UNDO].concat())?;
            let again = stage.exec_in_origin(&UNDO)?;
            let at = format!("killed at {call} {boundary}: {first:?}\n{again:?}");
            // Killed at its last line, it has nothing left to do.
            let nothing_left = again.err.contains("There is no run");
            if again.code != Some(0) && !nothing_left {
                return Err(at.into());
            }
            let differs = differences(&before, &state(&stage)?);
            if !differs.is_empty() {
                return Err(format!("{at}\n{}", differs.join("\n")).into());
            }
            let mut visits = (0..60).map(|_| stage.visit(SITE));
            if visits.all(|status| status.is_ok_and(|status| status == 200)) {
                return Err(format!("{at}\nvisitors are served").into());
            }
            if first.code == Some(0) {
                break;
            }
            kills += 1;
        }
    }
    println!("the undo of {fix} was killed at {kills} boundaries");
    if kills >= 3 { Ok(()) } else { Err("it was hardly ever killed".into()) }
}

fn words(owned: &[String]) -> Vec<&str> {
    owned.iter().map(String::as_str).collect()
}

const UNDO: [&str; 2] = ["rayfix", "undo"];

/// Kills a command at the n-th of these calls.
fn strace(call: &str, boundary: usize) -> Vec<String> {
    let (trace, inject) =
        (format!("--trace={call}"), format!("--inject={call}:signal=KILL:when={boundary}"));
    ["strace", "-f", "-qq", "-o", "/dev/null", &trace, &inject].map(str::to_owned).to_vec()
}

/// Killed at the n-th of these calls; `false`: it came to its end before.
fn killed_at(
    stage: &Raised,
    command: &[&str],
    before: &BTreeMap<&str, String>,
    call: &str,
    boundary: usize,
) -> Result<bool, Failed> {
    let at = format!("killed at {call} {boundary}");
    let told = stage.exec_in_origin(&[&words(&strace(call, boundary))[..], command].concat())?;
    let undone = stage.exec_in_origin(&["rayfix", "undo"])?;
    // Killed before anything was written, there is nothing to take back.
    if undone.code != Some(0) && !undone.err.contains("There is no run") {
        return Err(format!("{at}: {told:?}\nundo: {undone:?}").into());
    }
    let differs = differences(before, &state(stage)?);
    if !differs.is_empty() {
        return Err(format!("{at}: {}\n{undone:?}", differs.join("\n")).into());
    }
    let switches = "ls /etc/systemd/system/ | grep rayfix-undo; \
                    systemctl list-timers --all --no-legend | grep rayfix-undo";
    let left = stage.exec_in_origin(&["sh", "-c", switches])?;
    if !left.out.trim().is_empty() {
        return Err(format!("{at}: a switch is left: {}", left.out).into());
    }
    Ok(told.code != Some(0))
}

/// The command of its arguments is run, and killed as soon as certbot has written its challenge into nginx's files;
/// ends well where certbot goes on.
const KILL_AT_WORK: &str = "\"$@\" >/dev/null 2>&1 & fix=$!; \
     until grep -rqs acme-challenge /etc/nginx; do kill -0 $fix || exit 9; done; \
     kill -KILL $fix; pgrep -f '[n]o-random-sleep-on-renew' >/dev/null";

/// certbot is a program of its own and goes on when the fix is killed: the undo must not come before its end.
fn certbot_outlives_its_fix() -> Result<(), Failed> {
    let (stage, command) = broken("tls_certificate_expired_by_certbot", "tls-renew-certificate")?;
    let before = state(&stage)?;
    let kill = ["bash", "-c", KILL_AT_WORK, "bash"];
    let told = stage.exec_in_origin(&[&kill[..], &command].concat())?;
    if told.code != Some(0) {
        return Err(format!("certbot did not outlive it: {told:?}").into());
    }
    let told = stage.exec_in_origin(&["rayfix", "undo"])?;
    let differs = differences(&before, &state(&stage)?);
    if told.code != Some(0) || !differs.is_empty() {
        return Err(format!("{}\n{told:?}", differs.join("\n")).into());
    }
    // It did renew, or nothing was shown by this.
    let log = stage.order(&["cat", "/var/log/letsencrypt/letsencrypt.log"])?;
    if !log.contains("fullchain.pem (success)") {
        return Err(format!("certbot did not come to its end: {log}").into());
    }
    Ok(())
}

/// The authority cannot prove the name, since port 80 is closed.
fn certbot_gets_nothing() -> Result<(), Failed> {
    let (stage, command) = broken("tls_certificate_expired_by_certbot", "tls-renew-certificate")?;
    for tool in ["iptables", "ip6tables"] {
        stage.order(&[tool, "-A", "INPUT", "-p", "tcp", "--dport", "80", "-j", "REJECT"])?;
    }
    let before = state(&stage)?;
    let told = stage.exec_in_origin(&command)?;
    let differs = differences(&before, &state(&stage)?);
    if told.code != Some(4) || !differs.is_empty() {
        return Err(format!("{}\n{told:?}", differs.join("\n")).into());
    }
    let run: Value = serde_json::from_str(&told.out)?;
    let why = run["why"].as_str().unwrap_or_default();
    match why.contains("Failed to renew certificate shop.example.test") {
        true => Ok(()),
        false => Err(format!("it does not say why: {why}").into()),
    }
}

/// How long each part of the newest run took, by the lines of its journal; what is missing of the whole is the
/// diagnosis.
fn parts(stage: &Raised) -> Result<String, Failed> {
    let journal = "cat $(ls -d /var/lib/rayfix/runs/*/journal | tail -n 1)";
    let journal = stage.order(&["sh", "-c", journal])?;
    let mut told = String::new();
    let mut was: Option<jiff::Timestamp> = None;
    for line in journal.lines() {
        let line: Value = serde_json::from_str(line)?;
        let at: jiff::Timestamp = line["at"].as_str().ok_or("a time")?.parse()?;
        if let Some(was) = was {
            let took = (at - was).total(jiff::Unit::Second)?;
            told.push_str(&format!(" · {} {took:.2}", line["line"].as_str().unwrap_or_default()));
        }
        was = Some(at);
    }
    Ok(told)
}

/// ufw is told of each range, as the plan says that a person would do it; then the fix does it. Both leave the same
/// lists and the same rules.
fn as_if_one_by_one() -> Result<(), Failed> {
    let (stage, command) =
        broken("net_firewall_blocks_cloudflare_by_ufw", "net-allow-cloudflare-ranges")?;
    let plan: Vec<&str> =
        command.iter().copied().filter(|word| !matches!(*word, "--apply" | "--yes")).collect();
    let plan: Value = serde_json::from_str(&stage.exec_in_origin(&plan)?.out)?;
    let steps = plan["steps"].as_array().ok_or("a plan")?;
    let by_hand = steps.iter().filter_map(|step| step["by_hand"].as_array()).flatten();
    let calls: Vec<&str> = by_hand.filter_map(Value::as_str).collect();
    if calls.len() < 22 {
        return Err(format!("a call for each range: {calls:?}").into());
    }
    let before = state(&stage)?;
    stage.order(&[
        "sh",
        "-c",
        &format!("set -e; cp -a /etc/ufw /root/ufw; {}", calls.join("; ")),
    ])?;
    let by_hand = state(&stage)?;
    stage.order(&["sh", "-c", "cp -a /root/ufw/. /etc/ufw/ && rm -r /root/ufw && ufw reload"])?;
    let differs = differences(&before, &state(&stage)?);
    if !differs.is_empty() {
        return Err(format!("as it was: {}", differs.join("\n")).into());
    }
    let told = stage.exec_in_origin(&command)?;
    if told.code != Some(0) {
        return Err(format!("fix: {told:?}").into());
    }
    let differs = differences(&by_hand, &state(&stage)?);
    if differs.is_empty() { Ok(()) } else { Err(differs.join("\n").into()) }
}

/// Cloudflare's ranges are ignored besides what the jail ignored, and `undo` takes only them away.
fn ignores() -> Result<(), Failed> {
    let (stage, command) = broken("net_ban_hits_cloudflare", "net-unban-cloudflare")?;
    let jail = "/etc/fail2ban/jail.local";
    stage.replace(jail, "[DEFAULT]\n", "[DEFAULT]\nignoreip = 192.0.2.9\n")?;
    stage.exec_in_origin(&["fail2ban-client", "reload"])?;
    let ignored = || -> Result<Vec<String>, Failed> {
        let told = stage.exec_in_origin(&["fail2ban-client", "get", "web", "ignoreip"])?;
        Ok(told.out.lines().filter_map(|line| Some(line.split_once("- ")?.1.to_owned())).collect())
    };
    let before = ignored()?;
    let told = stage.exec_in_origin(&command)?;
    if told.code != Some(0) {
        return Err(format!("fix: {told:?}").into());
    }
    let during = ignored()?;
    let has = |address: &str| during.iter().any(|one| one == address);
    if before.is_empty() || !before.iter().all(|one| has(one)) || !has("172.64.0.0/13") {
        return Err(format!("it ignored {before:?}, and then {during:?}").into());
    }
    let told = stage.exec_in_origin(&["rayfix", "undo"])?;
    let after = ignored()?;
    if told.code != Some(0) || after != before {
        return Err(format!("undo: {told:?}; it ignores {after:?}").into());
    }
    Ok(())
}

/// Neither UDP nor TCP gets out: HTTP/2 would not help, and nothing is begun.
fn nothing_gets_out() -> Result<(), Failed> {
    let name = "tunnel_edge_unreachable_over_quic";
    let fault = tunnels::ALL.iter().find(|(doc, _)| doc.file == name).ok_or("no such fault")?.1;
    let stage = RealStage::behind_a_tunnel().raise()?;
    stage.install_program(Path::new(BINARY))?;
    stage.write("/root/ca.pem", "644", &fs::read(stage.ca_file())?)?;
    (fault.break_it)(&stage)?;
    stage.order(&["nft", "add rule inet out output tcp dport 7844 drop"])?;
    let before = state(&stage)?;
    let command = ["rayfix", "fix", SITE, "--ca-file", "/root/ca.pem"];
    let told = stage.exec_in_origin(&[&command[..], &["--apply", "--yes"]].concat())?;
    let why = "TCP does not get out either (198.41.128.77:7844 does not answer), so HTTP/2 would not help. Let this \
               machine out to TCP and UDP port 7844";
    let said = told.err.split_whitespace().collect::<Vec<_>>().join(" ");
    if told.code != Some(3) || !said.contains(why) {
        return Err(format!("{told:?}").into());
    }
    let differs = differences(&before, &state(&stage)?);
    if !differs.is_empty() {
        return Err(differs.join("\n").into());
    }
    // With TCP let out again it is planned, and nothing is left to say about it.
    let chain = stage.order(&["nft", "-a", "list", "chain", "inet", "out", "output"])?;
    let rule = chain.lines().find(|line| line.contains("tcp dport 7844")).ok_or("the rule")?;
    let handle = rule.rsplit(' ').next().ok_or("its handle")?;
    stage.order(&["nft", "delete", "rule", "inet", "out", "output", "handle", handle])?;
    let told = stage.exec_in_origin(&command)?;
    match told.code == Some(1) && !told.out.contains("could not be tried") {
        true => Ok(()),
        false => Err(format!("{told:?}").into()),
    }
}

/// Nobody of 25 visitors gets anything but the site.
fn served(stage: &Raised) -> Result<(), Failed> {
    for visit in 1..=25 {
        let status = stage.visit(SITE)?;
        if status != 200 {
            return Err(format!("visit {visit} of 25 was answered {status}").into());
        }
    }
    Ok(())
}

/// The undo, after which everything is as it was.
fn taken_back(stage: &Raised, before: &BTreeMap<&str, String>) -> Result<(), Failed> {
    let told = stage.exec_in_origin(&["rayfix", "undo"])?;
    if told.code != Some(0) {
        return Err(format!("undo: {told:?}").into());
    }
    let differs = differences(before, &state(stage)?);
    if differs.is_empty() {
        return Ok(());
    }
    Err(format!("after the undo: {}", differs.join("\n")).into())
}

fn mends(name: &str, fix: &str) -> Result<(), Failed> {
    let fault = name;
    let (_, plain) = faults::find(fault).map_or((None, None), |(doc, one)| (Some(doc), Some(*one)));
    let tunnel = tunnels::ALL.iter().find(|(doc, _)| doc.file == fault).map(|(_, one)| *one);
    let (stage, fault) = match (plain, tunnel) {
        (Some(fault), _) => (RealStage::healthy(), fault),
        (None, Some(fault)) => (RealStage::behind_a_tunnel(), fault),
        (None, None) => return Err(format!("no fault {fault}").into()),
    };
    let stage = stage.raise()?;
    stage.install_program(Path::new(BINARY))?;
    stage.write("/root/ca.pem", "644", &fs::read(stage.ca_file())?)?;
    (fault.break_it)(&stage)?;
    let broken = state(&stage)?;

    let mut command = vec!["rayfix", "fix", SITE, "--ca-file", "/root/ca.pem", "--only", fix];
    if !fault.breeds.starts_with("tunnel-") {
        command.extend(["--origin", real::ORIGIN_V4, "--origin", real::ORIGIN_V6]);
    }
    command.extend(["--apply", "--yes", "--format", "json"]);
    let began = Instant::now();
    // bash says what it cost besides: on a busy machine that tells more than the time.
    let timed = ["bash", "-c", "time -p \"$@\"", "bash"];
    let told = stage.exec_in_origin(&[&timed[..], &command].concat())?;
    let took = began.elapsed();
    if told.code != Some(0) {
        return Err(format!("fix: {told:?}").into());
    }
    let run: Value = serde_json::from_str(&told.out)?;
    if run["state"] != "kept" || run["fix"] != fix {
        return Err(format!("the run: {run:#}").into());
    }
    let cost = told.err.lines().filter_map(|line| {
        line.strip_prefix("user ").or(line.strip_prefix("sys "))?.parse::<f64>().ok()
    });
    println!(
        "{fix} mended {} in {:.2} s (CPU {:.2} s){}",
        fault.breeds,
        took.as_secs_f64(),
        cost.sum::<f64>(),
        parts(&stage)?
    );
    served(&stage)?;
    taken_back(&stage, &broken)?;
    if LEARNT.contains(&name) {
        return Ok(());
    }
    // Some faults meet some visits only: the edge dials from every range in turn.
    for _ in 1..=60 {
        if stage.visit(SITE)? != 200 {
            return Ok(());
        }
    }
    Err("after the undo 60 visitors are served".into())
}
