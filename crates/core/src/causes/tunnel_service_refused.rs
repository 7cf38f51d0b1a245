//! Nothing takes the connections that the tunnel makes to its service.
//!
//! # What you see
//! 502 Bad Gateway: cloudflared answers for its service with an empty 502, over which Cloudflare
//! lays its own page.
//!
//! # What is wrong
//! The rule of the tunnel that answers for the site leads to an address or a Unix socket where
//! nobody listens, or to a socket that cloudflared may not open. The service has stopped, listens
//! elsewhere, or the rule names another port.
//!
//! # How we know
//! The service is asked from this machine as cloudflared asks it, and refuses, while the connector
//! holds its connections to Cloudflare: certain. Lines of its log from these very seconds, where we
//! are answered: likely, for it comes and goes. From outside, the account shows at most that the site
//! comes through a tunnel whose connector is connected, and where its rule leads: possible, for an app
//! that answers 502 by itself looks the same there, also in what the edge counts: both are the tunnel's
//! reply. A look into the connector's machine tells the two apart, and the report asks for it.
//!
//! # What to do
//! Look who listens: `ss -ltnp`, for a Unix socket `ss -lxp`. Start the service that should, or
//! write its address into the rule (the report names file and line, or the dashboard keeps it).
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with forty services that fail, HTTP/2 and QUIC, 2026-11-22
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::service::{self, Failure};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C306",
    hop: Hop::Tunnel,
    title: "nothing takes the connections that the tunnel makes to its service",
    fixes: &["tunnel-set-service"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    service::judge(scene, Failure::Refused)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, TunnelConfiguration};
    use crate::evidence::host::UpstreamAnswer;
    use crate::scene::host::stage::{Stage, refuses};
    use crate::scene::sample::{Sitting, TUNNEL, bare_page, check, page};

    fn stage() -> Stage {
        Stage::connected().service(refuses())
    }

    #[test]
    fn is_certain_when_the_service_refuses_and_the_connector_is_connected() {
        check(&UNIT, stage().sitting(), "blames, certain");
        let missing = UpstreamAnswer::SocketMissing { up_to: "/run".to_owned() };
        let unix = Stage::connected().leads_to("unix:/run/shop.sock").service(missing);
        check(&UNIT, unix.sitting(), "blames, certain");
    }

    #[test]
    fn finding_5_lines_of_these_seconds_make_it_likely_without_a_ray() {
        let now = "2026-11-20T12:00:00Z ERR  error=\"Unable to reach the origin service. The service \
            may be down or it may not be responding to traffic from cloudflared: dial tcp \
            127.0.0.1:8000: connect: connection refused\" connIndex=1 event=1 ingressRule=0 \
            originService=http://127.0.0.1:8000";
        check(&UNIT, Stage::connected().says(now).sitting(), "blames, likely");
        let old = now.replace("T12:00:00", "T11:58:00");
        check(&UNIT, Stage::connected().says(&old).sitting(), "clears");
    }

    #[test]
    fn leaves_other_failures_to_their_causes() {
        let nameless = UpstreamAnswer::Nameless { why: "the name does not exist".to_owned() };
        check(&UNIT, Stage::connected().service(nameless).sitting(), "clears");
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
    fn is_possible_from_outside_where_the_account_shows_a_tunnel_that_is_connected() {
        let gets = |status| Sitting::new().visits(status, page(status));
        check(&UNIT, gets(502).tunnelled("healthy"), "blames, possible");
        check(&UNIT, gets(502).tunnelled("down"), "cannot tell");
        check(&UNIT, gets(504).tunnelled("healthy"), "cannot tell");
        check(&UNIT, gets(502).records(&["A 203.0.113.7"]), "cannot tell");
        let own = Sitting::new().visits(502, bare_page(502));
        check(&UNIT, own.tunnelled("healthy"), "cannot tell");
    }

    #[test]
    fn from_outside_a_rule_by_which_cloudflared_answers_itself_is_no_service() {
        let leads_to = |service: &str| {
            let question = AccountQuestion::TunnelConfiguration { tunnel: TUNNEL.to_owned() };
            let rules = serde_json::json!({"ingress": [{"service": service}]});
            let configuration = TunnelConfiguration {
                config: serde_json::from_value(rules).ok(),
                ..TunnelConfiguration::default()
            };
            let told = AccountAnswer::TunnelConfiguration { configuration };
            Sitting::new().visits(502, page(502)).tunnelled("healthy").account(question, told)
        };
        check(&UNIT, leads_to("http://localhost:8001"), "blames, possible");
        check(&UNIT, leads_to("http_status:502"), "cannot tell");
    }

    #[test]
    fn cannot_tell_from_outside() {
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, Sitting::new().visits(502, page(502)), says);
    }
}
