//! The name that the web server hands requests to leads nowhere.
//!
//! # What you see
//! Error 502 with Cloudflare's branded page. In nginx's error log: `app.internal could not be
//! resolved (3: Host not found)`, or `no resolver defined to resolve app.internal`.
//!
//! # What is wrong
//! The web server hands requests to a name that has no address now: the container or machine of
//! that name is gone, the name is mistyped, or the resolver that the web server was told
//! (`resolver 127.0.0.11;`) does not answer. nginx resolves names with a variable in them, or in a
//! group with `resolve`, at each request, and only with a `resolver`; all others once, when it starts.
//!
//! # How we know
//! The name is asked from this machine and leads nowhere, while the web server runs and answers 502
//! to a direct request: likely, since a web server that resolved the name when it started goes on
//! with the old address. A line of this very sitting in the error log about this site makes it
//! certain, or, alone, likely. A name that keeps the web server from starting is a configuration
//! that it refuses.
//!
//! # What to do
//! Ask as it asks: `getent hosts NAME`, and `dig NAME @RESOLVER` with the address of `resolver`.
//! Start the machine or container that bears the name, or correct the name, then
//! `nginx -t && systemctl reload nginx`.
//!
//! For containers that come and go use a variable with Docker's own resolver:
//! `resolver 127.0.0.11 valid=10s; set $app app; proxy_pass http://$app:8000;`.
//!
//! # Sources
//! - nginx docs, ngx_http_core_module (resolver) and ngx_http_proxy_module (proxy_pass)
//! - captured: nginx 1.22.1 with resolvers that deny, fail and stay silent, 2026-11
use super::{Cause, Need, Verdict};
use crate::evidence::host::UpstreamAnswer;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::broken::{Fault, Shown, answers_at_once, broken};
use crate::scene::host::proxy::Member;
use crate::scene::visits::EdgeState;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C710",
    hop: Hop::Proxy,
    title: "the name that the web server hands requests to leads nowhere",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    // Where it does not run, a name may be why; that is its configuration's fault.
    let runs = scene.front().is_none_or(|(_, proxy)| proxy.running.is_some());
    if !runs && scene.visits.state() != EdgeState::Works {
        return Verdict::needs([Need::Mend(Hop::Proxy)]);
    }
    let fault = Fault {
        shown: &nameless,
        clean: &|member| nameless(member).is_none() && member.seen.is_some(),
        fits: answers_at_once,
        classes: &[Class::UpstreamUnresolvable],
    };
    broken(scene, &fault)
}

fn nameless(member: &Member<'_>) -> Option<Shown> {
    matches!(member.seen?.answer, UpstreamAnswer::Nameless { .. }).then_some(Shown::Perhaps)
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::UpstreamAnswer;
    use crate::scene::host::nginx_sample::{line, refuses, replies};
    use crate::scene::sample::{Sitting, check, page};

    const NAMED: &str = "server { listen 443 ssl; server_name shop.example.test;
        ssl_certificate c; ssl_certificate_key k;
        location / { proxy_pass http://app.internal:8000; } }";
    const APP: &str = "app.internal:8000";

    fn nameless() -> UpstreamAnswer {
        UpstreamAnswer::Nameless { why: "the name does not exist".to_owned() }
    }

    fn fails() -> Sitting {
        Sitting::gateway_fails(502).nginx(NAMED).sockets(&["0.0.0.0:443 nginx"])
    }

    fn logged() -> String {
        line("app.internal could not be resolved (3: Host not found)", "http://app.internal:8000/")
    }

    #[test]
    fn is_likely_when_the_name_leads_nowhere_and_the_web_server_says_502() {
        check(&UNIT, fails().peer_answers(APP, nameless()), "blames, likely");
    }

    #[test]
    fn is_certain_when_the_web_server_says_so_as_well() {
        let sitting = fails().peer_answers(APP, nameless()).error_log(&[logged()]);
        check(&UNIT, sitting, "blames, certain");
        check(&UNIT, fails().error_log(&[logged()]), "blames, likely");
    }

    #[test]
    fn clears_a_name_that_leads_somewhere() {
        check(&UNIT, fails().peer_answers(APP, refuses()), "clears");
        check(&UNIT, fails().peer_answers(APP, replies(500)), "clears");
        check(&UNIT, Sitting::well_within().nginx(NAMED).peer_answers(APP, nameless()), "clears");
    }

    #[test]
    fn leaves_a_web_server_that_does_not_start_to_its_configuration() {
        let down = Sitting::door_closed().nginx_down(NAMED).peer_answers(APP, nameless());
        check(&UNIT, down, "cannot tell: mend what breaks at proxy first");
    }

    #[test]
    fn cannot_tell_when_the_web_server_goes_on_with_the_old_address() {
        let served = Sitting::healthy_origin().visits(522, page(522));
        let served = served.on_origin(crate::evidence::host::Known::Told).nginx(NAMED);
        check(&UNIT, served.peer_answers(APP, nameless()), "cannot tell");
        check(&UNIT, fails(), "cannot tell");
    }
}
