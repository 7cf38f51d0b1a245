//! The programs that run, from `/proc`: what they are, whose, and which service or container they
//! belong to.
//!
//! A process that vanishes while it is looked at is left out. Threads of the kernel are no programs.
//! Command lines lose their secrets here, before anybody else sees them.

mod cgroup;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rayfix_core::evidence::host::Program;
use rayfix_core::redact;

use super::files;
use crate::clock;

/// More are not looked at.
const MOST: usize = 20_000;

/// What is read of a command line; the rest is no address that anybody wrote by hand.
const COMMAND_BYTES: u64 = 8_192;

/// Ticks of a second in `/proc` (`USER_HZ`), the same on every processor that Debian runs on.
const TICKS: i64 = 100;

/// Processes, by their number.
#[derive(Debug, Default)]
pub(super) struct Processes {
    pub(super) programs: Arc<Vec<Program>>,
    /// The number of each one's parent.
    parents: HashMap<u32, u32>,
}

impl Processes {
    /// Looks; takes 50 µs for each process.
    pub(super) fn look() -> Self {
        let mut pids: Vec<u32> =
            files::names("/proc", MOST * 2).iter().filter_map(|name| name.parse().ok()).collect();
        pids.sort_unstable();
        pids.truncate(MOST);
        let users = Users::read();
        let own = own_container();
        let kernel_began = clock::booted();
        let mut programs = Vec::with_capacity(pids.len());
        let mut parents = HashMap::new();
        for pid in pids {
            let Some((program, parent)) = one(pid, &users, own.as_deref(), kernel_began) else {
                continue;
            };
            parents.insert(pid, parent);
            programs.push(program);
        }
        Processes { programs: Arc::new(programs), parents }
    }

    /// The program with a number.
    pub(super) fn of(&self, pid: u32) -> Option<&Program> {
        let at = self.programs.binary_search_by_key(&pid, |program| program.pid).ok()?;
        self.programs.get(at)
    }

    /// Of several that share something the one that started the others. The first process of the
    /// machine hands sockets to services and is the one only where nobody else has it.
    pub(super) fn master(&self, pids: &[u32]) -> Option<&Program> {
        let others = pids.iter().copied().filter(|pid| *pid != 1);
        let eldest = others.clone().find(|pid| {
            let parent = self.parents.get(pid).copied().unwrap_or(0);
            parent == 1 || !pids.contains(&parent)
        });
        self.of(eldest.or(others.min()).or(pids.first().copied())?)
    }
}

/// The container that we are in ourselves, as our own cgroup names it.
fn own_container() -> Option<String> {
    cgroup::home(&files::read("/proc/self/cgroup", 65_536)?, None).container
}

/// When a process was started.
pub(super) fn since(pid: u32) -> Option<Timestamp> {
    let stat = stat(&files::read(format!("/proc/{pid}/stat"), 4_096)?)?;
    after(clock::booted()?, stat.began_ticks)
}

fn one(
    pid: u32,
    users: &Users,
    own: Option<&str>,
    kernel_began: Option<Timestamp>,
) -> Option<(Program, u32)> {
    let stat = stat(&files::read(format!("/proc/{pid}/stat"), 4_096)?)?;
    if stat.is_of_kernel(pid) {
        return None;
    }
    let status = files::read(format!("/proc/{pid}/status"), 8_192)?;
    let line = files::read(format!("/proc/{pid}/cmdline"), COMMAND_BYTES)?;
    let words = command(&line);
    let cgroup = files::read(format!("/proc/{pid}/cgroup"), 65_536).unwrap_or_default();
    let home = cgroup::home(&cgroup, own);
    let program = Program {
        pid,
        command: if words.is_empty() { stat.name.clone() } else { redact::command(&words) },
        name: stat.name,
        user: users.name(uid(&status)?),
        unit: home.unit,
        container: home.container,
        since: kernel_began.and_then(|began| after(began, stat.began_ticks)),
    };
    Some((program, stat.parent))
}

fn after(began: Timestamp, ticks: i64) -> Option<Timestamp> {
    let later = SignedDuration::from_millis(ticks.checked_mul(1_000 / TICKS)?);
    began.checked_add(later).ok()
}

/// What `/proc/PID/stat` says.
struct Stat {
    name: String,
    parent: u32,
    /// Since the kernel was started.
    began_ticks: i64,
}

impl Stat {
    /// Whether it is `kthreadd` or one of its threads.
    fn is_of_kernel(&self, pid: u32) -> bool {
        self.parent == 2 || (pid == 2 && self.name == "kthreadd")
    }
}

/// Reads `/proc/PID/stat`. The name stands in brackets and may hold anything, also brackets.
fn stat(text: &str) -> Option<Stat> {
    let (before, after) = text.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    // The third field of the line is the first of these.
    let mut fields = after.split_ascii_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let began_ticks = fields.nth(17)?.parse().ok()?;
    Some(Stat { name: name.to_owned(), parent, began_ticks })
}

/// The user that a process acts as, from `/proc/PID/status`.
fn uid(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The words of `/proc/PID/cmdline`; a title that a program gave itself is one word.
fn command(text: &str) -> Vec<&str> {
    let words = text.trim_end_matches('\0').split('\0').map(str::trim_end);
    words.skip_while(|word| word.is_empty()).collect()
}

/// Names of users, from `/etc/passwd` alone: asking further may ask the network.
struct Users(HashMap<u32, String>);

impl Users {
    fn read() -> Self {
        Self::of(&files::read("/etc/passwd", 1 << 20).unwrap_or_default())
    }

    fn of(passwd: &str) -> Self {
        let user = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            Some((fields.nth(1)?.parse().ok()?, name.to_owned()))
        };
        // Of several names for one number the first is the one.
        let mut users = HashMap::new();
        for (number, name) in passwd.lines().filter_map(user) {
            users.entry(number).or_insert(name);
        }
        Users(users)
    }

    fn name(&self, number: u32) -> String {
        self.0.get(&number).cloned().unwrap_or_else(|| number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_stat_is_read_whatever_the_program_calls_itself() {
        // captured: Linux 6.1, nginx 1.22.1; the second name is made up
        let line = |name: &str| {
            format!(
                "3141 ({name}) S 1 3141 3141 0 -1 4194624 40 0 0 0 0 0 0 0 20 0 1 0 987654 \
                 11694080 424 18446744073709551615 1 1 0 0 0 0 0 1073745920 402745863 0 0 0 17 1"
            )
        };
        for name in ["nginx", "a) R 2 (b"] {
            let stat = stat(&line(name)).unwrap();
            assert_eq!((stat.name.as_str(), stat.parent, stat.began_ticks), (name, 1, 987_654));
        }
        assert!(stat("3141 (nginx").is_none());
        assert!(stat("").is_none());
        let began = "2026-11-22T00:00:00Z".parse().unwrap();
        assert_eq!(after(began, 150).unwrap().to_string(), "2026-11-22T00:00:01.5Z");
        assert!(after(began, i64::MAX).is_none());
    }

    #[test]
    fn words_of_a_command_are_parted_by_zeros() {
        assert_eq!(command("/bin/app\0--bind\0\0:80\0"), ["/bin/app", "--bind", "", ":80"]);
        assert_eq!(command("nginx: worker process\0\0\0"), ["nginx: worker process"]);
        assert!(command("").is_empty());
    }

    #[test]
    fn users_have_their_first_name_or_their_number() {
        let users = Users::of("root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:\nodd\nshop:x:997:33:::\n");
        assert_eq!([0, 997, 5].map(|uid| users.name(uid)), ["root", "shop", "5"]);
        assert_eq!(uid("Name:\tx\nUid:\t0\t997\t0\t0\n"), Some(997));
    }

    #[test]
    fn this_test_finds_itself() {
        let processes = Processes::look();
        let this = processes.of(std::process::id()).unwrap();
        assert!(this.command.contains("rayfix"), "{this:?}");
        assert!(this.since.unwrap() <= clock::now());
        let age = clock::now().duration_since(this.since.unwrap());
        assert!(age.as_secs() < 3_600, "{age:?}");
    }

    #[test]
    fn of_those_who_share_a_socket_the_one_that_started_the_others_is_named() {
        let program = |pid| Program {
            pid,
            name: pid.to_string(),
            command: String::new(),
            user: String::new(),
            unit: None,
            container: None,
            since: None,
        };
        let all = [1, 10, 11, 12].map(program).to_vec();
        let parents = HashMap::from([(1, 0), (10, 1), (11, 10), (12, 10)]);
        let processes = Processes { programs: Arc::new(all), parents };
        for (pids, master) in [
            (&[10, 11, 12][..], Some(10)),
            (&[1, 10, 11], Some(10)),
            (&[11, 12], Some(11)),
            (&[1], Some(1)),
            (&[99], None),
            (&[], None),
        ] {
            assert_eq!(processes.master(pids).map(|one| one.pid), master, "{pids:?}");
        }
    }
}
