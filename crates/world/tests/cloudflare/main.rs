//! The client against a server that says what it is told to: every refusal, every retry, every bound.
//!
//! The server speaks bytes, so that it can also break off, drip and stay silent.

mod counts;
mod limits;
mod lists;
mod refusals;
mod tls;
mod tokens;
mod tries;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rayfix_core::evidence::account::{ApiRefusal, RefusalKind, TokenKind};
use rayfix_world::cloudflare::{Api, Call, Client, Method, Token};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// No token has this form; the client takes it for one.
const TOKEN: &str = "made-up-for-this-test";

/// What the server does with a request.
#[derive(Clone)]
enum Act {
    /// Status, headers (each ended by CR LF), body.
    Say(u16, &'static str, String),
    /// Bytes as they are, then the end.
    Raw(Vec<u8>),
    /// Reads the request and resets the connection.
    Break,
    /// Never answers.
    Silence,
    /// A head, and then a byte now and then, for ever.
    Drip,
}

/// A server that plays its acts in order, the last for ever, and keeps what it was asked.
struct Server {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn playing(acts: Vec<Act>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, acts.clone(), Arc::clone(&kept)));
            }
        });
        Server { at, asked }
    }

    async fn saying(status: u16, body: impl ToString) -> Server {
        Server::playing(vec![Act::Say(status, "", body.to_string())]).await
    }

    fn client(&self) -> Client {
        self.client_within(Duration::from_secs(8))
    }

    fn client_within(&self, timeout: Duration) -> Client {
        client(&format!("http://{}/client/v4", self.at), timeout)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|head| head.lines().next().unwrap().to_owned()).collect()
    }
}

async fn serve<S>(mut stream: S, acts: Vec<Act>, asked: Arc<Mutex<Vec<String>>>)
where
    S: AsyncRead + AsyncWrite + Breakable + Unpin,
{
    let mut came = Vec::new();
    loop {
        let Some(request) = request(&mut stream, &mut came).await else { return };
        let act = {
            let mut asked = asked.lock().unwrap();
            asked.push(request);
            acts[(asked.len() - 1).min(acts.len() - 1)].clone()
        };
        match act {
            Act::Say(status, headers, body) => {
                let head = format!(
                    "HTTP/1.1 {status} Said\r\n{headers}content-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
            Act::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Act::Break => {
                stream.break_off();
                return;
            }
            Act::Silence => {
                let _ = stream.read_to_end(&mut Vec::new()).await;
                return;
            }
            Act::Drip => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n").await;
                let mut tick = tokio::time::interval(Duration::from_millis(50));
                while stream.write_all(b" ").await.is_ok() {
                    tick.tick().await;
                }
                return;
            }
        }
    }
}

/// What can end in a reset.
trait Breakable {
    /// Its end will be one.
    fn break_off(&self);
}

impl Breakable for TcpStream {
    fn break_off(&self) {
        self.set_zero_linger().unwrap();
    }
}

impl<S: Breakable> Breakable for tokio_rustls::server::TlsStream<S> {
    fn break_off(&self) {
        self.get_ref().0.break_off();
    }
}

/// One request, head and body, as text.
async fn request<S: AsyncRead + Unpin>(stream: &mut S, came: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = came.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&came[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok()
            });
            let whole = end + 4 + length.unwrap_or(0);
            if came.len() >= whole {
                let rest = came.split_off(whole);
                let request = String::from_utf8_lossy(&std::mem::replace(came, rest)).into_owned();
                return Some(request);
            }
        }
        if stream.read_buf(came).await.ok()? == 0 {
            return None;
        }
    }
}

fn client(base: &str, timeout: Duration) -> Client {
    let token = Token::new(TOKEN).ok();
    let api = Api { base: base.parse().unwrap(), token, roots: vec![], detour: None, timeout };
    Client::new(api).unwrap_or_else(|error| panic!("{error}"))
}

fn read() -> Call {
    Call::new(Method::Get, "/zones/z/settings/ssl".to_owned(), Some("Zone Settings Read"))
}

fn write() -> Call {
    let call =
        Call::new(Method::Patch, "/zones/z/settings/ssl".to_owned(), Some("Zone Settings Write"));
    call.sending(json!({"value": "full"}))
}

fn good(result: Value) -> String {
    json!({"success": true, "errors": [], "messages": [], "result": result}).to_string()
}

fn bad(code: i64, message: &str) -> String {
    let errors = json!([{"code": code, "message": message}]);
    json!({"success": false, "errors": errors, "messages": [], "result": null}).to_string()
}

async fn refused(server: &Server, call: &Call) -> ApiRefusal {
    server.client().call::<Value>(call).await.unwrap_err()
}

#[tokio::test]
async fn a_call_brings_its_result() {
    let server = Server::saying(200, good(json!({"id": "ssl", "value": "full"}))).await;
    let result: Value = server.client().call(&write()).await.unwrap();
    assert_eq!(result["value"], "full");
    let asked = &server.asked()[0];
    assert!(asked.starts_with("PATCH /client/v4/zones/z/settings/ssl HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("authorization: Bearer {TOKEN}\r\n")), "{asked}");
    assert!(asked.contains("content-type: application/json\r\n"), "{asked}");
    assert!(asked.ends_with("{\"value\":\"full\"}"), "{asked}");
}
