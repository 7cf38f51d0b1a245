//! Taking a run back: the last step first, each made as it was and compared with what was kept of it.
//!
//! A run that was killed stands somewhere between two lines of its journal; taking it back is the same from each
//! of them. A step whose thing is neither as it was before nor as the run left it was changed by somebody else
//! since: it is not touched, and what differs is told.

use rayfix_core::plan::{Journaled, PreImage, RunState};

use super::hands::{Hands, differs};
use super::journal::{Journal, Run, Store, StoreError, boot};
use super::watchdog;
use crate::clock;

/// How an undo went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// What is not as it was, a sentence each; empty: everything is.
    pub differs: Vec<String>,
}

impl TakenBack {
    /// Whether everything is as it was.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.differs.is_empty()
    }
}

impl Run {
    /// Whether it is neither kept nor taken back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self.state,
            RunState::Planned | RunState::Underway | RunState::Waiting | RunState::Undoing
        )
    }

    /// Whether its time to be confirmed is over: the switch's time has come, or the machine was restarted.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        let until = self.lines.iter().rev().find_map(|line| match line {
            Journaled::Armed { until, .. } => Some(*until),
            _ => None,
        });
        let other_boot = match self.lines.first() {
            Some(Journaled::Planned { boot: then, .. }) => *then != boot(),
            _ => false,
        };
        match self.state {
            RunState::Waiting => other_boot || until.is_none_or(|until| until <= clock::now()),
            _ => self.is_open(),
        }
    }
}

/// Takes back every run that was left half done: killed on its way, or not confirmed in time. The turn must be
/// ours.
///
/// # Errors
/// When a journal cannot be read or written.
pub async fn recover(store: &Store, hands: &Hands) -> Result<Vec<(Run, TakenBack)>, StoreError> {
    let mut mended = Vec::new();
    for run in store.all()?.into_iter().filter(Run::is_overdue) {
        let back = take_back(store, &run, hands, "it was left half done").await?;
        mended.push((run, back));
    }
    Ok(mended)
}

/// Takes a run back.
///
/// # Errors
/// When its journal cannot be written.
pub async fn take_back(
    store: &Store,
    run: &Run,
    hands: &Hands,
    why: &str,
) -> Result<TakenBack, StoreError> {
    let mut journal = store.open(run)?;
    let back = take_back_open(&mut journal, hands, why).await?;
    watchdog::disarm(&run.id, store).await;
    Ok(back)
}

/// A step that was begun.
struct Begun {
    step: usize,
    before: PreImage,
    /// As the run left it; none: it was killed before that was written.
    after: Option<PreImage>,
}

pub(super) async fn take_back_open(
    journal: &mut Journal,
    hands: &Hands,
    why: &str,
) -> Result<TakenBack, StoreError> {
    let Some(Journaled::Planned { plan, .. }) = journal.lines.first() else {
        return Ok(TakenBack::default());
    };
    let plan = plan.clone();
    let mut begun: Vec<Begun> = Vec::new();
    for line in &journal.lines {
        match line {
            Journaled::Begins { step, before, .. } => {
                begun.push(Begun { step: *step, before: before.clone(), after: None });
            }
            Journaled::Done { step, after, .. } => {
                if let Some(one) = begun.iter_mut().find(|one| one.step == *step) {
                    one.after = Some(after.clone());
                }
            }
            _ => {}
        }
    }
    journal.write(Journaled::Undoing { at: clock::now(), why: why.to_owned() })?;
    let mut whole = TakenBack::default();
    for one in begun.iter().rev() {
        let Some(step) = plan.steps.get(one.step) else { continue };
        let differs = undo(hands, &step.action, one).await;
        let told = differs.iter().map(|what| format!("Step {}: {what}", one.step + 1));
        whole.differs.extend(told);
        journal.write(Journaled::Undid { step: one.step, at: clock::now(), differs })?;
    }
    journal.write(Journaled::Undone { at: clock::now() })?;
    Ok(whole)
}

/// Makes one thing as it was; returns what is not.
async fn undo(hands: &Hands, action: &rayfix_core::plan::Action, one: &Begun) -> Vec<String> {
    let now = match hands.look(action).await {
        Ok(now) => now,
        Err(why) => return vec![format!("could not {why}")],
    };
    if differs(&one.before, &now).is_empty() {
        return Vec::new();
    }
    if let Some(after) = &one.after {
        let since = differs(after, &now);
        if !since.is_empty() {
            let what = since.join(", ");
            return vec![format!(
                "it was changed since by somebody else ({what}); it was left alone"
            )];
        }
    }
    if let Err(why) = hands.restore(action, &one.before).await {
        return vec![format!("could not {why}")];
    }
    match hands.look(action).await {
        Ok(then) => differs(&one.before, &then),
        Err(why) => vec![format!("could not {why}")],
    }
}
