//! What the machine has to give: memory, files for all, connections, processors.

use std::fs;

use rayfix_core::evidence::host::{Conntrack, Files, Load, Memory, kernel};

use crate::host::little;

const PAGE: u64 = 64 << 10;
/// Services whose kills are looked for.
const SERVICES: usize = 1_000;
/// Of those with kills, how many are told.
const TOLD: usize = 10;

const GROUPS: &str = "/sys/fs/cgroup";

fn page(path: &str) -> Option<String> {
    little::text(path, PAGE).ok()
}

/// Memory, with the limit of the control group that a container gives us.
pub(crate) fn memory() -> Option<Memory> {
    let mut memory = kernel::memory(&page("/proc/meminfo")?)?;
    // Only below the kernel's own root these files are there.
    let of_group = |name: &str| page(&format!("{GROUPS}/{name}"));
    if let (Some(max), Some(current)) = (of_group("memory.max"), of_group("memory.current")) {
        let stat = of_group("memory.stat").unwrap_or_default();
        kernel::limit(&mut memory, &max, &current, &stat);
    }
    let kills = |text: String| kernel::figure(&text, "oom_kill");
    // The kernel's counter is of the whole machine, also where it is seen from a container.
    memory.kills =
        of_group("memory.events").and_then(kills).or_else(|| page("/proc/vmstat").and_then(kills));
    memory.pressure = page("/proc/pressure/memory").and_then(|text| kernel::pressure(&text));
    memory.killed_units = killed_units();
    Some(memory)
}

/// Services of which a program was killed for memory since they were started.
fn killed_units() -> Vec<(String, u64)> {
    let Ok(services) = fs::read_dir(format!("{GROUPS}/system.slice")) else { return Vec::new() };
    let mut killed: Vec<(String, u64)> = services
        .take(SERVICES)
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            if !name.ends_with(".service") {
                return None;
            }
            let events = little::text(entry.path().join("memory.events"), 4 << 10).ok()?;
            let kills = kernel::figure(&events, "oom_kill").filter(|kills| *kills > 0)?;
            Some((name, kills))
        })
        .collect();
    killed.sort();
    killed.truncate(TOLD);
    killed
}

/// Files that all programs have open together.
pub(crate) fn all_files() -> Option<Files> {
    let (open, limit) = kernel::all_files(&page("/proc/sys/fs/file-nr")?)?;
    Some(Files { pid: 0, open, limit })
}

/// The packet filter's table; one of size 0 where the kernel keeps none.
pub(crate) fn conntrack() -> Conntrack {
    let number = |name: &str| {
        let text = page(&format!("/proc/sys/net/netfilter/{name}"))?;
        text.trim().parse::<u64>().ok()
    };
    let (Some(count), Some(max)) = (number("nf_conntrack_count"), number("nf_conntrack_max"))
    else {
        return Conntrack { count: 0, max: 0, drops: None };
    };
    let stat = little::text("/proc/net/stat/nf_conntrack", 1 << 20).ok();
    Conntrack { count, max, drops: stat.and_then(|stat| kernel::conntrack_drops(&stat)) }
}

/// How busy it is.
pub(crate) fn load() -> Option<Load> {
    let minute = kernel::load(&page("/proc/loadavg")?)?;
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Some(Load { minute, processors: u32::try_from(processors).unwrap_or(u32::MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_tells_what_it_has() {
        let memory = memory().unwrap();
        assert!(memory.total > 64 << 20 && memory.available <= memory.total, "{memory:?}");
        let load = load().unwrap();
        assert!(load.processors > 0);
        let files = all_files().unwrap();
        assert!(files.open > 0 && files.limit >= files.open);
        let table = conntrack();
        assert!(table.count <= table.max || table.max == 0, "{table:?}");
    }
}
