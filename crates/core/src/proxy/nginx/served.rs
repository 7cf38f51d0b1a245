//! What is told about a request: the server and location that answer, where that leads, and what is
//! in force there. Every statement has the file and line that it stands on.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::listen::Listener;
use super::names::ChosenBy;
use super::settings::{Access, Client, ErrorPage, Logs, ServerTls};
use crate::proxy::{At, Note, Stated};

/// A server or location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// A server's first name, or a location with its modifier: `^~ /static/`; may be empty.
    pub label: String,
    /// Where it begins.
    pub at: At,
}

/// What must hold for a request to take a route; neither the configuration nor the request as it
/// was asked about tells whether it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// A sentence without its end: "`~ ^/(?!x)` matches the path".
    pub text: String,
    /// What asks for it.
    pub at: At,
}

/// A server that may answer in place of the one that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// The server.
    pub server: Block,
    /// Its regular expression, which only PCRE can match.
    pub name: String,
    /// The `server_name`.
    pub at: At,
}

/// What nginx does with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The socket that takes the connection.
    pub listener: Listener,
    /// The server that answers.
    pub server: Block,
    /// Why it is this one.
    pub by: ChosenBy,
    /// The `server_name` that decided.
    pub name_at: Option<At>,
    /// Servers that may come first; usually none.
    pub rivals: Vec<Rival>,
    /// What visitors are greeted with, if the socket speaks TLS.
    pub tls: Option<ServerTls>,
    /// The ways that the request may take, the likeliest first; never empty, at most 24. If there
    /// is one with nothing `given`, it is certain.
    pub routes: Vec<Route>,
    /// What a reader should know.
    pub notes: Vec<Note>,
}

impl Served {
    /// The route that is certain, or the likeliest.
    #[must_use]
    pub fn route(&self) -> Option<&Route> {
        self.routes.first()
    }

    /// Whether it is certain which server and location answer and where that leads.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.rivals.is_empty() && matches!(self.routes.as_slice(), [only] if only.given.is_empty())
    }

    /// Every upstream that the request may be handed to, with the route.
    pub fn passes(&self) -> impl Iterator<Item = (&Route, &Pass)> {
        self.routes.iter().filter_map(|route| match &route.leads_to {
            LeadsTo::Pass(pass) => Some((route, pass.as_ref())),
            _ => None,
        })
    }
}

/// One way through the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// What must hold for this way to be taken; empty if nothing must.
    pub given: Vec<Given>,
    /// Locations that the request was in before, by `rewrite`, `try_files` or `index`, in order.
    pub through: Vec<Block>,
    /// The location that answers; absent if the server itself does.
    pub location: Option<Block>,
    /// The path as the location sees it, decoded; it may have been rewritten.
    pub path: String,
    /// Where it leads.
    pub leads_to: LeadsTo,
    /// Who may come here. `return` and `rewrite` answer before this is asked.
    pub access: Access,
    /// Limits on the visitor's side.
    pub client: Client,
    /// Where it is written down.
    pub logs: Logs,
    /// What visitors are told in place of errors.
    pub error_pages: Vec<ErrorPage>,
    /// What a reader should know.
    pub notes: Vec<Note>,
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeadsTo {
    /// To an upstream.
    Pass(Box<Pass>),
    /// To files of the host.
    Files {
        /// `root` or `alias`, absolute; its variables are filled in where they are known.
        folder: Stated<String>,
    },
    /// nginx answers by itself.
    Returns {
        /// The status.
        status: u16,
        /// The text, or where a redirect points; at most 200 characters, as far as it is known.
        text: Option<String>,
        /// What says so.
        at: At,
    },
    /// nginx closes the connection without an answer (`return 444`): the edge tells a 520.
    Closes {
        /// What says so.
        at: At,
    },
    /// A module answers that is not looked into (Lua, Perl, njs, `stub_status` …), or a step
    /// depends on what only the request tells.
    Unknown {
        /// The directive as a reader knows it, or what is not known.
        what: String,
        /// Where.
        at: At,
    },
    /// nginx has no answer and says 404, 500 or refuses to start; the text says why.
    Stuck {
        /// A sentence without its end.
        why: String,
        /// Where.
        at: At,
    },
}

/// What is spoken with an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaks {
    /// `proxy_pass http://`
    Http,
    /// `proxy_pass https://`
    Https,
    /// `fastcgi_pass`
    Fastcgi,
    /// `uwsgi_pass`
    Uwsgi,
    /// `uwsgi_pass suwsgi://`
    Suwsgi,
    /// `scgi_pass`
    Scgi,
    /// `grpc_pass grpc://`
    Grpc,
    /// `grpc_pass grpcs://`
    Grpcs,
    /// `memcached_pass`
    Memcached,
}

impl Speaks {
    /// Whether TLS is spoken.
    #[must_use]
    pub fn tls(self) -> bool {
        matches!(self, Speaks::Https | Speaks::Suwsgi | Speaks::Grpcs)
    }
}

/// A hand-over to an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// The protocol.
    pub speaks: Speaks,
    /// The target as written.
    pub written: String,
    /// The directive.
    pub at: At,
    /// Whom it is handed to.
    pub peers: Peers,
    /// The path that the upstream is asked for, with its query; absent if it cannot be told, or if
    /// the protocol has none.
    pub path: Option<String>,
    /// The Host (or `:authority`) that the upstream gets; absent where the protocol has none or
    /// only the request tells. FastCGI and its like get it in `HTTP_HOST`.
    pub host: Option<Stated<String>>,
    /// The file that a FastCGI upstream is told to run (`fastcgi_param SCRIPT_FILENAME`), absolute;
    /// absent if none is stated, or only the request tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Stated<String>>,
    /// How TLS is spoken with it, if it is.
    pub tls: Option<UpstreamTls>,
    /// What is in force.
    pub limits: PassLimits,
}

/// Whom a request is handed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peers {
    /// This one, named in the directive itself.
    One(PeerAddress),
    /// Those of an `upstream` block.
    Group(Group),
    /// Only the request tells, for these variables are in it.
    Unknown {
        /// `$backend`, each once.
        variables: Vec<String>,
    },
}

impl Peers {
    /// Every address that may be dialled, in the order written.
    #[must_use]
    pub fn addresses(&self) -> Vec<&PeerAddress> {
        match self {
            Peers::One(address) => vec![address],
            Peers::Group(group) => group.members.iter().map(|member| &member.address).collect(),
            Peers::Unknown { .. } => Vec::new(),
        }
    }
}

/// An `upstream` block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub at: At,
    /// Its servers, in order; at most 1,000.
    pub members: Vec<Member>,
    /// Idle connections that each worker keeps.
    pub keepalive: Option<Stated<u64>>,
    /// How one is picked: `ip_hash`, `least_conn` …; in turn if nothing is stated.
    pub balance: Option<Stated<String>>,
}

/// A `server` of an `upstream`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Where it is.
    pub address: PeerAddress,
    /// The directive.
    pub at: At,
    /// Its share.
    pub weight: u64,
    /// Marked as down: never asked.
    pub down: bool,
    /// Asked only if the others do not answer.
    pub backup: bool,
    /// Failures within `fail_timeout` that take it out; 0 never does.
    pub max_fails: u64,
    /// How long it is out.
    pub fail_timeout: Duration,
}

/// Where an upstream is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeerAddress {
    /// An address and a port.
    Ip(SocketAddr),
    /// A name that nginx resolves when it starts, or when it is asked if `resolver` is set.
    Name {
        /// The name.
        host: String,
        /// The port.
        port: u16,
    },
    /// A socket in the file system, absolute.
    Unix(String),
}

impl std::fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PeerAddress::Ip(address) => address.fmt(f),
            PeerAddress::Name { host, port } => write!(f, "{host}:{port}"),
            PeerAddress::Unix(path) => write!(f, "unix:{path}"),
        }
    }
}

/// How TLS is spoken with an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamTls {
    /// The name in the hello; absent if none is sent (nginx sends none unless told to).
    pub sni: Option<String>,
    /// Whether a name is sent at all (`proxy_ssl_server_name`).
    pub sends_sni: Stated<bool>,
    /// The name that is sent and checked (`proxy_ssl_name`); absent if only the request tells.
    pub name: Option<Stated<String>>,
    /// Whether the certificate is checked (`proxy_ssl_verify`).
    pub verifies: Stated<bool>,
    /// The file with the trusted certificates.
    pub trusts: Option<Stated<String>>,
    /// The protocols, if stated.
    pub protocols: Option<Stated<Vec<String>>>,
    /// The certificate that is shown to the upstream.
    pub certificate: Option<Stated<String>>,
}

/// Limits on the upstream's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassLimits {
    /// How long connecting may take.
    pub connect_timeout: Stated<Duration>,
    /// How long may lie between two writes.
    pub send_timeout: Stated<Duration>,
    /// How long may lie between two reads: 504 after that.
    pub read_timeout: Stated<Duration>,
    /// Bytes that the head of a reply may have: 502 beyond.
    pub buffer_size: Stated<u64>,
    /// Number and bytes of the other buffers; gRPC has none.
    pub buffers: Option<Stated<(u64, u64)>>,
    /// When the next peer is tried.
    pub next_upstream: Stated<Vec<String>>,
    /// Whether replies of the upstream with status 300 and more are handled by `error_page`.
    pub intercept_errors: Stated<bool>,
    /// Whether the reply is read ahead of the visitor.
    pub buffering: Option<Stated<bool>>,
    /// Whether the visitor's body is read before the upstream is asked.
    pub request_buffering: Option<Stated<bool>>,
    /// The version of HTTP, if stated; 1.0 until nginx 1.29.
    pub http_version: Option<Stated<String>>,
    /// Whether a reply may come from nginx's own cache.
    pub cache: Option<Stated<String>>,
}
