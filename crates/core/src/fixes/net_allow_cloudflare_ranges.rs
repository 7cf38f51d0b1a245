//! Lets Cloudflare's ranges in, in the language of whoever manages this host's packet filter.
//!
//! # What it changes
//! The smallest change to the rules after which every range of Cloudflare's is accepted, both families, on the
//! ports that the edge uses; placed before the rule that blocks. Nothing else is opened. Where nft or iptables loads
//! its rules from a file at the start, and the file holds the very rule before which ours comes, the same lines are put
//! into the file.
//!
//! # What could go wrong
//! A change of a packet filter can cut off whoever is logged in from afar. Sessions that are open are looked up
//! in the planned rules first, and the plan is refused if one would be cut off; before the first step a switch is
//! armed that takes the change back by itself, unless the proof comes in time.
//!
//! # How we check
//! The rules with the change in them are evaluated for every address of every range; then three visits in a row
//! through the edge and one straight to the origin are served.
//!
//! # By hand
//! `rayfix firewall --propose` prints the commands, and those that take them back.
use std::collections::BTreeSet;

use super::{Fix, Materials, Session, Wants, common, kept_rules, words};
use crate::diagnosis::Finding;
use crate::firewall::propose::{Command, Proposal, Within, propose};
use crate::firewall::{Asked, Firewall, Outcome, Ruling};
use crate::plan::{Action, Call, Plan, Promise, Safety, Step};
use crate::scene::Scene;
use crate::scene::host::OnHost;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &[
        "net-firewall-blocks-cloudflare",
        "net-one-family-closed",
        "net-replies-dropped",
        "net-route-missing",
    ],
    wants: |_, _| Wants { files: kept_rules::wants(), firewall: true, ..Wants::default() },
    plan: |finding, scene, seen| planned("net-allow-cloudflare-ranges", finding, scene, seen),
};

/// A plan made of what the evaluation of the rules proposes.
pub(super) fn planned(
    fix: &str,
    finding: &Finding,
    scene: &Scene<'_>,
    seen: &Materials,
) -> Result<Plan, String> {
    let snapshot = seen.firewall.as_ref().ok_or("The packet filter could not be read.")?;
    let firewall = Firewall::read(snapshot);
    let asked = Asked {
        ranges: scene.target.ranges.prefixes().to_vec(),
        ports: ports(finding),
        interface: None,
        to: None,
    };
    let proposals = propose(&firewall, snapshot, &asked);
    if proposals.list.is_empty() {
        let why = proposals.left.first().map(|left| left.why.clone());
        return Err(
            why.unwrap_or_else(|| "No rule keeps a range of Cloudflare's out now.".to_owned())
        );
    }
    let mut with_it = firewall.clone();
    let mut steps = Vec::new();
    let mut cautions = Vec::new();
    for proposal in &proposals.list {
        if !proposal.edits.iter().all(|edit| edit.apply(&mut with_it)) {
            return Err("The change could not be tried on the rules in memory.".to_owned());
        }
        steps.push(of_proposal(proposal)?);
        cautions.extend(proposal.cautions.iter().cloned());
    }
    match kept_rules::steps(&proposals.list, &firewall, snapshot, seen) {
        Some(kept) => steps.extend(kept),
        None => {
            let open = proposals.list.iter().filter(|one| !one.kept.by_itself);
            cautions.extend(open.flat_map(|one| one.kept.how.iter().cloned()));
        }
    }
    let by_itself = proposals.list.iter().filter(|one| one.kept.by_itself);
    cautions.extend(by_itself.flat_map(|one| one.kept.how.iter().cloned()));
    for session in &seen.sessions {
        let (was, is) = (fares(session, &firewall), fares(session, &with_it));
        if stays(was, is) {
            continue;
        }
        let whose = format!("the session from {} to port {}", session.from, session.port);
        let (would, does) = match is {
            None | Some(Outcome::Unknown) => ("It may cut off", "It may cut off"),
            _ => ("It would cut off", "It cuts off"),
        };
        if !seen.even_if_cut_off {
            return Err(format!(
                "{would} {whose}. End that session, or let it be cut off and taken back in time: \
                 --even-if-cut-off --confirm-within 60."
            ));
        }
        cautions.push(format!("{does} {whose}."));
    }
    for left in &proposals.left {
        cautions.push(left.why.clone());
    }
    let ports = asked.ports.clone();
    let mut plan = common::plan(
        fix,
        finding,
        scene,
        format!("Let Cloudflare's ranges in on {}.", list(&ports)),
        steps,
    );
    // What a look into the origin asks of its rules, and what holds with the change.
    let asked_then = scene.host.as_ref().and_then(OnHost::firewall).map(|(_, seen)| seen);
    let then = with_it.seen(&asked);
    let shows = |port: &u16| {
        asked_then
            .is_some_and(|seen| [false, true].iter().any(|v6| seen.passage(*port, *v6).is_some()))
            && then.lets_in(*port)
    };
    let ports: Vec<u16> = ports.into_iter().filter(shows).collect();
    if !ports.is_empty() {
        plan.promises.push(Promise::RangesAccepted { ports });
    }
    // Both families say much the same.
    let mut said = BTreeSet::new();
    cautions.retain(|caution| said.insert(caution.clone()));
    plan.cautions = cautions;
    Ok(plan)
}

/// What becomes of a session's packets by these rules; `None`: of some this, of others that.
fn fares(session: &Session, firewall: &Firewall) -> Option<Outcome> {
    let one = Asked {
        ranges: vec![session.from.into()],
        ports: vec![session.port],
        interface: None,
        to: Some(session.to),
    };
    firewall.rule(&one).rulings.first().and_then(Ruling::outcome)
}

/// Whether a session that stands fares no worse than before. One that is below a limit, or that stands although a new
/// one would be kept out, stays so; what cannot be told is not fine.
fn stays(was: Option<Outcome>, is: Option<Outcome>) -> bool {
    match is {
        Some(Outcome::Accepted) => true,
        None | Some(Outcome::Unknown) => false,
        is => was == is,
    }
}

fn ports(finding: &Finding) -> Vec<u16> {
    let named = finding.detail.get("ports").and_then(|ports| ports.as_array());
    let numbers = named.into_iter().flatten().filter_map(|port| port.as_u64()?.try_into().ok());
    let ports: BTreeSet<u16> = numbers.collect();
    if ports.is_empty() { vec![80, 443] } else { ports.into_iter().collect() }
}

fn list(ports: &[u16]) -> String {
    let words: Vec<String> = ports.iter().map(u16::to_string).collect();
    match words.as_slice() {
        [one] => format!("port {one}"),
        many => format!("ports {}", many.join(" and ")),
    }
}

/// One step for a proposal: its commands are one act, and so is what takes them back.
fn of_proposal(proposal: &Proposal) -> Result<Step, String> {
    let read = |command: &Command| match command.within {
        Within::Shell => words::call(&command.text),
        Within::File(_) => None,
    };
    let all = |commands: &[Command]| -> Option<Vec<Call>> { commands.iter().map(read).collect() };
    let (Some(does), Some(undo)) = (all(&proposal.commands), all(&proposal.undo)) else {
        return Err(
            "Its commands are for a shell; `rayfix firewall --propose` prints them.".to_owned()
        );
    };
    // Call by call ufw reads, writes and loads its whole list each time.
    let all_at_once = super::ufw::at_once(&does);
    let by_hand: Vec<String> = match all_at_once {
        Some(_) => proposal.commands.iter().map(|command| command.text.clone()).collect(),
        None => Vec::new(),
    };
    let (does, undo) = all_at_once.unwrap_or((does, undo));
    let phrases: Vec<&str> =
        proposal.adds.iter().chain(&proposal.removes).map(String::as_str).collect();
    Ok(Step {
        action: Action::Filter { does, undo },
        why: proposal.why.clone(),
        safety: Safety::Unattended,
        blast: format!("What changes: {}.", phrases.join("; ")),
        by_hand,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firewall::Input;
    use crate::fixes::kept_rules::tests::host;

    #[test]
    fn a_session_below_a_limit_is_not_cut_off_and_what_cannot_be_told_is_not_fine() {
        let session =
            Session { from: [198, 51, 100, 7].into(), to: [203, 0, 113, 10].into(), port: 22 };
        let by = |rule: &str| {
            let rules = format!(
                "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n{rule}COMMIT\n"
            );
            fares(&session, &Firewall::read(&host().with(Input::IptablesLegacy, &rules)))
        };
        let accepted = by("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n");
        let limited = by("-A INPUT -p tcp -m tcp --dport 22 -m limit --limit 3/min -j ACCEPT\n");
        let unknown = by("-A INPUT -p tcp -m tcp --dport 22 -m moon --phase full -j ACCEPT\n");
        let dropped = by("");
        assert_eq!((accepted, limited), (Some(Outcome::Accepted), Some(Outcome::Limited)));
        assert_eq!(unknown, Some(Outcome::Unknown));
        assert!(matches!(dropped, Some(Outcome::Dropped(_))));
        for (was, is) in [(limited, dropped), (unknown, dropped), (accepted, limited)] {
            assert!(!stays(was, is), "{was:?} {is:?}");
        }
        assert!(!stays(accepted, unknown) && !stays(unknown, unknown));
        assert!(stays(limited, limited) && stays(dropped, dropped) && stays(limited, accepted));
    }
}
