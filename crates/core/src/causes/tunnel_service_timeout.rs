//! The tunnel's service does not answer in time.
//!
//! # What you see
//! 502 after thirty seconds where connecting fails; 524 or 504 where the service takes the request
//! and does not answer.
//!
//! # What is wrong
//! The service takes no connection, or takes it and stays silent. cloudflared waits 30 s for a
//! connection and 10 s for a handshake, but has no limit for the reply: it waits until Cloudflare
//! gives up, and then logs `Incoming request ended abruptly: context canceled`, which reads as if
//! the visitor had left.
//!
//! # How we know
//! The service is asked from this machine as cloudflared asks it, and stays silent: certain where
//! it takes no connection, or where visitors get a timeout; else likely, since we wait for less
//! long.
//!
//! # What to do
//! See what the app waits for: its database, a lock, all its workers. If connecting hangs, look for
//! a packet filter between cloudflared and the service.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with forty services that fail, HTTP/2 and QUIC, 2026-11-22
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::service::{self, Failure};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C308",
    hop: Hop::Tunnel,
    title: "the tunnel's service does not answer in time",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    service::judge(scene, Failure::Timeout)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::UpstreamAnswer;
    use crate::evidence::{HttpAnswer, TcpAnswer};
    use crate::scene::host::stage::{Stage, refuses, spoke};
    use crate::scene::sample::{Sitting, check, page};

    fn stage() -> Stage {
        let tcp = TcpAnswer::Silent { after_ms: 2000 };
        Stage::connected().service(UpstreamAnswer::Unconnected { tcp, socket: None })
    }

    fn hangs() -> Stage {
        Stage::connected().service(spoke(HttpAnswer::Silent { after_ms: 3000 }))
    }

    #[test]
    fn is_certain_when_it_takes_no_connection() {
        check(&UNIT, stage().sitting(), "blames, certain");
    }

    #[test]
    fn finding_8_a_service_that_hangs_is_certain_only_where_visitors_wait_in_vain() {
        check(&UNIT, hangs().gets(524).sitting(), "blames, certain");
        check(&UNIT, hangs().gets(502).sitting(), "blames, likely");
        let left = "2026-11-20T12:00:00Z ERR  error=\"Incoming request ended abruptly: context \
            canceled\" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8000";
        check(&UNIT, Stage::connected().gets(524).says(left).sitting(), "clears");
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
