//! Rulesets drawn by chance, for what nobody thought of: the same seed draws the same ruleset, and one
//! that fails is made as small as it can be.

mod draw;
mod places;
pub mod plan;
mod rules;
mod shrink;
mod xt;

pub use self::draw::draw;
pub use self::plan::Plan;

use super::chance::Chance;
use super::choice;
use super::stage::Stage;
use super::trial::{Tried, attempt};
use crate::real::Trouble;

/// How a drawn ruleset fared.
#[derive(Debug)]
pub enum Drawn {
    /// The tools would not load it.
    Refused,
    /// Whatever was told was so.
    Agreed {
        /// Connections tried.
        tried: usize,
        /// Of these rayfix could not tell how they fare.
        untold: usize,
    },
    /// Something was not so.
    Differed {
        /// The smallest ruleset that shows it.
        script: String,
        /// A line each.
        wrong: Vec<String>,
    },
}

/// Ports that are tried.
const PORTS: &[u16] = &[80, 443];

/// Rulesets that are tried while a failing one is made smaller.
const TRIES: usize = 120;

/// Draws the ruleset of a seed, loads it and tries it.
///
/// # Errors
/// When a stage fails.
pub fn trial(seed: u64) -> Result<Drawn, Trouble> {
    let plan = draw(&mut Chance::of(seed));
    let Some(tried) = once(&plan, seed)? else { return Ok(Drawn::Refused) };
    if tried.differences().is_empty() {
        let untold = tried.untold().len();
        return Ok(Drawn::Agreed { tried: tried.fates.len(), untold });
    }
    let differs = |plan: &Plan| matches!(once(plan, seed), Ok(Some(tried)) if !tried.differences().is_empty());
    let small = shrink::shrink(&plan, TRIES, differs);
    let again = once(&small, seed)?.unwrap_or(tried);
    Ok(Drawn::Differed { script: small.script(), wrong: again.differences() })
}

fn once(plan: &Plan, seed: u64) -> Result<Option<Tried>, Trouble> {
    let mut stage = Stage::raise()?;
    if stage.load(&plan.script()).is_err() {
        return Ok(None);
    }
    let mut chance = Chance::of(seed ^ 0xa5a5);
    let from = choice::usual(&mut chance, 1);
    attempt(&mut stage, PORTS, &mut chance, from).map(Some)
}
