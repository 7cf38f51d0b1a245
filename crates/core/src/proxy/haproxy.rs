//! HAProxy: the servers of its backends, and whether a rule names the site.
//!
//! Which backend a request goes to is decided by rules and maps that are not followed here, so all
//! servers are told.

use super::nginx::{PeerAddress, Speaks};
use super::sketch::{Sketch, is_for, log, peer, words};

/// Reads a file.
#[must_use]
pub fn read(text: &str, host: &str) -> Sketch {
    let mut sketch = Sketch { is_whole: true, ..Sketch::default() };
    let (mut section, mut is_tcp, mut tcp_by_default) = (String::new(), false, false);
    for line in text.lines() {
        let words = words(line);
        let Some(name) = words.first() else { continue };
        match name.as_str() {
            "global" | "defaults" | "frontend" | "backend" | "listen" | "resolvers" | "peers"
            | "userlist" | "cache" | "program" | "mailers" | "ring" | "http-errors"
            | "fcgi-app" => {
                name.clone_into(&mut section);
                is_tcp = tcp_by_default;
            }
            "mode" => {
                is_tcp = words.get(1).is_some_and(|mode| mode == "tcp");
                if section == "defaults" {
                    tcp_by_default = is_tcp;
                }
            }
            "server" if matches!(section.as_str(), "backend" | "listen") => {
                sketch.add(server(&words, is_tcp));
            }
            // Where rsyslog of the packages puts it.
            "log" if words.get(1).is_some_and(|to| is_local(to)) => {
                log(&mut sketch.access_logs, "/var/log/haproxy.log");
            }
            _ => {}
        }
        sketch.names_site |= names(&words, host);
    }
    sketch
}

fn is_local(to: &str) -> bool {
    to == "/dev/log" || to.starts_with("127.0.0.1")
}

/// Whether a line compares the host with the site's.
fn names(words: &[String], host: &str) -> bool {
    let compares = |word: &String| {
        let word = word.to_ascii_lowercase();
        ["(host", "req_ssl_sni", "req.ssl_sni", "ssl_fc_sni"]
            .iter()
            .any(|start| word.contains(start))
    };
    let Some(at) = words.iter().position(compares) else { return false };
    let ends = words[at].contains("_end") || words[at].contains("_dom");
    words[at + 1..].iter().any(|word| {
        let base = word.trim_start_matches('.');
        is_for(word, host)
            || ((ends || word.starts_with('.'))
                && !base.is_empty()
                && host.ends_with(&format!(".{base}")))
            || (ends && base == host)
    })
}

fn server(words: &[String], is_tcp: bool) -> Option<(PeerAddress, Option<Speaks>)> {
    let address = words.get(2)?;
    let has = |option: &str| words.iter().skip(3).any(|word| word == option);
    if has("disabled") {
        return None;
    }
    let bare = address.split_once('@').map_or(address.as_str(), |(_, rest)| rest);
    let to = match () {
        () if address.starts_with("abns@") => return None,
        () if bare.starts_with('/') => PeerAddress::Unix(bare.to_owned()),
        // Without a port the visitor's is used.
        () if !bare.contains(':') => return None,
        () => peer(bare, 0)?,
    };
    let odd = is_tcp
        || words.iter().skip(3).any(|word| word.starts_with("send-proxy") || word == "proto");
    let speaks = if has("ssl") { Speaks::Https } else { Speaks::Http };
    Some((to, (!odd).then_some(speaks)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "global\n  log /dev/log local0\ndefaults\n  mode http # usual\n\
        frontend web\n  bind :443 ssl crt /etc/x.pem\n  acl is_shop hdr(host) -i shop.example www.shop.example\n\
        acl is_sub hdr_end(host) -i .blog.example\n  use_backend shop if is_shop\n\
        backend shop\n  option httpchk\n  server a 127.0.0.1:8000 check\n  server b unix@/run/shop.sock check backup\n\
        server c 10.0.0.3:443 ssl verify none\n  server d app:8000 disabled\n  server e [::1]:81 send-proxy\n\
        backend raw\n  mode tcp\n  server a 10.0.0.9:5432\n";

    #[test]
    fn servers_are_told_with_what_is_spoken() {
        let sketch = read(FILE, "shop.example");
        assert!(sketch.names_site);
        let told: Vec<String> =
            sketch.upstreams.iter().map(|(peer, speaks)| format!("{peer} {speaks:?}")).collect();
        assert_eq!(
            told,
            [
                "127.0.0.1:8000 Some(Http)",
                "unix:/run/shop.sock Some(Http)",
                "10.0.0.3:443 Some(Https)",
                "[::1]:81 None",
                "10.0.0.9:5432 None",
            ]
        );
        assert_eq!(sketch.access_logs, ["/var/log/haproxy.log"]);
    }

    #[test]
    fn the_site_is_named_by_rules_about_the_host() {
        for (host, wanted) in [
            ("www.shop.example", true),
            ("a.blog.example", true),
            ("blog.example", true),
            ("example", false),
            ("127.0.0.1:8000", false),
            ("other.example", false),
        ] {
            assert_eq!(read(FILE, host).names_site, wanted, "{host}");
        }
    }
}
