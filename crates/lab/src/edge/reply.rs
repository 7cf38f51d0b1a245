//! A reply of the edge to its visitor, and how it is written.

use jiff::Timestamp;

use crate::origins::page::status_line;

/// A reply with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Reply { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The head as it goes out, with what the edge adds to every reply. `framing`: the header that
    /// tells the end of the body.
    pub(crate) fn head(&self, ray: &str, framing: &str, keep: bool) -> Vec<u8> {
        let mut head = status_line(self.status);
        head.push_str(
            &Timestamp::now().strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n").to_string(),
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !framing.is_empty() {
            head.push_str(&format!("{framing}\r\n"));
        }
        head.push_str(if keep { "Connection: keep-alive\r\n" } else { "Connection: close\r\n" });
        head.push_str(&format!("Server: cloudflare\r\nCF-RAY: {ray}-AMS\r\n\r\n"));
        head.into_bytes()
    }
}
