//! Has certbot renew the certificate, or get one for a site that has none that holds.
//!
//! # What it changes
//! Where the web server shows a certificate of certbot's: `certbot renew` of that one alone, in the way, with the
//! account and at the authority that its renewal file names. Then the web server reads it, and a timer of certbot's
//! that is off is switched on. Where it shows another one: `certbot --nginx -d HOST` with the account that certbot
//! has, which also writes the new files into nginx's configuration; that is asked about first.
//!
//! # What could go wrong
//! The authority asks the site for a proof, mostly over port 80 and through the edge: where a firewall or a redirect
//! is in its way, nothing is got. It is not tried beforehand with `--dry-run`: that asks the same of a second
//! authority, and its success promises nothing. certbot is given 90 s; a proof by DNS may need longer. What was
//! issued stays issued: an undo puts all files of certbot's and of nginx's back byte for byte, and what hooks of
//! the renewal did elsewhere stays done. The run's journal holds those files until then, keys included; only root
//! may read it. Authorities count: at most 5 certificates for the same names a week.
//!
//! # How we check
//! nginx's configuration is tried before. Three visits in a row through the edge and one straight to the origin are
//! served, and the certificate is no longer blamed.
//!
//! # By hand
//! `certbot certificates` names them; `certbot renew --cert-name NAME`, `nginx -t && systemctl reload nginx`,
//! `systemctl enable --now certbot.timer`. For a first one `certbot --nginx -d HOST`.
use super::shown::{Server, Shown, folder, server, shown};
use super::{Certbot, Fix, Materials, Wants, common};
use crate::diagnosis::Finding;
use crate::evidence::chain::ChainFault;
use crate::evidence::host::{CertificateFile, Renewal, certbot};
use crate::plan::{
    Action, CertificateName, FilePath, Gets, Plan, Promise, Safety, Step, UnitName, Verb,
};
use crate::proxy::nginx::ChosenBy;
use crate::scene::Scene;
use crate::scene::host::OnHost;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &[
        "tls-certificate-expired",
        "tls-certificate-name-mismatch",
        "tls-certificate-self-signed",
        "tls-issuer-untrusted",
    ],
    wants: |_, _| Wants { certbot: true, ..Wants::default() },
    plan,
};

const NAME: &str = "tls-renew-certificate";

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let server = server(scene)?;
    let certbot = seen.certbot.ok_or("certbot is not installed here.")?;
    let all = shown(scene, server.proxy);
    let of_certbot = all.iter().find_map(|one| Some((one, lineage(one)?)));
    let Some((one, lineage)) = of_certbot else {
        return obtained(finding, scene, &server, &all, certbot);
    };
    let file = one.file.ok_or_else(|| format!("{} could not be read.", one.path))?;
    if file.chain.faults.is_empty() {
        return Err(format!("{} holds a good certificate: reload the web server.", one.path));
    }
    match finding.cause.as_str() {
        "tls-certificate-expired" => renewed(finding, scene, &server, file, lineage),
        "tls-certificate-name-mismatch" => obtained(finding, scene, &server, &all, certbot),
        "tls-certificate-self-signed" => Err(format!(
            "{} lies where certbot keeps its certificates, and it signed itself, so certbot did not get it.",
            one.path
        )),
        _ => Err(format!(
            "{lineage} is of an authority that the edge does not trust, and a renewal goes to the same one."
        )),
    }
}

/// The certificate of certbot's that it is.
fn lineage<'a>(shown: &Shown<'a>) -> Option<&'a str> {
    let real = shown.file.and_then(|file| file.leads_to.as_deref());
    certbot::lineage(shown.path).or_else(|| real.and_then(certbot::lineage))
}

fn renewed(
    finding: &Finding,
    scene: &Scene<'_>,
    server: &Server<'_>,
    file: &CertificateFile,
    lineage: &str,
) -> Result<Plan, String> {
    let host = scene.host.as_ref().ok_or("The origin was not looked into.")?;
    let renewal = host.renewals().find(|(_, name, _)| *name == lineage);
    let renewal = renewal.map(|(_, _, renewal)| renewal).filter(|renewal| renewal.file.is_some());
    let renewal = renewal.ok_or_else(|| {
        format!(
            "certbot has no file in /etc/letsencrypt/renewal that tells how {lineage} is renewed."
        )
    })?;
    by_itself(renewal)?;
    let ended = |fault: &ChainFault| matches!(fault, ChainFault::Expired { .. });
    if !file.chain.faults.iter().any(ended) {
        return Err(format!("The certificate of {lineage} in the file has not expired."));
    }
    let name = CertificateName::new(lineage)
        .map_err(|error| format!("`{lineage}` cannot be acted on: {error}."))?;
    // certbot looks at the leaf alone; one that was sent along may have ended before it.
    let forced = file.chain.not_after > host.ended;
    let plugin = |named: &Option<String>| named.as_deref() == Some("nginx");
    let edits = plugin(&renewal.authenticator) || plugin(&renewal.installer);
    let keeps = keeps(server, &[], edits)?;
    let mut steps = vec![
        common::nginx_tried(),
        Step {
            action: Action::Certbot {
                gets: Gets::Renewal { lineage: name, forced },
                keeps,
                unit: server.unit.clone(),
            },
            why: "The certificate has expired, and certbot knows how it is renewed.".to_owned(),
            // The very command that its timer runs twice a day.
            safety: Safety::Unattended,
            blast: "Sites that show the same certificate get the new one as well.".to_owned(),
            by_hand: Vec::new(),
        },
        common::step(
            &server.unit,
            Verb::Reload,
            "The web server must read the new certificate.",
            "Connections that are open go on.",
        ),
    ];
    let mut promises = Vec::new();
    if let Some(timer) = renewal.timer_off.as_deref().and_then(|name| UnitName::new(name).ok()) {
        let why = "Nothing else starts the renewal: it would expire again.";
        steps.push(common::step(&timer, Verb::Enable, why, ""));
        steps.push(common::step(&timer, Verb::Start, "It must not wait for the next boot.", ""));
        promises.push(Promise::UnitActive { unit: timer });
    }
    let summary = format!("Have certbot renew {lineage}, and {} read it.", server.unit);
    let mut plan = common::plan(NAME, finding, scene, summary, steps);
    plan.promises.extend(promises);
    plan.cautions = cautions(renewal);
    Ok(plan)
}

/// Whether it can be renewed without a person and beside a web server that runs.
fn by_itself(renewal: &Renewal) -> Result<(), String> {
    match renewal.authenticator.as_deref() {
        Some("manual") => {
            Err("Its renewal file says `manual`: a person has to prove the name.".to_owned())
        }
        Some("standalone") if renewal.pre_hook.is_none() => Err(
            "Its renewal file says `standalone`, which needs port 80 to itself, and the web server has it."
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

fn cautions(renewal: &Renewal) -> Vec<String> {
    let mut all = Vec::new();
    if let (Some(says), true) = (&renewal.says, renewal.failed.is_some()) {
        all.push(format!("The last renewal failed, and this one may fail likewise: {says}"));
    }
    if renewal.deploy_hook.is_some() || renewal.pre_hook.is_some() {
        let what = "What hooks of the renewal do elsewhere is not taken back by an undo.";
        all.push(what.to_owned());
    }
    if renewal.started_by.is_none() && renewal.timer_off.is_none() {
        let what = "Nothing was found that starts the renewal, so it will expire again.";
        all.push(what.to_owned());
    }
    all
}

/// What certbot may change on the way.
fn keeps(server: &Server<'_>, at: &[Shown<'_>], edits: bool) -> Result<Vec<FilePath>, String> {
    // A checkpoint of a run that was killed would be put over nginx's files by the next one.
    let mut all = vec!["/etc/letsencrypt", "/var/lib/letsencrypt/temp_checkpoint"];
    if edits {
        let of_nginx = folder(&server.proxy.config);
        all.push(of_nginx);
        let beside = at.iter().map(|one| one.at.file.as_str());
        all.extend(beside.filter(|file| !file.starts_with(&format!("{of_nginx}/"))));
    }
    all.sort_unstable();
    all.dedup();
    let path = |path: &str| {
        FilePath::new(path).map_err(|error| format!("`{path}` cannot be kept: {error}."))
    };
    all.into_iter().map(path).collect()
}

/// A first one, which certbot writes into nginx's configuration itself.
fn obtained(
    finding: &Finding,
    scene: &Scene<'_>,
    server: &Server<'_>,
    all: &[Shown<'_>],
    certbot: Certbot,
) -> Result<Plan, String> {
    let host = scene.target.site.host.as_str();
    let name = CertificateName::new(host)
        .map_err(|error| format!("`{host}` cannot be acted on: {error}."))?;
    if !certbot.nginx {
        return Err(
            "certbot's plugin for nginx is not installed (python3-certbot-nginx).".to_owned()
        );
    }
    if !is_named(server) {
        return Err(format!(
            "No server of nginx's bears the name {host}, which certbot looks for."
        ));
    }
    let orphan = format!("/etc/letsencrypt/live/{host}/");
    if let Some(one) = all.iter().find(|one| one.path.starts_with(&orphan))
        && scene
            .host
            .iter()
            .flat_map(OnHost::renewals)
            .all(|(_, name, seen)| name != host || seen.file.is_none())
    {
        return Err(format!(
            "{} is where certbot would put its own, and it did not put this one there.",
            one.path
        ));
    }
    let gets = Gets::ForNginx { host: name };
    let mut by_hand = vec![format!("certbot {}", gets.arguments().join(" "))];
    for one in all {
        by_hand.extend(rewritten(one, host));
    }
    if certbot.accounts != 1 {
        let why = match certbot.accounts {
            0 => {
                "certbot has no account yet: it asks for an address, and whether you agree to the authority's terms."
            }
            _ => "certbot has several accounts, and asks which.",
        };
        let lines =
            vec![format!("certbot --nginx -d {host}"), "nginx -t && systemctl reload nginx".into()];
        return Ok(shown_only(finding, scene, why, lines));
    }
    let steps = vec![
        common::nginx_tried(),
        Step {
            action: Action::Certbot {
                gets,
                keeps: keeps(server, all, true)?,
                unit: server.unit.clone(),
            },
            why: "The certificate that is shown does not hold, and certbot can get another."
                .to_owned(),
            // It changes nginx's configuration in its own way.
            safety: Safety::Ask,
            blast: format!(
                "The server of nginx's for {host} shows the new one; its file is changed by certbot."
            ),
            by_hand,
        },
        common::step(
            &server.unit,
            Verb::Reload,
            "The web server must read the new certificate.",
            "Connections that are open go on.",
        ),
    ];
    let summary = format!("Have certbot get a certificate for {host} and install it in nginx.");
    let mut plan = common::plan(NAME, finding, scene, summary, steps);
    plan.cautions.push(
        "The name becomes public with it: authorities write every certificate into public logs."
            .to_owned(),
    );
    Ok(plan)
}

/// Whether a server of nginx's bears the site's name itself: certbot does not take a wildcard or a default one.
fn is_named(server: &Server<'_>) -> bool {
    let served = server.proxy.doors.iter().filter_map(|door| door.served.as_ref());
    server.proxy.names_site
        && served.into_iter().any(|served| matches!(served.by, ChosenBy::Name(_)))
}

/// The lines that certbot writes anew.
fn rewritten(one: &Shown<'_>, host: &str) -> Vec<String> {
    let live = |file: &str| format!("/etc/letsencrypt/live/{host}/{file}");
    let change = |at: &crate::proxy::At, word: &str, from: &str, to: String| {
        [
            format!("--- {at}"),
            format!("-{word} {from};"),
            format!("+{word} {to}; # managed by Certbot"),
        ]
    };
    let mut lines = change(one.at, "ssl_certificate", one.path, live("fullchain.pem")).to_vec();
    if let Some((at, key)) = one.key.and_then(|key| Some((key.at.as_ref()?, &key.value))) {
        lines.extend(change(at, "ssl_certificate_key", key, live("privkey.pem")));
    }
    lines
}

fn shown_only(finding: &Finding, scene: &Scene<'_>, why: &str, lines: Vec<String>) -> Plan {
    let step = Step {
        action: Action::Tell { lines },
        why: why.to_owned(),
        safety: Safety::ShowOnly,
        blast: String::new(),
        by_hand: Vec::new(),
    };
    let summary = format!("Get a certificate for {} by certbot.", scene.target.site.host);
    common::plan(NAME, finding, scene, summary, vec![step])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::host::{HostAnswer, HostQuestion, Known};
    use crate::fixes::tests::lines;
    use crate::scene::certificates::origin_with;
    use crate::scene::sample::{Sitting, expired, page};
    use crate::target::SslMode;

    /// A certificate of certbot's with this fault, in the file and on the road.
    fn of_certbot(fault: ChainFault) -> Sitting {
        let sitting = origin_with(vec![fault.clone()]).mode(SslMode::Strict).visits(526, page(526));
        sitting.on_origin(Known::Told).certificate_file(vec![fault], "ab", None, None)
    }

    fn renewal(sitting: Sitting, change: impl FnOnce(&mut Renewal)) -> Sitting {
        let text = "authenticator = webroot\n";
        let mut renewal = certbot::renewal("/etc/letsencrypt/renewal/shop.conf", text);
        change(&mut renewal);
        let question = HostQuestion::Renewal { lineage: "shop".to_owned() };
        sitting.within(question, HostAnswer::Renewal(renewal))
    }

    fn planned(sitting: Sitting, certbot: Option<Certbot>) -> Result<Plan, String> {
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert!(UNIT.cures.contains(&finding.cause.as_str()), "{}", finding.cause);
        let scene = Scene::new(&evidence);
        assert!((UNIT.wants)(finding, &scene).certbot);
        (UNIT.plan)(finding, &scene, &Materials { certbot, ..Materials::default() })
    }

    const HERE: Option<Certbot> = Some(Certbot { nginx: true, accounts: 1 });

    const RENEWED: &str = "certbot renew --no-random-sleep-on-renew --cert-name shop --non-interactive \
        --quiet";

    #[test]
    fn what_signed_itself_in_certbots_place_is_not_called_the_work_of_an_authority() {
        let why = planned(of_certbot(ChainFault::SelfSigned), HERE).unwrap_err();
        assert!(why.ends_with("it signed itself, so certbot did not get it."), "{why}");
        assert!(!why.contains("authority"), "{why}");
    }

    #[test]
    fn an_expired_one_of_certbots_is_renewed_alone_and_read() {
        let sitting = renewal(of_certbot(expired()), |_| ());
        let plan = planned(sitting, HERE).unwrap();
        assert_eq!(lines(&plan), ["nginx -t -q", RENEWED, "systemctl reload nginx.service"]);
        assert_eq!(plan.safety(), Safety::Unattended);
        assert!(plan.cautions[0].contains("it will expire again"), "{:?}", plan.cautions);
    }

    #[test]
    fn a_timer_that_is_off_is_switched_on() {
        let off = |seen: &mut Renewal| seen.timer_off = Some("certbot.timer".to_owned());
        let plan = planned(renewal(of_certbot(expired()), off), HERE).unwrap();
        let last = ["systemctl enable certbot.timer", "systemctl start certbot.timer"];
        assert_eq!(lines(&plan)[3..], last);
        assert_eq!(plan.cautions, [""; 0]);
    }

    #[test]
    fn what_certbot_cannot_do_by_itself_does_not_fit() {
        for (way, why) in [("manual", "a person has to"), ("standalone", "needs port 80")] {
            let sitting =
                renewal(of_certbot(expired()), |seen| seen.authenticator = Some(way.into()));
            let told = planned(sitting, HERE).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        let told = planned(renewal(of_certbot(expired()), |_| ()), None).unwrap_err();
        assert!(told.contains("not installed"), "{told}");
        let told = planned(of_certbot(expired()), HERE).unwrap_err();
        assert!(told.contains("no file in /etc/letsencrypt/renewal"), "{told}");
        let trial = renewal(of_certbot(ChainFault::IssuerUntrusted), |_| ());
        let told = planned(trial, HERE).unwrap_err();
        assert!(told.contains("goes to the same one"), "{told}");
    }

    #[test]
    fn one_for_another_name_is_followed_by_a_new_one_that_is_asked_about() {
        let other = || renewal(of_certbot(ChainFault::NameMismatch), |_| ());
        let plan = planned(other(), HERE).unwrap();
        assert_eq!(plan.safety(), Safety::Ask);
        let told = lines(&plan);
        assert!(told[1].starts_with("certbot run --nginx --no-redirect"), "{told:?}");
        let new = "+ssl_certificate /etc/letsencrypt/live/shop.example.test/fullchain.pem; # managed by Certbot";
        assert!(told.iter().any(|line| line == new), "{told:?}");
        let Action::Certbot { keeps, .. } = &plan.steps[1].action else { panic!() };
        let keeps: Vec<&str> = keeps.iter().map(FilePath::as_str).collect();
        assert_eq!(
            keeps,
            ["/etc/letsencrypt", "/etc/nginx", "/var/lib/letsencrypt/temp_checkpoint"]
        );
        // A person has to agree to an authority's terms.
        let plan = planned(other(), Some(Certbot { nginx: true, accounts: 0 })).unwrap();
        assert_eq!(plan.safety(), Safety::ShowOnly);
        let told = planned(other(), Some(Certbot { nginx: false, accounts: 1 })).unwrap_err();
        assert!(told.contains("python3-certbot-nginx"), "{told}");
    }
}
