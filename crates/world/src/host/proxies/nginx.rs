//! nginx: found, asked where its files lie, and its files read for the site.
//!
//! The layout comes from `nginx -V`, which prints and ends; the arguments of the running master (or
//! of its unit) move it. The files may say something else than what runs: a reload may have failed,
//! or never come.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::host::proxy::Door as SiteDoor;
use rayfix_core::evidence::host::{Program, ProxyKind, ProxySeen};
use rayfix_core::proxy::Note;
use rayfix_core::proxy::nginx::command::Options;
use rayfix_core::proxy::nginx::{
    Address, Ask, ChosenBy, Config, Door, Layout, Limits, PeerAddress, Served, Unserved,
};
use rayfix_core::target::Scheme;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{Wanted, distinct, masters, unit_file};
use crate::clock;
use crate::host::run::{run, trusted};
use crate::host::view::{Disk, View};

/// Where the program lies where nothing runs.
const PLACES: [&str; 8] = [
    "/usr/sbin/nginx",
    "/usr/local/nginx/sbin/nginx",
    "/usr/local/sbin/nginx",
    "/usr/local/bin/nginx",
    "/usr/bin/nginx",
    "/usr/local/openresty/nginx/sbin/nginx",
    "/usr/bin/openresty",
    "/opt/nginx/sbin/nginx",
];
/// Masters that are looked at.
const MASTERS: usize = 3;
/// How long reading and answering may take; 50,000 servers take a fraction of it.
const READING: Duration = Duration::from_secs(6);

/// An nginx, and where its files are.
#[derive(Debug)]
pub(crate) struct Nginx {
    /// Its program, where we may start it.
    pub(crate) program: Option<PathBuf>,
    pub(crate) layout: Layout,
    /// What its command line says before the main file.
    pub(crate) directives: String,
    /// What `nginx -V` told.
    pub(crate) told: String,
    pub(crate) view: View,
    pub(crate) running: Option<Program>,
}

/// Looks for it, and for what it does with the site.
pub(super) async fn look(
    programs: &[Program],
    wanted: &Wanted,
    commands: &[(String, String)],
) -> Option<Told> {
    let mut found: Option<Told> = None;
    let masters = masters_of(programs);
    let runs_here = masters.iter().any(|master| master.container.is_none());
    for master in masters.into_iter().take(MASTERS) {
        let program = exe(master.pid);
        let line = command_line(master);
        let next = read(at(Some(master), program.as_deref(), &line).await, wanted).await;
        if keeps(&mut found, next) {
            return found;
        }
    }
    if !runs_here {
        let command = commands
            .iter()
            .find(|(unit, _)| matches!(unit.as_str(), "nginx.service" | "openresty.service"));
        let line = command.map(|(_, line)| line.as_bytes()).unwrap_or_default();
        if let Some(stopped) = Nginx::stopped(line).await {
            let next = read(stopped, wanted).await;
            keeps(&mut found, next);
        }
    }
    found
}

/// Keeps the first one, or the first that names the site; whether that is it.
fn keeps(found: &mut Option<Told>, next: Option<Told>) -> bool {
    let names_site = next.as_ref().is_some_and(|(next, _)| next.names_site);
    if names_site || found.is_none() {
        *found = next;
    }
    names_site
}

fn masters_of(programs: &[Program]) -> Vec<&Program> {
    let mut all: Vec<&Program> = programs
        .iter()
        .filter(|program| program.command.starts_with("nginx: master process"))
        .collect();
    all.sort_by_key(|program| (program.container.is_some(), program.since, program.pid));
    if all.is_empty() {
        // Without a master process, or where only the kernel's name is to be seen.
        all = masters(programs, &["nginx", "openresty"]);
    }
    all
}

/// The program's file; the one that took its place where it was replaced since.
fn exe(pid: u32) -> Option<PathBuf> {
    let link = fs::read_link(format!("/proc/{pid}/exe")).ok();
    let path = link.and_then(|link| link.into_os_string().into_string().ok());
    match path {
        Some(path) => Some(PathBuf::from(path.trim_end_matches(" (deleted)"))),
        None => PLACES.iter().map(PathBuf::from).find(|place| place.exists()),
    }
}

fn command_line(program: &Program) -> Vec<u8> {
    let line = View::own().read(&format!("/proc/{}/cmdline", program.pid), 64 << 10);
    line.map_or_else(|_| program.command.clone().into_bytes(), |(bytes, _)| bytes)
}

async fn at(running: Option<&Program>, program: Option<&Path>, line: &[u8]) -> Nginx {
    let view = running.map_or_else(View::own, |running| View::of(running.pid));
    let contained = running.is_some_and(|running| running.container.is_some());
    let is_nginx = |path: &PathBuf| {
        path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.starts_with("nginx") || name.starts_with("openresty")
        })
    };
    // A program of a container belongs to whoever made that.
    let program = program.filter(|_| !contained).and_then(trusted).filter(is_nginx);
    let mut told = String::new();
    if let Some(program) = &program
        && let Some(said) = run(program, &["-V"], Stdio::null(), Duration::from_secs(1)).await
        && said.text.contains("configure arguments:")
    {
        told = said.text;
    }
    let mut layout = if told.is_empty() { usual(&view) } else { Layout::of_version_text(&told) };
    layout.root = running.is_none_or(|running| running.user == "root");
    let options = Options::read(line);
    Nginx {
        program,
        layout: options.onto(layout),
        directives: options.directives,
        told,
        view,
        running: running.cloned(),
    }
}

/// Where packages and images put its files, for one that cannot be asked.
fn usual(view: &View) -> Layout {
    let layout = Layout::default();
    if view.read(&layout.conf_path, 32 << 20).is_ok() {
        return layout;
    }
    Layout {
        prefix: "/etc/nginx".to_owned(),
        conf_path: "/etc/nginx/nginx.conf".to_owned(),
        error_log: "/var/log/nginx/error.log".to_owned(),
        access_log: "/var/log/nginx/access.log".to_owned(),
        pid: "/run/nginx.pid".to_owned(),
        ..layout
    }
}

impl Nginx {
    /// The one that is installed, with this command line; `None`: none is.
    pub(crate) async fn stopped(line: &[u8]) -> Option<Nginx> {
        let program = PLACES.iter().map(Path::new).find(|place| place.exists())?;
        Some(at(None, Some(program), line).await)
    }

    /// Reads its files; the file that was changed last as well.
    pub(crate) fn config(&self) -> (Config, Option<(String, jiff::Timestamp)>) {
        let mut disk = Disk::new(&self.view, clock::instant() + READING);
        if !self.directives.is_empty() {
            let text = format!("{} ", self.directives);
            disk.before = Some((self.layout.conf_path.clone(), text));
        }
        let config = Config::read(&mut disk, self.layout.clone(), &Limits::default());
        (config, disk.newest)
    }

    /// Whether its files and sockets are those of a container.
    pub(crate) fn is_contained(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.container.is_some())
    }
}

/// What is told of an nginx, and the nginx.
type Told = (ProxySeen, Arc<Nginx>);

async fn read(nginx: Nginx, wanted: &Wanted) -> Option<Told> {
    let (nginx, wanted) = (Arc::new(nginx), wanted.clone());
    let same = Arc::clone(&nginx);
    let reading = spawn_blocking(move || see(&same, &wanted));
    let seen = match timeout(READING * 2, reading).await {
        Ok(seen) => seen.ok()??,
        // It is there, and that is worth telling.
        Err(_) => unread(&nginx),
    };
    Some((seen, nginx))
}

/// An nginx whose files did not come in time.
fn unread(nginx: &Nginx) -> ProxySeen {
    let text = "its files could not be read in time".to_owned();
    ProxySeen {
        version: nginx.layout.version.clone(),
        unit: nginx.running.as_ref().and_then(|running| running.unit.clone()),
        running: nginx.running.clone(),
        config: nginx.layout.conf_path.clone(),
        notes: vec![Note { at: None, text }],
        ..ProxySeen::of(ProxyKind::Nginx)
    }
}

/// `None`: it does not run, and has no files.
fn see(nginx: &Nginx, wanted: &Wanted) -> Option<ProxySeen> {
    let (config, changed) = nginx.config();
    let gone = config.notes.iter().any(|note| note.text.ends_with("it is not there"));
    if nginx.running.is_none() && config.tree.is_empty() && gone {
        return None;
    }
    let mut notes = Vec::new();
    if nginx.told.is_empty() {
        let text = "`nginx -V` could not be asked; its files are where packages put them";
        notes.push(Note { at: None, text: text.to_owned() });
    }
    if nginx.is_contained() {
        let text = "nginx runs in a container; paths and addresses are those in there";
        notes.push(Note { at: None, text: text.to_owned() });
    }
    let doors = doors(&config, wanted, &mut notes);
    let named_by_pattern =
        doors.iter().filter_map(|door| door.served.as_ref()).any(|served| is_named(served));
    let process = config.process();
    let (mut upstreams, mut errors, mut accesses) = (Vec::new(), Vec::new(), Vec::new());
    errors.extend(process.errors.iter().map(|log| log.path.value.clone()));
    for served in doors.iter().filter_map(|door| door.served.as_ref()) {
        for (_, pass) in served.passes() {
            upstreams.extend(pass.peers.addresses().into_iter().cloned());
        }
        for route in &served.routes {
            errors.extend(route.logs.errors.iter().map(|log| log.path.value.clone()));
            accesses.extend(route.logs.accesses.iter().map(|log| log.path.value.clone()));
        }
    }
    // Paths of a container are not ours to read.
    let files = |logs: Vec<String>| {
        let mut logs = distinct(logs);
        logs.retain(|path| {
            path.starts_with('/') && !path.starts_with("/dev/") && !path.contains('$')
        });
        logs.truncate(if nginx.is_contained() { 0 } else { KEPT_LOGS });
        logs
    };
    let running_unit = nginx.running.as_ref().and_then(|running| running.unit.clone());
    notes.extend(config.notes.iter().cloned());
    notes.truncate(20);
    Some(ProxySeen {
        kind: ProxyKind::Nginx,
        version: config.layout.version.clone(),
        unit: match nginx.running {
            Some(_) => running_unit,
            None => unit_file(&["nginx.service", "openresty.service"]),
        },
        running: nginx.running.clone(),
        config: config.layout.conf_path.clone(),
        is_whole: config.whole,
        notes,
        names_site: named_by_pattern || !config.named(&wanted.host).is_empty(),
        doors,
        upstreams: distinct::<PeerAddress>(upstreams),
        error_logs: files(errors),
        access_logs: files(accesses),
        process: Some(process),
        changed,
        loaded: None,
        addresses: config.addresses(),
    })
}

/// Logs of each kind that are told.
const KEPT_LOGS: usize = 8;
/// Sockets that are asked beyond the doors of the edge.
const MORE_DOORS: usize = 16;

/// What answers at each door of the edge. Where that is nowhere a server with the site's name:
/// where else one listens, for a tunnel may lead there.
fn doors(config: &Config, wanted: &Wanted, notes: &mut Vec<Note>) -> Vec<SiteDoor> {
    let mut doors = Vec::new();
    for &(scheme, port) in &wanted.doors {
        doors.push(SiteDoor { scheme, port, served: served(config, wanted, port, notes) });
    }
    let by_name = |served: &Served| is_named(served);
    if doors.iter().filter_map(|door| door.served.as_deref()).any(by_name) {
        return doors;
    }
    let elsewhere: Vec<(SocketAddr, bool)> = config
        .listeners()
        .filter(|listener| !listener.quic)
        .filter_map(|listener| match &listener.address {
            Address::Ip(address) => Some((concrete(*address), listener.tls)),
            _ => None,
        })
        .filter(|(at, _)| !wanted.doors.iter().any(|(_, port)| *port == at.port()))
        .take(MORE_DOORS)
        .collect();
    for (at, tls) in elsewhere {
        let scheme = if tls { Scheme::Https } else { Scheme::Http };
        if doors.iter().any(|door| (door.scheme, door.port) == (scheme, at.port())) {
            continue;
        }
        if let Ok(served) = ask(config, wanted, at)
            && by_name(&served)
        {
            doors.push(SiteDoor { scheme, port: at.port(), served: Some(Box::new(served)) });
        }
    }
    doors
}

/// An address that a socket takes, whatever it is bound to.
fn concrete(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(_) => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(ip, address.port())
}

/// Whether the server was chosen by its name, and not for want of another.
fn is_named(served: &Served) -> bool {
    !matches!(served.by, ChosenBy::StatedDefault | ChosenBy::FirstServer)
}

fn ask(config: &Config, wanted: &Wanted, at: SocketAddr) -> Result<Served, Unserved> {
    let (host, path) = (wanted.host.clone(), wanted.path.clone());
    config.serve(&Ask { door: Door::Ip(at), host, path })
}

/// What answers on a port: at the machine's own addresses, else at whatever address other machines
/// may come to.
fn served(
    config: &Config,
    wanted: &Wanted,
    port: u16,
    notes: &mut Vec<Note>,
) -> Option<Box<Served>> {
    let own = wanted.addresses.iter().map(|&address| SocketAddr::new(address, port));
    let bound = config.listeners().filter_map(|listener| match &listener.address {
        Address::Ip(at) if at.port() == port && !at.ip().is_loopback() && !listener.quic => {
            Some(concrete(*at))
        }
        _ => None,
    });
    // A server that listens on the loopback alone is the site's only if it bears its name.
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    let within = loopback.into_iter().map(|address| SocketAddr::new(address, port));
    for at in own.chain(bound.take(MORE_DOORS)).chain(within) {
        match ask(config, wanted, at) {
            Ok(served) if at.ip().is_loopback() && !is_named(&served) => {}
            Ok(served) => return Some(Box::new(served)),
            Err(Unserved::Stream { at, proxy_pass }) => {
                let to = proxy_pass.map_or_else(String::new, |to| format!(" to `{}`", to.value));
                let text = format!("port {port} is a stream's, which hands its bytes on{to}");
                notes.push(Note { at: Some(at), text });
                return None;
            }
            Err(Unserved::PathRefused) => {
                let text = "nginx takes the path of the site for none and answers 400".to_owned();
                notes.push(Note { at: None, text });
                return None;
            }
            Err(Unserved::NobodyListens { .. }) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &str = "pid /run/n.pid; user www-data; events {} error_log /var/log/n/error.log;
http {
access_log /var/log/n/access.log;
upstream shop { server unix:/run/shop.sock; server 127.0.0.1:8001 down; }
server { listen 80; server_name shop.example; return 301 https://$host$request_uri; }
server { listen 203.0.113.7:443 ssl; server_name shop.example; error_log /var/log/n/shop.log;
location / { proxy_pass http://shop; } }
server { listen 127.0.0.1:8080; server_name *.example; proxy_pass http://127.0.0.1:9; }
server { listen 8081 default_server; }
}
";

    fn wanted(host: &str) -> Wanted {
        Wanted {
            host: host.to_owned(),
            path: "/".to_owned(),
            doors: vec![(Scheme::Https, 443), (Scheme::Http, 80)],
            addresses: vec!["192.0.2.1".parse().unwrap()],
        }
    }

    fn check(text: &str, host: &str, test: impl Fn(&ProxySeen)) {
        let folder = std::env::temp_dir().join(format!("rayfix-n-{}-{}", std::process::id(), host));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("nginx.conf"), text).unwrap();
        let layout = Layout::default();
        let conf_path = folder.join("nginx.conf").to_str().unwrap().to_owned();
        let nginx = Nginx {
            program: None,
            layout: Layout { conf_path, ..layout },
            directives: "worker_processes 3;".to_owned(),
            told: "configure arguments:".to_owned(),
            view: View::own(),
            running: None,
        };
        let seen = see(&nginx, &wanted(host)).expect("it has files");
        fs::remove_dir_all(&folder).unwrap();
        test(&seen);
    }

    #[test]
    fn a_stopped_nginx_is_told_by_its_files() {
        check(FILES, "shop.example", |seen| {
            assert!(seen.names_site && seen.is_whole && seen.running.is_none());
            // Port 443 is bound to an address that only others see: behind a balancer, say.
            let ports: Vec<_> = seen.doors.iter().map(|d| (d.port, d.served.is_some())).collect();
            assert_eq!(ports, [(443, true), (80, true)]);
            let upstreams: Vec<_> = seen.upstreams.iter().map(ToString::to_string).collect();
            assert_eq!(upstreams, ["unix:/run/shop.sock", "127.0.0.1:8001"]);
            assert_eq!(seen.error_logs, ["/var/log/n/error.log", "/var/log/n/shop.log"]);
            assert_eq!(seen.access_logs, ["/var/log/n/access.log"]);
            let process = seen.process.as_ref().unwrap();
            assert_eq!(
                (process.user.value.as_str(), process.workers.value.as_str()),
                ("www-data", "3")
            );
            assert!(seen.changed.as_ref().unwrap().0.ends_with("/nginx.conf"));
        });
    }

    #[test]
    fn a_site_behind_a_tunnel_is_found_where_it_listens() {
        check(FILES, "blog.example", |seen| {
            assert!(seen.names_site);
            let found = seen.doors.iter().find(|door| door.port == 8080).unwrap();
            assert_eq!(found.scheme, Scheme::Http);
        });
    }

    #[test]
    fn a_default_server_does_not_name_the_site() {
        check(FILES, "elsewhere.test", |seen| {
            assert!(!seen.names_site);
            assert_eq!(seen.doors.len(), 2);
        });
    }

    #[test]
    fn a_loop_and_a_missing_file_are_notes() {
        let text =
            "include nginx.conf; include gone.conf; events {} http { server { listen 80; } }";
        check(text, "looped.test", |seen| {
            assert!(!seen.is_whole);
            assert!(seen.notes.len() >= 2, "{:?}", seen.notes);
            assert!(seen.doors.iter().any(|door| door.served.is_some()));
        });
    }
}
