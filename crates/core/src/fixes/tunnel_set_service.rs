//! Has the tunnel's rule lead to where the service really is.
//!
//! # What it changes
//! The one value of `service:` in the connector's own configuration file: another port, or `http` for `https`. The
//! connector is then started anew. Of rules that are kept at Cloudflare the one value is changed by the API, and the
//! connectors hear of it; the token needs Cloudflare Tunnel Write.
//!
//! # What could go wrong
//! All sites of this tunnel are cut off while the connector starts, for some seconds. Where the service moved by
//! mistake, it is the service that should be changed back.
//!
//! # How we check
//! Three visits in a row through the edge are served.
//!
//! # By hand
//! `ss -ltnp` shows who listens; write its address after `service:` in the rule, `cloudflared tunnel ingress
//! validate`, then `systemctl restart cloudflared`.
use super::{Fix, Materials, Wants, common, edit, tunnel_remote};
use crate::diagnosis::Finding;
use crate::evidence::TlsAnswer;
use crate::evidence::host::{ListensAt, UpstreamAnswer};
use crate::hop::Hop;
use crate::plan::{FilePath, Plan, Promise, Safety, UnitName, Verb};
use crate::proxy::At;
use crate::scene::Scene;
use crate::scene::host::tunnel::Tunnel;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["tunnel-service-refused", "tunnel-service-scheme-mismatch", "app-listens-elsewhere"],
    wants: |_, scene| {
        let rule = rule(scene).ok();
        let at = rule.as_ref().and_then(|rule| rule.at.as_ref());
        let file = at.and_then(|(at, _)| FilePath::new(&at.file).ok());
        let remote = rule.is_some_and(|rule| rule.at.is_none());
        let tunnel_rules = remote.then(|| tunnel_remote::place(scene)).flatten();
        Wants { files: file.into_iter().collect(), tunnel_rules, ..Wants::default() }
    },
    plan,
};

/// The rule that answers for the site.
struct Rule {
    written: String,
    /// Where it stands, and the connector's unit; none: it is kept at Cloudflare.
    at: Option<(At, String)>,
}

fn rule(scene: &Scene<'_>) -> Result<Rule, String> {
    let tunnel = Tunnel::of(scene).ok_or("The site does not come through a tunnel from here.")?;
    let rule = tunnel.connector.rule().ok_or("No rule is known for the site.")?;
    let written = rule.written.clone();
    let Some(at) = rule.at.clone() else { return Ok(Rule { written, at: None }) };
    let unit = tunnel.connector.unit.clone();
    let unit = unit.ok_or("No unit of systemd's is known for the connector.")?;
    Ok(Rule { written, at: Some((at, unit)) })
}

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let rule = rule(scene)?;
    let (to, safety) = match finding.cause.as_str() {
        "tunnel-service-scheme-mismatch" => (other_scheme(&rule, scene)?, Safety::Unattended),
        "app-listens-elsewhere" => (moved(finding)?, Safety::Unattended),
        // That it was this web server that was meant is likely, and no more.
        _ => (web_server(scene)?, Safety::Ask),
    };
    let Some((at, unit)) = &rule.at else {
        return at_cloudflare(finding, scene, seen, (&rule.written, &to));
    };
    let path = FilePath::new(&at.file)
        .map_err(|error| format!("`{}` cannot be acted on: {error}.", at.file))?;
    let unit =
        UnitName::new(unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    let before = edit::text(seen.files.get(&path).and_then(Option::as_ref), &path)?;
    let line = service_line(&before, at.line)
        .ok_or_else(|| format!("{path} has no `service:` at line {} by now.", at.line))?;
    let after = edit::replaced(&before, line, &rule.written, &to)?;
    let why = format!("The rule leads to {}; what answers for the site is at {to}.", rule.written);
    let blast = "All sites of this tunnel are cut off for some seconds.";
    let mut step = edit::step(&path, (&before, &after), (&unit, Verb::Restart), why, blast);
    step.safety = safety;
    let summary = format!("Have the tunnel lead to {to}.");
    let mut plan = common::plan("tunnel-set-service", finding, scene, summary, vec![step]);
    plan.promises.extend([Promise::UnitActive { unit }, Promise::ConnectorReady]);
    plan.cautions.push(BY_MISTAKE.to_owned());
    Ok(plan)
}

const BY_MISTAKE: &str =
    "Should the service have moved by mistake, change the service back instead.";

/// The same for a rule that is kept at Cloudflare.
fn at_cloudflare(
    finding: &Finding,
    scene: &Scene<'_>,
    seen: &Materials,
    (from, to): (&str, &str),
) -> Result<Plan, String> {
    let by_hand =
        "The rules are kept at Cloudflare: Zero Trust, Networks, Tunnels, Public Hostname.";
    if !seen.account {
        return Err(format!(
            "{by_hand} With a token that has Cloudflare Tunnel Write in CLOUDFLARE_API_TOKEN it is done from here."
        ));
    }
    let place = tunnel_remote::place(scene)
        .ok_or_else(|| format!("{by_hand} The account did not tell which tunnel it is."))?;
    let host = scene.target.site.host.as_str();
    let step = tunnel_remote::step(place, seen.tunnel_rules.as_ref(), host, (from, to))?;
    let summary = format!("Have the tunnel lead to {to}, by its rules at Cloudflare.");
    let mut plan = common::plan("tunnel-set-service", finding, scene, summary, vec![step]);
    plan.cautions.push(BY_MISTAKE.to_owned());
    plan.cautions.push(common::needs("Cloudflare Tunnel Write"));
    Ok(plan)
}

/// The line of the value, from that of the rule on.
fn service_line(text: &str, rule: u32) -> Option<u32> {
    let from = usize::try_from(rule).ok()?.checked_sub(1)?;
    for (at, line) in text.lines().enumerate().skip(from) {
        let bare = line.trim_start();
        if at > from && bare.starts_with("- ") {
            return None;
        }
        if bare.strip_prefix("- ").unwrap_or(bare).starts_with("service:") {
            return u32::try_from(at + 1).ok();
        }
    }
    None
}

/// The same service, without TLS.
fn other_scheme(rule: &Rule, scene: &Scene<'_>) -> Result<String, String> {
    let host = scene.host.as_ref();
    let mut asked = host.into_iter().flat_map(|host| host.upstreams(Hop::Tunnel));
    let plain = asked.any(|seen| {
        matches!(seen.answer, UpstreamAnswer::Handshake { tls }
            if matches!(tls.as_ref(), TlsAnswer::NotTls { http: true, .. }))
    });
    match rule.written.strip_prefix("https://") {
        Some(rest) if plain => Ok(format!("http://{rest}")),
        _ => Err(
            "Over https its certificate is checked as well, so `originServerName` must be set with it.".into(),
        ),
    }
}

/// Where the app that the rule means listens.
fn moved(finding: &Finding) -> Result<String, String> {
    let named = finding.detail.get("listens").and_then(|listens| listens.as_array());
    let named = named.into_iter().flatten().filter_map(|text| edit::listens(text.as_str()?));
    let all: Vec<ListensAt> = named.collect();
    let to = edit::one_place(&all)
        .ok_or("The app listens at several places, and only you know which is meant.")?;
    Ok(match to {
        ListensAt::Tcp { .. } => format!("http://{}", edit::written(to)?),
        ListensAt::Unix { .. } => edit::written(to)?,
    })
}

/// The web server on this machine that has a server of its own for the site, at port 80.
fn web_server(scene: &Scene<'_>) -> Result<String, String> {
    let none = "Nothing on this machine is known to serve the site, so it must be started first.";
    let host = scene.host.as_ref().ok_or(none)?;
    let mut named = host.proxies().filter(|(_, proxy)| proxy.names_site);
    let (_, proxy) = named.find(|(_, proxy)| proxy.running.is_some()).ok_or(none)?;
    let (_, listeners) = host.on_port(80).ok_or(none)?;
    let own = listeners.into_iter().filter(|one| {
        one.program.as_ref().is_some_and(|program| {
            program.unit.is_some() && program.unit == proxy.unit
                || proxy.running.as_ref().is_some_and(|running| running.pid == program.pid)
        })
    });
    let own: Vec<ListensAt> = own.map(|one| one.at.clone()).collect();
    let to = edit::one_place(&own).ok_or(none)?;
    Ok(format!("http://{}", edit::written(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::fixes::tests::{lines, with_files};
    use crate::scene::host::stage::{Stage, refuses};
    use crate::scene::sample::Sitting;

    const CONFIG: &str = "/etc/cloudflared/config.yml";

    fn file(service: &str) -> String {
        format!(
            "ingress:\n- hostname: shop.example.test\n  service: {service}\n- service: http_status:404\n"
        )
    }

    fn planned(sitting: Sitting, cause: &str, text: &str) -> Result<Plan, String> {
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, cause);
        let scene = Scene::new(&evidence);
        assert_eq!((UNIT.wants)(finding, &scene).files, [FilePath::new(CONFIG).unwrap()]);
        (UNIT.plan)(finding, &scene, &with_files(&[(CONFIG, text)]))
    }

    fn speaks_plainly() -> Sitting {
        let tls = Box::new(TlsAnswer::NotTls { first: "HTTP/1.1 400".to_owned(), http: true });
        let stage = Stage::connected().leads_to("https://127.0.0.1:8000");
        stage.service(UpstreamAnswer::Handshake { tls }).sitting()
    }

    #[test]
    fn a_letter_too_many_is_taken_out_of_the_rule() {
        let cause = "tunnel-service-scheme-mismatch";
        let plan = planned(speaks_plainly(), cause, &file("https://127.0.0.1:8000")).unwrap();
        assert_eq!(
            lines(&plan),
            [
                "--- /etc/cloudflared/config.yml:3",
                "-  service: https://127.0.0.1:8000",
                "+  service: http://127.0.0.1:8000",
                "systemctl restart cloudflared.service"
            ]
        );
    }

    #[test]
    fn a_rule_that_changed_meanwhile_is_left_alone() {
        let cause = "tunnel-service-scheme-mismatch";
        let why = planned(speaks_plainly(), cause, &file("http://other:1")).unwrap_err();
        assert!(why.contains("does not name"), "{why}");
    }

    #[test]
    fn without_anybody_who_serves_the_site_it_does_not_guess() {
        let sitting = Stage::connected().service(refuses()).sitting();
        let text = file("http://127.0.0.1:8000");
        let why = planned(sitting, "tunnel-service-refused", &text).unwrap_err();
        assert!(why.contains("must be started first"), "{why}");
    }
}
