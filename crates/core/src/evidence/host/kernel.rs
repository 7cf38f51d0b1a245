//! Readers of what the kernel tells of the machine in `/proc` and in control groups.
//!
//! Each takes a text as it was read and gives the one thing that is wanted of it, or `None` where it
//! is not there: kernels differ in what they tell.

use super::machine::Memory;

/// The number behind a word at the beginning of a line: `oom_kill 3`, `MemTotal:  2048 kB`. Where
/// the line ends in `kB` the number is in bytes.
#[must_use]
pub fn figure(text: &str, word: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut parts = line.split_ascii_whitespace();
        if parts.next()?.trim_end_matches(':') != word {
            return None;
        }
        let number: u64 = parts.next()?.parse().ok()?;
        Some(if parts.next() == Some("kB") { number.saturating_mul(1024) } else { number })
    })
}

/// `/proc/meminfo`; kernels before 3.14 tell nothing of what is available.
#[must_use]
pub fn memory(meminfo: &str) -> Option<Memory> {
    let of = |word| figure(meminfo, word);
    let rest = || Some(of("MemFree")? + of("Buffers").unwrap_or(0) + of("Cached").unwrap_or(0));
    Some(Memory {
        total: of("MemTotal")?,
        available: of("MemAvailable").or_else(rest)?,
        swap: of("SwapTotal").unwrap_or(0),
        swap_free: of("SwapFree").unwrap_or(0),
        kills: None,
        pressure: None,
        killed_units: Vec::new(),
    })
}

/// A control group's own limit in place of the machine's, where it is lower: its `memory.max`,
/// `memory.current` and `memory.stat`. Memory of files that nobody uses can be had back.
pub fn limit(memory: &mut Memory, max: &str, current: &str, stat: &str) {
    let (Ok(max), Ok(current)) = (max.trim().parse::<u64>(), current.trim().parse::<u64>()) else {
        return;
    };
    if max >= memory.total {
        return;
    }
    let idle = figure(stat, "inactive_file").unwrap_or(0);
    memory.total = max;
    memory.available = memory.available.min(max.saturating_sub(current.saturating_sub(idle)));
}

/// Hundredths of a percent of the last 10 s in which some program waited: the line
/// `some avg10=1.53 …` of `/proc/pressure/memory`.
#[must_use]
pub fn pressure(text: &str) -> Option<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    hundredths(line.split_ascii_whitespace().find_map(|part| part.strip_prefix("avg10="))?)
}

/// Hundredths of the load of the last minute, of `/proc/loadavg`.
#[must_use]
pub fn load(text: &str) -> Option<u32> {
    hundredths(text.split_ascii_whitespace().next()?)
}

fn hundredths(text: &str) -> Option<u32> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let rest = format!("{rest:0<2}");
    let rest: u32 = rest.get(..2)?.parse().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(rest)
}

/// How many files a process may have open: the soft limit in `/proc/PID/limits`.
#[must_use]
pub fn file_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_ascii_whitespace().next()?;
    if soft == "unlimited" { Some(u64::MAX) } else { soft.parse().ok() }
}

/// Files that all programs have open, and how many they may: `/proc/sys/fs/file-nr`.
#[must_use]
pub fn all_files(file_nr: &str) -> Option<(u64, u64)> {
    let mut parts = file_nr.split_ascii_whitespace().map(str::parse);
    let (open, unused, max) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let open: u64 = open;
    Some((open.saturating_sub(unused), max))
}

/// Connections that were dropped since the table was full, over all processors: the columns `drop`
/// and `early_drop` of `/proc/net/stat/nf_conntrack`, which are hexadecimal.
#[must_use]
pub fn conntrack_drops(stat: &str) -> Option<u64> {
    let mut lines = stat.lines();
    let heads: Vec<&str> = lines.next()?.split_ascii_whitespace().collect();
    let wanted: Vec<usize> = heads
        .iter()
        .enumerate()
        .filter(|(_, head)| matches!(**head, "drop" | "early_drop"))
        .map(|(at, _)| at)
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let mut sum = 0u64;
    for line in lines {
        let cells: Vec<&str> = line.split_ascii_whitespace().collect();
        for at in &wanted {
            let cell = cells.get(*at).and_then(|cell| u64::from_str_radix(cell, 16).ok());
            sum = sum.saturating_add(cell.unwrap_or(0));
        }
    }
    Some(sum)
}

/// The process that started a process: the fourth field of `/proc/PID/stat`. A program's name in
/// the second may hold anything, so that the last closing bracket counts.
#[must_use]
pub fn parent(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// A file system in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The device, as numbers: places with the same one share their room.
    pub device: String,
    /// Where.
    pub at: String,
    /// Whether it can be read only, here or altogether.
    pub read_only: bool,
    /// `ext4`, `tmpfs`, `nfs4` …
    pub kind: String,
}

impl Mount {
    /// Whether asking it for its room asks another machine, or a program, which may never answer.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        let kinds = ["nfs", "cifs", "smb", "fuse", "9p", "ceph", "afs", "gfs", "lustre", "autofs"];
        kinds.iter().any(|kind| self.kind.starts_with(kind))
    }

    /// Whether it holds files that programs write, rather than what the kernel tells.
    #[must_use]
    pub fn holds_files(&self) -> bool {
        let kinds = [
            "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "f2fs", "overlay", "jfs",
            "reiserfs", "bcachefs", "vfat", "nilfs2",
        ];
        kinds.contains(&self.kind.as_str()) && !self.at.starts_with("/sys/")
    }
}

/// The file systems of `/proc/self/mountinfo`, at most `most`; of several at one place the last,
/// which hides the others.
#[must_use]
pub fn mounts(mountinfo: &str, most: usize) -> Vec<Mount> {
    let mut all: Vec<Mount> = Vec::new();
    for line in mountinfo.lines() {
        let Some((own, common)) = line.split_once(" - ") else { continue };
        let own: Vec<&str> = own.split(' ').collect();
        let common: Vec<&str> = common.split(' ').collect();
        let (Some(device), Some(at), Some(options)) = (own.get(2), own.get(4), own.get(5)) else {
            continue;
        };
        let of_all = common.get(2).copied().unwrap_or_default();
        let read_only = [*options, of_all].iter().any(|list| list.split(',').any(|o| o == "ro"));
        let kind = common.first().copied().unwrap_or_default().to_owned();
        let mount = Mount { device: (*device).to_owned(), at: plain(at), read_only, kind };
        match all.iter().position(|other| other.at == mount.at) {
            Some(hidden) => all[hidden] = mount,
            None if all.len() < most => all.push(mount),
            None => {}
        }
    }
    all
}

/// The file system that a path lies on.
#[must_use]
pub fn mount_of<'m>(mounts: &'m [Mount], path: &str) -> Option<&'m Mount> {
    let over = mounts.iter().filter(|mount| lies_in(path, &mount.at));
    over.max_by_key(|mount| mount.at.len())
}

/// Whether a path is a folder or lies below it.
#[must_use]
pub fn lies_in(path: &str, folder: &str) -> bool {
    folder == "/"
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path of mountinfo without its octal escapes: `\040` is a space (proc_pid_mountinfo(5)).
fn plain(path: &str) -> String {
    let mut rest = path;
    let mut bytes = Vec::with_capacity(path.len());
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        match after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(b'\\');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemTotal:        4018064 kB\nMemFree:          101620 kB\n\
        MemAvailable:     201620 kB\nBuffers:          1000 kB\nCached:           2000 kB\n\
        SwapTotal:       1048572 kB\nSwapFree:              4 kB\nHugePages_Total:       0\n";

    #[test]
    fn memory_is_what_programs_can_still_get() {
        let seen = memory(MEMINFO).unwrap();
        assert_eq!(seen.total, 4_018_064 * 1024);
        assert_eq!(seen.available, 201_620 * 1024);
        assert_eq!((seen.swap, seen.swap_free), (1_048_572 * 1024, 4096));
        let old = MEMINFO.replace("MemAvailable:     201620 kB\n", "");
        assert_eq!(memory(&old).unwrap().available, 104_620 * 1024);
        assert_eq!(memory("nothing of the kind"), None);
    }

    #[test]
    fn a_lower_limit_of_the_group_counts_in_place_of_the_machine_s() {
        let mib = |n: u64| n * 1024 * 1024;
        for (max, current, stat, total, available) in [
            ("max\n", "1\n", "", 4_018_064 * 1024, 201_620 * 1024),
            ("536870912\n", "536000000\n", "inactive_file 0\n", mib(512), 870_912),
            ("536870912\n", "536870912\n", "anon 7\ninactive_file 1048576\n", mib(512), mib(1)),
            ("99999999999999\n", "1\n", "", 4_018_064 * 1024, 201_620 * 1024),
        ] {
            let mut seen = memory(MEMINFO).unwrap();
            limit(&mut seen, max, current, stat);
            assert_eq!((seen.total, seen.available), (total, available), "{max}");
        }
    }

    #[test]
    fn figures_are_read_and_what_is_no_figure_is_not() {
        let psi =
            "some avg10=12.30 avg60=0.00 avg300=0.00 total=1\nfull avg10=9.99 avg60=0 total=0\n";
        assert_eq!(pressure(psi), Some(1230));
        assert_eq!(pressure("full avg10=1.00"), None);
        assert_eq!(load("0.52 0.58 0.59 1/389 12345\n"), Some(52));
        assert_eq!(load("31 1 1"), Some(3100));
        assert_eq!(load(""), None);
        assert_eq!(all_files("1376\t76\t9223372036854775807\n"), Some((1300, i64::MAX as u64)));
        assert_eq!(all_files("1376"), None);
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
            Max processes             15640                15640                processes \n\
            Max open files            1024                 524288               files     \n";
        assert_eq!(file_limit(limits), Some(1024));
        assert_eq!(file_limit("Max open files  unlimited unlimited files"), Some(u64::MAX));
        assert_eq!(file_limit("Max processes 1 1"), None);
        assert_eq!(figure("nr_free 1\noom_kill 3\n", "oom_kill"), Some(3));
        assert_eq!(figure("oom_kill_disable 3\n", "oom_kill"), None);
        assert_eq!(parent("812 (nginx) S 811 812 812 0 -1"), Some(811));
        assert_eq!(parent("812 (a ) S 7 (x) S 811 812"), Some(811));
        assert_eq!(parent("812"), None);
    }

    #[test]
    fn dropped_connections_are_summed_over_processors() {
        let stat = "entries  clashres found new invalid ignore delete chainlength insert \
            insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete \
            search_restart\n\
            00000007  00000000 00000000 00000000 00000003 00000000 00000000 00000000 00000000 \
            00000000 0000001f 00000001 00000000  00000000 00000000 00000000 00000000\n\
            00000007  00000000 00000000 00000000 00000003 00000000 00000000 00000000 00000000 \
            00000000 00000001 00000000 00000000  00000000 00000000 00000000 00000000\n";
        assert_eq!(conntrack_drops(stat), Some(33));
        assert_eq!(conntrack_drops("entries found\n1 2\n"), None);
        assert_eq!(conntrack_drops(""), None);
    }

    #[test]
    fn a_path_lies_on_the_innermost_file_system() {
        let text = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n\
            25 22 0:22 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=402808k\n\
            40 22 0:40 / /var/lib/shop rw - tmpfs tmpfs rw,size=64k\n\
            41 22 8:1 / /srv/my\\040files ro - ext4 /dev/sda1 rw\n\
            42 22 0:50 / /mnt/far rw - nfs4 far:/x rw\n\
            43 22 0:51 / /run rw - tmpfs tmpfs rw\n\
            a line that is none\n";
        let all = mounts(text, 10);
        let of = |path: &str| mount_of(&all, path).unwrap();
        assert_eq!(of("/var/lib/shop/orders.db").at, "/var/lib/shop");
        assert_eq!(of("/var/lib/shopping").at, "/");
        assert_eq!(of("/run/shop").device, "0:51", "the last one hides what was there before");
        assert!(of("/srv/my files/x").read_only);
        assert!(!of("/").read_only);
        assert!(of("/mnt/far").is_remote() && !of("/mnt/far").holds_files());
        assert!(of("/").holds_files() && !of("/").is_remote());
        assert_eq!(mounts(text, 2).len(), 2);
        assert_eq!(plain("/a\\134b\\x"), "/a\\b\\x");
    }
}
