//! Notes on a tunnel that works today: what will not for ever, and what would hide an outage.

use crate::diagnosis::Note;
use crate::evidence::host::tunnel::{ConnectorAnswer, Held, TokenFrom};
use crate::evidence::{HostAnswer, ReadingId};
use crate::scene::Scene;

/// A connector holds this many connections where all is well.
const FULL: u32 = 4;

/// More notes on one connector are not made.
const MOST: usize = 4;

/// The notes on the connectors that have a rule for the site.
pub(super) fn of(scene: &Scene<'_>) -> Vec<Note> {
    let Some(host) = &scene.host else { return Vec::new() };
    let connectors = host.all().filter_map(|(reading, _, answer)| match answer {
        HostAnswer::Connector(connector) if connector.names_site() => {
            Some((reading.id, connector.as_ref()))
        }
        _ => None,
    });
    connectors.flat_map(|(id, connector)| on(id, connector).into_iter().take(MOST)).collect()
}

fn on(id: ReadingId, connector: &ConnectorAnswer) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |measure: &str, text: String| {
        notes.push(Note { measure: measure.to_owned(), text, because: vec![id] });
    };
    let runs = connector.running.is_some();
    if let Some(ready @ 1..FULL) = connector.ready_connections() {
        note(
            "tunnel-has-all-connections",
            format!("the tunnel has {ready} of {FULL} connections; it serves as well as with all"),
        );
    }
    let file = match &connector.setup.token {
        Some(TokenFrom::File { .. }) => connector.token.as_ref(),
        Some(_) => None,
        None => connector.credentials.as_ref(),
    };
    if let Some(file) = file.filter(|file| runs && file.held == Held::Missing) {
        note(
            "tunnel-starts-again",
            format!("the tunnel's connector will not start again: {} is gone", file.path),
        );
    }
    for problem in connector.problems().filter(|problem| runs || !problem.fatal).take(2) {
        let at = problem.at.as_ref().map_or_else(String::new, |at| format!("{at}: "));
        let text = if problem.fatal {
            format!("the tunnel's connector will not start again: {at}{}", problem.says)
        } else {
            format!("in the tunnel's configuration, {at}{}", problem.says)
        };
        note(if problem.fatal { "tunnel-starts-again" } else { "tunnel-rules-are-heard" }, text);
    }
    if runs && connector.over_http2() {
        note(
            "tunnel-notices-dead-connections",
            "the tunnel runs over HTTP/2, which does not notice when a connection carries nothing \
             any more; QUIC does within seconds"
                .to_owned(),
        );
    }
    if connector.setup.token == Some(TokenFrom::CommandLine) {
        note(
            "tunnel-token-is-private",
            "the tunnel's token stands on its command line, where every user here can read it"
                .to_owned(),
        );
    }
    if runs && connector.setup.updates_itself {
        note(
            "tunnel-restarts-when-asked",
            "the tunnel's connector updates and restarts itself, since --no-autoupdate is not set"
                .to_owned(),
        );
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::host::tunnel::SecretFile;
    use crate::scene::host::stage::Stage;

    fn measures(stage: Stage) -> Vec<String> {
        let evidence = stage.sitting().evidence();
        of(&Scene::new(&evidence)).into_iter().map(|note| note.measure).collect()
    }

    #[test]
    fn a_tunnel_that_is_well_has_no_notes() {
        assert!(measures(Stage::connected().served()).is_empty());
        assert!(measures(Stage::nothing_here()).is_empty());
        assert!(measures(Stage::connected().rules_unknown().ready(2)).is_empty());
    }

    #[test]
    fn three_of_four_connections_are_a_note() {
        let notes = measures(Stage::connected().ready(3).served());
        assert_eq!(notes, ["tunnel-has-all-connections"]);
        assert!(measures(Stage::unconnected()).is_empty());
    }

    #[test]
    fn finding_4_http2_is_a_note_since_it_does_not_notice_dead_connections() {
        let notes = measures(Stage::connected().over_http2().served());
        assert_eq!(notes, ["tunnel-notices-dead-connections"]);
    }

    #[test]
    fn finding_11_a_running_connector_whose_token_is_gone_is_told_before_it_restarts() {
        let path = "/etc/cloudflared/token".to_owned();
        let stage = Stage::connected().served().tune(|one| {
            one.setup.token = Some(TokenFrom::File { path: path.clone() });
            one.token = Some(SecretFile { path, held: Held::Missing });
        });
        assert_eq!(measures(stage), ["tunnel-starts-again"]);
    }

    #[test]
    fn finding_10_what_no_validation_tells_is_a_note() {
        assert_eq!(
            measures(Stage::connected().problem("no YAML").served()),
            ["tunnel-starts-again"]
        );
        let stage = Stage::connected().served().tune(|one| {
            one.setup.token = Some(TokenFrom::CommandLine);
            one.setup.updates_itself = true;
        });
        assert_eq!(measures(stage), ["tunnel-token-is-private", "tunnel-restarts-when-asked"]);
    }
}
