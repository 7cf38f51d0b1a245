//! Has the web server read its configuration again.
//!
//! # What it changes
//! The web server reads its configuration and certificates as they lie on the disk; connections that are open go on.
//!
//! # What could go wrong
//! Every change that was made and never loaded comes into force, for all sites of this web server. It is tried
//! first: a configuration that does not pass is not loaded. What has been read cannot be unread, since the files as
//! they were before are not kept anywhere; to undo this changes nothing.
//!
//! # How we check
//! Three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! `nginx -t && systemctl reload nginx`.
use super::{Fix, Materials, Wants, common};
use crate::causes::Confidence;
use crate::diagnosis::Finding;
use crate::plan::{Plan, Safety, Step, UnitName, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix =
    Fix { cures: &["proxy-config-not-reloaded"], wants: |_, _| Wants::default(), plan };

fn plan(finding: &Finding, scene: &Scene<'_>, _: &Materials) -> Result<Plan, String> {
    let (unit, mut reload) = reload(scene)?;
    // Another fault may be as near, and a reload brings all edits into force.
    if finding.confidence < Confidence::Likely {
        reload.safety = Safety::Ask;
    }
    let summary = format!("Have {unit} read its configuration again.");
    let steps = vec![common::nginx_tried(), reload];
    let mut plan = common::plan("proxy-reload", finding, scene, summary, steps);
    plan.cautions.push(ALL_AT_ONCE.to_owned());
    Ok(plan)
}

/// What stands beside every reload of files that somebody changed.
pub(super) const ALL_AT_ONCE: &str = "All that was changed in the web server's files and never loaded comes into force, \
                                      for every site, and cannot be unread.";

/// The web server's unit, and the step that has it read its files; they are to be tried first.
pub(super) fn reload(scene: &Scene<'_>) -> Result<(UnitName, Step), String> {
    let unit = super::tls_reload_certificate::nginx(scene)
        .ok_or("No unit of systemd's is known for the web server.")?;
    let unit =
        UnitName::new(&unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    let why = "Its files were changed, and it runs with what it read before.";
    let reload = common::step(&unit, Verb::Reload, why, "Connections that are open go on.");
    Ok((unit, reload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::host::Rehearsal;
    use crate::fixes::tests::lines;
    use crate::scene::host::nginx_sample::{SHOP, line, proxy_seen, replies};
    use crate::scene::host::told::before;
    use crate::scene::sample::Sitting;

    fn planned(unit: Option<&str>, sure: Confidence) -> Result<Plan, String> {
        let mut proxy = proxy_seen(SHOP, true);
        proxy.unit = unit.map(str::to_owned);
        proxy.changed = Some(("/etc/nginx/nginx.conf".to_owned(), before(5)));
        proxy.loaded = Some(before(600));
        proxy.addresses = Some(Vec::new());
        let message = "connect() failed (111: Connection refused) while connecting to upstream";
        let sitting = Sitting::gateway_fails(502)
            .with_proxy(proxy)
            .sockets(&["0.0.0.0:443 nginx"])
            .rehearsed(Rehearsal::Passes { warnings: vec![] })
            .peer_answers("127.0.0.1:8000", replies(200))
            .error_log(&[line(message, "http://127.0.0.1:9000/")]);
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let mut finding = diagnosis.findings.first().expect("something is found").clone();
        assert_eq!(finding.cause, "proxy-config-not-reloaded");
        finding.confidence = sure;
        (UNIT.plan)(&finding, &Scene::new(&evidence), &Materials::default())
    }

    #[test]
    fn its_files_are_tried_and_read() {
        let plan = planned(Some("nginx.service"), Confidence::Certain).unwrap();
        assert_eq!(lines(&plan), ["nginx -t -q", "systemctl reload nginx.service"]);
        assert_eq!(plan.safety(), Safety::Unattended);
        assert!(plan.cautions[0].ends_with("cannot be unread."));
    }

    #[test]
    fn it_asks_first_where_another_fault_is_as_near() {
        assert_eq!(
            planned(Some("nginx.service"), Confidence::Possible).unwrap().safety(),
            Safety::Ask
        );
    }

    #[test]
    fn it_does_not_fit_a_web_server_without_a_unit() {
        assert!(planned(None, Confidence::Certain).unwrap_err().contains("No unit"));
    }
}
