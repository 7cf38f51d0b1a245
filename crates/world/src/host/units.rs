//! Which units have to do with the site, and what part each plays.
//!
//! The web server's, the app's (whoever listens at its upstreams or should), the tunnel connector's,
//! and what renews certificates. A unit that merely exists on this machine is not asked about.

use rayfix_core::evidence::host::tunnel::ConnectorAnswer;
use rayfix_core::evidence::host::{Listeners, Named, Owner, Program, ProxyKind, ProxySeen};
use rayfix_core::hop::Hop;
use rayfix_core::proxy::nginx::PeerAddress;

use super::definitions::Definitions;

/// More units are not asked about.
const MOST: usize = 24;

/// More programs of one unit are not kept.
const MOST_PROGRAMS: usize = 20;

/// What renews certificates.
const RENEWERS: [&str; 4] =
    ["certbot.timer", "certbot.service", "snap.certbot.renew.timer", "snap.certbot.renew.service"];

/// The names that distributions give to web servers' units.
fn usual(kind: ProxyKind) -> &'static [&'static str] {
    match kind {
        ProxyKind::Nginx => &["nginx.service", "openresty.service"],
        ProxyKind::Apache => &["apache2.service", "httpd.service"],
        ProxyKind::Haproxy => &["haproxy.service"],
        ProxyKind::Caddy => &["caddy.service"],
    }
}

const KINDS: [ProxyKind; 4] =
    [ProxyKind::Nginx, ProxyKind::Apache, ProxyKind::Haproxy, ProxyKind::Caddy];

/// The units to ask about, each with its part, in the order of the way.
pub(super) fn of_interest(
    proxies: &[ProxySeen],
    connectors: &[ConnectorAnswer],
    owners: &[(PeerAddress, Owner)],
    listeners: &Listeners,
    definitions: &Definitions,
) -> Vec<(String, Hop)> {
    let mut wanted = Wanted::default();
    for connector in connectors {
        let running = connector.running.as_ref().and_then(|program| program.unit.clone());
        wanted.add(running.or_else(|| connector.unit.clone()), Hop::Tunnel);
    }
    for name in definitions.named("cloudflared", ".service") {
        // Its updater is not what serves.
        if !name.contains("update") {
            wanted.add(Some(name), Hop::Tunnel);
        }
    }
    for proxy in proxies {
        let running = proxy.running.as_ref().and_then(|program| program.unit.clone());
        wanted.add(running.or_else(|| proxy.unit.clone()), Hop::Proxy);
    }
    for kind in KINDS {
        for name in usual(kind) {
            let is_known = proxies.iter().any(|proxy| proxy.kind == kind)
                && wanted.all.iter().any(|(_, part)| *part == Hop::Proxy);
            if definitions.has(name) && !is_known {
                wanted.add(Some((*name).to_owned()), Hop::Proxy);
            }
        }
    }
    for (_, owner) in owners {
        for claim in &owner.claims {
            if let (Named::SocketUnit, Some(at)) = (claim.by, &claim.at)
                && let Some(socket) = at.rsplit('/').next().and_then(|file| file.split(':').next())
                && socket.ends_with(".socket")
            {
                wanted.add(Some(socket.to_owned()), Hop::App);
            }
            wanted.add(Some(claim.unit.clone()), Hop::App);
        }
    }
    // An app that serves the world by itself.
    for socket in &listeners.sockets {
        if matches!(socket.at.port(), Some(80 | 443)) {
            let unit = socket.program.as_ref().and_then(|program| program.unit.clone());
            wanted.add(unit.filter(|unit| unit.ends_with(".service")), Hop::App);
        }
    }
    for name in RENEWERS {
        if definitions.has(name) {
            wanted.add(Some(name.to_owned()), Hop::Host);
        }
    }
    wanted.all.truncate(MOST);
    wanted.all
}

#[derive(Default)]
struct Wanted {
    all: Vec<(String, Hop)>,
}

impl Wanted {
    /// The first part that a unit is found to play is its part.
    fn add(&mut self, name: Option<String>, part: Hop) {
        if let Some(name) = name
            && self.all.iter().all(|(known, _)| *known != name)
        {
            self.all.push((name, part));
        }
    }
}

/// The units that programs belong to.
pub(super) fn running(programs: &[Program]) -> Vec<String> {
    let mut all: Vec<String> = programs.iter().filter_map(|program| program.unit.clone()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Where there is no systemd: the programs that a unit of this name would run, the eldest first.
pub(super) fn like(unit: &str, programs: &[Program]) -> Vec<Program> {
    let stem = unit.split(['@', '.']).next().unwrap_or_default();
    let stem = if unit.contains("php") && unit.contains("fpm") { "php-fpm" } else { stem };
    let is_like = |program: &&Program| {
        // `apache2` for httpd's, `php-fpm8.2`, and whatever an interpreter runs.
        program.name == stem
            || program.name.strip_prefix(stem).is_some_and(|rest| {
                rest.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b':')
            })
    };
    let mut all: Vec<Program> = programs.iter().filter(is_like).cloned().collect();
    all.sort_by_key(|program| (program.since, program.pid));
    all.truncate(MOST_PROGRAMS);
    all
}

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::host::{Claim, Listener, ListensAt};

    use super::*;

    fn program(name: &str, unit: Option<&str>) -> Program {
        Program {
            pid: 1,
            name: name.to_owned(),
            command: name.to_owned(),
            user: "root".to_owned(),
            unit: unit.map(str::to_owned),
            container: None,
            since: None,
        }
    }

    #[test]
    fn units_of_the_way_are_asked_about_once_with_their_part() {
        let claim = |unit: &str, by, at: Option<&str>| Claim {
            unit: unit.to_owned(),
            by,
            at: at.map(str::to_owned),
            words: String::new(),
            listens: Vec::new(),
        };
        let owner = Owner {
            claims: vec![
                claim("shop.service", Named::SocketUnit, Some("/etc/systemd/system/shop.socket:3")),
                claim("nginx.service", Named::Likeness, None),
            ],
            ..Owner::default()
        };
        let connector = ConnectorAnswer {
            running: Some(program("cloudflared", Some("tunnel.service"))),
            ..ConnectorAnswer::default()
        };
        let listeners = Listeners {
            sockets: vec![Listener {
                at: ListensAt::Tcp { address: "0.0.0.0:443".parse().unwrap(), only_v6: false },
                program: Some(program("node", Some("node-app.service"))),
                waiting: 0,
                queue: 511,
            }],
            ..Listeners::default()
        };
        let files =
            ["nginx.service", "cloudflared.service", "cloudflared-update.service", "certbot.timer"];
        let definitions = Definitions::with_names(&files);
        let at = PeerAddress::Unix("/run/shop.sock".to_owned());
        let wanted = of_interest(&[], &[connector], &[(at, owner)], &listeners, &definitions);
        let told: Vec<String> =
            wanted.iter().map(|(name, part)| format!("{} {name}", part.word())).collect();
        assert_eq!(
            told,
            [
                "tunnel tunnel.service",
                "tunnel cloudflared.service",
                "proxy nginx.service",
                "app shop.socket",
                "app shop.service",
                "app node-app.service",
                "host certbot.timer",
            ]
        );
    }

    #[test]
    fn without_systemd_programs_stand_for_units() {
        let all =
            [program("nginx", None), program("php-fpm8.2", None), program("nginx-exporter", None)];
        let names = |unit: &str| -> Vec<String> {
            like(unit, &all).into_iter().map(|program| program.name).collect()
        };
        assert_eq!(names("nginx.service"), ["nginx"]);
        assert_eq!(names("php8.2-fpm.service"), ["php-fpm8.2"]);
        assert!(names("shop.service").is_empty());
        assert!(names("").is_empty());
    }
}
