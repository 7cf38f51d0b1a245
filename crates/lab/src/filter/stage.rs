//! A staged host and the wire to it, in network namespaces without a name: they are gone when their
//! processes are, and these end when the stage is dropped or whoever raised it dies.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use rayfix_core::firewall::{Got, Input, Snapshot};
use rayfix_core::ranges::Ranges;
use serde_json::{Value, json};

use super::fate::{Fate, Probe};
use crate::real::command;
use crate::real::{ORIGIN_V4, ORIGIN_V6, Told, Trouble};

/// Where programs listen on the host unless a case says otherwise.
pub const LISTENERS: &[&str] = &[
    "0.0.0.0:22",
    "[::]:22",
    "0.0.0.0:80",
    "[::]:80",
    "0.0.0.0:443",
    "[::]:443",
    "0.0.0.0:8080",
    "[::]:8080",
    "0.0.0.0:8443",
    "[::]:8443",
];

/// A host that stands, with one interface `eth0`, and the outside at the other end of the wire.
#[derive(Debug)]
pub struct Stage {
    host: Process,
    prober: Process,
}

/// A process that is spoken with in lines.
#[derive(Debug)]
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Stage {
    /// Raises one: a host without any rule, with programs at [`LISTENERS`].
    ///
    /// # Errors
    /// When this machine refuses something.
    pub fn raise() -> Result<Stage, Trouble> {
        let (host, client) = (data("host.sh"), data("client.sh"));
        let unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"];
        let alone = ["--mount-proc", "--propagation", "private", "--", "bash"];
        let mut host = Process::start(&[&unshare[..], &alone[..], &[&host]].concat())?;
        host.line()?;
        let leader = host.child.id().to_string();
        let outside = ["unshare", "--net", "--", "bash", &client, &leader];
        let mut prober = Process::start(&outside)?;
        prober.line()?;
        let mut stage = Stage { host, prober };
        stage.listen(LISTENERS)?;
        let ranges = Ranges::built_in();
        let lines: String = ranges.prefixes().iter().map(|prefix| format!("{prefix}\n")).collect();
        let write = ["sh", "-c", "cat > /run/lab/cloudflare.txt"];
        stage.run(&write, lines.as_bytes())?.succeeded()?;
        Ok(stage)
    }

    /// The process whose namespaces (network, mounts) are the host's, for `nsenter --target`.
    #[must_use]
    pub fn leader(&self) -> u32 {
        self.host.child.id()
    }

    /// The host's address that probes from an address go to.
    #[must_use]
    pub fn address(from: IpAddr) -> IpAddr {
        let address = if from.is_ipv4() { ORIGIN_V4 } else { ORIGIN_V6 };
        address.parse().expect("the stage's addresses are well-formed")
    }

    /// Runs a command on the host, as root, for at most a minute.
    ///
    /// # Errors
    /// When it could not be started. How it ended is in [`Told`].
    pub fn run(&self, line: &[&str], input: &[u8]) -> Result<Told, Trouble> {
        let leader = self.leader().to_string();
        let processes = format!("--pid=/proc/{leader}/ns/pid_for_children");
        let enter = ["nsenter", "--target", &leader, "--net", "--mount", &processes, "--"];
        command::run(&[&enter[..], line].concat(), input)
    }

    /// Runs a script of bash on the host; it ends at the first command that fails. `$LAB` is the folder
    /// of `helpers.sh`. What it leaves running must not hold its output.
    ///
    /// # Errors
    /// When it fails; what it said is in there.
    pub fn load(&self, script: &str) -> Result<String, Trouble> {
        let lab = format!("LAB={}", data(""));
        let shell = "cat > /run/lab/case.sh && exec bash -e /run/lab/case.sh < /dev/null";
        self.run(&["env", &lab, "bash", "-c", shell], script.as_bytes())?.succeeded()
    }

    /// Has programs listen on the host at exactly these: `0.0.0.0:80`, `[::]:80` (IPv6 only), `*:80` (both).
    ///
    /// # Errors
    /// When one of them cannot be had.
    pub fn listen(&mut self, at: &[&str]) -> Result<(), Trouble> {
        self.prober.ask(&json!({ "listen": at })).map(|_| ())
    }

    /// Tries all these connections, and tells how each fares, in their order.
    ///
    /// # Errors
    /// When the prober ended.
    pub fn probe(&mut self, probes: &[Probe]) -> Result<Vec<Fate>, Trouble> {
        let probes: Vec<Value> =
            probes.iter().map(|probe| json!([probe.from, probe.to, probe.port])).collect();
        let told = self.prober.ask(&json!({ "probe": probes }))?;
        let fates = told["fates"].as_array().map(|fates| fates.iter().map(Fate::told).collect());
        fates.flatten().ok_or_else(|| Trouble::Boot(format!("the prober said {told}")))
    }

    /// What the host's own tools say of its packet filter and its routes, looked at by [`look_by`]'s program;
    /// where none was named, by asking the tools one after the other, which leaves out the files.
    ///
    /// # Errors
    /// When it could not look.
    pub fn snapshot(&self) -> Result<Snapshot, Trouble> {
        let Some(program) = LOOKER.get() else {
            let all = Input::ALL.into_iter();
            let inputs =
                all.map(|input| Ok((input, self.input(input)?))).collect::<Result<_, Trouble>>()?;
            return Ok(Snapshot { inputs, ..Snapshot::default() });
        };
        let asked = format!("{LOOK}=1");
        let told = self.run(&["env", &asked, &program.to_string_lossy()], b"")?.succeeded()?;
        let wrong = |_| Trouble::Boot(format!("what was looked at cannot be read: {told}"));
        let told: Value = serde_json::from_str(&told).map_err(wrong)?;
        Ok(unpacked(&told))
    }

    fn input(&self, input: Input) -> Result<Got, Trouble> {
        let file = match input {
            Input::IptablesLegacy => "/proc/net/ip_tables_names",
            Input::Ip6tablesLegacy => "/proc/net/ip6_tables_names",
            Input::Queues => "/proc/net/netfilter/nfnetlink_queue",
            _ => "/dev/null",
        };
        // Asking for legacy tables makes them.
        let legacy = matches!(input, Input::IptablesLegacy | Input::Ip6tablesLegacy);
        let shell = format!(
            "if [ ! -e {file} ] || ({legacy} && ! grep -q . {file}); then exit 77; fi; {}",
            input.command()
        );
        let told = self.run(&["bash", "-c", &shell], b"")?;
        Ok(match told.code {
            Some(77) => Got::Absent,
            // Switches that nobody may read, and tables that iptables cannot show, are told by the code.
            Some(_) if !told.out.is_empty() => Got::Text(told.out),
            Some(0) => Got::Text(String::new()),
            _ => Got::Missing(told.err),
        })
    }
}

static LOOKER: OnceLock<PathBuf> = OnceLock::new();

/// The variable with which the program is run that looks.
pub const LOOK: &str = "LAB_FILTER_LOOK";

/// Says which program looks at a host from within: run with the variable [`LOOK`] it prints what it saw, as
/// [`packed`] has it. It is a program because files and `/proc` are those of a process.
pub fn look_by(program: PathBuf) {
    // Who said so first stays.
    let _ = LOOKER.set(program);
}

/// A snapshot as text of one line.
#[must_use]
pub fn packed(snapshot: &Snapshot) -> String {
    let inputs = snapshot.inputs.iter().map(|(input, got)| {
        let got = match got {
            Got::Text(text) => json!({ "text": text }),
            Got::Absent => json!({ "absent": true }),
            Got::Missing(why) => json!({ "missing": why }),
        };
        (input.file().to_owned(), got)
    });
    let inputs: serde_json::Map<String, Value> = inputs.collect();
    json!({ "inputs": inputs, "files": snapshot.files }).to_string()
}

fn unpacked(told: &Value) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    for input in Input::ALL {
        let got = &told["inputs"][input.file()];
        let got = match (text(&got["text"]), text(&got["missing"])) {
            (Some(text), _) => Got::Text(text),
            (None, Some(why)) => Got::Missing(why),
            (None, None) if got["absent"] == true => Got::Absent,
            (None, None) => continue,
        };
        snapshot.inputs.insert(input, got);
    }
    let files = told["files"].as_object().into_iter().flatten();
    snapshot.files.extend(files.filter_map(|(path, held)| Some((path.clone(), text(held)?))));
    snapshot
}

impl Process {
    fn start(line: &[&str]) -> Result<Process, Trouble> {
        let (program, arguments) = line.split_first().expect("a line begins with a program");
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Trouble::system("raise a staged host"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take().expect("it is a pipe"));
        Ok(Process { child, input, output: BufReader::new(output) })
    }

    /// Its next line.
    fn line(&mut self) -> Result<String, Trouble> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(Trouble::system("listen to a staged host"))?;
        if line.ends_with('\n') {
            return Ok(line);
        }
        // It has ended.
        let mut said = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            let _ = errors.read_to_string(&mut said);
        }
        Err(Trouble::Boot(said.trim().to_owned()))
    }

    fn ask(&mut self, question: &Value) -> Result<Value, Trouble> {
        let input = self.input.as_mut().expect("it is taken only at the end");
        writeln!(input, "{question}").map_err(Trouble::system("speak with the prober"))?;
        let line = self.line()?;
        serde_json::from_str(&line).map_err(|_| Trouble::Boot(format!("the prober said {line}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file of `real/filter`.
pub(super) fn data(name: &str) -> String {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/real/filter"));
    fs::canonicalize(folder)
        .unwrap_or_else(|_| PathBuf::from(folder))
        .join(name)
        .display()
        .to_string()
}
