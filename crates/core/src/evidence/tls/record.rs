//! The first answer to a hello: an alert, a ServerHello, or something that is not TLS at all.
//!
//! Records are RFC 8446 5.1 (the same since TLS 1.0), alerts 6, ServerHello 4.1.3. A warning may
//! come before the ServerHello (some peers warn that they do not know the name, and go on), so
//! warnings are passed over. Nothing is decrypted, and certificates are not looked for.

use super::TlsAnswer;
use crate::evidence::http::printable;
use crate::redact;

/// What stands at the beginning of what a peer sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstRecord {
    /// Too little has come to tell; also where only warnings have.
    NeedMore,
    /// A fatal alert, or the notice that the peer closes; its code.
    Alert(u8),
    /// The peer chose.
    ServerHello {
        /// On the wire, from the extension where TLS 1.3 hides it: 0x0300 for SSL 3 to 0x0304.
        version: u16,
        /// IANA number of the cipher suite.
        cipher: u16,
    },
    /// Not TLS.
    NotTls {
        /// The first bytes, at most 48, with a dot for each byte that is not printable.
        first: String,
        /// Whether they begin an HTTP reply.
        http: bool,
    },
    /// TLS records, but not what may follow a hello.
    Garbled,
}

impl FirstRecord {
    /// The answer that this makes; `None`: more is needed.
    #[must_use]
    pub fn answer(self) -> Option<TlsAnswer> {
        Some(match self {
            FirstRecord::NeedMore => return None,
            FirstRecord::Alert(code) => TlsAnswer::Alert { code, client_certificate_asked: false },
            FirstRecord::ServerHello { version, cipher } => {
                TlsAnswer::HelloAccepted { version, cipher }
            }
            FirstRecord::NotTls { first, http } => TlsAnswer::NotTls { first, http },
            FirstRecord::Garbled => TlsAnswer::Garbled,
        })
    }
}

const ALERT: u8 = 0x15;
const HANDSHAKE: u8 = 0x16;
/// RFC 5246 6.2.3: 2^14 and 2 KiB.
const LONGEST_RECORD: usize = 16_384 + 2048;
/// A ServerHello is a few hundred bytes long; what is longer is none.
const LONGEST_HELLO: usize = 65_535;
/// Warnings that are passed over.
const MOST_WARNINGS: usize = 4;

/// Reads what a peer sent so far, from its first byte. Ask again with more bytes after
/// [`FirstRecord::NeedMore`]; 70 KB decide in any case.
#[must_use]
pub fn first_record(bytes: &[u8]) -> FirstRecord {
    let foreign = match bytes {
        [] | [0x14..=0x17] => return FirstRecord::NeedMore,
        [0x14..=0x17, 3, ..] => false,
        _ => true,
    };
    if foreign {
        let http = bytes.starts_with(b"HTTP/");
        if !http && b"HTTP/".starts_with(bytes) {
            return FirstRecord::NeedMore;
        }
        return FirstRecord::NotTls { first: first_line(bytes), http };
    }
    read(bytes).unwrap_or(FirstRecord::NeedMore)
}

/// What something else began with: a banner, a status line. What follows can be headers, of which
/// any can hold a secret.
fn first_line(bytes: &[u8]) -> String {
    let begin = bytes.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(0);
    let line = bytes[begin..].split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
    redact::text(&printable(line, 48))
}

/// `None`: more is needed.
fn read(mut bytes: &[u8]) -> Option<FirstRecord> {
    let mut message = Vec::new();
    let mut warnings = 0;
    loop {
        let (head, rest) = bytes.split_first_chunk::<5>()?;
        let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
        if head[1] != 3 || head[2] > 4 || length > LONGEST_RECORD {
            return Some(FirstRecord::Garbled);
        }
        match head[0] {
            ALERT if message.is_empty() && length == 2 => {
                let (alert, rest) = rest.split_first_chunk::<2>()?;
                match *alert {
                    [1, code] if code != 0 && warnings < MOST_WARNINGS => {
                        warnings += 1;
                        bytes = rest;
                    }
                    [1 | 2, code] => return Some(FirstRecord::Alert(code)),
                    _ => return Some(FirstRecord::Garbled),
                }
            }
            HANDSHAKE if length > 0 => {
                let piece = &rest[..length.min(rest.len())];
                message.extend_from_slice(piece);
                if let Some(answer) = server_hello(&message) {
                    return Some(answer);
                }
                bytes = rest.get(length..)?;
            }
            _ => return Some(FirstRecord::Garbled),
        }
    }
}

/// `None`: the message has not come whole.
fn server_hello(message: &[u8]) -> Option<FirstRecord> {
    let (&kind, rest) = message.split_first()?;
    if kind != 2 {
        return Some(FirstRecord::Garbled);
    }
    let (length, rest) = rest.split_first_chunk::<3>()?;
    let length =
        usize::from(length[0]) << 16 | usize::from(length[1]) << 8 | usize::from(length[2]);
    if length > LONGEST_HELLO {
        return Some(FirstRecord::Garbled);
    }
    let body = rest.get(..length)?;
    Some(chosen(body).unwrap_or(FirstRecord::Garbled))
}

/// `None`: this is no ServerHello.
fn chosen(body: &[u8]) -> Option<FirstRecord> {
    let (version, rest) = word(body)?;
    let (&session, rest) = rest.get(32..)?.split_first()?;
    let (cipher, rest) = word(rest.get(usize::from(session)..)?)?;
    let (_compression, rest) = rest.split_first()?;
    let mut version = version;
    if !rest.is_empty() {
        let (length, mut extensions) = word(rest)?;
        if usize::from(length) != extensions.len() {
            return None;
        }
        while !extensions.is_empty() {
            let (number, rest) = word(extensions)?;
            let (length, rest) = word(rest)?;
            let content = rest.get(..usize::from(length))?;
            if let (0x2b, &[high, low]) = (number, content) {
                version = u16::from_be_bytes([high, low]);
            }
            extensions = &rest[usize::from(length)..];
        }
    }
    (0x0300..=0x0304).contains(&version).then_some(FirstRecord::ServerHello { version, cipher })
}

fn word(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (word, rest) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*word), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// Reads the sample whole, and byte by byte: it may only go from "more" to the answer, once.
    fn check(sample: &[u8], wanted: &FirstRecord) {
        assert_eq!(first_record(sample), *wanted, "{}", printable(sample, 80));
        for end in 0..sample.len() {
            match (first_record(&sample[..end]), wanted) {
                (FirstRecord::NeedMore, _) => {}
                (FirstRecord::NotTls { http, .. }, FirstRecord::NotTls { http: is, .. }) => {
                    assert_eq!(http, *is);
                }
                (early, _) => assert_eq!(early, *wanted, "after {end} bytes"),
            }
        }
    }

    /// Captured: OpenSSL 3.0.19 `s_server -tls1_1 -cipher ALL:@SECLEVEL=0`, greeted by `hello`.
    const TLS11: &str = "160302005d02000059030210e78ce62b055ef12fa6e1c2dccc5989824c37883e2ddb31
        bb5a00d9744019222002eda1a86de5a85247551e7281ec5676c6340aba77313550c9e73bf19233c23b
        c013000011ff01000100000b00040300010200170000";
    /// Captured: OpenSSL 3.0.19 `s_server -tls1_2 -servername other.example`: it warns that it does
    /// not know the name, and goes on.
    const WARNED: &str = "15030300020170 160303005d020000590303bcde9463dfe68f36860db0407151a0477d
        66afc5f28e94d5ef979ea4412867ee20123557ef744aebe05bdd8bf3f6faea52070633a86a8ebad1c88edd
        0019bb8b96c02f000011ff01000100000b00040300010200170000";

    #[test]
    fn a_server_hello_tells_version_and_suite() {
        let hello = |version, cipher| FirstRecord::ServerHello { version, cipher };
        check(&bytes(TLS11), &hello(0x0302, 0xc013));
        check(&bytes(WARNED), &hello(0x0303, 0xc02f));
        // Made up after RFC 8446 4.1.3: TLS 1.3 hides its version in an extension.
        let tls13 = format!(
            "160303003c 02000038 0303 {} 00 1301 00 0010 002b00020304 0033000600 1d000 20102",
            "ab".repeat(32)
        );
        check(&bytes(&tls13), &hello(0x0304, 0x1301));
        // Made up: without extensions, and cut into two records.
        let cut = format!("1603010003 020000 1603010027 26 0301 {} 00 0005 00", "ab".repeat(32));
        check(&bytes(&cut), &hello(0x0301, 0x0005));
    }

    #[test]
    fn a_fatal_alert_tells_its_code() {
        for (sample, code) in [
            // Captured: nginx 1.22.1 with `ssl_reject_handshake on`.
            ("15030300020270", 112),
            // Captured: OpenSSL 3.0.19 `s_server -tls1_3`, greeted with TLS 1.2.
            ("15030300020246", 70),
            // Captured: OpenSSL 3.0.19 with no suite in common.
            ("15030300020228", 40),
            // Made up: a notice of closing, at level warning.
            ("15030100020100", 0),
        ] {
            check(&bytes(sample), &FirstRecord::Alert(code));
        }
    }

    #[test]
    fn what_is_not_tls_is_shown_harmlessly() {
        for (sample, first, http) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], "HTTP/1.1 400 Bad Request", true),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2", false),
            (b"\x1b[31mHi", ".[31mHi", false),
            (b"\x16\x00", "..", false),
            (b"<html>", "<html>", false),
        ] {
            check(sample, &FirstRecord::NotTls { first: first.to_owned(), http });
        }
    }

    #[test]
    fn records_that_cannot_follow_a_hello_are_garbled() {
        for sample in [
            "1703030001 00",
            "1403030001 01",
            "1603030000",
            "1603ff0001 02",
            "160303ffff",
            "1603030004 0b000000",
            "1603030004 02010000",
            "1603030006 02000002 0303",
            "1503030002 0328",
            "1503030003 022800",
            "1503030002 0170 1503030002 0170 1503030002 0170 1503030002 0170 1503030003 000000",
        ] {
            check(&bytes(sample), &FirstRecord::Garbled);
        }
    }

    #[test]
    fn warnings_alone_decide_nothing() {
        check(&bytes("15030300020170"), &FirstRecord::NeedMore);
        check(b"", &FirstRecord::NeedMore);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn damaged_records_are_read_without_harm(
            at in 0_usize..200, byte in any::<u8>(), end in 0_usize..200,
        ) {
            let mut sample = bytes(WARNED);
            let at = at % sample.len();
            sample[at] = byte;
            sample.truncate(end);
            let _ = first_record(&sample).answer();
        }
    }
}
