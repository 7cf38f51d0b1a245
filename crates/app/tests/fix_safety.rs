//! `rayfix fix` when things go wrong: a proof that fails, nobody who confirms, a kill, a restart, Ctrl-C, two at
//! once, somebody else's change, names that were made to be taken for something else.
//!
//! On real stages, as `fix.rs`. "As it was" is byte for byte: files, rules, units.

#[path = "fix_safety/machine.rs"]
mod machine;
#[path = "fix_safety/script.rs"]
mod script;
#[path = "fix_safety/ssh.rs"]
mod ssh;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_lab::real::{self, Raised, RealStage, Told, faults, needs};
use serde_json::Value;

const SITE: &str = "https://shop.example.test/";
const BINARY: &str = env!("CARGO_BIN_EXE_rayfix");
/// A drop before an accept, in memory only.
const ORDER: &str = "net_firewall_blocks_cloudflare_by_order";

type Test = (&'static str, fn() -> Result<(), Failed>);

const TESTS: &[Test] = &[
    ("a_fix_whose_proof_fails_is_taken_back_completely", unproven),
    ("ctrl_c_while_it_is_proven_takes_everything_back", interrupted),
    ("what_nobody_confirms_is_taken_back_in_time", unconfirmed),
    ("what_is_confirmed_in_time_is_kept_and_its_switch_is_gone", confirmed),
    ("a_killed_run_is_taken_back_by_its_switch", || lost("KILL")),
    ("a_stopped_run_is_taken_back_by_its_switch", || lost("STOP")),
    ("a_restart_while_it_waits_takes_it_back", restarted),
    ("a_session_from_afar_survives_every_change_of_the_packet_filter", session),
    ("a_plan_that_would_cut_off_the_session_it_runs_in_is_refused", ssh::refused),
    ("a_session_that_was_cut_off_all_the_same_is_back_in_the_time_promised", ssh::restored),
    ("two_runs_exclude_each_other", two_at_once),
    ("undo_refuses_what_somebody_else_changed_and_shows_it", drifted),
    ("what_somebody_else_wrote_into_a_file_does_nothing_to_a_terminal", guarded),
    ("a_ban_that_came_since_stays_when_a_run_is_taken_back", banned_since),
    ("an_older_run_is_not_taken_back_before_a_newer_one", older_first),
    ("a_limit_a_day_holds", limited),
    ("a_script_gets_one_document_whatever_happens", script::documents),
    ("a_script_gets_a_document_while_another_run_goes_on", script::busy),
    ("what_wants_a_yes_is_not_done_unasked", script::unasked),
    ("what_no_program_may_decide_is_told_to_a_person_and_left", script::for_a_person),
    ("somebody_at_a_terminal_is_asked_once_with_the_plan_before", script::asked),
    ("a_plan_that_was_signed_off_is_done_as_it_was_read_or_not_at_all", script::signed_off),
    ("where_the_journal_cannot_be_written_nothing_is_done", machine::unwritable),
    ("a_torn_journal_of_another_run_stops_neither_undo_nor_the_switch", machine::torn),
    ("without_systemd_a_process_takes_it_back", machine::without_systemd),
    ("the_switch_does_not_go_by_the_clock_on_the_wall", machine::clockless),
    ("a_rule_that_was_moved_since_is_taken_back", machine::moved),
    ("hostile_names_change_nothing_but_what_is_planned", hostile),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = TESTS.iter().map(|(name, test)| {
        let Some((reason, fails)) = needs::skipped() else { return Trial::test(*name, *test) };
        let said = Failed::from(&reason);
        Trial::test(*name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A stage that is broken by these faults, in order.
fn broken(names: &[&str]) -> Result<Raised, Failed> {
    let stage = RealStage::healthy().raise()?;
    stage.install_program(Path::new(BINARY))?;
    stage.write("/root/ca.pem", "644", &fs::read(stage.ca_file())?)?;
    for name in names {
        breaks(&stage, name)?;
    }
    Ok(stage)
}

fn breaks(stage: &Raised, name: &str) -> Result<(), Failed> {
    let (_, fault) = faults::find(name).ok_or("no such fault")?;
    (fault.break_it)(stage)?;
    Ok(())
}

/// How `fix --apply` is called, with more options.
fn fix<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut command = vec!["rayfix", "fix", SITE, "--ca-file", "/root/ca.pem", "--apply", "--yes"];
    command.extend(["--origin", real::ORIGIN_V4, "--origin", real::ORIGIN_V6]);
    command.extend(["--format", "json"]);
    command.extend(more);
    command
}

/// What must be as it was.
const STATE: &str = "find /etc /srv -xdev ! -path '/etc/systemd/system/rayfix-*' ! -name resolv.conf \
    \\( -type f -o -type l \\) -printf '%p %m %U:%G %y %l\\n' | sort; \
    find /etc /srv -xdev -type f ! -name resolv.conf -exec sha256sum {} + | sort -k 2; \
    systemctl is-active shop nginx; systemctl is-enabled shop nginx; \
    nft -s list ruleset 2>/dev/null | grep -v '^#'; iptables-save | grep -v '^[#:]'; ip6tables-save | grep -v '^[#:]'";

fn state(stage: &Raised) -> Result<String, Failed> {
    Ok(stage.exec_in_origin(&["sh", "-c", STATE])?.out)
}

fn same(before: &str, now: &str) -> Result<(), Failed> {
    let lacks = before.lines().find(|line| !now.lines().any(|other| other == *line));
    let more = now.lines().find(|line| !before.lines().any(|other| other == *line));
    if before == now { Ok(()) } else { Err(format!("lacks {lacks:?}, has {more:?}").into()) }
}

fn ends(told: &Told, code: i32) -> Result<(), Failed> {
    if told.code == Some(code) { Ok(()) } else { Err(format!("not {code}: {told:?}").into()) }
}

/// Nothing of a switch is left: it goes right after the line that says that a run was taken back.
fn disarmed(stage: &Raised) -> Result<(), Failed> {
    let left = "ls /etc/systemd/system /etc/systemd/system/multi-user.target.wants | grep rayfix-; \
                systemctl list-timers --all --no-legend | grep rayfix-; ls /var/lib/rayfix/runs/*/rayfix 2>/dev/null";
    let began = Instant::now();
    loop {
        let left = stage.exec_in_origin(&["sh", "-c", left])?.out;
        if left.trim().is_empty() {
            return Ok(());
        }
        if began.elapsed().as_secs() > 60 {
            return Err(format!("a switch is left: {left}").into());
        }
    }
}

/// The newest run's state: `waiting`, `undone`.
fn newest(stage: &Raised) -> Result<String, Failed> {
    let told = stage.exec_in_origin(&["rayfix", "history", "--json"])?;
    let Some(line) = told.out.lines().next() else { return Ok(String::new()) };
    let run: Value = serde_json::from_str(line)?;
    Ok(run["state"].as_str().unwrap_or_default().to_owned())
}

/// Asks until the newest run is in this state; returns how long it took.
fn until(stage: &Raised, wanted: &str, most: u64) -> Result<Duration, Failed> {
    let began = Instant::now();
    loop {
        let state = newest(stage)?;
        if state == wanted {
            return Ok(began.elapsed());
        }
        if began.elapsed() > Duration::from_secs(most) {
            return Err(format!("after {most} s it is {state}, not {wanted}").into());
        }
    }
}

fn unproven() -> Result<(), Failed> {
    let stage = broken(&["app_boot_failed", ORDER])?;
    let before = state(&stage)?;
    let told = stage.exec_in_origin(&fix(&["--prove-within", "5"]))?;
    ends(&told, 4)?;
    let run: Value = serde_json::from_str(&told.out)?;
    if run["state"] != "undone" || !run["why"].as_str().is_some_and(|why| why.contains("visits")) {
        return Err(format!("what could not hold is named: {run:#}").into());
    }
    let why = run["why"].as_str().unwrap_or_default();
    if !why.contains("got 502") || !why.contains("C803 app-boot-failed") {
        return Err(
            format!("what was seen instead is told, and the cause that is left: {why}").into()
        );
    }
    same(&before, &state(&stage)?)?;
    disarmed(&stage)
}

fn interrupted() -> Result<(), Failed> {
    let stage = broken(&["app_boot_failed", ORDER])?;
    let before = state(&stage)?;
    for signal in ["--signal=INT", "--signal=HUP", "--signal=TERM"] {
        let limit = ["timeout", "--preserve-status", signal, "15"];
        let told = stage.exec_in_origin(&[&limit[..], &fix(&["--prove-within", "50"])].concat())?;
        ends(&told, 4)?;
        if !told.out.contains("interrupted") {
            return Err(format!("{signal}: {told:?}").into());
        }
        same(&before, &state(&stage)?)?;
        disarmed(&stage)?;
    }
    Ok(())
}

fn unconfirmed() -> Result<(), Failed> {
    let stage = broken(&[ORDER])?;
    let before = state(&stage)?;
    let told = stage.exec_in_origin(&fix(&["--confirm-within", "5"]))?;
    ends(&told, 0)?;
    if stage.visit(SITE)? != 200 {
        return Err("it is mended until then".into());
    }
    // Five seconds, and what the undo itself takes on a busy machine.
    until(&stage, "undone", 20)?;
    disarmed(&stage)?;
    same(&before, &state(&stage)?)
}

fn confirmed() -> Result<(), Failed> {
    let stage = broken(&[ORDER])?;
    let before = state(&stage)?;
    ends(&stage.exec_in_origin(&fix(&["--confirm-within", "60"]))?, 0)?;
    if newest(&stage)? != "waiting" {
        return Err("it waits".into());
    }
    // While it waits, no other begins.
    ends(&stage.exec_in_origin(&fix(&[]))?, 2)?;
    ends(&stage.exec_in_origin(&["rayfix", "confirm"])?, 0)?;
    disarmed(&stage)?;
    if (newest(&stage)?.as_str(), stage.visit(SITE)?) != ("kept", 200) {
        return Err("it is kept".into());
    }
    ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;
    same(&before, &state(&stage)?)
}

/// The run gets a signal that it cannot heed, right after its first step was written down.
fn lost(signal: &str) -> Result<(), Failed> {
    let stage = broken(&[ORDER])?;
    let before = state(&stage)?;
    // The fifth line that reaches the disk comes after the step was done.
    let inject = format!("--inject=fdatasync:signal={signal}:when=4");
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "--trace=fdatasync", &inject];
    let command = [&strace[..], &fix(&["--prove-within", "5"])].concat();
    thread::scope(|scope| {
        let run = scope.spawn(|| stage.exec_in_origin(&command));
        let seen = until(&stage, "underway", 40).and_then(|_| until(&stage, "undone", 110));
        let _ = run.join();
        seen
    })?;
    disarmed(&stage)?;
    same(&before, &state(&stage)?)
}

fn restarted() -> Result<(), Failed> {
    let mut stage = broken(&[ORDER])?;
    let before = state(&stage)?;
    ends(&stage.exec_in_origin(&fix(&["--confirm-within", "600"]))?, 0)?;
    stage.reboot()?;
    until(&stage, "undone", 20)?;
    disarmed(&stage)?;
    same(&before, &state(&stage)?)
}

/// A listener in place of sshd, and somebody who is connected to it.
const LISTENER: &str = "import socketserver\n\
    class Echo(socketserver.StreamRequestHandler):\n\
    \x20   def handle(self):\n\
    \x20       for line in self.rfile: self.wfile.write(line)\n\
    socketserver.ThreadingTCPServer.allow_reuse_address = True\n\
    socketserver.ThreadingTCPServer(('0.0.0.0', 22), Echo).serve_forever()\n";
const CLIENT: &str = "import socket, sys\n\
    there = socket.create_connection(('203.0.113.10', 22), 10).makefile('rw')\n\
    for line in sys.stdin:\n\
    \x20   there.write(line); there.flush()\n\
    \x20   print(there.readline().strip(), flush=True)\n";

struct Session(Child, BufReader<std::process::ChildStdout>);

impl Session {
    fn open(stage: &Raised) -> Result<Session, Failed> {
        let visitor = format!("{}-visitor", stage.name());
        let mut child = Command::new("ip")
            .args(["netns", "exec", &visitor, "python3", "-c", CLIENT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Session(child, out))
    }

    fn answers(&mut self, word: &str) -> Result<(), Failed> {
        let mut input = self.0.stdin.as_ref().ok_or("no input")?;
        writeln!(input, "{word}")?;
        let mut line = String::new();
        self.1.read_line(&mut line)?;
        if line.trim() == word { Ok(()) } else { Err(format!("{word}: `{line}`").into()) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn session() -> Result<(), Failed> {
    for name in [
        ORDER,
        "net_firewall_blocks_cloudflare_by_ufw",
        "net_firewall_blocks_cloudflare_by_set",
        "net_firewall_blocks_cloudflare_by_policy",
    ] {
        let stage = broken(&[])?;
        let unit = ["systemd-run", "--quiet", "--unit=listener", "python3", "-c", LISTENER];
        stage.order(&unit)?;
        stage.until(&["ss", "-Hltn", "sport = :22"], |out| out.contains(":22"))?;
        let mut session = Session::open(&stage)?;
        session.answers("before")?;
        breaks(&stage, name)?;
        session.answers("broken")?;
        ends(&stage.exec_in_origin(&fix(&[]))?, 0)?;
        session.answers("mended")?;
        Session::open(&stage)?.answers("another")?;
        ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;
        session.answers("undone")?;
    }
    Ok(())
}

fn two_at_once() -> Result<(), Failed> {
    let stage = broken(&["app_boot_failed", ORDER])?;
    thread::scope(|scope| {
        let first = scope.spawn(|| stage.exec_in_origin(&fix(&["--prove-within", "20"])));
        let seen = until(&stage, "underway", 40).and_then(|_| {
            for command in [fix(&[]), vec!["rayfix", "undo"], vec!["rayfix", "confirm"]] {
                let told = stage.exec_in_origin(&command)?;
                ends(&told, 2)?;
                if !told.err.contains("another run") {
                    return Err(format!("{told:?}").into());
                }
            }
            Ok(())
        });
        let first = first.join().map_err(|_| "the first ended oddly")??;
        seen.and_then(|()| ends(&first, 4))
    })
}

fn drifted() -> Result<(), Failed> {
    let stage = broken(&["app_stopped"])?;
    ends(&stage.exec_in_origin(&fix(&[]))?, 0)?;
    stage.order(&["systemctl", "disable", "shop"])?;
    let told = stage.exec_in_origin(&["rayfix", "undo"])?;
    ends(&told, 2)?;
    let active = stage.exec_in_origin(&["systemctl", "is-active", "shop"])?.out;
    if !told.out.contains("it is disabled, was enabled") || active.trim() != "active" {
        return Err(format!("nothing is touched, what differs is told: {told:?}").into());
    }
    stage.order(&["systemctl", "enable", "shop"])?;
    ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;

    let stage = broken(&[ORDER])?;
    let rules = || stage.order(&["iptables-save"]);
    let was = rules()?;
    ends(&stage.exec_in_origin(&fix(&[]))?, 0)?;
    let is = rules()?;
    let times = |text: &str, line: &str| text.lines().filter(|other| *other == line).count();
    let ours =
        is.lines().find(|line| line.starts_with("-A") && times(&is, line) > times(&was, line));
    let ours = ours.ok_or("a rule came")?.replacen("-A", "-D", 1).replace('"', "");
    let words: Vec<&str> = ours.split(' ').collect();
    stage.order(&[&["iptables"], &words[..]].concat())?;
    let before = state(&stage)?;
    let told = stage.exec_in_origin(&["rayfix", "undo"])?;
    ends(&told, 2)?;
    if !told.out.contains("iptables lacks `-A ") {
        return Err(format!("the rule is shown: {told:?}").into());
    }
    same(&before, &state(&stage)?)
}

fn guarded() -> Result<(), Failed> {
    let stage = broken(&["app_listens_elsewhere"])?;
    let before = state(&stage)?;
    let told = stage.exec_in_origin(&fix(&["--only", "proxy-point-at-app"]))?;
    ends(&told, 0)?;
    let run: Value = serde_json::from_str(&told.out)?;
    let steps = run["steps"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut files = steps.filter_map(|line| line.strip_prefix("--- ")?.rsplit_once(':'));
    let file = files.next().ok_or("a file was changed")?.0;
    stage.order(&["cp", "--preserve=all", file, "/root/as-left"])?;
    let line = "printf '# \\342\\200\\256 \\007 turned round\\n' >> \"$0\"";
    stage.order(&["sh", "-c", line, file])?;
    let told = stage.exec_in_origin(&["rayfix", "undo"])?;
    ends(&told, 2)?;
    if !told.out.contains("turned round") || told.out.contains(['\u{202e}', '\u{7}']) {
        return Err(format!("the line is shown, harmlessly: {told:?}").into());
    }
    stage.order(&["cp", "--preserve=all", "/root/as-left", file])?;
    ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;
    same(&before, &state(&stage)?)
}

fn banned_since() -> Result<(), Failed> {
    let stage = broken(&[ORDER])?;
    ends(&stage.exec_in_origin(&fix(&[]))?, 0)?;
    let ban = ["INPUT", "-s", "192.0.2.66/32", "-j", "DROP"];
    stage.order(&[&["iptables", "-I"], &ban[..]].concat())?;
    ends(&stage.exec_in_origin(&["rayfix", "undo"])?, 0)?;
    stage.order(&[&["iptables", "-C"], &ban[..]].concat())?;
    if stage.visit(SITE)? == 200 { Err("it is blocked again".into()) } else { Ok(()) }
}

fn older_first() -> Result<(), Failed> {
    let stage = broken(&["app_stopped"])?;
    let run = |told: &Told| -> Result<String, Failed> {
        ends(told, 0)?;
        let run: Value = serde_json::from_str(&told.out)?;
        Ok(run["run"].as_str().unwrap_or_default().to_owned())
    };
    let older = run(&stage.exec_in_origin(&fix(&[]))?)?;
    breaks(&stage, ORDER)?;
    let newer = run(&stage.exec_in_origin(&fix(&[]))?)?;
    let told = stage.exec_in_origin(&["rayfix", "undo", &older])?;
    ends(&told, 2)?;
    if !told.err.contains(&newer) {
        return Err(format!("the newer one is named: {told:?}").into());
    }
    ends(&stage.exec_in_origin(&["rayfix", "undo", &newer])?, 0)?;
    ends(&stage.exec_in_origin(&["rayfix", "undo", &older])?, 0)
}

fn limited() -> Result<(), Failed> {
    let stage = broken(&["app_stopped"])?;
    ends(&stage.exec_in_origin(&fix(&["--only", "safe", "--at-most", "1"]))?, 0)?;
    breaks(&stage, "app_stopped")?;
    let told = stage.exec_in_origin(&fix(&["--only", "safe", "--at-most", "1"]))?;
    ends(&told, 3)?;
    if !told.err.contains("24 hours") {
        return Err(format!("{told:?}").into());
    }
    ends(&stage.exec_in_origin(&fix(&["--at-most", "2"]))?, 0)
}

/// What nobody should have in units, names of servers and logs. nginx keeps what it read before.
const HOSTILE: &str = r#"
bad = "; rm -rf /srv/shop; $(touch /tmp/owned) `touch /tmp/owned` ../../etc/passwd"
with open("/var/log/nginx/error.log", "a") as errors:
    errors.write('2026/11/22 10:00:00 [error] 9#9: *7 connect() to unix:/run/shop/shop.sock failed (2: No such '
        'file or directory) while connecting to upstream, client: 172.64.0.77, server: ' + bad +
        ', request: "GET /$(touch /tmp/owned) HTTP/1.1", upstream: "http://unix:/run/x;reboot.sock:/", host: "' +
        bad + '"\n' + bad + '\n')
with open("/etc/nginx/sites-enabled/hostile", "w") as site:
    site.write('server { listen 80; server_name "x;rm -rf" "$(touch)" "../x"; location / { return 200; } }\n')
for name in ("shop\\x24\\x28touch\\x20-tmp-owned\\x29.service", "shop@..-..-etc.service"):
    with open("/etc/systemd/system/" + name, "w") as unit:
        unit.write("[Unit]\nDescription=" + bad + "\n[Service]\n"
            "ExecStart=/bin/false --bind unix:/run/shop/shop.sock '$(touch /tmp/owned)'\n")
"#;

fn hostile() -> Result<(), Failed> {
    let stage = broken(&[])?;
    stage.order(&["python3", "-c", HOSTILE])?;
    stage.order(&["systemctl", "daemon-reload"])?;
    breaks(&stage, "app_stopped")?;
    let traced = "--trace=execve,open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,symlink,link,chmod";
    let strace =
        ["strace", "-f", "-y", "-qq", "-s", "300", "--signal=none", "-o", "/root/calls", traced];
    let told = stage.exec_in_origin(&[&strace[..], &fix(&[])].concat())?;
    ends(&told, 0)?;
    let run: Value = serde_json::from_str(&told.out)?;
    let planned: Vec<&str> =
        run["steps"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if planned != ["systemctl reset-failed shop.service", "systemctl start shop.service"] {
        return Err(format!("the plan: {planned:?}").into());
    }
    let calls = stage.order(&["cat", "/root/calls"])?;
    let mut acts = 0;
    for call in calls.lines().filter(|call| !call.contains("= -1 ")) {
        let quoted: Vec<&str> = call.split('"').skip(1).step_by(2).collect();
        if call.contains("execve(") {
            let words = quoted.get(1..).unwrap_or_default();
            let reads = match words.first().map(|word| word.rsplit('/').next().unwrap_or(word)) {
                Some("rayfix" | "nft" | "ip" | "ipset" | "ss" | "journalctl") => true,
                Some("nginx") => {
                    words.iter().any(|word| matches!(*word, "-T" | "-V" | "-v" | "-t"))
                }
                Some(word) if word.ends_with("-save") || word.ends_with("tables") => true,
                Some("systemctl") => words.get(1) == Some(&"show"),
                _ => false,
            };
            if !reads {
                let planned = ["reset-failed", "start"].get(acts);
                if planned.map(|verb| [*verb, "--", "shop.service"]).as_ref().map(|all| &all[..])
                    != words.get(1..)
                {
                    return Err(format!("nobody planned {call}").into());
                }
                acts += 1;
            }
            continue;
        }
        let writes = !call.contains(" open") && !call.contains("(AT_FDCWD, \"/proc")
            || ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| call.contains(flag));
        let own =
            ["/var/lib/rayfix", "/dev/null", "/dev/tty", "/tmp/rayfix-", "/proc/", "/dev/pts"];
        // What programs that only list things lock and log is theirs.
        let theirs = ["/run/xtables.lock", "/var/log/nginx/", "/run/nginx.pid", "/dev/"];
        let fine = quoted.iter().all(|path| {
            own.iter().chain(&theirs).any(|start| path.starts_with(start)) || !path.contains('/')
        });
        if writes && !fine && !call.contains("<... ") {
            return Err(format!("nobody planned {call}").into());
        }
    }
    if acts != 2 {
        return Err(format!("{acts} acts").into());
    }
    ends(&stage.exec_in_origin(&["test", "-e", "/tmp/owned"])?, 1)
}
