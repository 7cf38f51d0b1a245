//! Starts the app's unit.
//!
//! # What it changes
//! systemd forgets how often the unit was started, so that a limit on starts does not stand in the way, and the
//! unit that should answer for the app is started. Where it has not run since the machine was started and nothing
//! starts it then, it is enabled; else whether it starts at boot stays as it was. Where nginx was seen to ask whom
//! its files do not name any more since an edit, it reads them too.
//!
//! # What could go wrong
//! It may fail again at once, for the reason that stopped it; then it is stopped again and the log says why.
//! What nginx has read cannot be unread.
//!
//! # How we check
//! Where it can check its configuration (php-fpm), that comes first; then systemd calls it active, and three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! `php-fpm8.2 -t` for PHP, `systemctl reset-failed UNIT`, `systemctl start UNIT`, then `systemctl status UNIT`.
use super::{Fix, Materials, Wants, common, proxy_reload};
use crate::causes::proxy_config_not_reloaded::asks_whom_its_files_forgot;
use crate::diagnosis::Finding;
use crate::plan::{Plan, Promise, Step, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix { cures: &["app-stopped"], wants: |_, _| Wants::default(), plan };

fn plan(finding: &Finding, scene: &Scene<'_>, _: &Materials) -> Result<Plan, String> {
    let unit = common::unit(finding, "the app")?;
    let why = format!("{unit} should answer for the app, and it is stopped.");
    let mut steps: Vec<Step> = common::tried(&unit).into_iter().collect();
    steps.extend([
        common::start_count_forgotten(&unit),
        common::step(&unit, Verb::Start, &why, "The app starts; nothing else is touched."),
    ]);
    steps.extend(common::enabled_at_boot(scene, &unit));
    let mut summary = format!("Start {unit}.");
    // The app that answers again is not asked while the web server asks where it was before an edit.
    let reload = match asks_whom_its_files_forgot(scene) {
        true => proxy_reload::reload(scene).ok(),
        false => None,
    };
    let behind_an_edit = reload.is_some();
    if let Some((proxy, reload)) = reload {
        steps.extend([common::nginx_tried(), reload]);
        summary = format!("Start {unit}, and have {proxy} read its configuration again.");
    }
    let mut plan = common::plan("app-start", finding, scene, summary, steps);
    if behind_an_edit {
        plan.cautions.push(proxy_reload::ALL_AT_ONCE.to_owned());
    }
    plan.promises.push(Promise::UnitActive { unit });
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::host::Rehearsal;
    use crate::fixes::tests::lines;
    use crate::scene::host::app_gallery::Shop;
    use crate::scene::host::nginx_sample::line;

    /// The plan where nginx read its files so many seconds ago, and was seen to ask there.
    fn planned(loaded: i64, asked: &str, rehearsal: Rehearsal) -> Vec<String> {
        let message = "connect() failed (111: Connection refused) while connecting to upstream";
        let sitting = Shop::fails(502).stopped().edited(loaded).sitting();
        let sitting = sitting.rehearsed(rehearsal).error_log(&[line(message, asked)]);
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.iter().find(|one| one.cause == "app-stopped");
        let finding = finding.unwrap_or_else(|| panic!("{:?}", diagnosis.findings));
        let plan = plan(finding, &Scene::new(&evidence), &Materials::default()).unwrap();
        let told = plan.cautions.iter().any(|one| one == proxy_reload::ALL_AT_ONCE);
        assert_eq!(told, plan.steps.len() > 2);
        lines(&plan)
    }

    #[test]
    fn nginx_that_asks_where_the_app_was_before_an_edit_reads_its_files_too() {
        let passes = || Rehearsal::Passes { warnings: vec![] };
        let start = ["systemctl reset-failed shop.service", "systemctl start shop.service"];
        let reload = ["nginx -t -q", "systemctl reload nginx.service"];
        let before = "http://127.0.0.1:9000/";
        assert_eq!(planned(600, before, passes()), [start, reload].concat());
        // It has read them since, or asks whom they name, or would not read them.
        assert_eq!(planned(5, before, passes()), start);
        assert_eq!(planned(600, "http://unix:/run/shop/shop.sock:/", passes()), start);
        let fails = Rehearsal::Fails { says: "unknown directive".to_owned(), at: None };
        assert_eq!(planned(600, before, fails), start);
    }
}
