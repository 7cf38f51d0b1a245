//! Carrying out a plan: look, write down, act, write down; then the proof; else everything is taken back.
//!
//! Between any two lines of the journal the process may be killed: what a line says begins may have happened or
//! not, so undoing it must be right both ways. Nothing is done that was not written first, and nothing is called
//! kept that was not proven.

use std::future::Future;
use std::time::Duration;

use rayfix_core::plan::{Action, Journaled, Plan, PreImage, RunId, Safety};

use super::hands::Hands;
use super::journal::{Journal, Run, Store, StoreError};
use super::recover::{TakenBack, take_back_open};
use super::turn::Turn;
use super::watchdog::{self, Watchdog};
use crate::clock;

/// How a run ended.
#[derive(Debug)]
pub enum Carried {
    /// Done and proven; kept.
    Kept {
        /// The run.
        run: RunId,
    },
    /// Done and proven; it is taken back unless it is confirmed in time.
    Waits {
        /// The run.
        run: RunId,
        /// For so long.
        within: Duration,
    },
    /// Something failed, and everything was taken back (or not: see `back`).
    Failed {
        /// The run.
        run: RunId,
        /// What failed, as a sentence.
        why: String,
        /// How the undo went.
        back: TakenBack,
    },
    /// Nothing was done.
    Refused {
        /// Why, as a sentence.
        why: String,
    },
}

/// How to carry out.
pub struct Manner<'a> {
    /// Where journals lie.
    pub store: &'a Store,
    /// The turn to act, which is ours until the run is over.
    pub turn: &'a Turn,
    /// Who acts.
    pub hands: &'a Hands,
    /// To be confirmed within; none: the proof confirms.
    pub confirm_within: Option<Duration>,
    /// How long the watchdog waits at most where nobody has to confirm: steps and proof together.
    pub patience: Duration,
    /// Called before each step, for whoever watches.
    pub tell: &'a (dyn Fn(usize) + Sync),
    /// Asked before each step: whether to go no further and take everything back.
    pub halted: &'a (dyn Fn() -> bool + Sync),
}

/// Carries out a plan. `prove` asks for the plan's promises until they hold or its time is over.
///
/// # Errors
/// When the journal cannot be written; nothing was done then that is not in it.
pub async fn carry_out<P, F>(
    plan: &Plan,
    manner: &Manner<'_>,
    prove: P,
) -> Result<Carried, StoreError>
where
    P: FnOnce() -> F,
    F: Future<Output = Result<(), String>>,
{
    let refused = |why: String| Ok(Carried::Refused { why });
    if plan.safety() == Safety::ShowOnly {
        return refused("This plan is for a person to carry out.".to_owned());
    }
    if let Some(open) = manner.store.all()?.into_iter().find(Run::is_open) {
        let id = open.id.as_str();
        return refused(format!(
            "Run {id} is not over: `rayfix confirm {id}` keeps it, `rayfix undo {id}` takes it back."
        ));
    }
    let within = manner.confirm_within.map(|within| within.as_secs());
    let mut journal = manner.store.begin(plan.clone(), within)?;
    let run = journal.run.clone();
    let mut dog = None;
    if plan.may_cut_off() || within.is_some() {
        let wait = manner.confirm_within.unwrap_or_default() + manner.patience;
        match Watchdog::arm(&run, manner.store, wait).await {
            Ok(armed) => {
                if let Err(error) = journal.write(armed.line()) {
                    watchdog::disarm(&run, manner.store).await;
                    return Err(error);
                }
                dog = Some(armed);
            }
            Err(why) => {
                journal.write(Journaled::Undone { at: clock::now() })?;
                return refused(format!(
                    "The dead man's switch could not be armed: {why}. Nothing was done."
                ));
            }
        }
    }
    let ends = clock::instant() + manner.patience;
    let done = match steps(plan, manner, &mut journal, ends).await {
        Ok(()) => prove().await.map_err(|why| (None, why)),
        Err(Trouble::Journal(error)) => Err((None, format!("Could not {error}."))),
        Err(Trouble::Step(step, why)) => Err((Some(step), why)),
    };
    let done = match done {
        // A proof that cannot be written down would be taken back by whoever reads the journal next.
        Ok(()) => journal
            .write(Journaled::Proven { at: clock::now() })
            .map_err(|error| (None, format!("Could not {error}."))),
        failed => failed,
    };
    if let Err((step, why)) = done {
        // Where this cannot be written, what follows is done all the same.
        let _ = journal.write(Journaled::Failed { step, at: clock::now(), why: why.clone() });
        let back = take_back_open(&mut journal, manner.hands, &why).await;
        if back.unwritten.is_none() {
            watchdog::disarm(&run, manner.store).await;
        }
        return Ok(Carried::Failed { run, why, back });
    }
    if let (Some(within), Some(mut armed)) = (manner.confirm_within, dog) {
        armed.again(within).await;
        // Where it cannot be written the switch acts all the same; only `confirm` would be let wait longer.
        let _ = journal.write(armed.line());
        return Ok(Carried::Waits { run, within });
    }
    watchdog::disarm(&run, manner.store).await;
    Ok(Carried::Kept { run })
}

enum Trouble {
    Journal(StoreError),
    Step(usize, String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Journal(error)
    }
}

async fn steps(
    plan: &Plan,
    manner: &Manner<'_>,
    journal: &mut Journal,
    ends: tokio::time::Instant,
) -> Result<(), Trouble> {
    for (at, step) in plan.steps.iter().enumerate() {
        if (manner.halted)() {
            return Err(Trouble::Step(at, "It was interrupted.".to_owned()));
        }
        if clock::instant() >= ends {
            let why = "The steps took longer than they may.".to_owned();
            return Err(Trouble::Step(at, why));
        }
        (manner.tell)(at);
        let failed = |why: String| Trouble::Step(at, format!("Step {} could not {why}.", at + 1));
        let action: &Action = &step.action;
        let before: PreImage = manner.hands.look(action).await.map_err(failed)?;
        if let Err(why) = manner.hands.fits(action, &before) {
            return Err(Trouble::Step(at, why));
        }
        let line = Journaled::Begins { step: at, at: clock::now(), before: before.clone() };
        journal.write(line)?;
        manner.hands.act(action, &before).await.map_err(failed)?;
        let after = manner.hands.look(action).await.map_err(failed)?;
        journal.write(Journaled::Done { step: at, at: clock::now(), after })?;
    }
    Ok(())
}
