//! Caddy: the sites of its Caddyfile or of the JSON that it runs with, and where they hand requests.
//!
//! Snippets are taken as if every site imported them; placeholders are passed over.

use serde_json::Value;

use super::nginx::{Files, PeerAddress, Speaks};
use super::sketch::{MOST_FILES, Sketch, expand, is_for, log, peer, words};

/// Reads a Caddyfile, with the files that it imports.
pub fn read(files: &mut dyn Files, path: &str, host: &str) -> Sketch {
    let mut lines = Vec::new();
    let mut left = MOST_FILES;
    let is_whole = take(files, path, &mut lines, &mut left, 0);
    let (mut site, mut others) = (Sketch::default(), Sketch::default());
    let (mut depth, mut is_ours, mut proxying) = (0usize, true, None);
    // A file without blocks of its own for sites is one site.
    let single = lines.iter().all(|words| depth_of(words) <= 0 || is_directive(words));
    for words in &lines {
        let opens = words.last().is_some_and(|word| word == "{");
        if depth == 0 && (opens || (single && !is_directive(words))) {
            let names: Vec<&str> = words
                .iter()
                .flat_map(|word| word.split(','))
                .filter(|w| !matches!(*w, "" | "{"))
                .collect();
            let named = names.iter().any(|name| is_for(bare(name), host));
            let shared = names.is_empty() || names[0].starts_with('(');
            site.names_site |= named;
            is_ours = named || shared;
        }
        let into = if is_ours { &mut site } else { &mut others };
        let first = words.first().map_or("", String::as_str);
        let speaks = match first {
            "reverse_proxy" => Some(Speaks::Http),
            "php_fastcgi" => Some(Speaks::Fastcgi),
            "to" => proxying.map(|(_, speaks)| speaks),
            _ => None,
        };
        if let Some(speaks) = speaks {
            for word in words.iter().skip(1) {
                into.add(dial(word, speaks));
            }
            if opens {
                proxying = Some((depth, speaks));
            }
        }
        if first == "output" && words.get(1).is_some_and(|kind| kind == "file") {
            log(&mut into.access_logs, words.get(2).map_or("", String::as_str));
        }
        depth = depth.saturating_add_signed(depth_of(words));
        if proxying.is_some_and(|(outer, _)| depth <= outer) {
            proxying = None;
        }
    }
    if !site.names_site {
        others.upstreams.into_iter().for_each(|found| site.add(Some(found)));
    }
    Sketch { is_whole, ..site }
}

/// Takes the lines of a file and of those that it imports; whether all could be read.
fn take(
    files: &mut dyn Files,
    path: &str,
    lines: &mut Vec<Vec<String>>,
    left: &mut usize,
    depth: usize,
) -> bool {
    let Some(less) = left.checked_sub(1).filter(|_| depth < 8 && lines.len() < 500_000) else {
        return false;
    };
    *left = less;
    let Ok(bytes) = files.read(path) else { return false };
    let mut is_whole = true;
    for line in String::from_utf8_lossy(&bytes).lines() {
        let words = words(line);
        match &words[..] {
            [] => {}
            [import, what, ..] if import == "import" && what.contains(['/', '.', '*']) => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let what =
                    if what.starts_with('/') { what.clone() } else { format!("{folder}/{what}") };
                for file in expand(files, &what) {
                    is_whole &= take(files, &file, lines, left, depth + 1);
                }
            }
            _ => lines.push(words),
        }
    }
    is_whole
}

fn depth_of(words: &[String]) -> isize {
    let opens = words.last().is_some_and(|word| word == "{");
    let closes = words.first().is_some_and(|word| word == "}");
    isize::from(opens) - isize::from(closes)
}

fn is_directive(words: &[String]) -> bool {
    const DIRECTIVES: [&str; 12] = [
        "reverse_proxy",
        "php_fastcgi",
        "to",
        "root",
        "file_server",
        "handle",
        "route",
        "log",
        "encode",
        "tls",
        "output",
        "respond",
    ];
    words.first().is_some_and(|word| DIRECTIVES.contains(&word.as_str()) || word == "}")
}

/// `https://shop.example:8443/path` without all but the name.
fn bare(address: &str) -> &str {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    address.split(['/', ':']).next().unwrap_or(address)
}

/// An upstream as a Caddyfile or `dial` has it.
fn dial(text: &str, speaks: Speaks) -> Option<(PeerAddress, Option<Speaks>)> {
    if let Some(path) = text.strip_prefix("unix/") {
        let path = path.split('|').next().unwrap_or(path);
        return Some((PeerAddress::Unix(path.to_owned()), Some(speaks)));
    }
    let text = text.strip_prefix("tcp/").unwrap_or(text);
    let (speaks, rest) = match text.split_once("://") {
        Some(("https", rest)) => (Some(Speaks::Https), rest),
        Some(("http", rest)) => (Some(speaks), rest),
        Some((_, rest)) => (None, rest),
        // Matchers, braces and placeholders are no addresses.
        None if text.starts_with(['/', '@', '{', '*', '}']) || !text.contains([':', '.']) => {
            return (text == "localhost")
                .then(|| (peer(text, 80), Some(speaks)))
                .and_then(|(p, s)| Some((p?, s)));
        }
        None => (Some(speaks), text),
    };
    let port = if speaks == Some(Speaks::Https) { 443 } else { 80 };
    (!rest.is_empty()).then(|| peer(rest, port)).flatten().map(|peer| (peer, speaks))
}

/// Reads the JSON that Caddy runs with (`autosave.json`); nothing where it is none.
#[must_use]
pub fn read_json(bytes: &[u8], host: &str) -> Option<Sketch> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let mut sketch = Sketch { is_whole: true, ..Sketch::default() };
    walk(&value, host, &mut sketch);
    Some(sketch)
}

fn walk(value: &Value, host: &str, sketch: &mut Sketch) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| walk(one, host, sketch)),
        Value::Object(all) => {
            if let Some(Value::Array(names)) = all.get("host") {
                sketch.names_site |=
                    names.iter().filter_map(Value::as_str).any(|name| is_for(name, host));
            }
            if all.get("handler").and_then(Value::as_str) == Some("reverse_proxy") {
                let transport = &value["transport"];
                let speaks = match transport["protocol"].as_str() {
                    Some("fastcgi") => Speaks::Fastcgi,
                    _ if !transport["tls"].is_null() => Speaks::Https,
                    _ => Speaks::Http,
                };
                let upstreams = value["upstreams"].as_array().into_iter().flatten();
                for to in upstreams.filter_map(|upstream| upstream["dial"].as_str()) {
                    sketch.add(dial(to, speaks));
                }
            }
            if all.get("output").and_then(Value::as_str) == Some("file") {
                let path = all.get("filename").and_then(Value::as_str);
                log(&mut sketch.access_logs, path.unwrap_or_default());
            }
            all.values().for_each(|one| walk(one, host, sketch));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::nginx::tests::Folder;
    use super::*;

    fn check(text: &str, host: &str) -> (bool, String) {
        let mut files = Folder::of(&[
            ("/etc/caddy/Caddyfile", text),
            ("/etc/caddy/sites/blog", "blog.example {\n reverse_proxy localhost:9\n}\n"),
        ]);
        let sketch = read(&mut files, "/etc/caddy/Caddyfile", host);
        (sketch.names_site, told(&sketch))
    }

    fn told(sketch: &Sketch) -> String {
        let told = sketch.upstreams.iter().map(|(peer, speaks)| match speaks {
            Some(speaks) => format!("{peer} {speaks:?}"),
            None => peer.to_string(),
        });
        told.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_sites_block_is_read() {
        let text = "{\n email a@b.example\n}\nimport sites/*\nhttps://shop.example:443, www.shop.example {\n\
            log {\n output file /var/log/caddy/shop.log\n }\n handle /api/* {\n\
            reverse_proxy /x* 127.0.0.1:8000 unix//run/shop.sock {\n to https://10.0.0.1 h2c://app:50\n lb_policy first\n }\n }\n\
            php_fastcgi unix//run/php.sock\n}\n";
        let wanted = "127.0.0.1:8000 Http, unix:/run/shop.sock Http, 10.0.0.1:443 Https, app:50, \
            unix:/run/php.sock Fastcgi";
        assert_eq!(check(text, "www.shop.example"), (true, wanted.to_owned()));
        assert_eq!(check(text, "blog.example"), (true, "localhost:9 Http".to_owned()));
        assert!(!check(text, "other.example").0);
    }

    #[test]
    fn a_file_that_is_one_site_is_read() {
        let text = "shop.example\nreverse_proxy :9000\n";
        assert_eq!(check(text, "shop.example"), (true, "localhost:9000 Http".to_owned()));
    }

    #[test]
    fn the_running_json_is_read() {
        let text = r#"{"apps":{"http":{"servers":{"srv0":{"routes":[{"match":[{"host":["shop.example"]}],
            "handle":[{"handler":"subroute","routes":[{"handle":[{"handler":"reverse_proxy",
            "upstreams":[{"dial":"localhost:8000"},{"dial":"unix//run/a.sock"}]}]}]}]}]}}}}}"#;
        let sketch = read_json(text.as_bytes(), "shop.example").unwrap();
        assert!(sketch.names_site);
        assert_eq!(told(&sketch), "localhost:8000 Http, unix:/run/a.sock Http");
        assert!(read_json(b"no", "x").is_none());
    }
}
