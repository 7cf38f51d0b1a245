//! Whether nginx would start with its files as they are, tried in a private folder.
//!
//! The rewritten configuration holds what the real one does, secrets too, so it is never written to
//! a disk: nginx reads it from its standard input, a file in memory. What nginx makes while it tries
//! lies in a folder that only we may enter, and that is removed in every case.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rayfix_core::evidence::host::Rehearsal;
use rayfix_core::proxy::nginx::rehearse::{self, SHEET_PATH, Sheet};
use rustix::fs::MemfdFlags;
use tokio::task::spawn_blocking;

use super::proxies::Nginx;
use super::run::{run, trusted};

/// How long trying may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Tries.
pub(crate) async fn rehearse(nginx: Arc<Nginx>) -> Rehearsal {
    let untried = |why: &str| Rehearsal::Untried { why: why.to_owned() };
    if let Some(why) = hindrance(&nginx) {
        return untried(why);
    }
    let (Some(program), Some(folder)) = (nginx.program.clone(), Private::make()) else {
        return untried("no private folder could be made");
    };
    let (path, same) = (folder.text(), Arc::clone(&nginx));
    let writing = spawn_blocking(move || {
        let (config, _) = same.config();
        let sheet = rehearse::write(&config, &same.told, &path)?;
        match sheet.code.iter().find(|file| trusted(Path::new(file)).is_none()) {
            // A module is code that we would run as root.
            Some(file) if Path::new(file).exists() => {
                Err(Rehearsal::Untried { why: format!("others than root may change `{file}`") })
            }
            _ => Ok((config, sheet)),
        }
    });
    let (config, sheet) = match writing.await {
        Ok(Ok(both)) => both,
        Ok(Err(ended)) => return ended,
        Err(_) => return untried("its files could not be rewritten"),
    };
    let Some(input) = input(&sheet) else {
        return untried("there was no memory for its files");
    };
    let args = ["-t", "-q", "-e", "stderr", "-p", &nginx.layout.prefix, "-c", SHEET_PATH];
    match run(&program, &args, input, LIMIT).await {
        Some(said) => sheet.hear(&config, said.status, &said.text),
        None => untried("nginx could not be started, or did not end within 2 s"),
    }
}

/// Why it cannot be tried at all.
fn hindrance(nginx: &Nginx) -> Option<&'static str> {
    if nginx.is_contained() {
        return Some("nginx runs in a container");
    }
    if !rustix::process::geteuid().is_root() {
        return Some("only root may read all that nginx reads");
    }
    if nginx.running.as_ref().is_some_and(|running| running.user != "root") {
        return Some("nginx is run by another user, whose programs root should not start");
    }
    if nginx.program.is_none() {
        return Some("its program was not found, or others than root may change it");
    }
    if !takes_error_log(nginx.layout.version.as_deref().unwrap_or_default()) {
        return Some("this version opens its error log even while it is only tried");
    }
    None
}

/// Whether nginx can be told its first error log (`-e`, since 1.19.5).
fn takes_error_log(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next()) >= (1, 19, 5)
}

fn input(sheet: &Sheet) -> Option<Stdio> {
    let file = rustix::fs::memfd_create("rayfix", MemfdFlags::CLOEXEC).ok()?;
    let mut file = fs::File::from(file);
    file.write_all(sheet.text.as_bytes()).ok()?;
    Some(Stdio::from(file))
}

/// A folder that only we may enter, removed with all that is in it.
#[derive(Debug)]
pub(crate) struct Private(PathBuf);

impl Private {
    pub(crate) fn make() -> Option<Private> {
        use std::hash::{BuildHasher as _, RandomState};
        (0..3).find_map(|round| {
            let name = RandomState::new().hash_one(round);
            let path = std::env::temp_dir().join(format!("rayfix-{name:016x}"));
            // Fails where anything of this name is there already.
            fs::DirBuilder::new().mode(0o700).create(&path).ok()?;
            Some(Private(path))
        })
    }

    fn text(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // A program that was ended a moment ago may have made one thing more.
        for _ in 0..3 {
            if fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with `nginx.conf`, and the rehearsal of what is in there; `None` where this machine
    /// has no nginx, or we are not root.
    async fn check(files: &[(&str, &str)]) -> Option<(String, Rehearsal)> {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("rayfix-t-{}-{number}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let base = folder.to_str().unwrap().to_owned();
        for (name, text) in files {
            fs::write(folder.join(name), text.replace("{DIR}", &base)).unwrap();
        }
        let key = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
        fs::write(folder.join("c.pem"), key.cert.pem()).unwrap();
        fs::write(folder.join("c.key"), key.signing_key.serialize_pem()).unwrap();
        let line = format!("nginx -c {base}/nginx.conf");
        let nginx = Nginx::stopped(line.as_bytes()).await;
        let can = nginx.is_some() && rustix::process::geteuid().is_root();
        assert!(can || !all_must_run(), "needs nginx and root");
        let rehearsal = match nginx.filter(|_| can) {
            Some(nginx) => Some(rehearse(Arc::new(nginx)).await),
            None => None,
        };
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut given: Vec<_> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
        given.extend(["c.key".to_owned(), "c.pem".to_owned()]);
        given.sort();
        assert_eq!(names, given, "nothing was made");
        fs::remove_dir_all(&folder).unwrap();
        rehearsal.map(|rehearsal| (base, rehearsal))
    }

    #[expect(clippy::disallowed_methods, reason = "what CI wants is no setting of ours")]
    fn all_must_run() -> bool {
        std::env::var_os("LAB_ALL").is_some()
    }

    const MAIN: &str = "user www-data; pid {DIR}/n.pid; error_log {DIR}/error.log;\nevents {}\nhttp {\n\
        access_log {DIR}/access.log; client_body_temp_path {DIR}/body; proxy_cache_path {DIR}/cache keys_zone=z:1m;\n\
        map $http_upgrade $up { default upgrade; \"\" close; }\n\
        include site;\n}\n";

    #[tokio::test]
    async fn a_sound_configuration_passes_though_its_ports_are_taken() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let site = format!(
            "upstream shop {{ server unix:/run/shop.sock; }}\n\
             server {{ listen {port} default_server reuseport; listen [::]:{port}; listen 443 ssl http2 backlog=9;\n\
             server_name shop.example; ssl_certificate c.pem; ssl_certificate_key c.key;\n\
             location / {{ proxy_pass http://shop; proxy_set_header Host $host; }}\n\
             location ~ ^/a/.+\\.php$ {{ fastcgi_pass unix:/run/php.sock; }} }}\n\
             server {{ listen *:{port}; server_name other.example; return 444; }}\n"
        );
        let Some((_, told)) = check(&[("nginx.conf", MAIN), ("site", &site)]).await else { return };
        assert_eq!(told, Rehearsal::Passes { warnings: vec![] });
    }

    #[tokio::test]
    async fn what_nginx_refuses_is_told_with_its_place() {
        for (site, says, line) in [
            ("server {\n listen 80;\n sevrer_name x;\n}", "unknown directive \"sevrer_name\"", 3),
            ("server {\n listen 80;\n proxy_pass http://x;\n}", "directive is not allowed here", 3),
            (
                "server {\n listen 443 ssl;\n ssl_certificate gone.pem;\n ssl_certificate_key c.key;\n}",
                "gone.pem",
                3,
            ),
            (
                "server { listen 80; }\nserver {\n listen 80 default_server;\n listen *:80; }",
                "duplicate listen 0.0.0.0:80",
                4,
            ),
            ("server { location / { proxy_pass http://no-such.invalid; } }", "host not found", 1),
            ("server {\n listen 80x; }", "host not found in `listen`", 2),
            ("include /gone/x.conf;", "/gone/x.conf\" failed (2:", 1),
        ] {
            let Some((base, told)) = check(&[("nginx.conf", MAIN), ("site", site)]).await else {
                return;
            };
            let Rehearsal::Fails { says: said, at } = told else { panic!("{site}: {told:?}") };
            assert!(said.contains(says), "{said}");
            let at = at.unwrap_or_else(|| panic!("{said} has no place"));
            assert_eq!((at.file, at.line), (format!("{base}/site"), line), "{said}");
        }
    }

    #[tokio::test]
    async fn a_warning_is_no_failure() {
        let site = "server { listen 80; server_name a; } server { listen 80; server_name a; }";
        let Some((_, told)) = check(&[("nginx.conf", MAIN), ("site", site)]).await else { return };
        let Rehearsal::Passes { warnings } = told else { panic!("{told:?}") };
        assert!(
            warnings[0].contains("conflicting server name \"a\" on 0.0.0.0:80"),
            "{warnings:?}"
        );
    }

    #[test]
    fn the_folder_is_ours_alone_and_goes_away() {
        use std::os::unix::fs::MetadataExt as _;

        let folder = Private::make().unwrap();
        let path = folder.0.clone();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        fs::write(path.join("x"), "").unwrap();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn versions_are_compared_by_number() {
        let taken = ["1.19.5", "1.22.1", "1.21.4.1", "1.31.5"].map(takes_error_log);
        assert_eq!(taken, [true; 4]);
        assert_eq!(["1.18.0", "1.19.4", "", "x"].map(takes_error_log), [false; 4]);
    }
}
