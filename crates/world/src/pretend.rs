//! Pretend peers for the tests of single files: listeners on the loopback that answer as they are
//! told. Whole sites are staged by the lab instead.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record as Row, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;

/// A listener that accepts nothing by itself.
pub(crate) async fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

/// A port on which nothing listens.
pub(crate) async fn closed_port() -> SocketAddr {
    listener().await.local_addr().unwrap()
}

/// A port whose queue is full, so that every SYN is dropped, and what keeps it full.
pub(crate) async fn silent_port() -> (SocketAddr, (TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) =
        timeout(Duration::from_millis(100), TcpSocket::new_v4().unwrap().connect(address)).await
    {
        held.push(stream.unwrap());
    }
    (address, (listener, held))
}

/// A socket that never answers.
pub(crate) async fn silent_udp() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

/// What a pretend peer does after it said its piece.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Then {
    Close,
    Reset,
    /// Keeps the connection open, without a word.
    Stall,
    /// Goes on with these bytes, slowly.
    Drip(&'static [u8]),
    /// Goes on with these bytes, as fast as they are taken.
    Flood(&'static [u8]),
}

/// A peer that waits for the first bytes on each connection, answers with these, and then ends.
pub(crate) async fn origin(said: &[u8], then: Then) -> SocketAddr {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    let said: Arc<[u8]> = said.into();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&said), then));
        }
    });
    address
}

async fn answer(mut stream: TcpStream, said: Arc<[u8]>, then: Then) {
    // What was asked is read, since closing with bytes unread would be a reset.
    let _ = stream.read(&mut [0; 4096]).await;
    let _ = stream.write_all(&said).await;
    match then {
        Then::Close => {}
        Then::Reset => stream.set_zero_linger().unwrap(),
        Then::Stall => {
            let _ = stream.read(&mut [0; 4096]).await;
        }
        Then::Drip(bytes) => {
            let mut pace = tokio::time::interval(Duration::from_millis(50));
            while stream.write_all(bytes).await.is_ok() {
                pace.tick().await;
            }
        }
        Then::Flood(bytes) => {
            let bytes = bytes.repeat(1000);
            while stream.write_all(&bytes).await.is_ok() {}
        }
    }
}

/// What a pretend name server knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Zone {
    rows: Vec<(Name, RData)>,
    code: u8,
}

impl Zone {
    /// Rows such as `shop.example A 104.16.0.1`; types A, AAAA and CNAME.
    pub(crate) fn rows(rows: &[&str]) -> Self {
        rows.iter().fold(Zone::default(), |zone, row| zone.and(row))
    }

    /// A server that gives this code to everybody (RFC 1035 4.1.1).
    pub(crate) fn code(code: u8) -> Self {
        Zone { code, ..Zone::default() }
    }

    pub(crate) fn with_code(self, code: u8) -> Self {
        Zone { code, ..self }
    }

    pub(crate) fn and(mut self, row: &str) -> Self {
        let [name, kind, value] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let data = match kind {
            "A" => RData::A(A(value.parse().unwrap())),
            "AAAA" => RData::AAAA(AAAA(value.parse().unwrap())),
            _ => RData::CNAME(CNAME(Name::from_ascii(format!("{value}.")).unwrap())),
        };
        self.rows.push((Name::from_ascii(format!("{name}.")).unwrap(), data));
        self
    }

    fn answer(&self, asked: &[u8], most: usize) -> Vec<u8> {
        let asked = Message::from_vec(asked).unwrap();
        let query = asked.queries[0].clone();
        let mut reply = asked.into_response();
        reply.metadata.response_code = ResponseCode::from(0, self.code);
        let mut name = query.name().clone();
        for _ in 0..4 {
            for (owner, data) in self.rows.iter().filter(|(owner, _)| *owner == name) {
                if data.record_type() == query.query_type()
                    || data.record_type() == RecordType::CNAME
                {
                    reply.add_answer(Row::from_rdata(owner.clone(), 60, data.clone()));
                }
            }
            let alias = self.rows.iter().find_map(|(owner, data)| match data {
                RData::CNAME(to) if *owner == name => Some(to.0.clone()),
                _ => None,
            });
            match alias {
                Some(alias) => name = alias,
                None => break,
            }
        }
        let bytes = reply.to_vec().unwrap();
        if bytes.len() <= most {
            return bytes;
        }
        reply.truncate().to_vec().unwrap()
    }
}

/// A name server on UDP and TCP of one port.
pub(crate) async fn name_server(zone: Zone) -> SocketAddr {
    let (udp, tcp) = loop {
        let udp = silent_udp().await;
        // The TCP port of the same number may be taken; then another pair is drawn.
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    let same = zone.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((came, from)) = udp.recv_from(&mut buffer).await {
            let _ = udp.send_to(&same.answer(&buffer[..came], 512), from).await;
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let length = stream.read_u16().await.unwrap();
            let mut asked = vec![0; usize::from(length)];
            stream.read_exact(&mut asked).await.unwrap();
            let reply = zone.answer(&asked, usize::from(u16::MAX));
            stream.write_u16(u16::try_from(reply.len()).unwrap()).await.unwrap();
            stream.write_all(&reply).await.unwrap();
        }
    });
    address
}
