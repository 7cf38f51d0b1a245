//! What one log line, or one traceback, says: when, what, about whom.
//!
//! An event holds what the line tells and nothing that had to be guessed; a field that the line
//! does not have is `None`. Texts are bounded and safe to print, and queries have lost their
//! values. It does not say whether an incident followed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::class::{Class, Role};
use super::scan;
use super::timestamp::Moment;
use crate::redact;

/// The meaning of a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEvent {
    /// When, as the line has it; `None` for lines without a time.
    pub at: Option<Moment>,
    /// What it means.
    pub class: Class,
    /// Whether it tells why.
    pub role: Role,
    /// Whom the proxy or the tunnel asked.
    pub upstream: Option<Upstream>,
    /// The site: the host that was asked for, else the proxy's name for it.
    pub host: Option<String>,
    /// Who asked, as the line has it: the edge, or the visitor where the proxy was told of them.
    pub client: Option<String>,
    /// The path of the request, without the values of its query.
    pub path: Option<String>,
    /// The status that was answered.
    pub status: Option<u16>,
    /// The Ray ID, with or without data centre.
    pub ray: Option<String>,
    /// The process that the line is about, else the one that wrote it.
    pub pid: Option<u32>,
    /// The unit or container.
    pub unit: Option<String>,
    /// What the line says, without what stands in the fields above and without the values of
    /// queries; some 400 bytes, one line.
    pub text: String,
    /// Whether it stands alone.
    #[serde(skip)]
    pub part: Part,
}

/// How a line belongs to its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// All is said.
    #[default]
    Whole,
    /// A later line says more: the head of a traceback.
    Opens,
    /// A traceback begins that may or may not have a head before it.
    Frames,
    /// Says more about an earlier line: the last line of a traceback.
    Adds,
}

impl LogEvent {
    /// An event with nothing but a meaning and a text.
    pub(super) fn new(class: Class, text: &[u8]) -> LogEvent {
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
            text: without_queries(scan::text(text)),
            part: Part::Whole,
        }
    }

    /// The same at this time.
    pub(super) fn at(self, moment: Moment) -> LogEvent {
        LogEvent { at: Some(moment), ..self }
    }

    /// The same in this role.
    pub(super) fn role(self, role: Role) -> LogEvent {
        LogEvent { role, ..self }
    }

    /// The same about or from this process.
    pub(super) fn pid(self, pid: Option<u32>) -> LogEvent {
        LogEvent { pid, ..self }
    }

    /// The same as a part of several lines.
    pub(super) fn part(self, part: Part) -> LogEvent {
        LogEvent { part, ..self }
    }

    /// Takes over what a later line says.
    pub(super) fn add(&mut self, more: LogEvent) {
        if !more.text.is_empty() {
            self.text = more.text;
        }
        self.upstream = self.upstream.take().or(more.upstream);
        self.host = self.host.take().or(more.host);
        self.client = self.client.take().or(more.client);
        self.path = self.path.take().or(more.path);
        // gunicorn ends a worker that took too long by an exception inside the request.
        if self.text == "SystemExit: 1" && self.class == Class::AppException {
            self.class = Class::AppWorkerTimeout;
            self.role = Role::Consequence;
        }
    }
}

/// The text with the values of queries taken out, wherever a request or an address is quoted.
fn without_queries(text: String) -> String {
    if !text.contains('?') {
        return text;
    }
    let words: Vec<String> = text
        .split(' ')
        .map(|word| if word.contains('?') { redact::query(word) } else { word.to_owned() })
        .collect();
    scan::text(words.join(" ").as_bytes())
}

/// Whom a proxy or a tunnel passes requests to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Upstream {
    /// `host:port`; the host is an address or a name.
    Tcp(String),
    /// The path of a Unix socket.
    Unix(String),
    /// The name of a group, a backend or a host without port.
    Name(String),
}

impl Upstream {
    /// Reads a peer as logs have it: `http://127.0.0.1:8000/cart`, `unix:/run/app.sock:/cart`,
    /// `fastcgi://unix:/run/php.sock:`, `app_backend`. `None` for `-` and nothing.
    pub(crate) fn read(peer: &[u8]) -> Option<Upstream> {
        let peer = scan::split(peer, "://").map_or(peer, |(_, rest)| rest);
        if let Some(path) = scan::strip(peer, "unix:") {
            return Some(Upstream::Unix(scan::text(socket_path(path))));
        }
        if peer.first() == Some(&b'/') {
            return Some(Upstream::Unix(scan::text(socket_path(peer))));
        }
        let authority = peer.split(|byte| *byte == b'/').next().unwrap_or_default();
        let name = scan::text(authority);
        let has_port = name.rsplit_once(':').is_some_and(|(host, port)| {
            let whole = !host.contains(':') || host.ends_with(']');
            whole && !host.is_empty() && port.parse::<u16>().is_ok()
        });
        match name.as_str() {
            "" | "-" => None,
            _ if has_port => Some(Upstream::Tcp(name)),
            _ => Some(Upstream::Name(name)),
        }
    }
}

/// The path up to the `:` that nginx puts before the request's path. On lines about timeouts that
/// mark is missing, and the path ends with `.sock`, if anything tells its end.
fn socket_path(path: &[u8]) -> &[u8] {
    if let Some((socket, _)) = scan::split(path, ":") {
        return socket;
    }
    match scan::find(path, ".sock/") {
        Some(at) => &path[..at + ".sock".len()],
        None => path,
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Upstream::Tcp(name) | Upstream::Name(name) => f.write_str(name),
            Upstream::Unix(path) => write!(f, "unix:{path}"),
        }
    }
}

impl Serialize for Upstream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Upstream {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Upstream, D::Error> {
        let written = String::deserialize(deserializer)?;
        Ok(match written.strip_prefix("unix:") {
            Some(path) => Upstream::Unix(path.to_owned()),
            None => Upstream::read(written.as_bytes()).unwrap_or(Upstream::Name(written)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_read_as_every_program_writes_them() {
        let tcp = |name: &str| Some(Upstream::Tcp(name.into()));
        let unix = |path: &str| Some(Upstream::Unix(path.into()));
        for (peer, upstream) in [
            ("http://127.0.0.1:8000/cart", tcp("127.0.0.1:8000")),
            ("127.0.0.1:8000", tcp("127.0.0.1:8000")),
            ("http://[::1]:8000/", tcp("[::1]:8000")),
            ("http://unix:/run/app.sock:/cart?i=1", unix("/run/app.sock")),
            ("fastcgi://unix:/run/php.sock:", unix("/run/php.sock")),
            ("fastcgi://unix:/run/php.sock", unix("/run/php.sock")),
            ("http://unix:/run/app.sock/cart", unix("/run/app.sock")),
            ("unix:/run/app.sock", unix("/run/app.sock")),
            ("http://app_backend/", Some(Upstream::Name("app_backend".into()))),
            ("http://app:8000", tcp("app:8000")),
            ("be_app/app1", Some(Upstream::Name("be_app".into()))),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(Upstream::read(peer.as_bytes()), upstream, "{peer}");
        }
    }
}
