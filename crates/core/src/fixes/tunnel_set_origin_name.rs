//! Tells the connector which name the service's certificate is for.
//!
//! # What it changes
//! `originServerName` of the one rule that answers for the site, in the connector's own configuration file: the site's
//! name, where the service's certificate bears it and the rule leads to an address or to `localhost`. The connector is
//! then started anew. Rules that are kept at Cloudflare are changed in the dashboard.
//!
//! # What could go wrong
//! All sites of this tunnel are cut off while the connector starts, for some seconds. The service gets the site's name
//! in the hello then, and may choose another certificate by it.
//!
//! # How we check
//! Three visits in a row through the edge are served.
//!
//! # By hand
//! Below the rule's `service:` write `originRequest:` and, two blanks deeper, `originServerName: shop.example.com`;
//! `cloudflared tunnel ingress validate`, then `systemctl restart cloudflared`.
use super::{Fix, Materials, Wants, common, connector_file, edit};
use crate::diagnosis::Finding;
use crate::evidence::TlsAnswer;
use crate::evidence::chain::{ChainFault, ChainSeen};
use crate::evidence::host::UpstreamAnswer;
use crate::hop::Hop;
use crate::plan::{FilePath, Plan, Promise, UnitName, Verb};
use crate::proxy::At;
use crate::scene::Scene;
use crate::scene::host::tunnel::Tunnel;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["tunnel-service-tls-rejected"],
    wants: |_, scene| {
        let file = rule(scene).ok().and_then(|(at, _)| FilePath::new(&at.file).ok());
        Wants { files: file.into_iter().collect(), ..Wants::default() }
    },
    plan,
};

/// Where the site's rule stands, and the connector's unit.
fn rule(scene: &Scene<'_>) -> Result<(At, String), String> {
    let tunnel = Tunnel::of(scene).ok_or("The site does not come through a tunnel from here.")?;
    let rule = tunnel.connector.rule().ok_or("No rule is known for the site.")?;
    let at = rule.at.clone().ok_or(
        "The rules are kept at Cloudflare: Zero Trust, Networks, Tunnels, Public Hostname, TLS, Origin Server Name.",
    )?;
    let unit = tunnel.connector.unit.clone();
    let unit = unit.ok_or("No unit of systemd's is known for the connector.")?;
    Ok((at, unit))
}

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let (at, unit) = rule(scene)?;
    let host = &scene.target.site.host;
    let chain = chain(scene).ok_or("The service shows no certificate to this machine.")?;
    // Only the name may be at fault: who is not trusted is not trusted under any name.
    if chain.faults != [ChainFault::NameMismatch] {
        return Err("More is wrong with the service's certificate than the name.".to_owned());
    }
    if !chain.names.iter().any(|name| bears(name, host)) {
        return Err(format!("The service's certificate is not for {host} either."));
    }
    let path = FilePath::new(&at.file)
        .map_err(|error| format!("`{}` cannot be acted on: {error}.", at.file))?;
    let unit =
        UnitName::new(&unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    let before = edit::text(seen.files.get(&path).and_then(Option::as_ref), &path)?;
    let after = connector_file::with_server_name(path.as_str(), &before, at.line, host)?;
    let why =
        format!("The service's certificate is for {host}, and the rule leads to another name.");
    let blast = "All sites of this tunnel are cut off for some seconds.";
    let step = edit::step(&path, (&before, &after), (&unit, Verb::Restart), why, blast);
    let summary = format!("Have the tunnel ask its service for {host}.");
    let mut plan = common::plan("tunnel-set-origin-name", finding, scene, summary, vec![step]);
    plan.promises.extend([Promise::UnitActive { unit }, Promise::ConnectorReady]);
    Ok(plan)
}

/// The certificates of the service behind the tunnel, as they were refused.
fn chain<'a>(scene: &Scene<'a>) -> Option<&'a ChainSeen> {
    let host = scene.host.as_ref()?;
    host.upstreams(Hop::Tunnel).into_iter().find_map(|seen| match seen.answer {
        UpstreamAnswer::Handshake { tls } => match tls.as_ref() {
            TlsAnswer::Greeted(greeting) => Some(&greeting.chain),
            _ => None,
        },
        _ => None,
    })
}

/// Whether a certificate's name is the host's; a star stands for one part.
fn bears(name: &str, host: &str) -> bool {
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    match name.strip_prefix("*.") {
        Some(rest) => host.split_once('.').is_some_and(|(_, parent)| parent == rest),
        None => name == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::fixes::tests::{lines, with_files};
    use crate::scene::host::stage::Stage;
    use crate::scene::sample::greeted;

    const CONFIG: &str = "/etc/cloudflared/config.yml";

    fn planned(faults: Vec<ChainFault>) -> Result<Plan, String> {
        let service = UpstreamAnswer::Handshake { tls: Box::new(greeted(faults)) };
        let stage = Stage::connected().leads_to("https://localhost:8443").service(service);
        let evidence = stage.sitting().evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, "tunnel-service-tls-rejected");
        let text = "ingress:\n- hostname: shop.example.test\n  service: https://localhost:8443\n- service: \
                    http_status:404\n";
        (UNIT.plan)(finding, &Scene::new(&evidence), &with_files(&[(CONFIG, text)]))
    }

    #[test]
    fn the_sites_name_is_put_where_the_certificate_bears_it() {
        assert_eq!(
            lines(&planned(vec![ChainFault::NameMismatch]).unwrap()),
            [
                "--- /etc/cloudflared/config.yml:4",
                "+  originRequest:",
                "+    originServerName: shop.example.test",
                "systemctl restart cloudflared.service"
            ]
        );
    }

    #[test]
    fn an_issuer_that_nobody_knows_is_not_mended_by_a_name() {
        let why = planned(vec![ChainFault::NameMismatch, ChainFault::IssuerUntrusted]).unwrap_err();
        assert!(why.contains("More is wrong"), "{why}");
    }

    #[test]
    fn a_star_stands_for_one_part() {
        assert!(bears("*.example.test", "shop.example.test"));
        assert!(!bears("*.example.test", "a.shop.example.test"));
        assert!(!bears("*.example.test", "example.test"));
        assert!(bears("Shop.Example.test", "shop.example.test"));
    }
}
