//! Words for the machine: room, memory, files, connections, load.

use super::subject;
use crate::evidence::host::{Conntrack, Disk, Files, HostQuestion, Load, Memory};
use crate::report::guard::quote;
use crate::report::words::units::{bytes, count, names, several};
use crate::scene::host::machine::{Lack, lack};

/// `312 bytes`, `176 KiB`, `9.4 MiB`, `37.3 GiB`, as `df -h` and `free -h` count.
fn size(number: u64) -> String {
    let (unit, name) = match number {
        0..1_048_576 => return bytes(number),
        1_048_576..1_073_741_824 => (1 << 20, "MiB"),
        1_073_741_824..1_099_511_627_776 => (1 << 30, "GiB"),
        _ => (1u64 << 40, "TiB"),
    };
    let tenths = u128::from(number) * 10 / u128::from(unit);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

pub(super) fn disk(question: &HostQuestion, disk: &Disk) -> String {
    let used_for = match question {
        HostQuestion::Disk { used_for, .. } if !used_for.is_empty() => {
            format!(" ({})", plainly(used_for))
        }
        _ => String::new(),
    };
    let mount = quote(&disk.mount);
    let of = size(disk.bytes);
    let writable = if disk.read_only { ", and it can only be read" } else { "" };
    match (lack(disk, true), lack(disk, false)) {
        (_, Some(Lack::Inodes)) => format!(
            "{mount} can hold no more files: {} of {} inodes are free{used_for}{writable}",
            count(disk.inodes_free),
            count(disk.inodes),
        ),
        (Some(_), Some(Lack::Room)) => {
            format!("{mount} has no room left: {} of {of}{used_for}{writable}", size(disk.free))
        }
        (None, Some(Lack::Room)) => format!(
            "{mount} has no room left for programs other than root's: {} of {of}{used_for}{writable}",
            size(disk.free)
        ),
        (_, None) => format!("{mount} has {} of {of} free{used_for}{writable}", size(disk.free)),
    }
}

/// Our own words in a question, which a case file may have changed.
fn plainly(words: &str) -> String {
    let own = words.chars().all(|c| c.is_ascii_alphanumeric() || " ',.-_@:/".contains(c));
    if own && words.len() <= 200 { words.to_owned() } else { quote(words) }
}

pub(super) fn memory(memory: &Memory) -> String {
    let mut text =
        format!("{} of {} of memory can still be had", size(memory.available), size(memory.total));
    if memory.swap > 0 {
        text += &format!(", and {} of {} of swap", size(memory.swap_free), size(memory.swap));
    }
    if let Some(pressure) = memory.pressure.filter(|pressure| *pressure >= 100) {
        let (whole, rest) = (pressure / 100, pressure / 10 % 10);
        text += &format!("; programs waited for memory in {whole}.{rest} % of the last 10 s");
    }
    if let Some(kills) = memory.kills.filter(|kills| *kills > 0) {
        let programs = several(usize::try_from(kills).unwrap_or(usize::MAX), "program");
        text += &format!("; since its start the kernel killed {programs} for want of memory");
    }
    if !memory.killed_units.is_empty() {
        let units: Vec<&str> = memory.killed_units.iter().map(|(name, _)| name.as_str()).collect();
        text += &format!("; programs of {} were killed for it", names(&units));
    }
    text
}

pub(super) fn files(question: &HostQuestion, files: &Files) -> String {
    if let HostQuestion::Files { pid: 0, .. } = question {
        let (open, limit) = (count(files.open), most(files.limit));
        return format!("all programs together have {open} files open, and may have {limit}");
    }
    let program = match question {
        HostQuestion::Files { program, .. } => quote(program),
        _ => subject(question),
    };
    format!(
        "{program} (process {}) has {} files open, and may have {}",
        files.pid,
        count(files.open),
        most(files.limit)
    )
}

/// The kernel writes "as many as you like" as a very large number.
fn most(limit: u64) -> String {
    if limit >= 1 << 62 { "any number".to_owned() } else { count(limit) }
}

pub(super) fn conntrack(table: &Conntrack) -> String {
    if table.max == 0 {
        return "the kernel keeps no table of connections".to_owned();
    }
    let mut text = format!(
        "the packet filter's table of connections holds {}, and may hold {}",
        count(table.count),
        count(table.max)
    );
    if let Some(drops) = table.drops.filter(|drops| *drops > 0) {
        let packets = several(usize::try_from(drops).unwrap_or(usize::MAX), "packet");
        text += &format!("; it has dropped {packets} since the machine was started");
    }
    text
}

pub(super) fn load(load: &Load) -> String {
    let (whole, rest) = (load.minute / 100, load.minute % 100);
    let processors = several(usize::try_from(load.processors).unwrap_or(usize::MAX), "processor");
    format!("the load of the last minute is {whole}.{rest:02} on {processors}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hop::Hop;

    fn room(free: u64, free_for_root: u64) -> Disk {
        Disk {
            mount: "/var".to_owned(),
            bytes: 40 << 30,
            free,
            free_for_root,
            inodes: 2_621_440,
            inodes_free: 2_000_000,
            read_only: false,
            kind: "ext4".to_owned(),
        }
    }

    #[test]
    fn a_disk_is_told_with_what_it_is_needed_for() {
        let question = |used_for: &str| HostQuestion::Disk {
            path: "/var/log/nginx".to_owned(),
            used_for: used_for.to_owned(),
            parts: vec![Hop::Proxy],
        };
        let log = question("nginx's error log");
        for (seen, wanted) in [
            (room(9 << 30, 11 << 30), "`/var` has 9.0 GiB of 40.0 GiB free (nginx's error log)"),
            (
                room(0, 2 << 30),
                "`/var` has no room left for programs other than root's: 0 bytes of 40.0 GiB \
                 (nginx's error log)",
            ),
            (room(0, 0), "`/var` has no room left: 0 bytes of 40.0 GiB (nginx's error log)"),
            (
                Disk { inodes_free: 0, ..room(9 << 30, 9 << 30) },
                "`/var` can hold no more files: 0 of 2,621,440 inodes are free (nginx's error log)",
            ),
            (
                Disk { read_only: true, ..room(9 << 30, 9 << 30) },
                "`/var` has 9.0 GiB of 40.0 GiB free (nginx's error log), and it can only be read",
            ),
        ] {
            assert_eq!(disk(&log, &seen), wanted);
        }
        let small = Disk { bytes: 65_536, ..room(0, 0) };
        assert_eq!(disk(&question(""), &small), "`/var` has no room left: 0 bytes of 64 KiB");
        assert!(!disk(&question("\u{1b}[2J"), &small).contains('\u{1b}'));
    }

    #[test]
    fn memory_is_told_with_what_came_of_its_lack() {
        let mut seen = Memory {
            total: 4 << 30,
            available: 3 << 29,
            swap: 0,
            swap_free: 0,
            kills: Some(0),
            pressure: Some(0),
            killed_units: Vec::new(),
        };
        assert_eq!(memory(&seen), "1.5 GiB of 4.0 GiB of memory can still be had");
        seen.available = 40 << 20;
        seen.swap = 1 << 30;
        seen.pressure = Some(4_230);
        seen.kills = Some(2);
        seen.killed_units = vec![("shop.service".to_owned(), 1)];
        assert_eq!(
            memory(&seen),
            "40.0 MiB of 4.0 GiB of memory can still be had, and 0 bytes of 1.0 GiB of swap; \
             programs waited for memory in 42.3 % of the last 10 s; since its start the kernel \
             killed 2 programs for want of memory; programs of `shop.service` were killed for it"
        );
    }

    #[test]
    fn files_connections_and_load_are_told_against_what_may_be() {
        let question =
            |pid| HostQuestion::Files { program: "nginx".to_owned(), pid, part: Hop::Proxy };
        let of = |limit| Files { pid: 812, open: 1024, limit };
        for (said, wanted) in [
            (
                files(&question(812), &of(1024)),
                "`nginx` (process 812) has 1,024 files open, and may have 1,024",
            ),
            (
                files(&question(0), &of(i64::MAX as u64)),
                "all programs together have 1,024 files open, and may have any number",
            ),
            (
                conntrack(&Conntrack { count: 65_536, max: 65_536, drops: Some(31) }),
                "the packet filter's table of connections holds 65,536, and may hold 65,536; it \
                 has dropped 31 packets since the machine was started",
            ),
            (
                conntrack(&Conntrack { count: 0, max: 0, drops: None }),
                "the kernel keeps no table of connections",
            ),
            (
                load(&Load { minute: 52, processors: 1 }),
                "the load of the last minute is 0.52 on 1 processor",
            ),
        ] {
            assert_eq!(said, wanted);
        }
    }
}
