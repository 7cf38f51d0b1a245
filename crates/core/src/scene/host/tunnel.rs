//! The tunnel that the site comes through, where its connector is on this machine.
//!
//! Decided once for all causes of the station: which connector is the site's, whether visitors see
//! that no connector is there (1033, or a 530 without a number), since when the connector runs, and
//! which lines of its journal are about this very run and later than its last connection. How many
//! connections are up says `/ready` alone. That it says so does not prove that anything flows.

use jiff::Timestamp;

use super::OnHost;
use super::blame::weigh;
use crate::causes::{Confidence, Need, Verdict};
use crate::evidence::host::tunnel::{ConnectorAnswer, ConnectorAsked};
use crate::evidence::host::{Kept, LogSource, UnitSeen};
use crate::evidence::{HostAnswer, HostQuestion, Reading, ReadingId, Reply};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::suspect::Sign;
use crate::scene::visits::{EdgeState, Visit};

/// Within so many seconds the edge notices that a connector is gone.
const NOTICED_S: i64 = 600;

/// A connector on this machine.
#[derive(Debug, Clone, Copy)]
pub struct Tunnel<'s, 'a> {
    scene: &'s Scene<'a>,
    host: &'s OnHost<'a>,
    /// The reading.
    pub reading: &'a Reading,
    /// What it said.
    pub connector: &'a ConnectorAnswer,
    /// The account's record by which the site comes through the tunnel that this connector serves.
    pub by_account: Option<ReadingId>,
}

/// Everything that is known of connectors here.
fn all<'a>(host: &OnHost<'a>) -> Vec<(&'a Reading, &'a ConnectorAsked, &'a ConnectorAnswer)> {
    let each = host.all().filter_map(|(reading, question, answer)| match (question, answer) {
        (HostQuestion::Connector(asked), HostAnswer::Connector(answer)) => {
            Some((reading, asked, answer.as_ref()))
        }
        _ => None,
    });
    each.collect()
}

/// Whether the edge says that no connector is there for the site.
#[must_use]
pub fn is_cut_off(scene: &Scene<'_>) -> bool {
    let symptom = &scene.symptom;
    symptom.error_code == Some(1033)
        || (symptom.status == Some(530) && symptom.error_code.is_none() && !scene.visits.direct)
}

/// Whether the site's connector runs and says that it is connected, or cannot be asked; of connectors that nobody
/// can tell apart any one.
#[must_use]
pub fn is_ready(scene: &Scene<'_>) -> bool {
    let ready = |one: &ConnectorAnswer| one.running.is_some() && one.ready_connections() != Some(0);
    match (Tunnel::of(scene), &scene.host) {
        (Some(tunnel), _) => ready(tunnel.connector),
        (None, Some(host)) => all(host).iter().any(|(_, _, one)| ready(one)),
        (None, None) => false,
    }
}

/// Whether the edge speaks of an address that it connects to itself: then no tunnel is in between.
fn is_addressed(scene: &Scene<'_>) -> bool {
    scene.visits.direct || matches!(scene.symptom.status, Some(521 | 522 | 523 | 525 | 526))
}

impl<'s, 'a> Tunnel<'s, 'a> {
    /// The site's connector on this machine: the one that has a rule for it, a running one first;
    /// else, where the edge misses one, the one whose rules are not known here.
    #[must_use]
    pub fn of(scene: &'s Scene<'a>) -> Option<Tunnel<'s, 'a>> {
        let host = scene.host.as_ref().filter(|_| !is_addressed(scene))?;
        let all = own(scene, all(host));
        let pick = |test: &dyn Fn(&ConnectorAnswer) -> bool| {
            let found = all.iter().find(|(_, asked, one)| is_there(asked, one) && test(one));
            found.map(|(reading, _, connector)| Tunnel::new(scene, host, reading, connector))
        };
        // The record that the edge goes by names the tunnel, and so the connector.
        let recorded = |one: &ConnectorAnswer| is_recorded(scene, one).is_some();
        if all.iter().any(|(_, _, one)| recorded(one)) {
            return pick(&|one| recorded(one) && one.running.is_some()).or_else(|| pick(&recorded));
        }
        let named = pick(&|one| one.names_site() && one.running.is_some())
            .or_else(|| pick(&ConnectorAnswer::names_site));
        if named.is_some() || !is_cut_off(scene) {
            return named;
        }
        pick(&|one| one.ingress.is_none() && one.running.is_some())
            .or_else(|| pick(&|one| one.ingress.is_none()))
            .or_else(|| pick(&leads_on))
    }

    /// Connectors whose last rule answers for the site, where no rule names it.
    #[must_use]
    pub fn fallbacks(scene: &'s Scene<'a>) -> Vec<Tunnel<'s, 'a>> {
        let Some(host) = scene.host.as_ref().filter(|_| !is_addressed(scene)) else {
            return Vec::new();
        };
        let all = own(scene, all(host)).into_iter();
        all.filter(|(_, asked, one)| is_there(asked, one) && one.running.is_some())
            .filter(|(_, _, one)| one.ingress.is_some() && !one.names_site())
            .map(|(reading, _, connector)| Tunnel::new(scene, host, reading, connector))
            .collect()
    }

    fn new(
        scene: &'s Scene<'a>,
        host: &'s OnHost<'a>,
        reading: &'a Reading,
        connector: &'a ConnectorAnswer,
    ) -> Self {
        let by_account = is_recorded(scene, connector);
        Tunnel { scene, host, reading, connector, by_account }
    }

    /// Whether it is the site's: a rule of its own bears the site's name, or the account's record
    /// leads to its tunnel.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.connector.names_site() || self.by_account.is_some()
    }

    /// The reading in which the account says that nobody is connected for its tunnel.
    #[must_use]
    pub fn unconnected(&self) -> Option<ReadingId> {
        self.by_account?;
        self.scene.account.tunnel()?.unconnected()
    }

    /// The reading in which the account says that its tunnel was still connected long after this connector
    /// had come down: another one, elsewhere, served it then, and this one may be long retired.
    #[must_use]
    pub fn outlived(&self) -> Option<ReadingId> {
        self.by_account?;
        let (id, seen) = self.scene.account.tunnel()?.seen?;
        let (_, unit) = self.unit().filter(|_| !self.runs())?;
        // Of a unit that starts over and over only the last try is known.
        let down = unit.since.filter(|_| matches!(unit.active.as_str(), "inactive" | "failed"))?;
        let lost = seen.conns_inactive_at.filter(|_| seen.status == "down")?;
        (lost.as_second() - down.as_second() > NOTICED_S).then_some(id)
    }

    /// Its unit, where systemd was asked for it.
    #[must_use]
    pub fn unit(&self) -> Option<(&'a Reading, &'a UnitSeen)> {
        self.host.unit(self.connector.unit.as_deref()?)
    }

    /// Whether its process runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.connector.running.is_some()
    }

    /// Whether systemd is starting it, or starting it again.
    #[must_use]
    pub fn is_starting(&self) -> bool {
        self.unit()
            .is_some_and(|(_, unit)| unit.active == "activating" || unit.sub == "auto-restart")
    }

    /// When its process was started, or was started last.
    #[must_use]
    pub fn started(&self) -> Option<Timestamp> {
        let running = self.connector.running.as_ref().and_then(|program| program.since);
        running.or_else(|| self.unit().and_then(|(_, unit)| unit.started))
    }

    /// The lines of these classes that its logs hold of this run, later than its last connection to
    /// the edge.
    #[must_use]
    pub fn lines(&self, classes: &[Class]) -> Vec<(&'a Reading, &'a Kept)> {
        let begun = self.host.begun;
        let from = self.started().unwrap_or(begun).min(begun).as_second();
        let own = |source: &LogSource| match (source, &self.connector.unit) {
            (LogSource::Journal { unit }, Some(own)) => unit == own,
            _ => true,
        };
        let mut found = Vec::new();
        for (reading, _, log) in self.host.logs(Hop::Tunnel).filter(|(_, source, _)| own(source)) {
            let Some(seen) = log.read() else { continue };
            let connected = seen.classes.iter().find(|one| one.class == Class::TunnelConnected);
            let connected = connected.and_then(|one| one.last).map(Timestamp::as_second);
            let fits = |kept: &&Kept| {
                let Some(at) = kept.at.map(Timestamp::as_second) else { return false };
                at >= from
                    && connected.is_none_or(|last| at >= last)
                    && classes.contains(&kept.event.class)
            };
            found.extend(seen.events.iter().filter(fits).map(|kept| (reading, kept)));
        }
        found
    }

    /// Whether visitors are cut off, or there is no visit that could say otherwise.
    #[must_use]
    pub fn may_be_missed(&self) -> bool {
        let state = self.scene.visits.state();
        is_cut_off(self.scene) || matches!(state, EdgeState::NotVisited | EdgeState::Unvisitable)
    }

    /// A reading that shows that all but the fault is well: the service behind the tunnel, else the
    /// edge itself.
    #[must_use]
    pub fn contrast(&self) -> Option<ReadingId> {
        let upstreams = self.host.upstreams(Hop::Tunnel);
        let works = upstreams.iter().find(|one| one.answer.works()).map(|one| one.reading.id);
        works.or_else(|| self.scene.trace())
    }

    /// A sign that this connector is at fault, shown by its own state and what else is given.
    #[must_use]
    pub fn sign(&self, more: impl IntoIterator<Item = ReadingId>, at_most: Confidence) -> Sign {
        let mut because = vec![self.reading.id];
        because.extend(self.unit().map(|(reading, _)| reading.id));
        because.extend(more);
        because.extend(self.by_account);
        because.dedup();
        let is_sure = self.is_named() && self.outlived().is_none();
        let at_most = if is_sure { at_most } else { at_most.min(Confidence::Likely) };
        Sign { because, contrast: self.contrast().into_iter().collect(), at_most }
    }

    /// Judges a fault of the connector itself, which keeps it from being connected: `sign` of it, or
    /// whether it was looked for and is not there.
    #[must_use]
    pub fn judge(&self, sign: Option<Sign>, is_clean: bool) -> Verdict {
        let clean = [self.reading.id];
        if !self.may_be_missed() && self.scene.visits.state() != EdgeState::Works {
            // The edge reached a connector, whoever's.
            return Verdict::clears(self.scene.visits.bad_ids());
        }
        let verdict = weigh(self.scene, sign, if is_clean { &clean } else { &[] });
        let verdict = match &self.connector.unit {
            Some(unit) => verdict.with("unit", unit.as_str()),
            None => verdict,
        };
        verdict.explaining(&["tunnel-down"])
    }
}

/// The account's record that leads to the tunnel that a connector serves.
fn is_recorded(scene: &Scene<'_>, connector: &ConnectorAnswer) -> Option<ReadingId> {
    let tunnel = scene.account.tunnel()?;
    (connector.tunnel_id() == Some(tunnel.id)).then_some(tunnel.record.0)
}

/// Those that may be the site's: where the account names its tunnel, connectors of others are not.
fn own<'a>(
    scene: &Scene<'a>,
    all: Vec<(&'a Reading, &'a ConnectorAsked, &'a ConnectorAnswer)>,
) -> Vec<(&'a Reading, &'a ConnectorAsked, &'a ConnectorAnswer)> {
    let Some(tunnel) = scene.account.tunnel() else { return all };
    let own = |one: &ConnectorAnswer| one.tunnel_id().is_none_or(|id| id == tunnel.id);
    all.into_iter().filter(|(_, _, one)| own(one)).collect()
}

fn is_there(asked: &ConnectorAsked, connector: &ConnectorAnswer) -> bool {
    asked.unit.is_some() || asked.pid.is_some() || connector.running.is_some()
}

/// Whether its rules hand requests for any name on to a service.
fn leads_on(connector: &ConnectorAnswer) -> bool {
    let service = connector.rule().and_then(|rule| rule.service.as_ref());
    matches!(service, Some(crate::evidence::host::tunnel::Service::Http { .. }))
}

/// The verdict where no connector of the site's is here.
#[must_use]
pub fn elsewhere(scene: &Scene<'_>) -> Verdict {
    if scene.visits.state() == EdgeState::Works {
        return Verdict::clears(scene.visits.good_ids());
    }
    if is_addressed(scene) {
        return Verdict::clears(scene.visits.bad_ids());
    }
    let Some(host) = &scene.host else { return Verdict::needs([Need::OnOrigin]) };
    let seen: Vec<ReadingId> = all(host).iter().map(|(reading, ..)| reading.id).collect();
    if seen.is_empty() || is_cut_off(scene) {
        return Verdict::needs([Need::OnOrigin]);
    }
    Verdict::clears(seen)
}

/// All visits, where each got a reply that passes a test, however well it looks: a 404 or a 400 is
/// the site at work, unless the tunnel in front of it made it.
#[must_use]
pub fn all_got(scene: &Scene<'_>, test: impl Fn(&Reply, bool) -> bool) -> Option<Vec<ReadingId>> {
    let mut visits = scene.visits.good.iter().chain(&scene.visits.bad).peekable();
    visits.peek()?;
    let passes =
        |visit: &Visit<'_>| visit.reply.is_some_and(|reply| test(reply, visit.page.is_some()));
    visits.map(|visit| passes(visit).then_some(visit.reading.id)).collect()
}

/// Blames what visits show although they are replies below 500.
#[must_use]
pub fn blame_replies(scene: &Scene<'_>, sign: Sign, visits: &[ReadingId]) -> Verdict {
    let sure = scene.host.as_ref().is_some_and(OnHost::is_sure) && !sign.contrast.is_empty();
    let at_most = if sure { sign.at_most } else { sign.at_most.min(Confidence::Likely) };
    let mut because = sign.because;
    because.extend(visits.first());
    Verdict::blames(at_most, because).contrasting(sign.contrast)
}

#[cfg(test)]
mod tests {
    use crate::diagnose::diagnose;
    use crate::evidence::account::tunnel::TunnelRules;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, Ingress, TunnelConfiguration};
    use crate::evidence::host::UpstreamAnswer;
    use crate::evidence::host::tunnel::{Held, SecretFile, Served, TokenFrom};
    use crate::evidence::{HttpAnswer, TlsAnswer};
    use crate::report::{Report, Style, text};
    use crate::scene::host::stage::{Stage, refuses, spoke};
    use crate::scene::sample::{Sitting, TUNNEL, alert};

    /// The causes that are found, the first one first.
    #[track_caller]
    fn found(stage: Stage) -> String {
        let evidence = stage.sitting().evidence();
        let diagnosis = diagnose(&evidence);
        let told = text(&Report::of(&diagnosis), 80, Style::default());
        assert!(told.lines().count() > 3, "{told}");
        let names = diagnosis.findings.iter().map(|finding| finding.cause.as_str());
        names.collect::<Vec<_>>().join(" ")
    }

    /// The first finding and how sure it is.
    #[track_caller]
    fn first(sitting: Sitting) -> String {
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let first = diagnosis.findings.first();
        first.map_or_else(String::new, |one| format!("{}, {}", one.cause, one.confidence.word()))
    }

    /// A copy for tests has the same rules; only the account says which machine the site comes from.
    #[test]
    fn with_the_account_every_cause_of_a_tunnel_is_certain() {
        let down = |stage: Stage| stage.of_the_record().sitting().tunnelled("down");
        let up = |stage: Stage| stage.of_the_record().sitting().tunnelled("healthy");
        let tls = |tls| UpstreamAnswer::Handshake { tls: Box::new(tls) };
        let nameless = UpstreamAnswer::Nameless { why: "no such name".to_owned() };
        let empty = spoke(HttpAnswer::Empty { reset: true, after_ms: 1 });
        let silent = UpstreamAnswer::Unconnected {
            tcp: crate::evidence::TcpAnswer::Silent { after_ms: 8000 },
            socket: None,
        };
        let plain = || tls(TlsAnswer::NotTls { first: "HTTP/1.1 400".to_owned(), http: true });
        let https = || Stage::connected().leads_to("https://localhost:8443");
        let invalid =
            "The last ingress rule must match all URLs (i.e. it should not have a hostname)";
        let failed = || Stage::stopped().unit("failed", "failed", "exit-code");
        let others =
            "ingress:\n- hostname: other.test\n  service: http://a\n- service: http_status:404\n";
        let bare = crate::evidence::Reply { body_bytes: 0, ..crate::scene::sample::reply(404) };
        for (sitting, cause) in [
            (down(Stage::stopped()), "tunnel-connector-stopped"),
            (down(Stage::stopped().rules_unknown()), "tunnel-connector-stopped"),
            (down(Stage::unconnected().says(BLOCKED)), "tunnel-edge-unreachable"),
            (down(Stage::unconnected().mute().says(BLOCKED)), "tunnel-edge-unreachable"),
            (down(Stage::unconnected().says(REFUSED)), "tunnel-credentials-rejected"),
            (down(Stage::unconnected().mute().says(REFUSED)), "tunnel-credentials-rejected"),
            (down(failed().says(invalid)), "tunnel-config-invalid"),
            (down(Stage::unconnected()), "tunnel-connections-missing"),
            (down(Stage::unconnected().mute()), "tunnel-connections-missing"),
            (up(Stage::connected().service(refuses())), "tunnel-service-refused"),
            (up(Stage::connected().service(nameless)), "tunnel-service-unresolvable"),
            (up(Stage::connected().service(silent)), "tunnel-service-timeout"),
            (up(Stage::connected().service(empty)), "tunnel-service-closed-early"),
            (up(https().service(tls(alert(112)))), "tunnel-service-tls-rejected"),
            (up(https().service(plain())), "tunnel-service-scheme-mismatch"),
            (up(Stage::connected().rules(others).gets_reply(bare)), "tunnel-ingress-unmatched"),
            (Stage::nothing_here().cut_off().sitting().tunnelled("gone"), "tunnel-missing"),
            (Stage::nothing_here().cut_off().sitting().tunnelled("inactive"), "tunnel-down"),
        ] {
            assert_eq!(first(sitting), format!("{cause}, certain"));
        }
    }

    #[test]
    fn a_connector_of_another_tunnel_is_not_the_site_s() {
        let other = |stage: Stage| {
            let id = crate::scene::sample::TUNNEL.replace('a', "c");
            stage.tune(|one| one.tunnel = Some(id)).sitting().tunnelled("down")
        };
        assert_eq!(first(other(Stage::stopped())), "tunnel-down, certain");
        assert_eq!(first(other(Stage::unconnected())), "tunnel-down, certain");
    }

    #[test]
    fn a_connector_whose_token_is_gone_is_known_by_the_tunnel_that_it_served_last() {
        let lost = |served: Option<&str>| {
            let path = "/etc/cloudflared/token".to_owned();
            let failed = Stage::stopped().unit("failed", "failed", "exit-code").rules_unknown();
            let stage = failed.found_by_its_rules().tune(|one| {
                one.setup.token = Some(TokenFrom::File { path: path.clone() });
                one.token = Some(SecretFile { path, held: Held::Missing });
                one.served = served.map(|tunnel| Served {
                    tunnel: tunnel.to_owned(),
                    at: "2026-11-20T09:00:00Z".parse().unwrap(),
                });
            });
            first(stage.sitting().tunnelled("down"))
        };
        assert_eq!(lost(Some(TUNNEL)), "tunnel-connector-stopped, certain");
        assert_eq!(lost(None), "tunnel-connector-stopped, likely");
        assert_eq!(lost(Some(&TUNNEL.replace('a', "c"))), "tunnel-down, certain");
    }

    #[test]
    fn a_connector_that_was_down_long_before_the_tunnel_was_is_not_certain() {
        let down_since = |time: &str| {
            let stage = Stage::stopped().of_the_record().down_since(time);
            first(stage.sitting().tunnelled("down"))
        };
        // The account lost it at 11:40.
        assert_eq!(down_since("2026-11-20T11:39:00Z"), "tunnel-connector-stopped, certain");
        assert_eq!(down_since("2026-11-06T11:40:00Z"), "tunnel-connector-stopped, likely");
    }

    #[test]
    fn the_rules_that_the_account_keeps_tell_from_outside_that_none_is_for_the_site() {
        let rules = |hostname: &str| {
            let rule = |hostname: Option<&str>, service: &str| Ingress {
                hostname: hostname.map(str::to_owned),
                service: service.to_owned(),
                ..Ingress::default()
            };
            let ingress =
                vec![rule(Some(hostname), "http://localhost:8000"), rule(None, "http_status:404")];
            TunnelConfiguration {
                tunnel_id: TUNNEL.to_owned(),
                version: Some(3),
                source: Some("cloudflare".to_owned()),
                config: Some(TunnelRules { ingress, ..TunnelRules::default() }),
            }
        };
        let bare = crate::evidence::Reply { body_bytes: 0, ..crate::scene::sample::reply(404) };
        let told = |hostname: &str| {
            let configuration = rules(hostname);
            let question = AccountQuestion::TunnelConfiguration { tunnel: TUNNEL.to_owned() };
            let answer = AccountAnswer::TunnelConfiguration { configuration };
            let visit = crate::scene::sample::visited(bare.clone(), None);
            let sitting = Sitting::new().no_origin().visit(visit);
            sitting.tunnelled("healthy").account(question, answer)
        };
        assert_eq!(first(told("other.test")), "tunnel-ingress-unmatched, certain");
        assert_eq!(first(told("shop.example.test")), "");
    }

    const REFUSED: &str = "2026-11-20T11:59:59Z ERR Register tunnel error from server side \
        error=\"Unauthorized: Invalid tunnel secret\" connIndex=0 event=0";
    const BLOCKED: &str = "2026-11-20T11:59:59Z ERR Failed to dial a quic connection \
        error=\"failed to dial to edge with quic: timeout: no recent network activity\" connIndex=0";

    #[test]
    fn each_fault_of_the_connector_is_one_cause_that_explains_the_1033() {
        let token = Stage::stopped().unit("failed", "failed", "exit-code").tune(|one| {
            let path = "/etc/cloudflared/token".to_owned();
            one.setup.token = Some(TokenFrom::File { path: path.clone() });
            one.token = Some(SecretFile { path, held: Held::Missing });
        });
        let says = "The last ingress rule must match all URLs (i.e. it should not have a hostname)";
        let invalid = Stage::stopped().unit("failed", "failed", "exit-code").says(says);
        for (stage, cause) in [
            (Stage::stopped(), "tunnel-connector-stopped"),
            (Stage::stopped().unit("inactive", "dead", "success"), "tunnel-connector-stopped"),
            (token, "tunnel-connector-stopped"),
            (Stage::unconnected().says(BLOCKED), "tunnel-edge-unreachable"),
            (Stage::unconnected().says(REFUSED), "tunnel-credentials-rejected"),
            (Stage::unconnected().refused(4), "tunnel-credentials-rejected"),
            (invalid, "tunnel-config-invalid"),
            (Stage::unconnected(), "tunnel-connections-missing"),
        ] {
            assert_eq!(found(stage), format!("{cause} tunnel-down"));
        }
    }

    #[test]
    fn each_fault_of_the_service_comes_first() {
        let tls = |tls| UpstreamAnswer::Handshake { tls: Box::new(tls) };
        let empty = spoke(HttpAnswer::Empty { reset: true, after_ms: 1 });
        let nameless = UpstreamAnswer::Nameless { why: "no such name".to_owned() };
        let plain = tls(TlsAnswer::NotTls { first: "HTTP/1.1 400".to_owned(), http: true });
        let https = || Stage::connected().leads_to("https://localhost:8443");
        for (stage, cause) in [
            (Stage::connected().service(refuses()), "tunnel-service-refused"),
            (Stage::connected().service(nameless), "tunnel-service-unresolvable"),
            (Stage::connected().service(empty), "tunnel-service-closed-early"),
            (https().service(tls(alert(112))), "tunnel-service-tls-rejected"),
            (https().service(plain), "tunnel-service-scheme-mismatch"),
        ] {
            let found = found(stage);
            assert_eq!(found.split(' ').next(), Some(cause), "{found}");
            let own = found.split(' ').filter(|name| name.starts_with("tunnel-"));
            assert_eq!(own.count(), 1, "{found}");
        }
    }

    #[test]
    fn a_stopped_connector_before_a_dead_service_is_two_faults() {
        let found = found(Stage::stopped().service(refuses()));
        assert!(found.starts_with("tunnel-connector-stopped tunnel-down"), "{found}");
        assert!(found.ends_with("tunnel-service-refused"), "{found}");
    }

    #[test]
    fn nothing_is_blamed_on_a_tunnel_that_serves_whatever_its_log_holds() {
        for stage in [
            Stage::connected(),
            Stage::connected().ready(3),
            Stage::connected().over_http2().says(BLOCKED),
            Stage::unconnected().mute().says(REFUSED),
            Stage::connected().service(refuses()),
            Stage::stopped().problem("no YAML"),
            Stage::connected().rules("tunnel: x\n"),
        ] {
            assert_eq!(found(stage.served()), "");
        }
    }
}
