//! The chain of a finding: from what visitors get down to the deepest cause, one short line a step.
//!
//! Where a finding explains others, a reader wants to see how one led to the other before reading
//! what shows each. A step says what was seen in a few words and cites it; the full sentences stand
//! below, under `because`. Where nothing short is to be said of a step, the cause's title stands.

use jiff::Timestamp;
use serde_json::Value;

use super::Passage;
use super::guard::quote;
use super::numbers::signal;
use super::words::units::{ago, duration, list_of, moment, several};
use crate::diagnosis::{Diagnosis, Finding};
use crate::evidence::host::{
    Ending, HostAnswer, HostQuestion, Listener, LogSource, Rehearsal, UnitAnswer, UnitSeen,
    UpstreamAnswer,
};
use crate::evidence::{HttpAnswer, Question, Reading, ReadingId, TcpAnswer};
use crate::hop::Hop;

/// The findings that one explains, directly or by another that it explains, in the order of the way.
/// Of two that explain each other neither stands behind the other.
pub(super) fn explained<'d>(root: &Finding, diagnosis: &'d Diagnosis<'_>) -> Vec<&'d Finding> {
    let mut names: Vec<&str> = root.leads_to.iter().map(String::as_str).collect();
    let mut next = 0;
    while let Some(name) = names.get(next).copied() {
        let found = diagnosis.findings.iter().find(|finding| finding.cause == name);
        for more in found.iter().flat_map(|finding| &finding.leads_to) {
            let more = diagnosis.findings.iter().find(|finding| finding.cause == *more);
            names.extend(
                more.map(|finding| finding.cause.as_str()).filter(|name| !names.contains(name)),
            );
        }
        next += 1;
    }
    let behind = |finding: &&Finding| {
        names.contains(&finding.cause.as_str())
            && finding.cause != root.cause
            && !finding.leads_to.contains(&root.cause)
    };
    let mut all: Vec<&Finding> = diagnosis.findings.iter().filter(behind).collect();
    all.sort_by_key(|finding| finding.hop);
    all
}

/// The steps from what visitors get down to this finding; empty where it explains no other one.
pub(super) fn chain(root: &Finding, symptom: &Passage, diagnosis: &Diagnosis<'_>) -> Vec<Passage> {
    let shallower = explained(root, diagnosis);
    if shallower.is_empty() {
        return Vec::new();
    }
    let mut steps = vec![Passage::new(visitors(diagnosis), &symptom.cites)];
    for finding in shallower {
        let mut seen = lines(finding, diagnosis);
        seen.truncate(1);
        // Behind a tunnel it is the connector that speaks for the origin.
        if root.hop == Hop::Tunnel && finding.cause == "http-origin-answers-5xx" {
            let Some(status) = diagnosis.symptom.status else { continue };
            seen = vec![Passage::new(format!("cloudflared answers {status}"), &finding.because)];
        }
        steps.extend(seen);
    }
    steps.extend(lines(root, diagnosis));
    let mut told: Vec<Passage> = Vec::new();
    for step in steps {
        match told.iter_mut().find(|had| had.text == step.text) {
            Some(had) => *had = Passage::new(step.text, &[had.cites.clone(), step.cites].concat()),
            None => told.push(step),
        }
    }
    told
}

fn visitors(diagnosis: &Diagnosis<'_>) -> String {
    let symptom = &diagnosis.symptom;
    let who = match (symptom.failed, symptom.visits) {
        (failed, visits) if failed < visits => "some visitors",
        _ => "visitors",
    };
    match (symptom.status, symptom.error_code) {
        _ if symptom.visits == 0 => "no visit was made".to_owned(),
        (Some(300..=399), _) => format!("{who} are redirected without end"),
        (Some(status), Some(code)) => format!("{who} get {status} with error {code}"),
        (Some(status), None) => format!("{who} get {status}"),
        (None, _) => format!("{who} get no reply"),
    }
}

/// What was seen of a finding, the shallowest first; never empty.
fn lines(finding: &Finding, diagnosis: &Diagnosis<'_>) -> Vec<Passage> {
    let cited: Vec<&Reading> = evidence_of(&finding.because, diagnosis).collect();
    let mut lines: Vec<Passage> = Vec::new();
    let mut push = |text: Option<String>, reading: &Reading| {
        lines.extend(text.map(|text| Passage::new(text, &[reading.id])));
    };
    for reading in &cited {
        push(short(reading, finding), reading);
    }
    if let (Some(listens), Some(unit)) = (listens(finding), text(finding, "unit")) {
        let sockets = cited.iter().find(|reading| reading.hop == Hop::Net).or(cited.last());
        if let Some(reading) = sockets {
            push(Some(format!("{} listens at {listens}", quote(unit))), reading);
        }
    }
    if let Some(says) = text(finding, "says") {
        // The log that it stands in is cited last.
        if let Some((reading, source)) = cited.iter().rev().find_map(|reading| log(reading)) {
            push(Some(format!("{} {}", quote(says), within(source, finding))), reading);
        }
    }
    if finding.cause == "net-listens-on-loopback-only" {
        let shown = evidence_of(&finding.contrast, diagnosis).find_map(only_local);
        lines = shown.into_iter().collect();
    }
    if lines.is_empty() {
        let first: Vec<ReadingId> = finding.because.iter().take(1).copied().collect();
        lines.push(Passage::new(finding.title, &first));
    }
    lines
}

fn evidence_of<'d>(
    ids: &'d [ReadingId],
    diagnosis: &'d Diagnosis<'_>,
) -> impl Iterator<Item = &'d Reading> {
    ids.iter().filter_map(|id| diagnosis.evidence.reading(*id))
}

/// `` `nginx` listens only on 127.0.0.1:443 ``, of the first program that only the origin reaches.
fn only_local(reading: &Reading) -> Option<Passage> {
    let (_, HostAnswer::Listeners(listeners)) = reading.host()? else { return None };
    let web =
        |socket: &&Listener| matches!(socket.at.port(), Some(80 | 443)) && socket.at.is_local();
    let program = |socket: &Listener| socket.program.as_ref().map(|program| program.name.clone());
    let local: Vec<&Listener> = listeners.sockets.iter().filter(web).collect();
    let name = program(local.first()?)?;
    let at: Vec<String> = local
        .iter()
        .filter(|socket| program(socket).as_ref() == Some(&name))
        .map(|socket| socket.at.to_string())
        .collect();
    let text = format!("{} listens only on {}", quote(&name), list_of(&at, 4));
    Some(Passage::new(text, &[reading.id]))
}

fn text<'f>(finding: &'f Finding, key: &str) -> Option<&'f str> {
    finding.detail.get(key).and_then(Value::as_str)
}

/// Where an app listens that is asked elsewhere.
fn listens(finding: &Finding) -> Option<String> {
    let at = finding.detail.get("listens")?.as_array()?;
    let at: Vec<String> = at.iter().filter_map(Value::as_str).map(quote).collect();
    (!at.is_empty()).then(|| list_of(&at, 3))
}

fn log(reading: &Reading) -> Option<(&Reading, &LogSource)> {
    match &reading.question {
        Question::Host(HostQuestion::Log { source, .. }) => Some((reading, source)),
        _ => None,
    }
}

fn within(source: &LogSource, finding: &Finding) -> String {
    match source {
        LogSource::Journal { unit } if text(finding, "unit") == Some(unit) => {
            "in its log".to_owned()
        }
        LogSource::Journal { unit } => format!("in the log of {}", quote(unit)),
        LogSource::File { path } => format!("in {}", quote(path)),
        LogSource::Kernel => "in the kernel's log".to_owned(),
    }
}

/// A reading in a few words; `None`: it is no step of its own.
fn short(reading: &Reading, finding: &Finding) -> Option<String> {
    if let (Question::Request { .. }, Some(http)) = (&reading.question, reading.http()) {
        return match http {
            HttpAnswer::Replied(reply) if reply.status >= 500 => {
                Some(format!("{} answers {}", server(reply.header("server")), reply.status))
            }
            _ => None,
        };
    }
    let (question, answer) = reading.host()?;
    match (question, answer) {
        (HostQuestion::Upstream(asked), HostAnswer::Upstream(answer)) => {
            let at = quote(&asked.to.to_string());
            upstream(&at, answer)
        }
        (_, HostAnswer::Unit(UnitAnswer::Known(seen))) => unit(seen, reading.at, finding),
        (
            HostQuestion::Rehearsal { kind },
            HostAnswer::Rehearsal(Rehearsal::Fails { says, .. }),
        ) => Some(format!("{} refuses its files: {}", kind.word(), quote(says))),
        _ => None,
    }
}

/// The web server by the name that it gives itself, where that is a usual one.
fn server(header: Option<&str>) -> &'static str {
    let name = header.unwrap_or_default().to_ascii_lowercase();
    let known = [
        ("nginx", "nginx"),
        ("openresty", "nginx"),
        ("apache", "Apache"),
        ("caddy", "Caddy"),
        ("haproxy", "HAProxy"),
    ];
    known.iter().find(|(lead, _)| name.starts_with(lead)).map_or("the origin", |(_, word)| word)
}

fn upstream(at: &str, answer: &UpstreamAnswer) -> Option<String> {
    Some(match answer {
        UpstreamAnswer::SocketMissing { .. }
        | UpstreamAnswer::NoSocket { .. }
        | UpstreamAnswer::Unconnected { tcp: TcpAnswer::Refused, .. } => {
            format!("nothing accepts connections on {at}")
        }
        UpstreamAnswer::Unconnected { .. } => format!("no connection to {at} comes about"),
        UpstreamAnswer::SocketForbidden { user, .. } => {
            format!("the user {} may not open {at}", quote(user))
        }
        UpstreamAnswer::Nameless { .. } => format!("{at} has no address"),
        UpstreamAnswer::Handshake { .. } => format!("no handshake with {at} comes about"),
        UpstreamAnswer::Accepted => return None,
        UpstreamAnswer::Http { http } => match http.as_ref() {
            HttpAnswer::Replied(reply) if reply.status >= 500 => {
                format!("{at} answers {}", reply.status)
            }
            HttpAnswer::Replied(_) => return None,
            HttpAnswer::Empty { .. } => format!("{at} closes the connection without an answer"),
            HttpAnswer::CutInHead { .. } => format!("{at} breaks off within its answer"),
            HttpAnswer::Silent { after_ms } => {
                format!("{at} does not answer within {}", duration(*after_ms))
            }
            HttpAnswer::Malformed { .. }
            | HttpAnswer::HeadEndless { .. }
            | HttpAnswer::Alert { .. } => {
                format!("{at} does not answer as it should")
            }
        },
    })
}

fn unit(seen: &UnitSeen, now: Timestamp, finding: &Finding) -> Option<String> {
    let name = quote(&seen.name);
    let when = seen.since.map_or_else(String::new, |at| format!(" {}", ago(now, at)));
    if seen.load == "masked" {
        return Some(format!("{name} is masked, so that nothing starts it"));
    }
    let again = |number: u32| match number {
        0 | 1 => String::new(),
        number => format!(", after {}", several(number as usize, "restart")),
    };
    let restarts = again(seen.restarts);
    match seen.active.as_str() {
        "failed" => Some(format!("{name} failed{when}{}{restarts}", ending(seen))),
        "activating" if seen.sub.starts_with("auto-restart") => {
            Some(format!("{name} ended again{}{restarts}", ending(seen)))
        }
        "inactive" => Some(match (seen.started, text(finding, "booted")) {
            (None, Some(booted)) => {
                let at = booted.parse().map_or_else(|_| booted.to_owned(), moment);
                format!("{name} is not enabled, so the reboot at {at} left it stopped")
            }
            (None, None) => format!("{name} is not running"),
            (Some(_), _) => {
                let how = match text(finding, "stopped") {
                    Some("by-order") => "was stopped",
                    Some("by-itself") => "ended by itself",
                    Some("by-a-signal") => "was asked to end by a signal",
                    _ => "is not running since",
                };
                match how {
                    "is not running since" => seen.since.map_or_else(
                        || format!("{name} is not running"),
                        |at| format!("{name} stopped {}", ago(now, at)),
                    ),
                    how => format!("{name} {how}{when}"),
                }
            }
        }),
        "active" | "activating" if finding.hop == Hop::App && seen.restarts > 1 => {
            Some(format!("{name} was started a moment ago{restarts}"))
        }
        _ => None,
    }
}

/// `, exit status 3`, `, killed by SIGKILL`, `, as memory ran out`.
fn ending(seen: &UnitSeen) -> String {
    match (seen.result.as_str(), seen.ended) {
        ("oom-kill", _) => ", as memory ran out".to_owned(),
        ("timeout", _) => ", as its time was up".to_owned(),
        ("start-limit-hit", _) => ", as it was started too often".to_owned(),
        ("watchdog", _) => ", as it did not feed its watchdog".to_owned(),
        (_, Some(Ending::Exited { status, .. })) => format!(", exit status {status}"),
        (_, Some(Ending::Killed { signal: number, .. })) => {
            format!(", killed by {}", signal(number))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::host::Named;
    use crate::logs::Class;
    use crate::report::Report;
    use crate::scene::host::app_gallery::{self, EndedBy, Shop, replies};

    /// The chain of the first finding, a line a step.
    fn told(shop: Shop) -> String {
        let evidence = shop.sitting().evidence();
        let report = Report::of(&diagnose(&evidence));
        let steps = report.findings[0].chain.iter();
        steps.map(|step| format!("{}\n", step.text)).collect()
    }

    const GONE: &str = "visitors get 502\nnginx answers 502\n\
                        nothing accepts connections on `unix:/run/shop/shop.sock`\n";

    #[test]
    fn a_broken_import_is_told_from_the_visitor_to_the_exception() {
        let end = "`shop.service` failed 12 min ago, exit status 3\n\
                   `ModuleNotFoundError: No module named 'flask'` in its log\n";
        assert_eq!(told(Shop::broken_import()), format!("{GONE}{end}"));
    }

    #[test]
    fn each_end_of_a_unit_has_its_words() {
        let stopped = || Shop::fails(502).stopped();
        let memory = "Memory cgroup out of memory: Killed process 4242 (gunicorn)";
        for (shop, end) in [
            (stopped(), "`shop.service` stopped 12 min ago\n"),
            (
                stopped().says(720, Class::Stopped, "Stopped shop.service - The shop."),
                "`shop.service` was stopped 12 min ago\n",
            ),
            (
                stopped().unit(|unit| {
                    unit.enabled = Some("disabled".to_owned());
                    (unit.since, unit.started, unit.ended) = (None, None, None);
                }),
                "`shop.service` is not enabled, so the reboot at 2026-11-01 06:00 UTC left it \
                 stopped\n",
            ),
            (
                stopped().unit(|unit| unit.load = "masked".to_owned()),
                "`shop.service` is masked, so that nothing starts it\n",
            ),
            (
                Shop::fails(502).failed(60, 9_000, "oom-kill", EndedBy::Signal(9)).kernel(
                    60,
                    memory,
                    Some("shop.service"),
                    4242,
                ),
                "`shop.service` failed 60 s ago, as memory ran out\n\
                 `Memory cgroup out of memory: Killed process 4242 (gunicorn)` in the kernel's \
                 log\n",
            ),
            (
                Shop::fails(502).failed(200_000, 900, "signal", EndedBy::Signal(9)),
                "`shop.service` failed 2 days ago, killed by SIGKILL\n",
            ),
            (Shop::looping(), "`shop.service` ended again, exit status 1, after 41 restarts\n"),
            (
                Shop::fails(502).listens("127.0.0.1:8000").claim(Named::Folder),
                "`shop.service` listens at `127.0.0.1:8000`\n",
            ),
        ] {
            assert_eq!(told(shop), format!("{GONE}{end}"));
        }
    }

    #[test]
    fn an_app_that_answers_badly_is_told_by_its_answer() {
        let raises = Shop::fails(500).answers(replies(500)).listened_to();
        assert_eq!(
            told(raises.says(0, Class::AppException, "KeyError: 'cart'")),
            "visitors get 500\nnginx answers 500\n`unix:/run/shop/shop.sock` answers 500\n\
             `KeyError: 'cart'` in its log\n"
        );
        assert_eq!(
            told(Shop::timing_out()),
            "visitors get 502\nnginx answers 502\n\
             `unix:/run/shop/shop.sock` closes the connection without an answer\n\
             `WORKER TIMEOUT (pid:4243)` in its log\n"
        );
    }

    #[test]
    fn what_is_explained_is_told_within_what_explains_it() {
        let evidence = Shop::broken_import().sitting().evidence();
        let report = Report::of(&diagnose(&evidence));
        let told: Vec<&str> = report.findings.iter().map(|told| told.cause.as_str()).collect();
        assert_eq!(told, ["app-boot-failed"]);
        let explains = &report.findings[0].explains;
        assert!(explains.iter().any(|one| one.text.contains("C608")), "{explains:?}");
    }

    #[test]
    fn what_a_log_or_a_unit_says_is_harmless_in_the_chain() {
        let harm = crate::report::samples::HARM;
        let shop = Shop::broken_import().unit(|unit| {
            unit.name = harm.to_owned();
            unit.result = harm.to_owned();
        });
        let shop = shop.owner(|owner| owner.claims[0].unit = harm.to_owned());
        let shop = shop.of_unit(harm, 720, Class::AppBootFailed, harm);
        let evidence = shop.sitting().evidence();
        let report = Report::of(&diagnose(&evidence));
        let told = &report.findings[0];
        assert!(told.chain.len() > 4, "{:?}", told.chain);
        let fix = told.fix.as_deref().unwrap_or_default();
        assert!(fix.contains("journalctl -u APP"), "a name that a shell would act on: {fix}");
        for page in [
            crate::report::text(&report, 80, crate::report::Style::default()),
            crate::report::markdown(&report),
            crate::report::html(&report),
        ] {
            let acting = page.chars().find(|c| *c != '\n' && c.is_control() || *c == '\u{202e}');
            assert_eq!(acting, None);
        }
        assert!(!crate::report::html(&report).contains("<script"));
    }

    #[test]
    fn the_chain_and_the_sentence_behind_it_tell_one_time() {
        // Systemd tells microseconds: 2.4 s is no other time in the chain than below it.
        let since = app_gallery::ago(3).saturating_add(SignedDuration::from_millis(600)).unwrap();
        let stopped = Shop::fails(502).stopped().unit(|unit| unit.since = Some(since));
        let evidence = stopped.sitting().evidence();
        let report = Report::of(&diagnose(&evidence));
        let finding = &report.findings[0];
        let step = &finding.chain.last().unwrap().text;
        let when = step.rsplit("stopped ").next().unwrap();
        assert!(when.ends_with(" s ago"), "{step}");
        let says = |passage: &Passage| passage.text.contains(&format!("stopped {when}"));
        assert!(finding.because.iter().any(says), "{when}: {:?}", finding.because);
    }
}
