//! Warnings that are no findings: what works today and will not for ever.
//!
//! A note names the preventive measure that would make it go away.

mod account;
mod files;
mod firewall;
mod tunnel;

use crate::diagnosis::Note;
use crate::evidence::chain::ChainFault;
use crate::evidence::host::Rehearsal;
use crate::evidence::{Question, ReadingId, TlsAnswer};
use crate::report::words::units::list_of;
use crate::scene::Scene;
use crate::scene::host::unseen::unseen;
use crate::scene::visits::{Came, EdgeState, Visit};
use crate::scene::witness::{answered_by_a_stranger, is_inside};

/// Certificates with fewer days left than this are noted. certbot renews at 30, so at 14 something
/// has failed for two weeks.
const DAYS: i64 = 14;

/// The notes of one sitting, in the order of the way.
#[must_use]
pub fn of(scene: &Scene<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    if scene.visits.direct && scene.visits.state() == EdgeState::Works {
        let inside = scene.visits.good.iter().all(|visit| {
            matches!(&visit.reading.question, Question::Visit { to, .. } if is_inside(to.ip()))
        });
        let host = &scene.target.site.host;
        notes.push(Note {
            measure: "site-goes-through-cloudflare".to_owned(),
            text: if inside {
                format!(
                    "{host} leads to a private address here; visitors outside may be led elsewhere"
                )
            } else {
                format!("{host} leads straight to the origin, not through Cloudflare")
            },
            because: scene.visits.good_ids(),
        });
    }
    if scene.visits.good.iter().any(|visit| visit.came == Came::Challenged) {
        notes.push(Note {
            measure: "checks-pass-the-challenge".to_owned(),
            text: "Cloudflare challenged these visits, so the app behind it was not seen"
                .to_owned(),
            because: scene.visits.good_ids(),
        });
    }
    notes.extend(copies(scene));
    notes.extend(certificates(scene));
    notes.extend(files::of(scene));
    notes.extend(configuration(scene));
    notes.extend(witness(scene));
    notes.extend(rootless(scene));
    notes.extend(firewall::of(scene));
    notes.extend(tunnel::of(scene));
    notes.extend(account::of(scene));
    notes
}

/// A web server that runs keeps its old configuration; it will not start with the one on disk.
fn configuration(scene: &Scene<'_>) -> Option<Note> {
    let host = scene.host.as_ref()?;
    host.proxies().find_map(|(_, proxy)| {
        let (reading, rehearsal) = host.rehearsal(proxy.kind)?;
        let Rehearsal::Fails { says, at } = rehearsal else { return None };
        // Who may read less than the web server meets faults of its own.
        let ours = says.contains("(13:") || says.contains("ermission denied");
        if proxy.running.is_none() || (ours && !host.place.root) {
            return None;
        }
        let name = proxy.kind.word();
        let place = at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        Some(Note {
            measure: "configuration-loads".to_owned(),
            text: format!(
                "{name} runs with an older configuration and would not start with its files as they \
                 are: {says}{place}"
            ),
            because: vec![reading.id],
        })
    })
}

/// What root would see besides, where this machine was looked into without.
fn rootless(scene: &Scene<'_>) -> Option<Note> {
    let onto = scene.host.as_ref()?;
    let what = unseen(onto, scene.evidence);
    if what.is_empty() {
        return None;
    }
    let host = &scene.target.site.host;
    Some(Note {
        measure: "looked-into-as-root".to_owned(),
        text: format!(
            "looked into without root, so {} stayed unseen: on the origin `sudo rayfix diagnose \
             {host}`, over ssh `--ssh-sudo`",
            list_of(&what, 4)
        ),
        because: vec![onto.place_in],
    })
}

/// Where the cache answered, the origin was not seen; a stale copy says that it did not answer.
fn copies(scene: &Scene<'_>) -> Option<Note> {
    let good = &scene.visits.good;
    if good.is_empty() || !good.iter().all(Visit::is_a_copy) {
        return None;
    }
    let stale = good.iter().any(|visit| visit.cache() == Some("STALE"));
    let text = if stale {
        "Cloudflare answered with stale copies from its cache: it got nothing newer from the origin"
    } else {
        "Cloudflare answered from its cache, so the origin behind it was not seen"
    };
    Some(Note {
        measure: "checks-reach-the-origin".to_owned(),
        text: text.to_owned(),
        because: scene.visits.good_ids(),
    })
}

/// What is wrong with the witness.
fn witness(scene: &Scene<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some((id, seconds)) = scene.clock_off {
        let minutes = seconds.unsigned_abs() / 60;
        let (hours, days) = (minutes / 60, minutes / 1440);
        let long = if days > 1 { format!("{days} days") } else { format!("{hours} h") };
        let how = if seconds > 0 { "ahead" } else { "behind" };
        notes.push(Note {
            measure: "clock-is-right".to_owned(),
            text: format!(
                "this machine's clock is about {long} {how}, so the dates of certificates were left aside"
            ),
            because: vec![id],
        });
    }
    if let Some(id) = scene.intercepted {
        notes.push(Note {
            measure: "nothing-in-between-ends-tls".to_owned(),
            text:
                "something between this machine and Cloudflare shows certificates of its own, so \
                   what was seen of the origin's TLS may be its doing"
                    .to_owned(),
            because: vec![id],
        });
    }
    let strangers: Vec<ReadingId> = scene
        .evidence
        .readings
        .iter()
        .filter(|reading| answered_by_a_stranger(scene.evidence, reading))
        .map(|reading| reading.id)
        .collect();
    if !strangers.is_empty() {
        notes.push(Note {
            measure: "cloudflare-answers-at-its-address".to_owned(),
            text: "somebody else answered in Cloudflare's place, such as a network that wants a \
                   sign-in, or a proxy"
                .to_owned(),
            because: strangers,
        });
    }
    if !scene.visits.missed.is_empty() {
        let number = scene.visits.missed.len();
        let visits = if number == 1 { "1 visit".to_owned() } else { format!("{number} visits") };
        notes.push(Note {
            measure: "every-visit-reaches-the-edge".to_owned(),
            text: format!("{visits} did not reach the edge from here, and were left aside"),
            because: scene.visits.missed.iter().map(|visit| visit.reading.id).collect(),
        });
    }
    notes
}

fn certificates(scene: &Scene<'_>) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for road in &scene.roads {
        let (Some(reading), Some(TlsAnswer::Greeted(greeting))) = (road.greet, road.tls_answer())
        else {
            continue;
        };
        let chain = &greeting.chain;
        // Dates are told by a clock that is off.
        if scene.clock_off.is_some() {
            continue;
        }
        let expired = chain.faults.iter().any(|fault| matches!(fault, ChainFault::Expired { .. }));
        let days = chain.not_after.duration_since(reading.at).as_secs().div_euclid(86_400);
        let validated = scene.modes.possible.iter().any(|mode| mode.validates());
        let text = if expired && !validated {
            format!(
                "the certificate on {} has expired; this SSL mode does not look at it, strict would",
                road.road.to
            )
        } else if (0..DAYS).contains(&days) && chain.faults.is_empty() {
            let left = match days {
                0 => "less than a day".to_owned(),
                1 => "1 day".to_owned(),
                days => format!("{days} days"),
            };
            format!("the certificate on {} has {left} left", road.road.to)
        } else {
            continue;
        };
        notes.push(Note {
            measure: "certificate-renews-itself".to_owned(),
            text,
            because: vec![reading.id],
        });
    }
    notes
}
