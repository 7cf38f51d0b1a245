//! Configuration files that a command line names, and the line in them that names an address.
//!
//! gunicorn, uWSGI, php-fpm, puma, supervisor and their like: what they listen at stands in a file as
//! `bind = …`, `socket = …`, `listen = …`. Each line is read by itself; no program is understood.

use std::path::Path;

use rayfix_core::mentions;
use rayfix_core::proxy::At;
use rayfix_core::proxy::nginx::PeerAddress;

use crate::host::files;

/// What files of settings end in. A script is none, but where an option says so.
const ENDS: [&str; 8] = ["ini", "conf", "cfg", "rb", "toml", "yml", "yaml", "json"];
/// Options that name a file of settings, whatever it ends in.
const OPTIONS: [&str; 8] =
    ["-c", "-C", "--config", "--fpm-config", "--ini", "--emperor", "-y", "--conf"];
/// Files that are read although nobody names them: program, and file in its folder.
const UNNAMED: [(&str, &str); 3] =
    [("gunicorn", "gunicorn.conf.py"), ("puma", "config/puma.rb"), ("pumactl", "config/puma.rb")];

/// More files of one unit are not read.
const MOST_FILES: usize = 40;
/// What is read of one.
const MOST_BYTES: u64 = 65_536;

/// The first line that says that a program listens at an address, of the files that its command
/// line names; `folder`: its working folder.
pub(super) fn names(
    words: &[String],
    folder: Option<&str>,
    to: &PeerAddress,
) -> Option<(At, String)> {
    let mut left: Vec<String> = named(words, folder);
    left.reverse();
    let mut read = 0;
    while let Some(path) = left.pop() {
        read += 1;
        if read > MOST_FILES {
            return None;
        }
        let text = files::read(&path, MOST_BYTES).unwrap_or_default();
        for (line, number) in text.lines().zip(1..) {
            let Some((name, value)) = setting(line) else { continue };
            if ["include", "files", "emperor"].contains(&name) {
                left.extend(included(value, &path));
            } else if let Some(found) = mentions::in_setting(name, value, to)
                && found.is_address
            {
                return Some((At { file: path, line: number }, found.words));
            }
        }
    }
    None
}

/// The files that a command line names.
fn named(words: &[String], folder: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    let program = words.first().map(String::as_str).unwrap_or_default();
    let folder = Path::new(folder.unwrap_or("/"));
    for (at, word) in words.iter().enumerate().skip(1) {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) if word.starts_with('-') => (option, value),
            _ => (words[at - 1].as_str(), word.as_str()),
        };
        let value = value.strip_prefix("file:").unwrap_or(value);
        let is_settings = value.rsplit_once('.').is_some_and(|(_, end)| ENDS.contains(&end));
        let is_named = OPTIONS.contains(&option) && value.contains(['.', '/']);
        if (is_settings || is_named) && !value.starts_with('-') {
            found.extend(folder.join(value).to_str().map(str::to_owned));
        }
    }
    for (name, file) in UNNAMED {
        let is_started = words.iter().take(3).any(|word| word.rsplit('/').next() == Some(name));
        if is_started {
            found.extend(folder.join(file).to_str().map(str::to_owned));
        }
    }
    if program.contains("php-fpm") && found.is_empty() {
        found.extend(php_fpm(program));
    }
    let all = found
        .into_iter()
        .flat_map(|path| if Path::new(&path).is_dir() { folder_of(&path) } else { vec![path] });
    all.take(MOST_FILES).collect()
}

/// Debian's php-fpm of a version reads this where nothing is named.
fn php_fpm(program: &str) -> Option<String> {
    let version = program.rsplit_once("php-fpm")?.1;
    let file = format!("/etc/php/{version}/fpm/php-fpm.conf");
    version.bytes().all(|b| b.is_ascii_digit() || b == b'.').then_some(file)
}

/// The settings in a folder (uWSGI's emperor).
fn folder_of(path: &str) -> Vec<String> {
    let names = files::names(path, MOST_FILES).into_iter();
    names.map(|name| format!("{path}/{name}")).collect()
}

/// The files that a line takes in: paths, in whose last part a `*` stands for anything.
fn included(value: &str, from: &str) -> Vec<String> {
    let folder = Path::new(from).parent().unwrap_or(Path::new("/"));
    let mut found = Vec::new();
    for pattern in value.split_whitespace() {
        let pattern = folder.join(pattern.trim_matches(['"', '\'']));
        let Some(pattern) = pattern.to_str() else { continue };
        match pattern.rsplit_once('/') {
            Some((folder, last)) if last.contains('*') => {
                let (begin, end) = last.split_once('*').unwrap_or((last, ""));
                let names = files::names(folder, 1_000).into_iter();
                let fitting = names.filter(|name| name.starts_with(begin) && name.ends_with(end));
                found.extend(fitting.map(|name| format!("{folder}/{name}")));
            }
            _ => found.push(pattern.to_owned()),
        }
    }
    found.truncate(MOST_FILES);
    found.reverse();
    found
}

/// `name = value`, `name: value`, `name "value"`, `name value`; not a comment.
fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches("- ");
    if line.is_empty() || line.starts_with(['#', ';', '[', '/']) {
        return None;
    }
    // A colon within an address parts nothing.
    let end = line.find(|c: char| c == '=' || c == ':' || c.is_whitespace() || c == '(')?;
    let (name, rest) = line.split_at(end);
    let value = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '=' || c == '(');
    let value = match value.strip_prefix(':') {
        Some(after) if after.starts_with(char::is_whitespace) => after.trim_start(),
        _ => value,
    };
    let name = name.trim_matches(|c| c == '"' || c == '\'');
    Some((name, value.trim_end().trim_end_matches(',')))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_line_that_names_the_address_is_found_in_the_files_of_many_programs() {
        let root = std::env::temp_dir().join(format!("rayfix-configs-{}", std::process::id()));
        fs::create_dir_all(root.join("pool.d")).unwrap();
        let write = |name: &str, text: &str| fs::write(root.join(name), text).unwrap();
        write(
            "gunicorn.conf.py",
            "# bind = '127.0.0.1:1'\nworkers = 2\nbind = ['127.0.0.1:8001', \"unix:/run/g.sock\"]\n",
        );
        write("u.ini", "[uwsgi]\nmodule = shop\nhttp-socket = :8002\npassword = s3cret\n");
        write("php-fpm.conf", "[global]\npid = /run/php.pid\ninclude=pool.d/*.conf\n");
        write("pool.d/www.conf", ";listen = 9000\n[www]\nlisten = /run/php/fpm.sock\n");
        write(
            "puma.rb",
            "threads 1, 5\nport        ENV.fetch(\"PORT\") { 3000 }\nbind \"unix:///run/puma.sock\"\n",
        );
        write("app.yml", "server:\n  port: 8003\n  redis_url: redis://127.0.0.1:6379\n");
        write("supervisord.conf", "[include]\nfiles = pool.d/*.sup\n");
        write("pool.d/a.sup", "[program:a]\ncommand=/bin/gunicorn -b 127.0.0.1:8004 a:b\n");

        let folder = root.to_str().unwrap();
        let find = |command: &str, to: &PeerAddress| {
            let words = rayfix_core::unit_file::words(command);
            names(&words, Some(folder), to).map(|(at, words)| {
                let file = at.file.strip_prefix(folder).unwrap_or(&at.file).trim_start_matches('/');
                format!("{file}:{} {words}", at.line)
            })
        };
        let unix = |path: &str| PeerAddress::Unix(path.to_owned());
        let ip = |port: u16| PeerAddress::Ip(([127, 0, 0, 1], port).into());
        for (command, to, found) in [
            (
                "/venv/bin/gunicorn shop:app",
                unix("/run/g.sock"),
                "gunicorn.conf.py:3 bind=['127.0.0.1:8001', \"unix:/run/g.sock\"]",
            ),
            (
                "/usr/bin/python3 /venv/bin/gunicorn -c gunicorn.conf.py a",
                ip(8_001),
                "gunicorn.conf.py:3 bind=['127.0.0.1:8001', \"unix:/run/g.sock\"]",
            ),
            ("uwsgi --ini u.ini", ip(8_002), "u.ini:3 http-socket=:8002"),
            (
                "php-fpm8.2 --nodaemonize --fpm-config php-fpm.conf",
                unix("/run/php/fpm.sock"),
                "pool.d/www.conf:3 listen=/run/php/fpm.sock",
            ),
            ("puma -C puma.rb", unix("/run/puma.sock"), "puma.rb:3 bind=\"unix:///run/puma.sock\""),
            ("java -jar a.jar --config=app.yml", ip(8_003), "app.yml:2 port=8003"),
            ("supervisord -n -c supervisord.conf", ip(8_004), "pool.d/a.sup:2 -b 127.0.0.1:8004"),
        ] {
            assert_eq!(find(command, &to).as_deref(), Some(found), "{command}");
        }
        for (command, to) in [
            ("gunicorn shop:app", ip(1)),
            ("php-fpm --fpm-config php-fpm.conf", ip(9_000)),
            ("app --config app.yml", ip(6_379)),
            ("app --config missing.yml", ip(80)),
            ("", ip(80)),
        ] {
            assert_eq!(find(command, &to), None, "{command}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}
