//! The sockets that nginx listens on, and which servers share each.
//!
//! As `ngx_http_add_listen` and `ngx_http_core_listen` of nginx 1.22.1 put them together: what one
//! server says of an address (`ssl`, `proxy_protocol`, `http2`) holds for all servers on it, the
//! first server on it is its default unless one says `default_server`, and a server without a
//! `listen` has `*:80` (`*:8000` if the master is not root).

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::tree::Directive;
use crate::proxy::{At, Note};

/// Ports of one range that are looked at.
const LONGEST_RANGE: u16 = 1000;

/// What a socket is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Address {
    /// An address and a port; `0.0.0.0` and `[::]` are any address.
    Ip(SocketAddr),
    /// A socket in the file system.
    Unix(String),
    /// A name that the host resolves when nginx starts.
    Name {
        /// As written.
        host: String,
        /// The port.
        port: u16,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Ip(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{path}"),
            Address::Name { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

/// A socket that nginx listens on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// What it is bound to.
    pub address: Address,
    /// The first `listen` that asks for it; absent if no server has to.
    pub at: Option<At>,
    /// Whether TLS is spoken on it.
    pub tls: bool,
    /// Whether HTTP/2 is offered by a `listen … http2`.
    pub http2: bool,
    /// Whether it is for HTTP/3, over UDP.
    pub quic: bool,
    /// Whether every connection must begin with a PROXY protocol header.
    pub proxy_protocol: bool,
    /// Whether an IPv6 socket takes IPv4 connections as well (`ipv6only=off`).
    pub takes_ipv4: bool,
    /// How many servers are on it.
    pub servers: usize,
}

/// A socket, with the servers on it by their place in the list of servers, in order.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) listener: Listener,
    pub(super) servers: Vec<u32>,
    pub(super) default: u32,
    pub(super) default_stated: bool,
}

/// One `listen`.
#[derive(Debug, Clone, Default)]
struct Wish {
    tls: bool,
    http2: bool,
    quic: bool,
    proxy_protocol: bool,
    takes_ipv4: bool,
    default_server: bool,
}

/// All sockets, in the order in which they are first asked for.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    pub(super) all: Vec<Socket>,
    by_address: HashMap<(Address, bool), usize>,
    pub(super) notes: Vec<Note>,
}

impl Sockets {
    /// Takes what a server says about listening. `number` is its place in the list of servers.
    pub(super) fn take_server(&mut self, server: Directive<'_>, number: u32, root: bool) {
        let mut any = false;
        // `ssl on;` of old makes every socket of the server speak TLS (until nginx 1.25.1).
        let old_ssl = server.child("ssl").is_some_and(|ssl| ssl.arg(0) == "on");
        for listen in server.children().filter(|child| child.name() == "listen") {
            any = true;
            match addresses(listen.arg(0)) {
                Ok(addresses) => {
                    let wish = wish(listen, old_ssl);
                    for address in addresses {
                        self.take(address, &wish, number, Some(listen));
                    }
                }
                Err(text) => self.notes.push(Note { at: Some(listen.at()), text }),
            }
        }
        if !any {
            let port = if root { 80 } else { 8000 };
            let address = Address::Ip(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port));
            self.take(address, &Wish { tls: old_ssl, ..Wish::default() }, number, None);
        }
    }

    fn take(&mut self, address: Address, wish: &Wish, number: u32, from: Option<Directive<'_>>) {
        let next = self.all.len();
        let index = *self.by_address.entry((address.clone(), wish.quic)).or_insert(next);
        if index == next {
            let listener = Listener {
                address,
                at: from.map(Directive::at),
                tls: false,
                http2: false,
                quic: wish.quic,
                proxy_protocol: false,
                takes_ipv4: false,
                servers: 0,
            };
            let servers = Vec::new();
            self.all.push(Socket { listener, servers, default: number, default_stated: false });
        }
        let socket = &mut self.all[index];
        if wish.default_server {
            if socket.default_stated && socket.default != number {
                let address = &socket.listener.address;
                let text = format!("a second default server for {address}; nginx does not start");
                self.notes.push(Note { at: from.map(Directive::at), text });
            } else {
                (socket.default, socket.default_stated) = (number, true);
            }
        }
        let listener = &mut socket.listener;
        listener.tls |= wish.tls;
        listener.http2 |= wish.http2;
        listener.proxy_protocol |= wish.proxy_protocol;
        listener.takes_ipv4 |= wish.takes_ipv4;
        if socket.servers.last() != Some(&number) {
            socket.servers.push(number);
            listener.servers += 1;
        }
    }

    /// The socket that takes a TCP connection to this address and port.
    pub(super) fn of_ip(&self, to: SocketAddr) -> Option<&Socket> {
        let to = SocketAddr::new(to.ip().to_canonical(), to.port());
        let bound = |ip: IpAddr| {
            let address = Address::Ip(SocketAddr::new(ip, to.port()));
            self.by_address.get(&(address, false)).map(|&index| &self.all[index])
        };
        let any6 = || bound(Ipv6Addr::UNSPECIFIED.into());
        bound(to.ip()).or_else(|| match to.ip() {
            IpAddr::V4(_) => bound(Ipv4Addr::UNSPECIFIED.into())
                .or_else(|| any6().filter(|socket| socket.listener.takes_ipv4)),
            IpAddr::V6(_) => any6(),
        })
    }

    /// The socket that takes a connection to this path.
    pub(super) fn of_unix(&self, path: &str) -> Option<&Socket> {
        let index = self.by_address.get(&(Address::Unix(path.to_owned()), false))?;
        Some(&self.all[*index])
    }

    /// Sockets on this port whose address only the host can tell.
    pub(super) fn of_names(&self, wanted: u16) -> impl Iterator<Item = &Socket> {
        self.all.iter().filter(
            move |s| matches!(s.listener.address, Address::Name { port, .. } if port == wanted),
        )
    }
}

fn wish(listen: Directive<'_>, old_ssl: bool) -> Wish {
    let mut wish = Wish { tls: old_ssl, ..Wish::default() };
    for option in listen.args().skip(1) {
        match option {
            "ssl" => wish.tls = true,
            "http2" | "spdy" => wish.http2 = true,
            "quic" | "http3" => wish.quic = true,
            "proxy_protocol" => wish.proxy_protocol = true,
            "ipv6only=off" => wish.takes_ipv4 = true,
            "default_server" | "default" => wish.default_server = true,
            _ => {}
        }
    }
    wish.tls |= wish.quic;
    wish
}

/// The addresses that a `listen` or a `server` of a stream means.
pub(super) fn addresses(text: &str) -> Result<Vec<Address>, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Ok(vec![Address::Unix(path.to_owned())]);
    }
    let refused = || format!("`{text}` is no address that nginx can listen on");
    let (host, ports) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or_else(refused)?;
            (host, after.strip_prefix(':').or(after.is_empty().then_some("80")))
        }
        None => match text.split_once(':') {
            Some((host, ports)) => (host, Some(ports)),
            // Only digits, or digits-digits: ports; all else is a host.
            None if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                ("*", Some(text))
            }
            None => (text, Some("80")),
        },
    };
    let (first, last) = port_range(ports.ok_or_else(refused)?).ok_or_else(refused)?;
    if last - first >= LONGEST_RANGE {
        return Err(format!("`{text}` names more than {LONGEST_RANGE} ports; they are left out"));
    }
    let hosts: Vec<IpAddr> = match host {
        "" => return Err(refused()),
        "*" => vec![Ipv4Addr::UNSPECIFIED.into()],
        "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        _ => host.parse().into_iter().collect(),
    };
    let mut addresses = Vec::new();
    for port in first..=last {
        addresses.extend(hosts.iter().map(|&host| Address::Ip(SocketAddr::new(host, port))));
        if hosts.is_empty() {
            addresses.push(Address::Name { host: host.to_owned(), port });
        }
    }
    Ok(addresses)
}

fn port_range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: &str) {
        let told = match addresses(text) {
            Ok(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => error,
        };
        assert_eq!(told, wanted, "{text}");
    }

    #[test]
    fn addresses_are_read_as_nginx_reads_them() {
        check("80", "0.0.0.0:80");
        check("*:443", "0.0.0.0:443");
        check("127.0.0.1", "127.0.0.1:80");
        check("[::]:80", "[::]:80");
        check("[::1]", "[::1]:80");
        check("unix:/run/n.sock", "unix:/run/n.sock");
        check("8000-8002", "0.0.0.0:8000 0.0.0.0:8001 0.0.0.0:8002");
        check("localhost:81", "127.0.0.1:81 [::1]:81");
        check("app.internal:81", "app.internal:81");
        for text in [":80", "80:x", "0", "70000", "[::1", "[::1]x", "", "9-8"] {
            let wanted = if text.is_empty() { String::new() } else { text.to_owned() };
            check(text, &format!("`{wanted}` is no address that nginx can listen on"));
        }
        check("1-65535", "`1-65535` names more than 1000 ports; they are left out");
    }
}
