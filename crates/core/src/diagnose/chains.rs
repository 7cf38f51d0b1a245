//! Findings in the order to act on: chains of causes, the deepest of each first.
//!
//! A cause that explains others stands before them. Chains stand by how sure the surest of their
//! causes is, then by the station nearest to the visitor. What is merely possible explains nothing.

use std::cmp::Reverse;

use crate::causes::Confidence;
use crate::diagnosis::Finding;

/// Puts findings in order and keeps of `leads_to` only what was found.
pub(super) fn order(mut findings: Vec<Finding>) -> Vec<Finding> {
    let names: Vec<String> = findings.iter().map(|finding| finding.cause.clone()).collect();
    for finding in &mut findings {
        let possible = finding.confidence == Confidence::Possible;
        let mut had: Vec<String> = Vec::new();
        finding.leads_to.retain(|name| {
            let counts =
                !possible && *name != finding.cause && names.contains(name) && !had.contains(name);
            had.push(name.clone());
            counts
        });
    }
    let all: Vec<Vec<usize>> = (0..findings.len()).map(|at| behind(&findings, at)).collect();
    // Those that explain each other, by whatever detour, stand on their own.
    let explained = |at: usize| {
        let by = |other: usize| all[other].contains(&at) && !all[at].contains(&other);
        (0..findings.len()).any(by)
    };
    let mut chains: Vec<Vec<usize>> =
        (0..findings.len()).filter(|at| !explained(*at)).map(|at| all[at].clone()).collect();
    chains.sort_by_key(|chain| {
        let surest = chain.iter().map(|at| findings[*at].confidence).max();
        (Reverse(surest), chain.iter().map(|at| findings[*at].hop).min())
    });
    let mut order: Vec<usize> = Vec::new();
    for at in chains.into_iter().flatten().chain(0..findings.len()) {
        if !order.contains(&at) {
            order.push(at);
        }
    }
    let mut findings: Vec<Option<Finding>> = findings.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| findings[at].take()).collect()
}

/// A finding and all that it explains, the deeper station first.
fn behind(findings: &[Finding], root: usize) -> Vec<usize> {
    let mut chain = vec![root];
    let mut next = 0;
    while next < chain.len() {
        for name in &findings[chain[next]].leads_to {
            let at = findings.iter().position(|finding| finding.cause == *name);
            chain.extend(at.filter(|at| !chain.contains(at)));
        }
        next += 1;
    }
    chain[1..].sort_by_key(|at| Reverse(findings[*at].hop));
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ReadingId;
    use crate::hop::Hop;

    fn finding(cause: &str, confidence: Confidence, leads_to: &[&str]) -> Finding {
        let word = cause.split('-').next().unwrap();
        Finding {
            cause: cause.to_owned(),
            code: "C000",
            title: "made up",
            hop: Hop::ALL.into_iter().find(|hop| hop.word() == word).unwrap(),
            confidence,
            because: vec![ReadingId(1)],
            contrast: Vec::new(),
            detail: serde_json::Map::new(),
            fixes: Vec::new(),
            leads_to: leads_to.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn check(findings: Vec<Finding>, expected: &str) {
        let names: Vec<String> = order(findings).into_iter().map(|one| one.cause).collect();
        assert_eq!(names.join(" "), expected);
    }

    use Confidence::{Certain, Likely, Possible};

    #[test]
    fn the_deepest_cause_that_explains_the_others_stands_first() {
        let proxy = || finding("proxy-refused", Certain, &["http-5xx"]);
        let http = || finding("http-5xx", Certain, &[]);
        let app = |sure| finding("app-stopped", sure, &["proxy-refused", "http-5xx"]);
        check(vec![http(), proxy(), app(Certain)], "app-stopped proxy-refused http-5xx");
        check(vec![http(), proxy(), app(Likely)], "app-stopped proxy-refused http-5xx");
        check(vec![http(), proxy(), app(Possible)], "proxy-refused http-5xx app-stopped");
    }

    #[test]
    fn of_two_that_have_nothing_to_do_with_each_other_the_surer_and_then_the_nearer_is_first() {
        let tls = |sure| finding("tls-expired", sure, &[]);
        let app = || finding("app-stopped", Certain, &["http-5xx", "net-nothing"]);
        let http = || finding("http-5xx", Likely, &[]);
        check(vec![tls(Certain), http(), app()], "tls-expired app-stopped http-5xx");
        check(vec![tls(Likely), http(), app()], "app-stopped http-5xx tls-expired");
    }

    #[test]
    fn what_a_cause_leads_to_is_told_once() {
        let app = finding("app-stopped", Certain, &["http-5xx", "proxy-refused", "http-5xx"]);
        let others =
            [finding("proxy-refused", Certain, &["http-5xx"]), finding("http-5xx", Likely, &[])];
        let all = order([vec![app], others.into()].concat());
        assert_eq!(all[0].leads_to, ["http-5xx", "proxy-refused"]);
    }

    #[test]
    fn several_that_explain_each_other_in_a_circle_stand_by_how_sure_they_are() {
        let one = finding("proxy-a", Likely, &["proxy-b"]);
        let other = finding("proxy-b", Likely, &["app-c"]);
        let third = finding("app-c", Likely, &["proxy-a"]);
        let sure = finding("host-d", Certain, &[]);
        check(vec![one, other, third, sure], "host-d proxy-a app-c proxy-b");
    }

    #[test]
    fn two_that_explain_each_other_are_both_told() {
        let one = finding("proxy-a", Certain, &["proxy-b"]);
        let other = finding("proxy-b", Certain, &["proxy-a"]);
        check(vec![one, other], "proxy-a proxy-b");
    }
}
