//! The tunnel does not accept the TLS of its service.
//!
//! # What you see
//! 502 Bad Gateway: cloudflared answers for its service with an empty 502, over which Cloudflare
//! lays its own page.
//!
//! # What is wrong
//! The rule leads to an `https://` service, and cloudflared looks at its certificate: it is signed
//! by itself or by somebody unknown, is for other names, or is out of date. Or the service refuses
//! the name in the hello, or wants a certificate of the visitor. cloudflared asks for the host of
//! the service's URL, such as `localhost`, unless `originServerName` or `matchSNItoHost` says
//! otherwise.
//!
//! # How we know
//! The service is greeted from this machine with the same name and judged by the same roots (the
//! system's, Cloudflare's Origin CA, `caPool`), while the connector holds its connections to
//! Cloudflare: certain.
//!
//! # What to do
//! Name the certificate's own name in the rule: `originRequest: {originServerName:
//! app.example.com}`, and for a private issuer `caPool: /path/ca.pem`. On the same machine
//! `http://` needs neither.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with forty services that fail, HTTP/2 and QUIC, 2026-11-22
//! - cloudflared source, release 2026.8.2, `tlsconfig/`
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::service::{self, Failure};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C309",
    hop: Hop::Tunnel,
    title: "the tunnel does not accept the TLS of its service",
    fixes: &["tunnel-set-origin-name"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    service::judge(scene, Failure::TlsRejected)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TlsAnswer;
    use crate::evidence::chain::ChainFault;
    use crate::evidence::host::UpstreamAnswer;
    use crate::scene::host::stage::{Stage, refuses};
    use crate::scene::sample::{Sitting, alert, check, greeted, page};

    fn greets(tls: TlsAnswer) -> Stage {
        let service = UpstreamAnswer::Handshake { tls: Box::new(tls) };
        Stage::connected().leads_to("https://localhost:8443").service(service)
    }

    fn stage() -> Stage {
        greets(greeted(vec![ChainFault::NameMismatch]))
    }

    #[test]
    fn is_certain_when_the_certificate_does_not_hold_or_the_service_ends_the_handshake() {
        check(&UNIT, stage().sitting(), "blames, certain");
        check(&UNIT, greets(greeted(vec![ChainFault::SelfSigned])).sitting(), "blames, certain");
        check(&UNIT, greets(alert(112)).sitting(), "blames, certain");
    }

    #[test]
    fn leaves_a_plain_port_and_a_closed_one_to_their_causes() {
        let plain = TlsAnswer::NotTls { first: "HTTP/1.1 400".to_owned(), http: true };
        check(&UNIT, greets(plain).sitting(), "clears");
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
