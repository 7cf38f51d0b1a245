//! When a web server read its files last.
//!
//! What stands in a file is not what runs: an edit, a renewed certificate, wait for a reload. When the
//! last one was is told by the processes, not by any file.
use jiff::Timestamp;
use rayfix_core::evidence::host::{Program, ProxySeen, kernel};

use crate::host::little;

/// When a web server read its files last: nginx starts new workers for that, and the workers that
/// serve are of the last time. One that crashed was replaced later, so that the eldest counts.
pub(super) fn loaded(
    proxy: &ProxySeen,
    programs: &[Program],
    parent: impl Fn(u32) -> Option<u32>,
) -> Option<Timestamp> {
    let master = proxy.running.as_ref()?;
    let workers = programs.iter().filter(|program| {
        program.name == master.name
            && program.pid != master.pid
            && program.command.contains("worker process")
            && !program.command.contains("shutting down")
            && parent(program.pid) == Some(master.pid)
    });
    workers.filter_map(|worker| worker.since).min().or(master.since)
}

pub(super) fn parent(pid: u32) -> Option<u32> {
    kernel::parent(&little::text(format!("/proc/{pid}/stat"), 4 << 10).ok()?)
}

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::host::ProxyKind;

    use super::*;

    #[test]
    fn the_files_were_read_when_the_workers_that_serve_were_started() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let program = |pid, command: &str, since: &str| Program {
            pid,
            name: "nginx".to_owned(),
            command: format!("nginx: {command}"),
            user: "www-data".to_owned(),
            unit: None,
            container: None,
            since: at(since),
        };
        let master = program(10, "master process /usr/sbin/nginx", "2026-09-01T06:00:00Z");
        let proxy = ProxySeen {
            running: Some(master.clone()),
            is_whole: true,
            names_site: true,
            ..ProxySeen::of(ProxyKind::Nginx)
        };
        let of = |others: Vec<Program>| {
            let ours = |pid: u32| Some(if pid < 20 { 10 } else { 20 });
            loaded(&proxy, &others, ours).map(|at| at.to_string())
        };
        let workers = vec![
            master,
            program(11, "worker process is shutting down", "2026-09-01T06:00:00Z"),
            program(12, "worker process", "2026-11-17T03:12:20Z"),
            program(13, "worker process", "2026-11-19T09:00:00Z"),
            program(21, "worker process", "2026-01-01T00:00:00Z"),
        ];
        assert_eq!(of(workers).as_deref(), Some("2026-11-17T03:12:20Z"));
        assert_eq!(of(Vec::new()).as_deref(), Some("2026-09-01T06:00:00Z"));
    }
}
