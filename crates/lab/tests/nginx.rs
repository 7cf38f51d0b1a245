//! Our reading of nginx configurations against the real nginx: for every request below, the server
//! and location that we name are the ones that answer.
//!
//! Each case is the inside of an `http` block whose servers and locations answer with labels of
//! their own. nginx runs in a folder of its own, on the loopback, and is ended by its own number.
//! Where we say that only the request or the disk can tell, the real answer must be among the ways
//! that we name. Needs nginx (Debian: nginx-light) and openssl; without them the test says so.
#![expect(clippy::unwrap_used, reason = "a test's helper stops the test by panicking")]
#![expect(clippy::print_stderr, reason = "a test that cannot run says so")]

#[path = "nginx/cases.rs"]
mod cases;
#[path = "nginx/made_up.rs"]
mod made_up;
#[path = "nginx/real.rs"]
mod real;

use std::net::SocketAddr;

use rayfix_core::proxy::nginx::{
    Ask, Config, Door, Files, Layout, LeadsTo, Limits, ReadError, Route, Served,
};

use self::cases::CASES;
use self::made_up::Dice;
use self::real::{Nginx, Stage};

/// The disk, for the reader.
struct Disk;

fn error(error: &std::io::Error) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::Missing,
        std::io::ErrorKind::PermissionDenied => ReadError::Forbidden,
        _ => ReadError::System(error.raw_os_error().unwrap_or_default()),
    }
}

impl Files for Disk {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, ReadError> {
        std::fs::read(path).map_err(|e| error(&e))
    }

    fn list(&mut self, folder: &str) -> Result<Vec<String>, ReadError> {
        let entries = std::fs::read_dir(folder).map_err(|e| error(&e))?;
        Ok(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
    }
}

fn read(stage: &Stage) -> Config {
    let layout = Layout {
        prefix: stage.folder(),
        conf_path: format!("{}/nginx.conf", stage.folder()),
        root: stage.root,
        ..Layout::default()
    };
    Config::read(&mut Disk, layout, &Limits::default())
}

/// What a visitor gets on this way, in the words of [`Nginx::ask`]; a `~` ends what is certain.
fn expected(route: &Route) -> String {
    match &route.leads_to {
        LeadsTo::Returns { status, text, .. } => {
            format!("{status} {}", text.as_deref().unwrap_or_default())
        }
        LeadsTo::Closes { .. } => "closed".to_owned(),
        LeadsTo::Pass(pass) => {
            let host = pass.host.as_ref().map_or("?", |host| &host.value);
            format!("200 passed {host} {}", pass.path.as_deref().unwrap_or("?"))
        }
        LeadsTo::Files { folder } => format!("200 file {}", folder.value.trim_end_matches('/')),
        LeadsTo::Stuck { why, .. } => {
            let status = why.rsplit(' ').next().unwrap();
            format!("{status} ~")
        }
        LeadsTo::Unknown { what, .. } => format!("? {what}"),
    }
}

/// nginx makes a URL of a path that it redirects to.
fn without_origin(real: &str) -> String {
    match real.split_once(" http://up.test:").and_then(|(s, rest)| Some((s, rest.split_once('/')?)))
    {
        Some((status, (_, path))) => format!("{status} /{path}"),
        None => real.to_owned(),
    }
}

/// Whether the real answer is the expected one; a file that is not there is 403 or 404.
fn agrees(route: &Route, real: &str) -> bool {
    let expected = expected(route);
    let missing = matches!(route.leads_to, LeadsTo::Files { .. })
        && (real.starts_with("404") || real.starts_with("403"));
    match expected.strip_suffix('~') {
        Some(start) => real.starts_with(start.trim_end()),
        None => expected.trim_end() == without_origin(real) || missing,
    }
}

fn told(served: &Served) -> String {
    let server = &served.server;
    let mut told = format!("server {:?} ({:?}) at {}", server.label, served.by, server.at);
    for rival in &served.rivals {
        told.push_str(&format!("\n  or {} by {}", rival.server.at, rival.name));
    }
    for route in &served.routes {
        let location = route.location.as_ref().map_or("(the server)", |block| &block.label);
        told.push_str(&format!("\n  {location}: {}", expected(route)));
        for given in &route.given {
            told.push_str(&format!("\n    if {} ({})", given.text, given.at.line));
        }
    }
    told
}

fn door(stage: &Stage, text: &str) -> Door {
    let text = stage.fill(text);
    match text.strip_prefix("unix:") {
        Some(path) => Door::Unix(path.to_owned()),
        None => Door::Ip(text.parse::<SocketAddr>().unwrap()),
    }
}

#[test]
fn the_real_nginx_answers_with_the_server_and_location_that_we_name() {
    if !real::can_run(&["nginx"]) {
        return;
    }
    let (mut requests, mut certain, mut wrong) = (0, 0, Vec::new());
    let ipv6 = real::ipv6();
    for case in CASES {
        if case.text.contains("[::") && !ipv6 {
            eprintln!("skipped: {}: needs IPv6 on the loopback", case.name);
            continue;
        }
        let stage = Stage::new(case.text);
        let nginx = Nginx::start(&stage);
        let config = read(&stage);
        for request in case.requests {
            let [at, host, path, ..] = request else { panic!("{}: where, host, path", case.name) };
            let ask = Ask { door: door(&stage, at), host: stage.fill(host), path: (*path).into() };
            let real = nginx.ask(&ask.door, &ask.host, &ask.path);
            requests += 1;
            let label = request.get(3).map(|label| stage.fill(label));
            if let Some(label) = &label
                && *label != real
            {
                wrong.push(format!(
                    "{}: {at} {host} {path}: nginx says {real}, the case says {label}",
                    case.name
                ));
            }
            let served = config.serve(&ask);
            let agreed = match &served {
                Ok(served) if served.is_certain() => {
                    certain += 1;
                    agrees(&served.routes[0], &real)
                }
                Ok(served) => {
                    !served.rivals.is_empty()
                        || served.routes.iter().any(|route| agrees(route, &real))
                }
                Err(_) => real == "closed" || real == "refused" || real.starts_with("400"),
            };
            if !agreed {
                let told = served.as_ref().map_or_else(|e| format!("{e:?}"), told);
                wrong.push(format!(
                    "{}: {at} {host} {path}: nginx says {real}, we say {told}",
                    case.name
                ));
            }
        }
        if !config.whole || !config.notes.is_empty() {
            wrong.push(format!("{}: {:?}", case.name, config.notes));
        }
    }
    assert!(wrong.is_empty(), "{} of {requests}:\n{}", wrong.len(), wrong.join("\n"));
    eprintln!("{requests} requests of {} cases, {certain} of them told for certain", CASES.len());
    assert!(certain * 10 >= requests * 7, "only {certain} of {requests} are told for certain");
}

#[test]
fn the_real_nginx_shows_the_certificate_that_we_name() {
    if !real::can_run(&["nginx", "openssl"]) {
        return;
    }
    let stage = Stage::new(cases::TLS);
    for name in ["first", "shop", "wild", "outer"] {
        stage.certificate(name);
    }
    let nginx = Nginx::start(&stage);
    let config = read(&stage);
    for (host, wanted) in cases::TLS_NAMES {
        let ask =
            Ask { door: door(&stage, "127.0.0.1:{A}"), host: (*host).into(), path: "/".into() };
        let tls = config.serve(&ask).unwrap().tls.unwrap();
        let named = tls.certificates.first().map(|pair| pair.certificate.value.clone());
        let named = if tls.reject_handshake.value { None } else { named };
        let named = named.map(|path| path.rsplit('/').next().unwrap().replace(".pem", ""));
        assert_eq!(named.as_deref(), *wanted, "{host}");
        assert_eq!(nginx.certificate(&ask.door, host).as_deref(), *wanted, "{host}");
    }
}

/// Asks both, and says where they differ.
fn compare(stage: &Stage, nginx: &Nginx, config: &Config, ask: &Ask) -> Result<bool, String> {
    let real = nginx.ask(&ask.door, &ask.host, &ask.path);
    let served = config.serve(ask).map_err(|error| format!("{error:?}"))?;
    let certain = served.is_certain();
    let agreed = if certain {
        agrees(&served.routes[0], &real)
    } else {
        served.routes.iter().any(|route| agrees(route, &real))
    };
    if agreed {
        return Ok(certain);
    }
    let text = std::fs::read_to_string(format!("{}/nginx.conf", stage.folder())).unwrap();
    let (host, path) = (&ask.host, &ask.path);
    Err(format!("{host} {path}: nginx says {real}, we say {}\n{text}", told(&served)))
}

#[test]
fn the_real_nginx_agrees_on_made_up_names_and_locations() {
    if !real::can_run(&["nginx"]) {
        return;
    }
    let mut dice = Dice(502);
    let (mut asked, mut certain) = (0, 0);
    for round in 0..40 {
        let names = round % 2 == 0;
        let text = if names { dice.servers() } else { dice.locations() };
        let stage = Stage::new(&text);
        let nginx = Nginx::start(&stage);
        let config = read(&stage);
        for _ in 0..60 {
            let at = ["127.0.0.1:{A}", "127.0.0.2:{A}", "127.0.0.1:{B}"][dice.below(3)];
            let (at, host, path) = if names {
                (at, dice.host(), "/".to_owned())
            } else {
                ("127.0.0.1:{B}", "up.test".to_owned(), dice.path())
            };
            let ask = Ask { door: door(&stage, at), host, path };
            // Not every socket is in every configuration.
            if config.serve(&ask).is_err() {
                assert_eq!(nginx.ask(&ask.door, &ask.host, &ask.path), "refused");
                continue;
            }
            asked += 1;
            match compare(&stage, &nginx, &config, &ask) {
                Ok(sure) => certain += usize::from(sure),
                Err(difference) => panic!("{difference}"),
            }
        }
    }
    eprintln!("{asked} made-up requests, {certain} of them told for certain");
    assert!(certain * 10 >= asked * 7, "only {certain} of {asked} are told for certain");
}
