//! Who listens at the address where a proxy looks for the app, and which units should.
//!
//! A unit that names the address stands before one that only owns the folder, and that before one
//! that is merely called alike. Everything is read from files; which unit is to blame for anything
//! is not decided here.

mod config;

use std::collections::BTreeMap;

use rayfix_core::evidence::host::{Claim, Listeners, ListensAt, Named, Owner};
use rayfix_core::mentions::{self, Mention};
use rayfix_core::proxy::At;
use rayfix_core::proxy::nginx::PeerAddress;
use rayfix_core::redact;
use rayfix_core::unit_file::{self, Entry};

use super::definitions::{Definition, Definitions};
use super::files;

/// More claims are not kept.
const MOST_CLAIMS: usize = 5;
/// More of the places where a unit listens are not kept.
const MOST_PLACES: usize = 8;

/// Looks who listens at `to`, and who should.
pub(super) fn look(to: &PeerAddress, listeners: &Listeners, units: &Definitions) -> Owner {
    let hosts = files::read("/etc/hosts", 262_144).unwrap_or_default();
    let all = addresses(to, &hosts);
    let there = listeners.sockets.iter().find(|socket| all.iter().any(|to| socket.at.takes(to)));
    let mut claims = Vec::new();
    if let Some(program) = there.and_then(|socket| socket.program.as_ref())
        && let Some(unit) = program.unit.as_ref().filter(|unit| unit.ends_with(".service"))
    {
        claims.push(Ranked {
            by: Named::Listens,
            is_idle: false,
            unit: unit.clone(),
            at: None,
            words: program.command.clone(),
        });
    }
    for unit in &units.all {
        claims.extend(all.iter().filter_map(|to| claim(unit, to)).min());
    }
    claims.sort();
    let mut kept: Vec<Claim> = Vec::new();
    for ranked in claims {
        if kept.len() < MOST_CLAIMS && kept.iter().all(|claim| claim.unit != ranked.unit) {
            let listens = places(&ranked.unit, listeners);
            kept.push(ranked.claim(listens));
        }
    }
    Owner {
        listening: there.and_then(|socket| socket.program.clone()),
        is_listened: there.is_some(),
        claims: kept,
    }
}

/// The address itself, and those that `/etc/hosts` has for its name.
fn addresses(to: &PeerAddress, hosts: &str) -> Vec<PeerAddress> {
    let mut all = vec![to.clone()];
    if let PeerAddress::Name { host, port } = to {
        for line in hosts.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            if let Some(Ok(ip)) = words.next().map(str::parse)
                && words.any(|name| name.eq_ignore_ascii_case(host))
            {
                all.push(PeerAddress::Ip(std::net::SocketAddr::new(ip, *port)));
            }
        }
        all.truncate(9);
    }
    all
}

/// Where programs of a unit listen.
fn places(unit: &str, listeners: &Listeners) -> Vec<ListensAt> {
    let of_unit = listeners.sockets.iter().filter(|socket| {
        socket.program.as_ref().is_some_and(|program| program.unit.as_deref() == Some(unit))
    });
    of_unit.map(|socket| socket.at.clone()).take(MOST_PLACES).collect()
}

/// A claim, in the order in which claims are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    by: Named,
    /// Whether nothing starts it by itself.
    is_idle: bool,
    unit: String,
    at: Option<At>,
    words: String,
}

impl Ranked {
    fn claim(self, listens: Vec<ListensAt>) -> Claim {
        Claim {
            unit: self.unit,
            by: self.by,
            at: self.at.map(|at| at.to_string()),
            words: cut(&self.words, 200),
            listens,
        }
    }
}

fn cut(text: &str, most: usize) -> String {
    text[..text.floor_char_boundary(most)].to_owned()
}

/// What ties a unit to an address, the surest.
fn claim(unit: &Definition, to: &PeerAddress) -> Option<Ranked> {
    let ranked = |by, at: Option<&At>, words: String| Ranked {
        by,
        is_idle: !unit.is_wanted,
        unit: unit.name.clone(),
        at: at.cloned(),
        words,
    };
    if unit.name.ends_with(".socket") {
        return socket(unit, to).map(|(entry, words)| {
            let service = started_by(unit);
            Ranked { unit: service, ..ranked(Named::SocketUnit, Some(&entry.at), words) }
        });
    }
    let environment = environment(unit);
    let mut near = None;
    let commands: Vec<(&Entry, Vec<String>)> = unit
        .file
        .all("Service", "ExecStart")
        .into_iter()
        .map(|entry| (entry, command(entry, &unit.name, &environment)))
        .collect();
    for (entry, words) in &commands {
        match mentions::in_command(words, to) {
            Some(Mention { is_address: true, words }) => {
                return Some(ranked(Named::CommandLine, Some(&entry.at), words));
            }
            Some(found) => near = near.or(Some((&entry.at, found.words))),
            None => {}
        }
    }
    for (name, (value, at)) in &environment {
        if let Some(found) = mentions::in_setting(name, value, to).filter(|one| one.is_address) {
            return Some(ranked(Named::Environment, Some(at), found.words));
        }
    }
    let folder = unit.file.last("Service", "WorkingDirectory");
    let folder = folder.map(|entry| unit_file::specified(&entry.value, &unit.name));
    for (_, words) in &commands {
        if let Some((at, words)) = config::names(words, folder.as_deref(), to) {
            return Some(ranked(Named::ConfigFile, Some(&at), words));
        }
    }
    if let Some((entry, words)) = makes_folder(unit, to) {
        return Some(ranked(Named::Folder, Some(&entry.at), words));
    }
    // The same port of another address of this machine is as near as a like name.
    if let Some((at, words)) = near {
        return Some(ranked(Named::Likeness, Some(at), words));
    }
    is_like(&unit.name, to).then(|| ranked(Named::Likeness, None, unit.name.clone()))
}

/// The `ListenStream=` that names the address.
fn socket<'a>(unit: &'a Definition, to: &PeerAddress) -> Option<(&'a Entry, String)> {
    unit.file.all("Socket", "ListenStream").into_iter().find_map(|entry| {
        let value = unit_file::specified(&entry.value, &unit.name);
        let found = mentions::in_setting("listen", &value, to)?;
        found.is_address.then(|| (entry, format!("ListenStream={value}")))
    })
}

/// The service that a socket unit starts; of one that starts a process for each connection, the
/// socket unit itself.
fn started_by(socket: &Definition) -> String {
    if let Some(service) = socket.file.last("Socket", "Service") {
        return unit_file::specified(&service.value, &socket.name);
    }
    let accepts = socket.file.last("Socket", "Accept");
    if accepts.is_some_and(|entry| ["yes", "true", "1", "on"].contains(&entry.value.as_str())) {
        return socket.name.clone();
    }
    socket.name.replace(".socket", ".service")
}

/// The variables of a unit's environment, and where each is set.
fn environment(unit: &Definition) -> BTreeMap<String, (String, At)> {
    let mut all = BTreeMap::new();
    for entry in unit.file.all("Service", "Environment") {
        for word in unit_file::words(&unit_file::specified(&entry.value, &unit.name)) {
            if let Some((name, value)) = word.split_once('=') {
                all.insert(name.to_owned(), (value.to_owned(), entry.at.clone()));
            }
        }
    }
    // Files are read after, and win.
    for entry in unit.file.all("Service", "EnvironmentFile").into_iter().take(10) {
        let path = unit_file::specified(&entry.value, &unit.name);
        let path = path.trim_start_matches('-');
        let text = files::read(path, 65_536).unwrap_or_default();
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            if let Some((name, value)) = line.split_once('=')
                && !line.starts_with(['#', ';'])
                && all.len() < 500
            {
                let value = value.trim().trim_matches(['"', '\'']).to_owned();
                let at = At { file: path.to_owned(), line: number };
                all.insert(name.trim().to_owned(), (value, at));
            }
        }
    }
    all
}

/// The words of a command, with the unit's own name and variables put in.
fn command(entry: &Entry, unit: &str, environment: &BTreeMap<String, (String, At)>) -> Vec<String> {
    let words = unit_file::command(&unit_file::specified(&entry.value, unit));
    words.into_iter().flat_map(|word| expanded(word, environment)).collect()
}

/// `${NAME}` within a word is its value; `$NAME` as a word is the words of its value.
fn expanded(word: String, environment: &BTreeMap<String, (String, At)>) -> Vec<String> {
    if !word.contains('$') {
        return vec![word];
    }
    if let Some((value, _)) = word.strip_prefix('$').and_then(|name| environment.get(name)) {
        return unit_file::words(value);
    }
    let mut whole = word;
    for (name, (value, _)) in environment {
        if whole.len() < 4_096 && whole.contains('$') {
            whole = whole.replace(&format!("${{{name}}}"), value);
        }
    }
    vec![whole]
}

/// The setting that makes, or keeps, the folder of a socket.
fn makes_folder<'a>(unit: &'a Definition, to: &PeerAddress) -> Option<(&'a Entry, String)> {
    let PeerAddress::Unix(path) = to else { return None };
    let path = path.strip_prefix("/var/run/").map_or(path.clone(), |rest| format!("/run/{rest}"));
    let (folder, _) = path.rsplit_once('/')?;
    let is_in = |root: &str| {
        // The folders of everybody are nobody's.
        root.len() > 1
            && !["/run", "/tmp", "/var/lib", "/var/run", "/srv", "/var"].contains(&root)
            && (folder == root
                || folder.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')))
    };
    for (key, base) in
        [("RuntimeDirectory", "/run/"), ("StateDirectory", "/var/lib/"), ("WorkingDirectory", "")]
    {
        for entry in unit.file.all("Service", key) {
            let value = unit_file::specified(&entry.value, &unit.name);
            let made = unit_file::words(&value).into_iter().any(|name| {
                let name = name.split(':').next().unwrap_or_default().trim_end_matches('/');
                is_in(&format!("{base}{}", name.trim_start_matches(['-', '~'])))
            });
            if made {
                return Some((entry, format!("{key}={}", redact::text(&value))));
            }
        }
    }
    None
}

/// Whether a unit is called like a socket, its folder, or the name of a host.
fn is_like(unit: &str, to: &PeerAddress) -> bool {
    let bare = |name: &str| -> String {
        name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
    };
    let stem = unit.split(['@', '.']).next().unwrap_or_default();
    let stem = bare(stem);
    let alike = |name: &str| stem.len() > 1 && bare(name) == stem;
    match to {
        PeerAddress::Unix(path) => {
            let mut parts = path.rsplit('/');
            let file = parts.next().unwrap_or_default();
            let file = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            alike(file) || parts.next().is_some_and(alike)
        }
        PeerAddress::Name { host, .. } => host != "localhost" && alike(host),
        PeerAddress::Ip(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::host::{Listener, Program};
    use rayfix_core::unit_file::UnitFile;

    use super::*;

    fn unit(name: &str, text: &str) -> Definition {
        let mut file = UnitFile::default();
        file.read(&format!("/etc/systemd/system/{name}"), text);
        Definition { name: name.to_owned(), file, is_wanted: true }
    }

    fn units(all: Vec<Definition>) -> Definitions {
        Definitions::with(all)
    }

    fn listener(at: &str, unit: &str) -> Listener {
        let at = match at.parse() {
            Ok(address) => ListensAt::Tcp { address, only_v6: false },
            Err(_) => ListensAt::Unix { path: at.to_owned() },
        };
        let program = Program {
            pid: 7,
            name: "gunicorn".to_owned(),
            command: "gunicorn shop:app".to_owned(),
            user: "shop".to_owned(),
            unit: Some(unit.to_owned()),
            container: None,
            since: None,
        };
        Listener { at, program: Some(program), waiting: 0, queue: 128 }
    }

    fn told(to: &PeerAddress, units: &Definitions, sockets: Vec<Listener>) -> Vec<String> {
        let owner = look(to, &Listeners { sockets, ..Listeners::default() }, units);
        let claim = |claim: &Claim| {
            let at = claim.at.as_deref().unwrap_or("-").trim_start_matches("/etc/systemd/system/");
            format!("{} {:?} {at} {}", claim.unit, claim.by, claim.words)
        };
        owner.claims.iter().map(claim).collect()
    }

    const SHOP: &str = "[Service]\nRuntimeDirectory=shop\n\
        ExecStart=/usr/bin/gunicorn --bind unix:/run/shop/shop.sock shop:app\n";

    fn sock() -> PeerAddress {
        PeerAddress::Unix("/run/shop/shop.sock".to_owned())
    }

    fn ip(to: &str) -> PeerAddress {
        PeerAddress::Ip(to.parse().unwrap())
    }

    #[test]
    fn a_unit_that_names_the_address_stands_before_one_that_is_called_alike() {
        let all = units(vec![
            unit("a-folder.service", "[Service]\nRuntimeDirectory=x shop\nExecStart=/bin/a\n"),
            unit("shop-worker.service", "[Service]\nExecStart=/bin/worker --queue 9\n"),
            unit("shop.service", "[Service]\nExecStart=/bin/old\n"),
            unit("z.service", SHOP),
        ]);
        assert_eq!(
            told(&sock(), &all, vec![]),
            [
                "z.service CommandLine z.service:3 --bind unix:/run/shop/shop.sock",
                "a-folder.service Folder a-folder.service:2 RuntimeDirectory=x shop",
                "shop.service Likeness - shop.service",
            ]
        );
    }

    #[test]
    fn who_listens_there_is_told_first_and_once() {
        let all = units(vec![unit("shop.service", SHOP)]);
        let listening = vec![listener("/run/shop/shop.sock", "shop.service")];
        assert_eq!(told(&sock(), &all, listening), ["shop.service Listens - gunicorn shop:app"]);
        let other = vec![listener("/run/shop/shop.sock", "blog.service")];
        assert_eq!(
            told(&sock(), &all, other)[1],
            "shop.service CommandLine shop.service:3 --bind unix:/run/shop/shop.sock"
        );
    }

    #[test]
    fn an_app_that_listens_elsewhere_is_found_by_its_folder_and_where_it_is_is_told() {
        let text = SHOP.replace("unix:/run/shop/shop.sock", "127.0.0.1:8000");
        let all = units(vec![unit("shop.service", &text)]);
        let sockets =
            vec![listener("127.0.0.1:8000", "shop.service"), listener("0.0.0.0:22", "ssh.service")];
        let owner = look(&sock(), &Listeners { sockets, ..Listeners::default() }, &all);
        assert!(!owner.is_listened);
        assert_eq!(owner.claims[0].by, Named::Folder);
        let listens: Vec<String> =
            owner.claims[0].listens.iter().map(ToString::to_string).collect();
        assert_eq!(listens, ["127.0.0.1:8000"]);
    }

    #[test]
    fn a_socket_unit_speaks_for_its_service() {
        let socket = "[Socket]\nListenStream=127.0.0.1:8000\nListenStream=%t/shop/shop.sock\n";
        let all = units(vec![
            unit("shop.socket", socket),
            unit("shop.service", "[Service]\nExecStart=/usr/bin/gunicorn shop:app\n"),
        ]);
        assert_eq!(
            told(&sock(), &all, vec![]),
            ["shop.service SocketUnit shop.socket:3 ListenStream=/run/shop/shop.sock"]
        );
        let each = units(vec![unit("echo.socket", "[Socket]\nListenStream=7\nAccept=yes\n")]);
        assert_eq!(
            told(&ip("127.0.0.1:7"), &each, vec![]),
            ["echo.socket SocketUnit echo.socket:2 ListenStream=7"]
        );
    }

    #[test]
    fn the_environment_and_variables_in_the_command_are_read() {
        let all = units(vec![
            unit(
                "a.service",
                "[Service]\nEnvironment=\"PORT=8000\" SECRET=x\nExecStart=/bin/node app.js\n",
            ),
            unit(
                "b.service",
                "[Service]\nEnvironment=AT=127.0.0.1:8000\nExecStart=/bin/b --bind ${AT}\n",
            ),
            unit(
                "c.service",
                "[Service]\nEnvironment=OPTS=\nExecStart=/bin/c $OPTS --redis-port 8000\n",
            ),
        ]);
        assert_eq!(
            told(&ip("127.0.0.1:8000"), &all, vec![]),
            [
                "b.service CommandLine b.service:3 --bind 127.0.0.1:8000",
                "a.service Environment a.service:2 PORT=8000",
            ]
        );
    }

    #[test]
    fn an_idle_unit_stands_behind_one_that_is_started_by_itself() {
        let idle = Definition { is_wanted: false, ..unit("a.service", SHOP) };
        let all = units(vec![idle, unit("b.service", SHOP)]);
        assert!(told(&sock(), &all, vec![])[0].starts_with("b.service"));
    }

    #[test]
    fn names_of_hosts_are_looked_up_in_the_file_only() {
        let to = PeerAddress::Name { host: "app".to_owned(), port: 80 };
        let hosts = "127.0.0.1 localhost\n10.0.0.5\tapp.internal app # ours\n::1 x\n";
        assert_eq!(addresses(&to, hosts), [to.clone(), ip("10.0.0.5:80")]);
        assert!(is_like("app.service", &to));
        assert!(!is_like("app.service", &ip("10.0.0.5:80")));
    }
}
