//! Has the web server ask the app where the app really listens.
//!
//! # What it changes
//! The one address in the web server's file that nobody listens at becomes the one where the app listens. Nothing
//! else in the file changes, and other sites that are handed to that address go along.
//!
//! # What could go wrong
//! Where the app moved by mistake, it is the app's unit that should be changed back, and not this file. The change
//! is tried with `nginx -t` first; where it does not pass, the web server keeps what it has.
//!
//! # How we check
//! Three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! `ss -ltnxp` shows where the app listens; write that after `proxy_pass`, `fastcgi_pass` or `server`, then
//! `nginx -t && systemctl reload nginx`.
use super::{Fix, Materials, Wants, common, edit};
use crate::causes::Confidence;
use crate::diagnosis::Finding;
use crate::evidence::host::ProxyKind;
use crate::plan::{FilePath, Plan, Safety, UnitName, Verb};
use crate::proxy::At;
use crate::proxy::nginx::{PeerAddress, Peers};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["app-listens-elsewhere"],
    wants: |finding, scene| {
        let files = places(finding, scene).into_iter();
        let files = files.filter_map(|(at, _)| FilePath::new(&at.file).ok()).collect();
        Wants { files, ..Wants::default() }
    },
    plan,
};

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let places = places(finding, scene);
    if places.is_empty() {
        return Err("No line of nginx's files that names the address is known.".to_owned());
    }
    let named = finding.detail.get("listens").and_then(|listens| listens.as_array());
    let named = named.into_iter().flatten().filter_map(|text| edit::listens(text.as_str()?));
    let listens: Vec<_> = named.collect();
    let to = edit::one_place(&listens)
        .ok_or("The app listens at several places, and only you know which is meant.")?;
    let to = edit::written(to)?;
    let unit = super::tls_reload_certificate::nginx(scene)
        .ok_or("No unit of systemd's is known for the web server.")?;
    let unit =
        UnitName::new(&unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    let mut files: Vec<(FilePath, String, String)> = Vec::new();
    for (at, from) in &places {
        let path = FilePath::new(&at.file)
            .map_err(|error| format!("`{}` cannot be acted on: {error}.", at.file))?;
        if !files.iter().any(|(had, ..)| *had == path) {
            let text = edit::text(seen.files.get(&path).and_then(Option::as_ref), &path)?;
            files.push((path.clone(), text.clone(), text));
        }
        for (_, _, after) in files.iter_mut().filter(|(had, ..)| *had == path) {
            *after = edit::readdressed(after, at.line, from, &to)?;
        }
    }
    let from = places.first().map(|(_, from)| from.to_string()).unwrap_or_default();
    let why = format!("Nobody listens at {from}, where nginx asks; the app listens at {to}.");
    let blast = "Sites that are handed to the same address go along; open connections go on.";
    let steps = files.iter().map(|(path, before, after)| {
        edit::step(path, (before, after), (&unit, Verb::Reload), why.clone(), blast)
    });
    let mut steps: Vec<_> = steps.collect();
    if finding.confidence < Confidence::Likely {
        steps.iter_mut().for_each(|step| step.safety = Safety::Ask);
    }
    let summary = format!("Have nginx ask the app at {to}.");
    let mut plan = common::plan("proxy-point-at-app", finding, scene, summary, steps);
    plan.cautions.push(
        "Should the app have moved by mistake, change its own settings back instead.".to_owned(),
    );
    Ok(plan)
}

/// The lines that name the address, each once, and how they name it.
fn places(finding: &Finding, scene: &Scene<'_>) -> Vec<(At, PeerAddress)> {
    let asked = finding.detail.get("upstream").and_then(|asked| asked.as_str());
    if scene.front().is_none_or(|(_, proxy)| proxy.kind != ProxyKind::Nginx) {
        return Vec::new();
    }
    let mut all: Vec<(At, PeerAddress)> = Vec::new();
    for door in scene.handed() {
        for member in door.members.iter().filter(|one| Some(&*one.to.to_string()) == asked) {
            let Some(pass) = member.pass else { continue };
            let ats: Vec<&At> = match &pass.peers {
                Peers::Group(group) => {
                    let same = group.members.iter().filter(|one| one.address == *member.to);
                    same.map(|one| &one.at).collect()
                }
                _ => vec![&pass.at],
            };
            for at in ats {
                if !all.iter().any(|(had, _)| had == at) {
                    all.push((at.clone(), member.to.clone()));
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::fixes::tests::{lines, with_files};
    use crate::scene::host::app_gallery::Shop;

    const NGINX: &str = "server { listen 443 ssl; server_name shop.example.test; ssl_certificate c; \
        ssl_certificate_key k; location / { proxy_pass http://unix:/run/shop/shop.sock; } }";
    const CONF: &str = "/etc/nginx/nginx.conf";

    fn planned(shop: Shop, text: &str) -> Result<Plan, String> {
        let evidence = shop.nginx(NGINX).sitting().evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, "app-listens-elsewhere");
        let scene = Scene::new(&evidence);
        assert_eq!((UNIT.wants)(finding, &scene).files, [FilePath::new(CONF).unwrap()]);
        (UNIT.plan)(finding, &scene, &with_files(&[(CONF, text)]))
    }

    #[test]
    fn the_one_address_becomes_the_one_where_the_app_listens() {
        let file = format!("events {{}} http {{ {NGINX} }}");
        let plan = planned(Shop::fails(502).listens("127.0.0.1:8000"), &file).unwrap();
        assert_eq!(plan.safety(), Safety::Unattended);
        let told = lines(&plan);
        let after = file.replace("unix:/run/shop/shop.sock", "127.0.0.1:8000");
        assert_eq!(
            told,
            [
                "--- /etc/nginx/nginx.conf:1",
                &format!("-{file}"),
                &format!("+{after}"),
                "nginx -t",
                "systemctl reload nginx.service"
            ]
        );
    }

    #[test]
    fn it_does_not_fit_a_file_that_says_otherwise_by_now() {
        let why = planned(Shop::fails(502).listens("127.0.0.1:8000"), "http {}").unwrap_err();
        assert!(why.contains("Line 1 does not name"), "{why}");
    }

    #[test]
    fn it_does_not_choose_among_several_places() {
        let two = Shop::fails(502).listens("127.0.0.1:8000").listens("127.0.0.1:9000");
        let why = planned(two, NGINX).unwrap_err();
        assert!(why.contains("several places"), "{why}");
    }
}
