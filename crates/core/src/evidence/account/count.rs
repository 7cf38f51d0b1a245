//! What the edge counted: requests by status at the edge and at the origin, by minute and by place.
//!
//! Estimates from samples: small numbers jump. An origin status of 0 beside a 5xx means that no answer came
//! from the origin; the same 5xx on both sides is the origin's own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Counts of one host over a while.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// From then on.
    pub from: Option<Timestamp>,
    /// Until then.
    pub to: Option<Timestamp>,
    /// All requests of visitors, good ones included.
    pub total: u64,
    /// Errors (5xx), the most frequent first.
    pub errors: Vec<Count>,
    /// Requests that went well, by place.
    pub good_by_colo: Vec<ColoCount>,
    /// Errors minute by minute, oldest first.
    pub minutes: Vec<MinuteCount>,
    /// The largest interval between samples; 1: every request was counted.
    pub sample_interval: Option<u64>,
}

/// So many errors of one kind at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Count {
    /// What visitors got.
    pub edge_status: u16,
    /// What the origin answered; 0: nothing.
    pub origin_status: u16,
    /// `AMS`.
    pub colo: String,
    /// How many.
    pub count: u64,
}

/// So many requests at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColoCount {
    /// `AMS`.
    pub colo: String,
    /// How many.
    pub count: u64,
}

/// So many errors in one minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MinuteCount {
    /// The minute's beginning.
    pub minute: Option<Timestamp>,
    /// What visitors got.
    pub edge_status: u16,
    /// How many.
    pub count: u64,
}
