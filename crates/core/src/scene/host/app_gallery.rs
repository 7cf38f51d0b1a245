//! Outages of an app, made up for tests: each a whole sitting on the origin.
//!
//! The shop of `sample` runs behind nginx, which asks `unix:/run/shop/shop.sock`; `shop.service` is
//! gunicorn, whose command line names that socket. Visits get 502. The story changes from there.
//! The file is long since every story stands in one table.

use jiff::{SignedDuration, Timestamp};

use crate::causes::{Cause, Verdict};
use crate::evidence::host::log::Counted;
use crate::evidence::host::{
    Claim, Door as SeenDoor, Ending, Kept, Known, Listener, Listeners, ListensAt, LogAnswer,
    LogSeen, LogSource, Named, Owner, Place, Program, ProxyKind, ProxySeen, UnitAnswer, UnitSeen,
    UpstreamAnswer, UpstreamAsked,
};
use crate::evidence::{HostAnswer, HostQuestion, HttpAnswer, TcpAnswer};
use crate::hop::Hop;
use crate::logs::{Class, LogEvent, Part};
use crate::proxy::nginx::{
    Ask, Config, Door, Files, Layout, Limits, PeerAddress, ReadError, Speaks,
};
use crate::scene::Scene;
use crate::scene::sample::{NOON, Sitting, greeted, page, reply};
use crate::target::{Scheme, SslMode};

const SOCKET: &str = "/run/shop/shop.sock";

/// An outage under construction.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    sitting: Sitting,
    place: Place,
    to: PeerAddress,
    answer: UpstreamAnswer,
    owner: Owner,
    units: Vec<UnitSeen>,
    lines: Vec<(String, Kept)>,
    kernel: Vec<Kept>,
    sockets: Vec<Listener>,
    reads_journal: bool,
    config: Option<String>,
    proxy_kind: ProxyKind,
    /// Seconds since nginx read its files, where they were changed since.
    loaded: Option<i64>,
    by: Hop,
}

/// So many seconds before noon.
pub(crate) fn ago(seconds: i64) -> Timestamp {
    let noon: Timestamp = NOON.parse().unwrap();
    noon.checked_sub(SignedDuration::from_secs(seconds)).unwrap()
}

pub(crate) fn replies(status: u16) -> UpstreamAnswer {
    UpstreamAnswer::Http { http: Box::new(HttpAnswer::Replied(reply(status))) }
}

pub(crate) fn cut() -> UpstreamAnswer {
    UpstreamAnswer::Http { http: Box::new(HttpAnswer::Empty { reset: false, after_ms: 900 }) }
}

pub(crate) fn late() -> UpstreamAnswer {
    UpstreamAnswer::Http { http: Box::new(HttpAnswer::Silent { after_ms: 2_000 }) }
}

pub(crate) fn refused() -> UpstreamAnswer {
    UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, socket: None }
}

fn program(name: &str, unit: Option<&str>) -> Program {
    Program {
        pid: 4242,
        name: name.to_owned(),
        command: name.to_owned(),
        user: "shop".to_owned(),
        unit: unit.map(str::to_owned),
        container: None,
        since: Some(ago(86_400)),
    }
}

fn service(name: &str) -> UnitSeen {
    UnitSeen {
        name: name.to_owned(),
        description: "The shop (gunicorn)".to_owned(),
        load: "loaded".to_owned(),
        active: "active".to_owned(),
        sub: "running".to_owned(),
        result: "success".to_owned(),
        pid: Some(4242),
        since: Some(ago(86_400)),
        started: Some(ago(86_400)),
        enabled: Some("enabled".to_owned()),
        ..UnitSeen::default()
    }
}

fn kept(at: Timestamp, class: Class, text: &str) -> Kept {
    let event = LogEvent {
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
    };
    Kept { at: Some(at), event }
}

struct OneFile(String);

impl Files for OneFile {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, ReadError> {
        let known = path == "/etc/nginx/nginx.conf";
        if known { Ok(self.0.clone().into_bytes()) } else { Err(ReadError::Missing) }
    }

    fn list(&mut self, _: &str) -> Result<Vec<String>, ReadError> {
        Err(ReadError::Missing)
    }
}

impl Shop {
    /// Visits get this status, and so does a request straight to nginx; the app's socket is gone,
    /// and its unit runs: the rest of the story says what became of it.
    pub(crate) fn fails(status: u16) -> Shop {
        Shop {
            sitting: Sitting::new()
                .mode(SslMode::Strict)
                .visits(status, if status == 500 { None } else { page(status) })
                .quickly()
                .tcp(TcpAnswer::Accepted)
                .tls(greeted(vec![]))
                .replies(status),
            place: Place {
                name: "shop-1".to_owned(),
                known: Known::Told,
                addresses: vec!["203.0.113.7".parse().unwrap()],
                root: true,
                systemd: true,
                booted: Some("2026-11-01T06:00:00Z".parse().unwrap()),
                container: None,
            },
            to: PeerAddress::Unix(SOCKET.to_owned()),
            answer: UpstreamAnswer::SocketMissing { up_to: "/run/shop".to_owned() },
            owner: Owner {
                listening: None,
                is_listened: false,
                claims: vec![Claim {
                    unit: "shop.service".to_owned(),
                    by: Named::CommandLine,
                    at: Some("/etc/systemd/system/shop.service:7".to_owned()),
                    words: format!("gunicorn --workers 2 --bind unix:{SOCKET} shop:app"),
                    listens: Vec::new(),
                }],
            },
            units: vec![service("shop.service")],
            lines: Vec::new(),
            kernel: Vec::new(),
            sockets: Vec::new(),
            reads_journal: true,
            config: None,
            proxy_kind: ProxyKind::Nginx,
            loaded: None,
            by: Hop::Proxy,
        }
    }

    /// Everything is in order.
    pub(crate) fn works() -> Shop {
        Shop { sitting: Sitting::healthy(), ..Shop::fails(502).answers(replies(200)).listened_to() }
    }

    pub(crate) fn sitting_is(mut self, change: impl FnOnce(Sitting) -> Sitting) -> Shop {
        self.sitting = change(self.sitting);
        self
    }

    pub(crate) fn answers(mut self, answer: UpstreamAnswer) -> Shop {
        self.answer = answer;
        self
    }

    /// The app listens at its address.
    pub(crate) fn listened_to(mut self) -> Shop {
        self.owner.listening = Some(program("gunicorn", Some("shop.service")));
        self.owner.is_listened = true;
        self
    }

    pub(crate) fn owner(mut self, change: impl FnOnce(&mut Owner)) -> Shop {
        change(&mut self.owner);
        self
    }

    pub(crate) fn claim(mut self, by: Named) -> Shop {
        self.owner.claims[0].by = by;
        self
    }

    /// Programs of the unit listen here.
    pub(crate) fn listens(mut self, at: &str) -> Shop {
        let at = match at.parse() {
            Ok(address) => ListensAt::Tcp { address, only_v6: false },
            Err(_) => ListensAt::Unix { path: at.to_owned() },
        };
        self.owner.claims[0].listens.push(at);
        self
    }

    /// Something listens on this machine.
    pub(crate) fn socket(mut self, at: &str, name: &str, unit: Option<&str>) -> Shop {
        let at = ListensAt::Tcp { address: at.parse().unwrap(), only_v6: false };
        let program = Some(program(name, unit));
        self.sockets.push(Listener { at, program, waiting: 0, queue: 128 });
        self
    }

    /// One more unit that should be there, after the first.
    pub(crate) fn rival(mut self, name: &str, change: impl FnOnce(&mut UnitSeen)) -> Shop {
        let claim = Claim { unit: name.to_owned(), ..self.owner.claims[0].clone() };
        self.owner.claims.push(claim);
        self.another(name, change)
    }

    /// One more unit.
    pub(crate) fn another(mut self, name: &str, change: impl FnOnce(&mut UnitSeen)) -> Shop {
        let mut unit = service(name);
        change(&mut unit);
        self.units.push(unit);
        self
    }

    pub(crate) fn unit(mut self, change: impl FnOnce(&mut UnitSeen)) -> Shop {
        change(&mut self.units[0]);
        self
    }

    /// nginx asks here.
    pub(crate) fn at(mut self, to: PeerAddress) -> Shop {
        self.to = to;
        self
    }

    /// A tunnel's connector asks, in nginx's place.
    pub(crate) fn by_tunnel(mut self) -> Shop {
        self.by = Hop::Tunnel;
        self
    }

    /// nginx's servers, within `http`.
    pub(crate) fn nginx(mut self, config: &str) -> Shop {
        self.config = Some(config.to_owned());
        self
    }

    pub(crate) fn proxy_is(mut self, kind: ProxyKind) -> Shop {
        self.proxy_kind = kind;
        self
    }

    /// nginx's file was changed a minute before noon, and nginx has read its files so many seconds before it.
    pub(crate) fn edited(mut self, loaded: i64) -> Shop {
        self.loaded = Some(loaded);
        self
    }

    /// The journal of the unit says this, so many seconds before noon.
    pub(crate) fn says(self, seconds: i64, class: Class, text: &str) -> Shop {
        self.of_unit("shop.service", seconds, class, text)
    }

    pub(crate) fn of_unit(mut self, unit: &str, seconds: i64, class: Class, text: &str) -> Shop {
        self.lines.push((unit.to_owned(), kept(ago(seconds), class, text)));
        self
    }

    /// The kernel's log names a unit.
    pub(crate) fn kernel(mut self, seconds: i64, text: &str, unit: Option<&str>, pid: u32) -> Shop {
        let mut line = kept(ago(seconds), Class::AppOutOfMemory, text);
        line.event.unit = unit.map(str::to_owned);
        line.event.pid = Some(pid);
        self.kernel.push(line);
        self
    }

    /// It was looked into as an ordinary user.
    pub(crate) fn without_root(mut self) -> Shop {
        self.place.root = false;
        self.reads_journal = false;
        self
    }

    pub(crate) fn known(mut self, known: Known) -> Shop {
        self.place.known = known;
        self
    }

    /// `systemctl stop shop`.
    pub(crate) fn stopped(self) -> Shop {
        self.unit(|unit| {
            unit.active = "inactive".to_owned();
            unit.sub = "dead".to_owned();
            unit.pid = None;
            unit.ended = Some(Ending::Exited { status: 0, at: Some(ago(720)) });
            unit.since = Some(ago(720));
        })
    }

    /// The unit failed so many seconds ago, having run for so long.
    pub(crate) fn failed(self, seconds: i64, ran: i64, result: &str, ended: EndedBy) -> Shop {
        self.unit(|unit| {
            unit.active = "failed".to_owned();
            unit.sub = "failed".to_owned();
            unit.result = result.to_owned();
            unit.pid = None;
            unit.since = Some(ago(seconds));
            unit.started = Some(ago(seconds + ran));
            let at = Some(ago(seconds));
            unit.ended = Some(match ended {
                EndedBy::Status(status) => Ending::Exited { status, at },
                EndedBy::Signal(signal) => Ending::Killed { signal, dumped: signal == 11, at },
            });
        })
    }

    /// A release without one of its modules: the outage of the README.
    pub(crate) fn broken_import() -> Shop {
        Shop::fails(502)
            .failed(720, 1, "exit-code", EndedBy::Status(3))
            .says(720, Class::AppBootFailed, "ModuleNotFoundError: No module named 'flask'")
            .says(
                720,
                Class::UnitFailed,
                "Main process exited, code=exited, status=3/NOTIMPLEMENTED",
            )
    }

    /// `Restart=always`, and the app dies a while after each start.
    pub(crate) fn looping() -> Shop {
        Shop::fails(502).failed(1, 8, "exit-code", EndedBy::Status(1)).unit(|unit| {
            unit.active = "activating".to_owned();
            unit.sub = "auto-restart".to_owned();
            unit.restarts = 41;
        })
    }

    /// A page takes longer than a worker may.
    pub(crate) fn timing_out() -> Shop {
        Shop::fails(502).answers(cut()).listened_to().says(
            0,
            Class::AppWorkerTimeout,
            "WORKER TIMEOUT (pid:4243)",
        )
    }

    pub(crate) fn sitting(self) -> Sitting {
        let proxy = self.proxy();
        let asked = UpstreamAsked {
            by: self.by,
            to: self.to.clone(),
            speaks: Speaks::Http,
            host: Some("shop.example.test".to_owned()),
            path: "/".to_owned(),
            sni: None,
            verifies: false,
            as_user: Some("www-data".to_owned()),
        };
        let (sockets, owners_seen) = (self.sockets, self.place.root);
        let listeners = Listeners { sockets, owners_seen, ..Listeners::default() };
        let mut sitting = self
            .sitting
            .within(HostQuestion::Place, HostAnswer::Place(self.place.clone()))
            .within(HostQuestion::Listeners, HostAnswer::Listeners(listeners))
            .within(
                HostQuestion::Proxy { kind: self.proxy_kind },
                HostAnswer::Proxy(Box::new(proxy)),
            )
            .within(HostQuestion::Upstream(asked), HostAnswer::Upstream(self.answer))
            .within(HostQuestion::Owner { to: self.to }, HostAnswer::Owner(self.owner));
        for unit in self.units {
            let source = LogSource::Journal { unit: unit.name.clone() };
            let own = self.lines.iter().filter(|(of, _)| *of == unit.name);
            let log = match self.reads_journal {
                true => journal(own.map(|(_, line)| line.clone()).collect()),
                false => LogAnswer::Forbidden,
            };
            let question = HostQuestion::Unit { name: unit.name.clone(), part: Hop::App };
            sitting = sitting
                .within(question, HostAnswer::Unit(UnitAnswer::Known(Box::new(unit))))
                .within(HostQuestion::Log { source, part: Hop::App }, HostAnswer::Log(log));
        }
        if !self.kernel.is_empty() {
            let question = HostQuestion::Log { source: LogSource::Kernel, part: Hop::Host };
            sitting = sitting.within(question, HostAnswer::Log(journal(self.kernel)));
        }
        sitting
    }

    fn proxy(&self) -> ProxySeen {
        let config = self.config.as_ref().map(|text| {
            let layout =
                Layout { conf_path: "/etc/nginx/nginx.conf".to_owned(), ..Layout::default() };
            let text = format!("events {{}} http {{ {text} }}");
            Config::read(&mut OneFile(text), layout, &Limits::default())
        });
        let ask = Ask {
            door: Door::Ip("203.0.113.7:443".parse().unwrap()),
            host: "shop.example.test".to_owned(),
            path: "/".to_owned(),
        };
        let served = config.as_ref().and_then(|config| config.serve(&ask).ok()).map(Box::new);
        let known = served.iter().flat_map(|served| served.passes());
        let mut upstreams: Vec<PeerAddress> =
            known.flat_map(|(_, pass)| pass.peers.addresses().into_iter().cloned()).collect();
        if upstreams.is_empty() {
            upstreams.push(self.to.clone());
        }
        let doors = config.iter().map(|_| SeenDoor {
            scheme: Scheme::Https,
            port: 443,
            served: served.clone(),
        });
        ProxySeen {
            version: Some("1.22.1".to_owned()),
            unit: Some("nginx.service".to_owned()),
            running: Some(program("nginx", Some("nginx.service"))),
            config: "/etc/nginx/nginx.conf".to_owned(),
            is_whole: true,
            names_site: true,
            doors: doors.collect(),
            upstreams,
            changed: self.loaded.map(|_| ("/etc/nginx/sites-enabled/shop".to_owned(), ago(60))),
            loaded: self.loaded.map(ago),
            addresses: self.loaded.map(|_| Vec::new()),
            ..ProxySeen::of(self.proxy_kind)
        }
    }
}

/// How a process ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EndedBy {
    Status(i32),
    Signal(i32),
}

fn journal(events: Vec<Kept>) -> LogAnswer {
    let mut classes: Vec<Counted> = Vec::new();
    for kept in &events {
        let (class, role) = (kept.event.class, kept.event.role);
        match classes.iter_mut().find(|had| had.class == class) {
            Some(had) => (had.count, had.last) = (had.count + 1, kept.at),
            None => classes.push(Counted { class, role, count: 1, first: kept.at, last: kept.at }),
        }
    }
    classes.sort_by_key(|counted| counted.class);
    LogAnswer::Read(Box::new(LogSeen {
        dialect: Some("gunicorn".to_owned()),
        from: ago(1_800),
        is_whole: true,
        lines: events.len() as u64,
        classes,
        events,
        tail: Vec::new(),
        visits_arrived: 0,
    }))
}

/// What a judge says of an outage; see [`check`](crate::scene::sample::check).
#[track_caller]
pub(crate) fn check(cause: &Cause, shop: Shop, says: &str) {
    crate::scene::sample::check(cause, shop.sitting(), says);
}

/// A particular of a blame, as text; nothing where there is none.
pub(crate) fn detail(cause: &Cause, shop: Shop, key: &str) -> String {
    let evidence = shop.sitting().evidence();
    match (cause.judge)(&Scene::new(&evidence)) {
        Verdict::Blames(blame) => match blame.detail.get(key) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        },
        _ => String::new(),
    }
}

/// A story, how it is staged, and the first finding that it must lead to.
type Story = (&'static str, Shop, &'static str);

/// Whole outages.
pub(crate) fn stories() -> Vec<Story> {
    use Class::{
        AppBootFailed, AppException, AppOutOfMemory, AppWorkerKilled, AppWorkerTimeout, Started,
        Stopped,
    };
    let masked = |unit: &mut UnitSeen| {
        unit.load = "masked".to_owned();
        unit.enabled = Some("masked".to_owned());
    };
    let never_started = |unit: &mut UnitSeen| {
        unit.enabled = Some("disabled".to_owned());
        (unit.since, unit.started, unit.ended) = (None, None, None);
    };
    let old = |unit: &mut UnitSeen| {
        unit.active = "inactive".to_owned();
        unit.enabled = Some("disabled".to_owned());
        unit.since = Some(ago(40_000_000));
        unit.started = Some(ago(90_000_000));
    };
    let oom = || {
        Shop::fails(502)
            .failed(60, 9_000, "oom-kill", EndedBy::Signal(9))
            .unit(|unit| unit.memory_max = Some(268_435_456))
    };
    let gunicorn_27 = || Shop::fails(500).answers(replies(500)).listened_to();
    vec![
        (
            "stopped by hand",
            Shop::fails(502).stopped().says(720, Stopped, "Stopped shop.service - The shop."),
            "app-stopped, certain",
        ),
        (
            "stopped, and the journal is not to be read",
            Shop::fails(502).stopped().without_root(),
            "app-stopped, certain",
        ),
        ("masked", Shop::fails(502).stopped().unit(masked), "app-stopped, certain"),
        (
            "left out by a reboot",
            Shop::fails(502).stopped().unit(never_started),
            "app-stopped, likely",
        ),
        (
            "stopped long ago on a machine that may be a copy",
            Shop::fails(502).stopped().known(Known::Proxy),
            "app-stopped, likely",
        ),
        ("failed by a broken import", Shop::broken_import(), "app-boot-failed, certain"),
        ("the same without root", Shop::broken_import().without_root(), "app-boot-failed, likely"),
        (
            "the same as a loop",
            Shop::broken_import().unit(|unit| {
                unit.active = "activating".to_owned();
                unit.sub = "auto-restart".to_owned();
                unit.restarts = 9;
            }),
            "app-boot-failed, certain",
        ),
        (
            "no such program",
            Shop::fails(502).failed(9, 0, "exit-code", EndedBy::Status(203)),
            "app-boot-failed, certain",
        ),
        (
            "its preparation failed, days after its last start",
            Shop::fails(502)
                .failed(30, 400_000, "exit-code", EndedBy::Status(1))
                .says(200_000, AppException, "KeyError: 'cart'")
                .says(
                    30,
                    Class::UnitFailed,
                    "Control process exited, code=exited, status=1/FAILURE",
                )
                .says(30, Class::UnitFailed, "Failed to start shop.service - The shop."),
            "app-boot-failed, certain",
        ),
        (
            "killed",
            Shop::fails(502).failed(5, 9_000, "signal", EndedBy::Signal(9)),
            "app-killed, certain",
        ),
        (
            "killed for memory",
            oom().kernel(
                60,
                "Memory cgroup out of memory: Killed process 4242 (gunicorn)",
                Some("shop.service"),
                4242,
            ),
            "app-killed, certain",
        ),
        (
            "a worker is killed under each request",
            Shop::fails(502).answers(cut()).listened_to().says(
                0,
                AppWorkerKilled,
                "Worker (pid:4243) was sent SIGKILL! Perhaps out of memory?",
            ),
            "app-killed, certain",
        ),
        (
            "it ends by itself after hours",
            Shop::fails(502).failed(5, 9_000, "exit-code", EndedBy::Status(1)),
            "app-stopped, certain",
        ),
        ("it loops", Shop::looping(), "app-crash-looping, certain"),
        (
            "it loops, and an old line tells of a boot that failed",
            Shop::looping().says(1_200, AppBootFailed, "ImportError: x"),
            "app-crash-looping, certain",
        ),
        ("its workers time out", Shop::timing_out(), "app-worker-timeout, certain"),
        (
            "the same with a 500",
            gunicorn_27().says(0, AppWorkerTimeout, "WORKER TIMEOUT (pid:7)"),
            "app-worker-timeout, certain",
        ),
        (
            "a timeout and the kill that follows it",
            Shop::timing_out().says(
                0,
                AppWorkerKilled,
                "Worker (pid:4243) was sent SIGKILL! Perhaps out of memory?",
            ),
            "app-worker-timeout, certain",
        ),
        (
            "it hangs, and the journal had a timeout a minute ago",
            Shop::fails(502).answers(late()).listened_to().says(
                60,
                AppWorkerTimeout,
                "WORKER TIMEOUT (pid:7)",
            ),
            "app-worker-timeout, likely",
        ),
        (
            "it listens on a port",
            Shop::fails(502).listens("127.0.0.1:8000").claim(Named::Folder),
            "app-listens-elsewhere, likely",
        ),
        (
            "it listens on IPv6 alone",
            Shop::fails(502)
                .answers(refused())
                .at(PeerAddress::Ip("127.0.0.1:8000".parse().unwrap()))
                .listens("[::1]:8000"),
            "app-listens-elsewhere, certain",
        ),
        (
            "it raises in each request",
            gunicorn_27().says(0, AppException, "KeyError: 'cart'"),
            "app-answers-5xx, certain",
        ),
        (
            "uWSGI without an app",
            gunicorn_27().says(
                0,
                AppBootFailed,
                "--- no python application found, check your startup logs for errors ---",
            ),
            "app-boot-failed, certain",
        ),
        (
            "an old unit was stopped on purpose, and the new one has failed",
            Shop::broken_import().rival("shop-old.service", old),
            "app-boot-failed, certain",
        ),
        ("a unit of like name was stopped", Shop::fails(502).stopped().claim(Named::Likeness), ""),
        (
            "behind a tunnel whose connector was not looked at",
            Shop::fails(502).stopped().answers(refused()).by_tunnel(),
            "app-stopped, likely",
        ),
        // What the app is not to blame for.
        (
            "all is well beside old lines",
            Shop::works().says(900, AppBootFailed, "ImportError: x").says(
                900,
                AppOutOfMemory,
                "Killed process 4242 (gunicorn)",
            ),
            "",
        ),
        ("all is well beside a stopped unit", Shop::works().rival("shop-old.service", old), ""),
        (
            "it is just starting",
            Shop::fails(502).unit(|unit| {
                unit.active = "activating".to_owned();
                unit.sub = "start".to_owned();
            }),
            "",
        ),
        (
            "in a container, without a unit",
            Shop::fails(502).owner(|owner| owner.claims.clear()),
            "",
        ),
        (
            "on another machine",
            Shop::fails(502)
                .stopped()
                .answers(refused())
                .at(PeerAddress::Ip("10.0.0.5:8000".parse().unwrap())),
            "",
        ),
        (
            "a client of the address was stopped",
            Shop::fails(502)
                .stopped()
                .owner(|owner| owner.claims[0].words = "API=http://127.0.0.1:8000".to_owned()),
            "app-stopped, likely",
        ),
        (
            "it waits for its first request",
            Shop::fails(502)
                .answers(late())
                .stopped()
                .unit(|unit| unit.triggered_by = vec!["shop.socket".to_owned()])
                .says(900, Started, "Listening at: x"),
            "",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;

    /// The first finding of hop app, or nothing.
    fn first(shop: Shop) -> String {
        let evidence = shop.sitting().evidence();
        let diagnosis = diagnose(&evidence);
        let mut of_app = diagnosis.findings.iter().filter(|finding| finding.hop == Hop::App);
        let said = of_app.next().map_or_else(String::new, |finding| {
            format!("{}, {}", finding.cause, finding.confidence.word())
        });
        let others: Vec<&str> = of_app.map(|finding| finding.cause.as_str()).collect();
        assert!(others.is_empty(), "one fault, one cause: {said}, and {others:?}");
        said
    }

    #[test]
    fn every_story_has_one_culprit() {
        let wrong: Vec<_> = stories()
            .into_iter()
            .map(|(story, shop, wanted)| (story, first(shop), wanted))
            .filter(|(_, said, wanted)| said != wanted)
            .collect();
        assert!(wrong.is_empty(), "story, said, wanted: {wrong:#?}");
    }

    #[test]
    fn a_site_that_works_has_no_culprit_whatever_else_is_wrong() {
        for (story, shop, _) in stories() {
            assert_eq!(first(shop.sitting_is(|_| Sitting::healthy())), "", "{story}");
        }
    }

    #[test]
    fn who_sees_less_is_not_surer_and_blames_no_other_with_certainty() {
        let mut wrong = Vec::new();
        for (story, shop, wanted) in stories() {
            let said = first(shop.without_root());
            let (cause, sure) = said.split_once(", ").unwrap_or_default();
            // That the app answers with an error is true of one whose workers time out as well.
            let true_as_well = cause == "app-answers-5xx";
            if sure == "certain" && !wanted.starts_with(cause) && !true_as_well {
                wrong.push((story, said.clone(), wanted));
            }
        }
        assert!(wrong.is_empty(), "story, said, wanted: {wrong:#?}");
    }

    #[test]
    fn the_app_comes_before_what_it_explains() {
        let evidence = Shop::broken_import().sitting().evidence();
        let diagnosis = diagnose(&evidence);
        let names: Vec<&str> =
            diagnosis.findings.iter().map(|finding| finding.cause.as_str()).collect();
        assert_eq!(names[0], "app-boot-failed");
        assert_eq!(names.last(), Some(&"http-origin-answers-5xx"));
        assert!(diagnosis.findings[0].leads_to.contains(&"http-origin-answers-5xx".to_owned()));
    }

    #[test]
    fn a_peer_of_a_group_that_is_down_breaks_nothing_while_another_serves() {
        let group = "upstream shop { server 127.0.0.1:8000; server 127.0.0.1:8001; }
            server { listen 443 ssl; server_name shop.example.test; ssl_certificate c;
            ssl_certificate_key k; location / { proxy_pass http://shop; } }";
        let one = PeerAddress::Ip("127.0.0.1:8000".parse().unwrap());
        let other = UpstreamAsked {
            by: Hop::Proxy,
            to: PeerAddress::Ip("127.0.0.1:8001".parse().unwrap()),
            speaks: Speaks::Http,
            host: None,
            path: "/".to_owned(),
            sni: None,
            verifies: false,
            as_user: None,
        };
        let shop = || Shop::fails(502).stopped().answers(refused()).at(one.clone()).nginx(group);
        let evidence = |sitting: Sitting| {
            let evidence = sitting.evidence();
            let judge = crate::causes::app_stopped::UNIT.judge;
            match judge(&Scene::new(&evidence)) {
                Verdict::Blames(blame) => blame.confidence.word(),
                _ => "",
            }
        };
        assert_eq!(evidence(shop().sitting()), "certain");
        let answered = HostAnswer::Upstream(replies(200));
        let served = shop().sitting().within(HostQuestion::Upstream(other), answered);
        assert_eq!(evidence(served), "possible");
    }

    #[test]
    fn an_app_of_another_site_is_not_blamed_with_certainty() {
        let shop = Shop::fails(502).stopped().proxy_is(ProxyKind::Apache);
        assert_eq!(first(shop), "app-stopped, likely");
        let elsewhere = "server { listen 443 ssl; server_name shop.example.test; ssl_certificate c;
            ssl_certificate_key k; location / { proxy_pass http://127.0.0.1:9000; } }";
        assert_eq!(first(Shop::fails(502).stopped().nginx(elsewhere)), "");
    }
}
