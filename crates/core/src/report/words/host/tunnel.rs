//! Words for a tunnel's connector.

use super::subject;
use crate::evidence::host::HostQuestion;
use crate::evidence::host::tunnel::{
    ConfigState, ConnectorAnswer, Heard, Held, IngressFrom, NearWhy, SecretFile,
};
use crate::report::guard::quote;
use crate::report::words::units::{moment, several};

pub(super) fn sentence(question: &HostQuestion, connector: &ConnectorAnswer) -> String {
    if connector.running.is_none() && connector.unit.is_none() {
        return "no connector of a tunnel runs here, and no unit would start one".to_owned();
    }
    let mut parts = vec![state(connector)];
    parts.extend(missing(connector));
    parts.extend(served(connector));
    parts.extend(rule(connector));
    format!("{} {}", subject(question), parts.join("; "))
}

/// Whether it runs and is connected.
fn state(connector: &ConnectorAnswer) -> String {
    if connector.running.is_none() {
        return "does not run".to_owned();
    }
    let refused = connector.local.as_ref().and_then(|local| local.metrics.said());
    let refused = refused.map_or(0, |told| told.refused);
    match (connector.ready_connections(), &connector.local) {
        (Some(0), _) if refused > 0 => {
            let times = if refused == 1 { "once".to_owned() } else { format!("{refused} times") };
            format!("runs and has no connection to Cloudflare, which refused it {times}")
        }
        (Some(0), _) => "runs and has no connection to Cloudflare".to_owned(),
        (Some(ready), _) => {
            let ready = usize::try_from(ready).unwrap_or(usize::MAX);
            format!("runs with {} to Cloudflare", several(ready, "connection"))
        }
        (None, Some(local)) if local.ready == Heard::Silent => {
            format!("runs, and its own server at {} does not answer", local.address)
        }
        (None, _) => "runs; how many connections it has could not be seen".to_owned(),
    }
}

/// A file that it needs and has not, or cannot use.
fn missing(connector: &ConnectorAnswer) -> Option<String> {
    let told = |file: &Option<SecretFile>, what: &str| {
        let file = file.as_ref()?;
        let path = quote(&file.path);
        match &file.held {
            Held::Good | Held::Unseen => None,
            Held::Missing => Some(format!("the file with its {what}, {path}, is gone")),
            Held::Empty => Some(format!("the file with its {what}, {path}, is empty")),
            Held::Malformed { why } => Some(format!("{path} holds no {what}: {why}")),
        }
    };
    let config = || {
        let config = connector.config.as_ref()?;
        let problem = connector.problems().find(|problem| problem.fatal);
        match (&config.state, problem) {
            (ConfigState::Missing, _) => {
                Some(format!("its configuration {} is not there", quote(&config.path)))
            }
            (_, Some(problem)) => {
                let at = problem
                    .at
                    .as_ref()
                    .map_or_else(|| quote(&config.path), |at| quote(&at.to_string()));
                Some(format!("it would not start with {at}: {}", quote(&problem.says)))
            }
            _ => None,
        }
    };
    match connector.setup.token {
        Some(_) => told(&connector.token, "token"),
        None => told(&connector.credentials, "credentials"),
    }
    .or_else(config)
}

/// Which tunnel it was, where no file tells any more.
fn served(connector: &ConnectorAnswer) -> Option<String> {
    let served = connector.served.as_ref()?;
    let at = moment(served.at);
    Some(format!("it last served the tunnel {}, as its log of {at} says", quote(&served.tunnel)))
}

/// What answers for the site.
fn rule(connector: &ConnectorAnswer) -> Option<String> {
    let ingress = connector.ingress.as_ref()?;
    let Some(rule) = &ingress.rule else {
        return Some("it has no rules and answers 503".to_owned());
    };
    let at = match (&rule.at, &ingress.from) {
        (Some(at), _) => format!(" ({})", quote(&at.to_string())),
        (None, IngressFrom::Remote { version }) => {
            format!(" (version {version}, kept at Cloudflare)")
        }
        (None, _) => String::new(),
    };
    let service = quote(&rule.written);
    if !rule.is_last_resort {
        return Some(format!("its rule for the site{at} leads to {service}"));
    }
    let why = ingress.near.as_ref().map(|near| {
        let name = quote(&near.hostname);
        match near.why {
            NearWhy::Case => format!("; {name} is of another case, which counts"),
            NearWhy::Apex => format!("; {name} is not for the name without its first part"),
            NearWhy::Www => format!("; there is one for {name}"),
            NearWhy::Path => format!("; the path of the one for {name} does not fit"),
        }
    });
    Some(format!(
        "no rule of its own is for this page, so the last one{at} answers: {service}{}",
        why.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use crate::evidence::host::tunnel::{Held, SecretFile, TokenFrom};
    use crate::evidence::{HostAnswer, Question};
    use crate::report::words;
    use crate::scene::host::stage::Stage;

    #[track_caller]
    fn check(stage: Stage, says: &str) {
        let evidence = stage.sitting().evidence();
        let reading = evidence.readings.iter().find(|reading| {
            matches!(reading.host(), Some((_, HostAnswer::Connector(_))))
                && matches!(reading.question, Question::Host(_))
        });
        let said =
            words::sentence(reading.unwrap()).replace(['\u{201c}', '\u{201d}', '`', '"'], "");
        assert_eq!(said, says);
    }

    #[test]
    fn a_connector_is_told_with_its_connections_and_the_site_s_rule() {
        let rule =
            "its rule for the site (/etc/cloudflared/config.yml:2) leads to http://127.0.0.1:8000";
        check(
            Stage::connected(),
            &format!("cloudflared.service runs with 4 connections to Cloudflare; {rule}"),
        );
        check(
            Stage::connected().ready(1),
            &format!("cloudflared.service runs with 1 connection to Cloudflare; {rule}"),
        );
        check(
            Stage::unconnected().refused(4),
            &format!(
                "cloudflared.service runs and has no connection to Cloudflare, which refused it 4 \
                 times; {rule}"
            ),
        );
        check(Stage::stopped(), &format!("cloudflared.service does not run; {rule}"));
        check(
            Stage::unconnected().mute().rules_unknown(),
            "cloudflared.service runs, and its own server at 127.0.0.1:20241 does not answer",
        );
    }

    #[test]
    fn what_keeps_it_from_starting_is_named_with_its_place() {
        let path = "/etc/cloudflared/token".to_owned();
        let token = |held: Held| {
            Stage::stopped().rules_unknown().tune(|one| {
                one.setup.token = Some(TokenFrom::File { path: path.clone() });
                one.token = Some(SecretFile { path: path.clone(), held });
            })
        };
        let says = "cloudflared.service does not run; the file with its token, \
                    /etc/cloudflared/token, is gone";
        check(token(Held::Missing), says);
        let why = "it is not base64, or was cut".to_owned();
        let says = "cloudflared.service does not run; /etc/cloudflared/token holds no token: it is \
                    not base64, or was cut";
        check(token(Held::Malformed { why }), says);
        let says = "cloudflared.service does not run; it would not start with \
                    /etc/cloudflared/config.yml: the last rule is not for all requests";
        check(
            Stage::stopped().rules_unknown().problem("the last rule is not for all requests"),
            says,
        );
    }

    #[test]
    fn a_rule_that_nearly_fits_is_told() {
        let yaml = "ingress:\n- hostname: Shop.example.test\n  service: http://a\n\
                    - service: http_status:404\n";
        check(
            Stage::connected().rules(yaml),
            "cloudflared.service runs with 4 connections to Cloudflare; no rule of its own is for \
             this page, so the last one (/etc/cloudflared/config.yml:4) answers: http_status:404; \
             Shop.example.test is of another case, which counts",
        );
        check(
            Stage::connected().rules("tunnel: x\n"),
            "cloudflared.service runs with 4 connections to Cloudflare; it has no rules and answers 503",
        );
    }
}
