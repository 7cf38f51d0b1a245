//! What a diagnosis is: the findings, what was cleared, what stays open, and the path.
//!
//! This is the shape of `rayfix/diagnosis/1`. It is made by `diagnose` and told by `report`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::causes::Confidence;
use crate::evidence::{Evidence, ReadingId};
use crate::hop::Hop;
use crate::target::{ModeFrom, SslMode};

/// The result of judging one sitting.
#[derive(Debug, Clone)]
pub struct Diagnosis<'a> {
    /// What was judged; citations point into it.
    pub evidence: &'a Evidence,
    /// The SSL mode that was told or inferred; `None`: several are possible.
    pub ssl_mode: Option<SslMode>,
    /// Where it was learnt from.
    pub ssl_mode_from: ModeFrom,
    /// What visitors get.
    pub symptom: Symptom,
    /// Every station, in the order of the way.
    pub path: Vec<Station>,
    /// Best first: the first is the cause to act on.
    pub findings: Vec<Finding>,
    /// Causes that were ruled out, in the order of the way.
    pub cleared: Vec<Cleared>,
    /// Causes that stay open, in the order of the way.
    pub untold: Vec<Untold>,
    /// Warnings that are no findings.
    pub notes: Vec<Note>,
}

/// What visitors get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Symptom {
    /// The HTTP status, where one came.
    pub status: Option<u16>,
    /// A 1xxx code in the body.
    pub error_code: Option<u16>,
    /// Who chose the status.
    pub made_by: Maker,
    /// Of the visit that stands for the symptom.
    pub ray: Option<String>,
    /// Whether no edge is in between.
    #[serde(skip)]
    pub straight: bool,
    /// How many visits failed.
    #[serde(skip)]
    pub failed: usize,
    /// How many visits were made.
    #[serde(skip)]
    pub visits: usize,
    /// The reading that stands for the symptom.
    #[serde(skip)]
    pub seen_in: Option<ReadingId>,
}

/// Who chose a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Maker {
    /// Cloudflare's edge.
    Edge,
    /// The origin, or a proxy on it.
    Origin,
    /// cloudflared.
    Tunnel,
    /// No reply came at all.
    Nobody,
    /// The evidence does not decide.
    Unknown,
}

/// A station of the path, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Station {
    /// Which.
    pub hop: Hop,
    /// How it looks.
    pub state: State,
}

/// How a station looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A reading shows that it works.
    Works,
    /// The first finding sits here.
    Breaks,
    /// It lies behind the break, and nothing shows how it is.
    Hidden,
    /// Nothing was asked of it.
    NotAsked,
}

/// A cause that was blamed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// `tls-name-rejected`.
    pub cause: String,
    /// `C512`.
    pub code: &'static str,
    /// Stands alone, in an alert, without the rest.
    pub title: &'static str,
    /// Where it sits.
    pub hop: Hop,
    /// How sure.
    pub confidence: Confidence,
    /// Readings that show it; never empty.
    pub because: Vec<ReadingId>,
    /// The controls.
    #[serde(rename = "while")]
    pub contrast: Vec<ReadingId>,
    /// Particulars, by name.
    pub detail: Map<String, Value>,
    /// Names of fixes, best first.
    pub fixes: Vec<&'static str>,
    /// Names of the shallower causes that this one explains.
    pub leads_to: Vec<String>,
}

/// A cause that was ruled out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cleared {
    /// Its name.
    pub cause: String,
    /// Readings that show it; never empty.
    pub because: Vec<ReadingId>,
}

/// A cause that stays open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untold {
    /// Its name.
    pub cause: String,
    /// What would decide; never empty, the most useful first.
    pub needs: Vec<String>,
}

/// A warning that is no finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The preventive measure that is missing.
    pub measure: String,
    /// One sentence.
    pub text: String,
    /// Readings that show it.
    #[serde(skip)]
    pub because: Vec<ReadingId>,
}

/// What a diagnosis comes to; the exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The site answers and nothing is to blame.
    Healthy,
    /// A cause was blamed.
    Blamed,
    /// The site fails, or could not be visited, and no cause was found.
    CannotTell,
}

impl Diagnosis<'_> {
    /// What it comes to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if !self.findings.is_empty() {
            Outcome::Blamed
        } else if self.symptom.visits > 0 && self.symptom.failed == 0 {
            Outcome::Healthy
        } else {
            Outcome::CannotTell
        }
    }
}
