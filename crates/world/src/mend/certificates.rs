//! What fixes must see of certificates: those that lie in a folder, and what certbot is able to.

use std::fs;
use std::path::{Path, PathBuf};

use rayfix_core::fixes::Certbot;
use rayfix_core::plan::FilePath;

use crate::host::{little, run};

/// Entries of a folder that are looked at.
const ENTRIES: usize = 400;
/// Files of certificates that are taken of it.
const FILES: usize = 32;
/// Bytes of one: a bundle of all public roots is half of it.
const LARGEST: u64 = 512 << 10;
/// How their names end.
const ENDINGS: [&str; 6] = ["pem", "crt", "cer", "cert", "chain", "ca-bundle"];

/// The certificates of a folder. A file that holds a key as well is left alone: nothing of a key is taken along.
pub(super) fn lying_in(folder: &FilePath) -> Vec<(FilePath, Vec<u8>)> {
    let entries = fs::read_dir(folder.as_str()).into_iter().flatten().take(ENTRIES);
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let certificates = paths.into_iter().filter_map(|path| {
        let ending = path.extension()?.to_str()?;
        if !ENDINGS.contains(&ending) || !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let bytes = little::bytes(&path, LARGEST).ok()?;
        let holds = |mark: &[u8]| bytes.windows(mark.len()).any(|at| at == mark);
        let fits = holds(b"BEGIN CERTIFICATE") && !holds(b"PRIVATE KEY");
        Some((FilePath::new(path.to_str()?).ok()?, bytes)).filter(|_| fits)
    });
    certificates.take(FILES).collect()
}

/// certbot, where it is installed.
pub(super) fn certbot() -> Option<Certbot> {
    let places = ["/usr/bin/certbot", "/usr/local/bin/certbot", "/bin/certbot"];
    let program = places.iter().find_map(|at| run::trusted(Path::new(at)))?;
    let nginx = is_of_snap(Path::new("/usr/bin/certbot")) || has_plugin(&program);
    Some(Certbot { nginx, accounts: accounts(Path::new("/etc/letsencrypt/accounts"), 0) })
}

/// Snap's has the plugin with it.
fn is_of_snap(program: &Path) -> bool {
    fs::read_link(program).is_ok_and(|to| to.starts_with("/snap/bin"))
}

/// Whether the plugin lies where Python looks: the distribution's, or that of the program's own environment.
fn has_plugin(program: &Path) -> bool {
    let own = program.parent().and_then(Path::parent).map(|home| home.join("lib"));
    let libraries = ["/usr/lib", "/usr/lib64"].map(PathBuf::from);
    libraries.into_iter().chain(own).any(|library| {
        let versions = fs::read_dir(&library).into_iter().flatten().flatten();
        let pythons =
            versions.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"python3"));
        pythons.into_iter().any(|python| {
            let within = |folder: &str| python.path().join(folder).join("certbot_nginx").is_dir();
            within("dist-packages") || within("site-packages")
        })
    })
}

/// How many accounts lie below, those for trials left out: `SERVER/directory/ID/regr.json`.
fn accounts(folder: &Path, deep: usize) -> usize {
    if deep > 4 {
        return 0;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(100);
    let below = entries.map(|entry| {
        let name = entry.file_name();
        // A link is another server's folder under an older name.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !name.to_string_lossy().contains("staging") => {
                accounts(&entry.path(), deep + 1)
            }
            Ok(kind) if kind.is_file() && name == "regr.json" => 1,
            _ => 0,
        }
    });
    below.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_taken_and_keys_are_not() {
        let at = std::env::temp_dir().join(format!("rayfix-lying-{}", std::process::id()));
        let _ = fs::remove_dir_all(&at);
        let id = at.join("accounts/acme.example/directory/0a");
        fs::create_dir_all(&id).unwrap();
        fs::create_dir_all(at.join("accounts/acme-staging.example/directory/0b")).unwrap();
        fs::write(id.join("regr.json"), "{}").unwrap();
        fs::write(at.join("accounts/acme-staging.example/directory/0b/regr.json"), "{}").unwrap();
        assert_eq!(accounts(&at.join("accounts"), 0), 1);
        let pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
        fs::write(at.join("bundle.crt"), pem).unwrap();
        fs::write(at.join("both.pem"), format!("{pem}-----BEGIN PRIVATE KEY-----\n")).unwrap();
        fs::write(at.join("notes.txt"), pem).unwrap();
        fs::write(at.join("empty.pem"), "").unwrap();
        let found = lying_in(&FilePath::new(at.to_str().unwrap()).unwrap());
        let names: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(names, [at.join("bundle.crt").to_str().unwrap()]);
        fs::remove_dir_all(at).unwrap();
    }
}
