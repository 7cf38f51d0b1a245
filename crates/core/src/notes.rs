//! Warnings that are no findings: what works today and will not for ever.
//!
//! A note names the preventive measure that would make it go away.

use crate::diagnosis::Note;
use crate::evidence::TlsAnswer;
use crate::evidence::chain::ChainFault;
use crate::scene::Scene;
use crate::scene::visits::{Came, EdgeState};

/// Certificates with fewer days left than this are noted. certbot renews at 30, so at 14 something
/// has failed for two weeks.
const DAYS: i64 = 14;

/// The notes of one sitting, in the order of the way.
#[must_use]
pub fn of(scene: &Scene<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    if scene.visits.direct && scene.visits.state() == EdgeState::Works {
        notes.push(Note {
            measure: "site-goes-through-cloudflare".to_owned(),
            text: format!(
                "{} leads straight to the origin, not through Cloudflare",
                scene.target.site.host
            ),
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
    notes.extend(certificates(scene));
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
