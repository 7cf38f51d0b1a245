//! The web servers of this machine: those that run, and those that lie here stopped.
//!
//! A stopped web server is what the edge sees as a closed port, so looking for processes alone is
//! not enough: its program and its files tell of it. Each kind is told once, by the one that names
//! the site where there are several.

mod loaded;
mod nginx;
mod others;

use std::path::Path;
use std::sync::Arc;

use rayfix_core::evidence::host::{Program, ProxyKind, ProxySeen};
use rayfix_core::proxy::nginx::{PeerAddress, Speaks};
use rayfix_core::redact;
use rayfix_core::target::{Scheme, Target};

pub(crate) use self::nginx::Nginx;
use crate::host::view::View;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// As they are told.
    pub(crate) seen: Arc<Vec<ProxySeen>>,
    /// How nginx was found, where it was: to rehearse its start.
    pub(crate) nginx: Option<Arc<Nginx>>,
    /// What is spoken with the upstreams of those that are not nginx.
    pub(crate) speaks: Vec<(ProxyKind, PeerAddress, Speaks)>,
}

/// What is looked for: the site, and where requests for it may come in.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// With its port where that is unusual.
    pub(crate) host: String,
    /// Without the values of its query, since what is found is kept.
    pub(crate) path: String,
    /// Schemes and ports that the edge may use.
    pub(crate) doors: Vec<(Scheme, u16)>,
    /// Addresses of this machine that it may dial, the likeliest first.
    pub(crate) addresses: Vec<std::net::IpAddr>,
}

impl Wanted {
    pub(crate) fn of(target: &Target, own: &[std::net::IpAddr]) -> Wanted {
        let site = &target.site;
        let mut doors = vec![(Scheme::Https, 443), (Scheme::Http, 80), (site.scheme, site.port)];
        doors.extend(target.roads().iter().map(|road| (road.scheme, road.to.port())));
        let mut addresses: Vec<_> = target.origins.iter().map(|origin| origin.address).collect();
        addresses.retain(|address| super::place::is_own(*address));
        addresses.extend(own);
        Wanted {
            host: site.authority(),
            path: redact::query(&site.path),
            doors: distinct(doors),
            addresses: distinct(addresses),
        }
    }
}

fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// Units whose command lines say where files are, since their programs do not run.
pub(crate) fn asks_units(programs: &[Program]) -> &'static [&'static str] {
    let mut running = masters(programs, &["nginx", "openresty"]).into_iter();
    if running.all(|program| program.container.is_some() || View::is_apart(program.pid)) {
        &["nginx.service", "openresty.service"]
    } else {
        &[]
    }
}

/// Looks, by deadlines of its own. `commands` are the command lines of units by name, where known.
pub(crate) async fn look(
    programs: &[Program],
    wanted: &Wanted,
    commands: &[(String, String)],
) -> Found {
    let programs = &placed(programs);
    let mut found = Found::default();
    let mut seen = Vec::new();
    let (nginx, (others, speaks)) =
        tokio::join!(nginx::look(programs, wanted, commands), others::look(programs, wanted));
    if let Some((proxy, nginx)) = nginx {
        seen.push(proxy);
        found.nginx = Some(nginx);
    }
    seen.extend(others);
    for proxy in &mut seen {
        proxy.loaded = loaded::loaded(proxy, programs, loaded::parent);
    }
    found.speaks = speaks;
    found.seen = Arc::new(seen);
    found
}

/// The programs that may be web servers; those in a machine of their own are marked, also where no
/// name of a container is known.
fn placed(programs: &[Program]) -> Vec<Program> {
    let names = ["nginx", "openresty", "apache2", "httpd", "haproxy", "caddy"];
    let mut own: Vec<Program> = programs
        .iter()
        .filter(|program| {
            names.contains(&program.name.as_str()) || program.command.starts_with("nginx: ")
        })
        .cloned()
        .collect();
    for program in &mut own {
        if program.container.is_none() && View::is_apart(program.pid) {
            program.container = Some("(unnamed)".to_owned());
            // The unit is one in there.
            program.unit = None;
        }
    }
    own
}

/// The unit of a program that does not run: the first that has a file.
fn unit_file(names: &[&str]) -> Option<String> {
    let folders = [
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
    ];
    let there = |name: &&&str| folders.iter().any(|folder| Path::new(folder).join(name).exists());
    names.iter().find(there).map(|name| (*name).to_owned())
}

/// The programs of one kind that started the others of theirs: those whose number is the lowest of
/// their unit, container and user. The names are those of the kernel (15 bytes).
fn masters<'p>(programs: &'p [Program], names: &[&str]) -> Vec<&'p Program> {
    let mut masters: Vec<&Program> = Vec::new();
    let mut own: Vec<&Program> =
        programs.iter().filter(|program| names.contains(&program.name.as_str())).collect();
    own.sort_by_key(|program| (program.container.is_some(), program.since, program.pid));
    for program in own {
        let same =
            |other: &&Program| other.unit == program.unit && other.container == program.container;
        if !masters.iter().any(same) {
            masters.push(program);
        }
    }
    masters
}

#[cfg(test)]
mod tests {
    use rayfix_core::target::Site;

    use super::*;

    #[test]
    fn the_doors_are_those_that_the_edge_may_use_and_no_secret_is_looked_for() {
        let site = Site::parse("https://shop.example:8443/cart?token=s3cret").unwrap();
        let wanted = Wanted::of(&Target::new(site), &["192.0.2.1".parse().unwrap()]);
        assert_eq!(wanted.doors, [(Scheme::Https, 443), (Scheme::Http, 80), (Scheme::Https, 8443)]);
        assert_eq!(wanted.host, "shop.example:8443");
        assert!(wanted.path.starts_with("/cart?token=") && !wanted.path.contains("s3cret"));
    }

    #[test]
    fn of_many_processes_the_one_that_started_the_others_counts() {
        let program = |pid, name: &str, container: Option<&str>| Program {
            pid,
            name: name.to_owned(),
            command: String::new(),
            user: "root".to_owned(),
            unit: None,
            container: container.map(str::to_owned),
            since: None,
        };
        let all = [
            program(7, "httpd", Some("c")),
            program(30, "apache2", None),
            program(20, "apache2", None),
            program(1, "other", None),
        ];
        let found: Vec<u32> =
            masters(&all, &["apache2", "httpd"]).iter().map(|program| program.pid).collect();
        assert_eq!(found, [20, 7]);
    }
}
