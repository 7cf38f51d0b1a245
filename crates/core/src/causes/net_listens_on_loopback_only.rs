//! The origin's port is listened on, though not on the address that the edge asks.
//!
//! # What you see
//! Error 521. On the origin itself `curl http://127.0.0.1/` works, and `ss -ltn` shows
//! `127.0.0.1:443` (or another single address) where `0.0.0.0:443` or `*:443` is expected.
//!
//! # What is wrong
//! A socket takes connections only for the address that it is bound to. The web server listens on
//! the loopback, which nobody outside reaches, or on an address of this machine that is not the
//! origin's: an inner network, or one that it had before it moved. The kernel refuses all others.
//! Mostly it is `listen 127.0.0.1:443 ssl;`, or a container's port published as
//! `127.0.0.1:443:443`.
//!
//! # How we know
//! The sockets of this machine are listed: all that listen on the port that the edge needs are bound
//! to other addresses than the origin's, and a connection from here to the origin's address is
//! refused: certain, with those very listeners as the control. Where the origin's address is not one
//! of this machine's (behind a translation of addresses), likely. A site that comes through a tunnel
//! needs the loopback only.
//!
//! # What to do
//! Let it listen on every address: `listen 443 ssl;` and `listen [::]:443 ssl;` in the site's server
//! (in Apache `Listen 443`, in Docker `-p 443:443`). Then `nginx -t && systemctl restart nginx`: a
//! reload cannot always take a port that it has in part.
//!
//! Where the loopback was meant, since a tunnel or another web server stands in front, that one has
//! to listen, or the name has to lead to the tunnel.
//!
//! # Sources
//! - ip(7), bind(2)
//! - nginx docs, ngx_http_core_module (listen)
//! - Cloudflare docs, page error-521, read 2026-07
use super::{Cause, Verdict};
use crate::evidence::ReadingId;
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::blame::weigh;
use crate::scene::host::doors::aside;
use crate::scene::host::proxy::{DoorUsed, served};
use crate::scene::suspect::deduped;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C406",
    hop: Hop::Net,
    title: "the origin's port is listened on, though not on the address that the edge asks",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(aside) = aside(scene) else { return weigh(scene, None, &taken(scene)) };
    let at: Vec<String> = aside.at.iter().map(ToString::to_string).collect();
    let listens = scene.doors_used().iter().find_map(|door| {
        let (_, proxy) = scene.host.as_ref()?.front()?;
        served(proxy, door)?.listener.at.clone()
    });
    let verdict = weigh(scene, Some(aside.sign), &[])
        .explaining(&["net-port-closed", "net-one-family-closed"])
        .with("port", aside.port)
        .with("listens", at);
    match listens {
        Some(at) => verdict.with("at", at.to_string()),
        None => verdict,
    }
}

/// The listing of sockets, where each door has a taker.
fn taken(scene: &Scene<'_>) -> Vec<ReadingId> {
    let Some(host) = &scene.host else { return Vec::new() };
    let taker = |door: &DoorUsed<'_, '_>| {
        let (reading, takers) = host.takers(&door.to())?;
        (!takers.is_empty()).then_some(reading.id)
    };
    let all: Option<Vec<ReadingId>> = scene.doors_used().iter().map(taker).collect();
    deduped(all.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::evidence::host::Known;
    use crate::hop::Hop;
    use crate::scene::host::nginx_sample::{SHOP, replies};
    use crate::scene::sample::{Sitting, check, page, silent};
    use crate::target::SslMode;

    fn closed(sockets: &[&str]) -> Sitting {
        Sitting::door_closed().nginx(SHOP).sockets(sockets)
    }

    #[test]
    fn is_certain_when_the_listeners_are_elsewhere_and_the_address_refuses() {
        for sockets in [
            &["127.0.0.1:443 nginx", "0.0.0.0:22 sshd"][..],
            &["127.0.0.1:443 nginx", "[::1]:443 nginx"],
            &["10.0.0.5:443 nginx"],
        ] {
            check(&UNIT, closed(sockets), "blames, certain");
        }
    }

    #[test]
    fn is_likely_where_not_every_door_is_known_or_ours() {
        let copy = Sitting::new().mode(SslMode::Strict).visits(521, page(521));
        let copy = copy.tcp(TcpAnswer::Refused).unreached(Hop::Net).on_origin(Known::Proxy);
        check(&UNIT, copy.nginx(SHOP).sockets(&["127.0.0.1:443 nginx"]), "blames, likely");
        let translated = Sitting::new().no_origin().origin("198.51.100.9").mode(SslMode::Strict);
        let translated = translated.visits(521, page(521)).tcp(TcpAnswer::Refused);
        let translated = translated.unreached(Hop::Net).on_origin(Known::Told).nginx(SHOP);
        let translated = translated.sockets(&["127.0.0.1:443 nginx"]);
        check(&UNIT, translated, "blames, likely");
    }

    #[test]
    fn is_no_more_than_likely_where_another_program_is_on_the_loopback() {
        check(&UNIT, closed(&["127.0.0.1:443 sslh", "0.0.0.0:80 nginx"]), "blames, likely");
        let down = Sitting::door_closed().nginx_down(SHOP).sockets(&["127.0.0.1:443 sslh"]);
        let down = down.unit_is("nginx.service", Hop::Proxy, "failed");
        check(&UNIT, down, "cannot tell");
    }

    #[test]
    fn clears_a_port_with_a_taker() {
        check(&UNIT, closed(&["0.0.0.0:443 nginx"]), "clears");
        check(&UNIT, closed(&["[::]:443 nginx"]), "clears");
        check(&UNIT, Sitting::well_within().sockets(&["127.0.0.1:443 nginx"]), "clears");
    }

    #[test]
    fn leaves_nobody_at_all_and_a_wildcard_of_the_other_family_to_others() {
        check(&UNIT, closed(&["0.0.0.0:22 sshd"]), "cannot tell");
        check(&UNIT, closed(&["[::]:443! nginx"]), "cannot tell");
        let dropped = Sitting::door_silent().nginx(SHOP).sockets(&["127.0.0.1:443 nginx"]);
        check(&UNIT, dropped, "cannot tell");
        // Behind a translation the inner address is the right one.
        let inner = Sitting::new().no_origin().origin("198.51.100.9").mode(SslMode::Strict);
        let inner = inner.visits(521, page(521)).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        let inner = inner.on_origin(Known::Told).nginx(SHOP).sockets(&["10.0.0.5:443 nginx"]);
        check(&UNIT, inner, "cannot tell");
    }

    #[test]
    fn a_tunnel_needs_the_loopback_only() {
        let sitting = Sitting::new().no_origin().visits(502, page(502)).on_origin(Known::Told);
        let sitting = sitting.nginx(SHOP).service("127.0.0.1:443", replies(502));
        check(&UNIT, sitting.sockets(&["127.0.0.1:443 nginx"]), "clears");
    }

    #[test]
    fn cannot_tell_from_outside() {
        let outside = Sitting::new().mode(SslMode::Strict).visits(522, page(522)).tcp(silent());
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, outside, says);
    }
}
