//! The tunnel's connector does not run.
//!
//! # What you see
//! Error 1033 "Cloudflare Tunnel error", with status 530.
//!
//! # What is wrong
//! cloudflared, which holds the tunnel's connections to Cloudflare, is stopped, has failed, or cannot
//! start since the file with its token or credentials is gone, or its user may not read it. Running `cloudflared service install`
//! a second time deletes `/etc/cloudflared/token`; the running service does not notice until its
//! next restart, which may be days later.
//!
//! # How we know
//! No process of it runs, and systemd calls its unit inactive or failed; the file that its command
//! line names is looked for. Certain where the edge says 1033, one of its rules bears the site's
//! name, and the service behind it, or the edge for itself, answers.
//!
//! # What to do
//! `systemctl start cloudflared`; within seconds `journalctl -u cloudflared` says `Registered tunnel
//! connection`. If it should start with the machine: `systemctl enable cloudflared`. If the file with
//! its token is gone, that comes first: take the token from the Cloudflare dashboard, then run
//! `cloudflared service uninstall` and `cloudflared service install TOKEN`. If it is there, it must be
//! readable for the unit's `User=`.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2, service install run twice, 2026-11-22
//! - Cloudflare docs, page error-1033, read 2026-07
use super::{Cause, Verdict};
use crate::evidence::host::tunnel::Held;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::tunnel::{Tunnel, elsewhere};
use crate::scene::host::why_down::{Why, secret, why_down};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C302",
    hop: Hop::Tunnel,
    title: "the tunnel's connector does not run",
    fixes: &["tunnel-restore-token-file", "tunnel-restart-connector"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(tunnel) = Tunnel::of(scene) else { return elsewhere(scene) };
    let down = why_down(&tunnel);
    let why = [Why::Stopped, Why::SecretMissing];
    let sign = down.as_ref().and_then(|down| down.sign(&tunnel, &why));
    let mut verdict = tunnel.judge(sign, tunnel.runs() || tunnel.is_starting());
    if down.as_ref().is_some_and(|down| down.why == Why::SecretMissing)
        && let Some(file) = secret(&tunnel)
    {
        let kind =
            if tunnel.connector.setup.token.is_some() { "token_file" } else { "credentials_file" };
        verdict = verdict.with(kind, file.path.as_str());
        let says = down.and_then(|down| down.says).unwrap_or_default();
        // One that is there by now, and may be read, wants no more than a start.
        if file.held == Held::Missing {
            verdict = verdict.with("file_is_missing", true);
        } else if says.contains("permission denied") {
            verdict = verdict.with("file_is_forbidden", true);
        }
    }
    if let Some((_, unit)) = tunnel.unit() {
        verdict = verdict.with("state", unit.active.as_str()).with("result", unit.result.as_str());
        if let Some(since) = unit.since {
            verdict = verdict.with("since", since.to_string());
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::tunnel::{Held, SecretFile, TokenFrom};
    use crate::scene::host::stage::{Stage, refuses};
    use crate::scene::sample::check;

    #[test]
    fn is_certain_when_nothing_runs_and_the_edge_misses_it() {
        check(&UNIT, Stage::stopped().sitting(), "blames, certain");
        check(
            &UNIT,
            Stage::stopped().unit("inactive", "dead", "success").sitting(),
            "blames, certain",
        );
    }

    #[test]
    fn is_likely_where_no_rule_bears_the_site_s_name_or_nobody_visited() {
        check(&UNIT, Stage::stopped().rules_unknown().sitting(), "blames, likely");
        check(&UNIT, Stage::stopped().unvisited().sitting(), "blames, likely");
        check(&UNIT, Stage::stopped().found_by_its_rules().sitting(), "blames, likely");
    }

    #[test]
    fn finding_11_a_token_s_file_that_is_gone_keeps_it_from_starting() {
        let path = "/etc/cloudflared/token".to_owned();
        let stage = Stage::stopped().unit("activating", "auto-restart", "exit-code").tune(|one| {
            one.setup.token = Some(TokenFrom::File { path: path.clone() });
            one.token = Some(SecretFile { path: path.clone(), held: Held::Missing });
        });
        check(&UNIT, stage.clone().sitting(), "blames, certain");
        let says =
            "Failed to read token file: open /etc/cloudflared/token: no such file or directory";
        check(&UNIT, stage.says(says).sitting(), "blames, certain");
    }

    #[test]
    fn clears_it_when_it_runs_or_the_edge_reaches_one() {
        check(&UNIT, Stage::connected().cut_off().sitting(), "clears");
        check(&UNIT, Stage::stopped().served().sitting(), "clears");
        check(&UNIT, Stage::stopped().gets(502).sitting(), "clears");
        check(&UNIT, Stage::stopped().gets(521).sitting(), "clears");
    }

    #[test]
    fn leaves_one_that_cannot_start_to_what_keeps_it() {
        let failed = || Stage::stopped().unit("failed", "failed", "exit-code");
        let invalid = failed().problem("the last rule is not for all requests");
        check(&UNIT, invalid.sitting(), "cannot tell");
        check(&UNIT, failed().says("Provided Tunnel token is not valid.").sitting(), "cannot tell");
        let by_hand = Stage::stopped().unit("inactive", "dead", "success");
        check(&UNIT, by_hand.problem("the last rule is not for all").sitting(), "blames, certain");
    }

    #[test]
    fn a_dead_service_behind_a_stopped_connector_is_no_excuse() {
        check(&UNIT, Stage::stopped().service(refuses()).sitting(), "blames, certain");
    }

    #[test]
    fn cannot_tell_from_outside_or_from_another_machine() {
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, Stage::nothing_here().cut_off().sitting(), says);
    }
}
