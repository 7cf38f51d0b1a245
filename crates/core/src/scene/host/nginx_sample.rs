//! Sittings made up for tests, on an origin whose web server is nginx: its files as text, its
//! listeners, unit, upstreams and log lines, each in a word.
//!
//! The site is that of [`Sitting`]; log lines are real ones, read by the readers of logs.

use jiff::Timestamp;

use crate::evidence::host::{
    Door as SeenDoor, Ending, Kept, Known, Listener, Listeners, ListensAt, LogAnswer, LogSeen,
    LogSource, Program, ProxyKind, ProxySeen, Rehearsal, SocketFile, UnitAnswer, UnitSeen,
    UpstreamAnswer, UpstreamAsked,
};
use crate::evidence::{HostAnswer, HostQuestion, HttpAnswer, TcpAnswer};
use crate::hop::Hop;
use crate::logs::read_line;
use crate::proxy::nginx::{
    Ask, Config, Door, Files, Layout, Limits, Pass, PeerAddress, Peers, ReadError, Served, Speaks,
};
use crate::scene::sample::{NOON, Sitting, greeted, page, reply, silent};
use crate::target::{Scheme, SslMode};

/// The site's server with one upstream.
pub(crate) const SHOP: &str = "
    server { listen 443 ssl; server_name shop.example.test; ssl_certificate c; ssl_certificate_key k;
      location / { proxy_pass http://127.0.0.1:8000; } }
    server { listen 80; server_name shop.example.test; return 301 https://$host$request_uri; }";

/// The same with a Unix socket.
pub(crate) const BY_SOCKET: &str = "
    server { listen 443 ssl; server_name shop.example.test; ssl_certificate c; ssl_certificate_key k;
      location / { proxy_pass http://unix:/run/shop/shop.sock; } }";

/// The same with a group of two.
pub(crate) const GROUP: &str = "
    upstream shop { server 127.0.0.1:8000; server 127.0.0.1:8001; }
    server { listen 443 ssl; server_name shop.example.test; ssl_certificate c; ssl_certificate_key k;
      location / { proxy_pass http://shop; } }";

/// One file.
struct OneFile(String);

impl Files for OneFile {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, ReadError> {
        if path == "/etc/nginx/nginx.conf" {
            Ok(self.0.clone().into_bytes())
        } else {
            Err(ReadError::Missing)
        }
    }

    fn list(&mut self, _: &str) -> Result<Vec<String>, ReadError> {
        Err(ReadError::Missing)
    }
}

/// Reads what stands within `http`.
pub(crate) fn config(http: &str) -> Config {
    let layout = Layout { conf_path: "/etc/nginx/nginx.conf".to_owned(), ..Layout::default() };
    let text = format!("events {{}} http {{ {http} }}");
    Config::read(&mut OneFile(text), layout, &Limits::default())
}

fn served(config: &Config, port: u16) -> Option<Box<Served>> {
    let door = Door::Ip(format!("203.0.113.7:{port}").parse().unwrap());
    let ask = Ask { door, host: "shop.example.test".to_owned(), path: "/".to_owned() };
    config.serve(&ask).ok().map(Box::new)
}

/// A web server as its files say, for the site.
pub(crate) fn proxy_seen(http: &str, runs: bool) -> ProxySeen {
    let config = config(http);
    let doors: Vec<SeenDoor> = [(Scheme::Https, 443), (Scheme::Http, 80), (Scheme::Http, 8080)]
        .into_iter()
        .map(|(scheme, port)| SeenDoor { scheme, port, served: served(&config, port) })
        .collect();
    let mut upstreams: Vec<PeerAddress> = Vec::new();
    let passes = doors.iter().filter_map(|door| door.served.as_ref()).flat_map(|one| one.passes());
    for address in passes.flat_map(|(_, pass)| pass.peers.addresses()) {
        if !upstreams.contains(address) {
            upstreams.push(address.clone());
        }
    }
    ProxySeen {
        version: Some("1.22.1".to_owned()),
        unit: Some("nginx.service".to_owned()),
        running: runs.then(|| program("nginx")),
        config: "/etc/nginx/nginx.conf".to_owned(),
        is_whole: true,
        names_site: !config.named("shop.example.test").is_empty(),
        doors,
        upstreams,
        error_logs: vec!["/var/log/nginx/error.log".to_owned()],
        access_logs: vec!["/var/log/nginx/access.log".to_owned()],
        process: Some(config.process()),
        ..ProxySeen::of(ProxyKind::Nginx)
    }
}

pub(crate) fn program(name: &str) -> Program {
    Program {
        pid: 700 + u32::try_from(name.len()).unwrap(),
        name: name.to_owned(),
        command: name.to_owned(),
        user: "root".to_owned(),
        unit: Some(format!("{name}.service")),
        container: None,
        since: None,
    }
}

/// `0.0.0.0:443 nginx`, `unix:/run/shop.sock gunicorn`; with `full` behind it its queue is full.
fn listener(text: &str) -> Listener {
    let mut words = text.split(' ');
    let at = words.next().unwrap();
    let at = match at.strip_prefix("unix:") {
        Some(path) => ListensAt::Unix { path: path.to_owned() },
        None => ListensAt::Tcp {
            address: at.trim_end_matches('!').parse().unwrap(),
            only_v6: at.ends_with('!'),
        },
    };
    let program = words.next().filter(|name| *name != "-").map(program);
    let waiting = if words.next() == Some("full") { 512 } else { 0 };
    Listener { at, program, waiting, queue: 511 }
}

/// A reply of the app.
pub(crate) fn replies(status: u16) -> UpstreamAnswer {
    UpstreamAnswer::Http { http: Box::new(HttpAnswer::Replied(reply(status))) }
}

/// An answer of HTTP that is no reply.
pub(crate) fn answers(http: HttpAnswer) -> UpstreamAnswer {
    UpstreamAnswer::Http { http: Box::new(http) }
}

pub(crate) fn refuses() -> UpstreamAnswer {
    UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, socket: None }
}

pub(crate) fn no_socket() -> UpstreamAnswer {
    UpstreamAnswer::SocketMissing { up_to: "/run/shop".to_owned() }
}

pub(crate) fn forbidden() -> UpstreamAnswer {
    let at = SocketFile {
        path: "/run/shop/shop.sock".to_owned(),
        owner: "shop".to_owned(),
        group: "shop".to_owned(),
        mode: 0o660,
    };
    UpstreamAnswer::SocketForbidden { at, user: "www-data".to_owned() }
}

/// A peer as configurations write it.
pub(crate) fn peer(text: &str) -> PeerAddress {
    if let Some(path) = text.strip_prefix("unix:") {
        return PeerAddress::Unix(path.to_owned());
    }
    match text.parse() {
        Ok(address) => PeerAddress::Ip(address),
        Err(_) => {
            let (host, port) = text.rsplit_once(':').unwrap();
            PeerAddress::Name { host: host.to_owned(), port: port.parse().unwrap() }
        }
    }
}

/// A line of nginx's error log about a request for the site: `MESSAGE while ACTION`, and whom.
pub(crate) fn line(message: &str, upstream: &str) -> String {
    format!(
        "2026/11/20 12:00:00 [error] 710#710: *7 {message}, client: 172.68.0.1, server: \
         shop.example.test, request: \"GET / HTTP/1.1\", upstream: \"{upstream}\", host: \
         \"shop.example.test\""
    )
}

impl Sitting {
    /// Visits get a 502 of the origin's, which a direct request gets as well; the site is known to
    /// be this machine's.
    pub(crate) fn gateway_fails(status: u16) -> Sitting {
        Sitting::new()
            .mode(SslMode::Strict)
            .visits(status, page(status))
            .tcp(TcpAnswer::Accepted)
            .tls(greeted(vec![]))
            .replies(status)
            .on_origin(Known::Told)
    }

    /// Visits are told that nobody accepts connections.
    pub(crate) fn door_closed() -> Sitting {
        Sitting::new()
            .mode(SslMode::Strict)
            .visits(521, page(521))
            .tcp(TcpAnswer::Refused)
            .unreached(Hop::Net)
            .on_origin(Known::Told)
    }

    /// Visits are told that connecting took too long.
    pub(crate) fn door_silent() -> Sitting {
        Sitting::new()
            .mode(SslMode::Strict)
            .visits(522, page(522))
            .tcp(silent())
            .unreached(Hop::Net)
            .on_origin(Known::Told)
    }

    /// All is well.
    pub(crate) fn well_within() -> Sitting {
        Sitting::healthy().on_origin(Known::Told)
    }

    pub(crate) fn nginx(self, http: &str) -> Sitting {
        self.with_proxy(proxy_seen(http, true))
    }

    pub(crate) fn nginx_down(self, http: &str) -> Sitting {
        self.with_proxy(proxy_seen(http, false))
    }

    pub(crate) fn with_proxy(self, proxy: ProxySeen) -> Sitting {
        let question = HostQuestion::Proxy { kind: proxy.kind };
        self.within(question, HostAnswer::Proxy(Box::new(proxy)))
    }

    pub(crate) fn rehearsed(self, rehearsal: Rehearsal) -> Sitting {
        let question = HostQuestion::Rehearsal { kind: ProxyKind::Nginx };
        self.within(question, HostAnswer::Rehearsal(rehearsal))
    }

    /// What these sockets are: `0.0.0.0:443 nginx`.
    pub(crate) fn sockets(self, sockets: &[&str]) -> Sitting {
        let listeners = Listeners {
            sockets: sockets.iter().map(|text| listener(text)).collect(),
            owners_seen: true,
            overflows_before: Some(3),
            overflows_after: Some(3),
        };
        self.within(HostQuestion::Listeners, HostAnswer::Listeners(listeners))
    }

    /// What the upstream at `to` answers to the web server's question.
    pub(crate) fn peer_answers(self, to: &str, answer: UpstreamAnswer) -> Sitting {
        self.asked_by(Hop::Proxy, to, Speaks::Http, answer)
    }

    /// What the tunnel's service answers.
    pub(crate) fn service(self, to: &str, answer: UpstreamAnswer) -> Sitting {
        self.asked_by(Hop::Tunnel, to, Speaks::Http, answer)
    }

    pub(crate) fn asked_by(
        self,
        by: Hop,
        to: &str,
        speaks: Speaks,
        answer: UpstreamAnswer,
    ) -> Sitting {
        let asked = UpstreamAsked {
            by,
            to: peer(to),
            speaks,
            host: Some("shop.example.test".to_owned()),
            path: "/".to_owned(),
            sni: None,
            verifies: false,
            as_user: Some("www-data".to_owned()),
        };
        self.within(HostQuestion::Upstream(asked), HostAnswer::Upstream(answer))
    }

    /// A unit: `failed`, `inactive`, `active`.
    pub(crate) fn unit_is(self, name: &str, part: Hop, active: &str) -> Sitting {
        let at: Timestamp = "2026-11-20T11:48:00Z".parse().unwrap();
        let failed = active == "failed";
        let unit = UnitSeen {
            name: name.to_owned(),
            load: "loaded".to_owned(),
            active: active.to_owned(),
            sub: if active == "active" { "running" } else { active }.to_owned(),
            result: if failed { "exit-code" } else { "success" }.to_owned(),
            ended: failed.then_some(Ending::Exited { status: 1, at: Some(at) }),
            since: Some(at),
            enabled: Some("enabled".to_owned()),
            ..UnitSeen::default()
        };
        let question = HostQuestion::Unit { name: name.to_owned(), part };
        self.within(question, HostAnswer::Unit(UnitAnswer::Known(Box::new(unit))))
    }

    /// Lines of nginx's error log, written now.
    pub(crate) fn error_log(self, lines: &[String]) -> Sitting {
        self.error_log_at(NOON, lines)
    }

    pub(crate) fn error_log_at(self, at: &str, lines: &[String]) -> Sitting {
        let source = LogSource::File { path: "/var/log/nginx/error.log".to_owned() };
        self.wrote(source, Hop::Proxy, at, lines)
    }

    pub(crate) fn wrote(self, source: LogSource, part: Hop, at: &str, lines: &[String]) -> Sitting {
        let at: Timestamp = at.parse().unwrap();
        let events = lines
            .iter()
            .map(|line| {
                let (_, event) = read_line(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
                Kept { at: Some(at), event }
            })
            .collect();
        let seen = LogSeen {
            dialect: Some("nginx-error".to_owned()),
            from: "2026-11-20T11:30:00Z".parse().unwrap(),
            is_whole: true,
            lines: lines.len() as u64,
            classes: Vec::new(),
            events,
            tail: Vec::new(),
            visits_arrived: 0,
        };
        let question = HostQuestion::Log { source, part };
        self.within(question, HostAnswer::Log(LogAnswer::Read(Box::new(seen))))
    }
}

#[test]
fn the_sample_configurations_lead_where_they_say() {
    for (text, count) in [(SHOP, 1), (BY_SOCKET, 1), (GROUP, 2)] {
        let seen = proxy_seen(text, true);
        assert!(seen.names_site);
        assert_eq!(seen.upstreams.len(), count, "{:?}", seen.upstreams);
        let served = seen.doors[0].served.as_ref().unwrap();
        assert!(served.is_certain());
        let pass: &Pass = served.passes().next().unwrap().1;
        assert_eq!(pass.speaks, Speaks::Http);
        assert!(!matches!(pass.peers, Peers::Unknown { .. }));
    }
}
