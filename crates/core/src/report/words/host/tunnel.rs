//! Words for a tunnel's connector.

use super::subject;
use crate::evidence::host::HostQuestion;
use crate::evidence::host::tunnel::ConnectorAnswer;

pub(super) fn sentence(question: &HostQuestion, connector: &ConnectorAnswer) -> String {
    let runs = if connector.running.is_some() { "runs" } else { "does not run" };
    format!("{} {runs}", subject(question))
}
