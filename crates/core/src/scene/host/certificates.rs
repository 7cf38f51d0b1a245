//! Certificates in files against the ones that are served.

use super::OnHost;
use crate::evidence::host::{CertificateAnswer, CertificateFile, Renewal};
use crate::evidence::{HostAnswer, HostQuestion, Reading};
use crate::target::Scheme;

/// A certificate in a file.
#[derive(Debug, Clone, Copy)]
pub struct FileSeen<'a> {
    /// The reading.
    pub reading: &'a Reading,
    /// The file, as the web server names it.
    pub path: &'a str,
    /// What is in it.
    pub file: &'a CertificateFile,
}

impl FileSeen<'_> {
    /// Whether the web server has read its files since this one was changed; `None`: when either
    /// was is not known.
    #[must_use]
    pub fn was_read_since(&self) -> Option<bool> {
        let (changed, loaded) = (self.file.changed?, self.file.loaded?);
        // Both are told to the second at best, and a reload follows a renewal at once.
        Some(loaded.as_second() > changed.as_second() + 2)
    }
}

impl<'a> OnHost<'a> {
    /// The certificates in files that could be read.
    pub fn certificates(&self) -> impl Iterator<Item = FileSeen<'a>> {
        self.all().filter_map(|(reading, question, answer)| match (question, answer) {
            (
                HostQuestion::Certificate { path },
                HostAnswer::Certificate(CertificateAnswer::Read(file)),
            ) => Some(FileSeen { reading, path, file }),
            _ => None,
        })
    }

    /// The certificates in files that the web server is told to show for the site on this port.
    #[must_use]
    pub fn certificates_for(&self, port: u16) -> Vec<FileSeen<'a>> {
        let Some((_, proxy)) = self.front() else { return Vec::new() };
        let door =
            |door: &&crate::evidence::host::Door| door.scheme == Scheme::Https && door.port == port;
        let told =
            proxy.doors.iter().filter(door).filter_map(|door| door.served.as_ref()?.tls.as_ref());
        let named: Vec<&str> = told
            .flat_map(|tls| &tls.certificates)
            .map(|certificate| certificate.certificate.value.as_str())
            .collect();
        self.certificates().filter(|file| named.contains(&file.path)).collect()
    }

    /// How certificates renew themselves, each with its lineage.
    pub fn renewals(&self) -> impl Iterator<Item = (&'a Reading, &'a str, &'a Renewal)> {
        self.all().filter_map(|(reading, question, answer)| match (question, answer) {
            (HostQuestion::Renewal { lineage }, HostAnswer::Renewal(renewal)) => {
                Some((reading, lineage.as_str(), renewal))
            }
            _ => None,
        })
    }
}
