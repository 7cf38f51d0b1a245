//! The plan where no fix fits: what a person has to do, in the manual's words with this host's names in them.
//!
//! A security group of a cloud, a disk that is full of somebody's data, a release that crashes: nothing here may be
//! decided by a program, and what there is to do is known all the same.
use super::common;
use crate::diagnosis::Diagnosis;
use crate::plan::{Action, Plan, Safety, Step};
use crate::report::Report;
use crate::scene::Scene;

/// The name that such a plan bears instead of a fix's.
pub const NAME: &str = "by-hand";

/// What a person has to do about the first finding; `why` says, in sentences, why no fix does it. `None`: there is no
/// finding, or nothing is known to do.
#[must_use]
pub fn plan(diagnosis: &Diagnosis<'_>, scene: &Scene<'_>, why: &str) -> Option<Plan> {
    let finding = diagnosis.findings.first()?;
    let told = Report::of(diagnosis).findings.into_iter().next()?.fix?;
    let step = Step {
        action: Action::Tell { lines: Vec::new() },
        why: told,
        safety: Safety::ShowOnly,
        blast: String::new(),
        by_hand: Vec::new(),
    };
    let mut plan = common::plan(NAME, finding, scene, why.to_owned(), vec![step]);
    plan.cautions.push(format!("`rayfix explain {}` says more.", finding.code));
    Some(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::plan::tell;
    use crate::scene::host::app_gallery::Shop;

    #[test]
    fn what_no_fix_does_is_told_with_the_names_of_this_host() {
        let evidence = Shop::looping().sitting().evidence();
        let diagnosis = diagnose(&evidence);
        let plan = plan(&diagnosis, &Scene::new(&evidence), "No fix is known.").unwrap();
        assert_eq!((plan.fix.as_str(), plan.safety()), (NAME, Safety::ShowOnly));
        let text = tell::text(&plan, 60);
        assert!(text.contains("`systemctl stop shop.service`"), "{text}");
        assert!(text.contains("you: this program only shows how"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }
}
