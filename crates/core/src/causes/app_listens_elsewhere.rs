//! The app listens at another address than the one where it is asked.
//!
//! # What you see
//! Error 502 since a change of the app's service or of the web server's configuration, while
//! `systemctl status` says that the app runs, and `curl` finds it at some other port.
//!
//! # What is wrong
//! Two files name one address, and they differ: another port, another socket path (`/run/shop.sock`
//! against `/run/shop/shop.sock`), TCP against a socket, or only one family: an app that listens on
//! `[::1]` is not there for who asks `127.0.0.1`, and `localhost` may mean either.
//!
//! # How we know
//! Nobody takes the connection where the web server, or the tunnel, asks; the unit that should be
//! there runs, and its programs listen elsewhere. Where the unit itself names the address that is
//! asked: certain. Where only the socket's folder is made for it, or it has the very port at another
//! address: likely; where only the names are alike: possible. Where no unit can be told, something
//! that serves like an app and that nobody asks may be it: likely if it bears the site's name.
//!
//! # What to do
//! Make the two agree: `ss -ltnxp` shows where the app listens, `systemctl cat APP` why, and
//! `nginx -T | grep -nE 'proxy_pass|server unix|fastcgi_pass'` where it is asked. Change one of them,
//! then `systemctl restart APP` or `nginx -t && systemctl reload nginx`.
//!
//! Write addresses, not `localhost`: `127.0.0.1:8000` on both sides. A socket in a folder that systemd
//! makes for the unit (`RuntimeDirectory=`) is the surest place.
//!
//! # Sources
//! - nginx docs, ngx_http_upstream_module; gunicorn docs, setting `bind`, read 2026-07
//! - captured: nginx 1.22.1 whose upstream refuses, or whose socket is gone, Debian 12, 2026-11-22
use serde_json::Value;

use super::{Cause, Confidence, Verdict};
use crate::evidence::host::ListensAt;
use crate::hop::Hop;
use crate::proxy::nginx::PeerAddress;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::accuse::{ABSENT, Charge, accuse, is_there};
use crate::scene::host::app::App;
use crate::scene::host::fate::{self, Fate};
use crate::scene::host::stray::stray;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C806",
    hop: Hop::App,
    title: "the app listens at another address than the one where it is asked",
    fixes: &["proxy-point-at-app", "tunnel-set-service"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let site = &scene.target.site;
    let judged = |host: &OnHost<'_>, app: &App<'_>| {
        claimed(host, app).or_else(|| {
            let stray = stray(host, app, site)?;
            let charge = Charge::new(stray.at_most).because([stray.id]);
            Some(charge.with("unit", Some(stray.name)).with("listens", Some(words(&stray.listens))))
        })
    };
    accuse(scene, &judged, &|_, app| is_there(app)).explaining(ABSENT)
}

/// The unit that names the address, or whose folder or name is like it.
fn claimed(host: &OnHost<'_>, app: &App<'_>) -> Option<Charge> {
    let unit = app.unit.as_ref().filter(|_| app.is_absent())?;
    let elsewhere = app.listens_elsewhere();
    if elsewhere.is_empty() || fate::of(host, unit).fate != Fate::Runs {
        return None;
    }
    // The very port at another address is no accident.
    let port = match &app.upstream.asked.to {
        PeerAddress::Ip(address) => Some(address.port()),
        PeerAddress::Name { port, .. } => Some(*port),
        PeerAddress::Unix(_) => None,
    };
    let same_port = port.is_some() && elsewhere.iter().any(|at| at.port() == port);
    let least = if same_port { Confidence::Likely } else { Confidence::Possible };
    Some(
        Charge::new(unit.at_most.max(least))
            .because(host.listeners().map(|(reading, _)| reading.id))
            .with("listens", Some(words(elsewhere))),
    )
}

fn words(listens: &[ListensAt]) -> Vec<Value> {
    listens.iter().map(|at| at.to_string().into()).collect()
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::Named;
    use crate::proxy::nginx::PeerAddress;
    use crate::scene::host::app_gallery::{Shop, check, detail, refused};

    const OPEN: &str = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";

    fn on_a_port() -> Shop {
        Shop::fails(502).listens("127.0.0.1:8000")
    }

    #[test]
    fn blames_as_far_as_the_tie_allows() {
        check(&UNIT, on_a_port().claim(Named::Folder), "blames, likely");
        check(&UNIT, on_a_port().claim(Named::Likeness), "blames, possible");
        let four = PeerAddress::Ip("127.0.0.1:8000".parse().unwrap());
        let on_six = Shop::fails(502).answers(refused()).at(four).listens("[::1]:8000");
        check(&UNIT, on_six.claim(Named::Likeness), "blames, likely");
    }

    #[test]
    fn is_certain_where_the_unit_itself_names_the_address_that_is_asked() {
        check(&UNIT, on_a_port().claim(Named::Environment), "blames, certain");
        let four = PeerAddress::Ip("127.0.0.1:8000".parse().unwrap());
        let on_six = Shop::fails(502).answers(refused()).at(four.clone()).listens("[::1]:8000");
        check(&UNIT, on_six.clone(), "blames, certain");
        assert_eq!(detail(&UNIT, on_six, "listens"), "[\"[::1]:8000\"]");
    }

    #[test]
    fn clears_an_app_that_answers_where_it_is_asked() {
        check(&UNIT, Shop::works().listens("127.0.0.1:9000"), "clears");
    }

    #[test]
    fn leaves_an_app_that_is_down_to_its_neighbours() {
        check(&UNIT, Shop::fails(502).stopped(), OPEN);
        check(&UNIT, Shop::fails(502).stopped().listens("127.0.0.1:8000"), OPEN);
        check(&UNIT, Shop::broken_import(), OPEN);
    }

    #[test]
    fn without_a_claim_what_nobody_asks_may_be_it() {
        let lost = || Shop::fails(502).owner(|owner| owner.claims.clear());
        let eight = PeerAddress::Ip("127.0.0.1:8000".parse().unwrap());
        let lost = || lost().answers(refused()).at(eight.clone());
        let named = lost().socket("127.0.0.1:8080", "gunicorn", Some("shop.service"));
        check(&UNIT, named.clone(), "blames, likely");
        assert_eq!(detail(&UNIT, named, "unit"), "shop.service");
        let port = lost().socket("[::1]:8000", "rocket", Some("api.service"));
        check(&UNIT, port, "blames, likely");
        let other = lost().socket("127.0.0.1:8080", "node", Some("wiki.service"));
        check(&UNIT, other.clone(), "blames, possible");
        check(&UNIT, other.socket("127.0.0.1:8081", "node", Some("chat.service")), OPEN);
        check(&UNIT, lost().socket("127.0.0.1:6379", "redis-server", Some("redis.service")), OPEN);
        check(&UNIT, lost().socket("0.0.0.0:443", "nginx", Some("nginx.service")), OPEN);
    }

    #[test]
    fn cannot_tell_of_one_that_listens_nowhere_or_where_it_is_asked_after_all() {
        check(&UNIT, Shop::fails(502), OPEN);
        check(&UNIT, on_a_port().listens("/run/shop/shop.sock"), OPEN);
        check(&UNIT, on_a_port().listened_to(), OPEN);
    }
}
