//! What changed on this machine in the last two and a half hours.
//!
//! # What it asks
//! Which units were started, stopped, reloaded or failed; which packages were installed, upgraded or
//! removed; which of the files were written to that the site hangs on: configuration, certificates,
//! units, the app's own folder, the firewall's rules; whether the machine was started again.
//!
//! # What it touches
//! `journalctl`, which reads only; the last part of the logs of packages; times of files.
//!
//! # What the answers mean
//! A change is no reason by itself. The report tells those of the half hour before the first failure
//! and since; a site may fail for two hours before that is cut off. Files that were put in place with
//! an old time of writing (`cp -p`, `rsync -t`, a package) do not show.
//!
//! # Sources
//! - systemd, catalog/systemd.catalog (numbers of messages), v252
//! - dpkg(1), `--log`; dnf.conf(5)

use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};

use super::{Asking, Probe, Turn};
use crate::host::changes;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "the journal, the logs of packages, times of at most 4,000 files",
    turn: Turn::Last,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

const LIMIT: Duration = Duration::from_millis(1500);

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let seen = sitting.seen_so_far(|seeing| match (&seeing.question, &seeing.answer) {
        (Question::Host(question), Answer::Got(Seen::Host(answer))) => match question {
            HostQuestion::Proxy { .. } | HostQuestion::Unit { .. } => {
                Some((question.clone(), answer.clone()))
            }
            _ => None,
        },
        _ => None,
    });
    let question = Question::Host(HostQuestion::Changes);
    let Some(asked) = sitting.begin("host_changes", question) else { return };
    let changes = changes::look(&host, &seen, sitting.by(LIMIT)).await;
    asked.end(Answer::Got(Seen::Host(HostAnswer::Changes(changes))));
}
