//! Sittings on the machine of a tunnel, made up for tests.
//!
//! Defaults: `cloudflared.service` has a rule for the site that leads to `http://127.0.0.1:8000`, over
//! QUIC; its process was started at 11:50, the sitting is at noon; the user says that this machine is
//! the origin.

use crate::evidence::host::log::Counted;
use crate::evidence::host::tunnel::{
    self as connector, Config, ConfigFile, ConfigState, Connection, ConnectorAnswer,
    ConnectorAsked, Counters, Diag, Heard, IngressFrom, Local, LocalFrom, Problem, Ready,
};
use crate::evidence::host::{
    HostAnswer, HostQuestion, Kept, Known, LogAnswer, LogSeen, LogSource, Program, UnitAnswer,
    UnitSeen, UpstreamAnswer,
};
use crate::evidence::{HttpAnswer, Reply, TcpAnswer};
use crate::hop::Hop;
use crate::logs::{Class, read_line};
use crate::scene::sample::{Sitting, bare_page, page, reply};

const UNIT: &str = "cloudflared.service";
const CONFIG: &str = "/etc/cloudflared/config.yml";

/// A machine of a tunnel.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    connector: ConnectorAnswer,
    unit: UnitSeen,
    lines: Vec<String>,
    service: Option<UpstreamAnswer>,
    known: Known,
    here: bool,
    visits: Visits,
}

#[derive(Debug, Clone)]
enum Visits {
    None,
    Get(u16),
    Say(Reply),
}

/// The site's configuration with this service.
fn config(service: &str) -> Config {
    let text = format!(
        "ingress:\n- hostname: shop.example.test\n  service: {service}\n- service: http_status:404\n"
    );
    connector::read_config(CONFIG, &text)
}

fn ingress(config: &Config) -> connector::Ingress {
    let from = IngressFrom::File { path: CONFIG.to_owned(), told: true };
    connector::look_up(config, from, "shop.example.test", "/")
}

impl Stage {
    /// It runs, is connected four times, and its service answers; visits get 502.
    pub(crate) fn connected() -> Stage {
        let started = "2026-11-20T11:50:00Z".parse().ok();
        let program = Program {
            pid: 700,
            name: "cloudflared".to_owned(),
            command: "/usr/bin/cloudflared tunnel run".to_owned(),
            user: "root".to_owned(),
            unit: Some(UNIT.to_owned()),
            container: None,
            since: started,
        };
        let answer = ConnectorAnswer {
            running: Some(program),
            unit: Some(UNIT.to_owned()),
            config: Some(ConfigFile {
                path: CONFIG.to_owned(),
                named: true,
                state: ConfigState::Read { problems: vec![] },
            }),
            ingress: Some(ingress(&config("http://127.0.0.1:8000"))),
            local: Some(Local {
                address: "127.0.0.1:20241".parse().unwrap(),
                from: LocalFrom::Listens,
                ready: Heard::Silent,
                metrics: Heard::Said(Counters::default()),
                diag: Heard::Silent,
            }),
            ..ConnectorAnswer::default()
        };
        let stage = Stage {
            connector: answer,
            unit: UnitSeen { started, since: started, ..UnitSeen::default() },
            lines: Vec::new(),
            service: Some(answers(reply(200))),
            known: Known::Told,
            here: true,
            visits: Visits::Get(502),
        };
        stage.unit("active", "running", "success").ready(4)
    }

    /// It runs and is not connected.
    pub(crate) fn unconnected() -> Stage {
        Stage::connected().ready(0).cut_off()
    }

    /// It does not run.
    pub(crate) fn stopped() -> Stage {
        let stage = Stage::connected().cut_off().unit("failed", "failed", "signal");
        stage.tune(|one| {
            one.running = None;
            one.local = None;
        })
    }

    /// No connector is on this machine.
    pub(crate) fn nothing_here() -> Stage {
        Stage { here: false, service: None, ..Stage::connected() }
    }

    pub(crate) fn tune(mut self, change: impl FnOnce(&mut ConnectorAnswer)) -> Stage {
        change(&mut self.connector);
        self
    }

    /// `/ready` and `/diag/tunnel` count this many.
    pub(crate) fn ready(self, connections: u32) -> Stage {
        self.tune(|one| {
            let local = one.local.as_mut().unwrap();
            let status = if connections > 0 { 200 } else { 503 };
            local.ready = Heard::Said(Ready { status, connections });
            let each = |index| Connection { index, quic: true, edge: "198.41.192.7".to_owned() };
            local.diag = Heard::Said(Diag {
                connections: (0..connections).map(each).collect(),
                ..Diag::default()
            });
        })
    }

    /// Its files name the tunnel of the site's record, and only its rules tell that it is the site's.
    pub(crate) fn of_the_record(self) -> Stage {
        let id = crate::scene::sample::TUNNEL.to_owned();
        self.found_by_its_rules().tune(|one| one.tunnel = Some(id))
    }

    pub(crate) fn over_http2(self) -> Stage {
        self.tune(|one| {
            if let Some(Local { diag: Heard::Said(diag), .. }) = &mut one.local {
                diag.connections.iter_mut().for_each(|one| one.quic = false);
            }
        })
    }

    /// Its own HTTP server does not answer.
    pub(crate) fn mute(self) -> Stage {
        self.tune(|one| {
            let local = one.local.as_mut().unwrap();
            (local.ready, local.metrics, local.diag) =
                (Heard::Silent, Heard::Silent, Heard::Silent);
        })
    }

    /// The edge refused to register it this often.
    pub(crate) fn refused(self, refused: u64) -> Stage {
        let counters = Counters { refused, ..Counters::default() };
        self.tune(|one| one.local.as_mut().unwrap().metrics = Heard::Said(counters))
    }

    /// Its rules are kept at Cloudflare.
    pub(crate) fn rules_unknown(self) -> Stage {
        self.tune(|one| one.ingress = None)
    }

    /// These are its rules.
    pub(crate) fn rules(self, yaml: &str) -> Stage {
        let config = connector::read_config(CONFIG, yaml);
        self.tune(|one| one.ingress = Some(ingress(&config)))
    }

    /// The site's rule leads to this service.
    pub(crate) fn leads_to(self, service: &str) -> Stage {
        self.tune(|one| one.ingress = Some(ingress(&config(service))))
    }

    /// Its configuration has a mistake that keeps it from starting.
    pub(crate) fn problem(self, says: &str) -> Stage {
        let problem = Problem { says: says.to_owned(), at: None, fatal: true, told: true };
        let state = ConfigState::Read { problems: vec![problem] };
        self.tune(|one| one.config.as_mut().unwrap().state = state)
    }

    pub(crate) fn unit(mut self, active: &str, sub: &str, result: &str) -> Stage {
        self.unit = UnitSeen {
            name: UNIT.to_owned(),
            load: "loaded".to_owned(),
            active: active.to_owned(),
            sub: sub.to_owned(),
            result: result.to_owned(),
            ..self.unit
        };
        self
    }

    /// systemd has had its unit in this state since then.
    pub(crate) fn down_since(mut self, time: &str) -> Stage {
        self.unit.since = time.parse().ok();
        self
    }

    /// Its journal has this line; one without a time is of 11:59:30.
    pub(crate) fn says(mut self, line: &str) -> Stage {
        self.lines.push(line.to_owned());
        self
    }

    /// Its service answers this.
    pub(crate) fn service(mut self, answer: UpstreamAnswer) -> Stage {
        self.service = Some(answer);
        self
    }

    /// Nobody told that this machine is the origin: its rules name the site.
    pub(crate) fn found_by_its_rules(mut self) -> Stage {
        self.known = Known::Connector;
        self
    }

    pub(crate) fn cut_off(self) -> Stage {
        self.gets(1033)
    }

    pub(crate) fn served(self) -> Stage {
        self.gets(200)
    }

    pub(crate) fn unvisited(mut self) -> Stage {
        self.visits = Visits::None;
        self
    }

    /// What visits get: a status, or 1033 for the page of that number.
    pub(crate) fn gets(mut self, status: u16) -> Stage {
        self.visits = Visits::Get(status);
        self
    }

    /// What visits get, passed on from behind the tunnel.
    pub(crate) fn gets_reply(mut self, reply: Reply) -> Stage {
        self.visits = Visits::Say(reply);
        self
    }

    pub(crate) fn sitting(self) -> Sitting {
        let mut sitting = Sitting::new().no_origin().on_origin(self.known);
        sitting = match self.visits {
            Visits::None => sitting,
            Visits::Get(1033) => sitting.visits(530, page(1033)),
            Visits::Get(200) => sitting.served(),
            Visits::Get(502) => sitting.visits(502, bare_page(502)),
            Visits::Get(status) => sitting.visits(status, page(status)),
            Visits::Say(reply) => (0..5)
                .fold(sitting, |s, _| s.visit(crate::scene::sample::visited(reply.clone(), None))),
        };
        if !self.here {
            return sitting;
        }
        let asked = ConnectorAsked {
            unit: Some(UNIT.to_owned()),
            pid: self.connector.running.as_ref().map(|program| program.pid),
        };
        if let (Some(rule), Some(answer)) = (self.connector.rule(), self.service) {
            let service = rule.service.as_ref();
            let asked = service.and_then(|to| to.asked(&rule.request, "shop.example.test", "/"));
            if let Some(asked) = asked {
                let question = HostQuestion::Upstream(asked);
                sitting = sitting.within(question, HostAnswer::Upstream(answer));
            }
        }
        let log = log(&self.lines);
        let source = LogSource::Journal { unit: UNIT.to_owned() };
        sitting
            .within(HostQuestion::Connector(asked), HostAnswer::Connector(Box::new(self.connector)))
            .within(
                HostQuestion::Unit { name: UNIT.to_owned(), part: Hop::Tunnel },
                HostAnswer::Unit(UnitAnswer::Known(Box::new(self.unit))),
            )
            .within(HostQuestion::Log { source, part: Hop::Tunnel }, HostAnswer::Log(log))
    }
}

/// The journal with these lines.
fn log(lines: &[String]) -> LogAnswer {
    let mut events = Vec::new();
    let mut classes: Vec<Counted> = Vec::new();
    for line in lines {
        let (_, event) = read_line(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
        let at = line.get(..20).and_then(|time| time.parse().ok());
        let at = at.or("2026-11-20T11:59:30Z".parse().ok());
        let (class, role) = (event.class, event.role);
        classes.push(Counted { class, role, count: 1, first: at, last: at });
        if class != Class::TunnelConnected {
            events.push(Kept { at, event });
        }
    }
    LogAnswer::Read(Box::new(LogSeen {
        dialect: Some("cloudflared".to_owned()),
        from: "2026-11-20T11:30:00Z".parse().unwrap(),
        is_whole: true,
        lines: u64::try_from(lines.len()).unwrap(),
        classes,
        events,
        tail: lines.to_vec(),
        visits_arrived: 0,
    }))
}

/// A service that nobody listens for.
pub(crate) fn refuses() -> UpstreamAnswer {
    UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, socket: None }
}

/// A service that replies this.
pub(crate) fn answers(reply: Reply) -> UpstreamAnswer {
    UpstreamAnswer::Http { http: Box::new(HttpAnswer::Replied(reply)) }
}

/// A service that HTTP was spoken with.
pub(crate) fn spoke(http: HttpAnswer) -> UpstreamAnswer {
    UpstreamAnswer::Http { http: Box::new(http) }
}
