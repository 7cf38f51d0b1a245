//! Certificates in the files that web servers are told to show, and what renews them.
//!
//! A chain from a file is looked at exactly as one of a handshake: by the same function, with the
//! same roots, for the same name. Keys are read to compare them with their certificates, and nothing
//! of them is kept.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::Timestamp;
use rayfix_core::evidence::chain;
use rayfix_core::evidence::host::certbot::{self, Went};
use rayfix_core::evidence::host::{CertificateAnswer, CertificateFile, ProxySeen, Renewal};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::little;

/// Bytes of a certificate's file or a key's.
const LARGEST: u64 = 1 << 20;
/// Files that are read.
const FILES: usize = 12;
/// Bytes of a log of certbot's, from its end.
const LOG: u64 = 256 << 10;
/// Logs of certbot's: each run begins one.
const LOGS: usize = 4;

/// A file that a web server is told to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// As the web server names it.
    pub(crate) path: String,
    /// The file of its key.
    pub(crate) key: Option<String>,
    /// When the web server read its files last.
    pub(crate) loaded: Option<Timestamp>,
}

/// Every file that answers for the site, each once.
pub(crate) fn shown(proxies: &[ProxySeen]) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for proxy in proxies {
        let tls = proxy.doors.iter().filter_map(|door| door.served.as_ref()?.tls.as_ref());
        for pair in tls.flat_map(|tls| &tls.certificates) {
            let path = pair.certificate.value.clone();
            let is_file = path.starts_with('/') && !path.contains('$');
            if is_file && all.len() < FILES && !all.iter().any(|shown| shown.path == path) {
                all.push(Shown {
                    path,
                    key: pair.key.as_ref().map(|key| key.value.clone()),
                    loaded: proxy.loaded,
                });
            }
        }
    }
    all
}

/// What a file holds, as an edge would judge it for this name at this time.
pub(crate) fn look(
    shown: &Shown,
    name: &str,
    now: Timestamp,
    roots: &[Vec<u8>],
) -> CertificateAnswer {
    let path = Path::new(&shown.path);
    let pem = match read(path) {
        Ok(pem) => pem,
        Err(error) => return failed(&error),
    };
    let unreadable = |why: &str| CertificateAnswer::Unreadable { why: why.to_owned() };
    let ders: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&pem).take(32).collect();
    let Ok(ders) = ders else {
        return unreadable("it ends early or is not base64 between its BEGIN and END lines");
    };
    let chain: Vec<Vec<u8>> = ders.iter().map(|der| der.as_ref().to_vec()).collect();
    let Some(leaf) = ders.into_iter().next() else {
        return unreadable("it holds no certificate");
    };
    let Some(seen) = chain::see(&chain, name, now, roots) else {
        return unreadable("its first certificate is none");
    };
    let fits = shown.key.as_deref().map(|key| fits(leaf, key));
    let (key_fits, key_unread) = match fits {
        Some(Ok(fits)) => (Some(fits), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    CertificateAnswer::Read(Box::new(CertificateFile {
        leads_to: leads_to(path),
        chain: seen,
        changed: changed(path),
        key: shown.key.clone(),
        key_fits,
        key_unread,
        loaded: shown.loaded,
    }))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = little::bytes(path, LARGEST + 1)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}

fn failed(error: &io::Error) -> CertificateAnswer {
    match error.kind() {
        io::ErrorKind::NotFound => CertificateAnswer::Missing,
        io::ErrorKind::PermissionDenied => CertificateAnswer::Forbidden,
        _ => CertificateAnswer::Unreadable { why: error.to_string() },
    }
}

/// Whether a key is the certificate's; else why it was not seen.
fn fits(leaf: CertificateDer<'static>, key: &str) -> Result<bool, String> {
    if !key.starts_with('/') || key.contains('$') {
        return Err("it is not in a file".to_owned());
    }
    let pem = read(Path::new(key)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "only root may read it".to_owned(),
        _ => error.to_string(),
    })?;
    let der = PrivateKeyDer::from_pem_slice(&pem);
    let locked = [&b"BEGIN ENCRYPTED PRIVATE KEY"[..], b"Proc-Type: 4,ENCRYPTED"];
    if locked.iter().any(|mark| pem.windows(mark.len()).any(|window| window == *mark)) {
        return Err("it is encrypted".to_owned());
    }
    let der = der.map_err(|_| "it holds no key".to_owned())?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = provider.key_provider.load_private_key(der);
    let key = key.map_err(|_| "it is of a kind that we do not know".to_owned())?;
    match CertifiedKey::new(vec![leaf], key).keys_match() {
        Ok(()) => Ok(true),
        Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => Ok(false),
        Err(_) => Err("the two could not be compared".to_owned()),
    }
}

/// Where links lead, where they lead elsewhere.
fn leads_to(path: &Path) -> Option<String> {
    let real = fs::canonicalize(path).ok().filter(|real| real != path)?;
    real.to_str().map(str::to_owned)
}

/// When a file was changed last: its bytes, its place (a copy keeps the time of its bytes), or where
/// its link leads.
fn changed(path: &Path) -> Option<Timestamp> {
    let moment = |meta: fs::Metadata| {
        let at = |seconds: i64| Timestamp::from_second(seconds).ok();
        at(meta.mtime()).max(at(meta.ctime()))
    };
    let file = fs::metadata(path).ok().and_then(moment);
    let link = fs::symlink_metadata(path).ok().and_then(moment);
    file.max(link)
}

/// The certificates of certbot's among these files, each once.
pub(crate) fn lineages(shown: &[Shown]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for shown in shown {
        let real = leads_to(Path::new(&shown.path));
        let name = certbot::lineage(&shown.path).or(real.as_deref().and_then(certbot::lineage));
        names.extend(name.filter(|name| !names.iter().any(|had| had == name)).map(str::to_owned));
    }
    names
}

/// How certbot renews one, and how that went last.
pub(crate) fn renewal(lineage: &str, timer: Timer) -> Renewal {
    let file = format!("/etc/letsencrypt/renewal/{lineage}.conf");
    let text = little::text(&file, LARGEST);
    let mut renewal = certbot::renewal(&file, text.as_deref().unwrap_or_default());
    if text.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        renewal.file = None;
    }
    if renewal.deploy_hook.is_none() {
        renewal.deploy_hook = hook_for_all();
    }
    renewal.started_by = timer.waits.or_else(enabled_timer).or_else(cron);
    renewal.timer_off = timer.off.filter(|_| renewal.started_by.is_none());
    if let Some(Went::Failed { at, says }) = last(Path::new("/var/log/letsencrypt"), lineage) {
        renewal.failed = Some(at);
        renewal.says = Some(says);
    }
    renewal
}

/// A program in the folder of those that run after every renewal.
fn hook_for_all() -> Option<String> {
    let folder = fs::read_dir("/etc/letsencrypt/renewal-hooks/deploy").ok()?;
    let runs = |entry: fs::DirEntry| {
        let path = entry.path();
        let meta = fs::metadata(&path).ok()?;
        (meta.is_file() && meta.mode() & 0o111 != 0).then(|| path.to_str().map(str::to_owned))?
    };
    folder.take(50).filter_map(Result::ok).filter_map(runs).min()
}

/// The last word of certbot's logs about one: of the newest that tells of it.
fn last(folder: &Path, lineage: &str) -> Option<Went> {
    (0..LOGS).find_map(|age| {
        let name = if age == 0 { String::new() } else { format!(".{age}") };
        let log = folder.join(format!("letsencrypt.log{name}"));
        certbot::last(&little::tail(&log, LOG).ok()?, lineage)
    })
}

/// Timers that start renewals, as systemd has them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timer {
    /// One that waits for its turn.
    pub(crate) waits: Option<String>,
    /// One that is there, and neither waits nor starts at boot.
    pub(crate) off: Option<String>,
}

/// A timer that starts renewals, by the link that enables it; for where systemd does not answer.
fn enabled_timer() -> Option<String> {
    TIMERS.iter().find_map(|timer| {
        let link = format!("/etc/systemd/system/timers.target.wants/{timer}");
        fs::symlink_metadata(link).ok().map(|_| (*timer).to_owned())
    })
}

/// Timers that start renewals: the packages' and the snap's.
pub(crate) const TIMERS: [&str; 3] =
    ["certbot.timer", "certbot-renew.timer", "snap.certbot.renew.timer"];

/// A table of cron's that starts renewals. That of Debian's package does so only without systemd.
fn cron() -> Option<String> {
    let systemd = fs::exists("/run/systemd/system").unwrap_or(false);
    let tables = [
        "/etc/crontab",
        "/var/spool/cron/crontabs/root",
        "/var/spool/cron/root",
        "/etc/cron.d/certbot",
        "/etc/cron.daily/certbot",
    ];
    let starts = |table: &&&str| {
        let text = little::text(table, 64 << 10).unwrap_or_default();
        text.lines().any(|line| {
            let line = line.trim_start();
            line.contains("certbot")
                && !line.starts_with('#')
                && !(systemd && line.contains("-d /run/systemd/system"))
        })
    };
    tables.iter().find(starts).map(|table| (*table).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayfix_core::evidence::chain::ChainFault;
    use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};

    const NAME: &str = "shop.example.test";

    struct Stage {
        folder: std::path::PathBuf,
        root: Vec<u8>,
    }

    impl Drop for Stage {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    impl Stage {
        /// A folder with a good certificate and its key.
        fn new(name: &str) -> Stage {
            let folder = std::env::temp_dir().join(format!("rayfix-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            let mut authority = CertificateParams::new(Vec::new()).unwrap();
            authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let authority =
                CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
            let key = KeyPair::generate().unwrap();
            let leaf = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
            let leaf = leaf.signed_by(&key, &authority).unwrap();
            fs::write(folder.join("fullchain.pem"), leaf.pem()).unwrap();
            fs::write(folder.join("privkey.pem"), key.serialize_pem()).unwrap();
            let other = KeyPair::generate().unwrap();
            fs::write(folder.join("other.pem"), other.serialize_pem()).unwrap();
            Stage { root: authority.der().to_vec(), folder }
        }

        fn look(&self, file: &str, key: &str) -> CertificateAnswer {
            let path = |name: &str| self.folder.join(name).to_str().unwrap().to_owned();
            let shown = Shown { path: path(file), key: Some(path(key)), loaded: None };
            look(&shown, NAME, crate::clock::now(), std::slice::from_ref(&self.root))
        }
    }

    #[track_caller]
    fn read_well(answer: CertificateAnswer) -> CertificateFile {
        match answer {
            CertificateAnswer::Read(file) => *file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_judged_as_a_handshake_is_and_its_key_compared() {
        let stage = Stage::new("fits");
        let good = read_well(stage.look("fullchain.pem", "privkey.pem"));
        assert!(good.chain.faults.is_empty(), "{:?}", good.chain.faults);
        assert_eq!((good.key_fits, good.key_unread), (Some(true), None));
        let age = crate::clock::now().duration_since(good.changed.unwrap()).as_secs();
        assert!(age < 60, "{age}");
        let other = read_well(stage.look("fullchain.pem", "other.pem"));
        assert_eq!(other.key_fits, Some(false));
        let stranger = Stage { root: Vec::new(), folder: stage.folder.clone() };
        let unknown = read_well(stranger.look("fullchain.pem", "privkey.pem"));
        assert!(unknown.chain.faults.contains(&ChainFault::IssuerUntrusted));
    }

    #[test]
    fn a_key_that_cannot_be_compared_is_told_as_such() {
        let stage = Stage::new("unread");
        let locked =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
        fs::write(stage.folder.join("locked.pem"), locked).unwrap();
        fs::write(stage.folder.join("empty.pem"), "").unwrap();
        for (key, why) in [
            ("locked.pem", "it is encrypted"),
            ("empty.pem", "it holds no key"),
            ("gone.pem", "there is no such file"),
        ] {
            let file = read_well(stage.look("fullchain.pem", key));
            assert_eq!((file.key_fits, file.key_unread.as_deref()), (None, Some(why)));
        }
    }

    #[test]
    fn what_is_no_certificate_is_told_as_such() {
        let stage = Stage::new("none");
        fs::write(stage.folder.join("cut.pem"), "-----BEGIN CERTIFICATE-----\nMII").unwrap();
        fs::write(stage.folder.join("huge.pem"), vec![b'x'; 2 << 20]).unwrap();
        let why = |file: &str| match stage.look(file, "privkey.pem") {
            CertificateAnswer::Unreadable { why } => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why("privkey.pem"), "it holds no certificate");
        assert!(why("cut.pem").starts_with("it ends early"), "{}", why("cut.pem"));
        assert_eq!(why("huge.pem"), "it is larger than 1 MiB");
        assert_eq!(why("."), "it is no file");
        assert_eq!(stage.look("gone.pem", "privkey.pem"), CertificateAnswer::Missing);
    }

    #[test]
    fn links_of_certbot_lead_to_their_lineage() {
        let stage = Stage::new("links");
        let link = stage.folder.join("live.pem");
        std::os::unix::fs::symlink(stage.folder.join("fullchain.pem"), &link).unwrap();
        let file = read_well(stage.look("live.pem", "privkey.pem"));
        assert!(file.leads_to.unwrap().ends_with("/fullchain.pem"));
        let path = "/etc/letsencrypt/live/shop/fullchain.pem".to_owned();
        let shown = vec![Shown { path, key: None, loaded: None }; 2];
        assert_eq!(lineages(&shown), ["shop"]);
    }

    #[test]
    fn the_last_run_of_certbot_that_tells_of_a_certificate_counts() {
        let stage = Stage::new("certbot");
        let failed = "2026-11-17 03:12:13,456:ERROR:certbot._internal.renewal:Failed to renew \
            certificate shop with error: Some challenges have failed.\n";
        fs::write(stage.folder.join("letsencrypt.log"), "2026-11-18 03:12:13,456:DEBUG:x:y\n")
            .unwrap();
        fs::write(stage.folder.join("letsencrypt.log.1"), failed).unwrap();
        assert!(matches!(last(&stage.folder, "shop"), Some(Went::Failed { .. })));
        assert_eq!(last(&stage.folder, "blog"), None);
        assert_eq!(last(Path::new("/nowhere"), "shop"), None);
    }
}
