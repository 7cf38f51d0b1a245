//! The certificates that nginx is told to show for the site, with the places where it is told so.

use crate::evidence::host::{CertificateFile, ProxyKind, ProxySeen};
use crate::plan::UnitName;
use crate::proxy::{At, Stated};
use crate::scene::Scene;
use crate::target::Scheme;

/// A certificate that nginx is told to show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    /// Where `ssl_certificate` stands.
    pub(super) at: &'a At,
    /// Its file, absolute.
    pub(super) path: &'a str,
    /// The file of its key, and where that stands.
    pub(super) key: Option<&'a Stated<String>>,
    /// What is in it, where that could be read.
    pub(super) file: Option<&'a CertificateFile>,
}

/// nginx, where it is the web server that answers for the site.
pub(super) struct Server<'a> {
    pub(super) proxy: &'a ProxySeen,
    pub(super) unit: UnitName,
}

/// The web server; the error is a sentence.
pub(super) fn server<'a>(scene: &Scene<'a>) -> Result<Server<'a>, String> {
    let (_, proxy) = scene.front().ok_or("The web server that answers was not looked at.")?;
    if proxy.kind != ProxyKind::Nginx {
        return Err(format!("The files of {} are not changed by it.", proxy.kind.word()));
    }
    let unit = proxy.unit.as_ref().ok_or("No unit of systemd's is known for the web server.")?;
    let unit =
        UnitName::new(unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    Ok(Server { proxy, unit })
}

/// All of them, on the ports that the edge uses.
pub(super) fn shown<'a>(scene: &Scene<'a>, proxy: &'a ProxySeen) -> Vec<Shown<'a>> {
    let roads = scene.used_roads();
    let secure = roads.iter().filter(|(road, _)| road.road.scheme == Scheme::Https);
    let ports: Vec<u16> = secure.map(|(road, _)| road.road.to.port()).collect();
    let files: Vec<_> = scene.host.iter().flat_map(|host| host.certificates()).collect();
    let doors = proxy.doors.iter().filter(|door| {
        door.scheme == Scheme::Https && (ports.contains(&door.port) || ports.is_empty())
    });
    let told = doors.filter_map(|door| door.served.as_ref()?.tls.as_ref());
    let mut all: Vec<Shown<'a>> = Vec::new();
    for pair in told.flat_map(|tls| &tls.certificates) {
        let Some(at) = &pair.certificate.at else { continue };
        let path = pair.certificate.value.as_str();
        if all.iter().any(|had| had.at == at && had.path == path) {
            continue;
        }
        let file = files.iter().find(|file| file.path == path).map(|file| file.file);
        all.push(Shown { at, path, key: pair.key.as_ref(), file });
    }
    all
}

/// The folder of a path.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
