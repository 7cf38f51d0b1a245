//! What is in force at a place: settings of the innermost level that states them.
//!
//! Levels are `main`, `http`, the server, its locations, an `if` that held. Settings that may stand
//! several times (`error_log`, `allow`, `proxy_set_header` …) replace those of the outer levels, all
//! of them, as nginx does. Defaults are those of the manual (nginx.org, read through the sources of
//! 1.22.1); where they changed between versions, an unstated setting is told as absent.

use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::load::{absolute, parent};
use super::pattern::Truth;
use super::tree::{Children, Directive};
use super::values;
use crate::proxy::{At, Stated};

/// Entries of a list that are kept.
const KEPT: usize = 1000;

/// The levels that a place lies in, outermost first.
#[derive(Clone)]
pub(super) struct Levels<'t> {
    levels: Vec<Rc<Level<'t>>>,
    pub(super) layout: &'t Layout,
}

type Level<'t> = HashMap<&'t str, Vec<Directive<'t>>>;

fn level<'t>(directives: Children<'t>) -> Rc<Level<'t>> {
    let mut level = Level::new();
    // Blocks are levels of their own.
    for directive in directives.filter(|directive| !directive.is_block()) {
        level.entry(directive.name()).or_default().push(directive);
    }
    Rc::new(level)
}

impl<'t> Levels<'t> {
    /// The outermost level, and these blocks within it.
    pub(super) fn new(
        layout: &'t Layout,
        top: Children<'t>,
        blocks: impl IntoIterator<Item = Directive<'t>>,
    ) -> Self {
        Levels { levels: vec![level(top)], layout }.with(blocks)
    }

    /// Further in.
    pub(super) fn with(&self, blocks: impl IntoIterator<Item = Directive<'t>>) -> Self {
        let mut inner = self.clone();
        inner.levels.extend(blocks.into_iter().map(|block| level(block.children())));
        inner
    }

    /// All of the innermost level that has any.
    pub(super) fn all(&self, name: &str) -> &[Directive<'t>] {
        self.levels.iter().rev().find_map(|level| level.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The one in force.
    pub(super) fn one(&self, name: &str) -> Option<Directive<'t>> {
        self.all(name).first().copied()
    }

    /// The one in force, read; what cannot be read counts as not stated.
    pub(super) fn read<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Stated<T>> {
        let directive = self.one(name)?;
        Some(Stated { value: read(directive.arg(0))?, at: Some(directive.at()) })
    }

    pub(super) fn time(&self, name: &str, default_s: u64) -> Stated<Duration> {
        let default = || Stated::default_of(Duration::from_secs(default_s));
        self.read(name, values::time).unwrap_or_else(default)
    }

    pub(super) fn size(&self, name: &str, default: u64) -> Stated<u64> {
        self.read(name, values::size).unwrap_or_else(|| Stated::default_of(default))
    }

    pub(super) fn switch(&self, name: &str, default: bool) -> Stated<bool> {
        self.read(name, values::switch).unwrap_or_else(|| Stated::default_of(default))
    }

    pub(super) fn text(&self, name: &str) -> Option<Stated<String>> {
        self.read(name, |text| Some(text.to_owned()))
    }

    /// All arguments of the one in force.
    pub(super) fn words(&self, name: &str) -> Option<Stated<Vec<String>>> {
        let directive = self.one(name)?;
        let value = directive.args().take(KEPT).map(str::to_owned).collect();
        Some(Stated { value, at: Some(directive.at()) })
    }

    /// A number and a size, as of `proxy_buffers 8 4k`.
    pub(super) fn buffers(&self, name: &str, default: (u64, u64)) -> Stated<(u64, u64)> {
        let read = |directive: Directive<'_>| {
            let value = (directive.arg(0).parse().ok()?, values::size(directive.arg(1))?);
            Some(Stated { value, at: Some(directive.at()) })
        };
        self.one(name).and_then(read).unwrap_or_else(|| Stated::default_of(default))
    }

    /// A path that is relative to the folder of the main file.
    pub(super) fn conf_path(&self, name: &str) -> Option<Stated<String>> {
        let folder = parent(&self.layout.conf_path);
        self.read(name, |path| (!path.is_empty()).then(|| absolute(folder, path)))
    }
}

/// What visitors are greeted with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTls {
    /// Certificate files with their keys, absolute; one of each kind of key.
    pub certificates: Vec<Certificate>,
    /// The protocols, if stated. Before nginx 1.27 those of the socket's default server hold for all
    /// servers on it.
    pub protocols: Option<Stated<Vec<String>>>,
    /// The ciphers, if stated.
    pub ciphers: Option<Stated<String>>,
    /// `on`, `off`, `optional` or `optional_no_ca`: whether visitors must show a certificate.
    pub verify_client: Stated<String>,
    /// The file with the authorities of those certificates.
    pub client_certificate: Option<Stated<String>>,
    /// Whether every handshake is refused.
    pub reject_handshake: Stated<bool>,
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The file; `data:` and `engine:` as written, without what follows. Variables stay.
    pub certificate: Stated<String>,
    /// The file of its key; absent if there is none, and nginx does not start.
    pub key: Option<Stated<String>>,
}

impl ServerTls {
    pub(super) fn of(levels: &Levels<'_>) -> Self {
        let folder = parent(&levels.layout.conf_path);
        let path = |directive: &Directive<'_>| {
            let text = directive.arg(0);
            let value = match ["data:", "engine:"].iter().find(|start| text.starts_with(**start)) {
                // What follows is the key itself, or a name of the engine's.
                Some(start) => (*start).to_owned(),
                None => absolute(folder, text),
            };
            Stated { value, at: Some(directive.at()) }
        };
        let keys = levels.all("ssl_certificate_key");
        let certificates = levels.all("ssl_certificate").iter().take(KEPT).enumerate();
        let verify = levels.text("ssl_verify_client");
        ServerTls {
            certificates: certificates
                .map(|(number, directive)| Certificate {
                    certificate: path(directive),
                    key: keys.get(number).map(path),
                })
                .collect(),
            protocols: levels.words("ssl_protocols"),
            ciphers: levels.text("ssl_ciphers"),
            verify_client: verify.unwrap_or_else(|| Stated::default_of("off".to_owned())),
            client_certificate: levels.conf_path("ssl_client_certificate"),
            reject_handshake: levels.switch("ssl_reject_handshake", false),
        }
    }
}

/// Who may come to a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// `allow` and `deny`, in order; the first that fits decides, and nothing fitting allows.
    pub rules: Vec<Rule>,
    /// Whether any one of the checks is enough (`satisfy any`).
    pub any_is_enough: Option<Stated<bool>>,
    /// A password is asked for; the realm.
    pub password: Option<Stated<String>>,
    /// Another request decides (`auth_request`): its path.
    pub asks: Option<Stated<String>>,
    /// Whose headers are believed about the visitor's address (`set_real_ip_from`).
    pub believes: Vec<Stated<String>>,
    /// Which header that is.
    pub address_header: Option<Stated<String>>,
    /// `limit_req` and `limit_conn`, as written.
    pub limits: Vec<Stated<String>>,
}

/// An `allow` or `deny`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which of the two.
    pub allows: bool,
    /// `all`, `unix:`, an address or a network, as written.
    pub who: String,
    /// Where.
    pub at: At,
}

/// What the rules say of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling<'a> {
    /// By this rule, or by none.
    Allowed(Option<&'a Rule>),
    /// By this rule: 403.
    Denied(&'a Rule),
    /// This rule names something that cannot be compared.
    Unclear(&'a Rule),
}

impl Access {
    /// What `allow` and `deny` say of an address. It is the visitor's if a header about it is
    /// believed, and the peer's if not.
    #[must_use]
    pub fn rules_on(&self, address: IpAddr) -> Ruling<'_> {
        for rule in &self.rules {
            match fits(&rule.who, address) {
                Truth::No => {}
                Truth::Unclear => return Ruling::Unclear(rule),
                Truth::Yes if rule.allows => return Ruling::Allowed(Some(rule)),
                Truth::Yes => return Ruling::Denied(rule),
            }
        }
        Ruling::Allowed(None)
    }

    pub(super) fn of(levels: &Levels<'_>) -> Self {
        // Both kinds make one list, of the innermost level that has either.
        let level =
            levels.levels.iter().rev().find(|l| l.contains_key("allow") || l.contains_key("deny"));
        let of = |name| level.and_then(|level| level.get(name)).map_or(&[][..], Vec::as_slice);
        let mut rules: Vec<_> = of("allow").iter().chain(of("deny")).collect();
        rules.sort_unstable_by_key(|rule| rule.id());
        let stated = |directive: &Directive<'_>, value| Stated { value, at: Some(directive.at()) };
        let as_written = |directive: &Directive<'_>| {
            let words: Vec<&str> = directive.args().collect();
            stated(directive, format!("{} {}", directive.name(), words.join(" ")))
        };
        let limits = levels.all("limit_req").iter().chain(levels.all("limit_conn"));
        let password = levels.text("auth_basic").filter(|realm| realm.value != "off");
        Access {
            rules: rules
                .into_iter()
                .take(KEPT)
                .map(|rule| Rule {
                    allows: rule.name() == "allow",
                    who: rule.arg(0).to_owned(),
                    at: rule.at(),
                })
                .collect(),
            any_is_enough: levels.read("satisfy", |text| Some(text == "any")),
            password,
            asks: levels.text("auth_request").filter(|path| path.value != "off"),
            believes: levels
                .all("set_real_ip_from")
                .iter()
                .take(KEPT)
                .map(|directive| stated(directive, directive.arg(0).to_owned()))
                .collect(),
            address_header: levels.text("real_ip_header"),
            limits: limits.take(KEPT).map(as_written).collect(),
        }
    }
}

fn fits(who: &str, address: IpAddr) -> Truth {
    let address = address.to_canonical();
    if who == "all" {
        return Truth::Yes;
    }
    if who == "unix:" {
        return Truth::No;
    }
    let net = who.parse::<IpNet>().or_else(|_| who.parse::<IpAddr>().map(IpNet::from));
    net.map_or(Truth::Unclear, |net| net.contains(&address).into())
}

/// Limits on the visitor's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Bytes that a body may have: 413 beyond; 0 is without limit.
    pub max_body_size: Stated<u64>,
    /// How long the head may take to come.
    pub header_timeout: Stated<Duration>,
    /// How long may lie between two reads of the body.
    pub body_timeout: Stated<Duration>,
    /// How long may lie between two writes.
    pub send_timeout: Stated<Duration>,
    /// How long an idle connection is kept.
    pub keepalive_timeout: Stated<Duration>,
    /// Requests that one connection may carry.
    pub keepalive_requests: Stated<u64>,
    /// Number and bytes of the buffers for long heads: 400 or 414 beyond. Without TLS, those of the
    /// socket's default server hold, since the host stands in the head.
    pub large_header_buffers: Stated<(u64, u64)>,
}

impl Client {
    pub(super) fn of(levels: &Levels<'_>) -> Self {
        Client {
            max_body_size: levels.size("client_max_body_size", 1 << 20),
            header_timeout: levels.time("client_header_timeout", 60),
            body_timeout: levels.time("client_body_timeout", 60),
            send_timeout: levels.time("send_timeout", 60),
            keepalive_timeout: levels.time("keepalive_timeout", 75),
            keepalive_requests: levels
                .read("keepalive_requests", |text| text.parse().ok())
                .unwrap_or_else(|| Stated::default_of(1000)),
            large_header_buffers: levels.buffers("large_client_header_buffers", (4, 8192)),
        }
    }
}

/// Where requests and errors are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logs {
    /// Error logs; never empty.
    pub errors: Vec<ErrorLog>,
    /// Access logs; empty if there are none.
    pub accesses: Vec<AccessLog>,
}

/// An error log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorLog {
    /// An absolute path, `stderr`, or `syslog:…` and `memory:…` as written.
    pub path: Stated<String>,
    /// What is written at least: `error` if nothing is stated.
    pub level: String,
}

/// An access log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLog {
    /// An absolute path, perhaps with variables, or `syslog:…` as written.
    pub path: Stated<String>,
    /// The name of its format.
    pub format: String,
    /// The format itself, if it is not one of nginx's own.
    pub form: Option<Stated<String>>,
    /// Only requests for which this holds are written down.
    pub only_if: Option<String>,
}

impl Logs {
    pub(super) fn of(levels: &Levels<'_>) -> Self {
        let path = |text: &str| {
            let special =
                text == "stderr" || text.starts_with("syslog:") || text.starts_with("memory:");
            if special { text.to_owned() } else { absolute(&levels.layout.prefix, text) }
        };
        let mut errors: Vec<ErrorLog> = levels
            .all("error_log")
            .iter()
            .take(KEPT)
            .map(|directive| ErrorLog {
                path: Stated { value: path(directive.arg(0)), at: Some(directive.at()) },
                level: directive.args().nth(1).unwrap_or("error").to_owned(),
            })
            .collect();
        if errors.is_empty() {
            let path = Stated::default_of(levels.layout.error_log.clone());
            errors.push(ErrorLog { path, level: "error".to_owned() });
        }
        let stated = levels.all("access_log");
        let mut accesses: Vec<AccessLog> = stated
            .iter()
            .filter(|directive| directive.arg(0) != "off")
            .take(KEPT)
            .map(|directive| access_log(levels, *directive, path(directive.arg(0))))
            .collect();
        if stated.is_empty() {
            accesses.push(AccessLog {
                path: Stated::default_of(levels.layout.access_log.clone()),
                format: "combined".to_owned(),
                form: None,
                only_if: None,
            });
        }
        Logs { errors, accesses }
    }
}

fn access_log(levels: &Levels<'_>, directive: Directive<'_>, path: String) -> AccessLog {
    let is_option = |text: &&str| {
        ["if=", "gzip", "buffer=", "flush="].iter().any(|option| text.starts_with(option))
    };
    let format = directive.args().nth(1).filter(|text| !is_option(text)).unwrap_or("combined");
    let form = levels.all("log_format").iter().find(|known| known.arg(0) == format).map(|known| {
        let words = known.args().skip(1).filter(|text| !text.starts_with("escape="));
        Stated { value: words.collect(), at: Some(known.at()) }
    });
    AccessLog {
        path: Stated { value: path, at: Some(directive.at()) },
        format: format.to_owned(),
        form,
        only_if: directive.args().find_map(|text| text.strip_prefix("if=")).map(str::to_owned),
    }
}

/// What is told in place of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorPage {
    /// The statuses that it is for.
    pub statuses: Vec<u16>,
    /// The status that is told; absent if it stays, or if the page's own is told (`=`).
    pub tells: Option<u16>,
    /// A path, a named location or a URL, as written.
    pub page: String,
    /// Where.
    pub at: At,
}

impl ErrorPage {
    pub(super) fn of(levels: &Levels<'_>) -> Vec<Self> {
        let read = |directive: &Directive<'_>| {
            let page = directive.args().next_back()?.to_owned();
            Some(ErrorPage {
                statuses: directive.args().filter_map(|word| word.parse().ok()).collect(),
                tells: directive.args().find_map(|word| word.strip_prefix('=')?.parse().ok()),
                page,
                at: directive.at(),
            })
        };
        levels.all("error_page").iter().take(KEPT).filter_map(read).collect()
    }
}

/// What holds for the whole of nginx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The user that the workers run as.
    pub user: Stated<String>,
    /// Its group, if stated; the user's name if not.
    pub group: Option<String>,
    /// The file with the master's number, absolute.
    pub pid: Stated<String>,
    /// A number or `auto`.
    pub workers: Stated<String>,
    /// Connections that a worker may have, to visitors and to upstreams together.
    pub worker_connections: Stated<u64>,
    /// Open files that a worker may have; absent if the service's limit holds.
    pub worker_files: Option<Stated<u64>>,
    /// Where nginx itself writes errors down.
    pub errors: Vec<ErrorLog>,
}

impl Process {
    /// Read from the outermost level, and from that of `events`.
    pub(super) fn of(main: &Levels<'_>, events: &Levels<'_>) -> Self {
        let layout = main.layout;
        let pid = main.read("pid", |path| Some(absolute(&layout.prefix, path)));
        Process {
            user: main.text("user").unwrap_or_else(|| Stated::default_of(layout.user.clone())),
            group: main.one("user").and_then(|user| user.args().nth(1)).map(str::to_owned),
            pid: pid.unwrap_or_else(|| Stated::default_of(layout.pid.clone())),
            workers: main
                .text("worker_processes")
                .unwrap_or_else(|| Stated::default_of("1".to_owned())),
            worker_connections: events
                .read("worker_connections", |text| text.parse().ok())
                .unwrap_or_else(|| Stated::default_of(512)),
            worker_files: main.read("worker_rlimit_nofile", |text| text.parse().ok()),
            errors: Logs::of(main).errors,
        }
    }
}
