//! Apache httpd's error log.
//!
//! # What it looks like
//! `[Sun Nov 22 05:28:53.442899 2026] [proxy:error] [pid 21584:tid 21588] (111)Connection refused:
//! [client 198.51.100.94:0] AH00957: http: attempt to connect to 127.0.0.1:8001 failed`. Local
//! time; the `AH` number names the message in every version, and the number in brackets the error.
//!
//! # What it means
//! One failed request makes two or three lines; the one with the error's number is the cause, those
//! after it repeat it. Apache answers 503 when the app refuses and 502 when the app is too slow,
//! the other way about from nginx.
//!
//! # Sources
//! - strings of Apache 2.4.71 and captures of it (Debian), 2026-11-22

use super::event::{LogEvent, Upstream};
use super::nginx_error::edge_role;
use super::{Class, Dialect, Fit, Role, scan, timestamp};

/// Apache's error log.
pub static UNIT: Dialect =
    Dialect { programs: &["apache2", "httpd", "apachectl"], recognises, read };

fn recognises(line: &[u8]) -> Fit {
    Fit::own(head(line).is_some())
}

struct Head<'a> {
    at: timestamp::Moment,
    /// `proxy:error`.
    module: &'a [u8],
    pid: Option<u32>,
    rest: &'a [u8],
}

/// `[time] [module:level] [pid P:tid T] `; the last is absent where it is switched off.
fn head(line: &[u8]) -> Option<Head<'_>> {
    let (at, rest) = timestamp::asctime(line.strip_prefix(b"[")?)?;
    let (module, rest) = scan::split(scan::strip(rest, "] [")?, "] ")?;
    memchr::memchr(b':', module)?;
    let (pid, rest) = match scan::strip(rest, "[pid ") {
        Some(inner) => {
            let (pid, _) = scan::number(inner)?;
            (u32::try_from(pid).ok(), scan::after(inner, "] ")?)
        }
        None => (None, rest),
    };
    Some(Head { at, module, pid, rest })
}

fn read(line: &[u8]) -> Option<LogEvent> {
    let Head { at, module, pid, mut rest } = head(line)?;
    let mut errno = None;
    if rest.first() == Some(&b'(') {
        let (text, after) = scan::split(rest, ": ")?;
        errno = scan::number(&text[1..]).map(|(number, _)| number);
        // `(EAI 3)Temporary failure in name resolution`.
        rest = after;
    }
    let mut client: &[u8] = b"";
    if let Some(inner) = scan::strip(rest, "[client ") {
        let (who, after) = scan::split(inner, "] ")?;
        client = match memchr::memrchr(b':', who) {
            Some(colon) => &who[..colon],
            None => who,
        };
        rest = after;
    }
    let (code, said) = match scan::strip(rest, "AH") {
        Some(number) => {
            let (code, said) = scan::number(number)?;
            (code, scan::strip(said, ": ").unwrap_or(said))
        }
        None => (0, rest),
    };
    let (class, role) = meaning(code, errno, said, client, module)?;
    let mut event = LogEvent::new(class, rest).role(role).at(at).pid(pid);
    event.client = (!client.is_empty()).then(|| scan::text(client));
    event.upstream = peer(code, said);
    if code == 898 {
        event.path = scan::after(said, " returned by ").map(scan::path);
    }
    Some(event)
}

fn meaning(
    code: u64,
    errno: Option<u64>,
    said: &[u8],
    client: &[u8],
    module: &[u8],
) -> Option<(Class, Role)> {
    let plain = |class: Class| Some((class, class.role()));
    let repeats = |class: Class| Some((class, Role::Consequence));
    match (code, errno) {
        (_, Some(23 | 24)) => plain(Class::FilesExhausted),
        (_, Some(28)) => plain(Class::DiskFull),
        (957 | 2454, Some(111)) => plain(Class::UpstreamRefused),
        (957 | 2454, Some(2)) => plain(Class::UpstreamSocketMissing),
        (957 | 2454, Some(13)) => plain(Class::UpstreamSocketForbidden),
        (957 | 2454, Some(11)) => plain(Class::UpstreamQueueFull),
        (957 | 2454, Some(110 | 70007)) => plain(Class::UpstreamTimeout),
        (957 | 2454, Some(100 | 101 | 112 | 113)) => plain(Class::UpstreamUnreachable),
        (957 | 2454, Some(99)) => plain(Class::PortsExhausted),
        (957 | 2454, _) => plain(Class::UpstreamRefused),
        // Follows 957, and says nothing of the reason.
        (1114 | 1079, _) => repeats(Class::UpstreamRefused),
        (959 | 940 | 1167, _) => plain(Class::UpstreamNoneLive),
        (934, _) => plain(Class::ConnectionsExhausted),
        (1102 | 1075, Some(70007)) => plain(Class::UpstreamTimeout),
        (1102 | 1075, _) => plain(Class::UpstreamClosedEarly),
        (1067, _) => repeats(Class::UpstreamClosedEarly),
        (1110, _) => plain(Class::UpstreamBodyCut),
        (898, _) if said.starts_with(b"DNS lookup failure") => plain(Class::UpstreamUnresolvable),
        (898, _) if said.starts_with(b"Error during SSL Handshake") => {
            plain(Class::UpstreamTlsFailed)
        }
        // Follows 1102.
        (898, _) if said.starts_with(b"Error reading from remote server") => {
            repeats(Class::UpstreamClosedEarly)
        }
        (1084 | 1097, _) => plain(Class::UpstreamClosedEarly),
        (2429 | 1099 | 1107 | 1098, _) => plain(Class::UpstreamMalformed),
        (10124, _) => plain(Class::UpstreamHeaderTooLarge),
        (1106, _) => repeats(Class::UpstreamHeaderTooLarge),
        (1961 | 961, _) => plain(Class::ProxyConfigInvalid),
        (2276 | 2003 | 1997, _) => repeats(Class::UpstreamTlsFailed),
        (1071, _) => php(said),
        (1996, _) => plain(Class::PlainHttpOnTlsPort),
        (2008, _) => Some((Class::EdgeTlsFailed, edge_role(client))),
        (484 | 3490 | 161, _) => plain(Class::ConnectionsExhausted),
        (52 | 51, _) if scan::has(said, "exit signal") => plain(Class::ProxyWorkerCrashed),
        (72 | 15 | 2572 | 526, _) => plain(Class::ProxyConfigInvalid),
        (489, _) if module.starts_with(b"mpm_") => plain(Class::Started),
        (491, _) => plain(Class::Stopped),
        (493 | 494, _) => plain(Class::Reloaded),
        (0, _) if said.starts_with(b"SSL Library Error") => tls_reason(said),
        (0, _) if scan::has(said, "peer did not return a certificate") => {
            plain(Class::ClientCertificateMissing)
        }
        _ => None,
    }
}

/// Follows the line that says with whom.
fn tls_reason(said: &[u8]) -> Option<(Class, Role)> {
    let class = match () {
        () if scan::has(said, "peer did not return a certificate") => {
            return Some((Class::ClientCertificateMissing, Role::Cause));
        }
        () if scan::has_any(
            said,
            &["alert unknown ca", "alert certificate", "alert bad certificate"],
        ) =>
        {
            Class::CertificateRefused
        }
        () if scan::has(said, "http request") => Class::PlainHttpOnTlsPort,
        () => Class::EdgeTlsFailed,
    };
    Some((class, Role::Consequence))
}

fn php(said: &[u8]) -> Option<(Class, Role)> {
    let text = scan::strip(said, "Got error '")?;
    let fatal = ["PHP message: PHP Fatal error", "PHP message: PHP Parse error"];
    let class = if scan::starts_any(text, &fatal) { Class::AppException } else { Class::Warned };
    Some((class, class.role()))
}

fn peer(code: u64, said: &[u8]) -> Option<Upstream> {
    let peer = match code {
        957 => scan::until(scan::after(said, "attempt to connect to ")?, " "),
        2454 => {
            let path = scan::between(said, "attempt to connect to Unix domain socket ", " ")?;
            return Some(Upstream::Unix(scan::text(path)));
        }
        959 => scan::between(said, "worker for (", ")")?,
        1114 | 1079 => scan::after(said, "backend: ")?,
        1102 => scan::after(said, "from remote server ")?,
        898 => scan::until(scan::after(said, "DNS lookup failure for: ")?, " "),
        _ => return None,
    };
    Upstream::read(peer)
}
