//! The origin's clock is wrong, and its programs act on it.
//!
//! # What you see
//! Error 500 or 502 from an app that refuses tokens and signatures (`token used before issued`,
//! `RequestTimeTooSkewed`), or from a proxy that takes the app's good certificate for an expired
//! one. A tunnel does not come up (`x509: certificate has expired or is not yet valid`).
//!
//! # What is wrong
//! The machine's clock is hours or days off: nothing keeps it right, a virtual machine was paused or
//! restored from a snapshot, or the battery of an old machine is empty. Whatever has a beginning
//! and an end in time (certificates, tokens, signed requests) is judged by a wrong now.
//!
//! # How we know
//! The edge's `Date` tells the right time; all its replies agree that this machine is off by more
//! than an hour. That alone breaks no site and is only noted. It is blamed, as likely, where a
//! program here fails over a date right now: the upstream's certificate has only faults of dates,
//! and would have none at the right time, or a log of this very sitting says so.
//!
//! # What to do
//! Let something keep it right: `timedatectl set-ntp true`, then `timedatectl` shows whether it is
//! (`System clock synchronized: yes`); NTP needs port 123/UDP outwards. To set it at once:
//! `systemctl restart systemd-timesyncd`, or `chronyc makestep`. Then restart cloudflared and the
//! app.
//!
//! # Sources
//! - RFC 9110, section 6.6.1 (Date); RFC 5280, section 4.1.2.5 (validity)
//! - timedatectl(1)
use jiff::{SignedDuration, Timestamp};

use super::{Cause, Confidence, Verdict};
use crate::evidence::chain::ChainSeen;
use crate::evidence::host::UpstreamAnswer;
use crate::evidence::{Reading, ReadingId, TlsAnswer};
use crate::hop::Hop;
use crate::logs::Role;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::blame::weigh;
use crate::scene::roads::is_of_dates;
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C904",
    hop: Hop::Host,
    title: "the origin's clock is wrong, and its programs act on it",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let Some((visit, ahead)) = scene.clock_off else {
        return weigh(scene, None, &dated(scene));
    };
    let stumble = refused_certificate(scene, host, ahead).or_else(|| says_so(host));
    let sign = stumble.map(|reading| {
        let edge = scene.trace().into_iter().collect::<Vec<_>>();
        Sign::new([visit, reading.id], edge).at_most(Confidence::Likely)
    });
    weigh(scene, sign, &[])
        .explaining(&[
            "proxy-upstream-tls-failed",
            "tunnel-edge-unreachable",
            "tunnel-credentials-rejected",
            "tunnel-service-tls-rejected",
            "tunnel-connector-stopped",
            "tunnel-down",
            "http-origin-answers-5xx",
        ])
        .with("seconds_ahead", ahead)
}

/// The visits whose dates agree with this machine's clock.
fn dated(scene: &Scene<'_>) -> Vec<ReadingId> {
    let all = scene.visits.bad.iter().chain(&scene.visits.good);
    let dated = all.filter(|visit| visit.reply.is_some_and(|reply| reply.header("date").is_some()));
    dated.map(|visit| visit.reading.id).take(1).collect()
}

/// An upstream whose certificate is refused for its dates alone, and is good at the right time.
fn refused_certificate<'a>(
    scene: &Scene<'a>,
    host: &OnHost<'a>,
    ahead: i64,
) -> Option<&'a Reading> {
    let all = host.upstreams(Hop::Tunnel).into_iter().chain(scene.proxy_upstreams());
    let mut all = all.filter(|upstream| upstream.asked.verifies);
    let refused = all.find(|upstream| match upstream.answer {
        UpstreamAnswer::Handshake { tls } => match tls.as_ref() {
            TlsAnswer::Greeted(greeting) => {
                let now = upstream.reading.at - SignedDuration::from_secs(ahead);
                would_hold(&greeting.chain, now)
            }
            _ => false,
        },
        _ => false,
    });
    refused.map(|upstream| upstream.reading)
}

fn would_hold(chain: &ChainSeen, now: Timestamp) -> bool {
    !chain.faults.is_empty()
        && chain.faults.iter().all(is_of_dates)
        && (chain.not_before..=chain.not_after).contains(&now)
}

/// Words of programs that take something good for too old or too new, in lower case.
const WORDS: [&str; 11] = [
    "certificate has expired",
    "certificate is not yet valid",
    "not yet valid",
    "used before issued",
    "requesttimetooskewed",
    "clock skew",
    "signature expired",
    "signature has expired",
    "token is expired",
    "token has expired",
    "system time",
];

/// The log of a part in which one says so, as a reason and in this sitting.
fn says_so<'a>(host: &OnHost<'a>) -> Option<&'a Reading> {
    [Hop::Tunnel, Hop::Proxy, Hop::App].into_iter().find_map(|part| {
        let mut told = host
            .events(part)
            .filter(|(_, kept)| kept.event.role == Role::Cause && host.is_of_now(kept));
        let said = told.find(|(_, kept)| {
            let text = kept.event.text.to_lowercase();
            WORDS.iter().any(|words| text.contains(words))
        });
        said.map(|(reading, _)| reading)
    })
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::chain::ChainFault;
    use crate::evidence::host::{Known, UpstreamAnswer, UpstreamAsked};
    use crate::evidence::{HostAnswer, HostQuestion};
    use crate::hop::Hop;
    use crate::logs::Class;
    use crate::proxy::nginx::{PeerAddress, Speaks};
    use crate::scene::sample::{Sitting, check, expired, greeted, page, reply, visited};

    /// The sitting is on 2026-11-20, by this machine's clock; the edge has another date.
    fn dated(date: &str) -> Sitting {
        let mut reply = reply(502);
        reply.headers.push(("date".to_owned(), date.to_owned()));
        Sitting::new().visit(visited(reply, page(502))).on_origin(Known::Told)
    }

    const TEN_DAYS_AGO: &str = "Tue, 10 Nov 2026 12:00:00 GMT";
    const NOW: &str = "Fri, 20 Nov 2026 12:00:00 GMT";

    fn upstream(sitting: Sitting, verifies: bool, faults: Vec<ChainFault>) -> Sitting {
        let asked = UpstreamAsked {
            by: Hop::Proxy,
            to: PeerAddress::Ip("127.0.0.1:8443".parse().unwrap()),
            speaks: Speaks::Https,
            host: None,
            path: "/".to_owned(),
            sni: None,
            verifies,
            as_user: None,
        };
        let answer = UpstreamAnswer::Handshake { tls: Box::new(greeted(faults)) };
        sitting.within(HostQuestion::Upstream(asked), HostAnswer::Upstream(answer))
    }

    #[test]
    fn blames_the_clock_when_a_certificate_is_good_at_the_right_time() {
        // It ends on the 12th.
        let sitting = upstream(dated(TEN_DAYS_AGO), true, vec![expired()]);
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn blames_the_clock_when_a_program_says_so() {
        let says = "jwt.exceptions.ImmatureSignatureError: The token is not yet valid (iat)";
        let sitting = dated(TEN_DAYS_AGO).app_says(0, Class::AppException, says);
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn leaves_what_the_clock_does_not_explain_alone() {
        let unexplained = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
        // Off, and nothing minds.
        check(&UNIT, dated(TEN_DAYS_AGO), unexplained);
        check(&UNIT, upstream(dated(TEN_DAYS_AGO), false, vec![expired()]), unexplained);
        // Expired at the right time as well, or for another reason.
        check(
            &UNIT,
            upstream(dated("Sun, 15 Nov 2026 12:00:00 GMT"), true, vec![expired()]),
            unexplained,
        );
        let other = vec![expired(), ChainFault::NameMismatch];
        check(&UNIT, upstream(dated(TEN_DAYS_AGO), true, other), unexplained);
        let other = dated(TEN_DAYS_AGO).app_says(0, Class::AppException, "KeyError: 'x'");
        check(&UNIT, other, unexplained);
    }

    #[test]
    fn clears_a_clock_that_agrees_with_the_edge() {
        check(&UNIT, upstream(dated(NOW), true, vec![expired()]), "clears");
    }

    #[test]
    fn cannot_tell_when_no_date_was_seen() {
        let sitting = Sitting::new().visits(502, page(502)).on_origin(Known::Told);
        check(&UNIT, sitting, "cannot tell");
        let outside = Sitting::new().visits(502, page(502));
        check(
            &UNIT,
            outside,
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
    }
}
