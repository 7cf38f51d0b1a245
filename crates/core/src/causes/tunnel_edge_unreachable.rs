//! The tunnel's connector does not reach Cloudflare on port 7844.
//!
//! # What you see
//! Error 1033 "Cloudflare Tunnel error", with status 530. cloudflared runs, or is started again and
//! again.
//!
//! # What is wrong
//! A connector dials out to `region1.v2.argotunnel.com` and `region2.v2.argotunnel.com`, port 7844,
//! by UDP (QUIC) and after some nine tries by TCP (HTTP/2). The names do not resolve, a firewall
//! lets nothing out to that port, or something in between ends TLS and shows its own certificate.
//!
//! Where only UDP is blocked, falling back takes two minutes and more. The installed unit waits 15
//! seconds for a sign of readiness and starts again, so it never comes to that.
//!
//! # How we know
//! The log of this run says so, no later line tells of a connection, and `/ready` counts none, or
//! systemd keeps restarting it: certain. The log alone: likely.
//!
//! # What to do
//! Let the machine out to port 7844, UDP and TCP: `nc -zv region1.v2.argotunnel.com 7844` tries TCP.
//! Where UDP must stay closed, write `protocol: http2` into the configuration, or
//! `Environment=TUNNEL_TRANSPORT_PROTOCOL=http2` into the unit.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with UDP dropped, refused ports, no DNS and a foreign certificate,
//!   2026-11-22
//! - Cloudflare docs, page tunnel-with-firewall, read 2026-07
use super::{Cause, Verdict};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::tunnel::{Tunnel, elsewhere};
use crate::scene::host::why_down::{Why, why_down};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C303",
    hop: Hop::Tunnel,
    title: "the tunnel's connector does not reach Cloudflare on port 7844",
    fixes: &["tunnel-use-http2"],
    judge,
};

/// Falling back to HTTP/2 took 132 to 157 s in three runs.
const FALLS_BACK_AFTER_S: u64 = 130;

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(tunnel) = Tunnel::of(scene) else { return elsewhere(scene) };
    let down = why_down(&tunnel);
    let sign = down.as_ref().and_then(|down| down.sign(&tunnel, &[Why::EdgeUnreachable]));
    let connected = tunnel.connector.ready_connections() > Some(0);
    let mut verdict = tunnel.judge(sign, connected);
    let Some(says) = down.and_then(|down| down.says) else { return verdict };
    let file = tunnel.connector.unit_file.as_ref();
    let waits = file.filter(|unit| unit.kind.as_deref() == Some("notify"));
    let hasty = waits.and_then(|unit| unit.start_timeout_s).is_some_and(|s| s < FALLS_BACK_AFTER_S);
    let way = match () {
        () if says.contains("quic") => "udp",
        () if says.contains("TLS handshake") => "tls",
        () if says.contains("lookup") || says.contains("DNS") => "dns",
        () => "tcp",
    };
    if way == "udp" && hasty && tunnel.connector.setup.protocol.as_deref() != Some("http2") {
        verdict = verdict.with("restarted_before_it_falls_back", true);
    }
    verdict.with("way", way).with("says", says)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::host::stage::Stage;
    use crate::scene::sample::check;

    const QUIC: &str = "2026-11-20T12:00:00Z ERR Failed to dial a quic connection error=\"failed to \
        dial to edge with quic: timeout: no recent network activity\" connIndex=0 event=0 ip=198.41.192.7";
    const TCP: &str = "2026-11-20T11:59:20Z ERR Unable to establish connection with Cloudflare edge \
        error=\"DialContext error: dial tcp 198.41.192.7:7844: i/o timeout\" connIndex=0 event=0";
    const TLS: &str = "2026-11-20T11:59:20Z ERR Unable to establish connection with Cloudflare edge \
        error=\"TLS handshake with edge error: tls: failed to verify certificate: x509: certificate \
        signed by unknown authority\" connIndex=0 event=0";
    const DNS: &str = "2026-11-20T11:59:59Z ERR edge discovery: error looking up Cloudflare edge IPs: \
        the DNS query failed error=\"lookup _v2-origintunneld._tcp.argotunnel.com: no such host\" event=0";

    #[test]
    fn is_certain_when_its_log_and_its_own_count_agree() {
        for line in [QUIC, TCP, TLS, DNS] {
            check(&UNIT, Stage::unconnected().says(line).sitting(), "blames, certain");
        }
    }

    #[test]
    fn finding_3_a_unit_that_is_ended_before_it_falls_back_never_connects() {
        let looping = Stage::stopped().unit("activating", "auto-restart", "timeout");
        check(&UNIT, looping.says(QUIC).sitting(), "blames, certain");
    }

    #[test]
    fn is_likely_by_the_log_alone() {
        check(&UNIT, Stage::unconnected().mute().says(TCP).sitting(), "blames, likely");
        check(&UNIT, Stage::unconnected().rules_unknown().says(TCP).sitting(), "blames, likely");
    }

    #[test]
    fn clears_it_when_a_connection_is_up_or_the_site_is_served() {
        check(&UNIT, Stage::connected().cut_off().says(TCP).sitting(), "clears");
        check(&UNIT, Stage::unconnected().served().says(TCP).sitting(), "clears");
        check(&UNIT, Stage::unconnected().gets(502).says(TCP).sitting(), "clears");
    }

    #[test]
    fn lines_of_an_earlier_run_or_before_the_last_connection_blame_nobody() {
        let old = TCP.replace("2026-11-20T11:59:20Z", "2026-11-20T09:00:00Z");
        check(&UNIT, Stage::unconnected().says(&old).sitting(), "cannot tell");
        let connected = "2026-11-20T11:59:40Z INF Registered tunnel connection connIndex=0 event=0";
        check(&UNIT, Stage::unconnected().says(TCP).says(connected).sitting(), "cannot tell");
    }

    #[test]
    fn leaves_a_refusal_to_its_own_cause() {
        let refused = "2026-11-20T11:59:59Z ERR Register tunnel error from server side \
            error=\"Unauthorized: Invalid tunnel secret\" connIndex=0 event=0";
        check(&UNIT, Stage::unconnected().says(TCP).says(refused).sitting(), "cannot tell");
    }
}
