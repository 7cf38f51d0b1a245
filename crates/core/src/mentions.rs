//! Whether a command line, an environment or a configuration says that a program listens at an
//! address.
//!
//! Programs name their addresses in many ways, and name those that they connect to in just the same
//! ways. What an option is called tells the two apart: a `--bind`, a `PORT`, a `listen =`, and not
//! a `--upstream`, a `REDIS_URL`. This is reading, not proof; what really listens is asked of the
//! kernel.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::evidence::host::ListensAt;
use crate::proxy::nginx::PeerAddress;
use crate::redact;
use crate::unit_file;

/// Words that name an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Whether a listener there would take connections to the address that was asked about; else
    /// only the port is the same.
    pub is_address: bool,
    /// The words, without secrets, at most 200 bytes.
    pub words: String,
}

/// Parts of names that announce an address to connect to.
const PEERS: [&str; 36] = [
    "allow",
    "amqp",
    "backend",
    "broker",
    "cache",
    "celery",
    "cluster",
    "connect",
    "database",
    "db",
    "dns",
    "dsn",
    "elastic",
    "elasticsearch",
    "forwarded",
    "join",
    "kafka",
    "mail",
    "memcache",
    "memcached",
    "mongo",
    "mongodb",
    "mysql",
    "nameserver",
    "origin",
    "peer",
    "pg",
    "postgres",
    "proxy",
    "rabbitmq",
    "redis",
    "remote",
    "smtp",
    "target",
    "upstream",
    "url",
];

/// Parts of names that announce an address to listen at.
const LISTENING: [&str; 15] = [
    "addr", "address", "b", "bind", "binds", "fastcgi", "host", "http", "listen", "p", "port",
    "server", "sock", "socket", "urls",
];

/// Parts of names whose values are options of a program.
const OPTIONS: [&str; 8] = ["args", "cmd", "command", "exec", "flags", "opt", "options", "opts"];

/// Words after which a number alone is a port.
const SERVES: [&str; 4] = ["http.server", "listen", "runserver", "serve"];

/// Commands within commands are read so deep.
const DEPTH: u8 = 4;

/// The words of a command line that say so, the program first.
#[must_use]
pub fn in_command(words: &[String], to: &PeerAddress) -> Option<Mention> {
    command(words, to, DEPTH)
}

fn command(words: &[String], to: &PeerAddress, depth: u8) -> Option<Mention> {
    let depth = depth.checked_sub(1)?;
    let mut best = None;
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1).filter(|next| !next.starts_with('-'));
        let (found, taken) = of_word(word, &words[at - 1], next, to, depth);
        best = better(best, found);
        at += taken;
    }
    best
}

/// What one word says, and how many it takes with it.
fn of_word(
    word: &str,
    before: &str,
    next: Option<&String>,
    to: &PeerAddress,
    depth: u8,
) -> (Option<Mention>, usize) {
    if word.contains(char::is_whitespace) {
        return (in_script(word, to, depth), 1);
    }
    if !word.starts_with('-') {
        let found = match word.split_once('=') {
            Some((name, value)) if !name.contains(['/', ':']) => setting(name, value, to, depth),
            _ => in_value(SERVES.contains(&before), word, to).map(|fit| mention(fit, &[word])),
        };
        return (found, 1);
    }
    if let Some((name, value)) = word.split_once('=') {
        return (setting(name, value, to, depth), 1);
    }
    // `-b127.0.0.1:8000`
    if !word.starts_with("--")
        && let Some((name, value)) = word.split_at_checked(2)
        && value.starts_with(|c: char| c.is_ascii_digit() || ":/[".contains(c))
    {
        return (
            setting(name, value, to, depth).map(|found| Mention { words: shown(&[word]), ..found }),
            1,
        );
    }
    let Some(value) = next else { return (None, 1) };
    if names_peer(word) {
        return (None, 2);
    }
    if word == "-c" && value.contains(char::is_whitespace) {
        return (in_script(value, to, depth), 2);
    }
    let found = in_value(names_any(word, &LISTENING), value, to);
    (found.map(|fit| mention(fit, &[word, value])), 2)
}

/// A shell's script in one word.
fn in_script(script: &str, to: &PeerAddress, depth: u8) -> Option<Mention> {
    command(&unit_file::words(&format!("sh {script}")), to, depth)
}

/// Whether an assignment says so: a variable of the environment, or a line of a configuration.
#[must_use]
pub fn in_setting(name: &str, value: &str, to: &PeerAddress) -> Option<Mention> {
    setting(name, value, to, DEPTH)
}

fn setting(name: &str, value: &str, to: &PeerAddress, depth: u8) -> Option<Mention> {
    if names_any(name, &OPTIONS) {
        return command(&unit_file::words(&format!("{name} {value}")), to, depth);
    }
    if names_peer(name) || !names_any(name, &LISTENING) {
        return None;
    }
    let fit = in_value(true, value, to)?;
    Some(mention(fit, &[&format!("{}={}", name.trim(), value.trim())]))
}

fn better(one: Option<Mention>, other: Option<Mention>) -> Option<Mention> {
    match (&one, &other) {
        (Some(first), Some(second)) if second.is_address && !first.is_address => other,
        (None, _) => other,
        _ => one,
    }
}

fn mention(is_address: bool, words: &[&str]) -> Mention {
    Mention { is_address, words: shown(words) }
}

fn shown(words: &[&str]) -> String {
    let mut words = redact::command(words);
    words.truncate(words.floor_char_boundary(200));
    words
}

/// The parts of `--http-port`, `HTTP_PORT`, `server.port`.
fn names_any(name: &str, wanted: &[&str]) -> bool {
    let name = name.trim().trim_matches(|c: char| "-\"'".contains(c)).to_ascii_lowercase();
    name.split(['-', '_', '.']).any(|part| wanted.contains(&part))
}

fn names_peer(name: &str) -> bool {
    names_any(name, &PEERS) || name.trim_start_matches('-') == "to"
}

/// Whether a value names the address (`Some(true)`) or at least its port. `may_be_port`: a number
/// alone is a port.
fn in_value(may_be_port: bool, value: &str, to: &PeerAddress) -> Option<bool> {
    let parts = value.split(|c: char| c.is_whitespace() || ",;\"'()".contains(c));
    parts.filter(|part| !part.is_empty()).filter_map(|part| of_part(may_be_port, part, to)).max()
}

fn of_part(may_be_port: bool, part: &str, to: &PeerAddress) -> Option<bool> {
    if let PeerAddress::Unix(_) = to {
        let path = part.strip_prefix("unix:").unwrap_or(part);
        let path = path.strip_prefix("//").unwrap_or(path);
        // `?umask=0117` of puma, `:660` of caddy and haproxy, `|0660` of newer caddy.
        let path = path.split(['?', '|', ':']).next().unwrap_or(path);
        let at = ListensAt::Unix { path: path.to_owned() };
        return (path.starts_with(['/', '@']) && at.takes(to)).then_some(true);
    }
    let (host, port) = host_and_port(may_be_port, part)?;
    let (wanted, name) = match to {
        PeerAddress::Ip(address) => (address.port(), None),
        PeerAddress::Name { host, port } => (*port, Some(host.as_str())),
        PeerAddress::Unix(_) => return None,
    };
    if port != wanted {
        return None;
    }
    let at = |ip: IpAddr| ListensAt::Tcp { address: SocketAddr::new(ip, port), only_v6: false };
    let ips: &[IpAddr] = match host {
        "" | "*" | "+" | "0.0.0.0" | "::" => return Some(true),
        "localhost" => &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        host if Some(host) == name => return Some(true),
        host => &[host.parse().ok()?],
    };
    Some(ips.iter().any(|ip| at(*ip).takes(to)))
}

/// `:8000`, `127.0.0.1:8000`, `[::1]:8000`, `http://localhost:8000/`, and `8000` where that may be.
fn host_and_port(may_be_port: bool, part: &str) -> Option<(&str, u16)> {
    let part = match part.split_once("://") {
        Some(("http" | "https" | "tcp" | "h2c" | "fastcgi" | "ssl", rest)) => rest,
        Some(_) => return None,
        None => part.strip_prefix("tcp:").unwrap_or(part),
    };
    let part = part.split(['/', '?', '#']).next().unwrap_or_default();
    if let Ok(port) = part.parse() {
        return may_be_port.then_some(("", port));
    }
    let (host, port) = part.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((host, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn to(address: &str) -> PeerAddress {
        if address.starts_with('/') {
            return PeerAddress::Unix(address.to_owned());
        }
        match address.parse() {
            Ok(address) => PeerAddress::Ip(address),
            Err(_) => {
                let (host, port) = address.split_once(':').unwrap();
                PeerAddress::Name { host: host.to_owned(), port: port.parse().unwrap() }
            }
        }
    }

    fn check(command: &str, address: &str) -> String {
        match in_command(&unit_file::words(command), &to(address)) {
            Some(Mention { is_address: true, words }) => words,
            Some(Mention { words, .. }) => format!("port: {words}"),
            None => String::new(),
        }
    }

    #[test]
    fn the_many_ways_to_name_an_address_to_listen_at_are_known() {
        for (command, address, words) in [
            (
                "gunicorn --workers 2 --bind unix:/run/shop/shop.sock shop:app",
                "/run/shop/shop.sock",
                "--bind unix:/run/shop/shop.sock",
            ),
            ("gunicorn -b unix:/var/run/a.sock a", "/run/a.sock", "-b unix:/var/run/a.sock"),
            (
                "puma -b unix:///run/p.sock?umask=0117",
                "/run/p.sock",
                "-b unix:///run/p.sock?umask=…",
            ),
            (
                "uwsgi --socket /run/u.sock --chmod-socket=660",
                "/run/u.sock",
                "--socket /run/u.sock",
            ),
            ("app /run/app.sock", "/run/app.sock", "/run/app.sock"),
            ("gunicorn --bind=127.0.0.1:8000 a", "127.0.0.1:8000", "--bind=127.0.0.1:8000"),
            ("gunicorn -b127.0.0.1:8000 a", "127.0.0.1:8000", "-b127.0.0.1:8000"),
            ("gunicorn -b 0.0.0.0:8000 a", "127.0.0.1:8000", "-b 0.0.0.0:8000"),
            ("gunicorn -b localhost:8000 a", "[::1]:8000", "-b localhost:8000"),
            ("gunicorn -b :8000 a", "localhost:8000", "-b :8000"),
            ("app -listen [::]:8000", "127.0.0.1:8000", "-listen [::]:8000"),
            ("uvicorn a:b --host 127.0.0.1 --port 8000", "127.0.0.1:8000", "--port 8000"),
            ("rails s -p 3000", "127.0.0.1:3000", "-p 3000"),
            ("rails s -p3000", "127.0.0.1:3000", "-p3000"),
            ("manage.py runserver 8000", "127.0.0.1:8000", "8000"),
            ("python3 -m http.server 8000", "127.0.0.1:8000", "8000"),
            ("php -S 127.0.0.1:8000", "127.0.0.1:8000", "-S 127.0.0.1:8000"),
            (
                "dotnet a.dll --urls http://localhost:5000",
                "127.0.0.1:5000",
                "--urls http://localhost:5000",
            ),
            ("java -Dserver.port=8080 -jar a.jar", "127.0.0.1:8080", "-Dserver.port=8080"),
            ("sh -c 'PORT=8000 exec app'", "127.0.0.1:8000", "PORT=8000"),
            ("sh -c 'exec app --bind :8000'", "127.0.0.1:8000", "--bind :8000"),
            ("app --bind 10.0.0.5:8000", "127.0.0.1:8000", "port: --bind 10.0.0.5:8000"),
            ("app --listen app.internal:80", "app.internal:80", "--listen app.internal:80"),
            ("app -p :1 --api-token s3cret --port 80", "127.0.0.1:80", "--port 80"),
        ] {
            assert_eq!(check(command, address), words, "{command} for {address}");
        }
    }

    #[test]
    fn an_address_to_connect_to_is_none_to_listen_at() {
        for (command, address) in [
            ("oauth2-proxy --upstream=http://127.0.0.1:8000/", "127.0.0.1:8000"),
            ("oauth2-proxy --upstream unix:/run/a.sock", "/run/a.sock"),
            ("cloudflared tunnel --url http://localhost:8000 run", "127.0.0.1:8000"),
            ("caddy reverse-proxy --from :80 --to :9000", "127.0.0.1:9000"),
            ("celery -A shop worker --broker redis://127.0.0.1:6379", "127.0.0.1:6379"),
            ("app DB_PORT=5432", "127.0.0.1:5432"),
            ("app redis://127.0.0.1:6379/0", "127.0.0.1:6379"),
            ("app --workers 8000", "127.0.0.1:8000"),
            ("app 8000", "127.0.0.1:8000"),
            ("app --bind 127.0.0.1:8001", "127.0.0.1:8000"),
            ("app --bind unix:/run/a.sock.old", "/run/a.sock"),
            ("app --bind unix:/srv/run/a.sock", "/run/a.sock"),
            ("/run/a.sock", "/run/a.sock"),
            ("", "127.0.0.1:80"),
        ] {
            assert_eq!(check(command, address), "", "{command} for {address}");
        }
    }

    #[test]
    fn settings_are_read_by_their_names() {
        for (name, value, address, is_there) in [
            ("PORT", "8000", "127.0.0.1:8000", true),
            ("HTTP_PORT", "8000", "127.0.0.1:8000", true),
            ("ASPNETCORE_URLS", "http://+:5000;http://+:5001", "127.0.0.1:5001", true),
            ("GUNICORN_CMD_ARGS", "--bind=127.0.0.1:8000 --reload", "127.0.0.1:8000", true),
            ("bind ", " [\"127.0.0.1:8000\", 'unix:/run/a.sock']", "/run/a.sock", true),
            ("listen ", " /run/php/php8.2-fpm.sock", "/run/php/php8.2-fpm.sock", true),
            ("listen", "9000", "127.0.0.1:9000", true),
            ("http-socket", ":8000", "127.0.0.1:8000", true),
            ("command", "/bin/gunicorn --bind :8000 a", "127.0.0.1:8000", true),
            ("REDIS_PORT", "6379", "127.0.0.1:6379", false),
            ("DATABASE_URL", "postgres://127.0.0.1:5432/a", "127.0.0.1:5432", false),
            ("WORKERS", "8000", "127.0.0.1:8000", false),
            ("chdir", "/run/a.sock", "/run/a.sock", false),
        ] {
            assert_eq!(in_setting(name, value, &to(address)).is_some(), is_there, "{name}={value}");
        }
    }

    #[test]
    fn commands_within_commands_end_somewhere() {
        let deep = "args=".repeat(20_000);
        assert!(in_setting("args", &deep, &to("127.0.0.1:80")).is_none());
        let quoted = "sh -c ".repeat(5_000);
        assert!(in_command(&unit_file::words(&quoted), &to("127.0.0.1:80")).is_none());
    }

    proptest! {
        #[test]
        fn any_words_can_be_read(line in "[-a-z0-9=:/\\[\\]., \"'é]{0,120}") {
            let words = unit_file::words(&line);
            for address in ["127.0.0.1:80", "/run/a", "a:1"] {
                if let Some(found) = in_command(&words, &to(address)) {
                    prop_assert!(found.words.len() <= 200);
                }
            }
        }
    }
}
