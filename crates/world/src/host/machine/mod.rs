//! The machine under the site: who of the site's runs on it, which folders they need, and what the
//! machine has to give them.
//!
//! What the site needs is found from three sides: what the web servers' files name, who listens at
//! the upstreams or should, and what those programs have open. Everything is bounded, and no file
//! system over the network is asked for its room, since it may never answer.

mod disks;
mod programs;
mod resources;

use rayfix_core::evidence::host::{Listeners, Owner, Program, ProxySeen};
use rayfix_core::hop::Hop;
use rayfix_core::proxy::nginx::PeerAddress;

pub(crate) use self::disks::{Area, areas, room};
pub(crate) use self::programs::{Uncounted, folders_of, most_open};
pub(crate) use self::resources::{all_files, conntrack, load, memory};

/// Processes that do one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// Their unit, else their name.
    pub(crate) name: String,
    /// The part of the way that they play.
    pub(crate) part: Hop,
    /// Their numbers; empty where the unit does not run.
    pub(crate) pids: Vec<u32>,
    /// Whether they run in a container, whose paths are not ours.
    pub(crate) contained: bool,
}

/// Processes of one job that are looked at.
const PROCESSES: usize = 200;
/// Jobs that are looked at.
const JOBS: usize = 12;

/// The jobs of the site's way: each web server, whoever listens at their upstreams or should, and the
/// tunnel's connectors.
pub(crate) fn jobs(
    proxies: &[ProxySeen],
    listeners: &Listeners,
    owners: &[Owner],
    programs: &[Program],
) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut add = |part: Hop, unit: Option<&str>, program: Option<&Program>| {
        let name = match (unit, program) {
            (Some(unit), _) => unit.to_owned(),
            (None, Some(program)) => program.name.clone(),
            (None, None) => return,
        };
        if jobs.len() >= JOBS || jobs.iter().any(|job| job.name == name) {
            return;
        }
        let together = |other: &&Program| match (unit, program) {
            (Some(unit), _) => other.unit.as_deref() == Some(unit),
            (None, Some(program)) => {
                other.name == program.name
                    && other.unit.is_none()
                    && other.container == program.container
            }
            (None, None) => false,
        };
        let mut pids: Vec<u32> = program.map(|program| program.pid).into_iter().collect();
        pids.extend(programs.iter().filter(together).map(|other| other.pid));
        pids.sort_unstable();
        pids.dedup();
        pids.truncate(PROCESSES);
        let contained = program.is_some_and(|program| program.container.is_some());
        jobs.push(Job { name, part, pids, contained });
    };
    for proxy in proxies {
        let running = proxy.running.as_ref();
        let unit = running.and_then(|program| program.unit.as_deref()).or(proxy.unit.as_deref());
        add(Hop::Proxy, unit, running);
    }
    for to in upstreams(proxies) {
        let there = listeners.sockets.iter().filter(|socket| socket.at.takes(to));
        for program in there.filter_map(|socket| socket.program.as_ref()) {
            add(Hop::App, program.unit.as_deref(), Some(program));
        }
    }
    for owner in owners {
        if let Some(program) = &owner.listening {
            add(Hop::App, program.unit.as_deref(), Some(program));
        }
        for claim in owner.claims.iter().filter(|claim| claim.by.is_sure()) {
            add(Hop::App, Some(&claim.unit), None);
        }
    }
    for program in programs.iter().filter(|program| program.name == "cloudflared") {
        add(Hop::Tunnel, program.unit.as_deref(), Some(program));
    }
    jobs
}

fn upstreams(proxies: &[ProxySeen]) -> impl Iterator<Item = &PeerAddress> {
    proxies.iter().flat_map(|proxy| proxy.upstreams.iter().take(50))
}

/// A folder of the site's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Absolute.
    pub(crate) path: String,
    /// What of the site's is there.
    pub(crate) used_for: String,
    /// The part that fails without room there; `None`: none does at once.
    pub(crate) part: Option<Hop>,
}

/// Folders that a request may need wherever they are there: a program that takes a body keeps it
/// in a file, and so does a database.
const COMMON: [(&str, &str, Option<Hop>); 9] = [
    ("/run", "sockets and process numbers", None),
    ("/tmp", "temporary files", Some(Hop::App)),
    ("/var/lib/mysql", "a database", Some(Hop::App)),
    ("/var/lib/postgresql", "a database", Some(Hop::App)),
    ("/var/lib/redis", "a database", Some(Hop::App)),
    ("/var/lib/mongodb", "a database", Some(Hop::App)),
    ("/var/lib/php/sessions", "sessions of PHP", Some(Hop::App)),
    ("/var/lib/docker", "containers", None),
    ("/var/log/journal", "the journal", None),
];

/// Where nginx keeps bodies and replies that are too large for its memory, as distributions and
/// nginx's own packages have it.
const NGINX_KEEPS: [&str; 4] =
    ["/var/lib/nginx", "/var/cache/nginx", "/usr/local/nginx", "/usr/local/openresty/nginx"];

/// The folders that the web servers name or are known to use.
pub(crate) fn folders(proxies: &[ProxySeen]) -> Vec<Folder> {
    let mut folders: Vec<Folder> = Vec::new();
    let mut add = |path: &str, used_for: String, part| {
        // A path with variables leads nowhere by itself.
        if path.starts_with('/') && !path.contains('$') && folders.len() < 200 {
            folders.push(Folder { path: path.to_owned(), used_for, part });
        }
    };
    for proxy in proxies {
        let name = proxy.kind.word();
        for log in proxy.error_logs.iter().take(10) {
            add(parent(log), format!("{name}'s error log"), None);
        }
        for log in proxy.access_logs.iter().take(10) {
            add(parent(log), format!("{name}'s access log"), None);
        }
        if proxy.kind == rayfix_core::evidence::host::ProxyKind::Nginx {
            for folder in NGINX_KEEPS {
                add(folder, format!("{name}'s temporary files"), Some(Hop::Proxy));
            }
        }
        let shown = proxy.doors.iter().filter_map(|door| door.served.as_ref()?.tls.as_ref());
        for certificate in shown.flat_map(|tls| &tls.certificates).take(10) {
            add(parent(&certificate.certificate.value), "the certificate".to_owned(), None);
        }
    }
    for to in upstreams(proxies) {
        if let PeerAddress::Unix(path) = to {
            add(parent(path), "the app's socket".to_owned(), None);
        }
    }
    for (path, used_for, part) in COMMON {
        add(path, used_for.to_owned(), part);
    }
    folders
}

fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayfix_core::evidence::host::{Claim, Listener, ListensAt, Named, ProxyKind};

    fn program(pid: u32, name: &str, unit: Option<&str>) -> Program {
        Program {
            pid,
            name: name.to_owned(),
            command: name.to_owned(),
            user: "root".to_owned(),
            unit: unit.map(str::to_owned),
            container: None,
            since: None,
        }
    }

    fn nginx() -> ProxySeen {
        ProxySeen {
            unit: Some("nginx.service".to_owned()),
            running: Some(program(811, "nginx", Some("nginx.service"))),
            config: "/etc/nginx/nginx.conf".to_owned(),
            is_whole: true,
            names_site: true,
            upstreams: vec![PeerAddress::Unix("/run/shop/shop.sock".to_owned())],
            error_logs: vec!["/var/log/nginx/error.log".to_owned(), "stderr".to_owned()],
            access_logs: vec!["/srv/$host/access.log".to_owned()],
            ..ProxySeen::of(ProxyKind::Nginx)
        }
    }

    #[test]
    fn the_jobs_are_the_web_server_and_whoever_listens_or_should() {
        let programs = [
            program(811, "nginx", Some("nginx.service")),
            program(812, "nginx", Some("nginx.service")),
            program(900, "gunicorn", Some("shop.service")),
            program(901, "gunicorn", Some("shop.service")),
            program(902, "gunicorn", Some("blog.service")),
            program(77, "cloudflared", None),
        ];
        let at = ListensAt::Unix { path: "/run/shop/shop.sock".to_owned() };
        let socket = Listener { at, program: Some(programs[2].clone()), waiting: 0, queue: 100 };
        let listeners = Listeners { sockets: vec![socket], ..Listeners::default() };
        let claim = |unit: &str, by| Claim {
            unit: unit.to_owned(),
            by,
            at: None,
            words: String::new(),
            listens: Vec::new(),
        };
        let claims = vec![
            claim("shop.service", Named::CommandLine),
            claim("shop-two.service", Named::ConfigFile),
            claim("shop-worker.service", Named::Likeness),
        ];
        let owner = Owner { claims, ..Owner::default() };
        let told: Vec<String> = jobs(&[nginx()], &listeners, &[owner], &programs)
            .into_iter()
            .map(|job| format!("{} {} {:?}", job.part.word(), job.name, job.pids))
            .collect();
        assert_eq!(
            told,
            [
                "proxy nginx.service [811, 812]",
                "app shop.service [900, 901]",
                "app shop-two.service []",
                "tunnel cloudflared [77]",
            ]
        );
    }

    #[test]
    fn the_folders_are_those_that_can_be_named() {
        let told: Vec<String> = folders(&[nginx()])
            .into_iter()
            .map(|folder| format!("{}: {} {:?}", folder.path, folder.used_for, folder.part))
            .collect();
        assert_eq!(told[0], "/var/log/nginx: nginx's error log None");
        assert_eq!(told[1], "/var/lib/nginx: nginx's temporary files Some(Proxy)");
        assert!(told.contains(&"/run/shop: the app's socket None".to_owned()));
        assert!(!told.iter().any(|line| line.contains("$host") || line.contains("stderr")));
    }
}
