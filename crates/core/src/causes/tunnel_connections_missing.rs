//! The tunnel's connector runs and holds no connection to Cloudflare.
//!
//! # What you see
//! Error 1033 "Cloudflare Tunnel error", with status 530, while `systemctl status cloudflared` says
//! that all is well.
//!
//! # What is wrong
//! The process is there, and none of its connections is registered: it lost them and waits before it
//! tries again, or something keeps it from registering that its log does not tell. Over HTTP/2 it
//! does not notice when a connection carries nothing any more.
//!
//! # How we know
//! `/ready` of the connector's own HTTP server counts no connection, and no line of this run's log
//! tells why: certain. The metric `ha_connections` is left aside, since it counts attempts. Three of
//! four connections serve as well as four, and are a note.
//!
//! # What to do
//! `journalctl -u cloudflared -n 50` shows the last try; `systemctl restart cloudflared` tries at once.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with its edge gone, frozen and back, 2026-11-22
use super::{Cause, Confidence, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::tunnel::{Tunnel, elsewhere, is_cut_off};
use crate::scene::host::why_down::{Why, why_down};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C312",
    hop: Hop::Tunnel,
    title: "the tunnel's connector runs and holds no connection to Cloudflare",
    fixes: &["tunnel-restart-connector"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(tunnel) = Tunnel::of(scene) else { return elsewhere(scene) };
    let down = why_down(&tunnel);
    let ready = tunnel.connector.ready_connections();
    let mut sign = down.as_ref().and_then(|down| down.sign(&tunnel, &[Why::Unknown]));
    // Over HTTP/2 a connection that carries nothing counts as ready.
    let stale = ready > Some(0) && tunnel.connector.over_http2() && is_cut_off(scene);
    if stale && tunnel.is_named() {
        sign = Some(tunnel.sign([], Confidence::Possible));
    }
    let mut verdict = tunnel.judge(sign, ready > Some(0));
    if let Some(ready) = ready {
        verdict = verdict.with("ready_connections", ready);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::host::stage::Stage;
    use crate::scene::sample::check;

    #[test]
    fn finding_1_is_certain_by_what_is_ready_and_not_by_what_is_tried() {
        check(&UNIT, Stage::unconnected().sitting(), "blames, certain");
        check(&UNIT, Stage::unconnected().rules_unknown().sitting(), "blames, likely");
    }

    #[test]
    fn is_possible_when_its_own_server_is_silent() {
        check(&UNIT, Stage::unconnected().mute().sitting(), "blames, possible");
    }

    #[test]
    fn finding_4_a_count_over_http2_clears_nothing_and_one_over_quic_does() {
        check(&UNIT, Stage::connected().cut_off().over_http2().sitting(), "blames, possible");
        check(&UNIT, Stage::connected().cut_off().sitting(), "clears");
    }

    #[test]
    fn three_of_four_connections_that_serve_are_no_fault() {
        check(&UNIT, Stage::connected().ready(3).served().sitting(), "clears");
        check(&UNIT, Stage::connected().ready(3).gets(502).sitting(), "clears");
    }

    #[test]
    fn leaves_what_the_log_tells_and_what_does_not_run_to_others() {
        let says = "2026-11-20T11:59:59Z ERR Register tunnel error from server side \
            error=\"Unauthorized: Invalid tunnel secret\" connIndex=0 event=0";
        check(&UNIT, Stage::unconnected().says(says).sitting(), "cannot tell");
        check(&UNIT, Stage::stopped().sitting(), "cannot tell");
    }
}
