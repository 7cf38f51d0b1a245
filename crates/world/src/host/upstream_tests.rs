//! Upstreams of every sort, pretended.

use std::os::unix::net::UnixListener as Blocking;

use rayfix_core::hop::Hop;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use super::*;
use crate::pretend::{self, Secure, Then};

fn asked(to: PeerAddress, speaks: Speaks) -> UpstreamAsked {
    UpstreamAsked {
        by: Hop::Proxy,
        to,
        speaks,
        host: Some("shop.example".to_owned()),
        path: "/cart?token=…".to_owned(),
        sni: None,
        verifies: false,
        as_user: None,
    }
}

async fn put(asked: &UpstreamAsked, change: impl Fn(&mut Manner<'_>)) -> Option<UpstreamAnswer> {
    let limit = Duration::from_millis(700);
    let mut manner = Manner {
        path: "/cart?token=s3cret",
        http: "1.0",
        headers: vec![("CDN-Loop".to_owned(), "cloudflare".to_owned())],
        checked_for: Some("shop.example"),
        trust: Trust::Only(&[]),
        shows_certificate: false,
        script: None,
        view: Arc::new(View::own()),
        user: None,
        connect: limit,
        reply: limit,
        flow: limit,
        ends: clock::instant() + limit * 3,
    };
    change(&mut manner);
    ask(asked, &manner).await
}

async fn check(to: SocketAddr, speaks: Speaks) -> UpstreamAnswer {
    put(&asked(PeerAddress::Ip(to), speaks), |_| ()).await.unwrap()
}

fn status(answer: &UpstreamAnswer) -> u16 {
    match answer {
        UpstreamAnswer::Http { http } => match http.as_ref() {
            HttpAnswer::Replied(reply) => reply.status,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_upstream_gets_the_request_that_the_proxy_would_send() {
    let said = b"HTTP/1.0 500 Oops\r\nContent-Length: 2\r\n\r\nno";
    let (to, mut heard) = pretend::hearing(said).await;
    assert_eq!(status(&check(to, Speaks::Http).await), 500);
    assert_eq!(
        heard.recv().await.unwrap(),
        "GET /cart?token=s3cret HTTP/1.0\r\nHost: shop.example\r\nCDN-Loop: cloudflare\r\n\
         Connection: close\r\n\r\n"
    );
}

#[tokio::test]
async fn what_goes_wrong_first_is_the_answer() {
    let closed = pretend::closed_port().await;
    let refused = UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, socket: None };
    assert_eq!(check(closed, Speaks::Http).await, refused);
    let (full, _held) = pretend::silent_port().await;
    let silent = check(full, Speaks::Http).await;
    assert!(
        matches!(silent, UpstreamAnswer::Unconnected { tcp: TcpAnswer::Silent { .. }, .. }),
        "{silent:?}"
    );
    let cut = pretend::origin(b"", Then::Close).await;
    let UpstreamAnswer::Http { http } = check(cut, Speaks::Http).await else { panic!() };
    assert!(matches!(*http, HttpAnswer::Empty { reset: false, .. }));
    let plain = pretend::origin(b"HTTP/1.0 400 Bad Request\r\n\r\n", Then::Close).await;
    let UpstreamAnswer::Handshake { tls } = check(plain, Speaks::Https).await else { panic!() };
    assert!(matches!(*tls, TlsAnswer::NotTls { http: true, .. }));
    // Nothing is asked of languages that we do not speak, or without what it takes to ask.
    let open = pretend::origin(b"", Then::Close).await;
    for speaks in [Speaks::Scgi, Speaks::Grpc, Speaks::Memcached, Speaks::Fastcgi] {
        assert_eq!(check(open, speaks).await, UpstreamAnswer::Accepted);
    }
}

#[tokio::test]
async fn a_large_head_shows_its_size() {
    let head = format!("HTTP/1.0 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(9000));
    let to = pretend::origin(head.as_bytes(), Then::Close).await;
    let UpstreamAnswer::Http { http } = check(to, Speaks::Http).await else { panic!() };
    let HttpAnswer::Replied(reply) = *http else { panic!() };
    assert!(reply.head_bytes > 9000);
}

#[tokio::test]
async fn a_certificate_counts_only_where_the_proxy_checks_it() {
    let to = pretend::secure(Secure::default()).await;
    let mut asked = asked(PeerAddress::Ip(to), Speaks::Https);
    assert_eq!(status(&put(&asked, |_| ()).await.unwrap()), 204);
    asked.verifies = true;
    let answer = put(&asked, |_| ()).await.unwrap();
    let UpstreamAnswer::Handshake { tls } = answer else { panic!("{answer:?}") };
    assert!(matches!(*tls, TlsAnswer::Greeted(ref seen) if !seen.chain.faults.is_empty()));
}

#[tokio::test]
async fn a_name_in_the_hello_is_sent_where_the_proxy_sends_one() {
    let secure = Secure { only: Some("shop.example"), ..Secure::default() };
    let to = pretend::secure(secure).await;
    let mut asked = asked(PeerAddress::Ip(to), Speaks::Https);
    let answer = put(&asked, |_| ()).await.unwrap();
    let UpstreamAnswer::Handshake { tls } = answer else { panic!("{answer:?}") };
    assert!(matches!(*tls, TlsAnswer::Alert { .. }), "{tls:?}");
    asked.sni = Some("shop.example".to_owned());
    assert_eq!(status(&put(&asked, |_| ()).await.unwrap()), 204);
}

#[tokio::test]
async fn a_wanted_certificate_that_only_the_proxy_has_is_no_fault() {
    let to = pretend::secure(Secure { wants_certificate: true, ..Secure::default() }).await;
    let asked = asked(PeerAddress::Ip(to), Speaks::Https);
    let answer = put(&asked, |manner| manner.shows_certificate = true).await;
    assert_eq!(answer, Some(UpstreamAnswer::Accepted));
}

#[tokio::test]
async fn names_are_resolved_as_the_system_does() {
    let to = pretend::origin(b"HTTP/1.0 204 No Content\r\n\r\n", Then::Close).await;
    let name = |host: &str| PeerAddress::Name { host: host.to_owned(), port: to.port() };
    // It may mean ::1 first, where nobody listens.
    let found = put(&asked(name("localhost"), Speaks::Http), |_| ()).await.unwrap();
    assert_eq!(status(&found), 204);
    let lost = put(&asked(name("no-such-host.invalid"), Speaks::Http), |_| ()).await.unwrap();
    assert!(matches!(lost, UpstreamAnswer::Nameless { .. }), "{lost:?}");
}

/// A path for a socket that nobody else has.
fn path(name: &str) -> String {
    let base = std::env::temp_dir().canonicalize().unwrap();
    base.join(format!("rayfix-up-{}-{name}.sock", std::process::id())).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_socket_file_is_told_apart_from_who_listens_there() {
    let unix = |path: &str| asked(PeerAddress::Unix(path.to_owned()), Speaks::Uwsgi);
    let gone = path("gone");
    let missing = put(&unix(&gone), |_| ()).await.unwrap();
    assert!(matches!(missing, UpstreamAnswer::SocketMissing { .. }), "{missing:?}");

    let dead = path("dead");
    drop(Blocking::bind(&dead).unwrap());
    let answer = put(&unix(&dead), |_| ()).await.unwrap();
    let UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, socket: Some(file) } = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(file.path, dead);

    let live = path("live");
    let app = UnixListener::bind(&live).unwrap();
    let serving = async {
        let (mut stream, _) = app.accept().await.unwrap();
        let mut start = [0; 4];
        stream.read_exact(&mut start).await.unwrap();
        let mut rest = vec![0; usize::from(u16::from_le_bytes([start[1], start[2]]))];
        stream.read_exact(&mut rest).await.unwrap();
        stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&rest).into_owned()
    };
    let asked = unix(&live);
    let (answer, heard) = tokio::join!(put(&asked, |_| ()), serving);
    assert_eq!(status(&answer.unwrap()), 502);
    assert!(heard.contains("/cart?token=s3cret") && heard.contains("shop.example"));
    for path in [dead, live] {
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn a_full_queue_of_a_socket_has_its_error_number() {
    let full = path("full");
    let app = socket_with_queue(&full);
    let mut held = Vec::new();
    let number = loop {
        match UnixStream::connect(&full).await {
            Ok(stream) => held.push(stream),
            Err(error) => break error.raw_os_error(),
        }
    };
    assert_eq!(number, Some(11));
    let answer = put(&asked(PeerAddress::Unix(full.clone()), Speaks::Http), |_| ()).await.unwrap();
    assert!(
        matches!(
            answer,
            UpstreamAnswer::Unconnected { tcp: TcpAnswer::Failed { errno: 11 }, socket: Some(_) }
        ),
        "{answer:?}"
    );
    drop(app);
    std::fs::remove_file(full).unwrap();
}

/// A listener with room for two.
fn socket_with_queue(path: &str) -> std::os::fd::OwnedFd {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};

    let listener = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddrUnix::new(path).unwrap()).unwrap();
    listen(&listener, 1).unwrap();
    listener
}
