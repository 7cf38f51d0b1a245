//! Which logs are worth reading, by what was seen of this machine so far.
//!
//! Those of the web servers, as their configuration names them; the journals of every unit that
//! plays a part; files that a unit's command line names as its log; the kernel's. A log that leads
//! to syslog or to standard output is in the journal of its unit. What a configuration leaves open
//! (a variable in a path) and what lies in a container is not looked for.

use jiff::Timestamp;
use rayfix_core::evidence::host::{LogSource, ProxyKind, ProxySeen, UnitAnswer, UnitSeen};
use rayfix_core::evidence::{HostAnswer, HostQuestion};
use rayfix_core::hop::Hop;
use rayfix_core::logs::LogFormat;
use rayfix_core::logs::recent::By;

use super::is_unit;

/// How many logs are read.
const MOST: usize = 16;

/// How long before its main process a unit begins to tell: what prepares it, in seconds.
const BEFORE_START: i64 = 10;

/// Options whose value is the path of a log: gunicorn, uWSGI, cloudflared, php-fpm and many others.
const OPTIONS: [&str; 9] = [
    "--error-logfile",
    "--access-logfile",
    "--log-file",
    "--logfile",
    "--logto",
    "--logto2",
    "--daemonize",
    "--error-log",
    "--log-path",
];

/// A log that is to be read.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) source: LogSource,
    pub(crate) part: Hop,
    pub(crate) by: By,
    /// From when on, where that may be long ago: the last start of a unit that does not run.
    pub(crate) since: Option<Timestamp>,
    /// Names under which syslog may know the programs of a unit.
    pub(crate) programs: Vec<String>,
    /// Whether nothing names it: it is where others of its kind are, if it is at all.
    pub(crate) is_guess: bool,
    /// Whether the unit's state is in it already.
    knows_unit: bool,
}

impl Wanted {
    pub(super) fn of(source: LogSource) -> Wanted {
        Wanted {
            source,
            part: Hop::Host,
            by: By::Journal,
            since: None,
            programs: Vec::new(),
            is_guess: false,
            knows_unit: false,
        }
    }

    /// The unit whose state would say more: from when on its journal is to be read.
    pub(crate) fn asks_for(&self) -> Option<&str> {
        match &self.source {
            LogSource::Journal { unit } if !self.knows_unit => Some(unit),
            _ => None,
        }
    }

    /// Takes the state of its unit into account.
    pub(crate) fn of_unit(self, unit: &UnitSeen) -> Wanted {
        let begun = unit.started.or(unit.since).filter(|_| !unit.is_active());
        let since = begun.and_then(|at| {
            Timestamp::from_second(at.as_second().saturating_sub(BEFORE_START)).ok()
        });
        let program = unit.command.as_deref().and_then(|command| {
            let program = command.split_ascii_whitespace().next()?.rsplit('/').next()?;
            Some(program.to_owned())
        });
        Wanted { since, programs: program.into_iter().collect(), knows_unit: true, ..self }
    }
    fn file(path: &str, part: Hop, by: By) -> Option<Wanted> {
        let is_real = path.starts_with('/')
            && !path.contains('$')
            && !["/dev/", "/proc/", "/sys/"].iter().any(|lead| path.starts_with(lead));
        let source = LogSource::File { path: path.to_owned() };
        is_real.then(|| Wanted { part, by, ..Wanted::of(source) })
    }

    fn journal(unit: &str, part: Hop) -> Option<Wanted> {
        let source = LogSource::Journal { unit: unit.to_owned() };
        is_unit(unit).then(|| Wanted { part, by: By::Journal, ..Wanted::of(source) })
    }
}

/// The logs, each once, what tells most first.
pub(crate) fn wanted(seen: &[(HostQuestion, HostAnswer)]) -> Vec<Wanted> {
    let (mut errors, mut journals, mut files, mut accesses) = (vec![], vec![], vec![], vec![]);
    for (question, answer) in seen {
        match (question, answer) {
            (HostQuestion::Proxy { .. }, HostAnswer::Proxy(proxy)) => {
                journals.extend(proxy.unit.as_deref().and_then(|u| Wanted::journal(u, Hop::Proxy)));
                let is_elsewhere =
                    proxy.running.as_ref().is_some_and(|run| run.container.is_some());
                if !is_elsewhere {
                    errors.extend(errors_of(proxy));
                    accesses.extend(accesses_of(proxy));
                }
            }
            (HostQuestion::Unit { name, part }, HostAnswer::Unit(answer))
                if matches!(part, Hop::App | Hop::Tunnel | Hop::Proxy) =>
            {
                journals.extend(Wanted::journal(name, *part).map(|wanted| match answer.known() {
                    Some(unit) => wanted.of_unit(unit),
                    None => wanted,
                }));
                files.extend(files_of(name, *part, answer));
            }
            (HostQuestion::Connector(asked), _) => {
                journals
                    .extend(asked.unit.as_deref().and_then(|u| Wanted::journal(u, Hop::Tunnel)));
            }
            _ => {}
        }
    }
    let kernel = Wanted::of(LogSource::Kernel);
    let mut all: Vec<Wanted> = Vec::new();
    let turns = errors.into_iter().chain(journals).chain([kernel]).chain(accesses).chain(files);
    for one in turns {
        if let Some(known) = all.iter_mut().find(|known| known.source == one.source) {
            // The same unit may be known by its proxy alone, and then by itself.
            known.since = known.since.or(one.since);
            known.programs.extend(one.programs);
            known.knows_unit |= one.knows_unit;
            known.is_guess &= one.is_guess;
        } else if all.len() < MOST {
            all.push(one);
        }
    }
    all
}

/// The error logs of the way that the site's requests take, then all others of the web server.
fn errors_of(proxy: &ProxySeen) -> Vec<Wanted> {
    let by = match proxy.kind {
        ProxyKind::Nginx => By::Name("nginx-error"),
        ProxyKind::Apache => By::Name("apache-error"),
        ProxyKind::Haproxy | ProxyKind::Caddy => By::Looks,
    };
    let routes = proxy.doors.iter().filter_map(|door| door.served.as_ref()?.route());
    let own = routes.flat_map(|route| route.logs.errors.iter().map(|log| &log.path.value));
    own.chain(&proxy.error_logs)
        .filter_map(|path| Wanted::file(path, Hop::Proxy, by.clone()))
        .collect()
}

/// The same for access logs, each by the layout that it is written in.
fn accesses_of(proxy: &ProxySeen) -> Vec<Wanted> {
    let routes = proxy.doors.iter().filter_map(|door| door.served.as_ref()?.route());
    let own = routes.flat_map(|route| &route.logs.accesses).map(|log| {
        let layout = log.form.as_ref().map(|form| form.value.as_str());
        let by = match layout {
            None => By::Name("access"),
            // Layouts of JSON are read as such.
            Some(layout) if layout.trim_start().starts_with('{') => By::Name("access"),
            Some(layout) => LogFormat::new(layout).map_or(By::Looks, By::Layout),
        };
        (&log.path.value, by)
    });
    let named = own.chain(proxy.access_logs.iter().map(|path| (path, By::Looks)));
    let mut all: Vec<Wanted> =
        named.filter_map(|(path, by)| Wanted::file(path, Hop::Proxy, by)).collect();
    // It writes to syslog, and Debian's rsyslog puts it there.
    if proxy.kind == ProxyKind::Haproxy {
        all.extend(guessed("/var/log/haproxy.log", Hop::Proxy));
    }
    all
}

/// Files that a unit's command line names as its log, and php-fpm's own.
fn files_of(name: &str, part: Hop, answer: &UnitAnswer) -> Vec<Wanted> {
    let command = answer.known().and_then(|unit| unit.command.as_deref()).unwrap_or_default();
    let mut words = command.split_ascii_whitespace();
    let mut paths = Vec::new();
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, None),
        };
        if OPTIONS.contains(&option) {
            paths.extend(value.or_else(|| words.next()).map(str::to_owned));
        }
    }
    let mut all: Vec<Wanted> =
        paths.iter().filter_map(|path| Wanted::file(path, part, By::Looks)).collect();
    // Debian has one a version, `php8.2-fpm`; others have one for all.
    if let Some(fpm) = name.strip_suffix(".service").filter(|name| name.ends_with("-fpm")) {
        all.extend(guessed(&format!("/var/log/{fpm}.log"), part));
        all.extend(guessed("/var/log/php-fpm/error.log", part));
    }
    all
}

fn guessed(path: &str, part: Hop) -> Option<Wanted> {
    Wanted::file(path, part, By::Looks).map(|wanted| Wanted { is_guess: true, ..wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, part: Hop, unit: UnitSeen) -> (HostQuestion, HostAnswer) {
        let question = HostQuestion::Unit { name: name.to_owned(), part };
        (question, HostAnswer::Unit(UnitAnswer::Known(Box::new(unit))))
    }

    fn proxy(error_logs: &[&str], access_logs: &[&str]) -> (HostQuestion, HostAnswer) {
        let kind = ProxyKind::Nginx;
        let all = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let seen = ProxySeen {
            unit: Some("nginx.service".to_owned()),
            config: "/etc/nginx/nginx.conf".to_owned(),
            is_whole: true,
            names_site: true,
            error_logs: all(error_logs),
            access_logs: all(access_logs),
            ..ProxySeen::of(kind)
        };
        (HostQuestion::Proxy { kind }, HostAnswer::Proxy(Box::new(seen)))
    }

    fn sources(seen: &[(HostQuestion, HostAnswer)]) -> Vec<String> {
        wanted(seen).iter().map(|one| one.source.to_string()).collect()
    }

    #[test]
    fn the_logs_of_everything_that_plays_a_part_are_wanted_once() {
        let shop = UnitSeen {
            active: "failed".to_owned(),
            command: Some(
                "/usr/bin/gunicorn --error-logfile /var/log/shop/error.log --access-logfile - \
                 --log-file=/var/log/shop/more.log shop:app"
                    .to_owned(),
            ),
            started: Some("2026-11-22T05:00:20Z".parse().unwrap()),
            ..UnitSeen::default()
        };
        let seen = [
            proxy(
                &["/var/log/nginx/error.log", "stderr", "/dev/stderr"],
                &[
                    "/var/log/nginx/access.log",
                    "syslog:server=unix:/dev/log",
                    "/var/log/nginx/$host.log",
                ],
            ),
            unit("nginx.service", Hop::Proxy, UnitSeen::default()),
            unit("shop.service", Hop::App, shop),
            unit("cron.service", Hop::Host, UnitSeen::default()),
            unit("php8.2-fpm.service", Hop::App, UnitSeen::default()),
        ];
        assert_eq!(
            sources(&seen),
            [
                "/var/log/nginx/error.log",
                "the journal of nginx.service",
                "the journal of shop.service",
                "the journal of php8.2-fpm.service",
                "the kernel's log",
                "/var/log/nginx/access.log",
                "/var/log/shop/error.log",
                "/var/log/shop/more.log",
                "/var/log/php8.2-fpm.log",
                "/var/log/php-fpm/error.log",
            ]
        );
        let wanted = wanted(&seen);
        assert_eq!(wanted[2].since, Some("2026-11-22T05:00:10Z".parse().unwrap()));
        assert_eq!(wanted[2].programs, ["gunicorn"]);
        let guesses = wanted.iter().filter(|one| one.is_guess).count();
        assert_eq!((guesses, wanted[2].asks_for()), (2, None));
    }

    #[test]
    fn where_nothing_was_seen_the_kernel_is_still_asked() {
        assert_eq!(sources(&[]), ["the kernel's log"]);
    }

    #[test]
    fn there_is_an_end_to_the_number_of_logs() {
        let paths: Vec<String> = (0..100).map(|n| format!("/var/log/{n}.log")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(sources(&[proxy(&paths, &paths)]).len(), MOST);
    }

    #[test]
    fn a_name_that_no_unit_can_have_is_not_asked_about() {
        let seen = [unit("a; rm -rf $(x).service", Hop::App, UnitSeen::default())];
        assert_eq!(sources(&seen), ["the kernel's log"]);
        assert!(is_unit("shop@1.service") && is_unit("dev-disk\\x2d1.service"));
        assert!(!is_unit("") && !is_unit("*.service") && !is_unit("a b.service"));
    }
}
