//! Nothing was done: why, how the program ends, and what a script is told of it.

use rayfix_core::plan::Plan;
use rayfix_core::plan::tell::{self, Known, Without};

use crate::exit::Exit;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// Why nothing was done.
#[derive(Debug)]
pub(super) struct Nothing {
    pub(super) exit: Exit,
    pub(super) state: Without,
    /// Sentences; people get each line as one.
    pub(super) why: String,
    /// The cause that was to be mended, as far as one was found.
    pub(super) cause: Option<String>,
    /// The plan, where there is one.
    pub(super) plan: Option<Box<Plan>>,
}

impl Nothing {
    /// There is something to do, and it may not be done.
    pub(super) fn refused(exit: Exit, why: impl Into<String>) -> Nothing {
        Nothing { exit, state: Without::Refused, why: why.into(), cause: None, plan: None }
    }

    /// Of this plan.
    pub(super) fn of(self, plan: &Plan) -> Nothing {
        Nothing { plan: Some(Box::new(plan.clone())), ..self }
    }

    /// Tells it: people by a sentence, programs by a document as well.
    pub(super) fn tell(
        &self,
        host: &str,
        apply: bool,
        json: bool,
        voice: &Voice,
    ) -> Result<Exit, Refusal> {
        voice.note(&self.why);
        if json {
            let known = Known { host, cause: self.cause.as_deref(), plan: self.plan.as_deref() };
            let told = if apply { tell::no_run } else { tell::no_plan };
            voice.result(&told(&known, self.state, &self.why.replace('\n', " ")))?;
        }
        Ok(self.exit)
    }
}
