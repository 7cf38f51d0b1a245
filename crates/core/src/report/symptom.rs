//! The first lines of every report: what visitors get, who chose it, and the SSL mode.

use super::words::units::{count, several};
use super::{Passage, guard};
use crate::diagnosis::{Maker, Symptom};
use crate::evidence::ReadingId;
use crate::target::{ModeFrom, SslMode};

/// What visitors get.
pub(super) fn symptom(symptom: &Symptom) -> Passage {
    let cites: Vec<ReadingId> = symptom.seen_in.into_iter().collect();
    let Symptom { failed, visits, .. } = *symptom;
    let who = match (failed, visits) {
        (_, 0) => return Passage::new("no visit was made", &cites),
        (_, 1) => "the one visit".to_owned(),
        (0, 2) | (2, 2) => "both visits".to_owned(),
        (0, all) => format!("all {} visits", count(all as u64)),
        (failed, all) if failed == all => format!("all {} visits", count(all as u64)),
        (some, all) => format!("{} of {}", count(some as u64), several(all, "visit")),
    };
    let mut text = match (symptom.status, symptom.error_code) {
        (Some(status), Some(code)) => format!("{who} got {status} with Cloudflare's error {code}"),
        (Some(status), None) => format!("{who} got {status}"),
        (None, _) => format!("{who} got no reply"),
    };
    if (1..visits).contains(&failed) {
        text.push_str(", the others worked");
    }
    if failed > 0 && symptom.status.is_some() {
        text.push_str(match symptom.made_by {
            Maker::Edge => "; Cloudflare's edge chose that status",
            Maker::Origin if symptom.straight => "; the origin chose that status",
            Maker::Origin => "; the origin chose that status, and the edge passed it on",
            Maker::Tunnel => "; cloudflared chose that status",
            Maker::Nobody => "",
            Maker::Unknown => "; who chose that status is not certain",
        });
    }
    if let (1.., Some(ray)) = (failed, &symptom.ray) {
        text.push_str(&format!(" (ray {})", guard::quote(ray)));
    }
    Passage::new(text, &cites)
}

/// The SSL mode, and where it is known from.
pub(super) fn ssl_mode(mode: Option<SslMode>, from: ModeFrom) -> String {
    let Some(mode) = mode.map(SslMode::word) else {
        return match from {
            ModeFrom::Inferred => "SSL mode not known: several fit what was answered".to_owned(),
            _ => "SSL mode not known; --ssl-mode MODE tells it".to_owned(),
        };
    };
    match from {
        ModeFrom::Option => format!("SSL mode {mode}, as --ssl-mode says"),
        ModeFrom::Account => format!("SSL mode {mode}, as the Cloudflare account says"),
        ModeFrom::Inferred => {
            format!("SSL mode {mode}, inferred from what the edge and the origin answered")
        }
        ModeFrom::Unknown => format!("SSL mode {mode}, assumed"),
    }
}
