//! Pretend peers for the tests of single files: listeners on the loopback that answer as they are
//! told. Whole sites are staged by the lab instead.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record as Row, RecordType};
use rayfix_core::evidence::{Evidence, Reading};
use rayfix_core::target::{Origin, Site, SslMode, Target};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ResolvesServerCertUsingSni, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::probes::Probe;
use crate::setup::Setup;
use crate::sitting::{Addresses, Sitting};

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

/// A peer that answers with these bytes, and what it was asked.
pub(crate) async fn hearing(said: &'static [u8]) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    let (tell, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") && stream.read_buf(&mut asked).await.unwrap() > 0 {}
            let _ = tell.send(String::from_utf8(asked).unwrap());
            let _ = stream.write_all(said).await;
        }
    });
    (address, heard)
}

/// A peer that answers nobody before so many connections have come; also when they had.
pub(crate) async fn meeting(guests: usize) -> (SocketAddr, oneshot::Receiver<()>) {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    let (all_came, told) = oneshot::channel();
    tokio::spawn(async move {
        let mut came = Vec::new();
        while came.len() < guests {
            came.push(listener.accept().await.unwrap().0);
        }
        let _ = all_came.send(());
        drop(came);
        while listener.accept().await.is_ok() {}
    });
    (address, told)
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

/// How a pretend peer speaks TLS. The default takes everybody, with a certificate of its own making.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Secure {
    /// TLS 1.2 only.
    pub(crate) old: bool,
    /// Hellos with another name, or without one, are refused.
    pub(crate) only: Option<&'static str>,
    /// Visitors without a certificate are refused.
    pub(crate) wants_certificate: bool,
}

impl Secure {
    pub(crate) fn old() -> Self {
        Secure { old: true, ..Secure::default() }
    }

    fn config(self) -> ServerConfig {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
        let (chain, key) = (vec![cert.der().clone()], signing_key.serialize_der());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions: &[_] = if self.old { &[&TLS12] } else { &[&TLS12, &TLS13] };
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .unwrap();
        let config = if self.wants_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(chain[0].clone()).unwrap();
            let wanted =
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
            config.with_client_cert_verifier(wanted.build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(key.into());
        let Some(only) = self.only else { return config.with_single_cert(chain, key).unwrap() };
        let mut names = ResolvesServerCertUsingSni::new();
        let key = provider.key_provider.load_private_key(key).unwrap();
        names.add(only, CertifiedKey::new(chain, key)).unwrap();
        config.with_cert_resolver(Arc::new(names))
    }
}

/// A peer that speaks TLS and replies `204` to whatever is asked.
pub(crate) async fn secure(secure: Secure) -> SocketAddr {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(secure.config()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

/// The record of a ServerHello with this version and suite, and nothing after it.
pub(crate) fn server_hello(version: u16, suite: u16) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    let length = u8::try_from(body.len()).unwrap();
    let mut record = vec![0x16, 3, 1, 0, length + 4, 2, 0, 0, length];
    record.extend(body);
    record
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

/// Asks one probe about `shop.example`, whose edge and origin are these peers on every port.
pub(crate) async fn ask(
    probe: &Probe,
    site: &str,
    edge: Option<SocketAddr>,
    origin: Option<SocketAddr>,
) -> Vec<Reading> {
    let mut target = Target::new(Site::parse(site).unwrap());
    target.ssl_mode = Some(SslMode::Full);
    target.origins.extend(origin.map(|_| "203.0.113.7".parse::<Origin>().unwrap()));
    let mut setup = Setup { timeout: Duration::from_millis(2_500), ..Setup::default() };
    for port in [80, 443] {
        for (address, to) in [("104.16.0.1", edge), ("203.0.113.7", origin)] {
            to.into_iter().for_each(|to| setup.detours.add(address, port, to));
        }
    }
    let sitting = Arc::new(Sitting::new(target.clone(), setup));
    let found = edge.map(|_| "104.16.0.1".parse().unwrap());
    sitting.tell_addresses(Addresses::Found(found.into_iter().collect()));
    (probe.ask)(Arc::clone(&sitting)).await;
    Evidence::new(target, sitting.take_seen(), 0).readings
}
