//! What would tell what a report leaves open: outputs to save, the commands that save them, a visit.

use super::{Seen, Verdict, words};
use crate::firewall::ruling::{Outcome, Piece};
use crate::firewall::snapshot::{Got, Input};

/// What would tell what is not told, and the commands that save it.
pub(super) fn of(seen: &Seen<'_>, verdict: Verdict) -> (Vec<String>, Vec<String>) {
    let (mut needs, mut commands) = (Vec::new(), Vec::new());
    if verdict != Verdict::CannotTell {
        return (needs, commands);
    }
    let missing: Vec<Input> = missing(seen);
    if !missing.is_empty() {
        if seen.saved {
            needs.push(
                "the folder lacks an output that decides: as root on that host, run what stands \
                 below in the folder"
                    .to_owned(),
            );
        } else {
            needs.push("run it as root: `sudo rayfix firewall`".to_owned());
            needs.push(
                "or have somebody with root run `rayfix firewall --save DIR`, or what stands below by hand in a \
                 folder, and give that: `rayfix firewall --ruleset DIR`"
                    .to_owned(),
            );
        }
        commands
            .extend(missing.iter().map(|input| format!("{} > {}", input.command(), input.file())));
    }
    let hangs = seen.rulings.rulings.iter().flat_map(|ruling| &ruling.pieces);
    let by_rule = |piece: &Piece| {
        piece.outcome == Outcome::Unknown
            && piece.by.iter().any(|decider| words::rule_of(decider).is_some())
    };
    if hangs.into_iter().any(by_rule) {
        needs.push(
            "a visit through Cloudflare tells what the rules do not: `rayfix diagnose HOST`"
                .to_owned(),
        );
    }
    if needs.is_empty() && seen.rulings.rulings.is_empty() {
        needs.push("there was no range to rule on".to_owned());
    }
    (needs, commands)
}

/// Inputs without which rules may be missing.
fn missing(seen: &Seen<'_>) -> Vec<Input> {
    const RULES: [Input; 7] = [
        Input::NftJson,
        Input::NftText,
        Input::Iptables,
        Input::Ip6tables,
        Input::IptablesLegacy,
        Input::Ip6tablesLegacy,
        Input::Ipset,
    ];
    let told = |input: &Input| matches!(seen.snapshot.inputs.get(input), Some(Got::Missing(_)));
    let never = |input: &Input| seen.saved && !seen.snapshot.inputs.contains_key(input);
    let untold = Input::ALL.into_iter().filter(|input| told(input) || never(input));
    let untold: Vec<Input> = untold.collect();
    if untold.iter().any(|input| RULES.contains(input)) { untold } else { Vec::new() }
}
