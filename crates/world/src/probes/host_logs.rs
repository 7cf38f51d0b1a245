//! What the logs of this machine say of the last half hour.
//!
//! # What it asks
//! The error logs and access logs of the web server that answers for the site, the journals of the
//! units that play a part, files that their command lines name as their logs, and the kernel's log;
//! at most 16. It asks after all other questions, so that what these bred is in the logs.
//!
//! # What it touches
//! Files, read only, from their end; `journalctl`, which reads only. The kernel's buffer where there
//! is no journal.
//!
//! # What the answers mean
//! Events have their times: what is older than this sitting tells what was, not what is. A line that
//! bears the mark of this sitting's visits shows that the edge asks this machine. A log that is not
//! whole may hold more than was read. Of a unit that does not run its last run is told, however long
//! ago that was.
//!
//! # Sources
//! - journalctl(1), systemd.journal-fields(7); logrotate(8)
//! - nginx.org, ngx_core_module (`error_log`), ngx_http_log_module

use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};

use super::{Asking, Probe, Turn};
use crate::host::logs::{self, Frame};
use crate::sitting::{self, Sitting};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "16 logs, read from their end; journalctl",
    turn: Turn::Last,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

/// How long all logs together may take.
const LIMIT: Duration = Duration::from_secs(2);

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let seen = sitting.seen_so_far(|seeing| match (&seeing.question, &seeing.answer) {
        (Question::Host(question), Answer::Got(Seen::Host(answer))) => match question {
            HostQuestion::Proxy { .. } | HostQuestion::Unit { .. } | HostQuestion::Connector(_) => {
                Some((question.clone(), answer.clone()))
            }
            _ => None,
        },
        _ => None,
    });
    let frame = Frame::of(&host, &sitting.mark, sitting.by(LIMIT));
    let reading = logs::wanted(&seen).into_iter().map(|wanted| {
        let (sitting, frame) = (Arc::clone(&sitting), frame.clone());
        async move {
            let source = wanted.source.clone();
            let question = Question::Host(HostQuestion::Log { source, part: wanted.part });
            let Some(asked) = sitting.begin("host_logs", question) else { return };
            let answer = logs::read(frame, wanted).await;
            asked.end(Answer::Got(Seen::Host(HostAnswer::Log(answer))));
        }
    });
    sitting::all(reading).await;
}
