//! The tunnel's service ends connections without an answer.
//!
//! # What you see
//! 502 Bad Gateway: cloudflared answers for its service with an empty 502, over which Cloudflare
//! lays its own page. It may come and go, a few in a hundred.
//!
//! # What is wrong
//! The service takes the request and closes or resets the connection before a reply: its worker
//! dies, or it does not speak HTTP. Where it comes and goes, it is often a race: the service closes
//! an idle connection just as cloudflared uses it again. cloudflared keeps idle connections for 90
//! s (`keepAliveTimeout`), many app servers for 2 to 75. Over HTTP/2 it does not try again, not
//! even a GET; over QUIC it repeats a GET and not a POST.
//!
//! # How we know
//! The service is asked from this machine on a fresh connection, and closes it: certain. Where we
//! are answered and the log of these very seconds says `EOF` or `connection reset`: likely the
//! race.
//!
//! # What to do
//! If it fails each time, read the app's own log. If it comes and goes, make the app keep idle
//! connections longer than 90 s, or write `originRequest: {keepAliveTimeout: 30s}` with less than
//! the app's time.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with forty services that fail, HTTP/2 and QUIC, 2026-11-22
//! - captured: cloudflared 2026.8.2 with services that close idle connections, 2026-11-22
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::service::{self, Failure};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C313",
    hop: Hop::Tunnel,
    title: "the tunnel's service ends connections without an answer",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    service::judge(scene, Failure::ClosedEarly)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::HttpAnswer;
    use crate::scene::host::stage::{Stage, refuses, spoke};
    use crate::scene::sample::{Sitting, check, page};

    fn stage() -> Stage {
        Stage::connected().service(spoke(HttpAnswer::Empty { reset: false, after_ms: 3 }))
    }

    #[test]
    fn is_certain_when_a_fresh_connection_is_closed() {
        check(&UNIT, stage().sitting(), "blames, certain");
        let cut = spoke(HttpAnswer::CutInHead { reset: true, bytes: 12 });
        check(&UNIT, Stage::connected().service(cut).sitting(), "blames, certain");
    }

    #[test]
    fn finding_7_the_race_for_an_idle_connection_is_likely_by_lines_of_these_seconds() {
        let line = "2026-11-20T12:00:00Z ERR  error=\"Unable to reach the origin service. The \
            service may be down or it may not be responding to traffic from cloudflared: EOF\" \
            connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:8000";
        check(&UNIT, Stage::connected().says(line).sitting(), "blames, likely");
        check(&UNIT, Stage::connected().says(line).served().sitting(), "clears");
        let old = line.replace("T12:00:00", "T11:55:00");
        check(&UNIT, Stage::connected().says(&old).sitting(), "clears");
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
