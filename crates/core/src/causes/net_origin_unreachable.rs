//! No route leads to the origin's address.
//!
//! # What you see
//! Error 523 "Origin is unreachable". curl straight to the origin says `No route to host` or
//! `Network is unreachable`.
//!
//! # What is wrong
//! Some router on the way knows no way to the address: the machine is off the network, its provider
//! no longer announces the address, or the address is not its own any more. On AWS, a route of the
//! VPC for `172.0.0.0/8` or the like swallows the answers to Cloudflare's `172.64.0.0/13`; then the
//! origin works for everybody but Cloudflare.
//!
//! # How we know
//! The edge says 523, and a connection from here is turned away as unreachable too, while something
//! else answers us over the same family of addresses: two places get the same answer. From our side
//! alone it is possible only, since it may be this machine that has no way there. If the edge says
//! 523 and the origin answers us, a route back to Cloudflare may be missing, or the record holds
//! another address; then it is possible.
//!
//! # What to do
//! Compare the A and AAAA records of the name with `ip -brief address` on the origin, and follow the
//! way from elsewhere: `mtr -n ORIGIN_IP`. If it ends at the provider's, ask the provider.
//!
//! On AWS, give the VPC's route table a route for `172.64.0.0/13` to the internet gateway.
//!
//! # Sources
//! - Cloudflare docs, page error-523, read 2026-07
//! - RFC 792 (destination unreachable)
use super::{Cause, Confidence, Verdict};
use crate::evidence::TcpAnswer;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::{accepted, answers_in_family, connection};
use crate::scene::suspect::deduped;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C402",
    hop: Hop::Net,
    title: "no route leads to the origin's address",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = connection(scene, 523, |answer| matches!(answer, TcpAnswer::Unreachable { .. }));
    let named = !scene.visits.direct && scene.symptom.status == Some(523);
    match verdict {
        Verdict::Blames(_) if !named => verdict.at_most(Confidence::Possible),
        Verdict::Blames(_) if !we_have_a_way(scene) => verdict.at_most(Confidence::Likely),
        Verdict::Clears { because } if named => {
            let used = scene.used_roads();
            let ours = used.iter().filter_map(|(road, modes)| accepted(road, *modes.first()?));
            let ours: Vec<_> = deduped(ours.collect());
            if ours.is_empty() {
                return Verdict::Clears { because };
            }
            Verdict::blames(Confidence::Possible, scene.visits.bad_ids()).contrasting(ours)
        }
        verdict => verdict,
    }
}

/// Whether something answered us over the families of all unreachable roads.
fn we_have_a_way(scene: &Scene<'_>) -> bool {
    scene
        .used_roads()
        .iter()
        .filter(|(road, _)| matches!(road.tcp_answer(), Some(TcpAnswer::Unreachable { .. })))
        .all(|(road, _)| answers_in_family(scene, road.road.to.is_ipv4()))
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::{TcpAnswer, VisitAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, check, page};
    use crate::target::SslMode;

    fn unreachable() -> TcpAnswer {
        TcpAnswer::Unreachable { errno: 113 }
    }

    fn cut_off() -> Sitting {
        Sitting::new().mode(SslMode::Strict).tcp(unreachable()).unreached(Hop::Net)
    }

    #[test]
    fn is_certain_when_edge_and_we_find_no_route_and_the_network_works_here() {
        check(&UNIT, cut_off().visits(523, page(523)), "blames, certain");
    }

    #[test]
    fn is_likely_when_this_machine_may_lack_the_family() {
        let six = Sitting::new().mode(SslMode::Strict).no_origin().origin("2001:db8::7");
        let six = six.tcp(unreachable()).unreached(Hop::Net).visits(523, page(523));
        check(&UNIT, six, "blames, likely");
        check(&UNIT, Sitting::new().no_origin().visits(523, page(523)), "blames, likely");
    }

    #[test]
    fn is_only_possible_when_one_side_alone_finds_no_route() {
        check(&UNIT, cut_off().visits(502, page(502)), "blames, possible");
        check(&UNIT, Sitting::healthy_origin().visits(523, page(523)), "blames, possible");
        let straight = VisitAnswer::Nothing { tcp: unreachable() };
        check(&UNIT, cut_off().trace(false).visit_straight(straight), "blames, possible");
    }

    #[test]
    fn clears_the_route_when_visits_are_served_or_the_origin_accepts() {
        check(&UNIT, cut_off().served(), "clears");
        check(&UNIT, Sitting::healthy_origin().visits(526, page(526)), "clears");
    }

    #[test]
    fn leaves_a_refusal_and_another_status_to_their_own_causes() {
        let need = "cannot tell: mend what breaks at net first";
        check(&UNIT, cut_off().visits(521, page(521)), need);
        let refused = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused);
        check(&UNIT, refused.unreached(Hop::Net).visits(521, page(521)), "cannot tell");
    }

    #[test]
    fn cannot_tell_when_nothing_was_asked() {
        let need = "cannot tell: a visit through the edge: none was possible from here";
        check(&UNIT, Sitting::new().no_origin(), need);
        let need = "cannot tell: the origin's address: --origin ADDR";
        check(&UNIT, Sitting::new().no_origin().visits(502, page(502)), need);
    }
}
