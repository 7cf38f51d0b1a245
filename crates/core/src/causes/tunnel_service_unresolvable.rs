//! The name of the tunnel's service leads nowhere.
//!
//! # What you see
//! 502 Bad Gateway: cloudflared answers for its service with an empty 502, over which Cloudflare
//! lays its own page.
//!
//! # What is wrong
//! The rule of the tunnel that answers for the site names a host that this machine cannot look up:
//! it is mistyped, the container that bore it is gone, or its resolver does not know it.
//!
//! # How we know
//! The name is looked up from this machine, as cloudflared does, while the connector holds its
//! connections to Cloudflare: certain. cloudflared in a container asks another resolver; its log
//! then tells: likely.
//!
//! # What to do
//! `getent hosts app` asks the same for the name `app`. Mend the name in the rule, or start the container that bears
//! it. In a network of containers, names are known only to containers of the same network.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with forty services that fail, HTTP/2 and QUIC, 2026-11-22
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::service::{self, Failure};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C307",
    hop: Hop::Tunnel,
    title: "the name of the tunnel's service leads nowhere",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    service::judge(scene, Failure::Unresolvable)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::UpstreamAnswer;
    use crate::scene::host::stage::{Stage, refuses};
    use crate::scene::sample::{Sitting, check, page};

    fn stage() -> Stage {
        let nameless = UpstreamAnswer::Nameless { why: "the name does not exist".to_owned() };
        Stage::connected().leads_to("http://app:8000").service(nameless)
    }

    #[test]
    fn is_certain_when_the_name_leads_nowhere() {
        check(&UNIT, stage().sitting(), "blames, certain");
    }

    #[test]
    fn leaves_a_refusal_to_its_own_cause() {
        check(&UNIT, Stage::connected().service(refuses()).sitting(), "clears");
    }

    #[test]
    fn is_likely_where_only_its_rules_tell_that_this_machine_is_the_origin() {
        check(&UNIT, stage().found_by_its_rules().sitting(), "blames, likely");
    }

    #[test]
    fn clears_the_service_when_it_answers_or_the_site_is_served() {
        check(&UNIT, Stage::connected().sitting(), "clears");
        check(&UNIT, stage().served().sitting(), "clears");
    }

    #[test]
    fn a_tunnel_is_not_in_between_where_the_edge_speaks_of_an_address() {
        check(&UNIT, stage().gets(521).sitting(), "clears");
    }

    #[test]
    fn cannot_tell_from_outside() {
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, Sitting::new().visits(502, page(502)), says);
    }
}
