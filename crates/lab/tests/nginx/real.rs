//! A real nginx in a folder of its own, and the few lines that ask it.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rayfix_core::proxy::nginx::Door;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the programs are there; `LAB_ALL=1` makes their absence a failure.
pub(crate) fn can_run(programs: &[&str]) -> bool {
    for program in programs {
        let found = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
            .iter()
            .any(|folder| Path::new(folder).join(program).exists());
        if !found {
            assert!(std::env::var_os("LAB_ALL").is_none(), "{program} is missing: make setup");
            eprintln!("skipped: needs {program} (make setup)");
            return false;
        }
    }
    true
}

/// Whether the loopback has IPv6.
pub(crate) fn ipv6() -> bool {
    let found = TcpListener::bind("[::1]:0").is_ok();
    assert!(found || std::env::var_os("LAB_ALL").is_none(), "needs IPv6 on the loopback");
    found
}

/// A port that nobody has. Below those that the system deals out itself, so that no connection of
/// another test takes it before nginx does, and never the same twice.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id() % 1000 * 10;
    loop {
        let number = (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let port = u16::try_from(20_000 + number).unwrap();
        let taken = |any: &str| {
            let bound = TcpListener::bind((any, port));
            bound.is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
        };
        if !taken("0.0.0.0") && !taken("::") {
            return port;
        }
    }
}

/// A folder with a configuration in it.
pub(crate) struct Stage {
    folder: PathBuf,
    /// For `{A}`, `{B}`, `{C}`, and `{E}`, the upstream.
    ports: [u16; 4],
    pub(crate) root: bool,
}

impl Stage {
    /// `text` is what stands in `http`; `--- NAME` in it begins a file of that name instead.
    pub(crate) fn new(text: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("rayfix-nginx-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("tmp")).unwrap();
        let ports = std::array::from_fn(|_| free_port());
        // The owner of what we make tells who we are.
        let root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&folder).unwrap()) == 0;
        let stage = Stage { folder, ports, root };
        let mut parts = text.split("\n--- ");
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {{DIR}}/tmp/{kind};\n"))
            .collect();
        let main = format!(
            "worker_processes 1;\ndaemon off;\nmaster_process off;\npid {{DIR}}/nginx.pid;\n\
             error_log {{DIR}}/error.log info;\nevents {{ }}\nhttp {{\naccess_log off;\n{temporary}\
             server {{ listen 127.0.0.1:{{E}}; return 200 \"passed $http_host $request_uri\"; }}\n{}\n}}\n",
            parts.next().unwrap()
        );
        stage.write("nginx.conf", &main);
        for part in parts {
            let (name, text) = part.split_once('\n').unwrap();
            stage.write(name, text);
        }
        stage
    }

    pub(crate) fn folder(&self) -> String {
        self.folder.to_str().unwrap().to_owned()
    }

    pub(crate) fn fill(&self, text: &str) -> String {
        let mut text = text.replace("{DIR}", &self.folder());
        for (name, port) in ["{A}", "{B}", "{C}", "{E}"].iter().zip(self.ports) {
            text = text.replace(name, &port.to_string());
        }
        text
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, self.fill(text)).unwrap();
    }

    /// Writes `NAME.pem` and `NAME.key`.
    pub(crate) fn certificate(&self, name: &str) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        let mut params = params;
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        self.write(&format!("{name}.pem"), &params.self_signed(&key).unwrap().pem());
        self.write(&format!("{name}.key"), &key.serialize_pem());
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A running nginx; dropping it ends it.
pub(crate) struct Nginx {
    child: Child,
}

impl Nginx {
    /// Comes back once it takes connections.
    pub(crate) fn start(stage: &Stage) -> Self {
        let folder = stage.folder();
        let child = Command::new("nginx")
            .args(["-p", &folder, "-c", &format!("{folder}/nginx.conf")])
            .args(["-e", &format!("{folder}/error.log")])
            .env("PATH", "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut nginx = Nginx { child };
        // It writes its number down once all its sockets take connections.
        let number = stage.folder.join("nginx.pid");
        let begun = Instant::now();
        while !std::fs::read(&number).is_ok_and(|number| !number.is_empty()) {
            if nginx.child.try_wait().unwrap().is_some() || begun.elapsed() > PATIENCE {
                let mut said = String::new();
                let _ = nginx.child.kill();
                nginx.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("nginx does not start: {said}");
            }
            std::thread::yield_now();
        }
        nginx
    }

    /// The status and body; the status and Location of a redirect; `closed`; `refused`. Without a
    /// host: as HTTP/1.0 without one.
    pub(crate) fn ask(&self, door: &Door, host: &str, path: &str) -> String {
        let request = match host {
            "" => format!("GET {path} HTTP/1.0\r\n\r\n"),
            _ => format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        };
        let mut answer = Vec::new();
        let done = match door {
            Door::Ip(address) => {
                TcpStream::connect_timeout(address, PATIENCE).and_then(|mut to| {
                    to.set_read_timeout(Some(PATIENCE))?;
                    to.write_all(request.as_bytes())?;
                    to.read_to_end(&mut answer)
                })
            }
            Door::Unix(path) => UnixStream::connect(path).and_then(|mut to| {
                to.set_read_timeout(Some(PATIENCE))?;
                to.write_all(request.as_bytes())?;
                to.read_to_end(&mut answer)
            }),
        };
        match done {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return "refused".into(),
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
            _ => {}
        }
        let answer = String::from_utf8_lossy(&answer);
        let Some((head, body)) = answer.split_once("\r\n\r\n") else { return "closed".into() };
        let status = head.split(' ').nth(1).unwrap();
        let location = head.lines().find_map(|line| line.strip_prefix("Location: "));
        let text = match location {
            // nginx makes a URL of a path.
            Some(url) => url.to_owned(),
            None if status == "200" => body.trim_end().to_owned(),
            None => String::new(),
        };
        format!("{status} {text}").trim_end().to_owned()
    }

    /// The common name of the certificate that is shown, if one is.
    pub(crate) fn certificate(&self, door: &Door, name: &str) -> Option<String> {
        let Door::Ip(address) = door else { return None };
        let shown = Command::new("openssl")
            .args(["s_client", "-connect", &address.to_string(), "-servername", name])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        let subject = shown.lines().find_map(|line| line.strip_prefix("subject="))?;
        Some(subject.rsplit(['=', ' ']).next().unwrap().to_owned())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
