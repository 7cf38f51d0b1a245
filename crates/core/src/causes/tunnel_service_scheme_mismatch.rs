//! The tunnel and its service do not agree on http or https.
//!
//! # What you see
//! 502 where the rule says https and the service speaks http; 400 with the service's words `The
//! plain HTTP request was sent to HTTPS port` where it is the other way round.
//!
//! # What is wrong
//! The rule of the tunnel that answers for the site begins with `https://` and the port speaks
//! plain HTTP, or with `http://` and the port speaks TLS. The second is passed on as the service's
//! own reply, and is no error of the tunnel's.
//!
//! # How we know
//! The service is asked from this machine as cloudflared asks it, and answers in the other
//! protocol, while the connector holds its connections to Cloudflare: certain.
//!
//! # What to do
//! Write the other scheme into the rule. Towards the same machine, plain http to the app's own port
//! is enough.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with forty services that fail, HTTP/2 and QUIC, 2026-11-22
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::service::{self, Failure};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C310",
    hop: Hop::Tunnel,
    title: "the tunnel and its service do not agree on http or https",
    fixes: &["tunnel-set-service"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    service::judge(scene, Failure::SchemeMismatch)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::UpstreamAnswer;
    use crate::evidence::http::Malformation;
    use crate::evidence::{HttpAnswer, Reply, TlsAnswer};
    use crate::scene::host::stage::{Stage, answers, refuses, spoke};
    use crate::scene::sample::{Sitting, check, page, reply};

    fn stage() -> Stage {
        let tls = Box::new(TlsAnswer::NotTls { first: "HTTP/1.1 400".to_owned(), http: true });
        Stage::connected()
            .leads_to("https://127.0.0.1:8000")
            .service(UpstreamAnswer::Handshake { tls })
    }

    fn wants_tls() -> Reply {
        let excerpt = "<center>The plain HTTP request was sent to HTTPS port</center>".to_owned();
        Reply { excerpt, ..reply(400) }
    }

    #[test]
    fn is_certain_when_the_service_speaks_the_other_protocol() {
        check(&UNIT, stage().sitting(), "blames, certain");
        let what = Malformation::TlsRecord;
        let tls = spoke(HttpAnswer::Malformed { what, first: "...".to_owned() });
        check(&UNIT, Stage::connected().service(tls).sitting(), "blames, certain");
    }

    #[test]
    fn a_400_that_the_service_says_to_plain_http_is_no_site_at_work() {
        let stage = Stage::connected().service(answers(wants_tls()));
        check(&UNIT, stage.clone().gets_reply(wants_tls()).sitting(), "blames, certain");
        check(&UNIT, stage.clone().gets_reply(reply(400)).sitting(), "clears");
        let found = stage.found_by_its_rules().gets_reply(wants_tls());
        check(&UNIT, found.sitting(), "blames, likely");
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
