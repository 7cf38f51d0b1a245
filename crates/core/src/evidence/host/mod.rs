//! What was seen on the origin itself: its sockets, services, configuration, logs, files, machine.
//!
//! One file per family. Each question is put to this machine, reads only, and says which part of the
//! way it is about. Command lines, paths and log lines have lost their secrets before they come
//! here. Nothing here is an opinion.

pub mod certbot;
pub mod certificate;
pub mod change;
pub mod firewall;
pub mod kernel;
pub mod listener;
pub mod log;
pub mod machine;
pub mod owner;
pub mod place;
pub mod proxy;
pub mod tunnel;
pub mod unit;
pub mod upstream;

use serde::{Deserialize, Serialize};

pub use self::certificate::{CertificateAnswer, CertificateFile, Renewal};
pub use self::change::{Change, Changes};
pub use self::firewall::{FirewallSeen, NotAccepted, Passage};
pub use self::listener::{Listener, Listeners, ListensAt, Program};
pub use self::log::{Counted, Kept, LogAnswer, LogSeen, LogSource};
pub use self::machine::{Clock, Conntrack, Disk, Files, Load, Memory};
pub use self::owner::{Claim, Named, Owner};
pub use self::place::{Known, Place};
pub use self::proxy::{Door, ProxyKind, ProxySeen, Rehearsal};
pub use self::unit::{Ending, UnitAnswer, UnitSeen};
pub use self::upstream::{SocketFile, UpstreamAnswer, UpstreamAsked};
use crate::hop::Hop;
use crate::proxy::nginx::PeerAddress;

/// A question to this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum HostQuestion {
    /// What this machine is, and why it is taken for the origin.
    Place,
    /// Who listens.
    Listeners,
    /// A web server's configuration, for the site.
    Proxy {
        /// Which web server.
        kind: ProxyKind,
    },
    /// Whether a web server would start with the configuration that lies on disk.
    Rehearsal {
        /// Which web server.
        kind: ProxyKind,
    },
    /// An upstream, asked as the one in front of it asks.
    Upstream(UpstreamAsked),
    /// Who listens at an upstream's address, and who should.
    Owner {
        /// The address.
        to: PeerAddress,
    },
    /// A service.
    Unit {
        /// `shop.service`.
        name: String,
        /// The part of the way that it plays: tunnel, proxy, app or host.
        part: Hop,
    },
    /// What a log of the last while says.
    Log {
        /// Which log.
        source: LogSource,
        /// Whose: tunnel, proxy, app or host.
        part: Hop,
    },
    /// A certificate in a file that the web server is told to show.
    Certificate {
        /// The file.
        path: String,
    },
    /// How a certificate renews itself.
    Renewal {
        /// The lineage, as certbot names it.
        lineage: String,
    },
    /// A connector of a tunnel, and what it knows of itself.
    Connector(tunnel::ConnectorAsked),
    /// Room on a disk.
    Disk {
        /// The folder that needs the room.
        path: String,
        /// Why it matters: `nginx's error log`; empty where nothing of the site's is known to be
        /// there.
        used_for: String,
        /// The parts of the way that fail where it has no room: proxy, app. A log that cannot be
        /// written is none.
        #[serde(default)]
        parts: Vec<Hop>,
    },
    /// Memory.
    Memory,
    /// Files that a program has open, against its limit.
    Files {
        /// Its unit or name; `the origin`: of all programs together.
        program: String,
        /// Its number; 0 for all together.
        pid: u32,
        /// The part of the way that it plays.
        part: Hop,
    },
    /// The packet filter's connection table.
    Conntrack,
    /// What the packet filter and the routes do with connections from Cloudflare's addresses.
    Firewall,
    /// How busy the machine is.
    Load,
    /// What changed on this machine of late.
    Changes,
}

/// What this machine answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "kebab-case")]
pub enum HostAnswer {
    /// What it is.
    Place(Place),
    /// Who listens.
    Listeners(Listeners),
    /// How a web server is set up.
    Proxy(Box<ProxySeen>),
    /// Whether it would start.
    Rehearsal(Rehearsal),
    /// How an upstream answered.
    Upstream(UpstreamAnswer),
    /// Who listens there, and who should.
    Owner(Owner),
    /// How a service is.
    Unit(UnitAnswer),
    /// What a log says.
    Log(LogAnswer),
    /// What a certificate's file holds.
    Certificate(CertificateAnswer),
    /// How it renews itself.
    Renewal(Renewal),
    /// How a connector is.
    Connector(Box<tunnel::ConnectorAnswer>),
    /// Room on a disk.
    Disk(Disk),
    /// Memory.
    Memory(Memory),
    /// Open files.
    Files(Files),
    /// The connection table.
    Conntrack(Conntrack),
    /// What becomes of Cloudflare's connections.
    Firewall(Box<FirewallSeen>),
    /// How busy it is.
    Load(Load),
    /// What changed.
    Changes(Changes),
    /// The question could not be answered; a sentence without its end says why.
    Failed {
        /// `systemd did not answer on D-Bus`.
        why: String,
    },
}

impl HostQuestion {
    /// The station that the question is about.
    #[must_use]
    pub fn hop(&self) -> Hop {
        match self {
            HostQuestion::Listeners | HostQuestion::Conntrack | HostQuestion::Firewall => Hop::Net,
            HostQuestion::Certificate { .. } | HostQuestion::Renewal { .. } => Hop::Tls,
            HostQuestion::Proxy { .. } | HostQuestion::Rehearsal { .. } => Hop::Proxy,
            HostQuestion::Upstream(asked) => asked.by,
            HostQuestion::Owner { .. } => Hop::App,
            HostQuestion::Unit { part, .. }
            | HostQuestion::Log { part, .. }
            | HostQuestion::Files { part, .. } => *part,
            HostQuestion::Connector(_) => Hop::Tunnel,
            HostQuestion::Place
            | HostQuestion::Disk { .. }
            | HostQuestion::Memory
            | HostQuestion::Load
            | HostQuestion::Changes => Hop::Host,
        }
    }

    /// Who is asked, for people.
    #[must_use]
    pub fn peer(&self) -> String {
        match self {
            HostQuestion::Place | HostQuestion::Memory | HostQuestion::Load => {
                "the origin".to_owned()
            }
            HostQuestion::Listeners => "its sockets".to_owned(),
            HostQuestion::Proxy { kind } | HostQuestion::Rehearsal { kind } => {
                kind.word().to_owned()
            }
            HostQuestion::Upstream(asked) => asked.to.to_string(),
            HostQuestion::Owner { to } => to.to_string(),
            HostQuestion::Unit { name, .. } => name.clone(),
            HostQuestion::Log { source, .. } => source.to_string(),
            HostQuestion::Certificate { path } | HostQuestion::Disk { path, .. } => path.clone(),
            HostQuestion::Renewal { lineage } => lineage.clone(),
            HostQuestion::Connector(asked) => asked.to_string(),
            HostQuestion::Files { program, .. } => program.clone(),
            HostQuestion::Conntrack => "the connection table".to_owned(),
            HostQuestion::Firewall => "its packet filter".to_owned(),
            HostQuestion::Changes => "its history".to_owned(),
        }
    }

    /// Whether an answer is one that this question can have.
    #[must_use]
    pub fn fits(&self, answer: &HostAnswer) -> bool {
        matches!(
            (self, answer),
            (_, HostAnswer::Failed { .. })
                | (HostQuestion::Place, HostAnswer::Place(_))
                | (HostQuestion::Listeners, HostAnswer::Listeners(_))
                | (HostQuestion::Proxy { .. }, HostAnswer::Proxy(_))
                | (HostQuestion::Rehearsal { .. }, HostAnswer::Rehearsal(_))
                | (HostQuestion::Upstream(_), HostAnswer::Upstream(_))
                | (HostQuestion::Owner { .. }, HostAnswer::Owner(_))
                | (HostQuestion::Unit { .. }, HostAnswer::Unit(_))
                | (HostQuestion::Log { .. }, HostAnswer::Log(_))
                | (HostQuestion::Certificate { .. }, HostAnswer::Certificate(_))
                | (HostQuestion::Renewal { .. }, HostAnswer::Renewal(_))
                | (HostQuestion::Connector(_), HostAnswer::Connector(_))
                | (HostQuestion::Disk { .. }, HostAnswer::Disk(_))
                | (HostQuestion::Memory, HostAnswer::Memory(_))
                | (HostQuestion::Files { .. }, HostAnswer::Files(_))
                | (HostQuestion::Conntrack, HostAnswer::Conntrack(_))
                | (HostQuestion::Firewall, HostAnswer::Firewall(_))
                | (HostQuestion::Load, HostAnswer::Load(_))
                | (HostQuestion::Changes, HostAnswer::Changes(_))
        )
    }

    /// What puts questions of the same station in order.
    pub(super) fn rank(&self) -> (u8, String) {
        let kind = match self {
            HostQuestion::Place => 0,
            HostQuestion::Listeners => 1,
            HostQuestion::Proxy { .. } | HostQuestion::Connector(_) => 2,
            HostQuestion::Rehearsal { .. } => 3,
            HostQuestion::Upstream(_) => 4,
            HostQuestion::Owner { .. } => 5,
            HostQuestion::Unit { .. } => 6,
            HostQuestion::Log { .. } => 7,
            HostQuestion::Certificate { .. } => 8,
            HostQuestion::Renewal { .. } => 9,
            HostQuestion::Files { .. } => 10,
            HostQuestion::Disk { .. } => 11,
            HostQuestion::Memory => 12,
            HostQuestion::Conntrack => 13,
            HostQuestion::Firewall => 14,
            HostQuestion::Load => 15,
            HostQuestion::Changes => 16,
        };
        let more = match self {
            HostQuestion::Upstream(asked) => format!("{:?} {}", asked.speaks, asked.path),
            _ => String::new(),
        };
        (kind, format!("{} {more}", self.peer()))
    }
}
