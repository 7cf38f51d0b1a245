//! Words for a certificate in a file, and for how it renews itself.

use super::subject;
use crate::evidence::host::{CertificateAnswer, HostQuestion, Renewal};
use crate::report::guard::quote;
use crate::report::words::tls;
use crate::report::words::units::moment;

pub(super) fn sentence(question: &HostQuestion, answer: &CertificateAnswer) -> String {
    let file = subject(question);
    match answer {
        CertificateAnswer::Read(seen) => {
            let mut text = format!("{file} has a certificate {}", tls::certificate(&seen.chain));
            if let Some(changed) = seen.changed {
                text += &format!("; it was changed on {}", moment(changed));
            }
            if let Some(loaded) = seen.loaded {
                text += &format!("; the web server read its files last on {}", moment(loaded));
            }
            match (seen.key_fits, &seen.key) {
                (Some(false), Some(key)) => {
                    text += &format!("; its key {} is another certificate's", quote(key));
                }
                (None, Some(key)) => {
                    let why = seen.key_unread.as_deref().unwrap_or("it was not read");
                    text += &format!(
                        "; whether its key {} fits was not seen: {}",
                        quote(key),
                        quote(why)
                    );
                }
                _ => {}
            }
            text
        }
        CertificateAnswer::Missing => format!("there is no {file}"),
        CertificateAnswer::Forbidden => format!("{file} may be read by root only"),
        CertificateAnswer::Unreadable { why } => {
            format!("{file} could not be read: {}", quote(why))
        }
    }
}

pub(super) fn renewal(question: &HostQuestion, renewal: &Renewal) -> String {
    let lineage = subject(question);
    let mut text = match (&renewal.file, &renewal.started_by) {
        (_, Some(by)) => format!("{lineage} is renewed by {}", quote(by)),
        (Some(_), None) => {
            format!("{lineage} can be renewed, and nothing was found that starts it")
        }
        (None, None) => format!("nothing was found that renews {lineage}"),
    };
    if let Some(way) = &renewal.authenticator {
        text += &format!(", by way of {}", quote(way));
    }
    match (&renewal.deploy_hook, &renewal.installer) {
        (Some(hook), _) => text += &format!("; after it {} is run", quote(hook)),
        (None, Some(installer)) => text += &format!("; {} is reloaded by it", quote(installer)),
        (None, None) if renewal.file.is_some() => {
            text += "; its file names nothing that reloads the web server";
        }
        (None, None) => {}
    }
    match (renewal.failed, &renewal.says) {
        (Some(at), Some(says)) => {
            text += &format!("; it failed last on {}: {}", moment(at), quote(says));
        }
        (Some(at), None) => text += &format!("; it failed last on {}", moment(at)),
        (None, _) => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::TlsAnswer;
    use crate::evidence::host::CertificateFile;
    use crate::scene::sample::{expired, greeted};

    fn file(faults: Vec<crate::evidence::chain::ChainFault>) -> CertificateFile {
        let TlsAnswer::Greeted(greeting) = greeted(faults) else { panic!("greeted") };
        CertificateFile {
            leads_to: None,
            chain: greeting.chain,
            changed: None,
            key: Some("/etc/ssl/shop.key".to_owned()),
            key_fits: Some(true),
            key_unread: None,
            loaded: None,
        }
    }

    fn said(file: CertificateFile) -> String {
        let question = HostQuestion::Certificate { path: "/etc/ssl/shop.pem".to_owned() };
        sentence(&question, &CertificateAnswer::Read(Box::new(file)))
    }

    #[test]
    fn a_file_is_told_with_what_differs_from_the_rule() {
        let start = "`/etc/ssl/shop.pem` has a certificate ";
        assert_eq!(
            said(file(vec![])),
            format!("{start}that holds until 2027-02-01 09:00 UTC, issued by `CN=Made Up CA 1`")
        );
        let mut renewed = file(vec![]);
        renewed.changed = Some("2026-11-17T03:12:00Z".parse().unwrap());
        renewed.loaded = Some("2026-09-01T06:00:00Z".parse().unwrap());
        assert!(said(renewed).ends_with(
            "; it was changed on 2026-11-17 03:12 UTC; the web server read its files last on \
             2026-09-01 06:00 UTC"
        ));
        let mut other = file(vec![expired()]);
        other.key_fits = Some(false);
        let wanted = "that expired on 2026-11-12 09:00 UTC; its key `/etc/ssl/shop.key` is another \
            certificate's";
        assert_eq!(said(other), format!("{start}{wanted}"));
        let mut hidden = file(vec![]);
        hidden.key_fits = None;
        hidden.key_unread = Some("it is encrypted".to_owned());
        assert!(said(hidden).ends_with(
            "; whether its key `/etc/ssl/shop.key` fits was not seen: `it is encrypted`"
        ));
    }

    #[test]
    fn a_renewal_is_told_with_its_last_failure() {
        let question = HostQuestion::Renewal { lineage: "shop".to_owned() };
        let mut seen = Renewal {
            file: Some("/etc/letsencrypt/renewal/shop.conf".to_owned()),
            authenticator: Some("webroot".to_owned()),
            installer: None,
            deploy_hook: Some("systemctl reload nginx".to_owned()),
            pre_hook: None,
            failed: None,
            says: None,
            started_by: Some("certbot.timer".to_owned()),
            timer_off: None,
        };
        assert_eq!(
            renewal(&question, &seen),
            "`shop` is renewed by `certbot.timer`, by way of `webroot`; after it `systemctl reload \
             nginx` is run"
        );
        seen.started_by = None;
        seen.deploy_hook = None;
        seen.failed = Some("2026-11-17T03:12:00Z".parse().unwrap());
        seen.says = Some("Some challenges have failed.".to_owned());
        assert_eq!(
            renewal(&question, &seen),
            "`shop` can be renewed, and nothing was found that starts it, by way of `webroot`; its \
             file names nothing that reloads the web server; it failed last on 2026-11-17 03:12 \
             UTC: `Some challenges have failed.`"
        );
    }
}
