//! Matches that hold up to a rate, a number or a sum.

use super::super::super::model::Part;
use super::super::options::Block;
use super::super::rule::never;
use super::super::words::number;

/// `-m limit`
pub(super) fn limit(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let rate = block.take("--limit");
    let burst = block.take("--limit-burst");
    if rate.is_some_and(|option| option.negated) || burst.is_some_and(|option| option.negated) {
        return None;
    }
    parts.push(Part::Limit { over: false });
    Some(())
}

/// `-m hashlimit`
pub(super) fn hashlimit(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let upto = block.take_any(&["--hashlimit-upto", "--hashlimit"]);
    let above = block.take("--hashlimit-above");
    let over = match (upto, above) {
        (Some(upto), None) => upto.negated,
        (None, Some(above)) => !above.negated,
        _ => return None,
    };
    // How it counts does not say whether it holds below the rate.
    block.options.retain(|option| option.negated || !option.name.starts_with("--hashlimit-"));
    parts.push(Part::Limit { over });
    Some(())
}

/// `-m connlimit`
pub(super) fn connlimit(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let upto = block.take("--connlimit-upto");
    let above = block.take("--connlimit-above");
    let (over, count) = match (upto, above) {
        (Some(upto), None) => (upto.negated, upto.arg()),
        (None, Some(above)) => (!above.negated, above.arg()),
        _ => return None,
    };
    block.take("--connlimit-mask");
    block.has("--connlimit-saddr");
    block.has("--connlimit-daddr");
    match (number(count)?, over) {
        // The connection itself is one: always above none.
        (0, true) => {}
        (0, false) => parts.push(never()),
        _ => parts.push(Part::Limit { over }),
    }
    Some(())
}

/// `-m quota`
pub(super) fn quota(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let quota = block.take("--quota")?;
    match (number(quota.arg())?, quota.negated) {
        (0, true) => {}
        (0, false) => parts.push(never()),
        (_, negated) => parts.push(Part::Limit { over: negated }),
    }
    Some(())
}

/// `-m recent`: `--set` only writes the address down; with a count of hits it is a limit; without, whether
/// the address was written down before is not known.
pub(super) fn recent(block: &mut Block<'_>, parts: &mut Vec<Part>) -> Option<()> {
    let set = block.take("--set");
    let asks = block.take_any(&["--update", "--rcheck"]);
    let hits = block.take("--hitcount");
    for name in ["--seconds", "--name", "--mask"] {
        block.take(name);
    }
    for name in ["--reap", "--rttl", "--rsource", "--rdest"] {
        block.has(name);
    }
    match (set, asks, hits) {
        (Some(set), None, None) => {
            if set.negated {
                parts.push(never());
            }
        }
        (None, Some(asks), Some(hits)) if number(hits.arg())? > 1 => {
            parts.push(Part::Limit { over: !asks.negated });
        }
        _ => return None,
    }
    Some(())
}
