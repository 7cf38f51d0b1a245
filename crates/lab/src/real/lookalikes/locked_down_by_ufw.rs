//! ufw lets in the edge, SSH, and nobody else.
//!
//! # What it looks like
//! ufw denies what comes in by default, and has a rule for each of Cloudflare's ranges.
//!
//! # As in real life
//! A host that was locked down with care.
use rayfix_core::ranges::Ranges;

use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    for range in Ranges::built_in().prefixes() {
        let range = range.to_string();
        let rule = ["allow", "proto", "tcp", "from", &range, "to", "any", "port", "80,443"];
        stage.order(&[&["ufw"], &rule[..]].concat())?;
    }
    stage.order(&["ufw", "allow", "22/tcp"])?;
    stage.order(&["ufw", "--force", "enable"]).map(|_| ())
}
