//! What visitors of a record get in a mode.
//!
//! A visitor is followed from one redirect to the next, as long as they stay with the host; coming back to a place
//! where they have been is a loop. Statuses are those that Cloudflare documents (5xx pages, read 2026-07). What the
//! answers leave open stays open: an origin that is slower than we waited is not called dead.

use crate::evidence::chain::ChainFault;
use crate::evidence::{TcpAnswer, TlsAnswer};
use crate::protocol;
use crate::target::{Scheme, SslMode};

use super::seen::{Aside, DoorSeen, Doubt, Habits, Leads, OriginSeen, RecordAsked, ReplySeen};

/// What visitors get in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// An answer of the origin's, passed on.
    Served {
        /// 200 to 499.
        status: u16,
        /// How the visitor asked for it in the end.
        over: Scheme,
    },
    /// The mode has no say.
    NotAffected(Aside),
    /// It is not known.
    Unknown(Doubt),
    /// An error, of the edge's or of the origin's.
    Status(u16),
    /// The edge and the origin send the visitor back and forth.
    RedirectLoop,
}

/// The longest way of redirects that is followed; browsers give up after 20.
const LONGEST: usize = 10;

/// What visitors of a record get who ask with `scheme`, in a mode. Of several addresses, the one that fares worst.
#[must_use]
pub fn judge(record: &RecordAsked, mode: SslMode, scheme: Scheme, habits: &Habits) -> Outcome {
    match &record.leads {
        Leads::Aside(aside) => Outcome::NotAffected(*aside),
        Leads::Unknown(doubt) => Outcome::Unknown(*doubt),
        Leads::Nowhere => Outcome::Status(530),
        Leads::Origins(origins) => origins
            .iter()
            .map(|origin| follow(origin, mode, scheme, habits))
            .max()
            .unwrap_or(Outcome::Unknown(Doubt::NotAsked)),
    }
}

/// A redirect of the edge's own: mode off has no https (ssl-modes pages, read 2026-07).
fn redirected(mode: SslMode, scheme: Scheme, habits: &Habits) -> Option<Scheme> {
    match scheme {
        Scheme::Https if mode == SslMode::Off => Some(Scheme::Http),
        Scheme::Http if habits.always_https == Some(true) => Some(Scheme::Https),
        _ => None,
    }
}

/// Where the edge fetches in a mode for a visitor of `scheme`; none: it redirects by itself.
#[must_use]
pub fn fetched(mode: SslMode, scheme: Scheme, habits: &Habits) -> Option<Scheme> {
    match redirected(mode, scheme, habits) {
        Some(_) => None,
        None => Some(mode.fetches(scheme, scheme.port()).0),
    }
}

/// The requests that telling these modes apart takes: the scheme of the door, and that of the visitor. Sorted.
#[must_use]
pub fn needed(modes: &[SslMode], habits: &Habits) -> Vec<(Scheme, Scheme)> {
    let mut needed: Vec<(Scheme, Scheme)> = modes
        .iter()
        .flat_map(|mode| [Scheme::Http, Scheme::Https].map(|visitor| (*mode, visitor)))
        .filter_map(|(mode, visitor)| Some((fetched(mode, visitor, habits)?, visitor)))
        .collect();
    needed.sort();
    needed.dedup();
    needed
}

fn follow(origin: &OriginSeen, mode: SslMode, scheme: Scheme, habits: &Habits) -> Outcome {
    let mut been: Vec<(Scheme, String)> = Vec::new();
    let mut at = (scheme, "/".to_owned());
    let mut last = 301;
    while been.len() < LONGEST {
        if been.contains(&at) {
            return Outcome::RedirectLoop;
        }
        been.push(at.clone());
        if let Some(to) = redirected(mode, at.0, habits) {
            at.0 = to;
            continue;
        }
        let door = door(origin, mode, at.0);
        match passed(door, mode, at.0, &at.1, habits) {
            Step::Ends(outcome) => return outcome,
            // What lies at the end of a redirect to another page was not asked.
            Step::Unasked if been.len() > 1 => {
                return Outcome::Served { status: last, over: at.0 };
            }
            Step::Unasked => return Outcome::Unknown(door.doubt.unwrap_or(Doubt::NotAsked)),
            Step::Leads { status, to } => {
                last = status;
                at = to;
            }
        }
    }
    Outcome::RedirectLoop
}

fn door(origin: &OriginSeen, mode: SslMode, visitor: Scheme) -> &DoorSeen {
    match mode.fetches(visitor, visitor.port()).0 {
        Scheme::Http => &origin.plain,
        Scheme::Https => &origin.tls,
    }
}

enum Step {
    Ends(Outcome),
    Leads { status: u16, to: (Scheme, String) },
    Unasked,
}

/// One fetch.
fn passed(door: &DoorSeen, mode: SslMode, visitor: Scheme, path: &str, habits: &Habits) -> Step {
    let ends = |status| Step::Ends(Outcome::Status(status));
    let open = |doubt| Step::Ends(Outcome::Unknown(doubt));
    match door.tcp {
        None => return open(door.doubt.unwrap_or(Doubt::NotAsked)),
        Some(TcpAnswer::Accepted) => {}
        Some(TcpAnswer::Refused | TcpAnswer::Failed { .. }) => return ends(521),
        Some(TcpAnswer::Silent { .. }) => return ends(522),
        Some(TcpAnswer::Unreachable { .. }) => return ends(523),
    }
    if mode.fetches(visitor, visitor.port()).0 == Scheme::Https {
        match &door.tls {
            None => return open(door.doubt.unwrap_or(Doubt::NotAsked)),
            Some(TlsAnswer::Greeted(greeting)) => {
                if mode.validates() && !greeting.chain.faults.is_empty() {
                    return ends(526);
                }
            }
            Some(TlsAnswer::Alert { client_certificate_asked: true, .. })
                if habits.shows_certificate != Some(false) =>
            {
                return open(Doubt::Certificate);
            }
            Some(answer) if speaks_legacy(answer, door.legacy.as_ref()) => {
                return open(Doubt::OldTls);
            }
            Some(_) => return ends(525),
        }
    }
    match door.said(visitor, path) {
        None => Step::Unasked,
        Some(ReplySeen::Late) => open(Doubt::Late),
        Some(ReplySeen::Replaced(status)) => ends(*status),
        Some(ReplySeen::WantsCertificate(_)) if habits.shows_certificate != Some(false) => {
            open(Doubt::Certificate)
        }
        Some(ReplySeen::WantsCertificate(status)) => ends(*status),
        Some(ReplySeen::Passed { status, to: Some(to) }) => {
            Step::Leads { status: *status, to: to.clone() }
        }
        Some(ReplySeen::Passed { status: status @ 500.., to: None }) => ends(*status),
        Some(ReplySeen::Passed { status, to: None }) => {
            Step::Ends(Outcome::Served { status: *status, over: visitor })
        }
    }
}

/// Whether the origin went along with a hello of the edge's that our library cannot finish. One that leaves only after
/// its own hello shows nothing thereby.
fn speaks_legacy(answer: &TlsAnswer, legacy: Option<&TlsAnswer>) -> bool {
    let left_later = matches!(
        answer,
        TlsAnswer::Cut { after_bytes: true, .. }
            | TlsAnswer::Alert { client_certificate_asked: true, .. }
    );
    // 0x0300 is SSL 3.0, which the edge does not speak.
    !left_later && matches!(legacy, Some(TlsAnswer::HelloAccepted { version: 0x0301.., .. }))
}

/// Why visitors get what they get, as a fragment; none where there is nothing to explain.
#[must_use]
pub fn why(
    record: &RecordAsked,
    mode: SslMode,
    scheme: Scheme,
    outcome: Outcome,
) -> Option<String> {
    let Leads::Origins(origins) = &record.leads else {
        return match (&record.leads, outcome) {
            (Leads::Nowhere, _) => Some("its name has no address".to_owned()),
            (_, Outcome::NotAffected(aside)) => Some(aside.words().to_owned()),
            (_, Outcome::Unknown(doubt)) => Some(doubt.words().to_owned()),
            _ => None,
        };
    };
    match outcome {
        Outcome::Served { .. } => None,
        Outcome::NotAffected(aside) => Some(aside.words().to_owned()),
        Outcome::Unknown(doubt) => Some(doubt.words().to_owned()),
        Outcome::RedirectLoop => Some(match mode.fetches(scheme, scheme.port()).0 {
            Scheme::Http => "port 80 sends visitors to https".to_owned(),
            Scheme::Https => "port 443 sends visitors to http".to_owned(),
        }),
        Outcome::Status(status) => {
            origins.iter().find_map(|origin| fault(door(origin, mode, scheme), status))
        }
    }
}

/// What is wrong with a door that makes the edge say this status.
fn fault(door: &DoorSeen, status: u16) -> Option<String> {
    let port = door.port;
    Some(match status {
        521 => format!("port {port} refuses"),
        522 => format!("port {port} does not answer"),
        523 => format!("no route leads to port {port}"),
        525 => match door.tls.as_ref()? {
            TlsAnswer::Alert { client_certificate_asked: true, .. } => {
                "it wants a certificate of the edge's".to_owned()
            }
            TlsAnswer::Alert { code, .. } => {
                format!("it ends the handshake: {}", protocol::alert(*code))
            }
            TlsAnswer::NotTls { .. } => format!("port {port} does not speak TLS"),
            TlsAnswer::Cut { .. } => "it breaks off the handshake".to_owned(),
            TlsAnswer::Silent { .. } => "it does not answer the handshake".to_owned(),
            TlsAnswer::Garbled | TlsAnswer::HelloAccepted { .. } => {
                "it speaks no TLS that the edge speaks".to_owned()
            }
            TlsAnswer::Greeted(_) => return None,
        },
        526 => match door.tls.as_ref()? {
            TlsAnswer::Greeted(greeting) => {
                greeting.chain.faults.iter().map(certificate).collect::<Vec<_>>().join(", ")
            }
            _ => return None,
        },
        520 | 502 if door.said.iter().any(|said| said.reply == ReplySeen::Replaced(status)) => {
            format!("port {port} sends no reply that can be passed on")
        }
        400 | 520 => "it wants a certificate of the edge's".to_owned(),
        _ => format!("the origin itself answers {status}"),
    })
}

fn certificate(fault: &ChainFault) -> String {
    match fault {
        ChainFault::Expired { not_after } => {
            let day = not_after.to_string();
            format!("expired {}", day.split('T').next().unwrap_or_default())
        }
        ChainFault::NotYetValid { not_before } => {
            let day = not_before.to_string();
            format!("not valid before {}", day.split('T').next().unwrap_or_default())
        }
        ChainFault::SelfSigned => "self-signed".to_owned(),
        ChainFault::NameMismatch => "certificate for other names".to_owned(),
        ChainFault::Incomplete => "intermediate certificate not sent".to_owned(),
        ChainFault::IssuerUntrusted => "issuer that nobody trusts".to_owned(),
        ChainFault::Unusable => "unusable certificate".to_owned(),
    }
}
