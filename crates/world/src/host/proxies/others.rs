//! Apache, HAProxy and Caddy: found, their version asked, their files read for the site.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rayfix_core::evidence::host::{Program, ProxyKind, ProxySeen};
use rayfix_core::proxy::nginx::{PeerAddress, ReadError, Speaks};
use rayfix_core::proxy::sketch::Sketch;
use rayfix_core::proxy::{Note, apache, caddy, haproxy};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{Wanted, distinct, masters, unit_file};
use crate::clock;
use crate::host::run::{run, trusted};
use crate::host::view::{Disk, View};

/// How long reading may take.
const READING: Duration = Duration::from_millis(1500);

/// A kind of web server, and where packages put it.
struct Kind {
    kind: ProxyKind,
    /// The kernel's names of its processes.
    names: &'static [&'static str],
    programs: &'static [&'static str],
    /// What has it tell its version.
    asks_version: &'static str,
    /// What stands before the version in what it says.
    before_version: &'static str,
    configs: &'static [&'static str],
    /// What names another main file on its command line.
    option: &'static str,
    units: &'static [&'static str],
}

const KINDS: [Kind; 3] = [
    Kind {
        kind: ProxyKind::Apache,
        names: &["apache2", "httpd"],
        programs: &["/usr/sbin/apache2", "/usr/sbin/httpd", "/usr/local/apache2/bin/httpd"],
        asks_version: "-v",
        before_version: "Apache/",
        configs: &[
            "/etc/apache2/apache2.conf",
            "/etc/httpd/conf/httpd.conf",
            "/etc/apache2/httpd.conf",
            "/usr/local/apache2/conf/httpd.conf",
        ],
        option: "-f",
        units: &["apache2.service", "httpd.service"],
    },
    Kind {
        kind: ProxyKind::Haproxy,
        names: &["haproxy"],
        programs: &["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"],
        asks_version: "-v",
        before_version: "version ",
        configs: &["/etc/haproxy/haproxy.cfg", "/usr/local/etc/haproxy/haproxy.cfg"],
        option: "-f",
        units: &["haproxy.service"],
    },
    Kind {
        kind: ProxyKind::Caddy,
        names: &["caddy"],
        programs: &["/usr/bin/caddy", "/usr/local/bin/caddy"],
        asks_version: "version",
        before_version: "v",
        configs: &["/etc/caddy/Caddyfile", "/var/lib/caddy/.config/caddy/autosave.json"],
        option: "--config",
        units: &["caddy.service", "caddy-api.service"],
    },
];

/// What its upstreams speak.
pub(super) type Spoken = Vec<(ProxyKind, PeerAddress, Speaks)>;

/// Looks for all of them.
pub(super) async fn look(programs: &[Program], wanted: &Wanted) -> (Vec<ProxySeen>, Spoken) {
    let (mut seen, mut spoken) = (Vec::new(), Vec::new());
    for kind in &KINDS {
        let Some((proxy, sketch)) = one(kind, programs, wanted).await else { continue };
        spoken.extend(
            sketch
                .upstreams
                .iter()
                .filter_map(|(to, speaks)| Some((kind.kind, to.clone(), (*speaks)?))),
        );
        seen.push(proxy);
    }
    (seen, spoken)
}

async fn one(kind: &Kind, programs: &[Program], wanted: &Wanted) -> Option<(ProxySeen, Sketch)> {
    let running = masters(programs, kind.names).first().map(|program| (*program).clone());
    let program = kind.programs.iter().map(Path::new).find(|path| path.exists());
    if running.is_none() && program.is_none() {
        return None;
    }
    let contained = running.as_ref().is_some_and(|running| running.container.is_some());
    let view = running.as_ref().map_or_else(View::own, |running| View::of(running.pid));
    let config = config(kind, running.as_ref(), &view);
    if running.is_none() && config.is_none() {
        return None;
    }
    let config = config.unwrap_or_else(|| kind.configs[0].to_owned());
    let (what, host, main) = (kind.kind, wanted.host.clone(), config.clone());
    let bare = host.split(':').next().unwrap_or(&host).to_owned();
    let reading = spawn_blocking(move || {
        let mut disk = Disk::new(&view, clock::instant() + READING);
        let sketch = sketch(what, &mut disk, &main, &bare);
        (sketch, disk.newest)
    });
    let (mut sketch, changed) = timeout(READING * 2, reading).await.ok()?.ok()?;
    sketch.access_logs.retain(|path| !contained && Path::new(path).exists());
    sketch.error_logs.retain(|path| !contained && Path::new(path).exists());
    let mut notes = Vec::new();
    if contained {
        let text = "it runs in a container; paths and addresses are those in there";
        notes.push(Note { at: None, text: text.to_owned() });
    }
    let version = match program.filter(|_| !contained).and_then(trusted) {
        Some(program) => version(kind, &program).await,
        None => None,
    };
    let proxy = ProxySeen {
        version,
        unit: match &running {
            Some(running) => running.unit.clone(),
            None => unit_file(kind.units),
        },
        running,
        config,
        is_whole: sketch.is_whole,
        notes,
        names_site: sketch.names_site,
        upstreams: distinct(sketch.upstreams.iter().map(|(to, _)| to.clone())),
        error_logs: sketch.error_logs.clone(),
        access_logs: sketch.access_logs.clone(),
        changed,
        ..ProxySeen::of(kind.kind)
    };
    Some((proxy, sketch))
}

/// The main file: the one that its command line names, else the usual one that is there.
fn config(kind: &Kind, running: Option<&Program>, view: &View) -> Option<String> {
    let line = running.and_then(|running| {
        let (bytes, _) =
            View::own().read(&format!("/proc/{}/cmdline", running.pid), 64 << 10).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    let named = line.and_then(|line| {
        let mut words = line.split('\0');
        words.find(|word| *word == kind.option)?;
        words.next().filter(|path| path.starts_with('/')).map(str::to_owned)
    });
    let is_there = |path: &str| !matches!(view.read(path, 32 << 20), Err(ReadError::Missing));
    let usual = || kind.configs.iter().copied().find(|path| is_there(path)).map(str::to_owned);
    named.filter(|path| is_there(path)).or_else(usual)
}

fn sketch(kind: ProxyKind, disk: &mut Disk<'_>, main: &str, host: &str) -> Sketch {
    use rayfix_core::proxy::nginx::Files as _;

    let root = match main.rsplit_once('/') {
        // httpd of Red Hat has its root above the folder of its main file.
        Some((folder, _)) => folder.trim_end_matches("/conf"),
        None => "/",
    };
    match kind {
        ProxyKind::Apache => apache::read(disk, main, root, host),
        ProxyKind::Caddy if !main.ends_with(".json") => caddy::read(disk, main, host),
        ProxyKind::Caddy | ProxyKind::Haproxy | ProxyKind::Nginx => match disk.read(main) {
            Err(_) => Sketch::default(),
            Ok(bytes) if kind == ProxyKind::Caddy => {
                caddy::read_json(&bytes, host).unwrap_or_default()
            }
            Ok(bytes) => haproxy::read(&String::from_utf8_lossy(&bytes), host),
        },
    }
}

async fn version(kind: &Kind, program: &Path) -> Option<String> {
    let asked = run(program, &[kind.asks_version], Stdio::null(), Duration::from_secs(1)).await?;
    version_in(&asked.text, kind.before_version)
}

fn version_in(text: &str, before: &str) -> Option<String> {
    let rest = text.split(before).nth(1)?;
    let version = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    (!version.is_empty()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn versions_are_read_from_what_the_programs_say() {
        for (text, before, wanted) in [
            ("Server version: Apache/2.4.57 (Debian)\nServer built: 2023", "Apache/", "2.4.57"),
            (
                "HAProxy version 2.6.12-1+deb12u1 2023/12/16 - https://haproxy.org/",
                "version ",
                "2.6.12",
            ),
            ("HA-Proxy version 1.8.27 2020/11/06", "version ", "1.8.27"),
            ("v2.7.6 h1:w0NymbG2m9PcvKWsrXO6EEkY9Ru4FJK8uQbYcev1p3A=", "v", "2.7.6"),
        ] {
            assert_eq!(version_in(text, before).as_deref(), Some(wanted));
        }
        assert_eq!(version_in("", "v"), None);
    }

    #[tokio::test]
    async fn a_haproxy_of_this_name_is_read_by_its_command_line() {
        let folder = std::env::temp_dir().join(format!("rayfix-o-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("ha.cfg");
        let text = "listen a\n acl x hdr(host) -i shop.example\n server a 127.0.0.1:8000\n";
        std::fs::write(&file, text).unwrap();
        let mut child = tokio::process::Command::new("/bin/sh")
            .args(["-c", "echo; read x", "-f", file.to_str().unwrap()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        // The kernel shows its arguments only once it runs.
        child.stdout.as_mut().unwrap().read_u8().await.unwrap();
        let program = Program {
            pid: child.id().unwrap(),
            name: "haproxy".to_owned(),
            command: String::new(),
            user: "root".to_owned(),
            unit: Some("haproxy.service".to_owned()),
            container: None,
            since: None,
        };
        let wanted = Wanted {
            host: "shop.example:8443".to_owned(),
            path: "/".to_owned(),
            doors: Vec::new(),
            addresses: Vec::new(),
        };
        let (seen, spoken) = look(&[program], &wanted).await;
        child.kill().await.unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let proxy = seen.iter().find(|proxy| proxy.kind == ProxyKind::Haproxy).unwrap();
        assert!(proxy.names_site && proxy.config.ends_with("/ha.cfg"));
        assert_eq!(proxy.unit.as_deref(), Some("haproxy.service"));
        assert_eq!(spoken.len(), 1);
    }
}
