//! Words for a web server and its configuration.

use super::subject;
use crate::evidence::host::{HostQuestion, ProxySeen, Rehearsal};
use crate::proxy::At;
use crate::proxy::nginx::{LeadsTo, Peers, Route};
use crate::report::guard::quote;
use crate::report::words::units::{list, names};

pub(super) fn sentence(proxy: &ProxySeen) -> String {
    let name = match &proxy.version {
        Some(version) => format!("{} {}", proxy.kind.word(), quote(version)),
        None => proxy.kind.word().to_owned(),
    };
    let (runs, its) = match &proxy.running {
        Some(_) => (format!("{name} runs"), "and"),
        None => (format!("{name} does not run"), "but is set up:"),
    };
    let whole = if proxy.is_whole { "" } else { " (not all of its files could be read)" };
    format!("{runs} {its} {}{whole}", set_up(proxy))
}

/// What it does with the site, to follow its name.
fn set_up(proxy: &ProxySeen) -> String {
    let who = if proxy.names_site { "it" } else { "with no server of the site's name it" };
    let served = || proxy.doors.iter().filter_map(|door| Some((door, door.served.as_ref()?)));
    let hands_on = served().find(|(_, served)| served.passes().next().is_some());
    if let Some((_, served)) = hands_on.or_else(|| served().next())
        && let Some(route) = served.route()
    {
        // The way to an app may come after one that only some requests take.
        let (route, given) = match served.passes().next() {
            Some((passing, _)) => (passing, !passing.given.is_empty()),
            None => (route, !route.given.is_empty()),
        };
        let perhaps = if given { ", as far as its files tell," } else { "" };
        return format!("{who}{perhaps} {}", leads(route));
    }
    if !proxy.doors.is_empty() {
        let mut ports: Vec<String> = Vec::new();
        for port in proxy.doors.iter().map(|door| door.port.to_string()) {
            if !ports.contains(&port) {
                ports.push(port);
            }
        }
        return format!(
            "no `listen` in {} takes the edge's port {}",
            quote(&proxy.config),
            list(&ports)
        );
    }
    let upstreams: Vec<String> = proxy.upstreams.iter().map(ToString::to_string).collect();
    let named = if proxy.names_site { "names" } else { "does not name" };
    match upstreams.is_empty() {
        true => format!("{} {named} the site, and no upstream", quote(&proxy.config)),
        false => {
            let upstreams = names(&upstreams);
            format!("{} {named} the site, and leads to {upstreams}", quote(&proxy.config))
        }
    }
}

fn leads(route: &Route) -> String {
    let at = |at: &At| quote(&at.to_string());
    match &route.leads_to {
        LeadsTo::Pass(pass) => {
            let to = match &pass.peers {
                Peers::Unknown { variables } => {
                    format!("where only a request tells ({})", names(variables))
                }
                peers => {
                    let all: Vec<_> = peers.addresses().iter().map(ToString::to_string).collect();
                    names(&all)
                }
            };
            format!("hands requests for the site to {to} ({})", at(&pass.at))
        }
        LeadsTo::Files { folder } => {
            let at = folder.at.as_ref().map_or_else(String::new, |it| format!(" ({})", at(it)));
            format!("answers for the site with files of {}{at}", quote(&folder.value))
        }
        LeadsTo::Returns { status, text, at: place } => {
            let to = match text {
                Some(text) if (300..400).contains(status) => format!(" to {}", quote(text)),
                _ => String::new(),
            };
            format!("answers for the site by itself with {status}{to} ({})", at(place))
        }
        LeadsTo::Closes { at: place } => {
            format!("closes connections for the site without a reply ({})", at(place))
        }
        LeadsTo::Unknown { what, at: place } => {
            format!("leaves the site to {} ({})", quote(what), at(place))
        }
        LeadsTo::Stuck { why, at: place } => {
            format!("has no answer for the site: {} ({})", quote(why), at(place))
        }
    }
}

pub(super) fn rehearsal(question: &HostQuestion, rehearsal: &Rehearsal) -> String {
    let HostQuestion::Rehearsal { kind } = question else { return subject(question) };
    let name = kind.word();
    match rehearsal {
        Rehearsal::Passes { warnings } => {
            let warned = match &warnings[..] {
                [] => String::new(),
                [one] => format!(", with a warning: {}", quote(one)),
                [one, more @ ..] => {
                    format!(", with {} warnings, the first {}", more.len() + 1, quote(one))
                }
            };
            format!("{name} would start with its files as they are{warned}")
        }
        Rehearsal::Fails { says, at } => {
            let at = at
                .as_ref()
                .map_or_else(String::new, |at| format!(" at {}", quote(&at.to_string())));
            format!("{name} would refuse its files: {}{at}", quote(says))
        }
        Rehearsal::Untried { why } => {
            format!("whether {name} takes its files could not be tried: {}", quote(why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::host::{Door, ProxyKind};
    use crate::proxy::nginx::tests::{Folder, layout};
    use crate::proxy::nginx::{Ask, Config, Door as At, Limits};
    use crate::target::Scheme;

    fn nginx(server: &str, names_site: bool) -> ProxySeen {
        let text = format!("events {{}}\nhttp {{\nserver {{\n{server}\n}}\n}}");
        let mut files = Folder::of(&[("/etc/nginx/nginx.conf", &text)]);
        let config = Config::read(&mut files, layout(), &Limits::default());
        let ask = Ask {
            door: At::Ip("192.0.2.1:443".parse().unwrap()),
            host: "shop.example".to_owned(),
            path: "/".to_owned(),
        };
        let served = config.serve(&ask).ok().map(Box::new);
        ProxySeen {
            version: Some("1.22.1".to_owned()),
            config: "/etc/nginx/nginx.conf".to_owned(),
            is_whole: true,
            names_site,
            doors: vec![Door { scheme: Scheme::Https, port: 443, served }],
            ..ProxySeen::of(ProxyKind::Nginx)
        }
    }

    #[test]
    fn what_a_web_server_does_with_the_site_is_one_sentence() {
        let stopped = "nginx `1.22.1` does not run but is set up:";
        for (server, names_site, wanted) in [
            (
                "listen 443 ssl; location / { proxy_pass http://unix:/run/shop/shop.sock; }",
                true,
                "it hands requests for the site to `unix:/run/shop/shop.sock` (`/etc/nginx/nginx.conf:4`)",
            ),
            (
                "listen 443; return 301 https://$host/;",
                false,
                "with no server of the site's name it answers for the site by itself with 301 to \
                 `https://shop.example/` (`/etc/nginx/nginx.conf:4`)",
            ),
            (
                "listen 443; root /srv; location / { try_files $uri/index.html @app; } location @app { proxy_pass http://127.0.0.1:8000; }",
                true,
                "it, as far as its files tell, hands requests for the site to `127.0.0.1:8000` (`/etc/nginx/nginx.conf:4`)",
            ),
            (
                "listen 443; return 444;",
                true,
                "it closes connections for the site without a reply (`/etc/nginx/nginx.conf:4`)",
            ),
            (
                "listen 80;",
                true,
                "no `listen` in `/etc/nginx/nginx.conf` takes the edge's port 443",
            ),
        ] {
            assert_eq!(sentence(&nginx(server, names_site)), format!("{stopped} {wanted}"));
        }
        let caddy = ProxySeen {
            kind: ProxyKind::Caddy,
            version: None,
            doors: vec![],
            upstreams: vec![
                "127.0.0.1:9000".parse().map(crate::proxy::nginx::PeerAddress::Ip).unwrap(),
            ],
            config: "/etc/caddy/Caddyfile".to_owned(),
            is_whole: false,
            ..nginx("", true)
        };
        assert_eq!(
            sentence(&caddy),
            "Caddy does not run but is set up: `/etc/caddy/Caddyfile` names the site, and leads to \
             `127.0.0.1:9000` (not all of its files could be read)"
        );
    }

    #[test]
    fn a_rehearsal_tells_what_nginx_says_and_where() {
        let question = HostQuestion::Rehearsal { kind: ProxyKind::Nginx };
        let told = |answer| rehearsal(&question, &answer);
        let at = Some(super::At { file: "/etc/nginx/sites-enabled/shop".to_owned(), line: 3 });
        let says = "unknown directive \"sevrer\"".to_owned();
        assert_eq!(
            told(Rehearsal::Fails { says, at }),
            "nginx would refuse its files: `unknown directive \"sevrer\"` at `/etc/nginx/sites-enabled/shop:3`"
        );
        assert_eq!(
            told(Rehearsal::Passes { warnings: vec!["a".to_owned(), "b".to_owned()] }),
            "nginx would start with its files as they are, with 2 warnings, the first `a`"
        );
        assert_eq!(
            told(Rehearsal::Untried { why: "only root may read all that nginx reads".to_owned() }),
            "whether nginx takes its files could not be tried: `only root may read all that nginx reads`"
        );
    }
}
