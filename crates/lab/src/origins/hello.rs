//! TLS records written by hand: what a library would not send, or not so wrongly.
//!
//! Layouts after RFC 5246 (7.2 alerts, 7.4.1 hellos). The key exchange is never reached.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// RFC 6066, 3.
pub const UNRECOGNIZED_NAME: u8 = 112;
/// RFC 5246, 7.2.2.
pub const HANDSHAKE_FAILURE: u8 = 40;

/// A fatal alert as a record.
#[must_use]
pub fn alert(code: u8) -> Vec<u8> {
    vec![0x15, 0x03, 0x03, 0x00, 0x02, 0x02, code]
}

/// A ServerHello as a record.
#[must_use]
pub fn server_hello(version: u16, suite: u16) -> Vec<u8> {
    let [high, low] = version.to_be_bytes();
    let mut body = vec![high, low];
    body.extend([0x5a; 32]); // the random
    body.push(0); // no session
    body.extend(suite.to_be_bytes());
    body.push(0); // no compression
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut message = vec![0x02, 0x00];
    message.extend(length(&body));
    message.extend(body);
    let mut record = vec![0x16, high, low];
    record.extend(length(&message));
    record.extend(message);
    record
}

/// What an origin that knows only these suites of TLS 1.2 answers to a hello.
#[must_use]
pub fn answer_to(hello: &[u8], suites: &[u16]) -> Vec<u8> {
    let offered = offered_suites(hello);
    match suites.iter().find(|suite| offered.contains(suite)) {
        Some(suite) => server_hello(0x0303, *suite),
        None => alert(HANDSHAKE_FAILURE),
    }
}

/// The first record, or whatever comes within 2 s; at most 16 KiB.
pub async fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(2), async {
        let mut part = [0; 4096];
        while let Ok(count) = stream.read(&mut part).await {
            bytes.extend(&part[..count]);
            let whole = match bytes.get(3..5) {
                Some(&[high, low]) if bytes[0] == 0x16 => {
                    bytes.len() >= 5 + usize::from(u16::from_be_bytes([high, low]))
                }
                // Not a handshake record: whatever it is, it is all there will be.
                Some(_) => true,
                None => false,
            };
            if count == 0 || whole || bytes.len() > 16 * 1024 {
                break;
            }
        }
    })
    .await;
    bytes
}

/// The suites that a ClientHello offers; empty for anything else.
fn offered_suites(hello: &[u8]) -> Vec<u16> {
    // Record header 5, handshake header 4, version 2, random 32.
    let read = || -> Option<Vec<u16>> {
        let session = usize::from(*hello.get(43)?);
        let at = 44 + session;
        let length = usize::from(u16::from_be_bytes([*hello.get(at)?, *hello.get(at + 1)?]));
        let list = hello.get(at + 2..at + 2 + length)?;
        Some(list.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
    };
    read().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_gets_the_suite_that_both_know_or_alert_40() {
        let mut hello = vec![0x16, 3, 1, 0, 49, 1, 0, 0, 45, 3, 3];
        hello.extend([7; 32]);
        hello.push(2);
        hello.extend([9, 9]);
        hello.extend([0, 4, 0xc0, 0x2b, 0x00, 0x9f]);
        assert_eq!(answer_to(&hello, &[0x009f]), server_hello(0x0303, 0x009f));
        assert_eq!(answer_to(&hello, &[0x0005]), alert(HANDSHAKE_FAILURE));
        assert_eq!(answer_to(b"GET / HTTP/1.1\r\n\r\n", &[0x009f]), alert(HANDSHAKE_FAILURE));
    }
}
