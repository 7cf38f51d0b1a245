//! The server: HTTP/1.1 on a port of the loopback, until it is dropped.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::asked::{Asked, query};
use super::envelope::{Body, Reply};
use super::gate::{self, Credentials};
use super::grant::GrantKind;
use super::operations;
use super::state::{Changed, State};
use super::trouble::Instead;

/// Below this lies everything.
const BASE: &str = "/client/v4";
/// The longest body that is read.
const MOST: usize = 4 << 20;

/// An API that stands. Dropping it ends it and every connection to it.
#[derive(Debug)]
pub struct Emulated {
    /// `http://127.0.0.1:PORT/client/v4`.
    pub base: String,
    /// Where it listens.
    pub address: SocketAddr,
    service: Arc<Service>,
    _tasks: JoinSet<()>,
}

/// A call that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// `GET`.
    pub method: String,
    /// Below the base, without the query.
    pub path: String,
    /// The query, as it came.
    pub query: String,
    /// The name of the token's grant; none where it is not known. Never the token.
    pub token: Option<String>,
    /// What it was answered with; none while it was not, or never will be.
    pub status: Option<u16>,
}

#[derive(Debug)]
struct Service {
    state: Mutex<State>,
    log: Mutex<Vec<Logged>>,
    rays: AtomicU64,
}

/// Ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is to end here")]
struct Closed;

impl Emulated {
    /// Brings it up on a port that the kernel chooses.
    ///
    /// # Errors
    /// When the system refuses a socket.
    pub async fn raise(state: State) -> io::Result<Emulated> {
        Emulated::raise_on(0, state).await
    }

    /// Brings it up on a port; 0: any.
    ///
    /// # Errors
    /// When the system refuses the port.
    pub async fn raise_on(port: u16, state: State) -> io::Result<Emulated> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let service = Arc::new(Service {
            state: Mutex::new(state),
            log: Mutex::new(Vec::new()),
            rays: AtomicU64::new(0),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&service)));
        Ok(Emulated { base: format!("http://{address}{BASE}"), address, service, _tasks: tasks })
    }

    /// What it knows, to be looked at or changed; calls wait meanwhile.
    pub fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.service.state)
    }

    /// Changes what it knows, and tells those who want to hear of it.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.service.tell_changes();
    }

    /// The calls that came so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Logged> {
        locked(&self.service.log).clone()
    }

    /// Forgets the calls that came so far.
    pub fn forget_requests(&self) {
        locked(&self.service.log).clear();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves connections until the task is ended; theirs end with it.
async fn accept(listener: TcpListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let service = Arc::clone(&service);
                connections.spawn(async move {
                    let answer = service_fn(|request| Arc::clone(&service).answer(request));
                    let mut http = hyper::server::conn::http1::Builder::new();
                    // A connection that ends early is the other side's business.
                    let _ = http.keep_alive(true).serve_connection(TokioIo::new(stream), answer).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Service {
    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Closed> {
        let (head, body) = request.into_parts();
        let credentials = credentials(&head.headers);
        let method = head.method.to_string();
        let query_text = head.uri.query().unwrap_or_default().to_owned();
        let below = head.uri.path().strip_prefix(BASE);
        let path = below.unwrap_or(head.uri.path()).to_owned();
        let body = Limited::new(body, MOST).collect().await.map_err(|_| Closed)?.to_bytes();

        let entry = {
            let token = {
                let state = locked(&self.state);
                gate::whose(&state, &credentials).map(|grant| grant.name.clone())
            };
            let mut log = locked(&self.log);
            log.push(Logged {
                method: method.clone(),
                path: path.clone(),
                query: query_text.clone(),
                token,
                status: None,
            });
            log.len() - 1
        };

        let (latency, instead) = {
            let mut state = locked(&self.state);
            let instead = state.trouble.iter_mut().find_map(|trouble| trouble.take(&path));
            (state.latency, instead)
        };
        wait(latency).await;
        let instead = match instead {
            Some(Instead::Hang) => std::future::pending().await,
            Some(Instead::Close) => return Err(Closed),
            Some(Instead::After(time)) => {
                wait(time).await;
                None
            }
            Some(Instead::Reply(reply)) => Some(*reply),
            None => None,
        };

        let reply = {
            let mut state = locked(&self.state);
            let who = limited_as(&state, &credentials);
            let (headers, refusal) = state.limits.spend(&who, Instant::now());
            let mut reply = match (instead, refusal) {
                (Some(reply), _) | (None, Some(reply)) => reply,
                (None, None) => {
                    let asked = read_body(&head.headers, &body).map(|body| Asked {
                        method,
                        path,
                        params: Vec::new(),
                        query: query(&query_text),
                        body,
                        grant: None,
                        now: state.time(),
                    });
                    match asked {
                        Ok(asked) => {
                            gate::pass(&mut state, operations::TABLES, asked, &credentials)
                        }
                        Err(reply) => reply,
                    }
                }
            };
            reply.headers.extend(headers);
            reply
        };
        self.tell_changes();
        if let Some(logged) = locked(&self.log).get_mut(entry) {
            logged.status = Some(reply.status);
        }
        let ray = self.rays.fetch_add(1, Ordering::Relaxed);
        Ok(response(reply, ray))
    }

    /// Tells what changed to those who want to hear of it, with the state free for them to look at.
    fn tell_changes(&self) {
        let (changes, on_ssl, on_records) = {
            let mut state = locked(&self.state);
            let changes = std::mem::take(&mut state.changed);
            if changes.is_empty() {
                return;
            }
            (changes, state.on_ssl.clone(), state.on_records.clone())
        };
        for change in changes {
            match change {
                Changed::Ssl { zone, mode } => on_ssl.iter().for_each(|hear| hear(&zone, &mode)),
                Changed::Records { zone } => {
                    let records = locked(&self.state).zone(&zone).map(|zone| zone.records.clone());
                    if let Some(records) = records {
                        on_records.iter().for_each(|hear| hear(&zone, &records));
                    }
                }
            }
        }
    }
}

async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

fn credentials(headers: &HeaderMap) -> Credentials {
    let authorization = headers
        .get(AUTHORIZATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Credentials { authorization, key: headers.contains_key("x-auth-key") }
}

/// All tokens of a user count as one; an account's each for itself.
fn limited_as(state: &State, credentials: &Credentials) -> String {
    match gate::whose(state, credentials) {
        Some(grant) if grant.kind == GrantKind::Account => format!("account {}", grant.name),
        Some(_) => "user".to_owned(),
        None => "nobody".to_owned(),
    }
}

/// The body as JSON; null where none came.
fn read_body(headers: &HeaderMap, body: &Bytes) -> Result<Value, Reply> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let json =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
            value.split(';').next().unwrap_or_default().trim() == "application/json"
        });
    if !json {
        let wrong = "Content-Type must be application/json";
        return Err(Reply::fail_chain(400, (6003, "Invalid request headers"), (6105, wrong)));
    }
    serde_json::from_slice(body)
        .map_err(|_| Reply::fail(400, 6007, "Malformed JSON in request body"))
}

fn response(reply: Reply, ray: u64) -> Response<Full<Bytes>> {
    let (kind, bytes) = match reply.body {
        Body::Json(value) => (Some("application/json"), Bytes::from(value.to_string())),
        Body::Empty => (None, Bytes::new()),
        Body::Text(kind, text) => (Some(kind), Bytes::from(text)),
    };
    let mut builder = Response::builder()
        .status(reply.status)
        .header("server", "cloudflare")
        .header("cf-ray", format!("{:016x}-LAB", 0x8c00_0000_0000_0000 + ray));
    if let Some(kind) = kind {
        builder = builder.header(CONTENT_TYPE, kind);
    }
    for (name, value) in reply.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(bytes)).unwrap_or_else(|_| Response::new(Full::default()))
}
