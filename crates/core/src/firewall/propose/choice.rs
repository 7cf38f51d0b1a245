//! Which changes may mend a want, the smallest first, and in whose language.

use super::bans;
use super::candidate::Candidate;
use super::edit::Edit;
use super::firewalld;
use super::insertion::{Spot, insertion, neighbours};
use super::routes;
use super::rule::{NewRule, Sort};
use super::sets::{additions, removal};
use super::ufw;
use super::want::Want;
use super::words::{chain_of, is_plain, name_of, short, some, table};
use crate::firewall::Firewall;
use crate::firewall::addresses::{Family, Numbers};
use crate::firewall::manager::{self, Manager};
use crate::firewall::model::{Hook, Verdict};
use crate::firewall::ruling::{Asked, Decider, Outcome};
use crate::firewall::snapshot::Snapshot;

/// All of them. `Err`: a sentence or two, why there is none and what to do.
pub(super) fn candidates(
    want: &Want,
    firewall: &Firewall,
    snapshot: &Snapshot,
    asked: &Asked,
    earlier: &[&Edit],
) -> Result<Vec<Candidate>, String> {
    if want.outcome == Outcome::Unknown {
        return Err(
            "It cannot be told from here what becomes of them, so no change can be proven to \
                    mend it."
                .to_owned(),
        );
    }
    let names = chain_of(&want.by).map(|at| [at.table.as_str(), at.chain.as_str()]);
    if names.is_some_and(|names| !names.iter().all(|name| is_plain(name))) {
        return Err(
            "The name of the table or chain bears signs that could mean something else in a \
                    command, so none is written."
                .to_owned(),
        );
    }
    let id = name_of(&format!("{:?}{:?}{:?}", want.by, want.ranges, want.ports));
    let owner = manager::owner(firewall, &want.by);
    let found = match &want.by {
        Decider::Route(_) | Decider::SourceCheck(_) => {
            routes::candidates(want, &id, firewall, snapshot)
        }
        Decider::Nobody { address, port, .. } => {
            return Err(format!(
                "A rule leads them to port {port} of {address}, where nobody accepts connections: start \
                 what should listen there."
            ));
        }
        Decider::Untold(what) => return Err(format!("It is not known: {what}.")),
        Decider::Neighbours(by) => {
            let spot = Spot::of(by, firewall).ok_or_else(unplaced)?;
            let owner = owner.unwrap_or_else(|| Manager::of_hands(spot.at.backend));
            refuse(owner)?;
            neighbours(owner, &spot, &id, snapshot).into_iter().collect()
        }
        Decider::Rule(_) | Decider::Queue(_) | Decider::Policy(_) => {
            let spot = Spot::of(&want.by, firewall).ok_or_else(unplaced)?;
            let owner = owner.unwrap_or_else(|| Manager::of_hands(spot.at.backend));
            refuse(owner)?;
            let mut found = of_owner(owner, want, &id, firewall, snapshot, asked, earlier)?;
            if may_insert(owner, &spot) {
                found.extend(insertions(owner, &spot, want, &id, snapshot));
            }
            found
        }
    };
    Ok(found)
}

fn unplaced() -> String {
    "The rule that decides was not found again in the rules as they were told.".to_owned()
}

fn refuse(owner: Manager) -> Result<(), String> {
    if owner == Manager::Kubernetes {
        return Err(
            "Kubernetes writes these rules anew all the time: change the NetworkPolicy or the \
                    Service that they are made from."
                .to_owned(),
        );
    }
    Ok(())
}

/// In the owner's own words.
fn of_owner(
    owner: Manager,
    want: &Want,
    id: &str,
    firewall: &Firewall,
    snapshot: &Snapshot,
    asked: &Asked,
    earlier: &[&Edit],
) -> Result<Vec<Candidate>, String> {
    let ranges = &asked.ranges;
    Ok(match owner {
        Manager::Ufw => {
            if ufw::shuts_ipv6(want, firewall) {
                return Err("ufw is set not to manage IPv6, and shuts it whole: set IPV6=yes in \
                            /etc/default/ufw, run `ufw reload`, and ask again."
                    .to_owned());
            }
            let mut found = Vec::new();
            found.extend(ufw::delete_deny(want, id, ranges, firewall, snapshot, earlier));
            found.extend(ufw::allow(want, id, firewall));
            found
        }
        Manager::Firewalld => firewalld::candidates(want, id, asked, firewall, snapshot),
        Manager::Fail2ban => {
            bans::fail2ban(want, id, ranges, firewall, snapshot).into_iter().collect()
        }
        Manager::Crowdsec => {
            bans::crowdsec(want, id, ranges, firewall, snapshot).into_iter().collect()
        }
        Manager::Csf => {
            let mut found = Vec::new();
            found.extend(bans::csf_allow(want, id, firewall));
            found.extend(bans::csf_deny(want, id, ranges, firewall));
            found
        }
        Manager::Docker | Manager::Kubernetes => Vec::new(),
        Manager::Nftables | Manager::Iptables | Manager::IptablesLegacy => {
            let mut found = Vec::new();
            found.extend(removal(owner, want, id, firewall, snapshot));
            found.extend(additions(owner, want, id, ranges, firewall, snapshot));
            found
        }
    })
}

/// Whether a rule put there by hand stays there: not among the rules of those who write theirs anew.
fn may_insert(owner: Manager, spot: &Spot<'_>) -> bool {
    match owner {
        Manager::Fail2ban | Manager::Crowdsec | Manager::Csf | Manager::Kubernetes => false,
        Manager::Firewalld => false,
        Manager::Docker => {
            spot.at.chain == "DOCKER-USER"
                || spot.at.hook == Hook::Forward && spot.before == spot.of
        }
        _ => true,
    }
}

/// One accept before what decides.
fn insertions(
    owner: Manager,
    spot: &Spot<'_>,
    want: &Want,
    id: &str,
    snapshot: &Snapshot,
) -> Vec<Candidate> {
    use Sort::{Answers, AnyAnswers, Original, OriginalAnswers, Plain};
    let sorts: &[Sort] = match (want.is_reply(), spot.at.hook) {
        (true, Hook::Forward | Hook::Prerouting) => &[OriginalAnswers, Answers, AnyAnswers],
        (true, _) => &[Answers, OriginalAnswers, AnyAnswers],
        // Behind a translation the port may be another one.
        (false, Hook::Forward) => &[Original, Plain, OriginalAnswers],
        (false, _) => &[Plain, Original],
    };
    let verdict = if spot.at.chain == "DOCKER-USER" { Verdict::Return } else { Verdict::Accept };
    let each = sorts.iter().filter_map(|sort| {
        let rule = NewRule {
            sort: *sort,
            ranges: want.by_chain.clone(),
            ports: want.by_chain_ports.clone(),
            verdict: verdict.clone(),
            id: id.to_owned(),
        };
        let mut made = insertion(owner, spot, &rule, snapshot)?;
        match owner {
            Manager::Ufw => {
                made.kept.how = vec![
                    "ufw writes these chains anew at each start: put the rule into /etc/ufw/before.rules \
                     (before6.rules for IPv6) as well."
                        .to_owned(),
                ];
                made.kept.commands.clear();
            }
            Manager::Docker => {
                made.kept.how = vec![
                    "Docker leaves DOCKER-USER alone but does not keep it over a start: run the command \
                     from a unit of its own, After=docker.service."
                        .to_owned(),
                ];
                made.kept.commands.clear();
            }
            _ => {}
        }
        Some(made)
    });
    each.collect()
}

/// Who is kept out, and how many names that is: whole ranges, or those parts of them that are.
fn whom(want: &Want) -> (String, usize) {
    let whole = Family::BOTH
        .iter()
        .all(|family| want.numbers(*family) == Numbers::from_prefixes(*family, &want.ranges));
    if whole {
        return (some(&want.ranges), want.ranges.len());
    }
    if want.pieces.len() <= 4 {
        let pieces: Vec<String> = want.pieces.iter().map(short).collect();
        return (some(&pieces), pieces.len());
    }
    (format!("parts of {}", some(&want.ranges)), 2)
}

/// What keeps them out, and what is done about it.
pub(super) fn why(want: &Want, candidate: &Candidate) -> String {
    let (whom, number) = whom(want);
    let verb = if number == 1 || want.is_reply() { "is" } else { "are" };
    let does = match want.outcome {
        Outcome::Rejected(_) => "refused",
        _ => "dropped",
    };
    let what = match &want.by {
        Decider::Rule(rule) => {
            let set = rule.set.as_ref().map(|set| format!(", set {set}")).unwrap_or_default();
            format!(
                "by rule {} of chain {} of {}{set}",
                rule.number,
                rule.at.chain,
                table(&rule.at)
            )
        }
        Decider::Queue(rule) => format!(
            "by rule {} of chain {} of {}, which leads to a queue that no program reads",
            rule.number,
            rule.at.chain,
            table(&rule.at)
        ),
        Decider::Policy(at) => format!("by the policy of chain {} of {}", at.chain, table(at)),
        Decider::Route(text) => format!("by the route or routing rule \"{text}\""),
        Decider::SourceCheck(interface) => format!("by the check of sources on {interface}"),
        Decider::Neighbours(_) => "since IPv6's search for neighbours is kept out".to_owned(),
        Decider::Nobody { .. } | Decider::Untold(_) => String::new(),
    };
    let answers = if want.is_reply() { "What this host answers to " } else { "" };
    format!("{answers}{whom} {verb} {does} {what}, {}.", candidate.remedy)
}
