//! Work that blocks, beside the sitting and within a deadline.

use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen, WhyNot};
use tokio::time::timeout_at;

use crate::sitting::Sitting;

/// How long one question to files of this machine may take. Work that is late is left to itself:
/// it reads only, and nobody waits for it.
pub(crate) const LIMIT: Duration = Duration::from_millis(1_500);

/// What work comes to; `None`: it was late, or stumbled.
pub(crate) async fn work<T: Send + 'static>(
    sitting: &Sitting,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let working = tokio::task::spawn_blocking(work);
    timeout_at(sitting.by(LIMIT), working).await.ok()?.ok()
}

/// Asks a question that work answers.
pub(crate) async fn ask(
    sitting: Arc<Sitting>,
    probe: &'static str,
    question: HostQuestion,
    answers: impl FnOnce() -> Result<HostAnswer, WhyNot> + Send + 'static,
) {
    let Some(asked) = sitting.begin(probe, Question::Host(question)) else { return };
    let late = || HostAnswer::Failed { why: "it did not answer in time".to_owned() };
    asked.end(match work(&sitting, answers).await {
        Some(Ok(answer)) => Answer::Got(Seen::Host(answer)),
        Some(Err(why)) => Answer::NotAsked { why },
        None => Answer::Got(Seen::Host(late())),
    });
}
