//! No rule of the tunnel is for the site, and its last one answers.
//!
//! # What you see
//! 404 or 503 with nothing in it, for every page. An app's own 404 has a body.
//!
//! # What is wrong
//! The request arrives at the connector, and none of its rules fits the name: the rule is missing or
//! bears another name, `*.example.com` is not for `example.com` itself, a letter is of the other case
//! (which counts), or the rule's path does not fit. The last rule, mostly `http_status:404`, answers.
//! Without any rules cloudflared answers 503.
//!
//! # How we know
//! The connector's own rules are looked up as it does, and visits get just what its last rule says,
//! without a body. Certain where a rule nearly fits, or there are none, or the account says that the
//! site comes through this tunnel; else likely, since an app may answer the same. Rules that are kept
//! at Cloudflare are read in the account as well, so that nobody need look into the origin.
//!
//! # What to do
//! Add a rule for the name above the last one (`hostname: shop.example.com`), in the file or the
//! dashboard. `cloudflared tunnel ingress rule https://shop.example.com/` says which one answers.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2, `ingress rule` and requests that no rule is for, 2026-11-22
use super::{Cause, Confidence, Verdict};
use crate::evidence::ReadingId;
use crate::evidence::host::tunnel::{IngressFrom, Service, look_up};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::account::remote_rules;
use crate::scene::host::tunnel::{Tunnel, all_got, blame_replies, elsewhere};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C311",
    hop: Hop::Tunnel,
    title: "no rule of the tunnel is for the site, and its last one answers",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let mut tunnels = Tunnel::fallbacks(scene);
    tunnels.extend(Tunnel::of(scene).filter(|tunnel| tunnel.is_named() && tunnel.runs()));
    for tunnel in &tunnels {
        let Some(status) = last_resort(tunnel) else { continue };
        let bare = |reply: &crate::evidence::Reply, page: bool| {
            reply.status == status && reply.body_bytes == 0 && !page
        };
        let Some(visits) = all_got(scene, bare) else { continue };
        let ingress = tunnel.connector.ingress.as_ref();
        let near = ingress.and_then(|ingress| ingress.near.as_ref());
        let recorded = tunnel.by_account.is_some();
        let telling = near.is_some() || tunnel.connector.rule().is_none() || recorded;
        let sign = Sign {
            because: [tunnel.reading.id].into_iter().chain(tunnel.by_account).collect(),
            contrast: scene.trace().into_iter().collect(),
            at_most: if telling { Confidence::Certain } else { Confidence::Likely },
        };
        let mut verdict = blame_replies(scene, sign, &visits).with("status", status);
        if let Some(near) = near {
            verdict = verdict.with("nearly", near.hostname.as_str());
            if let Some(at) = &near.at {
                verdict = verdict.with("at", at.to_string());
            }
        }
        return verdict.explaining(&["http-origin-answers-5xx"]);
    }
    if let Some(verdict) = by_the_account(scene) {
        return verdict;
    }
    let seen: Vec<ReadingId> = tunnels.iter().map(|tunnel| tunnel.reading.id).collect();
    if seen.is_empty() { elsewhere(scene) } else { Verdict::clears(seen) }
}

/// The verdict from the rules that are kept at Cloudflare, where the account told them: every connector
/// of the tunnel goes by them.
fn by_the_account(scene: &Scene<'_>) -> Option<Verdict> {
    let tunnel = scene.account.tunnel()?;
    let (id, configuration) = tunnel.configuration?;
    let rules = remote_rules(configuration)?;
    let version = configuration.version.unwrap_or_default();
    let site = &scene.target.site;
    let found = look_up(&rules, IngressFrom::Remote { version }, &site.host, &site.path);
    let status = match &found.rule {
        None => 503,
        Some(rule) if rule.is_last_resort => match rule.service {
            Some(Service::Status { status }) => status,
            _ => return None,
        },
        Some(_) => return None,
    };
    let bare = |reply: &crate::evidence::Reply, page: bool| {
        reply.status == status && reply.body_bytes == 0 && !page
    };
    let visits = all_got(scene, bare)?;
    let trace: Vec<ReadingId> = scene.trace().into_iter().collect();
    let sure = if trace.is_empty() { Confidence::Likely } else { Confidence::Certain };
    let mut because = vec![tunnel.record.0, id];
    because.extend(visits.first());
    let verdict = Verdict::blames(sure, because).contrasting(trace);
    let verdict = verdict.with("status", status).with("tunnel", tunnel.id);
    let verdict = match &found.near {
        Some(near) => verdict.with("nearly", near.hostname.as_str()),
        None => verdict,
    };
    Some(verdict.explaining(&["http-origin-answers-5xx"]))
}

/// The status that the connector answers for the site itself, for want of a rule.
fn last_resort(tunnel: &Tunnel<'_, '_>) -> Option<u16> {
    tunnel.connector.ingress.as_ref()?;
    match tunnel.connector.rule() {
        None => Some(503),
        Some(rule) if rule.is_last_resort => match rule.service {
            Some(Service::Status { status }) => Some(status),
            _ => None,
        },
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::Reply;
    use crate::scene::host::stage::Stage;
    use crate::scene::sample::{check, reply};

    const OTHERS: &str =
        "ingress:\n- hostname: other.test\n  service: http://a\n- service: http_status:404\n";
    const NEARLY: &str = "ingress:\n- hostname: Shop.example.test\n  service: http://a\n- service: http_status:404\n";

    fn empty(status: u16) -> Reply {
        Reply { body_bytes: 0, ..reply(status) }
    }

    #[test]
    fn finding_10_is_certain_when_a_rule_of_the_other_case_nearly_fits() {
        let stage = Stage::connected().rules(NEARLY).gets_reply(empty(404));
        check(&UNIT, stage.clone().sitting(), "blames, certain");
        check(&UNIT, stage.found_by_its_rules().sitting(), "blames, likely");
    }

    #[test]
    fn is_certain_when_there_are_no_rules_at_all() {
        let stage = Stage::connected().rules("tunnel: x\n").gets_reply(empty(503));
        check(&UNIT, stage.sitting(), "blames, certain");
    }

    #[test]
    fn is_likely_when_nothing_nearly_fits() {
        let stage = Stage::connected().rules(OTHERS).gets_reply(empty(404));
        check(&UNIT, stage.sitting(), "blames, likely");
    }

    #[test]
    fn finding_6_leaves_an_app_s_own_404_alone_for_it_has_a_body() {
        check(&UNIT, Stage::connected().rules(NEARLY).gets_reply(reply(404)).sitting(), "clears");
        check(&UNIT, Stage::connected().gets_reply(empty(404)).sitting(), "clears");
    }

    #[test]
    fn clears_it_when_a_rule_answers_or_the_site_is_served() {
        check(&UNIT, Stage::connected().sitting(), "clears");
        check(&UNIT, Stage::connected().rules(OTHERS).served().sitting(), "clears");
    }

    #[test]
    fn cannot_tell_from_outside() {
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, Stage::nothing_here().gets(502).sitting(), says);
    }
}
