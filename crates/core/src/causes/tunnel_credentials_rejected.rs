//! Cloudflare does not take the connector's credentials.
//!
//! # What you see
//! Error 1033 "Cloudflare Tunnel error", with status 530. cloudflared may run and try again for ever.
//!
//! # What is wrong
//! The token or the credentials file is of another tunnel, of one that was deleted or whose secret
//! was renewed, or it was cut or quoted when it was copied, so that cloudflared cannot even read it.
//!
//! # How we know
//! `/ready` counts no connection, and the log says `Unauthorized`: certain. Over QUIC cloudflared does
//! not say why: the log has `control stream encountered a failure while serving`, and the metric
//! `register_fail` counts; then it is likely. A file without a token's shape is certain by itself,
//! where the connector does not run.
//!
//! # What to do
//! Take the token anew from the Cloudflare dashboard (the tunnel, Configure) and install it. Running
//! once with `--protocol http2` makes cloudflared log the edge's reason.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2 with a wrong secret, QUIC and HTTP/2, and with cut tokens,
//!   2026-11-22
use super::{Cause, Verdict};
use crate::evidence::host::tunnel::Held;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::tunnel::{Tunnel, elsewhere};
use crate::scene::host::why_down::{Why, secret, why_down};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C304",
    hop: Hop::Tunnel,
    title: "Cloudflare does not take the connector's credentials",
    fixes: &["tunnel-restore-token-file"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(tunnel) = Tunnel::of(scene) else { return elsewhere(scene) };
    let down = why_down(&tunnel);
    let sign = down.as_ref().and_then(|down| down.sign(&tunnel, &[Why::Rejected]));
    let registered = tunnel.connector.ready_connections() > Some(0);
    let mut verdict = tunnel.judge(sign, registered);
    if let Some(file) = secret(&tunnel) {
        verdict = verdict.with("file", file.path.as_str());
        if let Held::Malformed { why } = &file.held {
            verdict = verdict.with("shape", why.as_str());
        }
    }
    if let Some(says) = down.and_then(|down| down.says) {
        let hidden = says.contains("control stream encountered");
        verdict = verdict.with("says", says).with("quic_hides_why", hidden);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::tunnel::{Held, SecretFile, TokenFrom};
    use crate::scene::host::stage::Stage;
    use crate::scene::sample::check;

    const UNAUTHORIZED: &str = "2026-11-20T11:59:59Z ERR Register tunnel error from server side \
        error=\"Unauthorized: Invalid tunnel secret\" connIndex=0 event=0 ip=198.41.192.7";
    const HIDDEN: &str = "2026-11-20T11:59:59Z ERR Serve tunnel error error=\"control stream \
        encountered a failure while serving\" connIndex=0 event=0 ip=198.41.192.7";

    fn token(held: Held) -> Stage {
        let path = "/etc/cloudflared/token".to_owned();
        Stage::stopped().unit("failed", "failed", "exit-code").tune(move |one| {
            one.setup.token = Some(TokenFrom::File { path: path.clone() });
            one.token = Some(SecretFile { path: path.clone(), held: held.clone() });
        })
    }

    #[test]
    fn is_certain_when_the_edge_s_reason_was_logged() {
        check(&UNIT, Stage::unconnected().says(UNAUTHORIZED).sitting(), "blames, certain");
    }

    #[test]
    fn finding_2_over_quic_only_the_refusal_shows_so_it_is_likely() {
        check(&UNIT, Stage::unconnected().says(HIDDEN).sitting(), "blames, likely");
        check(&UNIT, Stage::unconnected().refused(4).sitting(), "blames, likely");
        check(&UNIT, Stage::unconnected().says(HIDDEN).refused(4).sitting(), "blames, likely");
    }

    #[test]
    fn is_certain_when_the_file_holds_no_token() {
        check(&UNIT, token(Held::Empty).sitting(), "blames, certain");
        let cut = Held::Malformed { why: "it is not base64, or was cut".to_owned() };
        check(&UNIT, token(cut).sitting(), "blames, certain");
        let says = "Provided Tunnel token is not valid.";
        check(&UNIT, token(Held::Unseen).says(says).sitting(), "blames, likely");
    }

    #[test]
    fn clears_it_when_a_connection_is_registered() {
        check(&UNIT, Stage::connected().cut_off().refused(1).sitting(), "clears");
        check(&UNIT, Stage::unconnected().served().says(UNAUTHORIZED).sitting(), "clears");
    }

    #[test]
    fn leaves_a_missing_file_and_a_closed_port_to_their_causes() {
        check(&UNIT, token(Held::Missing).sitting(), "cannot tell");
        let blocked = "2026-11-20T11:59:59Z ERR Failed to dial a quic connection error=\"failed to \
            dial to edge with quic: timeout: no recent network activity\" connIndex=0";
        check(&UNIT, Stage::unconnected().says(blocked).sitting(), "cannot tell");
    }

    #[test]
    fn refusals_of_an_earlier_run_blame_nobody() {
        let old = UNAUTHORIZED.replace("2026-11-20T11", "2026-11-20T08");
        check(&UNIT, Stage::unconnected().says(&old).sitting(), "cannot tell");
    }
}
