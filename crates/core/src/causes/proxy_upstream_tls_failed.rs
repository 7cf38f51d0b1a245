//! The web server and the app do not come to terms on TLS.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page. In nginx's error log, while `SSL handshaking to
//! upstream`: `SSL_do_handshake() failed (… wrong version number)`, `… unrecognized name:SSL alert
//! number 112`, `upstream SSL certificate verify error: (18:self-signed certificate)`, or `upstream
//! SSL certificate does not match "app.internal"`.
//!
//! # What is wrong
//! The web server hands requests on over TLS (`proxy_pass https://`), and the handshake fails or the
//! certificate is turned down. `wrong version number`: the port speaks plain HTTP. Alert 112 or 40:
//! nginx sends no name in its hello unless `proxy_ssl_server_name on;` says so. Else the versions
//! have nothing in common, the app wants a certificate, or, where `proxy_ssl_verify` is on, the
//! app's has expired or bears another name.
//!
//! # How we know
//! The app is greeted as the web server greets it, with the name that its files give and with or
//! without looking at the certificate; the handshake fails, and the web server answers 502 to a
//! direct request: certain where the port does not speak TLS at all, likely otherwise, since its
//! library offers other suites than ours; with a line of this very sitting in the error log about
//! this site certain. Such a line alone: likely.
//!
//! # What to do
//! Where the app speaks plain HTTP on that port, hand on with `proxy_pass http://`. Where it knows
//! only some names, add `proxy_ssl_server_name on; proxy_ssl_name app.internal;`. Then
//! `nginx -t && systemctl reload nginx`.
//!
//! See what it says: `openssl s_client -connect ADDRESS:PORT -servername NAME`. For an own authority
//! set `proxy_ssl_trusted_certificate`; renew what has expired rather than turning the check off.
//!
//! # Sources
//! - nginx docs, ngx_http_proxy_module (proxy_ssl_server_name, proxy_ssl_verify)
//! - RFC 6066, section 3; RFC 8446, section 6
//! - captured: nginx 1.22.1 before apps of all these kinds, 2026-11
use super::{Cause, Verdict};
use crate::evidence::TlsAnswer;
use crate::evidence::host::UpstreamAnswer;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::broken::{Fault, Shown, answers_at_once, broken};
use crate::scene::host::proxy::Member;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C711",
    hop: Hop::Proxy,
    title: "the web server and the app do not come to terms on TLS",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let fault = Fault {
        shown: &fails,
        clean: &|member| {
            let plain = member.pass.is_some_and(|pass| !pass.speaks.tls());
            let past = |answer: &UpstreamAnswer| {
                matches!(answer, UpstreamAnswer::Accepted | UpstreamAnswer::Http { .. })
            };
            member.seen.is_some_and(|seen| plain || past(seen.answer))
        },
        fits: answers_at_once,
        classes: &[Class::UpstreamTlsFailed],
    };
    broken(scene, &fault)
}

fn fails(member: &Member<'_>) -> Option<Shown> {
    let UpstreamAnswer::Handshake { tls } = member.seen?.answer else { return None };
    match tls.as_ref() {
        TlsAnswer::NotTls { .. } => Some(Shown::Outright),
        // A certificate that does not hold, where it is looked at.
        TlsAnswer::Greeted(_) => Some(Shown::ToUs),
        // Whoever waits longer may be answered; whether it is that is another cause's question.
        TlsAnswer::Silent { .. } => None,
        _ => Some(Shown::Perhaps),
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TlsAnswer;
    use crate::evidence::host::{Known, UpstreamAnswer};
    use crate::hop::Hop;
    use crate::proxy::nginx::Speaks;
    use crate::scene::host::nginx_sample::{SHOP, line, refuses, replies};
    use crate::scene::sample::{Sitting, alert, check, expired, greeted, page};

    const APP: &str = "127.0.0.1:8443";

    fn by_tls() -> String {
        SHOP.replace("http://127.0.0.1:8000", "https://127.0.0.1:8443")
    }

    fn fails() -> Sitting {
        Sitting::gateway_fails(502).nginx(&by_tls()).sockets(&["0.0.0.0:443 nginx"])
    }

    fn says(sitting: Sitting, tls: TlsAnswer) -> Sitting {
        let answer = UpstreamAnswer::Handshake { tls: Box::new(tls) };
        sitting.asked_by(Hop::Proxy, APP, Speaks::Https, answer)
    }

    fn plain() -> TlsAnswer {
        TlsAnswer::NotTls { first: "HTTP/1.1 400".to_owned(), http: true }
    }

    fn logged() -> String {
        let message = "SSL_do_handshake() failed (SSL: error:0A000458:SSL routines::tlsv1 \
                       unrecognized name:SSL alert number 112) while SSL handshaking to upstream";
        line(message, "https://127.0.0.1:8443/")
    }

    #[test]
    fn is_certain_when_the_port_speaks_no_tls_or_the_certificate_does_not_hold() {
        check(&UNIT, says(fails(), plain()), "blames, certain");
        check(&UNIT, says(fails(), greeted(vec![expired()])), "blames, certain");
    }

    #[test]
    fn is_likely_where_another_library_may_be_met_otherwise_and_certain_with_its_log() {
        check(&UNIT, says(fails(), alert(112)), "blames, likely");
        check(&UNIT, says(fails(), alert(112)).error_log(&[logged()]), "blames, certain");
        check(&UNIT, fails().error_log(&[logged()]), "blames, likely");
    }

    #[test]
    fn clears_an_app_that_goes_along_and_one_that_is_asked_without_tls() {
        let past = fails().asked_by(Hop::Proxy, APP, Speaks::Https, replies(500));
        check(&UNIT, past, "clears");
        let plain = Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, plain.peer_answers("127.0.0.1:8000", refuses()), "clears");
    }

    #[test]
    fn leaves_a_refusal_to_its_own_cause() {
        let refused = fails().asked_by(Hop::Proxy, APP, Speaks::Https, refuses());
        check(&UNIT, refused, "cannot tell: mend what breaks at proxy first");
    }

    #[test]
    fn cannot_tell_when_the_web_server_serves_us_all_the_same() {
        let served = Sitting::healthy_origin().visits(522, page(522)).on_origin(Known::Told);
        let served = served.nginx(&by_tls()).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, says(served, plain()), "cannot tell");
        check(&UNIT, fails(), "cannot tell");
    }
}
