//! Apache httpd: the names of its virtual hosts, where they hand requests to, and their logs.
//!
//! Read from the main file with all that it includes. What conditions (`<IfModule>`, `<If>`) leave out
//! is taken as if it held.

use std::collections::HashMap;

use super::nginx::{Files, PeerAddress, Speaks};
use super::sketch::{MOST_BYTES, MOST_FILES, Sketch, expand, is_for, log, peer, words};

/// Includes within includes.
const DEEPEST: usize = 16;

/// Reads; `root` is what relative paths are relative to where no `ServerRoot` says else.
pub fn read(files: &mut dyn Files, main: &str, root: &str, host: &str) -> Sketch {
    let mut reader = Reader {
        files,
        host,
        root: root.to_owned(),
        defines: DEBIAN.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        site: Sketch { is_whole: true, ..Sketch::default() },
        others: Sketch::default(),
        virtual_host: None,
        left: MOST_FILES,
        bytes: MOST_BYTES,
    };
    reader.file(main, 0);
    reader.leave_host();
    let Reader { mut site, others, .. } = reader;
    if !site.names_site {
        others.upstreams.into_iter().for_each(|found| site.add(Some(found)));
    }
    site
}

/// What `/etc/apache2/envvars` of Debian says.
const DEBIAN: [(&str, &str); 3] = [
    ("APACHE_LOG_DIR", "/var/log/apache2"),
    ("APACHE_RUN_DIR", "/var/run/apache2"),
    ("APACHE_CONFDIR", "/etc/apache2"),
];

struct Reader<'f> {
    files: &'f mut dyn Files,
    host: &'f str,
    root: String,
    defines: HashMap<String, String>,
    /// What stands outside of all virtual hosts, and in those of the site.
    site: Sketch,
    /// What stands in other virtual hosts.
    others: Sketch,
    virtual_host: Option<Sketch>,
    left: usize,
    bytes: usize,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, depth: usize) {
        let Some(left) = self.left.checked_sub(1).filter(|_| depth < DEEPEST) else {
            self.site.is_whole = false;
            return;
        };
        self.left = left;
        let bytes = match self.files.read(path) {
            Ok(bytes) if bytes.len() <= self.bytes => bytes,
            _ => {
                self.site.is_whole = false;
                return;
            }
        };
        self.bytes -= bytes.len();
        let text = String::from_utf8_lossy(&bytes).replace("\\\n", " ");
        for line in text.lines() {
            self.line(&words(line), depth);
        }
    }

    fn line(&mut self, words: &[String], depth: usize) {
        let Some((name, args)) = words.split_first() else { return };
        let args: Vec<String> = args.iter().map(|arg| self.fill(arg)).collect();
        let first = args.first().map_or("", String::as_str);
        match name.to_ascii_lowercase().as_str() {
            "serverroot" => first.clone_into(&mut self.root),
            "define" if args.len() == 2 => {
                self.defines.insert(first.to_owned(), args[1].clone());
            }
            "include" | "includeoptional" => {
                let path = self.absolute(first);
                for path in expand(self.files, &path) {
                    self.file(&path, depth + 1);
                }
            }
            "<virtualhost" => {
                self.leave_host();
                self.virtual_host = Some(Sketch::default());
            }
            "</virtualhost>" => self.leave_host(),
            "servername" | "serveralias" => {
                let bare = |name: &str| {
                    let name = name.split_once("://").map_or(name, |(_, name)| name);
                    name.split(':').next().unwrap_or(name).to_owned()
                };
                let named = args.iter().any(|name| is_for(&bare(name), self.host));
                self.here().names_site |= named;
            }
            "proxypass" | "proxypassmatch" | "balancermember" => {
                let target = args.iter().take(2).find_map(|arg| target(arg));
                self.here().add(target);
            }
            "sethandler" => {
                let found = first.strip_prefix("proxy:").and_then(target);
                self.here().add(found);
            }
            "rewriterule" => {
                let flags = args.get(2).map_or("", |flags| flags.trim_matches(['[', ']']));
                if flags.split(',').any(|flag| matches!(flag, "P" | "proxy")) {
                    let found = target(args.get(1).map_or("", String::as_str));
                    self.here().add(found);
                }
            }
            "errorlog" => {
                let path = self.absolute(first);
                log(&mut self.here().error_logs, &path);
            }
            "customlog" | "transferlog" => {
                let path = self.absolute(first);
                log(&mut self.here().access_logs, &path);
            }
            _ => {}
        }
    }

    fn here(&mut self) -> &mut Sketch {
        self.virtual_host.as_mut().unwrap_or(&mut self.site)
    }

    fn leave_host(&mut self) {
        let Some(left) = self.virtual_host.take() else { return };
        let into = if left.names_site { &mut self.site } else { &mut self.others };
        into.names_site |= left.names_site;
        left.upstreams.into_iter().for_each(|found| into.add(Some(found)));
        left.error_logs.iter().for_each(|path| log(&mut into.error_logs, path));
        left.access_logs.iter().for_each(|path| log(&mut into.access_logs, path));
    }

    fn fill(&self, text: &str) -> String {
        let mut text = text.trim_end_matches('>').to_owned();
        for (name, value) in &self.defines {
            if text.contains("${") {
                text = text.replace(&format!("${{{name}}}"), value);
            }
        }
        text
    }

    fn absolute(&self, path: &str) -> String {
        match path.chars().next() {
            // Pipes and syslog are no files.
            None | Some('/' | '|') => path.to_owned(),
            _ if path.starts_with("syslog") => String::new(),
            _ => format!("{}/{path}", self.root.trim_end_matches('/')),
        }
    }
}

/// `http://host:port/path`, `unix:/path|fcgi://host`.
fn target(text: &str) -> Option<(PeerAddress, Option<Speaks>)> {
    let (socket, url) = match text.strip_prefix("unix:") {
        Some(rest) => rest.split_once('|').map(|(path, url)| (Some(path), url))?,
        None => (None, text),
    };
    let (scheme, rest) = url.split_once("://").or_else(|| url.split_once(':'))?;
    let (port, speaks) = match scheme {
        "http" | "ws" => (80, Some(Speaks::Http)),
        "https" | "wss" => (443, Some(Speaks::Https)),
        "fcgi" => (8000, Some(Speaks::Fastcgi)),
        "uwsgi" => (3031, Some(Speaks::Uwsgi)),
        "scgi" => (4000, Some(Speaks::Scgi)),
        "ajp" => (8009, None),
        _ => return None,
    };
    if let Some(path) = socket {
        return Some((PeerAddress::Unix(path.to_owned()), speaks));
    }
    let authority = rest.split(['/', '$', '?']).next().unwrap_or(rest);
    (!authority.is_empty()).then(|| peer(authority, port)).flatten().map(|peer| (peer, speaks))
}

#[cfg(test)]
mod tests {
    use super::super::nginx::tests::Folder;
    use super::*;

    const SHOP: &str = "<VirtualHost *:443>\n  ServerName https://shop.example:443\n  ServerAlias www.shop.example\n\
        ErrorLog ${APACHE_LOG_DIR}/shop-error.log\n  CustomLog ${APACHE_LOG_DIR}/shop.log combined\n\
        ProxyPass /static !\n  ProxyPass / balancer://shop/ \\\n  timeout=5\n\
        <FilesMatch \\.php$>\n SetHandler \"proxy:unix:/run/php/shop.sock|fcgi://localhost/\"\n</FilesMatch>\n\
        RewriteRule ^/ws/(.*) ws://127.0.0.1:8001/$1 [P,L]\n</VirtualHost>\n";

    fn check(host: &str) -> Sketch {
        let mut files = Folder::of(&[
            (
                "/etc/apache2/apache2.conf",
                "ErrorLog ${APACHE_LOG_DIR}/error.log\nIncludeOptional sites-enabled/*.conf\nInclude apache2.conf\n\
                 <Proxy balancer://shop>\nBalancerMember http://10.0.0.1:8000\nBalancerMember http://app:8000 status=+H\n</Proxy>\n",
            ),
            ("/etc/apache2/sites-enabled/shop.conf", SHOP),
            (
                "/etc/apache2/sites-enabled/blog.conf",
                "<VirtualHost *:80>\nServerName blog.example\nProxyPass / http://127.0.0.1:9/\n</VirtualHost>\n",
            ),
        ]);
        read(&mut files, "/etc/apache2/apache2.conf", "/etc/apache2", host)
    }

    fn told(sketch: &Sketch) -> Vec<String> {
        let told = |(peer, speaks): &(PeerAddress, Option<Speaks>)| format!("{peer} {speaks:?}");
        sketch.upstreams.iter().map(told).collect()
    }

    #[test]
    fn the_sites_virtual_host_and_what_holds_for_all_are_read() {
        let sketch = check("www.shop.example");
        assert!(sketch.names_site && !sketch.is_whole, "it includes itself");
        let mut upstreams = told(&sketch);
        upstreams.sort();
        assert_eq!(
            upstreams,
            [
                "10.0.0.1:8000 Some(Http)",
                "127.0.0.1:8001 Some(Http)",
                "app:8000 Some(Http)",
                "unix:/run/php/shop.sock Some(Fastcgi)",
            ]
        );
        assert_eq!(sketch.access_logs, ["/var/log/apache2/shop.log"]);
        assert!(sketch.error_logs.contains(&"/var/log/apache2/shop-error.log".to_owned()));
    }

    #[test]
    fn of_an_unknown_site_all_upstreams_are_told() {
        let sketch = check("other.example");
        assert!(!sketch.names_site);
        assert!(told(&sketch).contains(&"127.0.0.1:9 Some(Http)".to_owned()));
    }
}
