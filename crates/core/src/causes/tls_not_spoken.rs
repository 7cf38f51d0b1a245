//! The origin speaks plain text on the port where the edge expects TLS.
//!
//! # What you see
//! Error 525 behind a proxied record in SSL mode full or stricter. curl to the origin says
//! `wrong version number`; plain HTTP to the same port often works.
//!
//! # What is wrong
//! The edge begins a TLS handshake, and what listens on the port answers something that is no TLS:
//! mostly plain HTTP (`HTTP/1.1 400 Bad Request`), seldom another protocol such as SSH. In nginx
//! the `listen` line of that port lacks the word `ssl`; a container or load balancer passes port
//! 443 on to the app's plain port; or TLS was ended on a machine that is no longer there.
//!
//! # How we know
//! The connection is accepted, and the first bytes that come back to a hello are no TLS record.
//! With 525 the edge says that its handshake failed as well: certain. Where it says only 502:
//! likely.
//!
//! # What to do
//! Let the web server speak TLS on that port, with a certificate: in nginx `listen 443 ssl;` with
//! `ssl_certificate` and `ssl_certificate_key`, then `nginx -t` and `systemctl reload nginx`.
//!
//! In Apache it is `SSLEngine on` in the virtual host of port 443. A free Cloudflare Origin CA
//! certificate is enough. In front of a container, send port 443 to the port on which it speaks
//! TLS.
//!
//! The SSL mode flexible would fetch from port 80 instead. It sends the visitors' data unprotected
//! from Cloudflare to the origin, for the whole zone, and leads to redirect loops where the app
//! asks for https.
//!
//! # Sources
//! - Cloudflare docs, pages error-525 and ssl-modes/full, read 2026-07
//! - RFC 8446, section 5.1 (record layer)
use super::{Cause, Confidence, Verdict};
use crate::evidence::TlsAnswer;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::families::{before_the_handshake, handshake};
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C501",
    hop: Hop::Tls,
    title: "the origin speaks plain text on the port where the edge expects TLS",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    handshake(scene, &[525, 520], &|road| {
        let reading = road.greet.filter(|r| matches!(r.tls(), Some(TlsAnswer::NotTls { .. })))?;
        let sign = Sign::new([reading.id], before_the_handshake(road));
        // 520 says that the edge got no usable reply, and leaves open whether a handshake failed.
        let outright = scene.symptom.status != Some(520);
        Some(if outright { sign } else { sign.at_most(Confidence::Likely) })
    })
}

#[cfg(test)]
mod tests {

    use super::UNIT;
    use crate::evidence::{TcpAnswer, TlsAnswer};
    use crate::hop::Hop;
    use crate::scene::sample::{Sitting, alert, check, page};
    use crate::target::SslMode;

    fn answering(answer: TlsAnswer) -> Sitting {
        Sitting::new().tcp(TcpAnswer::Accepted).tls(answer).unreached(Hop::Tls)
    }

    fn plain() -> Sitting {
        answering(TlsAnswer::NotTls { first: "HTTP/1.1 400 Bad Request".to_owned(), http: true })
    }

    #[test]
    fn blames_plain_text_where_the_edge_says_only_502() {
        check(&UNIT, plain().visits(502, page(502)), "blames, likely");
        check(&UNIT, plain().visits(520, page(520)), "blames, likely");
    }

    #[test]
    fn is_certain_when_the_edge_says_that_its_handshake_failed() {
        check(&UNIT, plain().visits(525, page(525)), "blames, certain");
    }

    #[test]
    fn clears_the_port_when_visits_do_not_come_over_it_or_tls_is_spoken() {
        check(&UNIT, plain().mode(SslMode::Flexible).served(), "clears");
        check(&UNIT, Sitting::new().origin_works().visits(525, page(525)), "clears");
    }

    #[test]
    fn leaves_alerts_to_their_own_causes() {
        let sitting = answering(alert(40)).visits(525, page(525));
        check(&UNIT, sitting, "cannot tell: mend what breaks at tls first");
    }

    #[test]
    fn cannot_tell_when_the_origin_is_unknown_or_out_of_reach() {
        let unknown = Sitting::new().no_origin().visits(525, page(525));
        check(&UNIT, unknown, "cannot tell: the origin's address: --origin ADDR");
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        check(&UNIT, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
    }
}
