//! What this machine's packet filter and routes do with connections from Cloudflare's addresses.
//!
//! # What it asks
//! The tools that manage them (`nft`, `iptables-save`, `ipset`, `ip`): every table, chain and set, every
//! route and routing rule. No packet is sent: all of Cloudflare's addresses are led through what the
//! tools tell, as the kernel would lead them, at the ports that the edge may ask this site at.
//!
//! # What it touches
//! Nothing: rules are listed, and no table that is not there comes to be by asking.
//!
//! # What the answers mean
//! What is kept out here gets error 522 or 521 at the edge, whether a visit of this sitting met it or
//! not. What depends on something that nobody can evaluate is told as unknown. A firewall outside this
//! machine is not seen. Rules are root's to read.
//!
//! # Sources
//! - nft(8), iptables-save(8), ipset(8), ip-route(8), ip-rule(8)
use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen, WhyNot};
use rayfix_core::firewall::{Asked, Firewall, Got, Input, Snapshot};
use tokio::time::timeout_at;

use super::{Asking, Probe, Turn};
use crate::host::firewall::look;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "nothing",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

/// How long the tools may take; sets of a hundred thousand elements take seconds to list.
const LISTING: Duration = Duration::from_secs(8);

/// How much longer it may take to rule on what they told.
const RULING: Duration = Duration::from_secs(4);

/// The ports that the edge asks an origin at where nobody told of others.
const USUAL: [u16; 2] = [80, 443];

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let question = Question::Host(HostQuestion::Firewall);
    if !host.place.root {
        let why = WhyNot::NeedsRoot;
        sitting.not_asked("host_firewall", question, why);
        return;
    }
    let Some(asked) = sitting.begin("host_firewall", question) else { return };
    let snapshot = look(sitting.left(LISTING)).await;
    let answer = match unlisted(&snapshot) {
        Some(why) => HostAnswer::Failed { why },
        None => {
            let wanted = wanted(&sitting);
            let rule = move || Firewall::read(&snapshot).seen(&wanted);
            let ruling = tokio::task::spawn_blocking(rule);
            match timeout_at(sitting.by(RULING), ruling).await {
                Ok(Ok(seen)) => HostAnswer::Firewall(Box::new(seen)),
                _ => HostAnswer::Failed { why: "its rules took too long to evaluate".to_owned() },
            }
        }
    };
    asked.end(Answer::Got(Seen::Host(answer)));
}

/// What the edge may ask: from every range, at the ports of all roads.
fn wanted(sitting: &Sitting) -> Asked {
    let target = &sitting.target;
    let mut ports: Vec<u16> = target.roads().iter().map(|road| road.to.port()).collect();
    if ports.is_empty() {
        ports.extend(USUAL);
    }
    ports.sort_unstable();
    ports.dedup();
    Asked { ranges: target.ranges.prefixes().to_vec(), ports, to: None, interface: None }
}

/// Why there is nothing to rule on: no tool listed any rules, and one should have.
fn unlisted(snapshot: &Snapshot) -> Option<String> {
    let rules = [
        Input::NftJson,
        Input::Iptables,
        Input::Ip6tables,
        Input::IptablesLegacy,
        Input::Ip6tablesLegacy,
    ];
    if rules.iter().any(|input| snapshot.text(*input).is_some()) {
        return None;
    }
    rules.iter().find_map(|input| match snapshot.inputs.get(input) {
        Some(Got::Missing(why)) => Some(why.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use rayfix_core::target::{Site, Target};

    use super::*;
    use crate::setup::Setup;

    #[test]
    fn the_ports_of_all_roads_are_asked_about() {
        let ports = |origins: &[&str]| {
            let mut target = Target::new(Site::parse("shop.example").unwrap());
            target.origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
            wanted(&Sitting::new(target, Setup::default())).ports
        };
        assert_eq!(ports(&[]), [80, 443]);
        assert_eq!(ports(&["203.0.113.7"]), [80, 443]);
        assert_eq!(ports(&["203.0.113.7:8443", "203.0.113.7:8443"]), [8443]);
    }

    #[test]
    fn rules_that_no_tool_told_are_not_taken_for_none() {
        let only_root = || Got::Missing("only root may list the rules".to_owned());
        let mut snapshot = Snapshot::default();
        snapshot.inputs.insert(Input::NftJson, only_root());
        snapshot.inputs.insert(Input::Iptables, Got::Absent);
        assert_eq!(unlisted(&snapshot).as_deref(), Some("only root may list the rules"));
        assert_eq!(unlisted(&snapshot.with(Input::Iptables, "")), None);
        let mut none = Snapshot::default();
        none.inputs.insert(Input::NftJson, Got::Absent);
        assert_eq!(unlisted(&none), None);
    }
}
