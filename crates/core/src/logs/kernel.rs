//! The kernel's log: memory that ran out, crashed processes, full tables.
//!
//! # What it looks like
//! `Out of memory: Killed process 4242 (python3) total-vm:…`, behind syslog's or the journal's head,
//! or `[12345.678901] ` since boot in `dmesg`, or `[Sun Nov 22 05:28:41 2026] ` in `dmesg -T`.
//!
//! # What it means
//! `Memory cgroup out of memory` is the limit of a unit or a container; without the first two words
//! the whole machine ran out. The line before names the control group, and with it the unit. `Possible
//! SYN flooding` is in most cases no attack: the queue of a listening port is full since the program
//! does not take connections. Errors of disks and file systems are told as warnings: what failed of
//! them says so itself.
//!
//! # Sources
//! - Linux source, 6.1 (mm/oom_kill.c, net/ipv4/tcp_input.c, net/netfilter/nf_conntrack_core.c)
//! - put together after kernel logs of Debian 12

use super::event::{LogEvent, Upstream};
use super::{Class, Dialect, Fit, Role, scan, timestamp};

/// The kernel's log.
pub static UNIT: Dialect = Dialect { programs: &["kernel"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    if timestamp::since_boot(line).is_some() {
        return Fit::Own;
    }
    if read(line).is_some() { Fit::Maybe } else { Fit::Not }
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let (at, said) = match timestamp::since_boot(line) {
        Some((at, rest)) => (Some(at), rest.trim_ascii_start()),
        None => match line.strip_prefix(b"[").and_then(timestamp::asctime) {
            Some((at, rest)) => (Some(at), scan::strip(rest, "] ")?),
            None => (None, line),
        },
    };
    let event = meaning(said)?;
    Some(LogEvent { at, ..event })
}

fn meaning(said: &[u8]) -> Option<LogEvent> {
    let event = |class: Class| LogEvent::new(class, said);
    let killed = scan::strip(said, "Out of memory: ")
        .or_else(|| scan::strip(said, "Memory cgroup out of memory: "))
        .unwrap_or(said);
    if let Some(rest) = scan::strip(killed, "Killed process ") {
        let pid = u32::try_from(scan::number(rest)?.0).ok();
        return Some(event(Class::AppOutOfMemory).pid(pid));
    }
    if let Some(rest) = scan::strip(said, "oom-kill:constraint=") {
        let group = scan::until(scan::after(rest, "task_memcg=")?, ",");
        let unit = group
            .rsplit(|byte| *byte == b'/')
            .find(|name| scan::ends(name, ".service") || scan::ends(name, ".scope"));
        let mut event = event(Class::AppOutOfMemory)
            .role(Role::Consequence)
            .pid(scan::small_after(rest, ",pid="));
        event.unit = unit.map(scan::text);
        return Some(event);
    }
    // The name of the program comes first; it has at most 15 characters.
    let named = &said[..said.len().min(64)];
    if scan::has(named, " invoked oom-killer: ") || killed.starts_with(b"Kill process ") {
        return Some(event(Class::AppOutOfMemory).role(Role::Consequence));
    }
    if let Some((name, rest)) = scan::split(named, "[")
        && let Some((pid, rest)) = scan::number(rest)
        && name.len() <= 32
    {
        let traps = scan::strip(name, "traps: ").is_some();
        let crashed = rest.starts_with(b"]: segfault at ")
            || (traps && scan::starts_any(rest, &["] general protection", "] trap "]));
        if crashed {
            return Some(event(Class::AppWorkerCrashed).pid(u32::try_from(pid).ok()));
        }
    }
    if scan::starts_any(
        said,
        &[
            "TCP: request_sock_TCP: Possible SYN flooding",
            "request_sock_TCP: Possible SYN flooding",
            "TCP: Possible SYN flooding",
        ],
    ) {
        let mut event = event(Class::AcceptQueueFull);
        let port = scan::after(said, " on port ")
            .map(|rest| rest.split(|byte| matches!(byte, b' ' | b'.')).next().unwrap_or_default());
        event.upstream = port
            .and_then(|port| port.rsplit(|byte| *byte == b':').next())
            .map(|port| Upstream::Name(format!("port {}", scan::text(port))));
        return Some(event);
    }
    if scan::starts_any(
        said,
        &["nf_conntrack: table full", "nf_conntrack: nf_conntrack: table full"],
    ) {
        return Some(event(Class::ConntrackFull));
    }
    // A file system that turned read-only, a disk that fails, a table that overflows: what a person
    // looks for next, though no request failed of it by itself.
    let mounts = ["EXT4-fs error (", "EXT4-fs (", "XFS (", "BTRFS error (", "BTRFS: error ("];
    let broken =
        ["error", "Remounting filesystem read-only", "orruption", "shutting down filesystem"];
    let warns = (scan::starts_any(said, &mounts) && scan::has_any(said, &broken))
        || scan::starts_any(
            said,
            &[
                "Buffer I/O error on dev",
                "I/O error, dev ",
                "blk_update_request: I/O error, dev ",
                "TCP: out of memory",
                "neighbour: arp_cache: neighbor table overflow",
            ],
        );
    if warns { Some(event(Class::Warned)) } else { None }
}
