//! A webhook on the loopback that takes whatever comes, on a thread of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A message that came.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Head, as it came.
    pub(crate) head: String,
    /// Body.
    pub(crate) body: String,
}

/// The webhook; the thread ends with the process.
pub(crate) struct Hook {
    pub(crate) address: SocketAddr,
    messages: Arc<Mutex<Vec<Message>>>,
}

impl Hook {
    pub(crate) fn raise() -> std::io::Result<Hook> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let messages = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&messages);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Ok(message) = take(&stream) {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(message);
                }
            }
        });
        Ok(Hook { address, messages })
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn take(stream: &TcpStream) -> std::io::Result<Message> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    Ok(Message { head, body: String::from_utf8_lossy(&body).into_owned() })
}
