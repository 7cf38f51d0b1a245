//! The service that a rule leads to, and how cloudflared asks it.
//!
//! `http://`, `https://`, `unix:` and `unix+tls:` are asked over HTTP with the visitor's host; any
//! other scheme is raw TCP, which cannot answer a browser. `http_status:N`, `hello_world`,
//! `bastion` and `socks-proxy` are answered by cloudflared itself. Source: release 2026.8.2,
//! `ingress/ingress.go`, `ingress/origin_service.go`.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::config::OriginRequest;
use crate::evidence::host::upstream::UpstreamAsked;
use crate::hop::Hop;
use crate::proxy::nginx::{PeerAddress, Speaks};

/// Where a rule leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Service {
    /// HTTP, over TCP or a Unix socket.
    Http {
        /// Where.
        to: PeerAddress,
        /// Whether within TLS.
        tls: bool,
        /// The host with its port, as the URL has it; empty for a Unix socket.
        authority: String,
    },
    /// Raw TCP.
    Tcp {
        /// `ssh`, `rdp`, `tcp` … or a scheme that nobody speaks.
        scheme: String,
        /// Where; `None`: the port is none.
        to: Option<PeerAddress>,
    },
    /// A port that no machine has, so that every request fails.
    Unusable {
        /// As written.
        service: String,
    },
    /// A status that cloudflared answers itself, with nothing else.
    Status {
        /// Which.
        status: u16,
    },
    /// Something else that cloudflared answers itself: `hello_world`, `bastion`.
    Own {
        /// Which.
        name: String,
    },
}

impl Service {
    /// Reads a service as a rule has it; else what cloudflared says of it, in other words.
    pub(super) fn read(text: &str) -> Result<Service, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Service::unix(path, false));
        }
        if let Some(path) = text.strip_prefix("unix+tls:") {
            return Ok(Service::unix(path, true));
        }
        if let Some(status) = text.strip_prefix("http_status:") {
            let known = status.parse().ok().filter(|status| (100..=999).contains(status));
            let refused = || format!("{status} is no HTTP status");
            return known.map(|status| Service::Status { status }).ok_or_else(refused);
        }
        if matches!(text, "hello_world" | "hello-world" | "bastion" | "socks-proxy") {
            return Ok(Service::Own { name: text.to_owned() });
        }
        let Some((scheme, rest)) = text.split_once("://").filter(|(_, rest)| !rest.is_empty())
        else {
            return Err(format!("the service {text} has no scheme and host"));
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if end < rest.len() {
            return Err(format!("the service {text} has a path"));
        }
        if rest.contains(char::is_whitespace) {
            return Err(format!("the service {text} is no URL"));
        }
        let authority = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let scheme = scheme.to_ascii_lowercase();
        let web = match scheme.as_str() {
            "http" | "ws" => Some((false, 80)),
            "https" | "wss" => Some((true, 443)),
            _ => None,
        };
        let usual = match scheme.as_str() {
            "ssh" => 22,
            "rdp" => 3389,
            "smb" => 445,
            _ => 7864,
        };
        let port = port(authority);
        match (web, port) {
            (_, Port::NoNumber) => Err(format!("the port of the service {text} is no number")),
            (Some(_), Port::TooLarge) => Ok(Service::Unusable { service: text.to_owned() }),
            (Some((tls, usual)), port) => match peer(authority, port.or(usual)) {
                Some(to) => Ok(Service::Http { to, tls, authority: authority.to_owned() }),
                None => Err(format!("the service {text} has no host")),
            },
            (None, Port::TooLarge) => Ok(Service::Tcp { scheme, to: None }),
            (None, port) => Ok(Service::Tcp { to: peer(authority, port.or(usual)), scheme }),
        }
    }

    fn unix(path: &str, tls: bool) -> Service {
        Service::Http { to: PeerAddress::Unix(path.to_owned()), tls, authority: String::new() }
    }

    /// What `ingress validate` passes over and no request survives.
    pub(super) fn oddities(&self) -> Vec<String> {
        match self {
            Service::Unusable { service } => {
                vec![format!("the service {service} has no such port")]
            }
            Service::Tcp { to: None, scheme } => {
                vec![format!("the service {scheme}://… has no such port")]
            }
            Service::Tcp { scheme, .. }
                if !matches!(scheme.as_str(), "tcp" | "ssh" | "rdp" | "smb") =>
            {
                vec![format!("{scheme}:// is taken for raw TCP, which answers no browser")]
            }
            _ => Vec::new(),
        }
    }

    /// How cloudflared asks it for the site; `None` where it asks nobody, or not over HTTP.
    #[must_use]
    pub fn asked(&self, request: &OriginRequest, host: &str, path: &str) -> Option<UpstreamAsked> {
        let Service::Http { to, tls, authority } = self else { return None };
        let name = authority_host(authority);
        let sni = match &request.server_name {
            _ if !tls => None,
            Some(name) => Some(name.clone()),
            None if request.match_sni => Some(host.to_owned()),
            None => Some(name).filter(|name| !name.is_empty()),
        };
        Some(UpstreamAsked {
            by: Hop::Tunnel,
            to: to.clone(),
            speaks: if *tls { Speaks::Https } else { Speaks::Http },
            host: Some(request.host_header.clone().unwrap_or_else(|| host.to_owned())),
            path: crate::redact::query(path),
            sni,
            verifies: *tls && !request.no_tls_verify,
            as_user: None,
        })
    }
}

/// The host of a URL's authority, without brackets and port.
fn authority_host(authority: &str) -> String {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default().to_owned();
    }
    authority.split(':').next().unwrap_or_default().to_owned()
}

enum Port {
    None,
    Number(u16),
    TooLarge,
    NoNumber,
}

impl Port {
    fn or(&self, usual: u16) -> u16 {
        if let Port::Number(port) = self { *port } else { usual }
    }
}

fn port(authority: &str) -> Port {
    let after_host = match authority.rfind(']') {
        Some(end) => &authority[end + 1..],
        None => authority,
    };
    match after_host.rsplit_once(':') {
        None | Some((_, "")) => Port::None,
        Some((_, digits)) if !digits.bytes().all(|b| b.is_ascii_digit()) => Port::NoNumber,
        Some((_, digits)) => digits.parse().map_or(Port::TooLarge, Port::Number),
    }
}

fn peer(authority: &str, port: u16) -> Option<PeerAddress> {
    let host = authority_host(authority);
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Some(PeerAddress::Ip(SocketAddr::new(ip, port)));
    }
    // Names as resolvers take them; underscores are no fault here.
    let url = Url::parse(&format!("http://{host}/")).ok()?;
    match url.host()? {
        Host::Domain(name) => Some(PeerAddress::Name { host: name.to_owned(), port }),
        Host::Ipv4(ip) => Some(PeerAddress::Ip(SocketAddr::new(ip.into(), port))),
        Host::Ipv6(ip) => Some(PeerAddress::Ip(SocketAddr::new(ip.into(), port))),
    }
}
