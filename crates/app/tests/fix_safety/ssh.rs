//! A session over SSH that a plan would cut off: refused; and where that was allowed, back in the time promised.
//!
//! A real sshd on the origin, a real ssh from the internet. The session comes through Cloudflare (Spectrum), from an
//! address of one of its ranges. The origin's rules have sets of Cloudflare's ranges, for the web and for nothing else
//! of the host's services; nearly all are missing from them, so visits are dropped, and the session is let in like
//! anybody's. Whoever puts the ranges into the sets mends the site, and cuts the session off.

#![expect(clippy::print_stdout, reason = "a test tells how long somebody was cut off")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;
use std::{fs, thread};

use libtest_mimic::Failed;
use rayfix_lab::real::{ORIGIN_V4, Raised};
use serde_json::Value;

use super::{SITE, broken, disarmed, ends, fix, same, state, until};

/// Where the session comes from.
const FROM: &str = "172.64.0.77";
const PORT: &str = "2222";

/// sshd on a port of its own, as many have it.
const SSHD: &[u8] = b"Port 2222\nPermitRootLogin prohibit-password\nUsePAM no\nUseDNS no\n";

const RULES: &[u8] = b"table inet filter {
  set cloudflare4 { type ipv4_addr; flags interval; elements = { 173.245.48.0/20 }; }
  set cloudflare6 { type ipv6_addr; flags interval; elements = { 2400:cb00::/32 }; }
  chain input {
    type filter hook input priority filter; policy drop;
    iif \"lo\" accept
    ip saddr @cloudflare4 tcp dport { 80, 443 } accept
    ip6 saddr @cloudflare6 tcp dport { 80, 443 } accept
    ip saddr @cloudflare4 tcp dport 1-32767 drop
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport 2222 accept
  }
}
";

/// A stage that is broken so, and the key that opens it.
struct Door {
    stage: Raised,
    home: PathBuf,
}

impl Door {
    fn open() -> Result<Door, Failed> {
        let stage = broken(&[])?;
        let home = std::env::temp_dir().join(format!("rayfix-door-{}", stage.name()));
        fs::create_dir_all(&home)?;
        let door = Door { stage, home };
        let key = door.key();
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f", &key])
            .status()?;
        if !made.success() {
            return Err("no key could be made".into());
        }
        let public = fs::read(format!("{key}.pub"))?;
        let stage = &door.stage;
        stage.write("/root/.ssh/authorized_keys", "600", &public)?;
        stage.write("/etc/ssh/sshd_config.d/shop.conf", "644", SSHD)?;
        stage.order(&["systemctl", "start", "ssh"])?;
        stage.write("/etc/nftables.conf", "644", RULES)?;
        stage.order(&["nft", "-f", "/etc/nftables.conf"])?;
        Ok(door)
    }

    fn key(&self) -> String {
        self.home.join("key").display().to_string()
    }

    /// `ssh` from Cloudflare's range to the origin.
    fn ssh(&self, words: &[&str]) -> Command {
        let mut command = self.outside("ssh");
        command
            .args(["-i", &self.key(), "-p", PORT, "-b", FROM])
            .args(["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR"])
            .args(["-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10"])
            .arg(format!("root@{ORIGIN_V4}"))
            .args(words);
        command
    }

    /// A program in the internet's namespace; it is ended after three minutes whatever happens.
    fn outside(&self, program: &str) -> Command {
        let mut command = Command::new("timeout");
        let space = format!("{}-edge", self.stage.name());
        command.args(["--kill-after=2", "180", "ip", "netns", "exec", &space, program]);
        command
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// Somebody who is logged in, and says a word now and then.
struct Session(Child, BufReader<ChildStdout>);

impl Session {
    fn open(door: &Door) -> Result<Session, Failed> {
        let mut child = door.ssh(&["cat"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let out = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Session(child, out))
    }

    fn answers(&mut self, word: &str) -> Result<(), Failed> {
        writeln!(self.0.stdin.as_ref().ok_or("no input")?, "{word}")?;
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

pub(super) fn refused() -> Result<(), Failed> {
    let door = Door::open()?;
    let before = state(&door.stage)?;
    let mut session = Session::open(&door)?;
    session.answers("before")?;
    // The command itself runs in such a session.
    let told = door.ssh(&fix(&[])).output()?;
    let (out, err) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    let sentence = format!("It would cut off the session from {FROM} to port {PORT}.");
    let run: Value = serde_json::from_str(&out).unwrap_or_default();
    if told.status.code() != Some(3)
        || !err.contains(&sentence)
        || !run["why"].as_str().is_some_and(|why| why.contains(&sentence))
    {
        return Err(format!("refused, and why: {told:?}").into());
    }
    same(&before, &state(&door.stage)?)?;
    session.answers("after")?;
    // Without somebody to confirm it there is no way at all.
    let told = door.stage.exec_in_origin(&fix(&["--even-if-cut-off"]))?;
    ends(&told, 2)?;
    if !told.err.contains("--confirm-within is missing") {
        return Err(format!("what is missing is named: {told:?}").into());
    }
    same(&before, &state(&door.stage)?)
}

/// Dials from Cloudflare's range, and says when it no longer comes in, and when it does again.
const DIALLER: &str = "import socket, sys, time\n\
    def comes():\n\
    \x20   dialled = socket.socket()\n\
    \x20   dialled.settimeout(0.5)\n\
    \x20   try:\n\
    \x20       dialled.bind((sys.argv[1], 0))\n\
    \x20       dialled.connect((sys.argv[2], int(sys.argv[3])))\n\
    \x20       return dialled.recv(4) == b'SSH-'\n\
    \x20   except OSError: return False\n\
    \x20   finally: dialled.close()\n\
    was = True\n\
    print('ready', flush=True)\n\
    while True:\n\
    \x20   now = comes()\n\
    \x20   if now != was: print('in' if now else 'out', time.time(), flush=True)\n\
    \x20   if now and not was: break\n\
    \x20   was = now\n\
    \x20   time.sleep(0.1)\n";

/// How long the undo itself may take on a busy machine.
const SLACK: f64 = 10.0;

pub(super) fn restored() -> Result<(), Failed> {
    let door = Door::open()?;
    let before = state(&door.stage)?;
    let mut session = Session::open(&door)?;
    session.answers("before")?;
    let mut dialler = door.outside("python3");
    let dialler = dialler.args(["-c", DIALLER, FROM, ORIGIN_V4, PORT]).stdout(Stdio::piped());
    let mut dialler = dialler.spawn()?;
    let mut lines = BufReader::new(dialler.stdout.take().ok_or("no output")?).lines();
    lines.next().ok_or("it dials")??;

    let began = Instant::now();
    let words = fix(&["--even-if-cut-off", "--confirm-within", "8"]);
    let (told, seen) = thread::scope(|scope| {
        let run = scope.spawn(|| door.ssh(&words).output());
        let mut seen: Vec<(String, f64)> = Vec::new();
        for line in lines.by_ref() {
            let line = line?;
            let (word, at) = line.split_once(' ').ok_or("a word and a time")?;
            seen.push((word.to_owned(), at.parse()?));
        }
        let told = run.join().map_err(|_| "ssh could not be run")??;
        Ok::<_, Failed>((told, seen))
    })?;
    let whole = began.elapsed();
    let _ = dialler.wait();
    let [(out, cut), (into, back)] = seen.as_slice() else {
        return Err(format!("it is cut off once and comes back once: {seen:?}; {told:?}").into());
    };
    if (out.as_str(), into.as_str()) != ("out", "in") {
        return Err(format!("out, then in: {seen:?}").into());
    }
    let promised = promised(&door.stage)?;
    println!(
        "cut off for {:.1} s; promised to be back {:.1} s after that; {:.1} s late; ssh ended after {:.1} s",
        back - cut,
        promised - cut,
        back - promised,
        whole.as_secs_f64()
    );
    if back - promised > SLACK {
        return Err(format!("{:.1} s later than promised", back - promised).into());
    }
    // What was said while nobody heard it comes through, and the session goes on as if nothing had been.
    let out = String::from_utf8_lossy(&told.stdout);
    let run: Value = serde_json::from_str(&out).unwrap_or_default();
    if told.status.code() != Some(0) || run["state"] != "waiting" {
        return Err(format!("its session lives, and says how it went: {told:?}").into());
    }
    session.answers("after")?;
    until(&door.stage, "undone", 20)?;
    same(&before, &state(&door.stage)?)?;
    if every(&door.stage)? {
        return Err("the site is broken again".into());
    }
    disarmed(&door.stage)
}

/// Whether visits from all of Cloudflare's ranges are served.
fn every(stage: &Raised) -> Result<bool, Failed> {
    for _ in 0..60 {
        if stage.visit(SITE)? != 200 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// When the switch was to act, in seconds since 1970, as the journal has it.
fn promised(stage: &Raised) -> Result<f64, Failed> {
    let journal = stage.order(&["sh", "-c", "cat /var/lib/rayfix/runs/*/journal"])?;
    let armed = journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let until = armed.filter(|line| line["line"] == "armed").last();
    let until = until.and_then(|line| Some(line["until"].as_str()?.to_owned()));
    let until = until.ok_or("the switch was armed")?;
    let said = Command::new("date").args(["-u", "-d", &until, "+%s.%N"]).output()?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().parse()?)
}
