//! What is told of web servers other than nginx: whether they know the site, and where they lead.
//!
//! Enough to find the app and the logs; not a model of how they choose. Readers are tolerant: what
//! they do not know they pass over.

use std::net::{IpAddr, SocketAddr};

use super::nginx::{Files, PeerAddress, Speaks, glob};

/// What the files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Whether the site is named in them.
    pub names_site: bool,
    /// Where requests are handed to, in order, each once, and what is spoken there; `None`: bytes are
    /// handed on as they come, or what is spoken is none of ours.
    pub upstreams: Vec<(PeerAddress, Option<Speaks>)>,
    /// Absolute paths.
    pub error_logs: Vec<String>,
    /// The same for access logs.
    pub access_logs: Vec<String>,
    /// Whether all files could be read.
    pub is_whole: bool,
}

/// Entries of each list that are kept.
pub(super) const KEPT: usize = 200;
/// Files that are read.
pub(super) const MOST_FILES: usize = 2_000;
/// Bytes that are read.
pub(super) const MOST_BYTES: usize = 16 << 20;

impl Sketch {
    pub(super) fn add(&mut self, found: Option<(PeerAddress, Option<Speaks>)>) {
        if let Some(found) = found
            && self.upstreams.len() < KEPT
            && !self.upstreams.contains(&found)
        {
            self.upstreams.push(found);
        }
    }
}

/// Adds a path to a list of logs.
pub(super) fn log(logs: &mut Vec<String>, path: &str) {
    let path = path.to_owned();
    if path.starts_with('/')
        && !path.starts_with("/dev/")
        && !path.contains(['$', '%'])
        && logs.len() < 8
        && !logs.contains(&path)
    {
        logs.push(path);
    }
}

/// An address as all of them write it: `host:port`, `:port`, `[::1]:port`, `host`.
pub(super) fn peer(text: &str, default_port: u16) -> Option<PeerAddress> {
    let text = text.trim();
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(PeerAddress::Ip(address));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (text, default_port),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host == "*" {
        return (port > 0).then(|| PeerAddress::Name { host: "localhost".to_owned(), port });
    }
    if port == 0 || host.contains(['{', '$', '/', '%', ' ']) {
        return None;
    }
    Some(match host.parse::<IpAddr>() {
        Ok(ip) => PeerAddress::Ip(SocketAddr::new(ip, port)),
        Err(_) => PeerAddress::Name { host: host.to_owned(), port },
    })
}

/// Whether a name, perhaps with `*` and `?`, is the host's.
pub(super) fn is_for(name: &str, host: &str) -> bool {
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    name == host || (glob::is_pattern(&name) && glob::matches(&name, &host))
}

/// The words of a line, quotes taken off; a `#` where a word would begin ends it.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    while let Some(&letter) = letters.peek() {
        if letter.is_whitespace() {
            letters.next();
            continue;
        }
        if letter == '#' {
            break;
        }
        let (mut word, mut quote) = (String::new(), None);
        while let Some(&letter) = letters.peek() {
            match (letter, quote) {
                (_, None) if letter.is_whitespace() => break,
                ('"' | '\'' | '`', None) => quote = Some(letter),
                (_, Some(open)) if letter == open => quote = None,
                ('\\', _) => {
                    letters.next();
                    word.extend(letters.peek());
                }
                _ => word.push(letter),
            }
            letters.next();
        }
        words.push(word);
    }
    words
}

/// The files that a path means, which may hold patterns in its parts.
pub(super) fn expand(files: &mut dyn Files, path: &str) -> Vec<String> {
    if !glob::is_pattern(path) {
        return vec![path.to_owned()];
    }
    let mut found = vec![String::new()];
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if !glob::is_pattern(part) {
            found.iter_mut().for_each(|folder| folder.push_str(&format!("/{part}")));
            continue;
        }
        let mut next = Vec::new();
        for folder in found {
            let listed = files.list(if folder.is_empty() { "/" } else { &folder });
            let names = listed.unwrap_or_default().into_iter();
            next.extend(
                names.filter(|name| glob::matches(part, name)).map(|n| format!("{folder}/{n}")),
            );
        }
        next.truncate(MOST_FILES);
        found = next;
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_every_form() {
        for (text, wanted) in [
            ("127.0.0.1:8000", Some("127.0.0.1:8000")),
            ("[::1]:8000", Some("[::1]:8000")),
            ("::1", None),
            ("app", Some("app:80")),
            (":9000", Some("localhost:9000")),
            ("10.0.0.1", Some("10.0.0.1:80")),
            ("{$APP}:80", None),
            ("app:x", None),
            ("", Some("localhost:80")),
        ] {
            let told = peer(text, 80).map(|peer| peer.to_string());
            if text != "::1" {
                assert_eq!(told.as_deref(), wanted, "{text}");
            }
        }
    }

    #[test]
    fn words_lose_their_quotes_and_lines_their_comments() {
        assert_eq!(words("a \"b c\" 'd#' e\\ f # g"), ["a", "b c", "d#", "e f"]);
        assert!(words("  # nothing").is_empty());
    }
}
