//! Runs every judge, ranks what they say, and draws the path.
//!
//! The first finding is the cause to act on: the most certain; of equals, the one nearest to the
//! visitor. What is merely possible beside something certain is not a finding but an open question,
//! since the certain cause explains the symptom. Same evidence, same diagnosis.

mod chains;

use jiff::SignedDuration;

use crate::causes::{self, Cause, Confidence, Need, Verdict};
use crate::diagnosis::{Cleared, Diagnosis, Finding, Maker, State, Station, Untold};
use crate::evidence::{Evidence, HostAnswer, HttpAnswer, Reading, ReadingId, TcpAnswer, TlsAnswer};
use crate::hop::Hop;
use crate::notes;
use crate::registry::UnitDoc;
use crate::scene::Scene;
use crate::scene::direct::every_road_serves;
use crate::scene::host::UpstreamSeen;
use crate::scene::host::blame::most;
use crate::scene::visits::EdgeState;
use crate::target::{Scheme, SslMode};

/// Judges one sitting by every cause on the list.
#[must_use]
pub fn diagnose(evidence: &Evidence) -> Diagnosis<'_> {
    let scene = Scene::new(evidence);
    let mut findings = Vec::new();
    let mut cleared = Vec::new();
    let mut untold = Vec::new();
    let elsewhere = scene.asks_elsewhere();
    let serves = elsewhere && every_road_serves(&scene).is_some();
    for (doc, cause) in causes::ALL {
        match (cause.judge)(&scene) {
            Verdict::Blames(mut blame) => {
                if cause.hop >= Hop::Net && scene.is_unsure_of_origin() {
                    blame.confidence = blame.confidence.min(Confidence::Likely);
                }
                blame.confidence = blame.confidence.min(most(&scene, cause.hop));
                // What the edge does not ask is not what visitors meet.
                if cause.hop >= Hop::Net && elsewhere {
                    if serves {
                        untold.push(open(&scene, doc, cause, &[Need::Mend(Hop::Dns)]));
                        continue;
                    }
                    blame.confidence = blame.confidence.min(Confidence::Likely);
                }
                let blame = with_the_mode(&scene, cause, with_the_checks(&scene, cause, blame));
                findings.push(finding(doc, cause, blame));
            }
            Verdict::Clears { because } if is_behind(cause) && scene.are_copies(&because) => {
                untold.push(open(&scene, doc, cause, &[Need::PastTheCache]));
            }
            Verdict::Clears { because } => cleared.push(Cleared { cause: doc.name(), because }),
            Verdict::CannotTell { needs } => untold.push(open(&scene, doc, cause, &needs)),
        }
    }
    let mut findings = chains::order(findings);
    set_aside(&mut findings, &mut untold);
    Diagnosis {
        evidence,
        ssl_mode: scene.modes.settled(),
        ssl_mode_from: scene.modes.from,
        path: path(&scene, &findings),
        symptom: scene.symptom.clone(),
        findings,
        cleared,
        untold,
        notes: notes::of(&scene),
    }
}

/// Whether a copy in the edge's cache says nothing of a cause: it sits where the edge fetches.
fn is_behind(cause: &Cause) -> bool {
    let by_name = [
        &causes::dns_origin_unresolvable::UNIT,
        &causes::dns_record_points_at_cloudflare::UNIT,
        &causes::dns_record_not_this_host::UNIT,
    ];
    cause.hop > Hop::Edge || by_name.iter().any(|unit| std::ptr::eq(*unit, cause))
}

fn finding(doc: &UnitDoc, cause: &Cause, blame: causes::Blame) -> Finding {
    Finding {
        cause: doc.name(),
        code: cause.code,
        title: cause.title,
        hop: cause.hop,
        confidence: blame.confidence,
        because: blame.because,
        contrast: blame.contrast,
        detail: blame.detail,
        fixes: cause.fixes.to_vec(),
        leads_to: blame.leads_to.into_iter().map(str::to_owned).collect(),
    }
}

fn open(scene: &Scene<'_>, doc: &UnitDoc, cause: &Cause, needs: &[Need]) -> Untold {
    let words = needs.iter().map(|need| match need {
        // It was asked already: what keeps it from telling is what is needed.
        Need::Account => scene.account.need_at(cause.hop).words(),
        need => need.words(),
    });
    Untold { cause: doc.name(), needs: words.collect() }
}

/// The same, where it hangs on the SSL mode and the account says that the mode was changed of late:
/// since when, and whether Cloudflare may have done so by itself.
fn with_the_mode(scene: &Scene<'_>, cause: &Cause, mut blame: causes::Blame) -> causes::Blame {
    let by_mode = match scene.symptom.status {
        Some(525 | 526) => cause.hop == Hop::Tls,
        _ => std::ptr::eq(cause, &raw const causes::edge_redirect_loop::UNIT),
    };
    let Some((id, mode, Some(since))) = scene.account.setting("ssl").filter(|_| by_mode) else {
        return blame;
    };
    let asked = scene.evidence.readings.iter().map(|reading| reading.at).min();
    // A rule may set another mode for this host.
    if scene.modes.settled().is_some_and(|settled| settled.word() != mode) {
        return blame;
    }
    if asked.is_none_or(|asked| asked.duration_since(since) > LATELY) {
        return blame;
    }
    blame.because.push(id);
    blame.detail.insert("ssl_mode".to_owned(), mode.into());
    blame.detail.insert("ssl_mode_since".to_owned(), since.to_string().into());
    if let Some((id, automatic, _)) = scene.account.setting("ssl_automatic_mode") {
        blame.because.push(id);
        blame.detail.insert("ssl_mode_automatic".to_owned(), (automatic == "auto").into());
    }
    blame
}

/// The same, with what Cloudflare's own health checks say of the origin and the rule that changes how it
/// is asked: they stand beside a fault of the way to it, and make nothing surer.
fn with_the_checks(scene: &Scene<'_>, cause: &Cause, mut blame: causes::Blame) -> causes::Blame {
    if matches!(cause.hop, Hop::Net | Hop::Tls | Hop::Http)
        && let Some((id, check)) = scene.account.failing_checks().first()
    {
        blame.because.push(*id);
        blame.detail.insert("health_check".to_owned(), check.failure_reason.as_str().into());
    }
    // A rule that surely is for the site says how the origin is asked: on another port, by another name.
    let rule = scene.account.origin_rules().find(|(_, _, sure)| *sure);
    if matches!(cause.hop, Hop::Net | Hop::Tls | Hop::Http)
        && let Some((id, rule, _)) = rule
    {
        blame.because.push(id);
        let does = serde_json::Value::Object(rule.action_parameters.clone());
        blame.detail.insert("origin_rule".to_owned(), does);
    }
    blame
}

/// A change of the last day may have to do with what fails now.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// Beside something certain, what is merely possible is an open question.
fn set_aside(findings: &mut Vec<Finding>, untold: &mut Vec<Untold>) {
    let Some(first) = findings.first() else { return };
    let chained = findings.iter().filter(|other| first.leads_to.contains(&other.cause));
    if !chained.chain([first]).any(|finding| finding.confidence == Confidence::Certain) {
        return;
    }
    let hop = first.hop;
    findings.retain(|finding| {
        let stays = finding.confidence != Confidence::Possible;
        if !stays {
            let needs = vec![Need::Mend(hop).words()];
            untold.push(Untold { cause: finding.cause.clone(), needs });
        }
        stays
    });
    let order = |name: &str| causes::ALL.iter().position(|(doc, _)| doc.name() == name);
    untold.sort_by_key(|untold| order(&untold.cause));
}

/// Every station: the one of the first finding breaks; before it, what a reading shows; behind it,
/// only what works from here all the same is not hidden.
fn path(scene: &Scene<'_>, findings: &[Finding]) -> Vec<Station> {
    let breaks = findings.first().map(|finding| finding.hop);
    // The first finding and what it explains: nothing gets past the nearest of them.
    let cut = findings.first().and_then(|first| {
        let chain = findings.iter().filter(|other| first.leads_to.contains(&other.cause));
        chain.chain([first]).map(|finding| finding.hop).min()
    });
    // What the first finding explains is no fault of the station that it shows at.
    let explained =
        |one: &Finding| findings.first().is_some_and(|f| f.leads_to.contains(&one.cause));
    let blamed = |hop: Hop| findings.iter().any(|one| one.hop == hop && !explained(one));
    Hop::ALL
        .into_iter()
        .map(|hop| {
            let state = match breaks {
                Some(at) if at == hop => State::Breaks,
                // Another fault, with a cause of its own.
                _ if blamed(hop) && hop > Hop::Http => State::Hidden,
                _ if shown_to_work(scene, hop, breaks).is_some() => State::Works,
                // Where the edge asks over http alone, no handshake waits behind the break.
                _ if cut.is_some_and(|at| at < hop) && !(hop == Hop::Tls && plain(scene)) => {
                    State::Hidden
                }
                // Asked, and what was answered does not show it at work.
                _ if was_asked(scene, hop) => State::Hidden,
                _ => State::NotAsked,
            };
            Station { hop, state }
        })
        .collect()
}

/// Whether a station answered, or was silent, when it was asked.
fn was_asked(scene: &Scene<'_>, hop: Hop) -> bool {
    let used = scene.used_roads();
    let on_a_road = used
        .iter()
        .flat_map(|(road, _)| [road.tcp, road.greet, road.request, road.dressed])
        .flatten();
    let before = scene.evidence.readings.iter().filter(|reading| match reading.hop {
        Hop::Dns => true,
        Hop::Edge => !scene.visits.direct,
        _ => false,
    });
    let within = scene.evidence.readings.iter().filter(|reading| {
        let told = reading.host().is_some_and(|(_, answer)| {
            !matches!(
                answer,
                HostAnswer::Failed { .. } | HostAnswer::Place(_) | HostAnswer::Changes(_)
            )
        });
        told && reading.hop > Hop::Http
    });
    let mut all = before.chain(on_a_road).chain(within);
    all.any(|reading| reading.hop == hop && reading.seen().is_some())
}

/// Whether the edge asks the origin over https in every mode that is possible.
fn encrypted(scene: &Scene<'_>) -> bool {
    let site = &scene.target.site;
    let over = |mode: &SslMode| mode.fetches(site.scheme, site.port).0;
    !scene.visits.direct && scene.modes.possible.iter().all(|mode| over(mode) == Scheme::Https)
}

/// Whether every way to the origin that is in question is plain http.
fn plain(scene: &Scene<'_>) -> bool {
    let used = scene.used_roads();
    !used.is_empty() && used.iter().all(|(seen, _)| seen.road.scheme == Scheme::Http)
}

/// A reading that shows a station at work.
fn shown_to_work(scene: &Scene<'_>, hop: Hop, breaks: Option<Hop>) -> Option<ReadingId> {
    let on_a_road = |works: &dyn Fn(&Reading) -> bool| {
        let used = scene.used_roads();
        let mut readings = used.iter().flat_map(|(road, _)| [road.tcp, road.greet, road.asked()]);
        readings.find_map(|reading| reading.filter(|r| works(r)).map(|r| r.id))
    };
    let visited = || {
        let served =
            scene.visits.state() == EdgeState::Works && scene.symptom.made_by == Maker::Origin;
        let copies = scene.are_copies(&scene.visits.good_ids());
        if served && !copies { scene.symptom.seen_in } else { None }
    };
    match hop {
        Hop::Dns => scene
            .lookups()
            .find(|reading| {
                matches!(reading.dns(), Some(crate::evidence::DnsAnswer::Resolved { .. }))
            })
            .map(|reading| reading.id),
        Hop::Edge if scene.visits.direct => None,
        Hop::Edge => scene.trace().or_else(|| {
            let through = scene.visits.good.iter().chain(&scene.visits.bad);
            through.into_iter().find(|visit| visit.reply.is_some()).map(|visit| visit.reading.id)
        }),
        Hop::Tunnel => None,
        Hop::Net => {
            visited().or_else(|| on_a_road(&|reading| reading.tcp() == Some(&TcpAnswer::Accepted)))
        }
        Hop::Tls => {
            let greeted = scene.used_roads().iter().find_map(|(road, modes)| {
                let Some(TlsAnswer::Greeted(greeting)) = road.tls_answer() else { return None };
                let holds =
                    modes.iter().all(|mode| !mode.validates()) || road.faults(greeting).is_empty();
                road.greet.filter(|_| holds).map(|reading| reading.id)
            });
            // What comes back over https came through a handshake, whatever the certificate is.
            greeted.or_else(|| visited().filter(|_| encrypted(scene)))
        }
        Hop::Http => visited().or_else(|| {
            on_a_road(&|reading| {
                // Where something behind it is to blame, an error is a reply as well.
                matches!(reading.http(), Some(HttpAnswer::Replied(reply))
                    if (reply.status < 500 || breaks > Some(Hop::Http))
                        && !reply.faults.iter().any(crate::scene::roads::is_serious))
            })
        }),
        // It runs, and is shown to do its work where visits come through it; where the break lies
        // behind it, what it answers is no fault of its own.
        Hop::Proxy => {
            let through = scene.proxy_upstreams().into_iter().find(|seen| seen.answer.works());
            let front = scene.front().filter(|(_, proxy)| proxy.running.is_some());
            let behind = breaks > Some(Hop::Proxy);
            let used = front.filter(|_| behind || (breaks.is_none() && visited().is_some()));
            let through = through.filter(|_| front.is_some() || breaks.is_none());
            through.map(|seen| seen.reading.id).or_else(|| used.map(|(reading, _)| reading.id))
        }
        Hop::App => app_at_work(scene),
        Hop::Host => scene.host.as_ref().and_then(|host| {
            let measured = |answer: &HostAnswer| {
                matches!(answer, HostAnswer::Memory(_) | HostAnswer::Disk(_) | HostAnswer::Load(_))
            };
            host.all().find(|(_, _, answer)| measured(answer)).map(|(reading, ..)| reading.id)
        }),
    }
}

/// The upstreams that the requests of the site are handed to, all of which work: behind the web
/// server, or behind the tunnel where no web server is in between.
fn app_at_work(scene: &Scene<'_>) -> Option<ReadingId> {
    let host = scene.host.as_ref()?;
    let mut upstreams = scene.proxy_upstreams();
    if upstreams.is_empty() && scene.front().is_none() {
        upstreams = host.upstreams(Hop::Tunnel);
    }
    let first = upstreams.first()?.reading.id;
    let served = scene.visits.state() == EdgeState::Works;
    let working = |seen: &UpstreamSeen<'_>| seen.answer.works();
    match upstreams.iter().all(working) {
        true => Some(first),
        // One of a group may be missing where visits are served all the same.
        false if served => upstreams.iter().find(|seen| working(seen)).map(|seen| seen.reading.id),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::host::Known;
    use crate::evidence::{Reply, ReplyFault, TcpAnswer};
    use crate::scene::host::nginx_sample::{GROUP, SHOP, answers, refuses, replies};
    use crate::scene::sample::{
        Sitting, bare_page, expired as expired_chain, greeted, page, reply, silent,
    };

    #[test]
    fn a_healthy_site_has_no_findings_and_every_cause_is_cleared_or_open() {
        let evidence = Sitting::healthy().evidence();
        let diagnosis = diagnose(&evidence);
        assert!(diagnosis.findings.is_empty(), "{:?}", diagnosis.findings);
        assert_eq!(
            diagnosis.cleared.len() + diagnosis.untold.len(),
            causes::ALL.len(),
            "each cause is somewhere"
        );
        assert_eq!(diagnosis.outcome(), crate::diagnosis::Outcome::Healthy);
    }

    #[test]
    fn what_lies_behind_the_break_is_hidden() {
        let evidence = Sitting::new().visits(521, page(521)).tcp(TcpAnswer::Refused).evidence();
        let diagnosis = diagnose(&evidence);
        let state = |hop| diagnosis.path.iter().find(|station| station.hop == hop).unwrap().state;
        assert_eq!(diagnosis.findings[0].cause, "net-port-closed");
        assert_eq!(state(Hop::Edge), State::Works);
        assert_eq!(state(Hop::Net), State::Breaks);
        assert_eq!(state(Hop::Tls), State::Hidden);
        assert_eq!(state(Hop::Tunnel), State::NotAsked);
    }

    /// The path as letters: `w`orks, `b`reaks, `h`idden, `n`ot asked; from dns to host.
    #[track_caller]
    fn path_of(sitting: Sitting, letters: &str) {
        let evidence = sitting.evidence();
        let diagnosis = diagnose(&evidence);
        let letter = |station: &Station| match station.state {
            State::Works => 'w',
            State::Breaks => 'b',
            State::Hidden => 'h',
            State::NotAsked => 'n',
        };
        let path: String = diagnosis.path.iter().map(letter).collect();
        let found: Vec<&str> = diagnosis.findings.iter().map(|one| one.cause.as_str()).collect();
        assert_eq!(path, letters, "{found:?}");
    }

    #[test]
    fn the_path_goes_on_behind_the_web_server() {
        let fails = || Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        let app = "127.0.0.1:8000";
        // Stations: dns edge tunnel net tls http proxy app host.
        let served = || Sitting::well_within().nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        path_of(served().peer_answers(app, replies(200)), "wwnwwwwwn");
        path_of(served(), "wwnwwwwnn");
        path_of(fails().peer_answers(app, refuses()), "wwnwwwbhh");
        let large = Reply { head_bytes: 9000, ..reply(200) };
        let large = answers(HttpAnswer::Replied(large));
        path_of(fails().peer_answers(app, large), "wwnwwwbwh");
        path_of(Sitting::door_closed().nginx_down(SHOP).sockets(&[]), "wwnhhhbhh");
        let group = Sitting::well_within().nginx(GROUP).peer_answers(app, refuses());
        path_of(group.peer_answers("127.0.0.1:8001", replies(200)), "wwnwwwwwn");
        let expired = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
        let expired = expired.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired_chain()]));
        let expired = expired.replies(502).on_origin(Known::Told).nginx(SHOP);
        let expired = expired.sockets(&["0.0.0.0:443 nginx"]);
        path_of(expired.peer_answers(app, refuses()), "wwnwbhhhh");
    }

    #[test]
    fn every_verdict_cites_readings_that_exist_or_says_what_it_needs() {
        for sitting in Sitting::gallery() {
            let evidence = sitting.evidence();
            let diagnosis = diagnose(&evidence);
            let cited = diagnosis
                .findings
                .iter()
                .flat_map(|finding| finding.because.iter().chain(&finding.contrast))
                .chain(diagnosis.cleared.iter().flat_map(|cleared| &cleared.because));
            for id in cited {
                assert!(evidence.reading(*id).is_some(), "{id} is cited and was not read");
            }
            assert!(diagnosis.findings.iter().all(|finding| !finding.because.is_empty()));
            assert!(diagnosis.cleared.iter().all(|cleared| !cleared.because.is_empty()));
            assert!(diagnosis.untold.iter().all(|untold| !untold.needs.is_empty()));
        }
    }

    #[test]
    fn a_mode_that_was_raised_of_late_stands_beside_what_it_breaks() {
        use crate::evidence::account::{AccountAnswer, AccountQuestion, Setting};
        let raised = |since: &str| {
            let setting = Setting {
                id: "ssl".to_owned(),
                value: "strict".into(),
                modified_on: since.parse().ok(),
                ..Setting::default()
            };
            let sitting = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
            let sitting = sitting.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired_chain()]));
            let question = AccountQuestion::Setting { name: "ssl".to_owned() };
            sitting.replies(200).account(question, AccountAnswer::Setting { setting }).evidence()
        };
        let evidence = raised("2026-11-20T11:00:00Z");
        let diagnosis = diagnose(&evidence);
        let first = &diagnosis.findings[0];
        assert_eq!(first.cause, "tls-certificate-expired");
        assert_eq!(first.detail["ssl_mode_since"], "2026-11-20T11:00:00Z");
        let told = crate::report::text(
            &crate::report::Report::of(&diagnosis),
            80,
            crate::report::Style::default(),
        );
        let said = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("SSL mode is `strict` since 2026-11-20 11:00 UTC"), "{told}");
        let evidence = raised("2026-10-01T11:00:00Z");
        assert!(!diagnose(&evidence).findings[0].detail.contains_key("ssl_mode_since"));
    }

    /// Faults as whole sittings: `FIRST CAUSE, CONFIDENCE`, or nothing where none is to blame.
    #[test]
    fn the_first_finding_is_the_cause_to_act_on() {
        let accepted = || TcpAnswer::Accepted;
        let closed_80 =
            |sitting: Sitting| sitting.on_port_80().tcp(TcpAnswer::Refused).unreached(Hop::Net);
        let unknown_mode = || closed_80(Sitting::new().origin_works());
        let six_refused = || {
            let sitting = Sitting::healthy_origin().origin("2001:db8::7");
            sitting.tcp(TcpAnswer::Refused).unreached(Hop::Net)
        };
        let hushed = || Sitting::new().mode(SslMode::Strict).tcp(silent()).unreached(Hop::Net);
        let unreachable = TcpAnswer::Unreachable { errno: 101 };
        let cut_off = || Sitting::new().mode(SslMode::Strict).tcp(unreachable).unreached(Hop::Net);
        let broken_gzip = || {
            let sitting = Sitting::new().mode(SslMode::Strict).tcp(accepted());
            sitting.tls(greeted(vec![])).replies_with(ReplyFault::GzipBroken)
        };
        let mut others = Vec::new();
        for (sitting, first) in [
            // A firewall, with the mode told and not told, and where the edge says only 502.
            (
                Sitting::healthy_origin().visits(522, page(522)),
                "net-firewall-blocks-cloudflare, likely",
            ),
            (unknown_mode().visits(522, page(522)), "net-firewall-blocks-cloudflare, likely"),
            (
                Sitting::healthy_origin().visits(502, page(502)),
                "net-firewall-blocks-cloudflare, possible",
            ),
            (
                Sitting::healthy_origin().served().visits_once(502, page(502)),
                "net-firewall-blocks-cloudflare, possible",
            ),
            // Mode flexible with a closed port 80, or a firewall that rejects: not certain.
            (unknown_mode().visits(521, page(521)), "net-port-closed, likely"),
            // The edge's own page says nothing of the mode.
            (unknown_mode().visits(500, page(500)), "edge-failing, likely"),
            (Sitting::healthy_origin().visits(502, bare_page(502)), "edge-failing, likely"),
            (broken_gzip().visits(502, bare_page(502)), "http-length-wrong, certain"),
            (hushed().visits(522, page(522)), "net-origin-silent, likely"),
            (hushed().visits(502, page(502)), "net-origin-silent, possible"),
            (cut_off().visits(523, page(523)), "net-origin-unreachable, certain"),
            (cut_off().visits(502, page(502)), "net-origin-unreachable, possible"),
            (six_refused().served().visits_once(521, page(521)), "net-one-family-closed, certain"),
            (six_refused().visits(502, page(502)), "net-one-family-closed, likely"),
            (Sitting::new().visits(502, page(1033)), "tunnel-down, certain"),
            (Sitting::new().visits(530, page(1016)), "dns-origin-unresolvable, likely"),
            // What is not to blame.
            (hushed().served(), ""),
            (six_refused().served(), ""),
            (closed_80(Sitting::new().origin_works()).served(), ""),
            (Sitting::healthy_origin().visits(404, None), ""),
        ] {
            let evidence = sitting.evidence();
            let diagnosis = diagnose(&evidence);
            let said = diagnosis.findings.first().map_or_else(String::new, |finding| {
                format!("{}, {}", finding.cause, finding.confidence.word())
            });
            if said != first {
                others.push((first, said, diagnosis.symptom.clone()));
            }
        }
        assert_eq!(others, [], "expected, said, seen");
    }
}
