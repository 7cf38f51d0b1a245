//! From what was seen to one plan: the first fix of the first cause that fits, and that may be carried out.

use rayfix_core::diagnose::diagnose;
use rayfix_core::evidence::Evidence;
use rayfix_core::fixes;
use rayfix_core::plan::tell::Without;
use rayfix_core::plan::{Plan, Safety};
use rayfix_core::scene::Scene;
use rayfix_world::mend::hands::Hands;
use rayfix_world::mend::materials;

use super::nothing::Nothing;
use super::reviewed::Reviewed;
use crate::asking::runtime;
use crate::exit::Exit;
use crate::refusal::Refusal;

/// What may be planned.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// Names of fixes, `safe` among them; empty: any.
    pub(super) only: &'a [String],
    /// Nobody will be asked.
    pub(super) unasked: bool,
    /// A session from afar may be cut off.
    pub(super) even_if_cut_off: bool,
    /// This plan and no other.
    pub(super) reviewed: Option<&'a Reviewed>,
    /// Roots that are trusted besides the public ones, DER.
    pub(super) roots: Vec<Vec<u8>>,
}

impl Wanted<'_> {
    /// Whether a plan may be carried out as it was asked for.
    ///
    /// # Errors
    /// A sentence: why not.
    fn allows(&self, plan: &Plan) -> Result<(), String> {
        let name = &plan.fix;
        if let Some(reviewed) = self.reviewed {
            return reviewed.fits(plan);
        }
        // To name a fix is to say yes to it.
        if self.only.contains(name) {
            return Ok(());
        }
        let is_safe = plan.safety() == Safety::Unattended;
        if self.only.is_empty() {
            let asks = self.unasked && plan.safety() == Safety::Ask;
            return match asks {
                true => Err(format!(
                    "{name} fits, and wants a person's yes: leave --yes off, or name it: --only {name}."
                )),
                false => Ok(()),
            };
        }
        if is_safe && self.only.iter().any(|name| name == "safe") {
            return Ok(());
        }
        Err(format!("{name} fits, and is not among those of --only."))
    }

    fn considers(&self, fix: &str) -> bool {
        self.reviewed.is_none_or(|reviewed| reviewed.fix() == fix)
    }
}

/// The first fix that fits the first cause; else why there is none. `say` hears what is found on the way.
pub(super) fn planned(
    evidence: &Evidence,
    hands: &Hands,
    wanted: &Wanted<'_>,
    say: &dyn Fn(&str),
) -> Result<Result<Plan, Nothing>, Refusal> {
    let diagnosis = diagnose(evidence);
    let Some(finding) = diagnosis.findings.first() else {
        let exit = Exit::from(diagnosis.outcome());
        let (state, why) = match exit {
            Exit::Fine => (Without::NothingToMend, fixes::beside::nothing(&diagnosis)),
            _ => {
                let why = "It could not be told what is to be mended: `rayfix diagnose` says what is needed.";
                (Without::NoPlan, why.to_owned())
            }
        };
        return Ok(Err(Nothing { exit, state, why, cause: None, plan: None }));
    };
    say(&format!(
        "{} {} · {}: {}",
        finding.code,
        finding.cause,
        finding.confidence.word(),
        finding.title
    ));
    let scene = Scene::new(evidence);
    let runtime = runtime()?;
    let mut why_not: Vec<String> = Vec::new();
    let mut refused = false;
    for name in finding.fixes.iter().filter(|name| wanted.considers(name)) {
        let Some(fix) = fixes::named(name) else { continue };
        let wants = (fix.wants)(finding, &scene);
        let seen = runtime.block_on(materials(&wants, hands.account.as_deref(), &wanted.roots));
        let plan = seen.and_then(|mut seen| {
            seen.even_if_cut_off = wanted.even_if_cut_off;
            (fix.plan)(finding, &scene, &seen)
        });
        let why = match plan {
            Err(why) => format!("{name} does not fit: {why}"),
            Ok(mut plan) => match wanted.allows(&plan) {
                Ok(()) => {
                    plan.cautions.extend(fixes::beside::others(&diagnosis));
                    return Ok(Ok(plan));
                }
                Err(why) => {
                    refused = true;
                    why
                }
            },
        };
        why_not.push(why);
    }
    if let (Some(reviewed), true) = (wanted.reviewed, why_not.is_empty()) {
        why_not.push(format!("{} is no fix for {}.", reviewed.fix(), finding.cause));
    }
    if why_not.is_empty() {
        let why = format!("No fix is known for {}; this is what to do by hand.", finding.cause);
        // A script that named fixes asked for something else.
        let plan = fixes::by_hand::plan(&diagnosis, &scene, &why);
        if let Some(plan) = plan.filter(|_| wanted.only.is_empty()) {
            return Ok(Ok(plan));
        }
        why_not.push(format!("No fix is known for {}.", finding.cause));
    }
    if !refused {
        let by_hand = fixes::by_hand::plan(&diagnosis, &scene, "");
        let by_hand = by_hand.and_then(|plan| plan.steps.into_iter().next());
        why_not.extend(by_hand.map(|step| format!("By hand: {}", step.why)));
        why_not.push(format!("`rayfix explain {}` says more.", finding.code));
    }
    let state = if refused { Without::Refused } else { Without::NoPlan };
    // What was signed off is no longer what would be done: that is a wrong call, as is any drift.
    let exit = match (refused, wanted.reviewed) {
        (true, Some(_)) => Exit::Usage,
        _ => Exit::CannotTell,
    };
    let cause = Some(finding.cause.clone());
    Ok(Err(Nothing { exit, state, why: why_not.join("\n"), cause, plan: None }))
}
