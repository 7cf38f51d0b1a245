//! The connectors of tunnels on this machine: which there are, what they were told, what they say.
//!
//! A connector is a process of cloudflared that runs a tunnel, or a unit that would start one. Its
//! files are read, secrets only for their shape; its own HTTP server is asked on this machine, once for
//! each thing, all side by side. Of a connector in a container the files are read where the container
//! has them.

mod files;
mod local;
mod served;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rayfix_core::evidence::host::tunnel::{
    self as tunnel, Config, ConfigFile, ConfigState, ConnectorAnswer, Held, Ingress, IngressFrom,
    LocalFrom, OriginRequest, Rule, SecretFile, TokenFrom, UnitFile,
};
use rayfix_core::evidence::host::{Listeners, ListensAt, Program};

use self::files::{Files, Text};

/// More are not looked at.
const MOST: usize = 8;

/// A connector to be looked at.
#[derive(Debug, Clone, Default)]
struct Found {
    running: Option<Program>,
    unit: Option<String>,
    unit_file: Option<UnitFile>,
    words: Vec<String>,
    env: Vec<(String, String)>,
}

/// Looks at all of them, for requests for this host and path.
pub(super) async fn look(
    programs: &[Program],
    listeners: &Listeners,
    host: &str,
    path: &str,
) -> Vec<ConnectorAnswer> {
    let running: Vec<Program> =
        programs.iter().filter(|one| one.name.starts_with("cloudflared")).cloned().collect();
    let begun = tokio::task::spawn_blocking(move || {
        let found = find(running, &Files::default()).into_iter();
        found.map(|one| read(one, &Files::default())).collect::<Vec<_>>()
    });
    let Ok(read) = begun.await else { return Vec::new() };
    let alone = read.iter().filter(|(answer, ..)| answer.running.is_some()).count() == 1;
    let asking = read.into_iter().map(|(mut answer, config)| {
        let doors = doors(&answer, listeners, alone);
        let (host, path) = (host.to_owned(), path.to_owned());
        async move {
            answer.served = served::last(&answer, &Files::default()).await;
            let told = local::ask(&doors).await;
            let rules = told.as_ref().and_then(|(_, rules)| rules.said());
            answer.ingress = ingress(&answer, config.as_ref(), rules, &host, &path);
            answer.local = told.map(|(local, _)| local);
            answer.version =
                answer.local.as_ref().and_then(|local| local.metrics.said()?.version.clone());
            answer
        }
    });
    let mut asking: Vec<_> = asking.map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for one in &mut asking {
        answers.extend(one.await.ok());
    }
    answers
}

/// Those that run, each with its unit, and units whose connector does not run.
fn find(running: Vec<Program>, files: &Files) -> Vec<Found> {
    let mut units = files.units();
    let mut all = Vec::new();
    for program in running {
        let words = files::words(program.pid);
        // A command line that may not be read is that of a container or hidden: its name counts.
        if !words.is_empty() && !tunnel::is_connector(&words) {
            continue;
        }
        let at = units.iter().position(|(name, _)| program.unit.as_ref() == Some(name));
        let own = at.map(|at| units.remove(at));
        let unit_file = own.map(|(_, file)| file).or_else(|| files.unit(program.unit.as_deref()?));
        // Another user's environment is not shown; the unit's file has most of it.
        let mut env = files::env(program.pid);
        if let Some(file) = unit_file.as_ref().filter(|_| env.is_empty()) {
            env = set_by(file, files);
        }
        all.push(Found {
            unit: program.unit.clone().filter(|unit| unit.ends_with(".service")),
            env,
            words,
            unit_file,
            running: Some(program),
        });
    }
    for (name, file) in units {
        if tunnel::is_connector(&file.words) {
            let env = set_by(&file, files);
            let (unit, words) = (Some(name), file.words.clone());
            all.push(Found { running: None, unit, words, env, unit_file: Some(file) });
        }
    }
    all.truncate(MOST);
    all
}

/// The environment that a unit's file sets.
fn set_by(file: &UnitFile, files: &Files) -> Vec<(String, String)> {
    let mut env = file.env.clone();
    env.extend(file.env_files.iter().take(10).flat_map(|path| files.env_file(path)));
    env.extend(files.home(file.user.as_deref()).map(|home| ("HOME".to_owned(), home)));
    env
}

/// Reads its files; the configuration as well, for its rules.
fn read(found: Found, here: &Files) -> (ConnectorAnswer, Option<Config>) {
    let container = found.running.as_ref().filter(|one| one.container.is_some());
    let files = container.map_or_else(|| here.clone(), |one| Files::of(one.pid));
    let home = found.env.iter().find(|(name, _)| name == "HOME").map(|(_, home)| home.clone());
    let before = tunnel::setup(&found.words, &found.env, None);
    let (config_file, config) = match &before.config {
        Some(path) => config(&files, path, true),
        None => files
            .usual(home.as_deref(), &["config.yml", "config.yaml"])
            .map_or((None, None), |path| config(&files, &path, false)),
    };
    let setup = tunnel::setup(&found.words, &found.env, config.as_ref());
    let token = match &setup.token {
        Some(TokenFrom::File { path }) => Some(secret(&files, path, tunnel::read_token)),
        _ => None,
    };
    let credentials = setup
        .credentials
        .clone()
        .or_else(|| {
            let id = config.as_ref()?.key("tunnel")?;
            let is_id = id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
            files.usual(home.as_deref(), &[&format!("{id}.json")]).filter(|_| is_id)
        })
        .map(|path| secret(&files, &path, tunnel::read_credentials));
    let tunnel = named_tunnel(&found, &setup, config.as_ref(), credentials.as_ref(), &files);
    let answer = ConnectorAnswer {
        running: found.running,
        unit: found.unit,
        unit_file: found.unit_file,
        setup,
        token,
        credentials,
        config: config_file,
        tunnel,
        ..ConnectorAnswer::default()
    };
    (answer, config)
}

/// The id of its tunnel: in its token, which wins, in its credentials, in its configuration, or on its
/// command line. Of the secrets nothing else is kept.
fn named_tunnel(
    found: &Found,
    setup: &tunnel::Setup,
    config: Option<&Config>,
    credentials: Option<&SecretFile>,
    files: &Files,
) -> Option<String> {
    let within = |path: &str, id: fn(&[u8]) -> Option<String>| match files.read(path) {
        Text::Is(bytes) => id(&bytes),
        _ => None,
    };
    let by_token = match &setup.token {
        Some(TokenFrom::File { path }) => within(path, tunnel::tunnel_of_token),
        Some(TokenFrom::Environment) => {
            let token = found.env.iter().find(|(name, _)| name == "TUNNEL_TOKEN");
            token.and_then(|(_, token)| tunnel::tunnel_of_token(token.as_bytes()))
        }
        Some(TokenFrom::CommandLine) => found.words.iter().find_map(|word| {
            let token = word.strip_prefix("--token=").unwrap_or(word);
            tunnel::tunnel_of_token(token.as_bytes())
        }),
        None => None,
    };
    if setup.token.is_some() {
        return by_token;
    }
    let by_file = credentials.and_then(|file| within(&file.path, tunnel::tunnel_of_credentials));
    let named = || config.and_then(|config| config.key("tunnel"));
    let word = || found.words.iter().find(|word| tunnel::is_uuid(word)).cloned();
    let id = |text: String| tunnel::is_uuid(&text).then(|| text.to_ascii_lowercase());
    by_file.or_else(|| named().and_then(id)).or_else(|| word().and_then(id))
}

fn config(files: &Files, path: &str, named: bool) -> (Option<ConfigFile>, Option<Config>) {
    let (state, config) = match files.read(path) {
        Text::Is(bytes) => match String::from_utf8(bytes) {
            Ok(text) => {
                let mut config = tunnel::read_config(path, &text);
                missing_pools(files, &mut config);
                (ConfigState::Read { problems: config.problems.clone() }, Some(config))
            }
            Err(_) => (ConfigState::Unreadable, None),
        },
        Text::Missing => (ConfigState::Missing, None),
        Text::Forbidden => (ConfigState::Forbidden, None),
        Text::Unreadable => (ConfigState::Unreadable, None),
    };
    (Some(ConfigFile { path: path.to_owned(), named, state }), config)
}

/// A pool of roots that is not there keeps a connector from starting, and no validation tells.
fn missing_pools(files: &Files, config: &mut Config) {
    let missing = config.rules.iter().take(100).filter_map(|rule| {
        let pool = rule.request.ca_pool.as_ref().filter(|path| files.is_missing(path))?;
        let says = format!("the file of caPool is not there: {pool}");
        Some(tunnel::Problem { says, at: rule.at.clone(), fatal: true, told: false })
    });
    let missing: Vec<_> = missing.take(3).collect();
    config.problems.extend(missing);
    config.problems.truncate(20);
}

fn secret(files: &Files, path: &str, shape: fn(&[u8]) -> Held) -> SecretFile {
    let held = match files.read(path) {
        Text::Is(bytes) => shape(&bytes),
        Text::Missing => Held::Missing,
        Text::Forbidden => Held::Unseen,
        Text::Unreadable => Held::Malformed { why: "it is no ordinary file".to_owned() },
    };
    SecretFile { path: path.to_owned(), held }
}

/// Where its HTTP server may be asked, the surest first.
fn doors(
    answer: &ConnectorAnswer,
    listeners: &Listeners,
    alone: bool,
) -> Vec<(SocketAddr, LocalFrom)> {
    let Some(program) = &answer.running else { return Vec::new() };
    let listening = |from: LocalFrom, test: &dyn Fn(SocketAddr, Option<u32>) -> bool| {
        let found = listeners.sockets.iter().filter_map(|socket| match &socket.at {
            ListensAt::Tcp { address, .. } => {
                test(*address, socket.program.as_ref().map(|one| one.pid))
                    .then(|| (reachable(*address), from))
            }
            ListensAt::Unix { .. } => None,
        });
        found.collect::<Vec<_>>()
    };
    let own = listening(LocalFrom::Listens, &|_, pid| pid == Some(program.pid));
    if !own.is_empty() || program.container.is_some() {
        return own.into_iter().take(4).collect();
    }
    if let Some(named) = answer.setup.metrics.as_deref().and_then(setting) {
        return vec![(named, LocalFrom::Setting)];
    }
    // Several share the usual ports, and none says whose it is.
    let usual = |address: SocketAddr, pid: Option<u32>| {
        (20_241..=20_245).contains(&address.port()) && pid.is_none()
    };
    if alone { listening(LocalFrom::Usual, &usual) } else { Vec::new() }
}

fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

/// `127.0.0.1:20241`, `localhost:20241`, `:20241`; a port of 0 is none.
fn setting(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
    let ip = match host.trim_matches(['[', ']']) {
        "" | "localhost" => Ipv4Addr::LOCALHOST.into(),
        ip => ip.parse().ok()?,
    };
    Some(reachable(SocketAddr::new(ip, port)))
}

/// The rules in force: what the running connector says, else its file, else its command line.
fn ingress(
    answer: &ConnectorAnswer,
    file: Option<&Config>,
    told: Option<&Config>,
    host: &str,
    path: &str,
) -> Option<Ingress> {
    let here = || answer.config.as_ref().map_or_else(String::new, |config| config.path.clone());
    let by_file = |told: bool| IngressFrom::File { path: here(), told };
    if let Some(told) = told {
        if let Some(version) = told.version {
            return Some(tunnel::look_up(told, IngressFrom::Remote { version }, host, path));
        }
        let (from, mut rules) = match file {
            Some(_) => (by_file(true), told.clone()),
            None => (IngressFrom::CommandLine, told.clone()),
        };
        // The file knows the lines, as long as it says the same.
        let same =
            |rule: &Rule, at: &Rule| rule.hostname == at.hostname && rule.service == at.service;
        for (rule, written) in rules.rules.iter_mut().zip(file.map_or(&[][..], |file| &file.rules))
        {
            if same(rule, written) {
                rule.at.clone_from(&written.at);
            }
        }
        return Some(tunnel::look_up(&rules, from, host, path));
    }
    if let Some(file) = file.filter(|file| !file.rules.is_empty()) {
        return Some(tunnel::look_up(file, by_file(false), host, path));
    }
    if let Some(url) = &answer.setup.url {
        let rule =
            Rule { service: url.clone(), request: OriginRequest::default(), ..Rule::default() };
        let config = Config { rules: vec![rule], ..Config::default() };
        return Some(tunnel::look_up(&config, IngressFrom::CommandLine, host, path));
    }
    // By a token, rules are kept at Cloudflare unless a file has some.
    let readable = file.is_some_and(|file| !file.is_empty && file.problems.is_empty());
    (readable && answer.setup.token.is_none())
        .then(|| tunnel::look_up(&Config::default(), by_file(false), host, path))
}

#[cfg(test)]
mod tests;
