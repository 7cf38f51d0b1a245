//! What a machine tells in tests: logs, units, disks in one line each.

use jiff::{Span, Timestamp};

use crate::evidence::host::{
    Counted, Disk, Ending, Files, Kept, LogAnswer, LogSeen, LogSource, Memory, UnitAnswer, UnitSeen,
};
use crate::evidence::{HostAnswer, HostQuestion};
use crate::hop::Hop;
use crate::logs::{Class, LogEvent, Part};
use crate::scene::sample::{NOON, Sitting};

/// So many minutes before the sitting.
pub(crate) fn before(minutes: i64) -> Timestamp {
    let noon: Timestamp = NOON.parse().unwrap();
    noon - Span::new().minutes(minutes)
}

/// A line with this meaning.
pub(crate) fn event(class: Class, text: &str) -> LogEvent {
    LogEvent {
        at: None,
        class,
        role: class.role(),
        upstream: None,
        host: None,
        client: None,
        path: None,
        status: None,
        ray: None,
        pid: None,
        unit: None,
        text: text.to_owned(),
        part: Part::Whole,
    }
}

impl Sitting {
    /// A log that says this, so many minutes before the sitting.
    pub(crate) fn log(
        self,
        source: LogSource,
        part: Hop,
        minutes: i64,
        class: Class,
        text: &str,
    ) -> Self {
        let at = before(minutes);
        let seen = LogSeen {
            dialect: None,
            from: before(30),
            is_whole: true,
            lines: 1,
            classes: vec![Counted {
                class,
                role: class.role(),
                count: 1,
                first: Some(at),
                last: Some(at),
            }],
            events: vec![Kept { at: Some(at), event: event(class, text) }],
            tail: vec![text.to_owned()],
            visits_arrived: 0,
        };
        let answer = HostAnswer::Log(LogAnswer::Read(Box::new(seen)));
        self.within(HostQuestion::Log { source, part }, answer)
    }

    /// The app's journal says this.
    pub(crate) fn app_says(self, minutes: i64, class: Class, text: &str) -> Self {
        let source = LogSource::Journal { unit: "shop.service".to_owned() };
        self.log(source, Hop::App, minutes, class, text)
    }

    /// nginx's error log says this.
    pub(crate) fn nginx_says(self, minutes: i64, class: Class, text: &str) -> Self {
        let source = LogSource::File { path: "/var/log/nginx/error.log".to_owned() };
        self.log(source, Hop::Proxy, minutes, class, text)
    }

    /// The kernel says this.
    pub(crate) fn kernel_says(self, minutes: i64, class: Class, text: &str) -> Self {
        self.log(LogSource::Kernel, Hop::Host, minutes, class, text)
    }

    /// The app's unit was started an hour ago and ended with this result five minutes ago; of the
    /// result `success` it still runs.
    pub(crate) fn app_unit(self, result: &str, user: &str) -> Self {
        let runs = result == "success";
        let killed = matches!(result, "oom-kill" | "signal");
        let ended = match killed {
            true => Ending::Killed { signal: 9, dumped: false, at: Some(before(5)) },
            false => Ending::Exited { status: 1, at: Some(before(5)) },
        };
        let unit = UnitSeen {
            name: "shop.service".to_owned(),
            load: "loaded".to_owned(),
            active: if runs { "active" } else { "failed" }.to_owned(),
            sub: if runs { "running" } else { "failed" }.to_owned(),
            result: result.to_owned(),
            ended: (!runs).then_some(ended),
            since: Some(before(if runs { 60 } else { 5 })),
            started: Some(before(60)),
            user: Some(user.to_owned()),
            ..UnitSeen::default()
        };
        let name = "shop.service".to_owned();
        let answer = HostAnswer::Unit(UnitAnswer::Known(Box::new(unit)));
        self.within(HostQuestion::Unit { name, part: Hop::App }, answer)
    }

    /// A disk of 40 GB: what of the site's is there, whose need it is, and what is free for
    /// ordinary programs and for root's.
    pub(crate) fn disk(self, mount: &str, parts: &[Hop], free: u64, free_for_root: u64) -> Self {
        let disk = Disk {
            mount: mount.to_owned(),
            bytes: 40_000_000_000,
            free,
            free_for_root,
            inodes: 2_000_000,
            inodes_free: 1_000_000,
            read_only: false,
            kind: "ext4".to_owned(),
        };
        self.disk_like(mount, parts, disk)
    }

    /// A disk like this one.
    pub(crate) fn disk_like(self, path: &str, parts: &[Hop], disk: Disk) -> Self {
        let used_for = if parts.is_empty() { "" } else { "the folder of shop.service" }.to_owned();
        let question = HostQuestion::Disk { path: path.to_owned(), used_for, parts: parts.into() };
        self.within(question, HostAnswer::Disk(disk))
    }

    /// Memory: 4 GB, of which this is available.
    pub(crate) fn memory(self, available: u64, change: impl FnOnce(&mut Memory)) -> Self {
        let mut memory = Memory {
            total: 4_000_000_000,
            available,
            swap: 0,
            swap_free: 0,
            kills: Some(0),
            pressure: Some(0),
            killed_units: Vec::new(),
        };
        change(&mut memory);
        self.within(HostQuestion::Memory, HostAnswer::Memory(memory))
    }

    /// A program has so many files open, of 1,024.
    pub(crate) fn open_files(self, program: &str, part: Hop, open: u64) -> Self {
        let question = HostQuestion::Files { program: program.to_owned(), pid: 812, part };
        self.within(question, HostAnswer::Files(Files { pid: 812, open, limit: 1024 }))
    }
}
