//! Which tunnel a connector served when it last ran, where its files no longer tell.
//!
//! A token that is gone took the tunnel's id with it. The journal of its unit has it: cloudflared says
//! `Starting tunnel tunnelID=…` each time that it starts well. A unit that was changed since may be
//! meant for another tunnel, so what it served before says nothing then.

use std::time::Duration;

use jiff::Timestamp;
use rayfix_core::evidence::host::tunnel::{ConnectorAnswer, Served};
use rayfix_core::logs::started_tunnel;

use super::files::Files;
use crate::clock;
use crate::host::logs::journal::Journal;

/// How long the journal has. What is looked for may be weeks back.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks it up for a connector that does not run and whose files name no tunnel.
pub(super) async fn last(connector: &ConnectorAnswer, files: &Files) -> Option<Served> {
    if connector.running.is_some() || connector.tunnel.is_some() {
        return None;
    }
    let (unit, file) = (connector.unit.as_deref()?, connector.unit_file.as_ref()?);
    let written = files.written(unit, &file.path)?;
    let journal = Journal::since(Timestamp::UNIX_EPOCH).unit(unit);
    let mut found = None;
    let line = |entry: &[u8]| {
        found = found.take().or_else(|| started_tunnel(entry));
        found.is_none()
    };
    journal.with_words("Starting tunnel").newest(20).tell(clock::instant() + PATIENCE, line).await;
    found.filter(|(_, at)| *at >= written).map(|(tunnel, at)| Served { tunnel, at })
}
