//! Taking a run back: the last step first, each made as it was and compared with what was kept of it.
//!
//! A run that was killed stands somewhere between two lines of its journal; taking it back is the same from each
//! of them. A file or a unit that is neither as it was before nor as the run left it was changed by somebody else
//! since: it is not touched, and what differs is told. Rules of the packet filter are taken back all the same, also
//! where they cannot be listed: nobody must stay locked out for want of a listing, and that it was not compared is
//! told. What a person asks for is refused as a whole where something was changed.

use rayfix_core::plan::{Action, Journaled, PreImage, RunState, UnitName, Verb};

use super::drift;
use super::hands::{Hands, by_hand, differs, files_alone, unlisted};
use super::journal::{Journal, Run, Store, StoreError, boot};
use super::watchdog;
use crate::clock;

/// How an undo went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// What is not as it was, a sentence each; empty: everything is.
    pub differs: Vec<String>,
    /// Nothing was touched, since somebody else changed things; `differs` tells which.
    pub refused: bool,
    /// Why the journal could not be written; the undo went on without.
    pub unwritten: Option<String>,
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
        let over = self.lines.iter().rev().find_map(|line| match line {
            // Whoever sets the clock moves neither the switch nor this.
            Journaled::Armed { until_up_ms: Some(until), .. } => Some(*until <= clock::up_ms()),
            Journaled::Armed { until, .. } => Some(*until <= clock::now()),
            _ => None,
        });
        let other_boot = match self.lines.first() {
            Some(Journaled::Planned { boot: then, .. }) => *then != boot(),
            _ => false,
        };
        match self.state {
            RunState::Waiting => other_boot || over.unwrap_or(true),
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
    let back = take_back_open(&mut journal, hands, why).await;
    watchdog::disarm(&run.id, store).await;
    Ok(back)
}

/// Takes a run back that somebody wants taken back: where what it did was changed by somebody else since, nothing is
/// touched.
///
/// # Errors
/// When its journal cannot be read or written.
pub async fn take_back_if_untouched(
    store: &Store,
    run: &Run,
    hands: &Hands,
    why: &str,
) -> Result<TakenBack, StoreError> {
    let mut differs = Vec::new();
    if let Some(plan) = run.plan() {
        // Steps that did something to the same thing are one: as it was before the first, as the last left it.
        let mut things: Vec<(Action, Begun)> = Vec::new();
        for one in begun(&run.lines) {
            let Some(step) = plan.steps.get(one.step) else { continue };
            match things.iter_mut().find(|(action, _)| is_same_thing(action, &step.action)) {
                Some((_, thing)) => (thing.step, thing.after) = (one.step, one.after),
                None => things.push((step.action.clone(), one)),
            }
        }
        for (action, one) in things.iter().rev() {
            let told = since_then(hands, action, one).await;
            differs.extend(told.iter().map(|what| format!("Step {}: {what}", one.step + 1)));
        }
    }
    if !differs.is_empty() {
        return Ok(TakenBack { differs, refused: true, unwritten: None });
    }
    take_back(store, run, hands, why).await
}

fn is_same_thing(one: &Action, other: &Action) -> bool {
    let path = |action: &Action| match action {
        Action::WriteFile { path, .. }
        | Action::SetMode { path, .. }
        | Action::GiveSecret { path, .. }
        | Action::Configure { path, .. } => Some(path.clone()),
        _ => None,
    };
    match (one, other) {
        (Action::Unit { unit, .. }, Action::Unit { unit: another, .. }) => unit == another,
        (Action::DropIn { unit, .. }, Action::DropIn { unit: another, .. }) => unit == another,
        (Action::Filter { .. }, Action::Filter { .. })
        | (Action::Certbot { .. }, Action::Certbot { .. }) => true,
        _ => path(one).is_some() && path(one) == path(other),
    }
}

/// What somebody else did to what a step did.
async fn since_then(hands: &Hands, action: &Action, one: &Begun) -> Vec<String> {
    let Some(after) = &one.after else { return Vec::new() };
    let Ok(now) = look(hands, action, one).await else { return Vec::new() };
    let before = one.before_now(&now);
    if differs(&before, &now).is_empty() || drift::left(&before, after, &now).is_empty() {
        return Vec::new();
    }
    drift::since(&before, after, &now).ours
}

/// A step that was begun.
#[derive(Clone)]
struct Begun {
    step: usize,
    before: PreImage,
    /// As the run left it; none: it was killed before that was written.
    after: Option<PreImage>,
    /// The machine was restarted since, and this run has no part in what runs since then.
    other_boot: bool,
    /// It was being taken back already when that was killed.
    half_taken_back: bool,
    /// It was taken back wholly, and that was read. What an earlier step did to the same thing may be taken back since.
    undone: bool,
}

impl Begun {
    /// Whether a kill may have come between a file and the program that is to read it. A folder that was made for
    /// settings goes with them.
    fn half_read(&self, action: &Action) -> bool {
        match action {
            Action::Configure { .. } => self.half_taken_back,
            Action::DropIn { .. } => self.half_taken_back || self.after.is_none(),
            _ => false,
        }
    }

    /// How it was before, as far as that still means something: whether a unit ran is told by every boot anew.
    fn before_now(&self, now: &PreImage) -> PreImage {
        match (&self.before, now) {
            (PreImage::Unit { enabled, .. }, PreImage::Unit { active, .. }) if self.other_boot => {
                PreImage::Unit { active: active.clone(), enabled: enabled.clone() }
            }
            (before, _) => before.clone(),
        }
    }
}

/// The steps that were begun, in their order.
fn begun(lines: &[Journaled]) -> Vec<Begun> {
    let mut begun: Vec<Begun> = Vec::new();
    let mut other_boot = false;
    for line in lines {
        match line {
            Journaled::Planned { boot: then, .. } => other_boot = *then != boot(),
            Journaled::Begins { step, before, .. } => {
                begun.push(Begun {
                    step: *step,
                    before: before.clone(),
                    after: None,
                    other_boot,
                    half_taken_back: false,
                    undone: false,
                });
            }
            Journaled::Done { step, after, .. } => {
                if let Some(one) = begun.iter_mut().find(|one| one.step == *step) {
                    one.after = Some(after.clone());
                }
            }
            // Of the steps that were not taken back yet any may have been begun with.
            Journaled::Undoing { .. } => {
                begun.iter_mut().for_each(|one| one.half_taken_back = true);
            }
            Journaled::Undid { step, differs, .. } => {
                if let Some(one) = begun.iter_mut().find(|one| one.step == *step) {
                    one.half_taken_back = false;
                    one.undone = differs.is_empty();
                }
            }
            _ => {}
        }
    }
    // What runs because this run has it start with the machine is this run's doing, boot or not.
    let of_unit = |one: &Begun| match lines.first()? {
        Journaled::Planned { plan, .. } => match &plan.steps.get(one.step)?.action {
            Action::Unit { unit, verb } => Some((unit.clone(), *verb)),
            _ => None,
        },
        _ => None,
    };
    let enabled = |one: &Begun| of_unit(one).filter(|(_, verb)| *verb == Verb::Enable);
    let enabled: Vec<UnitName> = begun.iter().filter_map(enabled).map(|(unit, _)| unit).collect();
    for one in &mut begun {
        one.other_boot &= !of_unit(one).is_some_and(|(unit, _)| enabled.contains(&unit));
    }
    begun
}

/// Takes back whatever was begun. A journal that cannot be written any more, on a full disk, does not keep it from
/// that: from what stands in it the same is done once more, which changes nothing.
pub(super) async fn take_back_open(journal: &mut Journal, hands: &Hands, why: &str) -> TakenBack {
    let Some(Journaled::Planned { plan, .. }) = journal.lines.first() else {
        return TakenBack::default();
    };
    let plan = plan.clone();
    let begun = begun(&journal.lines);
    let mut whole = TakenBack::default();
    let mut write = |line: Journaled, whole: &mut TakenBack| {
        if let Err(error) = journal.write(line) {
            whole.unwritten.get_or_insert(error.to_string());
        }
    };
    write(Journaled::Undoing { at: clock::now(), why: why.to_owned() }, &mut whole);
    for one in begun.iter().rev().filter(|one| !one.undone) {
        let Some(step) = plan.steps.get(one.step) else { continue };
        let differs = undo(hands, &step.action, one).await;
        let told = differs.iter().map(|what| format!("Step {}: {what}", one.step + 1));
        whole.differs.extend(told);
        write(Journaled::Undid { step: one.step, at: clock::now(), differs }, &mut whole);
    }
    write(Journaled::Undone { at: clock::now() }, &mut whole);
    whole
}

/// How the thing of a step is now, as far as it was known before.
async fn look(hands: &Hands, action: &Action, one: &Begun) -> Result<PreImage, String> {
    let now = hands.look(action).await?;
    match unlisted(&one.before, &now) {
        Some(by) => Err(format!("list the packet filter with {by}")),
        None => Ok(now),
    }
}

/// Makes one thing as it was; returns what is not.
async fn undo(hands: &Hands, action: &Action, one: &Begun) -> Vec<String> {
    // What cannot be reached from here may be reached by a person, with other means.
    let not = |why: String| -> Vec<String> {
        [Some(format!("could not {why}")), by_hand(action, &one.before)]
            .into_iter()
            .flatten()
            .collect()
    };
    // What an undo that was killed left of a file is nobody else's change.
    let left_it_so = one.after.as_ref().filter(|_| !one.half_taken_back);
    let now = match look(hands, action, one).await {
        Ok(now) => now,
        Err(_) if action.may_cut_off() => {
            hands.sweep(action, &one.before);
            let files = files_alone(&one.before);
            let aim = files.map(|files| drift::aim(&one.before, left_it_so, &files));
            let restored = hands.restore(action, &aim.unwrap_or(PreImage::Nothing)).await;
            return compared(hands, action, one, restored, true).await;
        }
        Err(why) => return not(why),
    };
    hands.sweep(action, &one.before);
    let before = one.before_now(&now);
    if differs(&before, &now).is_empty() {
        // The file is as it was; whoever reads it may not have read it since.
        if !one.half_read(action) {
            return Vec::new();
        }
        let again = hands.restore(action, &before).await;
        return again.err().map(|why| format!("could not {why}")).into_iter().collect();
    }
    let mut elsewhere = false;
    if let Some(after) = &one.after {
        let since = drift::since(&before, after, &now);
        // Rules are taken back whatever became of them: each by its own words, and nobody must stay locked out.
        if !since.ours.is_empty() && !action.may_cut_off() {
            let what = since.ours.join(", ");
            return vec![format!(
                "it was changed since by somebody else ({what}); it was left alone"
            )];
        }
        elsewhere = since.elsewhere;
    }
    let aim = drift::aim(&before, left_it_so, &now);
    let restored = hands.restore(action, &aim).await;
    let one = Begun { before, ..one.clone() };
    compared(hands, action, &one, restored, elsewhere).await
}

/// What is not as it was after a step was taken back. `elsewhere`: others may have changed something since, so only
/// what the run itself did counts.
async fn compared(
    hands: &Hands,
    action: &Action,
    one: &Begun,
    restored: Result<(), String>,
    elsewhere: bool,
) -> Vec<String> {
    let Begun { before, after, .. } = one;
    let not = |why: String| -> Vec<String> {
        [Some(format!("could not {why}")), by_hand(action, before)].into_iter().flatten().collect()
    };
    let then = match look(hands, action, one).await {
        Ok(then) => then,
        Err(why) => {
            let unknown = format!(
                "it was taken back, but what came of that could not be compared: could not {why}"
            );
            return restored.err().map(not).into_iter().flatten().chain([unknown]).collect();
        }
    };
    let left = match after {
        Some(after) if elsewhere => drift::left(before, after, &then),
        _ => differs(before, &then),
    };
    match restored {
        // Whoever reads a file and could not read it again goes on with what the run wrote.
        Err(why) if !left.is_empty() || is_read(action) => [not(why), left].concat(),
        _ => left,
    }
}

/// Whether a program has to read again what is put back.
fn is_read(action: &Action) -> bool {
    matches!(
        action,
        Action::Configure { .. }
            | Action::DropIn { .. }
            | Action::GiveSecret { .. }
            | Action::Certbot { .. }
    )
}

#[cfg(test)]
mod tests {
    use rayfix_core::plan::{FilePath, RunId, UnitName, Verb};

    use super::*;

    #[tokio::test]
    async fn a_file_that_is_back_and_was_not_read_again_is_not_all_as_it_was() {
        let root = std::env::temp_dir().join(format!("rayfix-read-{}", std::process::id()));
        std::fs::create_dir(&root).unwrap();
        let hands = Hands { root: Some(root.clone()), ..Hands::default() };
        let action = Action::Configure {
            path: FilePath::new("/site").unwrap(),
            before: None,
            after: b"new".to_vec(),
            tried_by: None,
            // Nobody can have it read anything.
            unit: UnitName::new("rayfix-is-not-there.service").unwrap(),
            verb: Verb::Reload,
        };
        let before = hands.look(&action).await.unwrap();
        std::fs::write(root.join("site"), "new").unwrap();
        let after = Some(hands.look(&action).await.unwrap());
        let one = Begun {
            step: 0,
            before,
            after,
            other_boot: false,
            half_taken_back: false,
            undone: false,
        };
        let left = undo(&hands, &action, &one).await;
        assert!(!root.join("site").exists());
        assert!(left.len() == 1 && left[0].starts_with("could not "), "{left:?}");
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn setting_the_clock_does_not_end_the_time_to_confirm() {
        let past = clock::now() - jiff::SignedDuration::from_hours(1);
        let future = clock::now() + jiff::SignedDuration::from_hours(1);
        let waits = |until, up_ms: Option<u64>| Run {
            id: RunId::new("20261122T140312Z-1f0c").unwrap(),
            lines: vec![Journaled::Armed { at: past, until, until_up_ms: up_ms }],
            state: RunState::Waiting,
        };
        let (later, before) = (clock::up_ms() + 60_000, clock::up_ms());
        assert!(!waits(past, Some(later)).is_overdue(), "the clock was set forward");
        assert!(waits(future, Some(before)).is_overdue(), "the clock was set back");
        // As earlier versions wrote it.
        assert!(waits(past, None).is_overdue() && !waits(future, None).is_overdue());
    }
}
