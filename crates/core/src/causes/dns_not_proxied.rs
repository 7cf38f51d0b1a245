//! The name leads past Cloudflare, straight to the origin.
//!
//! # What you see
//! Visitors get a certificate warning, or no connection at all, and no reply carries a `cf-ray`
//! header. In the dashboard the record's cloud is grey: "DNS only". Or a record that does not
//! belong to the zone at all answers for the name.
//!
//! # What is wrong
//! The record hands out the origin's own address. Cloudflare is not asked, so nothing that it does
//! for the site happens. An origin that is set up to be visited by Cloudflare alone does not suit
//! visitors: its certificate is Cloudflare's Origin CA's, which no browser trusts, or its firewall
//! admits only Cloudflare's addresses.
//!
//! # How we know
//! The name resolves to addresses that are not Cloudflare's, and no visit came back with a ray. A
//! chain that Cloudflare's Origin CA vouches for, shown to visitors, is meant for the edge; if the
//! origin answers a request once the certificate is left aside, nothing else is in the way. From
//! silence or a hang-up alone it is no more than possible: a dead origin does the same. That a name
//! leads straight to an origin that serves is no fault; then it is only noted. The account tells whether
//! the record is not proxied, or the whole zone is paused.
//!
//! # What to do
//! In the Cloudflare dashboard, under DNS, set the record of this name to "Proxied". The change is
//! there within minutes; check with `dig +short NAME`, which then shows Cloudflare's addresses.
//!
//! Where the whole zone is paused, enable it again: zone overview, "Enable Cloudflare on Site".
//!
//! If the name is meant to go straight to the origin, give the origin a certificate from a public
//! authority, and let its firewall admit everybody.
//!
//! # Sources
//! - Cloudflare docs, pages proxied-dns-records and origin-ca, read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::chain::Anchor;
use crate::evidence::{Greeting, Question, ReadingId, TcpAnswer, VisitAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::serves;
use crate::scene::families::lacks_only_trust;
use crate::scene::visits::{Came, EdgeState, Visit, asks_for_client_certificate};
use crate::scene::witness::{is_inside, unvisited};
use crate::target::SslMode;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C101",
    hop: Hop::Dns,
    title: "the name leads past Cloudflare, straight to the origin",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let verdict = by_the_visits(scene);
    let Verdict::Blames(mut blame) = verdict else { return verdict };
    if let Some(id) = scene.account.paused() {
        // Its records may be proxied as they like.
        blame.because.push(id);
        return Verdict::Blames(blame).with("paused", true);
    }
    let Some((id, records)) = scene.account.records().filter(|(_, all)| !all.is_empty()) else {
        return Verdict::Blames(blame);
    };
    if records.iter().all(|record| record.proxied) {
        // Cloudflare would hand out its own addresses: somebody else answers for the name.
        return Verdict::Blames(blame).at_most(Confidence::Possible);
    }
    blame.because.push(id);
    Verdict::Blames(blame).with("paused", false)
}

fn by_the_visits(scene: &Scene<'_>) -> Verdict {
    let visits = &scene.visits;
    let all = || visits.good.iter().chain(&visits.bad).map(|visit| visit.reading.id);
    match visits.state() {
        EdgeState::NotVisited => return Verdict::needs([Need::Visit]),
        _ if !visits.direct => return Verdict::clears(all().collect::<Vec<_>>()),
        EdgeState::Works => return Verdict::clears(visits.good_ids()),
        EdgeState::Unvisitable | EdgeState::Fails | EdgeState::Flickers => {}
    }
    // A name server of the inside says nothing of what visitors outside are told.
    let leads_inside = |visit: &Visit<'_>| matches!(&visit.reading.question, Question::Visit { to, .. } if is_inside(to.ip()));
    if visits.good.iter().chain(&visits.bad).all(leads_inside) {
        return Verdict::needs([Need::Lookup]);
    }
    if let Some(need) = unvisited(scene) {
        return Verdict::needs([need]);
    }
    let for_the_edge = failed(scene, |visit| {
        greeting(visit).is_some_and(|greeting| {
            greeting.chain.trusted_by == Some(Anchor::OriginCa) && greeting.chain.faults.is_empty()
        })
    });
    if !for_the_edge.is_empty() {
        let answers = answers_the_edge(scene);
        let sure = if answers.is_empty() { Confidence::Likely } else { Confidence::Certain };
        return Verdict::blames(sure, for_the_edge).contrasting(answers);
    }
    let untrusted = failed(scene, |visit| visit.came == Came::Untrusted);
    if !untrusted.is_empty() {
        let sure = if lacks_only_trust(scene) { Confidence::Likely } else { Confidence::Possible };
        return Verdict::blames(sure, untrusted);
    }
    // Silence, a hang-up, a demand for the edge's certificate: so an origin looks that admits only
    // Cloudflare, and so does one that is broken.
    let turned_away = failed(scene, |visit| match (visit.reading.visit(), visit.reply) {
        (_, Some(reply)) => asks_for_client_certificate(reply),
        (Some(VisitAnswer::Nothing { tcp }), None) => matches!(tcp, TcpAnswer::Silent { .. }),
        (_, None) => true,
    });
    if !turned_away.is_empty() {
        return Verdict::blames(Confidence::Possible, turned_away);
    }
    let answered: Vec<ReadingId> = failed(scene, |visit| visit.reply.is_some());
    if !answered.is_empty() {
        return Verdict::clears(answered);
    }
    Verdict::needs([Need::Mend(Hop::Net)])
}

fn failed(scene: &Scene<'_>, like: impl Fn(&Visit<'_>) -> bool) -> Vec<ReadingId> {
    scene.visits.bad.iter().filter(|visit| like(visit)).map(|visit| visit.reading.id).collect()
}

fn greeting<'a>(visit: &Visit<'a>) -> Option<&'a Greeting> {
    match visit.reading.visit()? {
        VisitAnswer::Http { greeting, .. } => greeting.as_deref(),
        _ => None,
    }
}

/// The control: requests to the address that visitors reached, judged as the edge judges.
fn answers_the_edge(scene: &Scene<'_>) -> Vec<ReadingId> {
    let visited = |ip| {
        scene.visits.bad.iter().any(
            |visit| matches!(&visit.reading.question, Question::Visit { to, .. } if to.ip() == ip),
        )
    };
    let used = scene.used_roads();
    let mut here = used.iter().filter(|(road, _)| visited(road.road.to.ip()));
    here.find_map(|(road, _)| serves(road, SslMode::Strict)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::account::{AccountAnswer, AccountQuestion, ZoneSeen};
    use crate::evidence::chain::{Anchor, ChainFault};
    use crate::evidence::{HttpAnswer, TcpAnswer, TlsAnswer, VisitAnswer};
    use crate::scene::sample::{Sitting, check, greeted, page, reply, silent};
    use crate::target::SslMode;

    /// The certificate is Cloudflare's Origin CA's.
    fn for_the_edge(faults: Vec<ChainFault>) -> TlsAnswer {
        let TlsAnswer::Greeted(mut greeting) = greeted(faults) else { unreachable!() };
        greeting.chain.trusted_by = Some(Anchor::OriginCa);
        TlsAnswer::Greeted(greeting)
    }

    /// One visit that went straight to the origin and was shown this certificate.
    fn shown(tls: &TlsAnswer, status: u16) -> Sitting {
        let TlsAnswer::Greeted(greeting) = tls.clone() else { unreachable!() };
        Sitting::new().trace(false).visit_straight(VisitAnswer::Http {
            greeting: Some(Box::new(greeting)),
            http: HttpAnswer::Replied(reply(status)),
            page: None,
            ray: None,
        })
    }

    #[test]
    fn is_certain_when_visitors_are_shown_what_only_the_edge_trusts() {
        let tls = for_the_edge(vec![]);
        let sitting = shown(&tls, 200).tcp(TcpAnswer::Accepted).tls(tls).replies(200);
        check(&UNIT, sitting, "blames, certain");
    }

    #[test]
    fn the_account_tells_a_grey_record_from_a_paused_zone() {
        let detail = |sitting: Sitting| {
            let evidence = sitting.evidence();
            let crate::causes::Verdict::Blames(blame) =
                (UNIT.judge)(&crate::scene::Scene::new(&evidence))
            else {
                panic!("no blame")
            };
            blame.detail["paused"].as_bool()
        };
        let shown = || shown(&for_the_edge(vec![]), 200);
        assert_eq!(detail(shown().records(&["grey A 203.0.113.7"])), Some(false));
        let zone = ZoneSeen { paused: true, ..ZoneSeen::default() };
        let question = AccountQuestion::Zone { name: "shop.example.test".to_owned() };
        let told = AccountAnswer::Zone { zone: Some(Box::new(zone)) };
        let paused = shown().account(question, told).records(&["A 203.0.113.7"]);
        assert_eq!(detail(paused), Some(true));
        check(&UNIT, shown().records(&["A 203.0.113.7"]), "blames, possible");
    }

    #[test]
    fn is_likely_when_the_origin_was_not_asked_for_itself() {
        let sitting = shown(&for_the_edge(vec![]), 200);
        check(&UNIT, sitting.clone(), "blames, likely");
        let elsewhere = sitting.origin("198.51.100.1").tcp(TcpAnswer::Accepted);
        check(&UNIT, elsewhere.tls(greeted(vec![])).replies(200), "blames, likely");
    }

    #[test]
    fn is_likely_when_the_certificate_wants_only_for_somebody_who_vouches_for_it() {
        for fault in [ChainFault::SelfSigned, ChainFault::IssuerUntrusted, ChainFault::Incomplete] {
            check(&UNIT, shown(&greeted(vec![fault]), 200), "blames, likely");
        }
    }

    #[test]
    fn is_only_possible_from_silence_or_another_fault_of_the_certificate() {
        let nothing = VisitAnswer::Nothing { tcp: silent() };
        check(&UNIT, Sitting::new().trace(false).visit_straight(nothing), "blames, possible");
        let hung_up = VisitAnswer::Tcp { tls: TlsAnswer::Cut { reset: true, after_bytes: false } };
        check(&UNIT, Sitting::new().trace(false).visit_straight(hung_up), "blames, possible");
        let own = greeted(vec![ChainFault::SelfSigned]);
        check(&UNIT, shown(&own, 200).mode(SslMode::Strict), "blames, possible");
        check(&UNIT, shown(&for_the_edge(vec![ChainFault::NameMismatch]), 200), "blames, possible");
    }

    #[test]
    fn clears_the_record_when_visits_pass_the_edge_or_the_origin_serves_them() {
        check(&UNIT, Sitting::new().visits(521, page(521)), "clears");
        check(&UNIT, Sitting::healthy(), "clears");
        check(&UNIT, shown(&greeted(vec![]), 200), "clears");
    }

    #[test]
    fn leaves_an_origin_that_fails_by_itself_to_its_own_causes() {
        check(&UNIT, shown(&greeted(vec![]), 502), "clears");
        let refused = VisitAnswer::Nothing { tcp: TcpAnswer::Refused };
        let sitting = Sitting::new().trace(false).visit_straight(refused);
        check(&UNIT, sitting, "cannot tell: mend what breaks at net first");
    }

    #[test]
    fn cannot_tell_without_a_visit() {
        let need = "cannot tell: a visit through the edge: none was possible from here";
        check(&UNIT, Sitting::new(), need);
    }
}
