//! Why a connector has no connection to the edge: one reason, so that no two causes share a blame.
//!
//! A connector that does not run may have been stopped, or may be unable to start: its secret is gone
//! or has no right shape, its configuration is refused, or systemd ends it before it is connected.
//! One that runs without connections tells why in its log, and over QUIC only that it was refused;
//! of several reasons the newest line counts. A log alone, or our own reading of a file alone, is at
//! most likely; `/ready`, the unit's state, or the account, which counts connections too, confirms it.

use super::tunnel::Tunnel;
use crate::causes::Confidence;
use crate::evidence::host::Kept;
use crate::evidence::host::tunnel::{ConfigState, Heard, Held, Problem, SecretFile};
use crate::evidence::{Reading, ReadingId};
use crate::logs::Class;
use crate::scene::suspect::Sign;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It does not run.
    Stopped,
    /// It cannot start: the file with its secret is gone.
    SecretMissing,
    /// The edge does not take its credentials, or they have no right shape.
    Rejected,
    /// It cannot start with its configuration.
    ConfigInvalid,
    /// It does not reach the edge.
    EdgeUnreachable,
    /// It runs and has no connection; nothing tells why.
    Unknown,
}

/// The reason and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Down {
    /// Which.
    pub why: Why,
    /// Besides the connector's own reading.
    pub more: Vec<ReadingId>,
    /// How sure.
    pub at_most: Confidence,
    /// What the log says, where it does.
    pub says: Option<String>,
}

const TELLING: [Class; 5] = [
    Class::TunnelConfigInvalid,
    Class::TunnelCredentialsRejected,
    Class::TunnelRegistrationRefused,
    Class::TunnelEdgeUnresolvable,
    Class::TunnelEdgeUnreachable,
];

/// Words of the start that tell of a file that is not there.
const GONE: [&str; 3] =
    ["Failed to read token file: ", "tunnel credentials file not found", "doesn't exist or is not"];

impl Down {
    fn new(why: Why, at_most: Confidence, line: Option<(&Reading, &Kept)>) -> Option<Down> {
        let more = line.iter().map(|(reading, _)| reading.id).collect();
        let says = line.map(|(_, kept)| kept.event.text.clone()).filter(|text| !text.is_empty());
        Some(Down { why, more, at_most, says })
    }

    /// The sign of one reason, where it is this one.
    #[must_use]
    pub fn sign(&self, tunnel: &Tunnel<'_, '_>, why: &[Why]) -> Option<Sign> {
        why.contains(&self.why).then(|| tunnel.sign(self.more.iter().copied(), self.at_most))
    }
}

/// The file with the secret that the connector would use.
#[must_use]
pub fn secret<'a>(tunnel: &Tunnel<'_, 'a>) -> Option<&'a SecretFile> {
    // The token wins over the credentials.
    match tunnel.connector.setup.token {
        Some(_) => tunnel.connector.token.as_ref(),
        None => tunnel.connector.credentials.as_ref(),
    }
}

/// What is wrong with the configuration so that the connector would not start.
#[must_use]
pub fn fatal<'a>(tunnel: &Tunnel<'_, 'a>) -> Option<&'a Problem> {
    tunnel.connector.problems().find(|problem| problem.fatal)
}

/// Why the connector has no connection; `None`: it has one, or nothing can be told.
#[must_use]
pub fn why_down(tunnel: &Tunnel<'_, '_>) -> Option<Down> {
    let newest = tunnel.lines(&TELLING).into_iter().max_by_key(|(_, kept)| kept.at);
    let down = if tunnel.runs() { running(tunnel, newest) } else { not_running(tunnel, newest) };
    Some(confirmed(tunnel, down?))
}

/// The same, where the account says that nobody is connected for this very tunnel, which it has: then a
/// line of this run's log tells why, and a silent `/ready` hides nothing.
fn confirmed(tunnel: &Tunnel<'_, '_>, down: Down) -> Down {
    let Some(unconnected) = tunnel.unconnected() else { return down };
    let telling = !down.more.is_empty() || down.why == Why::Unknown;
    let at_most = if telling { Confidence::Certain } else { down.at_most };
    let mut more = down.more;
    more.push(unconnected);
    Down { at_most, more, ..down }
}

fn not_running(tunnel: &Tunnel<'_, '_>, line: Option<(&Reading, &Kept)>) -> Option<Down> {
    let held = secret(tunnel).map(|file| &file.held);
    let class = line.map(|(_, kept)| kept.event.class);
    let gone = line.is_some_and(|(_, kept)| GONE.iter().any(|w| kept.event.text.contains(w)));
    if held == Some(&Held::Missing) {
        return Down::new(Why::SecretMissing, Confidence::Certain, line.filter(|_| gone));
    }
    // Stopped by hand is stopped, whatever a start would come to.
    let by_hand = tunnel
        .unit()
        .is_some_and(|(_, unit)| unit.active == "inactive" && unit.result == "success");
    if by_hand {
        return Down::new(Why::Stopped, Confidence::Certain, None);
    }
    if held.is_some_and(Held::is_useless) {
        let line = line.filter(|_| class == Some(Class::TunnelCredentialsRejected));
        return Down::new(Why::Rejected, Confidence::Certain, line);
    }
    let config = tunnel.connector.config.as_ref();
    let absent = config.is_some_and(|one| one.named && one.state == ConfigState::Missing);
    let refused = absent || fatal(tunnel).is_some();
    match class {
        Some(Class::TunnelConfigInvalid) if refused => {
            return Down::new(Why::ConfigInvalid, Confidence::Certain, line);
        }
        Some(Class::TunnelConfigInvalid) => {
            return Down::new(Why::ConfigInvalid, Confidence::Likely, line);
        }
        _ if refused => return Down::new(Why::ConfigInvalid, Confidence::Likely, None),
        Some(Class::TunnelCredentialsRejected) if gone => {
            return Down::new(Why::SecretMissing, Confidence::Likely, line);
        }
        Some(Class::TunnelCredentialsRejected | Class::TunnelRegistrationRefused) => {
            return Down::new(Why::Rejected, Confidence::Likely, line);
        }
        Some(_) => {
            let looping = tunnel.unit().is_some_and(|(_, unit)| {
                unit.is_looping() || unit.active == "activating" || unit.result == "timeout"
            });
            let at_most = if looping { Confidence::Certain } else { Confidence::Likely };
            return Down::new(Why::EdgeUnreachable, at_most, line);
        }
        None => {}
    }
    let at_most = if tunnel.is_starting() { Confidence::Likely } else { Confidence::Certain };
    Down::new(Why::Stopped, at_most, None)
}

fn running(tunnel: &Tunnel<'_, '_>, line: Option<(&Reading, &Kept)>) -> Option<Down> {
    let ready = tunnel.connector.ready_connections();
    if ready > Some(0) {
        return None;
    }
    let confirmed = if ready == Some(0) { Confidence::Certain } else { Confidence::Likely };
    let local = tunnel.connector.local.as_ref();
    let counters = local.and_then(|local| local.metrics.said());
    let refused = counters.is_some_and(|told| told.refused > 0 && told.registered == 0);
    match line.map(|(_, kept)| kept.event.class) {
        Some(Class::TunnelCredentialsRejected) => Down::new(Why::Rejected, confirmed, line),
        Some(Class::TunnelRegistrationRefused) => {
            // Over QUIC only that it was refused is told; mostly it is the secret.
            Down::new(Why::Rejected, Confidence::Likely, line)
        }
        Some(Class::TunnelEdgeUnreachable | Class::TunnelEdgeUnresolvable) => {
            Down::new(Why::EdgeUnreachable, confirmed, line)
        }
        _ if refused && ready == Some(0) => Down::new(Why::Rejected, Confidence::Likely, None),
        _ if ready == Some(0) => Down::new(Why::Unknown, Confidence::Certain, None),
        _ if local.is_some_and(|local| local.ready == Heard::Silent) => {
            Down::new(Why::Unknown, Confidence::Possible, None)
        }
        _ => None,
    }
}
