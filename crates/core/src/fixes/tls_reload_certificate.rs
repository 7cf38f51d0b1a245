//! Has the web server read its renewed certificate.
//!
//! # What it changes
//! The web server reads its configuration and certificates again; connections that are open go on.
//!
//! # What could go wrong
//! A configuration that was changed and never loaded comes into force as well. It is tried first.
//!
//! # How we check
//! Three visits in a row through the edge and one straight to the origin are served, with the certificate that
//! lies in the file.
//!
//! # By hand
//! `nginx -t && systemctl reload nginx`. So that it does not come back: `certbot renew --deploy-hook 'systemctl
//! reload nginx'`.
use super::{Fix, Materials, Wants, common};
use crate::diagnosis::Finding;
use crate::evidence::host::{HostAnswer, HostQuestion, ProxyKind};
use crate::plan::{Plan, UnitName, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix =
    Fix { cures: &["tls-certificate-not-reloaded"], wants: |_, _| Wants::default(), plan };

fn plan(finding: &Finding, scene: &Scene<'_>, _: &Materials) -> Result<Plan, String> {
    let unit = nginx(scene).ok_or("No unit of systemd's is known for the web server.")?;
    let unit =
        UnitName::new(&unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    let why = "The certificate in the file is a newer one than the one that is shown.";
    let steps = vec![
        common::nginx_tried(),
        common::step(&unit, Verb::Reload, why, "Connections that are open go on."),
    ];
    Ok(common::plan(
        "tls-reload-certificate",
        finding,
        scene,
        format!("Have {unit} read its certificate again."),
        steps,
    ))
}

/// nginx's unit.
pub(super) fn nginx(scene: &Scene<'_>) -> Option<String> {
    scene.evidence.readings.iter().find_map(|reading| match reading.host()? {
        (HostQuestion::Proxy { kind: ProxyKind::Nginx }, HostAnswer::Proxy(proxy)) => {
            proxy.unit.clone()
        }
        _ => None,
    })
}
