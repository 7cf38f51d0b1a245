//! The edge's end of a tunnel: connectors that have dialled in, and the streams that they are asked for.
//!
//! The pretend cloudflared of the lab speaks lines instead of QUIC and Cap'n Proto. On a control
//! connection it registers (`REGISTER TUNNEL SECRET INDEX`) and is told `REGISTERED`, or `REFUSED` and
//! why. For a visit it is told `DIAL N` there, and opens a connection that begins with `STREAM N`; on
//! that one a request of HTTP/1.1 goes and its reply comes. A tunnel is up while a control connection
//! stands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// The connectors of one tunnel.
#[derive(Debug)]
pub(crate) struct Connectors {
    /// What a connector must know.
    secret: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Those that are connected, by a number of their own.
    controls: Vec<(u64, mpsc::UnboundedSender<u64>)>,
    /// Visits that wait for a stream.
    waiting: HashMap<u64, oneshot::Sender<TcpStream>>,
    next: u64,
}

/// How long a connector may take to open a stream.
const PATIENCE: Duration = Duration::from_secs(5);

impl Connectors {
    pub(crate) fn new(secret: &str) -> Self {
        Connectors { secret: secret.to_owned(), state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the tunnel is up.
    pub(crate) fn any(&self) -> bool {
        self.connected() > 0
    }

    /// How many connections stand; four of a connector that is well.
    pub(crate) fn connected(&self) -> usize {
        self.state().controls.len()
    }

    /// A stream to the service behind the tunnel, by the connectors in turn.
    pub(crate) async fn dial(&self) -> Option<TcpStream> {
        let stream = {
            let mut state = self.state();
            let number = state.next;
            state.next += 1;
            let turn = usize::try_from(number).ok()? % state.controls.len().max(1);
            let (give, stream) = oneshot::channel();
            state.controls.get(turn)?.1.send(number).ok()?;
            state.waiting.insert(number, give);
            stream
        };
        tokio::time::timeout(PATIENCE, stream).await.ok()?.ok()
    }

    /// Takes connectors until the task is ended.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                    let connectors = Arc::clone(&self);
                    connections.spawn(async move { connectors.welcome(stream).await });
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn welcome(&self, stream: TcpStream) -> Option<()> {
        let mut line = Vec::new();
        let mut stream = stream;
        // Byte by byte: what follows the line is the request's.
        while line.last() != Some(&b'\n') && line.len() < 4096 {
            let mut byte = [0];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut byte).await.ok()?;
            line.push(byte[0]);
        }
        let line = String::from_utf8(line).ok()?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["STREAM", number] => {
                let waiting = self.state().waiting.remove(&number.parse().ok()?);
                let _ = stream.set_nodelay(true);
                // A visitor that has gone needs no stream.
                waiting?.send(stream).ok()
            }
            ["REGISTER", _, secret, _] if secret == self.secret => self.hold(stream).await,
            ["REGISTER", ..] => {
                stream.write_all(b"REFUSED Unauthorized: Invalid tunnel secret\n").await.ok()
            }
            _ => None,
        }
    }

    /// Keeps a control connection for as long as it stands.
    async fn hold(&self, stream: TcpStream) -> Option<()> {
        let (tell, mut told) = mpsc::unbounded_channel();
        let number = {
            let mut state = self.state();
            let number = state.next;
            state.next += 1;
            state.controls.push((number, tell));
            number
        };
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        if write.write_all(b"REGISTERED\n").await.is_ok() {
            loop {
                tokio::select! {
                    // It says nothing more: any end of the connection ends this.
                    line = lines.next_line() => if !matches!(line, Ok(Some(_))) { break },
                    Some(dial) = told.recv() => {
                        let line = format!("DIAL {dial}\n");
                        if write.write_all(line.as_bytes()).await.is_err() {
                            break;
                        }
                    }
                }
            }
        }
        self.state().controls.retain(|(other, _)| *other != number);
        None
    }
}

/// Sends back what comes: the sign that QUIC would pass here.
pub(crate) async fn echo(socket: UdpSocket) {
    let mut bytes = [0; 1500];
    loop {
        if let Ok((length, from)) = socket.recv_from(&mut bytes).await {
            let _ = socket.send_to(&bytes[..length], from).await;
        }
    }
}
