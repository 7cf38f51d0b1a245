//! Words for the machine: room, memory, files, connections, load.

use super::subject;
use crate::evidence::host::{Conntrack, Disk, Files, HostQuestion, Load, Memory};

pub(super) fn disk(question: &HostQuestion, disk: &Disk) -> String {
    format!("{} has {} bytes of room", subject(question), disk.free)
}

pub(super) fn memory(memory: &Memory) -> String {
    format!("{} of {} bytes of memory are free", memory.available, memory.total)
}

pub(super) fn files(question: &HostQuestion, files: &Files) -> String {
    format!("{}: {} of {}", subject(question), files.open, files.limit)
}

pub(super) fn conntrack(table: &Conntrack) -> String {
    format!("the connection table holds {} of {}", table.count, table.max)
}

pub(super) fn load(load: &Load) -> String {
    let (whole, rest) = (load.minute / 100, load.minute % 100);
    format!("the load is {whole}.{rest:02} on {} processors", load.processors)
}
