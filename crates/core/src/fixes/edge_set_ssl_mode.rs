//! Sets the zone's SSL mode: raises it where the mode makes visitors go in circles, lowers it as a stop-gap where the
//! origin's certificate does not hold.
//!
//! # What it changes
//! The setting `ssl` of the zone, and `ssl_automatic_mode` to `custom` where Cloudflare would change it by itself.
//! It holds for every proxied name of the zone.
//!
//! # What could go wrong
//! Other names of the zone may have origins that do not fit the new mode: `rayfix ssl-mode ZONE --to MODE` asks each
//! of them before. In a mode below strict the edge takes any certificate, so whoever stands between the edge and the
//! origin can read along: lowering is only ever a stop-gap until the certificate is mended.
//!
//! # How we check
//! The setting is read again; then three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! In the dashboard: SSL/TLS, Overview, Configure, and choose the mode. By the API: `PATCH
//! /zones/ZONE/settings/ssl` with `{"value": "full"}`.
use serde_json::json;

use super::{Fix, Materials, Wants, common};
use crate::diagnosis::Finding;
use crate::plan::{Action, Plan, Safety, Step};
use crate::scene::Scene;
use crate::scene::direct::serves;
use crate::target::{Scheme, SslMode};

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &[
        "edge-redirect-loop",
        "tls-certificate-expired",
        "tls-certificate-name-mismatch",
        "tls-certificate-not-yet-valid",
        "tls-certificate-self-signed",
        "tls-chain-incomplete",
        "tls-issuer-untrusted",
    ],
    wants: |_, _| Wants::default(),
    plan,
};

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    if !seen.account {
        return Err("Put a token with Zone Settings Write into CLOUDFLARE_API_TOKEN.".to_owned());
    }
    let (_, zone) = scene.account.zone().ok_or("The account did not tell the zone.")?;
    let told = scene.account.setting("ssl").and_then(|(_, word, _)| word.parse::<SslMode>().ok());
    let from = told.ok_or("The account did not tell the zone's SSL mode.")?;
    if scene.target.ssl_mode.is_some_and(|mode| mode != from) {
        return Err("Another SSL mode than the zone's holds for this host, by a rule.".to_owned());
    }
    let to =
        if finding.cause == "edge-redirect-loop" { raised(from, scene)? } else { lowered(from)? };
    // Ids of the API are 32 hexadecimal digits; nothing else is put into a call that changes something.
    if zone.id.len() != 32 || !zone.id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("The account told an id of the zone that is none.".to_owned());
    }
    let set = |name: &str, from: &str, to: &str, why: String, blast: String| Step {
        action: Action::SetZoneSetting {
            zone: zone.id.clone(),
            name: name.to_owned(),
            from: json!(from),
            to: json!(to),
        },
        why,
        // It holds for names that were not looked at.
        safety: Safety::Ask,
        blast,
        by_hand: Vec::new(),
    };
    let mut steps = Vec::new();
    if let Some((_, "auto", _)) = scene.account.setting("ssl_automatic_mode") {
        let why = "Automatic SSL/TLS would change the mode again by itself.".to_owned();
        steps.push(set("ssl_automatic_mode", "auto", "custom", why, String::new()));
    }
    let why = match to > from {
        true => {
            format!("In mode {} the edge and the origin disagree about the scheme.", from.word())
        }
        false => format!("In mode {} the edge refuses the certificate.", from.word()),
    };
    let blast = "Every proxied name of the zone gets this mode.".to_owned();
    steps.push(set("ssl", from.word(), to.word(), why, blast));
    let summary = format!("Set the zone's SSL mode to {}.", to.word());
    let mut plan = common::plan("edge-set-ssl-mode", finding, scene, summary, steps);
    if to < from {
        plan.cautions.push(
            "This is a stop-gap: in this mode the edge takes any certificate, so nobody checks who answers for the \
             origin. Mend the certificate, then take this back."
                .to_owned(),
        );
    }
    plan.cautions.push(format!(
        "What it does to the zone's other names: rayfix ssl-mode {} --to {}",
        zone.name,
        to.word()
    ));
    plan.cautions.push(common::needs("Zone Settings Write"));
    Ok(plan)
}

/// Below strict, any certificate does.
fn lowered(from: SslMode) -> Result<SslMode, String> {
    match from {
        SslMode::Strict => Ok(SslMode::Full),
        SslMode::OriginPull => Err(
            "In mode origin_pull https is asked of plain visitors too, which no other mode does."
                .to_owned(),
        ),
        _ => Err(format!("In mode {} the edge takes any certificate already.", from.word())),
    }
}

/// The weakest mode that speaks https to the origin, or strict where the origin was seen to be fit for it.
fn raised(from: SslMode, scene: &Scene<'_>) -> Result<SslMode, String> {
    if !matches!(from, SslMode::Off | SslMode::Flexible) {
        return Err(format!(
            "The mode is {} already: the origin's own redirect to http must go.",
            from.word()
        ));
    }
    let mut secure = scene.roads.iter().filter(|seen| seen.road.scheme == Scheme::Https).peekable();
    let fit = secure.peek().is_some() && secure.all(|seen| serves(seen, SslMode::Strict).is_some());
    Ok(if fit { SslMode::Strict } else { SslMode::Full })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::TcpAnswer;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, Setting, ZoneSeen};
    use crate::evidence::chain::ChainFault;
    use crate::fixes::tests::lines;
    use crate::scene::sample::{Sitting, greeted, page};

    const ZONE: &str = "023e105f4ecef8ad9ca31a8372d0c353";

    fn setting(sitting: Sitting, name: &str, value: &str) -> Sitting {
        let question = AccountQuestion::Setting { name: name.to_owned() };
        let setting = Setting { id: name.to_owned(), value: json!(value), ..Setting::default() };
        sitting.account(question, AccountAnswer::Setting { setting })
    }

    fn self_signed(mode: &str, automatic: &str) -> Sitting {
        let sitting = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
        let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(vec![ChainFault::SelfSigned]));
        let zone = ZoneSeen {
            id: ZONE.to_owned(),
            name: "example.test".to_owned(),
            ..ZoneSeen::default()
        };
        let question = AccountQuestion::Zone { name: "example.test".to_owned() };
        let sitting = sitting.replies(200);
        let sitting = sitting.account(question, AccountAnswer::Zone { zone: Some(Box::new(zone)) });
        setting(setting(sitting, "ssl", mode), "ssl_automatic_mode", automatic)
    }

    fn planned(sitting: Sitting, account: bool) -> Result<Plan, String> {
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, "tls-certificate-self-signed");
        let seen = Materials { account, ..Materials::default() };
        (UNIT.plan)(finding, &Scene::new(&evidence), &seen)
    }

    #[test]
    fn lowering_is_asked_about_and_called_a_stop_gap() {
        let plan = planned(self_signed("strict", "custom"), true).unwrap();
        let ssl =
            format!("PATCH /zones/{ZONE}/settings/ssl {{\"value\": \"full\"}} (now \"strict\")");
        assert_eq!(lines(&plan), [ssl]);
        assert_eq!(plan.safety(), Safety::Ask);
        assert!(plan.cautions[0].starts_with("This is a stop-gap"), "{:?}", plan.cautions);
        assert!(plan.cautions[1].ends_with("rayfix ssl-mode example.test --to full"));
    }

    #[test]
    fn what_would_change_the_mode_by_itself_is_switched_off_first() {
        let plan = planned(self_signed("strict", "auto"), true).unwrap();
        let lines = lines(&plan);
        assert!(lines[0].contains("settings/ssl_automatic_mode"), "{lines:?}");
        assert!(lines[1].contains("settings/ssl "), "{lines:?}");
    }

    #[test]
    fn it_does_not_fit_without_a_token_or_where_the_mode_is_another() {
        let why = planned(self_signed("strict", "custom"), false).unwrap_err();
        assert!(why.contains("CLOUDFLARE_API_TOKEN"), "{why}");
        let why = planned(self_signed("full", "custom"), true).unwrap_err();
        assert!(why.contains("by a rule"), "{why}");
    }

    #[test]
    fn a_mode_is_raised_from_plain_http_only_and_lowered_from_strict_only() {
        let evidence = self_signed("strict", "custom").evidence();
        let scene = Scene::new(&evidence);
        assert_eq!(raised(SslMode::Flexible, &scene), Ok(SslMode::Full));
        assert!(raised(SslMode::Full, &scene).is_err());
        let fit = Sitting::healthy_origin().evidence();
        assert_eq!(raised(SslMode::Flexible, &Scene::new(&fit)), Ok(SslMode::Strict));
        assert_eq!(lowered(SslMode::Strict), Ok(SslMode::Full));
        assert!(lowered(SslMode::OriginPull).is_err() && lowered(SslMode::Full).is_err());
    }
}
