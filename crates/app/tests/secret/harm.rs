//! APIs that mean harm, or do it by mistake: they tell the credentials that they were shown, or send
//! whoever asks to another host.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What a harmful API answers; the credentials stand for `{}`.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A harmful API. It answers as long as the process lives.
pub(crate) struct Harm {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Harm {
    pub(crate) fn stand(answer: Answer) -> Harm {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has ports");
        let address = listener.local_addr().expect("a listener has an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (answer.clone(), Arc::clone(&log));
                thread::spawn(move || converse(stream, &answer, &log));
            }
        });
        Harm { address, heard }
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}/client/v4", self.address)
    }

    /// The credentials of every request that came; empty where one had none.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn converse(stream: TcpStream, answer: &Answer, log: &Mutex<Vec<String>>) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream);
    loop {
        let (mut credentials, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            match name.to_ascii_lowercase().as_str() {
                "authorization" => value.trim().clone_into(&mut credentials),
                "content-length" => length = value.trim().parse().ok()?,
                _ => {}
            }
        }
        lines.by_ref().take(length).read_to_end(&mut Vec::new()).ok()?;
        log.lock().unwrap_or_else(PoisonError::into_inner).push(credentials.clone());
        let body = answer.body.replace("{}", &credentials);
        let head = answer.head.replace("{}", &credentials);
        let whole = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        out.write_all(whole.as_bytes()).ok()?;
    }
}
