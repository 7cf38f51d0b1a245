//! An upstream, asked from this machine the way the one in front of it asks.

use serde::{Deserialize, Serialize};

use crate::evidence::{HttpAnswer, TcpAnswer, TlsAnswer};
use crate::hop::Hop;
use crate::proxy::nginx::{PeerAddress, Speaks};

/// How it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamAsked {
    /// Who asks in life: the proxy or the tunnel.
    pub by: Hop,
    /// Where it is.
    pub to: PeerAddress,
    /// What is spoken with it.
    pub speaks: Speaks,
    /// The host that is asked for.
    pub host: Option<String>,
    /// The path that is asked for, without the values of its query.
    pub path: String,
    /// The name in the hello, where TLS is spoken and one is sent.
    pub sni: Option<String>,
    /// Whether its certificate is checked.
    pub verifies: bool,
    /// The user that the proxy's workers run as.
    pub as_user: Option<String>,
}

/// How an upstream answered; the first thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum UpstreamAnswer {
    /// Its name leads nowhere; what the resolver said, as a sentence without its end.
    Nameless {
        /// `the name does not exist`.
        why: String,
    },
    /// There is no such socket in the file system.
    SocketMissing {
        /// The deepest folder of its path that is there.
        up_to: String,
    },
    /// There is something, and it is no socket.
    NoSocket {
        /// `a file`, `a folder`.
        what: String,
    },
    /// The user that the proxy runs as may not go there.
    SocketForbidden {
        /// The folder or the socket that keeps it out, and what it is like.
        at: SocketFile,
        /// The user.
        user: String,
    },
    /// Connecting failed.
    Unconnected {
        /// How.
        tcp: TcpAnswer,
        /// The socket's file, where it is one.
        socket: Option<SocketFile>,
    },
    /// The connection stood, and the handshake failed, or (where it is checked) the certificate
    /// does not hold.
    Handshake {
        /// How.
        tls: Box<TlsAnswer>,
    },
    /// HTTP was spoken: the reply, or what came in place of one. FastCGI is told as HTTP.
    Http {
        /// How.
        http: Box<HttpAnswer>,
    },
    /// It took the connection; what it speaks was not asked further.
    Accepted,
}

/// A file on the way to a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketFile {
    /// Its path.
    pub path: String,
    /// Its owner, by name where there is one.
    pub owner: String,
    /// Its group.
    pub group: String,
    /// Its permission bits, the lower twelve.
    pub mode: u32,
}

impl UpstreamAnswer {
    /// Whether it replied below 500 and with nothing broken about the reply, or took the connection
    /// where no more was asked.
    #[must_use]
    pub fn works(&self) -> bool {
        match self {
            UpstreamAnswer::Accepted => true,
            UpstreamAnswer::Http { http } => crate::scene::roads::delivers(http),
            _ => false,
        }
    }
}
