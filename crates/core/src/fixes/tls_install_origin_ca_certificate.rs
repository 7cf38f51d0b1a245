//! Has Cloudflare's Origin CA certify the origin, and the web server show that certificate.
//!
//! # What it changes
//! A key is made on this machine and never leaves it. Cloudflare's Origin CA signs a certificate for the names of the
//! server block that answers for the site, for 15 years. Both go into new files beside the present ones, the key
//! readable for root alone; the two lines of the server block name them, and the web server reads them. The files of
//! before stay where they are.
//!
//! # What could go wrong
//! Only Cloudflare trusts this authority: visitors who come past the edge get a warning, as do those of a name that
//! is not proxied. A server block that answers for names outside the zone is left alone, since the certificate could
//! not bear them. Taken back, the certificate is revoked for good.
//!
//! # How we check
//! `nginx -t` before the web server reads it. Then three visits in a row through the edge are served, and the
//! certificate is no longer blamed.
//!
//! # By hand
//! In the dashboard: SSL/TLS, Origin Server, Create Certificate. Put both texts into files, name them after
//! `ssl_certificate` and `ssl_certificate_key`, then `nginx -t && systemctl reload nginx`. By the API: `POST
//! /certificates` with a request of your own; the token needs SSL and Certificates Write.
use super::shown::{Server, Shown, folder, server, shown};
use super::{Fix, Materials, Wants, common, edit};
use crate::diagnosis::Finding;
use crate::plan::{Action, FilePath, Plan, Safety, Step, Verb};
use crate::proxy::nginx::{Directive, Files, Layout, Limits, ReadError, load};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &[
        "tls-certificate-expired",
        "tls-certificate-name-mismatch",
        "tls-certificate-not-yet-valid",
        "tls-certificate-self-signed",
        "tls-issuer-untrusted",
    ],
    wants: |_, scene| {
        let Ok(server) = server(scene) else { return Wants::default() };
        let all = shown(scene, server.proxy);
        let named = all.iter().flat_map(|one| {
            let [certificate, key] = places(scene, one);
            [Some(one.at.file.clone()), Some(certificate), Some(key)]
        });
        let files = named.flatten().filter_map(|path| FilePath::new(&path).ok()).collect();
        Wants { files, ..Wants::default() }
    },
    plan,
};

const NAME: &str = "tls-install-origin-ca-certificate";

/// As the dashboard proposes.
const DAYS: u32 = 5475;

/// Where the new certificate and its key go.
fn places(scene: &Scene<'_>, one: &Shown<'_>) -> [String; 2] {
    let (folder, host) = (folder(one.path), &scene.target.site.host);
    ["pem", "key"].map(|ending| format!("{folder}/{host}.rayfix-origin-ca.{ending}"))
}

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    if !seen.account {
        let what = "Put a token with SSL and Certificates Write into CLOUDFLARE_API_TOKEN.";
        return Err(what.to_owned());
    }
    let (_, zone) = scene.account.zone().ok_or("The account did not tell the zone.")?;
    // Ids of the API are 32 hexadecimal digits; nothing else is put into a call that changes something.
    if zone.id.len() != 32 || !zone.id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("The account told an id of the zone that is none.".to_owned());
    }
    let host = &scene.target.site.host;
    if scene.account.proxied().is_some_and(|(_, records)| records.is_empty()) {
        return Err(format!(
            "Only Cloudflare trusts its Origin CA, and the record of {host} is not proxied."
        ));
    }
    let server = server(scene)?;
    let all = shown(scene, server.proxy);
    let one = match all.as_slice() {
        [one] => *one,
        [] => return Err("No certificate that nginx is told to show for the site is known.".into()),
        _ => return Err("The site shows several certificates, of which one stays as it is.".into()),
    };
    let key = one.key.and_then(|key| Some((key.at.as_ref()?, key.value.as_str())));
    let (key_at, key) = key.ok_or("The line that names the key is not known.")?;
    let path = |text: &str| {
        FilePath::new(text).map_err(|error| format!("`{text}` cannot be acted on: {error}."))
    };
    let conf = path(&one.at.file)?;
    let before = edit::text(seen.files.get(&conf).and_then(Option::as_ref), &conf)?;
    let hostnames = names(&before, &server, &one, key_at, (host, &zone.name))?;
    let [to, to_key] = places(scene, &one);
    for new in [&to, &to_key] {
        if seen.files.get(&path(new)?).is_some_and(Option::is_some) {
            return Err(format!("{new} is there already."));
        }
    }
    let after = pointed(&before, one.at.line, one.path, &server, &to)?;
    let after = pointed(&after, key_at.line, key, &server, &to_key)?;
    let steps = vec![
        common::nginx_tried(),
        Step {
            action: Action::IssueOriginCertificate {
                zone: zone.id.clone(),
                hostnames: hostnames.clone(),
                days: DAYS,
                certificate: path(&to)?,
                key: path(&to_key)?,
            },
            why: "The edge trusts what Cloudflare's Origin CA has signed, in every SSL mode."
                .into(),
            // It makes something in the account.
            safety: Safety::Ask,
            blast: "Nothing shows it yet.".to_owned(),
            by_hand: Vec::new(),
        },
        edit::step(
            &conf,
            (&before, &after),
            (&server.unit, Verb::Reload),
            format!("The server block that answers for {host} must show it."),
            "All names of this server block show it; open connections go on.",
        ),
    ];
    let summary = format!(
        "Have Cloudflare's Origin CA certify {}, and {} show it.",
        hostnames.join(", "),
        server.unit
    );
    let mut plan = common::plan(NAME, finding, scene, summary, steps);
    plan.cautions.push(format!(
        "Only Cloudflare trusts this certificate: whoever asks the origin itself, or a name of it whose record is not \
         proxied, gets a warning. {} stays where it is.",
        one.path
    ));
    plan.cautions.push(common::needs("SSL and Certificates Write"));
    Ok(plan)
}

/// The names that the certificate must bear: all of the server block's own, which must hold both lines itself.
fn names(
    text: &str,
    server: &Server<'_>,
    one: &Shown<'_>,
    key_at: &crate::proxy::At,
    (host, zone): (&str, &str),
) -> Result<Vec<String>, String> {
    let elsewhere = || {
        format!(
            "{} is not named in the server block that answers for {host}, so other sites may show it as well.",
            one.path
        )
    };
    let served = server.proxy.doors.iter().filter_map(|door| door.served.as_ref());
    let blocks: Vec<_> = served.map(|served| &served.server.at).collect();
    let block = blocks.iter().find(|at| at.file == one.at.file).ok_or_else(elsewhere)?;
    let layout = Layout { conf_path: one.at.file.clone(), ..Layout::default() };
    let loaded = load(&mut OneFile(text), &layout, &Limits::default());
    let found = loaded.tree.top().find_map(|top| at_line(top, block.line));
    let found = found.ok_or_else(|| format!("{} was changed since it was read.", one.at.file))?;
    let own = |line: u32, word: &str| {
        let mut lines = found.children().filter(|child| child.file() == one.at.file);
        lines.any(|child| child.line() == line && child.name() == word)
    };
    let both = own(one.at.line, "ssl_certificate") && own(key_at.line, "ssl_certificate_key");
    if !both || key_at.file != one.at.file {
        return Err(elsewhere());
    }
    let named = found.children().filter(|child| child.name() == "server_name");
    let mut all = vec![host.to_owned()];
    for name in named.flat_map(Directive::args).map(str::to_ascii_lowercase) {
        // What matches no name of its own: the empty one, `_`, and regular expressions.
        if name.is_empty() || !name.contains('.') || name.starts_with('~') {
            continue;
        }
        // `.example.com` is the name and all below it.
        let both = name.strip_prefix('.').map(|bare| [bare.to_owned(), format!("*.{bare}")]);
        for name in both.map_or_else(|| vec![name], Vec::from) {
            let bare = name.strip_prefix("*.").unwrap_or(&name);
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if !bare.bytes().all(plain) || !(bare == zone || bare.ends_with(&format!(".{zone}"))) {
                return Err(format!(
                    "The same server block answers for {name}, which a certificate for the zone {zone} cannot bear."
                ));
            }
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    Ok(all)
}

/// The `server` block that begins at this line.
fn at_line(directive: Directive<'_>, line: u32) -> Option<Directive<'_>> {
    if directive.name() == "server" && directive.is_block() && directive.line() == line {
        return Some(directive);
    }
    directive.children().find_map(|child| at_line(child, line))
}

/// A file whose includes are not read.
struct OneFile<'a>(&'a str);

impl Files for OneFile<'_> {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, ReadError> {
        let text = std::mem::take(&mut self.0);
        if text.is_empty() { Err(ReadError::Missing) } else { Ok(text.as_bytes().to_vec()) }
    }

    fn list(&mut self, _: &str) -> Result<Vec<String>, ReadError> {
        Err(ReadError::Missing)
    }
}

/// The configuration with another file in that line, in whichever way the old one is written.
fn pointed(
    text: &str,
    line: u32,
    old: &str,
    server: &Server<'_>,
    to: &str,
) -> Result<String, String> {
    // What a file is called goes into a file that nginx parses.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@+".contains(c);
    if !to.chars().all(plain) {
        return Err("The file has a name that is not put into a configuration.".to_owned());
    }
    let relative = old.strip_prefix(folder(&server.proxy.config));
    let relative = relative.and_then(|rest| rest.strip_prefix('/'));
    match (edit::replaced(text, line, old, to), relative) {
        (Err(_), Some(relative)) => edit::replaced(text, line, relative, to),
        (absolute, _) => absolute,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::TcpAnswer;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, ZoneSeen};
    use crate::evidence::chain::ChainFault;
    use crate::evidence::host::Known;
    use crate::fixes::tests::{lines, with_files};
    use crate::scene::sample::{Sitting, greeted, page};
    use crate::target::SslMode;

    const CONF: &str = "/etc/nginx/nginx.conf";

    fn block(names: &str) -> String {
        format!(
            "server {{\n listen 443 ssl;\n server_name {names};\n ssl_certificate /etc/ssl/a.pem;\n \
             ssl_certificate_key /etc/ssl/a.key;\n}}"
        )
    }

    fn text(http: &str) -> String {
        format!("events {{}} http {{ {http} }}")
    }

    fn planned(http: &str, more: &[(&str, &str)], account: bool) -> Result<Plan, String> {
        let sitting = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
        let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(vec![ChainFault::SelfSigned]));
        let zone = ZoneSeen {
            id: "0123456789abcdef".repeat(2),
            name: "example.test".to_owned(),
            ..ZoneSeen::default()
        };
        let question = AccountQuestion::Zone { name: "example.test".to_owned() };
        let sitting = sitting.account(question, AccountAnswer::Zone { zone: Some(Box::new(zone)) });
        let evidence = sitting.replies(200).on_origin(Known::Told).nginx(http).evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, "tls-certificate-self-signed");
        let scene = Scene::new(&evidence);
        let text = text(http);
        let files = [&[(CONF, text.as_str())][..], more].concat();
        let seen = Materials { account, ..with_files(&files) };
        (UNIT.plan)(finding, &scene, &seen)
    }

    #[test]
    fn the_server_block_names_new_files_and_the_certificate_bears_all_its_names() {
        let http = block("shop.example.test www.shop.example.test .tea.example.test _");
        let plan = planned(&http, &[], true).unwrap();
        assert_eq!(plan.safety(), Safety::Ask);
        let Action::IssueOriginCertificate { hostnames, key, .. } = &plan.steps[1].action else {
            panic!("{plan:?}")
        };
        let all = [
            "shop.example.test",
            "www.shop.example.test",
            "tea.example.test",
            "*.tea.example.test",
        ];
        assert_eq!(hostnames, &all);
        assert_eq!(key.as_str(), "/etc/ssl/shop.example.test.rayfix-origin-ca.key");
        let lines = lines(&plan);
        let has = |line: &str| lines.iter().any(|one| one.trim() == line);
        assert!(
            has("+ ssl_certificate /etc/ssl/shop.example.test.rayfix-origin-ca.pem;"),
            "{lines:?}"
        );
        assert!(
            has("+ ssl_certificate_key /etc/ssl/shop.example.test.rayfix-origin-ca.key;"),
            "{lines:?}"
        );
        assert!(plan.cautions[0].contains("Only Cloudflare trusts"), "{:?}", plan.cautions);
    }

    #[test]
    fn names_of_other_zones_are_not_certified_and_shared_lines_are_left_alone() {
        let why = planned(&block("shop.example.test shop.example.com"), &[], true).unwrap_err();
        assert!(why.contains("shop.example.com"), "{why}");
        let shared = "ssl_certificate /etc/ssl/a.pem;\n ssl_certificate_key /etc/ssl/a.key;\n server {\n listen 443 \
                      ssl;\n server_name shop.example.test;\n}";
        let why = planned(shared, &[], true).unwrap_err();
        assert!(why.contains("other sites may show it"), "{why}");
    }

    #[test]
    fn it_does_not_fit_without_a_token_or_over_files_that_are_there() {
        let why = planned(&block("shop.example.test"), &[], false).unwrap_err();
        assert!(why.contains("CLOUDFLARE_API_TOKEN"), "{why}");
        let there = [("/etc/ssl/shop.example.test.rayfix-origin-ca.key", "x")];
        let why = planned(&block("shop.example.test"), &there, true).unwrap_err();
        assert!(why.contains("is there already"), "{why}");
    }
}
