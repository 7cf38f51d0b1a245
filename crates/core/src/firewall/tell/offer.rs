//! What would mend it, in words: commands to paste, how to take them back, before and after.

use super::{Fate, words};
use crate::firewall::propose::{Command, Left, Proposal, Proposals, Within};
use crate::firewall::ruling::Rulings;
use crate::report::guard;

/// All that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// One sentence: what the changes come to.
    pub headline: String,
    /// In the order in which they are to be made.
    pub list: Vec<Offer>,
    /// What else becomes accepted: fragments.
    pub besides: Vec<String>,
    /// What stays kept out, and what to do instead: fragments.
    pub left: Vec<String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// ``for 2c0f:f248::/32 to 80 and 443, in ufw's language``
    pub title: String,
    /// Why this one.
    pub why: String,
    /// What comes and what goes: `adds a rule at …`, `removes … from set …`.
    pub does: Vec<String>,
    /// To be run in this order.
    pub commands: Vec<Line>,
    /// They try the change without making it.
    pub checks: Vec<Line>,
    /// They take it back.
    pub undo: Vec<Line>,
    /// How it survives a restart.
    pub kept: Vec<String>,
    /// What is to be run for that.
    pub keeping: Vec<Line>,
    /// What to know before.
    pub cautions: Vec<String>,
}

/// A line to be copied; harmless already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The command, or the line of a file.
    pub text: String,
    /// The file that it belongs into; `None`: it is run in root's shell.
    pub file: Option<String>,
}

impl Line {
    fn of(command: &Command) -> Line {
        Line {
            text: guard::within(&command.text, usize::MAX),
            file: match &command.within {
                Within::Shell => None,
                Within::File(file) => Some(guard::quote(file)),
            },
        }
    }
}

pub(super) fn of(proposals: &Proposals) -> Offered {
    let besides = proposals.newly_accepted.iter().map(|newly| {
        let prefixes: Vec<String> = newly.prefixes.iter().map(words::prefix).collect();
        let from = crate::report::words::units::list_of(&prefixes, 6);
        format!("{from} to {}: {}", newly.port, fragment(&newly.why))
    });
    Offered {
        headline: headline(proposals),
        list: proposals.list.iter().map(offer).collect(),
        besides: besides.collect(),
        left: proposals.left.iter().map(left).collect(),
    }
}

fn offer(proposal: &Proposal) -> Offer {
    let lines = |commands: &[Command]| commands.iter().map(Line::of).collect::<Vec<_>>();
    let adds = proposal.adds.iter().map(|phrase| format!("adds {}", fragment(phrase)));
    let removes = proposal.removes.iter().map(|phrase| format!("removes {}", fragment(phrase)));
    Offer {
        title: format!(
            "for {} to {}, by {}",
            ranges(&proposal.ranges),
            words::ports(&proposal.ports),
            proposal.owner.name()
        ),
        why: fragment(&proposal.why),
        does: adds.chain(removes).collect(),
        commands: lines(&proposal.commands),
        checks: lines(&proposal.checks),
        undo: lines(&proposal.undo),
        kept: proposal.kept.how.iter().map(|told| fragment(told)).collect(),
        keeping: lines(&proposal.kept.commands),
        cautions: proposal.cautions.iter().map(|told| fragment(told)).collect(),
    }
}

fn left(left: &Left) -> String {
    format!("{} to {}: {}", ranges(&left.ranges), words::ports(&left.ports), fragment(&left.why))
}

fn ranges(ranges: &[ipnet::IpNet]) -> String {
    let names: Vec<String> = ranges.iter().map(words::prefix).collect();
    if names.len() > 4 {
        super::ranges_of(names.len())
    } else {
        crate::report::words::units::list(&names)
    }
}

/// As it stands behind a label: harmless, without its stop.
fn fragment(told: &str) -> String {
    words::told(told.trim().trim_end_matches('.'))
}

fn headline(proposals: &Proposals) -> String {
    let (before, after, all) =
        (open(&proposals.before), open(&proposals.after), ranges_in(&proposals.before));
    if proposals.list.is_empty() {
        let whole = before == all && all > 0;
        return match (whole, proposals.left.is_empty()) {
            (true, _) => "There is nothing to mend.".to_owned(),
            (false, _) => "Nothing can be proposed that is proven to mend it.".to_owned(),
        };
    }
    let let_in = if proposals.list.len() == 1 { "change lets" } else { "changes let" };
    let besides = if proposals.newly_accepted.is_empty() {
        "nobody else comes in with them"
    } else {
        "some others come in with them"
    };
    let whom = if after == all {
        format!("all {}", super::ranges_of(all))
    } else {
        format!("{after} of {}", super::ranges_of(all))
    };
    format!(
        "{} {let_in} in {whom}, {before} of which are let in now; {besides}.",
        proposals.list.len()
    )
}

/// How many ranges are let in on every port.
pub(super) fn open(rulings: &Rulings) -> usize {
    let mut shut: Vec<_> = Vec::new();
    let mut all: Vec<_> = Vec::new();
    for ruling in &rulings.rulings {
        all.push(ruling.range);
        if ruling.pieces.iter().any(|piece| Fate::of(piece.outcome) > Fate::Limited) {
            shut.push(ruling.range);
        }
    }
    for list in [&mut shut, &mut all] {
        list.sort();
        list.dedup();
    }
    all.len() - shut.len()
}

pub(super) fn ranges_in(rulings: &Rulings) -> usize {
    let mut all: Vec<_> = rulings.rulings.iter().map(|ruling| ruling.range).collect();
    all.sort();
    all.dedup();
    all.len()
}
