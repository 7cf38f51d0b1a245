//! Name lookups: one question to the name servers of this machine, with the answer as it came.
//!
//! A stub of its own, because the answer itself is wanted: which code the server gave, and which
//! names a CNAME led through even where there is no address in the end. As the system's own stub
//! does, it asks the next server where one is silent or gives up, repeats a lost datagram, and asks
//! over TCP for an answer that does not fit into one. It reads no hosts file, since visitors
//! elsewhere do not have it, and keeps no cache.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use rayfix_core::evidence::{DnsAnswer, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::clock;
use crate::dial;

/// The name servers that this machine asks, in order, at most three as the system has it; its own
/// loopback where no file says so (Linux resolv.conf(5)).
pub(crate) fn system_servers() -> Vec<SocketAddr> {
    servers_in(&std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default())
}

fn servers_in(file: &str) -> Vec<SocketAddr> {
    let servers: Vec<SocketAddr> = file
        .lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"))
        .filter(|rest| rest.starts_with([' ', '\t']))
        .filter_map(|rest| rest.split_whitespace().next()?.parse::<IpAddr>().ok())
        .map(|address| SocketAddr::new(address, 53))
        .take(3)
        .collect();
    if servers.is_empty() { vec![(Ipv4Addr::LOCALHOST, 53).into()] } else { servers }
}

/// Asks the servers, the first at once and each further one a little later, until one knows.
pub(crate) async fn lookup(
    servers: &[SocketAddr],
    name: &str,
    record: Record,
    by: Instant,
) -> DnsAnswer {
    let Ok(name) = Name::from_ascii(format!("{name}.")) else {
        // A name that no message can carry has no record anywhere.
        return DnsAnswer::NoName;
    };
    let begun = clock::instant();
    let patience = by.saturating_duration_since(begun) / 4;
    let mut asking = JoinSet::new();
    for (turn, &server) in (0..).zip(servers) {
        let name = name.clone();
        asking.spawn(async move {
            sleep_until(begun + patience * turn).await;
            ask(server, name, record, patience).await
        });
    }
    let mut heard = DnsAnswer::Silent;
    while let Ok(Some(answer)) = timeout_at(by, asking.join_next()).await {
        match answer {
            Ok(Some(failed @ DnsAnswer::Failed { .. })) => heard = failed,
            Ok(Some(DnsAnswer::Silent) | None) | Err(_) => {}
            Ok(Some(answer)) => return answer,
        }
    }
    heard
}

/// One server, until it answers; `None` where it cannot be reached.
async fn ask(
    server: SocketAddr,
    name: Name,
    record: Record,
    patience: Duration,
) -> Option<DnsAnswer> {
    let kind = match record {
        Record::A => RecordType::A,
        Record::Aaaa => RecordType::AAAA,
    };
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name, kind));
    let bytes = message.to_vec().ok()?;
    let mut reply = over_udp(server, &message, &bytes, patience).await.ok()?;
    if reply.metadata.truncation {
        reply = over_tcp(server, &message, &bytes, patience).await.ok()?;
    }
    Some(read(&message, &reply))
}

async fn over_udp(
    server: SocketAddr,
    asked: &Message,
    bytes: &[u8],
    patience: Duration,
) -> io::Result<Message> {
    let from: SocketAddr = if server.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(from).await?;
    socket.connect(server).await?;
    let mut buffer = vec![0; 4096];
    loop {
        socket.send(bytes).await?;
        let listening = async {
            loop {
                let came = socket.recv(&mut buffer).await?;
                if let Some(reply) = answering(asked, &buffer[..came]) {
                    return Ok(reply);
                }
            }
        };
        if let Ok(reply) = timeout(patience, listening).await {
            return reply;
        }
    }
}

async fn over_tcp(
    server: SocketAddr,
    asked: &Message,
    bytes: &[u8],
    patience: Duration,
) -> io::Result<Message> {
    let by = clock::instant() + patience * 4;
    let mut stream = dial::connect(server, by)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
    let length = u16::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&[&length.to_be_bytes(), bytes].concat()).await?;
    let length = stream.read_u16().await?;
    let mut buffer = vec![0; usize::from(length)];
    stream.read_exact(&mut buffer).await?;
    answering(asked, &buffer).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The message in these bytes, where it answers what was asked.
fn answering(asked: &Message, bytes: &[u8]) -> Option<Message> {
    let reply = Message::from_vec(bytes).ok()?;
    let fits = reply.metadata.id == asked.metadata.id
        && reply.metadata.message_type == MessageType::Response
        && (reply.queries == asked.queries || reply.queries.is_empty());
    fits.then_some(reply)
}

/// What a reply says about the name.
fn read(asked: &Message, reply: &Message) -> DnsAnswer {
    let code = reply.metadata.response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return DnsAnswer::Failed { rcode: code.into() };
    }
    let Some(query) = asked.queries.first() else { return DnsAnswer::Silent };
    let mut name = query.name().clone();
    let mut aliases = Vec::new();
    while aliases.len() < LONGEST_CHAIN {
        let next = reply.answers.iter().find_map(|row| match &row.data {
            RData::CNAME(to) if row.name == name => Some(to.0.clone()),
            _ => None,
        });
        let Some(next) = next else { break };
        aliases.push(next.to_ascii().trim_end_matches('.').to_ascii_lowercase());
        name = next;
    }
    let addresses: Vec<_> = reply
        .answers
        .iter()
        .filter(|row| row.name == name && row.record_type() == query.query_type())
        .filter_map(|row| row.data.ip_addr())
        .take(MOST_ADDRESSES)
        .collect();
    if !addresses.is_empty() {
        DnsAnswer::Resolved { addresses, aliases }
    } else if code == ResponseCode::NXDomain && aliases.is_empty() {
        DnsAnswer::NoName
    } else {
        // Also where an alias leads to a name that does not exist: the name itself does.
        DnsAnswer::NoRecord { aliases }
    }
}

/// Resolvers give up on longer chains themselves; a chain that bites its tail ends here.
const LONGEST_CHAIN: usize = 16;

/// More than any site publishes; the rest is left out.
const MOST_ADDRESSES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretend::{self, Zone};

    async fn check(zone: Zone, record: Record, expected: DnsAnswer) {
        let server = pretend::name_server(zone).await;
        let by = clock::instant() + Duration::from_secs(5);
        assert_eq!(lookup(&[server], "shop.example", record, by).await, expected);
    }

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn addresses_come_with_the_names_that_led_to_them() {
        let rows = ["shop.example CNAME www.shop.example", "www.shop.example CNAME Edge.Example"];
        let zone =
            Zone::rows(&rows).and("edge.example A 104.16.0.1").and("edge.example A 104.16.0.2");
        let aliases = texts(&["www.shop.example", "edge.example"]);
        let addresses = vec!["104.16.0.1".parse().unwrap(), "104.16.0.2".parse().unwrap()];
        check(zone.clone(), Record::A, DnsAnswer::Resolved { addresses, aliases: aliases.clone() })
            .await;
        check(zone, Record::Aaaa, DnsAnswer::NoRecord { aliases }).await;
    }

    #[test]
    fn the_systems_servers_are_found() {
        let file = "# made up\nsearch example\nnameserver 192.0.2.53\n nameserver\t2001:db8::53 # x\n\
            nameserverx 192.0.2.1\nnameserver fe80::1%eth0\noptions ndots:2\n";
        let servers = ["192.0.2.53:53", "[2001:db8::53]:53"].map(|text| text.parse().unwrap());
        assert_eq!(servers_in(file), servers);
        assert_eq!(servers_in(""), ["127.0.0.1:53".parse().unwrap()]);
    }

    #[tokio::test]
    async fn a_long_answer_is_fetched_over_tcp() {
        let rows: Vec<String> = (1..=60).map(|n| format!("shop.example A 104.16.0.{n}")).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let addresses = (1..=60).map(|n| format!("104.16.0.{n}").parse().unwrap()).collect();
        let expected = DnsAnswer::Resolved { addresses, aliases: vec![] };
        check(Zone::rows(&rows), Record::A, expected).await;
    }

    #[tokio::test]
    async fn refusals_keep_their_codes() {
        check(Zone::code(3), Record::A, DnsAnswer::NoName).await;
        check(Zone::code(2), Record::A, DnsAnswer::Failed { rcode: 2 }).await;
        check(Zone::code(5), Record::A, DnsAnswer::Failed { rcode: 5 }).await;
        let dangling = Zone::rows(&["shop.example CNAME gone.example"]).with_code(3);
        let aliases = texts(&["gone.example"]);
        check(dangling, Record::A, DnsAnswer::NoRecord { aliases }).await;
        let circle = Zone::rows(&["shop.example CNAME shop.example"]);
        let aliases = vec!["shop.example".to_owned(); LONGEST_CHAIN];
        check(circle, Record::A, DnsAnswer::NoRecord { aliases }).await;
    }

    #[tokio::test]
    async fn a_silent_server_is_passed_over_and_silence_is_an_answer() {
        let silent = pretend::silent_udp().await;
        let known = pretend::name_server(Zone::rows(&["shop.example A 104.16.0.1"])).await;
        let failing = pretend::name_server(Zone::code(2)).await;
        let resolved =
            DnsAnswer::Resolved { addresses: vec!["104.16.0.1".parse().unwrap()], aliases: vec![] };
        let address = silent.local_addr().unwrap();
        for (servers, expected) in [
            (vec![address, known], resolved.clone()),
            (vec![failing, known], resolved),
            (vec![address, failing], DnsAnswer::Failed { rcode: 2 }),
            (vec![address], DnsAnswer::Silent),
            (vec![pretend::closed_port().await], DnsAnswer::Silent),
            (vec![], DnsAnswer::Silent),
        ] {
            let by = clock::instant() + Duration::from_millis(600);
            assert_eq!(lookup(&servers, "shop.example", Record::A, by).await, expected);
        }
    }
}
