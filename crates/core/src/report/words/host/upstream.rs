//! Words for how an upstream answered.

use super::subject;
use crate::evidence::TcpAnswer;
use crate::evidence::host::{HostQuestion, SocketFile, UpstreamAnswer};
use crate::hop::Hop;
use crate::proxy::nginx::PeerAddress;
use crate::report::guard::quote;
use crate::report::numbers::errno;
use crate::report::words::units::duration;

/// EAGAIN: a socket in the file system whose queue of connections is full.
const QUEUE_FULL: i32 = 11;

pub(super) fn sentence(question: &HostQuestion, answer: &UpstreamAnswer, took_ms: u64) -> String {
    let name = subject(question);
    let (at, path) = match question {
        HostQuestion::Upstream(asked) => {
            let by = if asked.by == Hop::Tunnel { "the tunnel" } else { "the proxy" };
            let path = match &asked.to {
                PeerAddress::Unix(path) => path.as_str(),
                _ => "",
            };
            (format!("{name}, asked as {by} asks it,"), path)
        }
        _ => (name.clone(), ""),
    };
    match answer {
        UpstreamAnswer::Nameless { why } => format!("{name} has no address: {}", quote(why)),
        UpstreamAnswer::SocketMissing { up_to } => {
            format!("{name} does not exist{}", missing(path, up_to))
        }
        UpstreamAnswer::NoSocket { what } => format!("{name} is no socket but {what}"),
        UpstreamAnswer::SocketForbidden { at: file, user } => {
            let what = if file.path == path { "its file" } else { "the folder" };
            format!("the user {} may not open {name}: {what} {}", quote(user), like(file))
        }
        UpstreamAnswer::Unconnected { tcp, socket } => {
            let there = socket.as_ref().map_or("", |_| ", though its file is there");
            match tcp {
                TcpAnswer::Refused => format!("{at} refuses connections{there}"),
                TcpAnswer::Failed { errno: QUEUE_FULL } => {
                    format!("{at} takes no more connections: its queue is full")
                }
                TcpAnswer::Silent { .. } | TcpAnswer::Accepted => {
                    format!("{at} did not take a connection within {}", duration(took_ms))
                }
                TcpAnswer::Unreachable { errno: number } | TcpAnswer::Failed { errno: number } => {
                    format!("{at} could not be connected to: {}", errno(*number))
                }
            }
        }
        UpstreamAnswer::Handshake { tls } => {
            format!("{at} {}", crate::report::words::tls::handshake(tls))
        }
        UpstreamAnswer::Http { http } => {
            format!("{at} {}", crate::report::words::http::reply(http))
        }
        UpstreamAnswer::Accepted => format!("{at} takes connections"),
    }
}

/// What of the way to a socket is missing as well.
fn missing(path: &str, up_to: &str) -> String {
    let Some(rest) = path.strip_prefix(up_to).map(|rest| rest.trim_start_matches('/')) else {
        return format!("; {} is there", quote(up_to));
    };
    match rest.split_once('/') {
        Some((next, _)) => {
            let folder = format!("{}/{next}", up_to.trim_end_matches('/'));
            format!("; the folder {} is not there either", quote(&folder))
        }
        None => format!("; its folder {} is there", quote(up_to)),
    }
}

fn like(file: &SocketFile) -> String {
    let (owner, group) = (quote(&file.owner), quote(&file.group));
    format!(
        "{} belongs to {owner} and the group {group}, mode {:04o}",
        quote(&file.path),
        file.mode
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::HttpAnswer;
    use crate::evidence::host::UpstreamAsked;
    use crate::proxy::nginx::Speaks;

    fn check(to: &str, answer: &UpstreamAnswer, wanted: &str) {
        let to = match to.strip_prefix("unix:") {
            Some(path) => PeerAddress::Unix(path.to_owned()),
            None => PeerAddress::Ip(to.parse().unwrap()),
        };
        let asked = UpstreamAsked {
            by: Hop::Proxy,
            to,
            speaks: Speaks::Http,
            host: None,
            path: "/".to_owned(),
            sni: None,
            verifies: false,
            as_user: Some("www-data".to_owned()),
        };
        assert_eq!(sentence(&HostQuestion::Upstream(asked), answer, 2_000), wanted);
    }

    #[test]
    fn the_way_to_a_socket_is_told() {
        let shop = "unix:/run/shop/shop.sock";
        let missing = |up_to: &str| UpstreamAnswer::SocketMissing { up_to: up_to.to_owned() };
        check(
            shop,
            &missing("/run"),
            "`unix:/run/shop/shop.sock` does not exist; the folder `/run/shop` is not there either",
        );
        check(
            shop,
            &missing("/run/shop"),
            "`unix:/run/shop/shop.sock` does not exist; its folder `/run/shop` is there",
        );
        let file = |path: &str, mode| SocketFile {
            path: path.to_owned(),
            owner: "shop".to_owned(),
            group: "shop".to_owned(),
            mode,
        };
        let at = file("/run/shop", 0o750);
        check(
            shop,
            &UpstreamAnswer::SocketForbidden { at, user: "www-data".to_owned() },
            "the user `www-data` may not open `unix:/run/shop/shop.sock`: the folder `/run/shop` belongs to \
             `shop` and the group `shop`, mode 0750",
        );
        let socket = Some(file("/run/shop/shop.sock", 0o777));
        check(
            shop,
            &UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, socket: socket.clone() },
            "`unix:/run/shop/shop.sock`, asked as the proxy asks it, refuses connections, though its file \
             is there",
        );
        check(
            shop,
            &UpstreamAnswer::Unconnected { tcp: TcpAnswer::Failed { errno: 11 }, socket },
            "`unix:/run/shop/shop.sock`, asked as the proxy asks it, takes no more connections: its queue is \
             full",
        );
    }

    #[test]
    fn connections_and_replies_are_told() {
        let at = "127.0.0.1:8000";
        let unconnected = |tcp| UpstreamAnswer::Unconnected { tcp, socket: None };
        check(
            at,
            &unconnected(TcpAnswer::Refused),
            "`127.0.0.1:8000`, asked as the proxy asks it, refuses connections",
        );
        check(
            at,
            &unconnected(TcpAnswer::Silent { after_ms: 2_000 }),
            "`127.0.0.1:8000`, asked as the proxy asks it, did not take a connection within 2 s",
        );
        let http = Box::new(HttpAnswer::Empty { reset: false, after_ms: 340 });
        check(
            at,
            &UpstreamAnswer::Http { http },
            "`127.0.0.1:8000`, asked as the proxy asks it, closed the connection without a byte after 340 ms",
        );
        check(
            at,
            &UpstreamAnswer::Accepted,
            "`127.0.0.1:8000`, asked as the proxy asks it, takes connections",
        );
    }
}
