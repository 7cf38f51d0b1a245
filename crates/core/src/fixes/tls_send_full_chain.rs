//! Has nginx send the whole chain, from certificates that lie on the host.
//!
//! # What it changes
//! Where `fullchain.pem` lies beside the certificate that nginx is told to show, the line names that one. Else the
//! certificate and the intermediates that lie in the same folder are put into a new file beside it, and the line
//! names the new file. The line is the only one that changes.
//!
//! # What could go wrong
//! An intermediate is nowhere on the host: then it does not fit, and nothing is fetched. Whoever renews a bought
//! certificate by replacing its file must then make the new file as well.
//!
//! # How we check
//! Before: the chain is put together by its signatures, and held against the roots that the edge trusts. `nginx -t`
//! must pass. Then three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! `ssl_certificate …/fullchain.pem;` in nginx, or `cat site.crt intermediate.crt > fullchain.pem`; then `nginx -t &&
//! systemctl reload nginx`.
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::shown::{Server, Shown, folder, server, shown};
use super::{Fix, Materials, Wants, common, edit};
use crate::diagnosis::Finding;
use crate::evidence::chain::{self, ChainFault};
use crate::plan::run::FileImage;
use crate::plan::{Action, FilePath, Plan, Safety, Step, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["tls-chain-incomplete"],
    wants: |_, scene| {
        let Ok(server) = server(scene) else { return Wants::default() };
        let all = incomplete(scene, &server);
        let file = |path: &str| FilePath::new(path).ok();
        let named = all
            .iter()
            .flat_map(|one| [file(&one.at.file), file(one.path), file(&beside(one.path))]);
        let folders = all.iter().filter_map(|one| file(folder(one.path)));
        Wants {
            files: named.flatten().collect(),
            certificates_in: folders.collect(),
            ..Wants::default()
        }
    },
    plan,
};

/// Certificates that nginx is told to show without their intermediate.
fn incomplete<'a>(scene: &Scene<'a>, server: &Server<'a>) -> Vec<Shown<'a>> {
    let lacks = |one: &Shown<'_>| {
        one.file.is_some_and(|file| file.chain.faults.contains(&ChainFault::Incomplete))
    };
    shown(scene, server.proxy).into_iter().filter(lacks).collect()
}

/// Where a file of ours goes.
fn beside(path: &str) -> String {
    let stem = path.rsplit_once('.').filter(|(stem, _)| !stem.ends_with('/') && stem.contains('/'));
    format!("{}.rayfix-chain.pem", stem.map_or(path, |(stem, _)| stem))
}

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let server = server(scene)?;
    let all = incomplete(scene, &server);
    let one = match all.as_slice() {
        [one] => *one,
        [] => {
            return Err(
                "No file that nginx is told to show for the site lacks its intermediate.".into()
            );
        }
        _ => return Err("Several files lack their intermediate: mend them one by one.".into()),
    };
    let file = |path: &str| {
        let path = FilePath::new(path)
            .map_err(|error| format!("`{path}` cannot be acted on: {error}."))?;
        let image = seen.files.get(&path).and_then(Option::as_ref);
        Ok::<(FilePath, Option<&FileImage>), String>((path, image))
    };
    let (path, image) = file(one.path)?;
    let image = image.ok_or_else(|| format!("{path} is not there by now."))?;
    let mut own = certificates(&image.bytes);
    if own.is_empty() {
        return Err(format!("{path} holds no certificate by now."));
    }
    let leaf = own.remove(0);
    let (now, name) = (scene.host.as_ref().map(|host| host.ended), &scene.target.site.host);
    let now = now.ok_or("The origin was not looked into.")?;
    let whole = |at_hand: &[Vec<u8>]| chain::complete(&leaf, at_hand, name, now, &seen.roots);
    let (conf, text) = file(&one.at.file)?;
    let before = edit::text(text, &conf)?;
    let mut steps = Vec::new();
    let ready = format!("{}/fullchain.pem", folder(one.path));
    let at_hand = seen.certificates.iter().find(|(path, _)| path.as_str() == ready);
    let ready_holds = at_hand.is_some_and(|(_, bytes)| {
        let sent = certificates(bytes);
        sent.first() == Some(&leaf)
            && chain::see(&sent, name, now, &seen.roots).is_some_and(|seen| seen.faults.is_empty())
    });
    let to = if ready_holds && ready != one.path {
        ready
    } else {
        let at_hand: Vec<Vec<u8>> = seen
            .certificates
            .iter()
            .flat_map(|(_, bytes)| certificates(bytes))
            .chain(own)
            .collect();
        let chain = whole(&at_hand).ok_or_else(|| missing(one, &at_hand))?;
        let (to, there) = file(&beside(one.path))?;
        if there.is_some() {
            return Err(format!("{to} is there already."));
        }
        steps.push(written(&to, &chain, one.path));
        to.as_str().to_owned()
    };
    let after = pointed(&before, &one, &server, &to)?;
    let why = format!("{} holds the certificate alone; {to} holds its chain as well.", one.path);
    let blast = "Connections that are open go on.";
    steps.push(edit::step(&conf, (&before, &after), (&server.unit, Verb::Reload), why, blast));
    let summary = format!("Have nginx send the chain of {to}.");
    let mut plan = common::plan("tls-send-full-chain", finding, scene, summary, steps);
    if plan.steps.len() > 1 {
        plan.cautions.push(format!(
            "When {} is replaced by a new certificate, {to} must be made anew.",
            one.path
        ));
    }
    Ok(plan)
}

/// Why no chain could be put together.
fn missing(one: Shown<'_>, at_hand: &[Vec<u8>]) -> String {
    let issuer = one.file.map_or("", |file| file.chain.issuer.as_str());
    let place = folder(one.path);
    match at_hand.len() {
        0 => format!(
            "No other certificate lies in {place}. It takes that of {issuer}; its authority offers it."
        ),
        _ => format!(
            "None of the certificates in {place} leads from it to a root that the edge trusts. It takes that of \
             {issuer}; its authority offers it."
        ),
    }
}

/// The configuration with the other file in that line, in whichever way the old one is written.
fn pointed(text: &str, one: &Shown<'_>, server: &Server<'_>, to: &str) -> Result<String, String> {
    // What a file is called goes into a file that nginx parses.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@+".contains(c);
    if !to.chars().all(plain) {
        return Err("The file has a name that is not put into a configuration.".to_owned());
    }
    let relative = one.path.strip_prefix(folder(&server.proxy.config));
    let relative = relative.and_then(|rest| rest.strip_prefix('/'));
    let absolute = edit::replaced(text, one.at.line, one.path, to);
    match relative {
        Some(relative) if absolute.is_err() => edit::replaced(text, one.at.line, relative, to),
        _ => absolute,
    }
}

fn written(to: &FilePath, chain: &[Vec<u8>], of: &str) -> Step {
    let after: String = chain.iter().map(|der| pem(der)).collect();
    Step {
        action: Action::WriteFile {
            path: to.clone(),
            before: None,
            after: after.into_bytes(),
            mode: 0o644,
            secret: false,
        },
        why: format!("The intermediate of {of} lies beside it; the two belong into one file."),
        safety: Safety::Unattended,
        blast: String::new(),
        by_hand: Vec::new(),
    }
}

/// The certificates of a file, PEM.
fn certificates(bytes: &[u8]) -> Vec<Vec<u8>> {
    let read = CertificateDer::pem_slice_iter(bytes).take(16);
    read.filter_map(Result::ok).map(|der| der.as_ref().to_vec()).collect()
}

/// A certificate as PEM (RFC 7468).
fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut block = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        block.push_str(&String::from_utf8_lossy(line));
        block.push('\n');
    }
    block + "-----END CERTIFICATE-----\n"
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::host::Known;
    use crate::fixes::tests::{lines, with_files};
    use crate::scene::certificates::origin_with;
    use crate::scene::host::told::FILE;
    use crate::scene::sample::page;
    use crate::target::SslMode;

    type Authority = CertifiedIssuer<'static, KeyPair>;

    fn authority(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    /// A root, and an intermediate of it.
    fn authorities() -> (Authority, Authority) {
        let key = || KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(authority("Root"), key()).unwrap();
        let middle = CertifiedIssuer::signed_by(authority("Issuing"), key(), &root).unwrap();
        (root, middle)
    }

    fn leaf(issuer: &Authority) -> String {
        let params = CertificateParams::new(vec!["shop.example.test".to_owned()]).unwrap();
        params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().pem()
    }

    const SITE: &str = "/etc/nginx/sites-enabled/shop";
    const FOLDER: &str = "/etc/letsencrypt/live/shop";

    fn planned(leaf: &str, beside: &[(&str, String)], root: &Authority) -> Result<Plan, String> {
        let sitting = origin_with(vec![ChainFault::Incomplete]).mode(SslMode::Strict);
        let sitting = sitting.visits(526, page(526)).on_origin(Known::Told);
        let fault = vec![ChainFault::Incomplete];
        let evidence = sitting.certificate_file(fault, "ab", None, None).evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, "tls-chain-incomplete");
        let scene = Scene::new(&evidence);
        let wants = (UNIT.wants)(finding, &scene);
        assert_eq!(wants.certificates_in, [FilePath::new(FOLDER).unwrap()]);
        let text = format!("server {{\n\n\n\n\n\n    ssl_certificate {FILE};\n}}\n");
        let mut seen = with_files(&[(SITE, &text), (FILE, leaf)]);
        let named = |(name, text): &(&str, String)| {
            (FilePath::new(&format!("{FOLDER}/{name}")).unwrap(), text.clone().into_bytes())
        };
        seen.certificates = beside.iter().map(named).collect();
        seen.roots = vec![root.der().to_vec()];
        (UNIT.plan)(finding, &scene, &seen)
    }

    #[test]
    fn the_bundle_that_lies_beside_is_put_behind_the_certificate() {
        let (root, middle) = authorities();
        let leaf = leaf(&middle);
        let beside = [("junk.pem", "x".to_owned()), ("bundle.crt", middle.pem() + &root.pem())];
        let plan = planned(&leaf, &beside, &root).unwrap();
        let new = format!("{FOLDER}/fullchain.rayfix-chain.pem");
        let told = lines(&plan);
        assert_eq!(told[0], format!("write {new}"));
        assert_eq!(told[1], format!("--- {SITE}:7"));
        assert_eq!(told[3], format!("+    ssl_certificate {new};"));
        let Action::WriteFile { after, .. } = &plan.steps[0].action else { panic!() };
        assert_eq!(certificates(after), certificates((leaf + &middle.pem()).as_bytes()));
        assert_eq!(plan.safety(), Safety::Unattended);
        assert!(plan.cautions[0].ends_with("must be made anew."), "{:?}", plan.cautions);
    }

    #[test]
    fn where_nothing_leads_to_a_root_nothing_is_done() {
        let (root, middle) = authorities();
        let (_, namesake) = authorities();
        let leaf = leaf(&middle);
        let told = planned(&leaf, &[], &root).unwrap_err();
        assert!(told.starts_with("No other certificate lies in"), "{told}");
        let told = planned(&leaf, &[("chain.pem", namesake.pem())], &root).unwrap_err();
        assert!(told.starts_with("None of the certificates in"), "{told}");
        let (stranger, _) = authorities();
        let told = planned(&leaf, &[("chain.pem", middle.pem())], &stranger).unwrap_err();
        assert!(told.starts_with("None of the certificates in"), "{told}");
    }
}
