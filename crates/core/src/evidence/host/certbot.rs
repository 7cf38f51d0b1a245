//! Readers of certbot's files: how a certificate renews itself, and how that went last.
//!
//! `/etc/letsencrypt/renewal/NAME.conf` is in the style of ConfigObj (`key = value` in sections);
//! `letsencrypt.log` has a line `2026-11-17 03:12:13,456:ERROR:certbot._internal.renewal:…`, in UTC,
//! and lines without a time that go on. Both may hold anything: what is not understood is left out.
//!
//! Sources: certbot's `_internal/log.py` (UTC, levels) and `_internal/renewal.py` (sentences),
//! versions 1.12 to 5; `docs/using.rst`, read 2026-11.

use jiff::Timestamp;

use super::certificate::Renewal;
use crate::redact;

/// Bytes of a failure, or of a command, that are kept.
const KEPT: usize = 300;

/// certbot's file of a certificate.
#[must_use]
pub fn renewal(file: &str, text: &str) -> Renewal {
    let mut seen = Renewal {
        file: Some(file.to_owned()),
        authenticator: None,
        installer: None,
        deploy_hook: None,
        pre_hook: None,
        failed: None,
        says: None,
        started_by: None,
        timer_off: None,
    };
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim().trim_matches(['"', '\'']);
        if value.is_empty() || value == "None" {
            continue;
        }
        let value = || Some(bounded(&redact::text(value)));
        match key.trim() {
            "authenticator" => seen.authenticator = value(),
            "installer" => seen.installer = value(),
            // The name that certbot gives `--deploy-hook` in the file.
            "pre_hook" => seen.pre_hook = value(),
            "renew_hook" | "deploy_hook" => seen.deploy_hook = value(),
            _ => {}
        }
    }
    seen
}

/// How the renewal of a certificate went last, as a log of certbot's tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Went {
    /// It failed; in certbot's own words.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        says: String,
    },
    /// It was renewed, or was not due.
    Well {
        /// When.
        at: Timestamp,
    },
}

/// The last word of a log about a certificate; `None`: it says nothing of it.
#[must_use]
pub fn last(log: &str, lineage: &str) -> Option<Went> {
    let mut time = None;
    let mut word = None;
    for line in log.lines() {
        // What certbot tells people goes on over lines without a time.
        let (at, level, said) = match parts(line) {
            Some((at, level, said)) => (at, level, said),
            None => match time {
                Some(at) => (at, "", line),
                None => continue,
            },
        };
        time = Some(at);
        word = meaning(at, level, said, lineage).or(word);
    }
    word
}

fn meaning(at: Timestamp, level: &str, said: &str, lineage: &str) -> Option<Went> {
    let names = |before: &str, after: &str| {
        let rest = said.strip_prefix(before)?.strip_prefix(lineage)?;
        rest.strip_prefix(after)
    };
    let failed = names("Failed to renew certificate ", " with error: ").or_else(|| {
        // certbot before 1.0.
        let rest = names("Attempting to renew cert (", ") from ")?;
        Some(rest.split_once("unexpected error: ")?.1.trim_end_matches(". Skipping."))
    });
    if let Some(why) = failed.filter(|_| matches!(level, "ERROR" | "WARNING" | "CRITICAL")) {
        return Some(Went::Failed { at, says: bounded(&redact::text(why)) });
    }
    let file = said.split_ascii_whitespace().find_map(|word| {
        let word = word.trim_matches(['(', ')', '"', '\'', ',']);
        word.strip_suffix("/fullchain.pem")?.rsplit_once('/').map(|(_, name)| name)
    });
    // `  /etc/letsencrypt/live/shop/fullchain.pem (success)`, `… expires on 2027-01-01 (skipped)`
    let well = ["(success)", "(skipped)"].iter().any(|end| said.trim_end().ends_with(end));
    (well && file == Some(lineage)).then_some(Went::Well { at })
}

/// Time, level and message of a line.
fn parts(line: &str) -> Option<(Timestamp, &str, &str)> {
    let (time, rest) = line.split_at_checked(23)?;
    let (clock, millis) = time.split_once(',')?;
    let (day, clock) = clock.split_once(' ')?;
    let at: Timestamp = format!("{day}T{clock}.{millis}Z").parse().ok()?;
    let (level, rest) = rest.strip_prefix(':')?.split_once(':')?;
    let (_logger, said) = rest.split_once(':')?;
    Some((at, level, said))
}

fn bounded(text: &str) -> String {
    let mut end = text.len().min(KEPT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim().to_owned()
}

/// The lineage that a file of a certificate belongs to, where it lies in a folder of certbot's:
/// `/etc/letsencrypt/live/shop/fullchain.pem` is of `shop`.
#[must_use]
pub fn lineage(file: &str) -> Option<&str> {
    let rest = file.strip_prefix("/etc/letsencrypt/")?;
    let rest = rest.strip_prefix("live/").or_else(|| rest.strip_prefix("archive/"))?;
    let (name, _) = rest.split_once('/')?;
    let whole = !name.is_empty() && !name.starts_with('.');
    whole.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewal_file_tells_how() {
        let text = "# renew_before_expiry = 30 days\nversion = 2.1.0\narchive_dir = /etc/x\n\
            [renewalparams]\naccount = 0123456789abcdef0123456789abcdef\n\
            authenticator = webroot\ninstaller = None\n\
            renew_hook = systemctl reload nginx --token=s3cretS3cret99\n[[webroot_map]]\n";
        let seen = renewal("/etc/letsencrypt/renewal/shop.conf", text);
        assert_eq!(seen.authenticator.as_deref(), Some("webroot"));
        assert_eq!(seen.installer, None);
        let hook = seen.deploy_hook.unwrap();
        assert!(hook.starts_with("systemctl reload nginx") && !hook.contains("s3cret"), "{hook}");
    }

    const LOG: &str = "2026-11-17 03:12:11,123:DEBUG:certbot._internal.main:certbot version: 2.1.0\n\
        2026-11-17 03:12:13,456:ERROR:certbot._internal.renewal:Failed to renew certificate shop with error: Some challenges have failed.\n\
        Traceback (most recent call last):\n\
        2026-11-17 03:12:13,460:DEBUG:certbot._internal.display.obj:Notifying user: \n\
        \x20 /etc/letsencrypt/live/blog/fullchain.pem (success)\n\
        2026-11-17 03:12:13,461:ERROR:certbot._internal.renewal:  /etc/letsencrypt/live/shop/fullchain.pem (failure)\n";

    #[test]
    fn the_log_tells_the_last_word_about_a_certificate() {
        let Some(Went::Failed { at, says }) = last(LOG, "shop") else { panic!("it failed") };
        assert_eq!(at.to_string(), "2026-11-17T03:12:13.456Z");
        assert_eq!(says, "Some challenges have failed.");
        assert!(matches!(last(LOG, "blog"), Some(Went::Well { .. })));
        assert_eq!(last(LOG, "sho"), None);
        assert_eq!(last(LOG, "other"), None);
        assert_eq!(last("", "shop"), None);
        assert_eq!(last("\u{fffd}\n2026-11-17 03:12:1\n", "shop"), None);
        let later = format!(
            "{LOG}2026-11-18 03:12:13,460:DEBUG:certbot._internal.display.obj:Notifying user:\n  \
             /etc/letsencrypt/live/shop/fullchain.pem expires on 2027-01-01 (skipped)\n"
        );
        assert!(matches!(last(&later, "shop"), Some(Went::Well { .. })));
        let old = "2019-01-02 03:04:05,678:WARNING:certbot.renewal:Attempting to renew cert (shop) \
            from /etc/letsencrypt/renewal/shop.conf produced an unexpected error: Failed \
            authorization procedure. Skipping.\n";
        let Some(Went::Failed { says, .. }) = last(old, "shop") else { panic!("it failed") };
        assert_eq!(says, "Failed authorization procedure");
    }

    #[test]
    fn a_lineage_is_named_by_its_folder() {
        for (file, name) in [
            ("/etc/letsencrypt/live/shop.example/fullchain.pem", Some("shop.example")),
            ("/etc/letsencrypt/archive/shop/fullchain3.pem", Some("shop")),
            ("/etc/letsencrypt/live/../x/fullchain.pem", None),
            ("/etc/letsencrypt/live/fullchain.pem", None),
            ("/etc/ssl/shop.pem", None),
        ] {
            assert_eq!(lineage(file), name, "{file}");
        }
    }
}
