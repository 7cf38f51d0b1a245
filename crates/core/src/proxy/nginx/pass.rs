//! The hand-over to an upstream: whom, in which protocol, under which name, for which path.
//!
//! As `ngx_http_proxy_module` and its kin of nginx 1.22.1 put it together. A target with variables
//! is told if all of them are known for the request in question, and is unknown otherwise.

use std::time::Duration;

use super::locate::{self, Form};
use super::request::escape;
use super::script::{Scene, State, variables};
use super::served::{
    Group, LeadsTo, Member, Pass, PassLimits, PeerAddress, Peers, Speaks, UpstreamTls,
};
use super::settings::Levels;
use super::tree::Directive;
use super::values;
use crate::proxy::{Note, Stated};

/// Servers of a group that are told.
const MEMBERS: usize = 1000;
/// The size of a page of memory, which buffers are made of; 4 KiB on amd64 and most of arm64.
const PAGE: u64 = 4096;

/// A target, cut into its parts.
struct Target<'a> {
    speaks: Speaks,
    /// `host`, `host:port`, `unix:/path`.
    authority: &'a str,
    /// What follows, with its `/` or `?`.
    path: Option<&'a str>,
}

/// What stands before a directive's own word: `proxy_`, `fastcgi_` …
fn family(speaks: Speaks) -> &'static str {
    match speaks {
        Speaks::Http | Speaks::Https => "proxy",
        Speaks::Fastcgi => "fastcgi",
        Speaks::Uwsgi | Speaks::Suwsgi => "uwsgi",
        Speaks::Scgi => "scgi",
        Speaks::Grpc | Speaks::Grpcs => "grpc",
        Speaks::Memcached => "memcached",
    }
}

fn cut<'a>(directive: &str, text: &'a str) -> Option<Target<'a>> {
    let (speaks, rest) = match directive {
        "proxy_pass" => match text.strip_prefix("https://") {
            Some(rest) => (Speaks::Https, rest),
            None => (Speaks::Http, text.strip_prefix("http://")?),
        },
        "grpc_pass" => match text.strip_prefix("grpcs://") {
            Some(rest) => (Speaks::Grpcs, rest),
            None => (Speaks::Grpc, text.strip_prefix("grpc://").unwrap_or(text)),
        },
        "uwsgi_pass" => match text.strip_prefix("suwsgi://") {
            Some(rest) => (Speaks::Suwsgi, rest),
            None => (Speaks::Uwsgi, text.strip_prefix("uwsgi://").unwrap_or(text)),
        },
        "fastcgi_pass" => (Speaks::Fastcgi, text),
        "scgi_pass" => (Speaks::Scgi, text.strip_prefix("scgi://").unwrap_or(text)),
        _ => (Speaks::Memcached, text),
    };
    let end = match rest.strip_prefix("unix:") {
        // A colon ends the socket's path.
        Some(path) => path.find(':').map_or(rest.len(), |at| at + "unix:".len()),
        None => rest.find(['/', '?', '#']).unwrap_or(rest.len()),
    };
    let (authority, path) = rest.split_at(end);
    let path = if authority.starts_with("unix:") { path.strip_prefix(':') } else { Some(path) };
    Some(Target { speaks, authority, path: path.filter(|path| !path.is_empty()) })
}

/// The address that an authority means; nothing if nginx would refuse it.
fn address(authority: &str, default_port: u16) -> Option<PeerAddress> {
    if let Some(path) = authority.strip_prefix("unix:") {
        return (!path.is_empty()).then(|| PeerAddress::Unix(path.to_owned()));
    }
    if let Ok(address) = authority.parse() {
        return Some(PeerAddress::Ip(address));
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (authority, default_port),
    };
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse() {
        return Some(PeerAddress::Ip(std::net::SocketAddr::new(ip, port)));
    }
    (!host.is_empty() && port > 0).then(|| PeerAddress::Name { host: host.to_owned(), port })
}

/// Where a pass leads, seen from the innermost location.
pub(super) fn pass<'t>(
    scene: &Scene<'t>,
    state: &State,
    directive: Directive<'t>,
    location: Option<Directive<'t>>,
    levels: &Levels<'_>,
    folder: &str,
    notes: &mut Vec<Note>,
) -> LeadsTo {
    let written = directive.arg(0).to_owned();
    let at = directive.at();
    let names = variables(&written);
    let filled =
        if names.is_empty() { Some(written.clone()) } else { scene.expand(&written, state) };
    let target = match &filled {
        Some(text) => cut(directive.name(), text),
        // The scheme may be written out even if the rest is not known.
        None => cut(directive.name(), &written),
    };
    let Some(target) = target else {
        return match filled {
            Some(_) => LeadsTo::Stuck {
                why: format!("`{} {written}` names no protocol that nginx knows", directive.name()),
                at,
            },
            None => LeadsTo::Unknown { what: format!("`{} {written}`", directive.name()), at },
        };
    };
    let peers = match filled {
        None => Peers::Unknown { variables: names.clone() },
        Some(_) => match peers(scene, &target) {
            Some(peers) => peers,
            None => {
                let why =
                    format!("`{} {written}` has no address that nginx takes", directive.name());
                return LeadsTo::Stuck { why, at };
            }
        },
    };
    if !names.is_empty() && needs_resolver(&peers) && levels.one("resolver").is_none() {
        let text = format!(
            "`{written}` has variables, so nginx resolves the name at each request; there is no \
             `resolver` here, and it answers 502"
        );
        notes.push(Note { at: Some(at.clone()), text });
    }
    if let Peers::Group(group) = &peers
        && group.members.iter().all(|member| member.down)
    {
        let text = format!("no server of the upstream `{}` is up by its configuration", group.name);
        notes.push(Note { at: Some(group.at.clone()), text });
    }
    let known = !matches!(peers, Peers::Unknown { .. });
    let host_header = known.then(|| proxy_host(&target));
    let path = match target.speaks {
        Speaks::Http | Speaks::Https if known => {
            path(&target, state, location, !names.is_empty(), scene, directive, notes)
        }
        Speaks::Http | Speaks::Https => None,
        Speaks::Memcached => None,
        _ => Some(scene.ask.path.clone()),
    };
    LeadsTo::Pass(Box::new(Pass {
        speaks: target.speaks,
        host: host(scene, state, &target, host_header.as_deref(), levels),
        script: (target.speaks == Speaks::Fastcgi)
            .then(|| script(scene, state, levels, folder))
            .flatten(),
        tls: target
            .speaks
            .tls()
            .then(|| tls(scene, state, &target, host_header.as_deref(), levels)),
        limits: limits(target.speaks, levels),
        written,
        at,
        peers,
        path,
    }))
}

fn needs_resolver(peers: &Peers) -> bool {
    match peers {
        Peers::One(address) => matches!(address, PeerAddress::Name { .. }),
        Peers::Group(_) => false,
        Peers::Unknown { .. } => false,
    }
}

fn default_port(speaks: Speaks) -> u16 {
    match speaks {
        Speaks::Https | Speaks::Grpcs => 443,
        // FastCGI and its like have none; nginx refuses a target without one.
        Speaks::Fastcgi | Speaks::Uwsgi | Speaks::Suwsgi | Speaks::Scgi | Speaks::Memcached => 0,
        Speaks::Http | Speaks::Grpc => 80,
    }
}

fn peers(scene: &Scene<'_>, target: &Target<'_>) -> Option<Peers> {
    let name = target.authority;
    let is_it = |block: &Directive<'_>| {
        block.name() == "upstream" && block.is_block() && block.arg(0).eq_ignore_ascii_case(name)
    };
    match scene.blocks.iter().find(|block| is_it(block)) {
        Some(block) => Some(Peers::Group(group(*block))),
        None => address(name, default_port(target.speaks)).map(Peers::One),
    }
}

fn group(block: Directive<'_>) -> Group {
    let balance = ["ip_hash", "least_conn", "hash", "random", "least_time", "sticky"];
    let balance = block.children().find(|child| balance.contains(&child.name()));
    let keepalive = block.child("keepalive").and_then(|keepalive| {
        Some(Stated { value: keepalive.arg(0).parse().ok()?, at: Some(keepalive.at()) })
    });
    let servers = block.children().filter(|child| child.name() == "server");
    Group {
        name: block.arg(0).to_owned(),
        at: block.at(),
        members: servers.filter_map(member).take(MEMBERS).collect(),
        keepalive,
        balance: balance.map(|by| Stated { value: by.name().to_owned(), at: Some(by.at()) }),
    }
}

fn member(server: Directive<'_>) -> Option<Member> {
    let option = |name: &str| server.args().skip(1).find_map(|word| word.strip_prefix(name));
    let number = |name: &str, default| option(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let has = |name: &str| server.args().skip(1).any(|word| word == name);
    Some(Member {
        // 80, whatever is spoken: the block does not know.
        address: address(server.arg(0), 80)?,
        at: server.at(),
        weight: number("weight=", 1),
        down: has("down"),
        backup: has("backup"),
        max_fails: number("max_fails=", 1),
        fail_timeout: option("fail_timeout=")
            .and_then(values::time)
            .unwrap_or(Duration::from_secs(10)),
    })
}

/// `$proxy_host`: the authority, without the port that the scheme has anyway.
fn proxy_host(target: &Target<'_>) -> String {
    if target.authority.starts_with("unix:") {
        return "localhost".to_owned();
    }
    let port = format!(":{}", default_port(target.speaks));
    target.authority.strip_suffix(&port).unwrap_or(target.authority).to_owned()
}

/// The path that the upstream is asked for.
fn path<'t>(
    target: &Target<'_>,
    state: &State,
    location: Option<Directive<'t>>,
    has_variables: bool,
    scene: &Scene<'t>,
    directive: Directive<'t>,
    notes: &mut Vec<Note>,
) -> Option<String> {
    let query = if state.query.is_empty() { String::new() } else { format!("?{}", state.query) };
    match target.path {
        Some(path) if has_variables => {
            // Goes out as it is, in place of what was asked.
            Some(if path.starts_with('?') { format!("/{path}") } else { path.to_owned() })
        }
        None if state.as_sent => Some(scene.ask.path.split('#').next()?.to_owned()),
        None => Some(format!("{}{query}", escape(&state.uri))),
        Some(_) if !state.located => Some(format!("{}{query}", escape(&state.uri))),
        Some(path) => {
            let form = location.and_then(locate::form);
            let Some((Form::Exact | Form::Prefix(_), name)) = form else {
                let text = "a `proxy_pass` with a path stands in a location that has no path of \
                            its own; nginx does not start";
                notes.push(Note { at: Some(directive.at()), text: text.to_owned() });
                return None;
            };
            let rest = state.uri.strip_prefix(name).unwrap_or_default();
            Some(format!("{path}{}{query}", escape(rest)))
        }
    }
}

/// The Host that the upstream gets.
fn host(
    scene: &Scene<'_>,
    state: &State,
    target: &Target<'_>,
    proxy_host: Option<&str>,
    levels: &Levels<'_>,
) -> Option<Stated<String>> {
    let family = family(target.speaks);
    if !matches!(family, "proxy" | "grpc") {
        // They get the visitor's, among the parameters.
        return Some(Stated::default_of(scene.ask.host.clone()));
    }
    let set = levels.all(&format!("{family}_set_header"));
    let more = [("proxy_host", proxy_host)];
    match set.iter().find(|header| header.arg(0).eq_ignore_ascii_case("host")) {
        Some(header) => {
            let value = scene.expand_with(header.arg(1), state, &more)?;
            Some(Stated { value, at: Some(header.at()) })
        }
        None => Some(Stated::default_of(proxy_host?.to_owned())),
    }
}

/// The file that PHP and its like are told to run.
fn script(
    scene: &Scene<'_>,
    state: &State,
    levels: &Levels<'_>,
    folder: &str,
) -> Option<Stated<String>> {
    let mut params = levels.all("fastcgi_param").iter();
    let stated = params.rfind(|param| param.arg(0) == "SCRIPT_FILENAME")?;
    let mut name = state.uri.clone();
    if name.ends_with('/') {
        name.push_str(levels.one("fastcgi_index")?.arg(0));
    }
    if levels.one("fastcgi_split_path_info").is_some() && !name.ends_with(".php") {
        return None;
    }
    let more = [
        ("document_root", Some(folder)),
        ("realpath_root", Some(folder)),
        ("fastcgi_script_name", Some(name.as_str())),
    ];
    let value = scene.expand_with(stated.arg(1), state, &more)?;
    value.starts_with('/').then(|| Stated { value, at: Some(stated.at()) })
}

fn tls(
    scene: &Scene<'_>,
    state: &State,
    target: &Target<'_>,
    proxy_host: Option<&str>,
    levels: &Levels<'_>,
) -> UpstreamTls {
    let word = |word: &str| format!("{}_ssl_{word}", family(target.speaks));
    let bare = |host: &str| match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host.to_owned(),
        _ => host.to_owned(),
    };
    let name = match levels.one(&word("name")) {
        Some(directive) => scene
            .expand_with(directive.arg(0), state, &[("proxy_host", proxy_host)])
            .map(|name| Stated { value: bare(&name), at: Some(directive.at()) }),
        None => proxy_host.map(|host| Stated::default_of(bare(host))),
    };
    let sends_sni = levels.switch(&word("server_name"), false);
    // An address is never sent as a name (RFC 6066, section 3).
    let is_name = |name: &str| {
        !name.is_empty() && !name.starts_with('[') && name.parse::<std::net::IpAddr>().is_err()
    };
    let sni = name.as_ref().filter(|name| sends_sni.value && is_name(&name.value));
    UpstreamTls {
        sni: sni.map(|name| name.value.clone()),
        name,
        verifies: levels.switch(&word("verify"), false),
        trusts: levels.conf_path(&word("trusted_certificate")),
        protocols: levels.words(&word("protocols")),
        certificate: levels.conf_path(&word("certificate")),
        sends_sni,
    }
}

fn limits(speaks: Speaks, levels: &Levels<'_>) -> PassLimits {
    let family = family(speaks);
    let word = |word: &str| format!("{family}_{word}");
    let next = ["error", "timeout"].map(str::to_owned).to_vec();
    let only = |kinds: &[&str]| kinds.contains(&family);
    PassLimits {
        connect_timeout: levels.time(&word("connect_timeout"), 60),
        send_timeout: levels.time(&word("send_timeout"), 60),
        read_timeout: levels.time(&word("read_timeout"), 60),
        buffer_size: levels.size(&word("buffer_size"), PAGE),
        buffers: (!only(&["grpc", "memcached"]))
            .then(|| levels.buffers(&word("buffers"), (8, PAGE))),
        next_upstream: levels
            .words(&word("next_upstream"))
            .unwrap_or_else(|| Stated::default_of(next)),
        intercept_errors: levels.switch(&word("intercept_errors"), false),
        buffering: (!only(&["grpc", "memcached"])).then(|| levels.switch(&word("buffering"), true)),
        request_buffering: (!only(&["grpc", "memcached"]))
            .then(|| levels.switch(&word("request_buffering"), true)),
        http_version: only(&["proxy"]).then(|| levels.text("proxy_http_version")).flatten(),
        cache: levels.text(&word("cache")).filter(|zone| zone.value != "off"),
    }
}
