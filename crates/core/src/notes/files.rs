//! Notes on the origin's certificate files: a reload that is pending, a key of another certificate,
//! a renewal that fails.

use crate::diagnosis::Note;
use crate::evidence::TlsAnswer;
use crate::report::guard::quote;
use crate::report::words::units::moment;
use crate::scene::Scene;
use crate::scene::host::OnHost;

/// The notes on files, in the order of the roads and readings.
pub(super) fn of(scene: &Scene<'_>) -> Vec<Note> {
    let Some(host) = &scene.host else { return Vec::new() };
    let mut notes = pending(scene, host);
    for file in host.certificates().filter(|file| file.file.key_fits == Some(false)) {
        notes.push(Note {
            measure: "certificate-fits-its-key".to_owned(),
            text: format!(
                "{} and its key {} do not belong together: the web server will not start with them",
                quote(file.path),
                quote(file.file.key.as_deref().unwrap_or("file")),
            ),
            because: vec![file.reading.id],
        });
    }
    notes.extend(renewals(host));
    notes
}

/// Both certificates are good, and the newer one waits for a reload.
fn pending(scene: &Scene<'_>, host: &OnHost<'_>) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for road in &scene.roads {
        let (Some(greet), Some(TlsAnswer::Greeted(greeting))) = (road.greet, road.tls_answer())
        else {
            continue;
        };
        let files = host.certificates_for(road.road.to.port());
        let is_served = files.iter().any(|file| file.file.chain.sha256 == greeting.chain.sha256);
        if is_served || !greeting.chain.faults.is_empty() {
            continue;
        }
        let newer = files.into_iter().find(|file| {
            let chain = &file.file.chain;
            chain.faults.is_empty()
                && chain.not_after > greeting.chain.not_after
                && file.was_read_since() == Some(false)
        });
        let Some(file) = newer else { continue };
        let text = format!(
            "{} holds a newer certificate than the one that is served, which ends on {}: the web \
             server has not been reloaded since",
            quote(file.path),
            moment(greeting.chain.not_after),
        );
        if !notes.iter().any(|note| note.text == text) {
            let because = vec![greet.id, file.reading.id];
            notes.push(Note { measure: RENEWS.to_owned(), text, because });
        }
    }
    notes
}

/// Renewals that failed last, or that nothing starts.
fn renewals(host: &OnHost<'_>) -> Vec<Note> {
    host.renewals()
        .filter_map(|(reading, lineage, renewal)| {
            let name = quote(lineage);
            let text = match (renewal.failed, &renewal.says) {
                (Some(at), Some(says)) => {
                    let ago = ago(reading.at.duration_since(at).as_secs());
                    format!("certbot failed to renew {name} {ago}: {}", quote(says))
                }
                // Tables of cron's are root's.
                _ if renewal.file.is_some() && renewal.started_by.is_none() && host.place.root => {
                    format!("nothing was found here that starts the renewal of {name} by itself")
                }
                _ => return None,
            };
            Some(Note { measure: RENEWS.to_owned(), text, because: vec![reading.id] })
        })
        .collect()
}

const RENEWS: &str = "certificate-renews-itself";

fn ago(seconds: i64) -> String {
    match seconds / 3600 {
        ..1 => "within the last hour".to_owned(),
        1 => "1 hour ago".to_owned(),
        hours @ 2..48 => format!("{hours} hours ago"),
        hours => format!("{} days ago", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnose::diagnose;
    use crate::evidence::host::{Known, Renewal};
    use crate::evidence::{HostAnswer, HostQuestion};
    use crate::scene::host::told::before;
    use crate::scene::sample::Sitting;

    fn texts(sitting: Sitting) -> Vec<String> {
        let evidence = sitting.evidence();
        diagnose(&evidence).notes.into_iter().map(|note| note.text).collect()
    }

    fn renewal(sitting: Sitting, change: impl FnOnce(&mut Renewal)) -> Sitting {
        let mut renewal = Renewal {
            file: Some("/etc/letsencrypt/renewal/shop.conf".to_owned()),
            authenticator: Some("webroot".to_owned()),
            installer: None,
            deploy_hook: None,
            pre_hook: None,
            failed: None,
            says: None,
            started_by: Some("certbot.timer".to_owned()),
            timer_off: None,
        };
        change(&mut renewal);
        let question = HostQuestion::Renewal { lineage: "shop".to_owned() };
        sitting.within(question, HostAnswer::Renewal(renewal))
    }

    #[test]
    fn a_failed_renewal_is_told_with_its_own_words() {
        let here = || Sitting::healthy().on_origin(Known::Told);
        let failed = renewal(here(), |renewal| {
            renewal.failed = Some(before(5 * 24 * 60));
            renewal.says = Some("Some challenges have failed.".to_owned());
        });
        let wanted = "certbot failed to renew `shop` 5 days ago: `Some challenges have failed.`";
        assert_eq!(texts(failed), [wanted]);
        let lonely = renewal(here(), |renewal| renewal.started_by = None);
        let wanted = "nothing was found here that starts the renewal of `shop` by itself";
        assert_eq!(texts(lonely), [wanted]);
        assert!(texts(renewal(here(), |_| ())).is_empty());
    }

    #[test]
    fn a_reload_that_is_pending_is_noted_while_all_is_well() {
        let here = || Sitting::healthy().on_origin(Known::Told);
        // The served one ends on the same day as this one: it is not newer.
        let same = here().certificate_file(vec![], "cd", Some(before(9)), Some(before(90)));
        assert!(texts(same).is_empty());
    }
}
