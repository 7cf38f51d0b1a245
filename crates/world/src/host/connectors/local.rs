//! A connector's own HTTP server, asked on this machine: `/ready`, `/metrics`, `/config` and
//! `/diag/tunnel`, once each and side by side.
//!
//! It is spoken to in HTTP/1.0, so that Go's server sends whole bodies and closes. A server that never
//! answers, or answers without end, is silent when its time or its bytes are over.

use std::net::SocketAddr;
use std::time::Duration;

use rayfix_core::evidence::TcpAnswer;
use rayfix_core::evidence::host::tunnel::{
    Config, Heard, Local, LocalFrom, read_diag, read_metrics, read_ready, read_remote,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::dial;

/// For all four.
const PATIENCE: Duration = Duration::from_millis(700);
/// What is read of one answer.
const MOST_BYTES: usize = 1 << 20;

/// Asks the first of these addresses where a connector answers; where none does, what became of the
/// first one. With its rules, as it tells them.
pub(super) async fn ask(doors: &[(SocketAddr, LocalFrom)]) -> Option<(Local, Heard<Config>)> {
    let by = clock::instant() + PATIENCE;
    let asking: Vec<_> =
        doors.iter().take(6).map(|door| tokio::spawn(ask_one(*door, by))).collect();
    let mut heard = Vec::new();
    for one in asking {
        heard.extend(one.await.ok());
    }
    let answered = |local: &Local| {
        local.ready.said().is_some()
            || local.metrics.said().is_some()
            || local.diag.said().is_some()
    };
    let at = heard.iter().position(|(local, _)| answered(local)).unwrap_or(0);
    (at < heard.len()).then(|| heard.swap_remove(at))
}

async fn ask_one((address, from): (SocketAddr, LocalFrom), by: Instant) -> (Local, Heard<Config>) {
    let (ready, metrics, config, diag) = tokio::join!(
        get(address, "/ready", by, read_ready),
        get(address, "/metrics", by, read_metrics),
        get(address, "/config", by, read_remote),
        get(address, "/diag/tunnel", by, read_diag),
    );
    (Local { address, from, ready, metrics, diag }, config)
}

async fn get<T>(
    address: SocketAddr,
    path: &str,
    by: Instant,
    read: impl Fn(&[u8]) -> Option<T>,
) -> Heard<T> {
    let mut stream = match dial::connect(address, by).await {
        Ok(stream) => stream,
        Err(TcpAnswer::Refused) => return Heard::Refused,
        Err(_) => return Heard::Silent,
    };
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    let mut bytes = Vec::new();
    let talking = async {
        stream.write_all(request.as_bytes()).await?;
        // What came before a reset counts.
        let _ = (&mut stream).take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).await;
        std::io::Result::Ok(())
    };
    let in_time = timeout_at(by, talking).await.is_ok_and(|talked| talked.is_ok());
    if !in_time || bytes.len() > MOST_BYTES {
        return Heard::Silent;
    }
    let (status, body) = split(&bytes);
    // `/ready` says 503 where nothing is ready, and that is an answer.
    match read(body).filter(|_| matches!(status, Some(200 | 503))) {
        Some(said) => Heard::Said(said),
        None if bytes.is_empty() => Heard::Silent,
        None => Heard::Odd { status },
    }
}

/// The status and the body of a reply.
fn split(bytes: &[u8]) -> (Option<u16>, &[u8]) {
    let status = bytes
        .strip_prefix(b"HTTP/1.")
        .and_then(|rest| std::str::from_utf8(rest.get(2..5)?).ok())
        .and_then(|digits| digits.parse().ok());
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    (status, end.map_or(&[], |end| &bytes[end + 4..]))
}
