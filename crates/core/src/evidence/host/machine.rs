//! The machine: room, memory, open files, connections, load.

use serde::{Deserialize, Serialize};

/// Room on a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// Bytes that it holds.
    pub bytes: u64,
    /// Bytes that an ordinary user can still write.
    pub free: u64,
    /// Bytes that root can still write.
    pub free_for_root: u64,
    /// Files that it can hold; 0: it does not count them.
    pub inodes: u64,
    /// How many more.
    pub inodes_free: u64,
    /// Whether it can be read only.
    pub read_only: bool,
    /// Its file system: `ext4`, `tmpfs`.
    #[serde(default)]
    pub kind: String,
}

/// Memory, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What programs can still get without swapping.
    pub available: u64,
    /// Swap.
    pub swap: u64,
    /// Free swap.
    pub swap_free: u64,
    /// Programs that the kernel has killed for memory since it started (`oom_kill`).
    pub kills: Option<u64>,
    /// Share of the last 10 s in which some program waited for memory, in hundredths of a percent.
    pub pressure: Option<u32>,
    /// Units with a limit of their own whose programs were killed for it: name and how many.
    pub killed_units: Vec<(String, u64)>,
}

/// Open files of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// The process of it that has the most open.
    pub pid: u32,
    /// How many it has open.
    pub open: u64,
    /// How many it may have.
    pub limit: u64,
}

/// The packet filter's table of connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conntrack {
    /// How many it holds.
    pub count: u64,
    /// How many it may hold; 0: the kernel keeps no such table.
    pub max: u64,
    /// Packets dropped because it was full, since the kernel started (`/proc/net/stat/nf_conntrack`).
    pub drops: Option<u64>,
}

/// How busy the machine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Hundredths of the load of the last minute.
    pub minute: u32,
    /// Processors.
    pub processors: u32,
}

/// This machine's clock against others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Whether the kernel says that it is kept right.
    pub synchronised: bool,
}
