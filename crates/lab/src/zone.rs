//! The pretend name server: the records of one site, or one of the ways in which lookups fail.
//!
//! It answers over UDP and TCP on the same port, for A and AAAA, and with an alias where the zone
//! has one. Names outside the zone do not exist. What is not here: recursion, EDNS, DNSSEC.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use crate::stage::{Zone, ZoneAnswers};

/// Seconds; Cloudflare's proxied records say 300.
const TTL: u32 = 300;

/// The name server of one stage.
#[derive(Debug)]
pub struct NameServer {
    zone: Zone,
    /// Lower case, without final dot.
    hosts: Vec<String>,
    udp: UdpSocket,
    tcp: TcpListener,
}

impl NameServer {
    /// Puts it up on a free port.
    ///
    /// # Errors
    /// When the system refuses the sockets.
    pub async fn bind(zone: Zone, hosts: Vec<String>) -> io::Result<(Self, SocketAddr)> {
        // A port may be free for one protocol and taken for the other.
        let mut tries = 0;
        loop {
            let free = SocketAddr::from((Ipv4Addr::new(127, 0, 66, 53), 0));
            match NameServer::bind_to(free, zone.clone(), hosts.clone()).await {
                Ok(server) => return Ok(server),
                Err(error) if tries == 20 => return Err(error),
                Err(_) => tries += 1,
            }
        }
    }

    /// Puts it up at an address.
    ///
    /// # Errors
    /// When the system refuses the sockets.
    pub async fn bind_to(
        at: SocketAddr,
        zone: Zone,
        hosts: Vec<String>,
    ) -> io::Result<(Self, SocketAddr)> {
        let udp = UdpSocket::bind(at).await?;
        let at = udp.local_addr()?;
        let tcp = TcpListener::bind(at).await?;
        Ok((NameServer { zone, hosts, udp, tcp }, at))
    }

    /// Answers until the task is ended.
    pub async fn serve(self) {
        let server = Arc::new(self);
        let mut connections = JoinSet::new();
        let mut packet = [0; 2048];
        loop {
            tokio::select! {
                received = server.udp.recv_from(&mut packet) => {
                    let Ok((count, from)) = received else { continue };
                    if let Some(answer) = server.answer(&packet[..count]) {
                        let _ = server.udp.send_to(&answer, from).await;
                    }
                }
                accepted = server.tcp.accept() => if let Ok((stream, _)) = accepted {
                    connections.spawn(Arc::clone(&server).converse(stream));
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn converse(self: Arc<Self>, mut stream: TcpStream) {
        while let Ok(length) = stream.read_u16().await {
            let mut question = vec![0; usize::from(length)];
            if stream.read_exact(&mut question).await.is_err() {
                return;
            }
            let Some(answer) = self.answer(&question) else { continue };
            let length = u16::try_from(answer.len()).unwrap_or(u16::MAX).to_be_bytes();
            if stream.write_all(&[&length, &answer[..]].concat()).await.is_err() {
                return;
            }
        }
    }

    fn answer(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let question = Message::from_vec(bytes).ok()?;
        if question.metadata.message_type != MessageType::Query {
            return None;
        }
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.recursion_desired = question.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        answer.add_queries(question.queries.iter().cloned());
        let query = question.queries.first()?;
        answer.metadata.response_code = match self.zone.answers {
            ZoneAnswers::Silent => return None,
            ZoneAnswers::Fails => ResponseCode::ServFail,
            ZoneAnswers::Refuses => ResponseCode::Refused,
            ZoneAnswers::NoName => ResponseCode::NXDomain,
            ZoneAnswers::Records => self.records(query.name(), query.query_type(), &mut answer),
        };
        answer.to_vec().ok()
    }

    fn records(&self, name: &Name, kind: RecordType, answer: &mut Message) -> ResponseCode {
        let asked = name.to_ascii().trim_end_matches('.').to_ascii_lowercase();
        let alias = self.zone.alias.as_deref();
        let mut owner = name.clone();
        if self.hosts.contains(&asked) {
            if let Some(target) = alias.and_then(|alias| Name::from_ascii(format!("{alias}.")).ok())
            {
                let data = RData::CNAME(CNAME(target.clone()));
                answer.add_answer(Record::from_rdata(owner, TTL, data));
                owner = target;
            }
        } else if alias != Some(asked.as_str()) {
            return ResponseCode::NXDomain;
        }
        let data: Vec<RData> = match kind {
            RecordType::A => self.zone.a.iter().map(|v4| RData::A(A(*v4))).collect(),
            RecordType::AAAA => self.zone.aaaa.iter().map(|v6| RData::AAAA(AAAA(*v6))).collect(),
            _ => Vec::new(),
        };
        answer
            .add_answers(data.into_iter().map(|data| Record::from_rdata(owner.clone(), TTL, data)));
        ResponseCode::NoError
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hickory_proto::op::Query;

    use super::*;
    use crate::stage::Stage;

    /// Asks over UDP and TCP; both must say the same. `silent` where no answer comes.
    async fn check(zone: Zone, name: &str, kind: RecordType, expected: &str) {
        let hosts = vec!["shop.example.test".to_owned()];
        let (server, at) = NameServer::bind(zone, hosts).await.unwrap();
        let serving = tokio::spawn(server.serve());
        let mut question = Message::query();
        question.metadata.id = 7;
        question.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        let question = question.to_vec().unwrap();

        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        udp.send_to(&question, at).await.unwrap();
        let mut packet = [0; 512];
        let limit = Duration::from_millis(200);
        let by_udp = match tokio::time::timeout(limit, udp.recv_from(&mut packet)).await {
            Ok(received) => words(&packet[..received.unwrap().0]),
            Err(_) => "silent".to_owned(),
        };

        let mut tcp = TcpStream::connect(at).await.unwrap();
        let length = u16::try_from(question.len()).unwrap().to_be_bytes();
        tcp.write_all(&[&length, &question[..]].concat()).await.unwrap();
        let by_tcp = match tokio::time::timeout(limit, tcp.read_u16()).await {
            Ok(length) => {
                let mut answer = vec![0; usize::from(length.unwrap())];
                tcp.read_exact(&mut answer).await.unwrap();
                words(&answer)
            }
            Err(_) => "silent".to_owned(),
        };
        serving.abort();
        assert_eq!((by_udp.as_str(), by_tcp.as_str()), (expected, expected), "{name} {kind}");
    }

    fn words(answer: &[u8]) -> String {
        let answer = Message::from_vec(answer).unwrap();
        assert_eq!(answer.metadata.id, 7);
        let rows = answer.answers.iter().map(|row| format!(" {}", row.data));
        format!("{:?}{}", answer.metadata.response_code, rows.collect::<String>())
    }

    #[tokio::test]
    async fn the_name_server_answers_as_its_zone_says() {
        let zone = || Stage::healthy().zone;
        let site = "shop.example.test.";
        check(zone(), site, RecordType::A, "NoError 127.0.64.1").await;
        check(zone(), "Shop.Example.TEST.", RecordType::AAAA, "NoError 2001:db8:64::1").await;
        check(zone(), site, RecordType::MX, "NoError").await;
        check(zone(), "other.example.test.", RecordType::A, "NXDomain").await;
        let alias = Zone { alias: Some("shop.hosting.test".into()), ..zone() };
        check(alias, site, RecordType::A, "NoError shop.hosting.test. 127.0.64.1").await;
        for (answers, expected) in [
            (ZoneAnswers::NoName, "NXDomain"),
            (ZoneAnswers::Fails, "ServFail"),
            (ZoneAnswers::Refuses, "Refused"),
            (ZoneAnswers::Silent, "silent"),
        ] {
            check(Zone { answers, ..zone() }, site, RecordType::A, expected).await;
        }
    }
}
