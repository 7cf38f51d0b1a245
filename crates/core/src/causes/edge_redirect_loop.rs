//! The edge and the origin redirect visitors to each other without end.
//!
//! # What you see
//! The browser says `ERR_TOO_MANY_REDIRECTS`, or that the page is not redirecting properly. curl
//! shows a 301 or 302 that leads to the very URL that was asked for, or back and forth between http
//! and https.
//!
//! # What is wrong
//! Edge and origin disagree about the scheme. In SSL mode flexible or off the edge fetches over plain
//! http, and an origin that sends http visitors to https sends the edge there again and again. In
//! mode full and stricter it is the other way round: the origin sends https visitors to http, and
//! the edge ("Always Use HTTPS") sends them back.
//!
//! # How we know
//! Visits go in circles. The origin, asked straight over the road that the edge takes, sends visitors
//! back into the circle; the same origin, asked straight for a URL of the circle under the visitor's
//! own scheme, does not. Where the SSL mode is not known, or the origin was not asked, it is likely
//! only. An origin that goes in circles even when it is asked straight does so without the edge.
//!
//! # What to do
//! In the Cloudflare dashboard, under SSL/TLS, set the encryption mode to "Full (strict)", once the
//! origin serves https with a certificate that holds: `curl -sv --connect-to ::ORIGIN https://NAME/`.
//!
//! If the mode is full already, the origin's own redirect from https to http is at fault: take it out
//! of the web server or the app, or let the app go by the header `X-Forwarded-Proto`.
//!
//! # Sources
//! - Cloudflare docs, pages too-many-redirects and ssl-modes, read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::{HttpAnswer, Question, Reading, ReadingId, Reply};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::direct::{as_the_edge_asks, serves};
use crate::scene::families::never_said;
use crate::scene::roads::RoadSeen;
use crate::scene::suspect::deduped;
use crate::scene::visits::{Came, EdgeState, Visit, is_redirect};
use crate::target::{Site, SslMode};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C202",
    hop: Hop::Edge,
    title: "the edge and the origin redirect visitors to each other without end",
    fixes: &["edge-set-ssl-mode"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(visit) = scene.visits.bad.iter().find(|visit| visit.came == Came::Loop) else {
        return never_said(scene);
    };
    let circle = Circle::of(visit);
    if scene.visits.direct || circle.is_the_origins_own(scene) {
        return Verdict::needs([Need::OnOrigin]);
    }
    let legs = visit.legs.iter().map(|leg| leg.id).take(circle.urls.len());
    let Some((sends, in_every_mode)) = circle.sent_by(scene) else {
        // The origin serves what the circle goes through: then a rule of the zone turns it.
        let seen = scene.used_roads().iter().any(|(road, _)| road.reply().is_some());
        let sure = if seen { Confidence::Possible } else { Confidence::Likely };
        return Verdict::blames(sure, legs.collect::<Vec<_>>());
    };
    let ends = circle.ended_by(scene);
    let all_loop = scene.visits.state() == EdgeState::Fails
        && scene.visits.bad.iter().all(|visit| visit.came == Came::Loop);
    let certain = in_every_mode && all_loop && !ends.is_empty() && circle.keeps_to_one_page();
    let sure = if certain { Confidence::Certain } else { Confidence::Likely };
    let because: Vec<ReadingId> = legs.chain([sends]).collect();
    Verdict::blames(sure, deduped(because)).contrasting(ends)
}

/// The URLs that a visit went through, each once.
struct Circle<'a> {
    urls: Vec<&'a Site>,
}

impl<'a> Circle<'a> {
    fn of(visit: &Visit<'a>) -> Self {
        let mut urls: Vec<&Site> = Vec::new();
        for leg in &visit.legs {
            if let Question::Visit { site, .. } = &leg.question
                && !urls.iter().any(|url| same_page(url, site))
            {
                urls.push(site);
            }
        }
        Circle { urls }
    }

    /// Whether only the scheme changes on the way round.
    fn keeps_to_one_page(&self) -> bool {
        self.urls.windows(2).all(|two| two[0].host == two[1].host && path(two[0]) == path(two[1]))
    }

    fn holds(&self, reply: &Reply) -> bool {
        let to = reply.header("location").and_then(|location| Site::parse(location).ok());
        is_redirect(reply) && to.is_some_and(|to| self.urls.iter().any(|url| same_page(url, &to)))
    }

    /// How the origin answers over the road that `mode` takes for a visitor of this URL.
    fn answer<'s>(
        scene: &'s Scene<'a>,
        mode: SslMode,
        url: &Site,
    ) -> Option<(&'s RoadSeen<'a>, &'a Reading, &'a Reply)> {
        let target = scene.target;
        let taken = |seen: &&RoadSeen<'_>| {
            target.origins.iter().any(|o| target.road(*o, mode, url.scheme) == Some(seen.road))
        };
        scene.roads.iter().filter(taken).find_map(|seen| {
            let (reading, reply) = as_the_edge_asks(seen)?;
            Some((seen, reading, reply))
        })
    }

    /// The origin's redirect into the circle over a road that the edge may take, and whether it
    /// takes such a one in every mode that is possible.
    fn sent_by(&self, scene: &Scene<'a>) -> Option<(ReadingId, bool)> {
        let sends = |mode: SslMode| {
            let answers = self.urls.iter().filter_map(|url| Self::answer(scene, mode, url));
            answers.filter(|(.., reply)| self.holds(reply)).map(|(_, reading, _)| reading.id).next()
        };
        let found: Vec<Option<ReadingId>> =
            scene.modes.possible.iter().map(|mode| sends(*mode)).collect();
        let first = found.iter().flatten().next()?;
        Some((*first, found.iter().all(Option::is_some)))
    }

    /// The control: the origin, asked straight under the visitor's own scheme, ends the circle.
    fn ended_by(&self, scene: &Scene<'a>) -> Vec<ReadingId> {
        self.urls
            .iter()
            .filter_map(|url| Self::answer(scene, SslMode::Full, url))
            .filter(|(seen, ..)| {
                // Whatever headers it comes with: the edge's differ from leg to leg.
                let replies = [seen.request, seen.dressed].into_iter().flatten();
                !replies.filter_map(replied).any(|reply| self.holds(reply))
            })
            .find_map(|(seen, ..)| serves(seen, SslMode::Full))
            .unwrap_or_default()
    }

    /// Whether the origin, asked straight, goes round the whole circle by itself.
    fn is_the_origins_own(&self, scene: &Scene<'a>) -> bool {
        self.urls.iter().all(|url| {
            Self::answer(scene, SslMode::Full, url).is_some_and(|(.., reply)| self.holds(reply))
        })
    }
}

fn replied(reading: &Reading) -> Option<&Reply> {
    match reading.http()? {
        HttpAnswer::Replied(reply) => Some(reply),
        _ => None,
    }
}

fn same_page(one: &Site, other: &Site) -> bool {
    (one.scheme, &one.host, one.port, path(one))
        == (other.scheme, &other.host, other.port, path(other))
}

/// Query values are not kept with the evidence.
fn path(site: &Site) -> &str {
    site.path.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::{HttpAnswer, TcpAnswer};
    use crate::scene::sample::{Sitting, check, greeted, page, reply};
    use crate::target::SslMode;

    const SECURE: &str = "https://shop.example.test/";
    const PLAIN: &str = "http://shop.example.test/";

    /// Both requests on this road are redirected there.
    fn sends_to(sitting: Sitting, location: &str) -> Sitting {
        let mut reply = reply(301);
        reply.headers.push(("location".to_owned(), location.to_owned()));
        let answer = HttpAnswer::Replied(reply);
        sitting.tcp(TcpAnswer::Accepted).request(answer.clone()).dressed(answer)
    }

    /// The edge fetches over plain http; the origin wants https, and serves there.
    fn wants_https() -> Sitting {
        let sitting = Sitting::new().redirects(&[SECURE, SECURE], SECURE).origin_works();
        sends_to(sitting.on_port_80(), SECURE)
    }

    /// Over https the origin sends visitors to http; the edge sends them back.
    fn wants_http() -> Sitting {
        let sitting = Sitting::new().mode(SslMode::Strict);
        let sitting = sitting.redirects(&[SECURE, PLAIN, SECURE], PLAIN).tls(greeted(vec![]));
        sends_to(sitting, PLAIN)
    }

    #[test]
    fn is_certain_when_the_origin_sends_the_edge_back_and_serves_under_the_visitors_scheme() {
        let serves = wants_http().on_port_80().tcp(TcpAnswer::Accepted).replies(200);
        check(&UNIT, serves, "blames, certain");
    }

    #[test]
    fn is_likely_when_the_mode_or_the_origin_is_not_known() {
        check(&UNIT, wants_https(), "blames, likely");
        // In mode flexible nobody asks port 443 straight, so the control is missing.
        check(&UNIT, wants_https().mode(SslMode::Flexible), "blames, likely");
        check(&UNIT, wants_http(), "blames, likely");
        let unknown = Sitting::new().no_origin().redirects(&[SECURE, SECURE], SECURE);
        check(&UNIT, unknown, "blames, likely");
    }

    #[test]
    fn is_only_possible_when_the_origin_was_seen_to_serve() {
        let sitting = Sitting::healthy_origin().redirects(&[SECURE, SECURE], SECURE);
        check(&UNIT, sitting, "blames, possible");
    }

    #[test]
    fn clears_redirects_that_end_and_visits_that_are_served() {
        check(&UNIT, Sitting::healthy(), "clears");
        let elsewhere = Sitting::new().redirects(&[PLAIN], SECURE).redirects(&[SECURE], "/login");
        check(&UNIT, elsewhere, "clears");
        check(&UNIT, Sitting::new().visits(502, page(502)), "clears");
    }

    #[test]
    fn leaves_an_origin_that_goes_in_circles_by_itself() {
        let sitting = Sitting::new().mode(SslMode::Full).redirects(&[SECURE, SECURE], SECURE);
        let own = sends_to(sitting.tls(greeted(vec![])), SECURE);
        check(
            &UNIT,
            own,
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
    }

    #[test]
    fn cannot_tell_without_a_visit() {
        check(&UNIT, Sitting::new(), "cannot tell");
    }
}
