//! The tunnel's connector cannot start with its configuration.
//!
//! # What you see
//! Error 1033 "Cloudflare Tunnel error", with status 530, mostly after a restart or an update: a
//! running cloudflared keeps the configuration that it has.
//!
//! # What is wrong
//! The configuration file is no YAML, its last rule is not for all requests, a service has a path or
//! no scheme, a duration has no unit, a setting names something that does not exist.
//!
//! # How we know
//! The connector does not run. Its log's last line says what it refused, and our own reading of the
//! file finds it at its line: certain. One of the two: likely.
//!
//! # What to do
//! `cloudflared tunnel --config FILE ingress validate` names most mistakes; mend the line, then
//! `systemctl restart cloudflared`. It passes ports above 65535, schemes such as `ftp://` and mistyped
//! keys of the top level.
//!
//! # Sources
//! - captured: cloudflared 2026.8.2, `ingress validate` and starts with thirty bad files, 2026-11-22
use super::{Cause, Verdict};
use crate::evidence::host::tunnel::ConfigState;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::tunnel::{Tunnel, elsewhere};
use crate::scene::host::why_down::{Why, fatal, why_down};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C305",
    hop: Hop::Tunnel,
    title: "the tunnel's connector cannot start with its configuration",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(tunnel) = Tunnel::of(scene) else { return elsewhere(scene) };
    let down = why_down(&tunnel);
    let sign = down.as_ref().and_then(|down| down.sign(&tunnel, &[Why::ConfigInvalid]));
    let mut verdict = tunnel.judge(sign, tunnel.runs());
    if let Some(config) = &tunnel.connector.config {
        verdict = verdict.with("file", config.path.as_str());
        verdict = verdict.with("file_is_missing", config.state == ConfigState::Missing);
    }
    if let Some(problem) = fatal(&tunnel) {
        verdict = verdict.with("problem", problem.says.as_str());
        if let Some(at) = &problem.at {
            verdict = verdict.with("at", at.to_string());
        }
    }
    match down.and_then(|down| down.says) {
        Some(says) => verdict.with("says", says),
        None => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::scene::host::stage::Stage;
    use crate::scene::sample::check;

    const SAYS: &str = "The last ingress rule must match all URLs (i.e. it should not have a \
        hostname or path filter)";

    fn failed() -> Stage {
        Stage::stopped().unit("failed", "failed", "exit-code")
    }

    #[test]
    fn is_certain_when_its_last_words_and_the_file_agree() {
        let stage = failed().problem("the last rule is not for all requests").says(SAYS);
        check(&UNIT, stage.sitting(), "blames, certain");
    }

    #[test]
    fn is_likely_by_one_of_the_two() {
        check(&UNIT, failed().says(SAYS).sitting(), "blames, likely");
        check(&UNIT, failed().problem("it is no YAML from here on").sitting(), "blames, likely");
    }

    #[test]
    fn finding_9_the_reason_stands_in_a_bare_line_without_a_time() {
        for line in [
            "error parsing YAML in config file at /etc/cloudflared/config.yml: yaml: line 3: x",
            "failed to start origin: Error starting local service: Error loading cert pool",
            "unknown protocol tcp, Available protocols: 'auto'",
        ] {
            check(&UNIT, failed().says(line).sitting(), "blames, likely");
        }
    }

    #[test]
    fn clears_it_when_it_runs_or_was_stopped_by_hand() {
        check(&UNIT, Stage::unconnected().problem("no YAML").sitting(), "clears");
        check(&UNIT, failed().says(SAYS).served().sitting(), "clears");
    }

    #[test]
    fn leaves_a_stop_by_hand_and_a_missing_token_to_their_causes() {
        let by_hand = Stage::stopped().unit("inactive", "dead", "success");
        check(&UNIT, by_hand.problem("no YAML").sitting(), "cannot tell");
        let token =
            "Failed to read token file: open /etc/cloudflared/token: no such file or directory";
        check(&UNIT, failed().says(token).sitting(), "cannot tell");
    }
}
