//! The web server that answers for the site does not run.
//!
//! # What you see
//! Error 521, behind a tunnel 502. On the origin `systemctl status nginx` says `inactive (dead)` or
//! `failed`, and `ss -ltn` shows nobody on port 443 or 80.
//!
//! # What is wrong
//! Nothing accepts the edge's connections since the web server that has the site in its
//! configuration has stopped: by hand, by an upgrade, since the kernel ended it, or since it could not
//! start. It cannot start while another program has its port:
//! `bind() to 0.0.0.0:443 failed (98: Address already in use)`.
//!
//! # How we know
//! Its unit is not active, or it has no process; no socket of this machine listens on the port that
//! the edge needs; and a connection to the origin's own address is refused: certain, with a control
//! (its files would load, or the edge answers for itself). Where we cannot see the sockets, or
//! another program took the port of a unit that failed: likely, and no more than possible if that
//! program is in a container, which somebody may have meant to answer. A web server that is only
//! installed is not blamed.
//!
//! # What to do
//! Look why it ended, then start it: `journalctl -u nginx -n 30`, `nginx -t`,
//! `systemctl start nginx`.
//!
//! Where another program has the port, `ss -ltnp 'sport = :443'` names it: stop that one
//! (`systemctl disable --now apache2`), or move one of them to another port. So that it comes back
//! after a restart of the machine: `systemctl enable nginx`.
//!
//! # Sources
//! - Cloudflare docs, page error-521, read 2026-07
//! - systemd manual, org.freedesktop.systemd1 (ActiveState, Result)
//! - captured: nginx 1.22.1 stopped, killed, and with its port taken, 2026-11
use super::{Cause, Verdict};
use crate::evidence::ReadingId;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::blame::weigh;
use crate::scene::host::doors::stopped;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C701",
    hop: Hop::Proxy,
    title: "the web server that answers for the site does not run",
    fixes: &["proxy-start"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(stopped) = stopped(scene) else { return weigh(scene, None, &runs(scene)) };
    let mut verdict = weigh(scene, Some(stopped.sign), &[])
        .explaining(&["net-port-closed", "net-origin-silent", "tunnel-service-refused"])
        .with("proxy", stopped.proxy.kind.word());
    if let Some(unit) = stopped.unit {
        verdict = verdict.with("unit", unit.name.clone()).with("state", unit.active.clone());
        if !unit.result.is_empty() && unit.result != "success" {
            verdict = verdict.with("result", unit.result.clone());
        }
        if let Some(since) = unit.since {
            verdict = verdict.with("since", since.to_string());
        }
    }
    match stopped.taken_by {
        Some(program) => {
            verdict.with("port_taken_by", format!("{} (process {})", program.name, program.pid))
        }
        None => verdict,
    }
}

/// The readings that show the web server at its doors.
fn runs(scene: &Scene<'_>) -> Vec<ReadingId> {
    let Some(host) = &scene.host else { return Vec::new() };
    let Some((files, proxy)) = scene.front() else { return Vec::new() };
    let doors = scene.doors_used();
    let takers = |door: &_| {
        let door: &crate::scene::host::proxy::DoorUsed<'_, '_> = door;
        host.on_port(door.port).filter(|(_, all)| !all.is_empty()).map(|(reading, _)| reading.id)
    };
    let listeners: Option<Vec<ReadingId>> = doors.iter().map(takers).collect();
    match listeners {
        Some(ids) if proxy.running.is_some() => {
            let all = std::iter::once(files.id).chain(ids).collect();
            crate::scene::suspect::deduped(all)
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::evidence::host::{Known, Rehearsal};
    use crate::hop::Hop;
    use crate::scene::host::nginx_sample::{SHOP, proxy_seen, refuses};
    use crate::scene::sample::{Sitting, check, expired, greeted, page};
    use crate::target::SslMode;

    fn down(active: &str) -> Sitting {
        Sitting::door_closed().nginx_down(SHOP).unit_is("nginx.service", Hop::Proxy, active)
    }

    #[test]
    fn is_certain_when_it_is_stopped_nobody_listens_and_the_door_refuses() {
        for active in ["inactive", "failed", "activating"] {
            check(&UNIT, down(active).sockets(&["0.0.0.0:22 sshd"]), "blames, certain");
        }
        let without_systemd = Sitting::door_closed().nginx_down(SHOP).sockets(&["0.0.0.0:22 sshd"]);
        check(&UNIT, without_systemd, "blames, certain");
        let rehearsed = down("inactive").rehearsed(Rehearsal::Passes { warnings: vec![] });
        check(&UNIT, rehearsed.sockets(&[]), "blames, certain");
    }

    #[test]
    fn is_certain_behind_a_tunnel_whose_service_refuses() {
        let sitting = Sitting::new().no_origin().visits(502, page(502)).on_origin(Known::Told);
        let sitting = sitting.nginx_down(SHOP).unit_is("nginx.service", Hop::Proxy, "failed");
        let sitting = sitting.service("127.0.0.1:443", refuses()).sockets(&["0.0.0.0:22 sshd"]);
        check(&UNIT, sitting, "blames, certain");
    }

    #[test]
    fn is_likely_where_the_sockets_were_not_seen_or_another_has_the_port() {
        check(&UNIT, down("inactive"), "blames, likely");
        let taken = Sitting::new().mode(SslMode::Strict).visits(525, page(525));
        let taken = taken.tcp(TcpAnswer::Accepted).on_origin(Known::Told).nginx_down(SHOP);
        let taken = taken.unit_is("nginx.service", Hop::Proxy, "failed");
        check(&UNIT, taken.clone().sockets(&["0.0.0.0:443 squatter"]), "blames, likely");
        check(&UNIT, taken.sockets(&["0.0.0.0:443 docker-proxy"]), "blames, possible");
    }

    #[test]
    fn is_no_more_than_likely_on_what_may_be_a_copy_for_tests() {
        let copy = Sitting::new().mode(SslMode::Strict).visits(521, page(521));
        let copy = copy.tcp(TcpAnswer::Refused).unreached(Hop::Net).on_origin(Known::Proxy);
        let copy = copy.nginx_down(SHOP).unit_is("nginx.service", Hop::Proxy, "failed");
        check(&UNIT, copy.sockets(&[]), "blames, likely");
    }

    #[test]
    fn clears_a_web_server_at_its_doors() {
        let runs = Sitting::gateway_fails(502).nginx(SHOP).sockets(&["0.0.0.0:443 nginx"]);
        check(&UNIT, runs, "clears");
        let old = Sitting::well_within().nginx_down(SHOP).sockets(&["0.0.0.0:443 docker-proxy"]);
        check(&UNIT, old, "clears");
    }

    #[test]
    fn one_that_is_only_installed_or_was_replaced_is_not_blamed() {
        let mut idle = proxy_seen("server { listen 80; server_name other.test; }", false);
        idle.names_site = false;
        let other = Sitting::door_closed().with_proxy(idle).sockets(&[]);
        check(&UNIT, other.unit_is("nginx.service", Hop::Proxy, "inactive"), "cannot tell");
        let replaced = Sitting::gateway_fails(502).nginx_down(SHOP).sockets(&["0.0.0.0:443 caddy"]);
        let replaced = replaced.unit_is("nginx.service", Hop::Proxy, "inactive");
        check(&UNIT, replaced, "cannot tell");
    }

    #[test]
    fn leaves_a_loopback_listener_and_what_answers_elsewhere_to_others() {
        let aside = down("active").sockets(&["127.0.0.1:443 nginx"]);
        check(&UNIT, aside, "cannot tell");
        // The origin is a balancer before this machine.
        let balanced = Sitting::new().mode(SslMode::Strict).visits(526, page(526));
        let balanced = balanced.tcp(TcpAnswer::Accepted).tls(greeted(vec![expired()])).replies(200);
        let balanced = balanced.on_origin(Known::Told).nginx_down(SHOP).sockets(&[]);
        check(&UNIT, balanced, "cannot tell");
    }

    #[test]
    fn cannot_tell_from_outside() {
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, Sitting::new().visits(521, page(521)).tcp(TcpAnswer::Refused), says);
    }
}
