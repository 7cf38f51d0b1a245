//! The origin's packet filter drops the web server's own answers.
//!
//! # What you see
//! Error 522. On the origin the web server runs and listens; `tcpdump` shows connections that come in,
//! again and again, and nothing that goes out.
//!
//! # What is wrong
//! What comes in is accepted, and what goes out is dropped: a policy of the chain OUTPUT without a rule
//! for answers, a ban that works in both directions (csf's `DENYOUT`), or a rule for the port of the
//! wrong side. The first packet of a connection comes in, its answer never leaves.
//!
//! # How we know
//! Looked into as root, the origin tells its rules, and a connection's three packets are sent through
//! them from every address of every range: the first comes in, and the answer ends at a rule or a policy
//! of the way out. It is certain where the answers to all ranges end so, somebody listens, and visits end
//! as they then must; for a part, likely.
//!
//! # What to do
//! Let answers out: in nft, `ct state established,related accept` first in the output chain; in
//! iptables, `iptables -I OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`, and the same with
//! `ip6tables`. In csf, take the address out of `/etc/csf/csf.deny`.
//!
//! # Sources
//! - nft(8), iptables(8), iptables-extensions(8); csf's readme
//! - Cloudflare docs, page error-522, read 2026-07
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::firewall::{Aim, judge as judge_rules};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C411",
    hop: Hop::Net,
    title: "the origin's packet filter drops the web server's own answers",
    fixes: &["net-allow-cloudflare-ranges"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    judge_rules(scene, Aim::Replies).explaining(&[
        "net-firewall-blocks-cloudflare",
        "net-one-family-closed",
        "net-origin-silent",
    ])
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::host::firewall_sample::{Filter, OUT};
    use crate::scene::sample::{Sitting, check, page};

    fn failing() -> Sitting {
        Sitting::filtered().visits(522, page(522))
    }

    #[test]
    fn is_certain_where_no_answer_leaves_and_somebody_listens() {
        check(&UNIT, failing().filter(Filter::open().keeps_answers(443)), "blames, certain");
        let both = Filter::open().keeps_answers(443).keeps_answers(80);
        check(&UNIT, failing().filter(both), "blames, certain");
    }

    #[test]
    fn is_likely_where_the_edge_is_vague_or_nobody_is_behind_it() {
        let kept = || Filter::open().keeps_answers(443);
        check(&UNIT, Sitting::filtered().visits(502, page(502)).filter(kept()), "blames, likely");
        let nobody = Sitting::filtered_without_listener().visits(522, page(522));
        check(&UNIT, nobody.filter(kept()), "blames, likely");
    }

    #[test]
    fn clears_a_filter_that_lets_answers_out() {
        check(&UNIT, failing().filter(Filter::open()), "clears");
        let served = Sitting::filtered().served().filter(Filter::open().keeps_answers(443));
        check(&UNIT, served, "clears");
    }

    #[test]
    fn leaves_what_does_not_come_in_at_all_to_the_firewall() {
        check(&UNIT, failing().filter(Filter::open().shuts(443)), "clears");
        check(&UNIT, failing().filter(Filter::open().loses_the_way(443, "")), "clears");
    }

    #[test]
    fn cannot_tell_from_outside() {
        check(&UNIT, Sitting::healthy_origin().visits(522, page(522)), OUT);
        check(&UNIT, failing().filter(Filter::open().unknown(443)), "cannot tell");
    }
}
