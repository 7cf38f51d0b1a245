//! A raw HTTP client: a connection for every call, so that nothing is smoothed over.

use rayfix_lab::api::{Emulated, State, ids, sample};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An API, and whose token comes with the calls.
pub(crate) struct Api {
    pub(crate) emulated: Emulated,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Api {
    pub(crate) async fn sample() -> Api {
        Api::of(sample()).await
    }

    pub(crate) async fn of(state: State) -> Api {
        Api { emulated: Emulated::raise(state).await.expect("a port is free") }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Got {
        self.call("GET", path, &[&bearer(token)], None).await
    }

    pub(crate) async fn send(&self, token: &str, method: &str, path: &str, body: Value) -> Got {
        let json = "Content-Type: application/json".to_owned();
        self.call(method, path, &[&bearer(token), &json], Some(&body.to_string())).await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> Got {
        self.call("DELETE", path, &[&bearer(token)], None).await
    }

    /// A call with these headers; empty if the connection ends without an answer.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: Option<&str>,
    ) -> Got {
        let body = body.unwrap_or_default();
        let mut text = format!("{method} /client/v4{path} HTTP/1.1\r\nHost: api\r\n");
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        text.push_str(&format!(
            "Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let mut wire = TcpStream::connect(self.emulated.address).await.expect("it listens");
        wire.write_all(text.as_bytes()).await.expect("it reads");
        let mut bytes = Vec::new();
        wire.read_to_end(&mut bytes).await.expect("it ends");
        Got::read(&String::from_utf8_lossy(&bytes))
    }
}

/// The header that carries the token of this name.
pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {}", ids::token(token))
}

/// A path in a zone.
pub(crate) fn zone(name: &str, rest: &str) -> String {
    format!("/zones/{}{rest}", ids::hex(&format!("zone {name}")))
}

impl Got {
    fn read(text: &str) -> Got {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Got {
            status: status.and_then(|status| status.parse().ok()).unwrap_or(0),
            headers,
            text: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The result of a success.
    pub(crate) fn result(&self) -> Value {
        let json = self.json();
        assert!(json["success"] == true && self.status < 300, "{self:?}");
        assert_eq!(json["errors"], serde_json::json!([]));
        json["result"].clone()
    }

    /// Status and code of a refusal, in the envelope.
    pub(crate) fn refusal(&self) -> (u16, i64) {
        let json = self.json();
        assert!(json["success"] == false && json["result"].is_null(), "{self:?}");
        (self.status, json["errors"][0]["code"].as_i64().expect("an error has a code"))
    }

    /// What is said with the first error.
    pub(crate) fn says(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
    }
}
