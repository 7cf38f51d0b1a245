//! A start of nginx without its consequences: the configuration rewritten so that `nginx -t` on it
//! touches nothing but a private folder.
//!
//! `nginx -t` itself opens logs for appending, makes the number's file and folders for temporary
//! files, and binds every port for a moment. So all of those are led away, and the rest stays as it
//! is: one file, one directive a line, and for each line where it came from. What is lost: whether
//! the addresses of `listen` are free and this machine's own.

use std::collections::HashMap;

use super::layout::Layout;
use super::listen::{self, Address};
use super::load::{absolute, parent};
use super::serve::Config;
use super::tree::{Children, Directive};
use crate::evidence::host::Rehearsal;
use crate::proxy::At;
use crate::redact;

/// Where the rewritten file is for nginx: its standard input, which never comes to a disk.
pub const SHEET_PATH: &str = "/proc/self/fd/0";

/// A configuration for a rehearsal.
#[derive(Debug)]
pub struct Sheet {
    /// What nginx is given.
    pub text: String,
    /// Modules that it loads, absolute, and the files that say so: nobody but root may have written
    /// either.
    pub code: Vec<String>,
    folder: String,
    /// The directive of each line.
    lines: Vec<u32>,
    /// Sockets in the folder, and what they stand for.
    sockets: HashMap<(String, bool), String>,
    /// Paths of temporary files and caches, likewise.
    paths: HashMap<String, String>,
    /// The upstreams that stand in for names to listen on.
    resolves: bool,
}

/// Bytes of a sheet; what is larger takes nginx too long.
const LARGEST: usize = 8 << 20;
/// Bytes of a word with its escapes, as nginx takes it.
const LONGEST_WORD: usize = 4000;
/// Warnings that are kept.
const WARNINGS: usize = 5;
/// Names to listen on that are looked up.
const NAMES: usize = 50;

/// Directives that run code or write where they like when nginx reads them, by their beginning.
const UNTAMED: [&str; 22] = [
    "perl",
    "lua_",
    "js_",
    "njs",
    "passenger",
    "rails_",
    "modsecurity",
    "pagespeed",
    "wasm",
    "proxy_wasm",
    "opentracing",
    "opentelemetry",
    "otel_",
    "datadog",
    "newrelic",
    "google_perftools",
    "vhost_traffic_status_dump",
    "nchan_",
    "record",
    "exec",
    "ssl_engine",
    "state",
];

/// Directives whose first word is a path relative to the main file's folder, by their end.
const RELATIVE: [&str; 12] = [
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_client_certificate",
    "ssl_trusted_certificate",
    "ssl_crl",
    "ssl_dhparam",
    "ssl_password_file",
    "ssl_session_ticket_key",
    "ssl_stapling_file",
    "auth_basic_user_file",
    "xslt_stylesheet",
    "xml_entities",
];

/// Rewrites a configuration; `told` is what `nginx -V` printed, `folder` the private one. Where that
/// cannot be done, or reading alone has shown enough, the rehearsal has ended.
///
/// # Errors
/// How it ended.
pub fn write(config: &Config, told: &str, folder: &str) -> Result<Sheet, Rehearsal> {
    let mut missing = Vec::new();
    for note in config.notes.iter().filter(|_| !config.whole) {
        let gone = note.text.ends_with("could not be read: it is not there");
        match &note.at {
            // nginx says so itself.
            Some(at) if gone => missing.push(at.clone()),
            None if gone => return Err(fails(note.text.clone(), None)),
            _ => match note.text.strip_suffix("; nginx does not take this file") {
                Some(says) => return Err(fails(says.to_owned(), note.at.clone())),
                None if note.text.contains("; nginx does not start") => {}
                None => return Err(untried(note.text.clone())),
            },
        }
    }
    let mut writer = Writer {
        config,
        told,
        missing,
        sheet: Sheet {
            text: String::new(),
            code: Vec::new(),
            folder: folder.to_owned(),
            lines: Vec::new(),
            sockets: HashMap::new(),
            paths: HashMap::new(),
            resolves: false,
        },
    };
    writer.take_top()?;
    Ok(writer.sheet)
}

fn fails(says: String, at: Option<At>) -> Rehearsal {
    Rehearsal::Fails { says, at }
}

fn untried(why: String) -> Rehearsal {
    Rehearsal::Untried { why }
}

struct Writer<'c> {
    config: &'c Config,
    told: &'c str,
    /// Includes whose file is not there.
    missing: Vec<At>,
    sheet: Sheet,
}

impl Writer<'_> {
    fn layout(&self) -> &Layout {
        &self.config.layout
    }

    fn line(&mut self, id: u32, text: &str) -> Result<(), Rehearsal> {
        self.sheet.text.push_str(text);
        self.sheet.text.push('\n');
        self.sheet.lines.push(id);
        if self.sheet.text.len() > LARGEST {
            return Err(untried("its files are too large to be tried".to_owned()));
        }
        Ok(())
    }

    fn take_top(&mut self) -> Result<(), Rehearsal> {
        let mut first = String::new();
        for name in ["pid", "lock_file"] {
            if !self.config.tree.top().any(|directive| directive.name() == name) {
                first.push_str(&format!("{name} {}/{name}; ", self.sheet.folder));
            }
        }
        // The build's own error log would be opened once the files are read.
        if !self.config.tree.top().any(|directive| directive.name() == "error_log") {
            first.push_str("error_log stderr; ");
        }
        self.line(0, &first)?;
        self.take_all(self.config.tree.top(), &[])
    }

    fn take_all(&mut self, all: Children<'_>, within: &[&str]) -> Result<(), Rehearsal> {
        for directive in all {
            self.take(directive, within)?;
        }
        Ok(())
    }

    fn take(&mut self, directive: Directive<'_>, within: &[&str]) -> Result<(), Rehearsal> {
        let name = directive.name();
        if name == "include" && !self.missing.contains(&directive.at()) {
            // What it stands for follows.
            return Ok(());
        }
        // A module's word may also be a key of a map, where it means nothing.
        let is_data = matches!(within.last(), Some(&("map" | "geo" | "types" | "split_clients")));
        if is_data && name != "include" {
            let line = format!("{};", words(directive, None)?);
            return self.line(directive.id(), &line);
        }
        if name.contains("_by_lua") || UNTAMED.iter().any(|start| name.starts_with(start)) {
            let at = directive.at();
            return Err(untried(format!("`{name}` ({at}) may do more than be read")));
        }
        if name == "listen" {
            let line = self.listen(directive)?;
            return self.line(directive.id(), &line);
        }
        let path = self.path(directive)?;
        let text = words(directive, path.as_deref())?;
        if !directive.is_block() {
            return self.line(directive.id(), &format!("{text};"));
        }
        let mut opening = format!("{text} {{");
        let mut inner = within.to_vec();
        inner.push(name);
        if within.is_empty() && name == "http" {
            opening.push_str(&self.temporary(directive));
            self.line(directive.id(), &opening)?;
            self.names(directive)?;
        } else {
            let has_listen = directive.child("listen").is_some();
            if name == "server" && within == ["http"] && !has_listen {
                let port = if self.layout().root { 80 } else { 8000 };
                let any = std::net::Ipv4Addr::UNSPECIFIED.into();
                let address = Address::Ip(std::net::SocketAddr::new(any, port));
                let socket = self.socket(&address, false);
                opening.push_str(&format!(" listen {socket};"));
            }
            self.line(directive.id(), &opening)?;
        }
        self.take_all(directive.children(), &inner)?;
        self.line(directive.id(), "}")
    }

    /// What stands in place of a directive's first word.
    fn path(&mut self, directive: Directive<'_>) -> Result<Option<String>, Rehearsal> {
        let (name, path) = (directive.name(), directive.arg(0));
        Ok(Some(match name {
            "error_log" if !path.is_empty() => "stderr".to_owned(),
            "access_log" if path != "off" && !path.is_empty() => "/dev/null".to_owned(),
            "pid" | "lock_file" => format!("{}/{name}", self.sheet.folder),
            "include" => absolute(parent(&self.layout().conf_path), path),
            "load_module" => {
                let module = absolute(&self.layout().prefix, path);
                self.sheet.code.push(directive.file().to_owned());
                self.sheet.code.push(module.clone());
                module
            }
            _ if name.ends_with("_temp_path") || name.ends_with("_cache_path") => {
                let next = format!("{}/t{}", self.sheet.folder, self.sheet.paths.len());
                self.sheet.paths.entry(path.to_owned()).or_insert(next).clone()
            }
            _ if RELATIVE.iter().any(|end| name.ends_with(end)) => {
                if path.starts_with("engine:") || path.starts_with("store:") {
                    let at = directive.at();
                    return Err(untried(format!("the key of `{name}` ({at}) is no file")));
                }
                let kept = ["$", "data:"].iter().any(|start| path.starts_with(start));
                if kept || matches!(path, "" | "off") {
                    return Ok(None);
                }
                absolute(parent(&self.layout().conf_path), path)
            }
            _ => return Ok(None),
        }))
    }

    /// The private socket of an address.
    fn socket(&mut self, address: &Address, apart: bool) -> String {
        let next = format!("unix:{}/{}.sock", self.sheet.folder, self.sheet.sockets.len());
        self.sheet.sockets.entry((address.to_string(), apart)).or_insert(next).clone()
    }

    /// A `listen` on private sockets, with the options that those can have.
    fn listen(&mut self, listen: Directive<'_>) -> Result<String, Rehearsal> {
        let Ok(addresses) = listen::addresses(listen.arg(0)) else {
            let (text, at) = (listen.arg(0), listen.at());
            return Err(untried(format!("`listen {text}` ({at}) is not understood")));
        };
        let (mut options, mut set, mut apart) = (String::new(), false, false);
        for option in listen.args().skip(1) {
            let name = option.split('=').next().unwrap_or(option);
            match name {
                // Those of TCP. Each counts as the socket's own setting, as `bind` does.
                "setfib" | "fastopen" | "rcvbuf" | "sndbuf" | "deferred" | "reuseport"
                | "ipv6only" | "so_keepalive" | "accept_filter" | "bind" | "backlog"
                | "multipath" => set = true,
                "quic" | "http3" => {
                    apart = true;
                    options.push_str(" ssl");
                }
                "udp" => apart = true,
                _ => options.push_str(&format!(" {}", word(option)?)),
            }
        }
        if set {
            options.push_str(" bind");
        }
        let line = addresses
            .iter()
            .map(|address| format!("listen {}{options};", self.socket(address, apart)));
        Ok(line.collect::<Vec<_>>().join(" "))
    }

    /// The folders of temporary files that the build has its own places for.
    fn temporary(&self, http: Directive<'_>) -> String {
        let mut text = String::new();
        for module in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            let name = format!("{module}_temp_path");
            let lacking = self.told.contains(&format!("--without-http_{module}_module"));
            if !lacking && http.child(&name).is_none() {
                text.push_str(&format!(" {name} {}/{module};", self.sheet.folder));
            }
        }
        text
    }

    /// nginx looks up names to listen on; upstreams have it do that without binding anything.
    fn names(&mut self, http: Directive<'_>) -> Result<(), Rehearsal> {
        let servers = http.children().filter(|child| child.name() == "server" && child.is_block());
        let listens = servers.flat_map(Directive::children).filter(|l| l.name() == "listen");
        let mut number = 0;
        for listen in listens {
            for address in listen::addresses(listen.arg(0)).unwrap_or_default() {
                let Address::Name { host, port } = address else { continue };
                let server = word(&format!("{host}:{port}"))?;
                let line = format!("upstream rayfix-listen-{number} {{ server {server}; }}");
                self.line(listen.id(), &line)?;
                self.sheet.resolves = true;
                number += 1;
                if number == NAMES {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// A directive's words, the first of its arguments replaced.
fn words(directive: Directive<'_>, first: Option<&str>) -> Result<String, Rehearsal> {
    let mut text = word(directive.name())?;
    for (number, arg) in directive.args().enumerate() {
        let arg = first.filter(|_| number == 0).unwrap_or(arg);
        text.push(' ');
        text.push_str(&word(arg)?);
    }
    Ok(text)
}

/// A word as it is written, in quotes where it needs them.
fn word(text: &str) -> Result<String, Rehearsal> {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_./:*$@=,+~^-%!?&".contains(c);
    let written = if !text.is_empty() && text.chars().all(bare) {
        text.to_owned()
    } else {
        let mut written = String::from("\"");
        for letter in text.chars() {
            match letter {
                '"' | '\\' => written.extend(['\\', letter]),
                '\n' => written.push_str("\\n"),
                '\r' => written.push_str("\\r"),
                _ => written.push(letter),
            }
        }
        written.push('"');
        written
    };
    if written.len() > LONGEST_WORD {
        return Err(untried("one of its parameters is too long to be rewritten".to_owned()));
    }
    Ok(written)
}

impl Sheet {
    /// What nginx said about the sheet, told of the files that it was made of.
    #[must_use]
    pub fn hear(&self, config: &Config, status: Option<i32>, said: &str) -> Rehearsal {
        let mut warnings = Vec::new();
        for line in said.lines() {
            let level = ["[emerg] ", "[alert] ", "[crit] ", "[error] ", "[warn] "];
            let found = level.iter().find_map(|level| Some((*level, line.split_once(level)?.1)));
            let Some((level, text)) = found else { continue };
            let (text, at) = self.place(config, text);
            if level == "[warn] " {
                let place = at.map_or_else(String::new, |at| format!(" in {at}"));
                warnings.push(redact::text(&format!("{text}{place}")));
            } else if status != Some(0) {
                if text.contains(&self.folder) || text.contains("/proc/self/fd") {
                    return untried(format!("nginx stumbled over the rehearsal itself: {text}"));
                }
                let at = at.or_else(|| named(config, &text));
                return fails(redact::text(&text), at);
            }
        }
        warnings.truncate(WARNINGS);
        match status {
            Some(0) => Rehearsal::Passes { warnings },
            Some(status) => untried(format!("nginx ended with {status} and did not say why")),
            None => untried("nginx was ended by a signal".to_owned()),
        }
    }

    /// Takes off the number of the process and the place, and tells sockets as they were.
    fn place(&self, config: &Config, text: &str) -> (String, Option<At>) {
        let text = match text.split_once(": ") {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit() || b == b'#') => rest,
            _ => text,
        };
        let (text, line) = match text.rsplit_once(&format!(" in {SHEET_PATH}:")) {
            Some((text, line)) => (text, line.trim().parse::<usize>().ok()),
            None => (text, None),
        };
        let id = line.and_then(|line| self.lines.get(line.checked_sub(1)?));
        let directive = id.and_then(|&id| config.tree.get(id));
        let mut text = text.to_owned();
        if text.contains(&self.folder) {
            // The longer number first: `1.sock` is within `11.sock` only before its dot.
            for ((address, _), socket) in &self.sockets {
                text = text.replace(socket.as_str(), address);
            }
        }
        if self.resolves && directive.is_some_and(|directive| directive.name() == "listen") {
            text = text.replace("host not found in upstream", "host not found in `listen`");
        }
        (text, directive.map(Directive::at))
    }
}

/// The directive that names the file which nginx complains about.
fn named(config: &Config, text: &str) -> Option<At> {
    let path = text.split('"').nth(1).filter(|path| path.starts_with('/'))?;
    let file = path.rsplit('/').next()?;
    let fits = |directive: &Directive<'_>| {
        directive.args().any(|arg| {
            arg == path || (!arg.starts_with('/') && path.ends_with(arg) && arg.ends_with(file))
        })
    };
    let count = u32::try_from(config.tree.len()).unwrap_or(u32::MAX);
    (0..count).filter_map(|id| config.tree.get(id)).find(fits).map(Directive::at)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Folder, layout};
    use super::*;
    use crate::proxy::nginx::Limits;

    fn config(files: &[(&str, &str)]) -> Config {
        Config::read(&mut Folder::of(files), layout(), &Limits::default())
    }

    fn sheet(text: &str) -> String {
        let config = config(&[("/etc/nginx/nginx.conf", text)]);
        write(&config, "--without-http_scgi_module", "/p").unwrap().text
    }

    #[test]
    fn what_would_be_written_is_led_away() {
        let text = sheet(
            "error_log /var/log/e.log warn; pid /run/n.pid; events {}\nhttp { access_log /var/log/a.log main;\n\
             proxy_cache_path /var/cache/n levels=1:2 keys_zone=z:1m; proxy_temp_path tmp 1 2;\n\
             server { access_log off; error_log syslog:server=10.0.0.1; root html; } }",
        );
        assert_eq!(
            text,
            "lock_file /p/lock_file; \nerror_log stderr warn;\npid /p/pid;\nevents {\n}\n\
             http { client_body_temp_path /p/client_body; fastcgi_temp_path /p/fastcgi; uwsgi_temp_path /p/uwsgi;\n\
             access_log /dev/null main;\nproxy_cache_path /p/t0 levels=1:2 keys_zone=z:1m;\n\
             proxy_temp_path /p/t1 1 2;\nserver { listen unix:/p/0.sock;\naccess_log off;\n\
             error_log stderr;\nroot html;\n}\n}\n"
        );
    }

    #[test]
    fn an_address_is_one_socket_however_it_is_written() {
        let text = sheet(
            "events {} http { server { listen 80 default_server reuseport; listen [::]:80 ipv6only=on; }\n\
             server { listen *:80; } server { listen 0.0.0.0:80; } server { }\n\
             server { listen 443 ssl http2; listen 443 quic; } }",
        );
        let listens: Vec<&str> = text
            .lines()
            .flat_map(|line| line.split_inclusive(';'))
            .map(str::trim)
            .filter_map(|part| Some(&part[part.find("listen ")? + 7..]))
            .collect();
        assert_eq!(
            listens,
            [
                "unix:/p/0.sock default_server bind;",
                "unix:/p/1.sock bind;",
                "unix:/p/0.sock;",
                "unix:/p/0.sock;",
                "unix:/p/0.sock;",
                "unix:/p/2.sock ssl http2;",
                "unix:/p/3.sock ssl;",
            ]
        );
    }

    #[test]
    fn paths_are_those_of_the_real_files_and_words_keep_their_meaning() {
        let text = sheet(
            "load_module modules/x.so; events {} http { map $a $b { default \"\"; perl 1; \"~^/x{2}$\" y; }\n\
             server { listen 1; ssl_certificate live/x.pem; ssl_certificate_key /k.pem; proxy_ssl_crl c.pem;\n\
             location ~ \"^/a{2} b\\\\.\" { return 200 'a \"b\"\\n'; } } }",
        );
        for line in [
            "load_module /usr/local/nginx/modules/x.so;",
            "default \"\";",
            "perl 1;",
            "\"~^/x{2}$\" y;",
            "ssl_certificate /etc/nginx/live/x.pem;",
            "ssl_certificate_key /k.pem;",
            "proxy_ssl_crl /etc/nginx/c.pem;",
            "location ~ \"^/a{2} b\\\\.\" {",
            "return 200 \"a \\\"b\\\"\\n\";",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} in:\n{text}");
        }
    }

    fn ended(text: &str) -> Rehearsal {
        write(&config(&[("/etc/nginx/nginx.conf", text)]), "", "/p").unwrap_err()
    }

    #[test]
    fn what_cannot_be_tamed_is_not_tried_and_what_cannot_be_read_fails() {
        for text in
            ["http { init_by_lua_block { x } }", "http { js_import a.js; }", "ssl_engine x;"]
        {
            assert!(matches!(ended(text), Rehearsal::Untried { .. }), "{text}");
        }
        let Rehearsal::Fails { at: Some(at), .. } = ended("events {}\nhttp {\n}}") else {
            panic!()
        };
        assert_eq!(at.line, 3);
    }

    #[test]
    fn what_nginx_says_is_told_of_the_real_files() {
        let main = "events {}\nhttp { include sites/*; }";
        let site = "server {\n listen 80;\n sevrer_name x;\n ssl_certificate gone.pem; }";
        let config = config(&[("/etc/nginx/nginx.conf", main), ("/etc/nginx/sites/shop", site)]);
        let sheet = write(&config, "", "/p").unwrap();
        let line = sheet.text.lines().position(|line| line.starts_with("sevrer")).unwrap() + 1;
        let hear = |said: &str| sheet.hear(&config, Some(1), said);
        let at = |line| Some(At { file: "/etc/nginx/sites/shop".to_owned(), line });
        assert_eq!(
            hear(&format!(
                "nginx: [emerg] unknown directive \"sevrer_name\" in {SHEET_PATH}:{line}\n"
            )),
            fails("unknown directive \"sevrer_name\"".to_owned(), at(3))
        );
        assert_eq!(
            hear(
                "2026/11/22 10:00:00 [emerg] 7#7: cannot load certificate \"/etc/nginx/gone.pem\": x\n"
            ),
            fails("cannot load certificate \"/etc/nginx/gone.pem\": x".to_owned(), at(4))
        );
        let warned = "nginx: [warn] conflicting server name \"x\" on unix:/p/0.sock, ignored\n";
        let warnings = vec!["conflicting server name \"x\" on 0.0.0.0:80, ignored".to_owned()];
        assert_eq!(sheet.hear(&config, Some(0), warned), Rehearsal::Passes { warnings });
        let own = "nginx: [emerg] mkdir() \"/p/proxy\" failed (28: No space left on device)";
        assert!(matches!(hear(own), Rehearsal::Untried { .. }));
        assert!(matches!(hear(""), Rehearsal::Untried { .. }));
    }
}
