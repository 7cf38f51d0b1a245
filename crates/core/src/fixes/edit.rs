//! One word of a configuration file, replaced at the line that the evidence names.
//!
//! The word must stand there exactly once, whole, outside a comment: a file that was changed since it was read, or
//! that is written otherwise, is left alone.

use crate::evidence::host::ListensAt;
use crate::plan::run::FileImage;
use crate::plan::{Action, FilePath, Safety, Step, Tool, UnitName, Verb, diff, digest};
use crate::proxy::nginx::PeerAddress;

/// How an address is written in a configuration; the error is a sentence: why it is not.
pub(super) fn written(at: &ListensAt) -> Result<String, String> {
    match at {
        ListensAt::Tcp { address, .. } => {
            let mut address = *address;
            match address.ip() {
                ip if !ip.is_unspecified() => {}
                std::net::IpAddr::V4(_) => address.set_ip([127, 0, 0, 1].into()),
                std::net::IpAddr::V6(_) => address.set_ip(std::net::Ipv6Addr::LOCALHOST.into()),
            }
            Ok(address.to_string())
        }
        ListensAt::Unix { path } => {
            // What a program calls its socket goes into a file that another one parses.
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@+".contains(c);
            match FilePath::new(path) {
                Ok(path) if path.as_str().chars().all(plain) => Ok(format!("unix:{path}")),
                _ => Err("The app's socket has a name that is not put into a file.".to_owned()),
            }
        }
    }
}

/// The address as a finding tells it, back as an address.
pub(super) fn listens(text: &str) -> Option<ListensAt> {
    match text.strip_prefix("unix:") {
        Some(path) => Some(ListensAt::Unix { path: path.to_owned() }),
        None => Some(ListensAt::Tcp { address: text.parse().ok()?, only_v6: false }),
    }
}

/// Where a program listens, if that is one place: both families at one port are.
pub(super) fn one_place(all: &[ListensAt]) -> Option<&ListensAt> {
    let first = all.iter().min_by_key(|at| match at {
        ListensAt::Tcp { address, .. } => u8::from(address.is_ipv6()),
        ListensAt::Unix { .. } => 0,
    })?;
    let same = |at: &ListensAt| at == first || (at.port().is_some() && at.port() == first.port());
    all.iter().all(same).then_some(first)
}

/// The text with one address of nginx's for another, on this line (from 1).
pub(super) fn readdressed(
    text: &str,
    line: u32,
    from: &PeerAddress,
    to: &str,
) -> Result<String, String> {
    let old = from.to_string();
    let bare = old.strip_suffix(":80").filter(|_| !matches!(from, PeerAddress::Unix(_)));
    let result = replaced(text, line, &old, to);
    match bare {
        Some(bare) if result.is_err() => replaced(text, line, bare, to),
        _ => result,
    }
}

/// The text with one word for another, on this line (from 1).
pub(super) fn replaced(text: &str, line: u32, old: &str, new: &str) -> Result<String, String> {
    let gone = || format!("Line {line} does not name {old} in a way that can be changed safely.");
    let at = usize::try_from(line).unwrap_or(0).checked_sub(1).ok_or_else(gone)?;
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let whole = lines.get_mut(at).ok_or_else(gone)?;
    let live = whole.find(" #").unwrap_or(whole.len());
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let places: Vec<usize> = whole[..live]
        .match_indices(old)
        .map(|(place, _)| place)
        .filter(|place| {
            let before = whole[..*place].chars().next_back();
            let after = whole[place + old.len()..].chars().next();
            // `127.0.0.1` of `127.0.0.1:8000` is half a word; `unix:/x:` is followed by a path.
            let more = after == Some(':') && !old.starts_with("unix:");
            let deeper = after == Some('/') && old.starts_with("unix:");
            !(before.is_some_and(|c| inner(c) || c == ':')
                || after.is_some_and(inner)
                || more
                || deeper)
        })
        .collect();
    let [place] = places.as_slice() else { return Err(gone()) };
    let (head, tail) = (&whole[..*place], &whole[place + old.len()..]);
    let (was_unix, is_unix) = (old.starts_with("unix:"), new.starts_with("unix:"));
    // Between a socket and a path of the URL stands a colon.
    let tail = match (was_unix, is_unix) {
        (true, false) => tail.strip_prefix(':').unwrap_or(tail).to_owned(),
        (false, true) if tail.starts_with('/') => format!(":{tail}"),
        _ => tail.to_owned(),
    };
    *whole = format!("{head}{new}{tail}");
    Ok(lines.join("\n"))
}

/// A file's text as it was read.
pub(super) fn text(image: Option<&FileImage>, path: &FilePath) -> Result<String, String> {
    let image = image.ok_or_else(|| format!("{path} is not there."))?;
    let text = String::from_utf8(image.bytes.clone());
    text.map_err(|_| format!("{path} is not plain text."))
}

/// The step that changes a file and has its program read it.
pub(super) fn step(
    path: &FilePath,
    (before, after): (&str, &str),
    (unit, verb): (&UnitName, Verb),
    why: String,
    blast: &str,
) -> Step {
    let tried_by = (unit.as_str() == "nginx.service").then_some(Tool::Nginx);
    let mut by_hand = diff::lines(path.as_str(), before.as_bytes(), after.as_bytes());
    by_hand.extend(tried_by.map(|tool| format!("{} -t", tool.program())));
    by_hand.push(format!("systemctl {} {unit}", verb.word()));
    Step {
        action: Action::Configure {
            path: path.clone(),
            before: Some(digest(before.as_bytes())),
            after: after.as_bytes().to_vec(),
            tried_by,
            unit: unit.clone(),
            verb,
        },
        why,
        safety: Safety::Unattended,
        blast: blast.to_owned(),
        by_hand,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> PeerAddress {
        crate::scene::host::nginx_sample::peer(text)
    }

    #[test]
    fn an_address_is_replaced_where_it_stands_once_and_whole() {
        for (line, from, to, becomes) in [
            (
                " server unix:/run/a.sock;",
                "unix:/run/a.sock",
                "127.0.0.1:8000",
                " server 127.0.0.1:8000;",
            ),
            (
                "proxy_pass http://127.0.0.1:8001;",
                "127.0.0.1:8001",
                "unix:/run/a.sock",
                "proxy_pass http://unix:/run/a.sock;",
            ),
            (
                "proxy_pass http://127.0.0.1:8001/api/;",
                "127.0.0.1:8001",
                "unix:/run/a.sock",
                "proxy_pass http://unix:/run/a.sock:/api/;",
            ),
            (
                "proxy_pass http://unix:/run/a.sock:/api/;",
                "unix:/run/a.sock",
                "[::1]:8000",
                "proxy_pass http://[::1]:8000/api/;",
            ),
            (
                "proxy_pass http://localhost:8001; # not 127.0.0.1:8001, localhost:8001",
                "localhost:8001",
                "127.0.0.1:8000",
                "proxy_pass http://127.0.0.1:8000; # not 127.0.0.1:8001, localhost:8001",
            ),
            ("server 10.0.0.1;", "10.0.0.1:80", "10.0.0.1:8000", "server 10.0.0.1:8000;"),
        ] {
            assert_eq!(readdressed(line, 1, &peer(from), to).as_deref(), Ok(becomes));
        }
    }

    #[test]
    fn what_is_half_a_word_or_stands_twice_or_elsewhere_is_left_alone() {
        for (text, from) in [
            ("server 127.0.0.1:8001;", "127.0.0.1:800"),
            ("server 127.0.0.1:8001;", "127.0.0.1:80"),
            ("server 1127.0.0.1:80;", "127.0.0.1:80"),
            ("server unix:/run/a.sock.old;", "unix:/run/a.sock"),
            ("server unix:/run/a/b.sock;", "unix:/run/a"),
            ("server 127.0.0.1:80 127.0.0.1:80;", "127.0.0.1:80"),
            ("\nserver 127.0.0.1:80;", "127.0.0.1:80"),
            ("# server 127.0.0.1:80;", "127.0.0.1:8000"),
            ("", "127.0.0.1:80"),
        ] {
            assert!(readdressed(text, 1, &peer(from), "[::1]:1").is_err(), "{text}");
        }
    }

    #[test]
    fn a_socket_with_a_name_that_means_something_to_nginx_is_refused() {
        for path in
            ["/run/a;return 200", "/run/$a", "/run/a b", "/run/a\n", "@abstract", "/run/../a"]
        {
            assert!(written(&ListensAt::Unix { path: path.to_owned() }).is_err(), "{path:?}");
        }
        let any = listens("0.0.0.0:8000").unwrap();
        assert_eq!(written(&any).as_deref(), Ok("127.0.0.1:8000"));
    }

    #[test]
    fn both_families_at_one_port_are_one_place_and_two_ports_are_not() {
        let all =
            |texts: &[&str]| texts.iter().filter_map(|text| listens(text)).collect::<Vec<_>>();
        let both = all(&["[::]:80", "0.0.0.0:80"]);
        assert_eq!(one_place(&both).map(ToString::to_string).as_deref(), Some("0.0.0.0:80"));
        assert_eq!(one_place(&all(&["127.0.0.1:80", "127.0.0.1:81"])), None);
        assert_eq!(one_place(&[]), None);
    }
}
