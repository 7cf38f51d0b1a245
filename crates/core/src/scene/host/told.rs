//! What a machine tells in tests: logs, units, disks in one line each.

use jiff::{Span, Timestamp};

use crate::evidence::chain::ChainFault;
use crate::evidence::host::{
    CertificateAnswer, CertificateFile, Counted, Disk, Door, Ending, Files, Kept, LogAnswer,
    LogSeen, LogSource, Memory, Program, ProxyKind, ProxySeen, UnitAnswer, UnitSeen,
};
use crate::evidence::{HostAnswer, HostQuestion, TlsAnswer};
use crate::hop::Hop;
use crate::logs::{Class, LogEvent, Part};
use crate::proxy::nginx::{Address, Block, Certificate, ChosenBy, Listener, Served, ServerTls};
use crate::proxy::{At, Stated};
use crate::scene::sample::{NOON, Sitting, greeted};
use crate::target::Scheme;

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

    /// nginx runs here and is told to show this file for the site on port 443: a certificate with
    /// these faults, whose figure is 32 times this.
    pub(crate) fn certificate_file(
        self,
        faults: Vec<ChainFault>,
        figure: &str,
        changed: Option<Timestamp>,
        loaded: Option<Timestamp>,
    ) -> Self {
        let TlsAnswer::Greeted(greeting) = greeted(faults) else { panic!("greeted") };
        let mut chain = greeting.chain;
        chain.sha256 = figure.repeat(32);
        let file = CertificateFile {
            leads_to: None,
            chain,
            changed,
            key: Some(KEY.to_owned()),
            key_fits: Some(true),
            key_unread: None,
            loaded,
        };
        self.nginx_shows(FILE).within(
            HostQuestion::Certificate { path: FILE.to_owned() },
            HostAnswer::Certificate(CertificateAnswer::Read(Box::new(file))),
        )
    }

    fn nginx_shows(self, file: &str) -> Self {
        let at = At { file: "/etc/nginx/sites-enabled/shop".to_owned(), line: 7 };
        let tls = ServerTls {
            certificates: vec![Certificate {
                certificate: Stated { value: file.to_owned(), at: Some(at.clone()) },
                key: Some(Stated { value: KEY.to_owned(), at: Some(at.clone()) }),
            }],
            protocols: None,
            ciphers: None,
            verify_client: Stated::default_of("off".to_owned()),
            client_certificate: None,
            reject_handshake: Stated::default_of(false),
        };
        let served = Served {
            listener: Listener {
                address: Address::Ip("0.0.0.0:443".parse().unwrap()),
                at: Some(at.clone()),
                tls: true,
                http2: false,
                quic: false,
                proxy_protocol: false,
                takes_ipv4: false,
                servers: 1,
            },
            server: Block { label: "shop.example.test".to_owned(), at: at.clone() },
            by: ChosenBy::Name("shop.example.test".to_owned()),
            name_at: Some(at),
            rivals: Vec::new(),
            tls: Some(tls),
            routes: Vec::new(),
            notes: Vec::new(),
        };
        let seen = ProxySeen {
            unit: Some("nginx.service".to_owned()),
            running: Some(Program {
                pid: 811,
                name: "nginx".to_owned(),
                command: "nginx: master process /usr/sbin/nginx".to_owned(),
                user: "root".to_owned(),
                unit: Some("nginx.service".to_owned()),
                container: None,
                since: Some(before(9000)),
            }),
            config: "/etc/nginx/nginx.conf".to_owned(),
            is_whole: true,
            names_site: true,
            doors: vec![Door { scheme: Scheme::Https, port: 443, served: Some(Box::new(served)) }],
            ..ProxySeen::of(ProxyKind::Nginx)
        };
        let question = HostQuestion::Proxy { kind: ProxyKind::Nginx };
        self.within(question, HostAnswer::Proxy(Box::new(seen)))
    }
}

/// The certificate that nginx is told to show, and its key.
pub(crate) const FILE: &str = "/etc/letsencrypt/live/shop/fullchain.pem";
const KEY: &str = "/etc/letsencrypt/live/shop/privkey.pem";
