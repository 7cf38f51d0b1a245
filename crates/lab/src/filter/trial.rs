//! A ruleset on trial: looked at, ruled on, tried with packets, and the two held against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;

use rayfix_core::firewall::{Firewall, Rulings, Snapshot};

use super::case::Case;
use super::chance::Chance;
use super::choice;
use super::compare::{Agreement, asked, compare, deciders};
use super::fate::{Fate, Probe};
use super::stage::Stage;
use crate::real::Trouble;

/// So many of the same kind are told.
const TOLD: usize = 6;

/// How a trial went.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Connections tried.
    pub tried: usize,
    /// Of these rayfix could not tell how they fare.
    pub untold: usize,
    /// Whatever is not as it should be, a line each; empty: all is well.
    pub wrong: Vec<String>,
}

/// A ruleset, what rayfix says of it, and what the kernel did.
#[derive(Debug)]
pub struct Tried {
    /// What the tools said.
    pub snapshot: Snapshot,
    /// What rayfix reads from it.
    pub firewall: Firewall,
    /// What it says.
    pub rulings: Rulings,
    /// What the kernel did.
    pub fates: Vec<(Probe, Fate)>,
}

/// Tries what is loaded on a stage from these addresses, and from those at the boundaries that rayfix sees.
///
/// # Errors
/// When the stage fails.
pub fn attempt(
    stage: &mut Stage,
    ports: &[u16],
    chance: &mut Chance,
    mut from: BTreeSet<IpAddr>,
) -> Result<Tried, Trouble> {
    let snapshot = stage.snapshot()?;
    let firewall = Firewall::read(&snapshot);
    let rulings = firewall.rule(&asked(ports));
    from.extend(choice::boundaries(chance, &rulings));
    let probe = |port: u16| move |from: IpAddr| Probe { from, to: Stage::address(from), port };
    let probes: Vec<Probe> =
        ports.iter().flat_map(|port| from.iter().copied().map(probe(*port))).collect();
    let fates = stage.probe(&probes)?;
    Ok(Tried { snapshot, firewall, rulings, fates: probes.into_iter().zip(fates).collect() })
}

impl Tried {
    fn compared(&self, probe: &Probe, fate: Fate) -> Agreement {
        let nobody = self.firewall.surroundings.listens(probe.to, probe.port) == Some(false);
        compare(&self.rulings, nobody, probe, fate)
    }

    /// Every connection of which rayfix and the kernel say different things, alike ones together.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let mut alike: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (probe, fate) in &self.fates {
            let agreement = self.compared(probe, *fate);
            if matches!(agreement, Agreement::Agrees | Agreement::Untold) {
                continue;
            }
            let pieces = super::compare::pieces(&self.rulings, probe);
            let said: BTreeSet<String> =
                pieces.iter().map(|piece| format!("{:?}", piece.outcome)).collect();
            let by = deciders(&self.rulings, probe).join(" and ");
            let what = format!("the kernel: {fate:?}; rayfix: {said:?} by {by}");
            alike.entry(what).or_default().push(format!("{} port {}", probe.from, probe.port));
        }
        alike.into_iter().map(|(what, who)| format!("{what}: {}", some(&who))).collect()
    }

    /// Of how many rayfix cannot tell.
    #[must_use]
    pub fn untold(&self) -> Vec<Probe> {
        let untold = |(probe, fate): &(Probe, Fate)| {
            (self.compared(probe, *fate) == Agreement::Untold).then_some(*probe)
        };
        self.fates.iter().filter_map(untold).collect()
    }
}

/// Raises a stage for a case and tries it.
///
/// # Errors
/// When the stage fails, or the script does.
pub fn case(case: &Case) -> Result<Outcome, Trouble> {
    let mut stage = Stage::raise()?;
    let listen: Vec<&str> = case.listen.iter().map(String::as_str).collect();
    stage.listen(&listen)?;
    stage.load(&case.script)?;
    let mut chance = Chance::named(&case.name);
    let mut from = choice::usual(&mut chance, 2);
    for stated in case.kernel.iter().chain(&case.by) {
        if let super::case::Who::Prefix(prefix) = &stated.who {
            from.extend([
                prefix.network(),
                prefix.broadcast(),
                choice::within(&mut chance, prefix),
            ]);
        }
    }
    let tried = attempt(&mut stage, &case.ports, &mut chance, from)?;
    Ok(tried.judged(case))
}

impl Tried {
    fn judged(&self, case: &Case) -> Outcome {
        let mut wrong = Vec::new();
        for stated in &case.kernel {
            let first = |probe: &Probe| {
                let about = case.kernel.iter().find(|other| other.is_about(probe));
                about.is_some_and(|other| std::ptr::eq(other, stated))
            };
            let (mut number, mut others) = (0, Vec::new());
            for (probe, fate) in self.fates.iter().filter(|(probe, _)| first(probe)) {
                number += 1;
                if fate.word() != stated.what {
                    others.push(format!("{} port {} {fate:?}", probe.from, probe.port));
                }
            }
            if number == 0 {
                wrong.push(format!(
                    "`kernel: {}` is about no connection that was tried",
                    stated.line
                ));
            }
            if !others.is_empty() {
                wrong.push(format!("not `kernel: {}`: {}", stated.line, some(&others)));
            }
        }
        for stated in &case.by {
            let (mut number, mut others) = (0, Vec::new());
            for (probe, _) in self.fates.iter().filter(|(probe, _)| stated.is_about(probe)) {
                number += 1;
                let by = deciders(&self.rulings, probe);
                if !by.iter().any(|by| by.contains(&stated.what)) {
                    others.push(format!("{} port {} by {by:?}", probe.from, probe.port));
                }
            }
            if number == 0 {
                wrong.push(format!("`by: {}` is about no connection that was tried", stated.line));
            }
            if !others.is_empty() {
                wrong.push(format!("not `by: {}`: {}", stated.line, some(&others)));
            }
        }
        wrong.extend(self.differences());
        let untold = self.untold();
        if case.unknown_allowed.is_none() && !untold.is_empty() {
            let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for probe in &untold {
                let why = deciders(&self.rulings, probe).join(" and ");
                reasons.entry(why).or_default().push(format!("{} port {}", probe.from, probe.port));
            }
            for (why, who) in reasons {
                wrong.push(format!("rayfix cannot tell, for {why}: {}", some(&who)));
            }
        }
        if case.unknown_allowed.is_some() && untold.is_empty() {
            wrong.push("`unknown allowed:` is needed no more".to_owned());
        }
        Outcome { tried: self.fates.len(), untold: untold.len(), wrong }
    }
}

fn some(all: &[String]) -> String {
    let mut told = all[..all.len().min(TOLD)].join(", ");
    if all.len() > TOLD {
        let _ = write!(told, " and {} more", all.len() - TOLD);
    }
    told
}
