//! An app that listens where nobody asks it, found by its listening alone.
//!
//! Where no unit names the address that is asked, the app may have got another one, with nothing in
//! any file to tie the two. Then what serves here like an app, and is asked by nobody, may be it: if
//! it bears the site's name, has the very port at another address, or a socket in the same folder of
//! its own, more than possibly.

use super::OnHost;
use super::app::App;
use crate::causes::Confidence;
use crate::evidence::ReadingId;
use crate::evidence::host::{ListensAt, Program};
use crate::proxy::nginx::PeerAddress;
use crate::target::Site;

/// An app in the wrong place.
#[derive(Debug)]
pub struct Stray {
    /// The reading of the listeners.
    pub id: ReadingId,
    /// Its unit; the program's name where it has none.
    pub name: String,
    /// Where it listens.
    pub listens: Vec<ListensAt>,
    /// How much speaks for its being the one.
    pub at_most: Confidence,
}

/// Programs that serve what somebody wrote, or run it.
const RUNTIMES: [&str; 20] = [
    "gunicorn",
    "uwsgi",
    "uvicorn",
    "hypercorn",
    "daphne",
    "python",
    "node",
    "bun",
    "deno",
    "ruby",
    "puma",
    "unicorn",
    "php-fpm",
    "java",
    "dotnet",
    "beam.smp",
    "perl",
    "starman",
    "granian",
    "pm2",
];

/// The app of this site, where it seems to listen elsewhere and no unit names the address.
#[must_use]
pub fn stray(host: &OnHost<'_>, app: &App<'_>, site: &Site) -> Option<Stray> {
    if app.unit.is_some() || !app.is_absent() {
        return None;
    }
    let to = &app.upstream.asked.to;
    let (reading, listeners) = host.listeners()?;
    let mut all: Vec<Stray> = Vec::new();
    for socket in &listeners.sockets {
        let Some(program) = &socket.program else { continue };
        let name = program.unit.as_deref().unwrap_or(&program.name);
        let same_port = port(to).is_some() && port(to) == socket.at.port()
            || folder(to).is_some_and(|folder| is_in(&socket.at, folder));
        let alike = is_of(name, site);
        if host.is_in_front(name)
            || program.container.is_some()
            || matches!(socket.at.port(), Some(22 | 25 | 53 | 80 | 443))
            || !(same_port || alike || is_runtime(program))
            || is_asked(host, &socket.at)
        {
            continue;
        }
        let at_most = if same_port || alike { Confidence::Likely } else { Confidence::Possible };
        match all.iter_mut().find(|stray| stray.name == name) {
            Some(known) => {
                known.at_most = known.at_most.max(at_most);
                known.listens.push(socket.at.clone());
            }
            None => all.push(Stray {
                id: reading.id,
                name: name.to_owned(),
                listens: vec![socket.at.clone()],
                at_most,
            }),
        }
    }
    let surest = all.iter().map(|stray| stray.at_most).max()?;
    all.retain(|stray| stray.at_most == surest);
    // Of several that are as near, none is.
    if all.len() == 1 { all.pop() } else { None }
}

fn port(to: &PeerAddress) -> Option<u16> {
    match to {
        PeerAddress::Ip(address) => Some(address.port()),
        PeerAddress::Name { port, .. } => Some(*port),
        PeerAddress::Unix(_) => None,
    }
}

/// The folder of a socket, where it is one of an app's own: `/run/php`, but not `/run`.
fn folder(to: &PeerAddress) -> Option<&str> {
    let PeerAddress::Unix(path) = to else { return None };
    let (folder, _) = path.rsplit_once('/')?;
    let own = !matches!(folder, "" | "/run" | "/var/run" | "/tmp" | "/var/tmp");
    own.then(|| {
        folder.strip_prefix("/var").filter(|rest| rest.starts_with("/run/")).unwrap_or(folder)
    })
}

fn is_in(at: &ListensAt, folder: &str) -> bool {
    let ListensAt::Unix { path } = at else { return false };
    let path = path.strip_prefix("/var").filter(|rest| rest.starts_with("/run/")).unwrap_or(path);
    path.rsplit_once('/').is_some_and(|(own, _)| own == folder)
}

fn is_runtime(program: &Program) -> bool {
    RUNTIMES.iter().any(|name| program.name.starts_with(name))
}

/// Whether a unit bears the name of the site: `shop.service` for `www.shop.example`.
fn is_of(unit: &str, site: &Site) -> bool {
    let stem = unit.split(['.', '@']).next().unwrap_or_default();
    let mut labels: Vec<&str> = site.host.split('.').collect();
    // What everybody has in common names nobody.
    labels.pop();
    stem.len() > 2
        && stem
            .split(['-', '_'])
            .any(|part| part.len() > 2 && part != "www" && labels.contains(&part))
}

/// Whether a web server or a tunnel hands requests to whoever listens here.
fn is_asked(host: &OnHost<'_>, at: &ListensAt) -> bool {
    let by_files = host.proxies().flat_map(|(_, proxy)| &proxy.upstreams);
    let asked = host.all_upstreams().map(|seen| &seen.asked.to);
    by_files.chain(asked).any(|to| at.takes(to))
}
