//! A rule of a tunnel whose rules are kept at Cloudflare: its service replaced, and nothing else of them.
//!
//! The configuration is read whole right before, as the API tells it, so that what this program knows nothing of
//! stays as it is. The rule must be in it once, with the service that the connector has.

use serde_json::{Value, json};

use crate::plan::{Action, Safety, Step};
use crate::scene::Scene;

/// Whose configuration it is: the account's id and the tunnel's.
pub(super) fn place(scene: &Scene<'_>) -> Option<(String, String)> {
    let (_, zone) = scene.account.zone()?;
    let tunnel = scene.account.tunnel()?.id;
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_id = zone.account.id.len() == 32 && hexadecimal(&zone.account.id);
    let is_uuid = tunnel.len() == 36 && hexadecimal(&tunnel.replace('-', ""));
    (is_id && is_uuid).then(|| (zone.account.id.clone(), tunnel.to_ascii_lowercase()))
}

/// The step that has the rule for a host lead elsewhere; the error is a sentence.
pub(super) fn step(
    (account, tunnel): (String, String),
    configuration: Option<&Value>,
    host: &str,
    (from, to): (&str, &str),
) -> Result<Step, String> {
    let before = configuration.filter(|all| all["ingress"].is_array());
    let before = before.ok_or("The account did not tell the tunnel's rules.")?;
    let mut after = before.clone();
    let rules = after["ingress"].as_array_mut().into_iter().flatten();
    let is_for = |name: &str| {
        let below = name.strip_prefix('*').is_some_and(|rest| host.ends_with(rest));
        name.eq_ignore_ascii_case(host) || below
    };
    let mut fits: Vec<&mut Value> = rules
        .filter(|rule| rule["hostname"].as_str().is_some_and(is_for) && rule["service"] == from)
        .collect();
    let [rule] = fits.as_mut_slice() else {
        return Err(format!(
            "The rules at Cloudflare lead {host} to {from} not exactly once by now."
        ));
    };
    rule["service"] = json!(to);
    let name = rule["hostname"].as_str().unwrap_or(host).to_owned();
    let by_hand = vec![
        format!("GET /accounts/{account}/cfd_tunnel/{tunnel}/configurations"),
        format!(
            "PUT /accounts/{account}/cfd_tunnel/{tunnel}/configurations, the same but for the rule of {name}:"
        ),
        format!("-\"service\": {}", json!(from)),
        format!("+\"service\": {}", json!(to)),
    ];
    Ok(Step {
        action: Action::SetTunnelConfiguration { account, tunnel, before: before.clone(), after },
        why: format!("The rule leads to {from}; what answers for the site is at {to}."),
        // It is kept where others keep theirs.
        safety: Safety::Ask,
        blast: format!(
            "What is asked for under {name} goes there, on every connector of this tunnel."
        ),
        by_hand,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Value {
        json!({
            "ingress": [
                {"hostname": "other.example.test", "service": "http://localhost:8000"},
                {"hostname": "shop.example.test", "service": "http://localhost:8000", "unknown": {"kept": 1}},
                {"service": "http_status:404"},
            ],
            "warp-routing": {"enabled": true},
        })
    }

    fn planned(all: &Value, from: &str) -> Result<Step, String> {
        let place = ("a".repeat(32), "t".to_owned());
        step(place, Some(all), "shop.example.test", (from, "http://localhost:9000"))
    }

    #[test]
    fn one_service_changes_and_nothing_else() {
        let step = planned(&all(), "http://localhost:8000").unwrap();
        let Action::SetTunnelConfiguration { before, after, .. } = step.action else { panic!() };
        assert_eq!(before, all());
        let mut wanted = all();
        wanted["ingress"][1]["service"] = json!("http://localhost:9000");
        assert_eq!(after, wanted);
        assert_eq!(step.safety, Safety::Ask);
    }

    #[test]
    fn rules_that_were_changed_meanwhile_or_that_say_it_twice_are_left_alone() {
        assert!(planned(&all(), "http://localhost:1").is_err());
        let mut twice = all();
        twice["ingress"][0]["hostname"] = json!("*.example.test");
        assert!(planned(&twice, "http://localhost:8000").is_err());
        assert!(planned(&json!(null), "http://localhost:8000").is_err());
    }
}
