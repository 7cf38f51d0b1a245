//! Extra trusted roots: from a PEM file to the certificates in it.
//!
//! They are handed to core as DER and judged there; whether a certificate is one that can vouch for
//! others is not looked at here. The host's own store is never read: a company root in it would
//! hide what the edge sees.

use std::io;
use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{Error as PemError, PemObject};

/// Why no roots came out of a file; fits after "could not ".
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The file could not be read.
    #[error("read {}: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file holds no certificate.
    #[error(
        "find a certificate in {}; a PEM file with a -----BEGIN CERTIFICATE----- line belongs there",
        path.display()
    )]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// A certificate in it is cut or is no base64.
    #[error(
        "read certificate {number} of {}; it ends early or is not base64 between its BEGIN and END lines",
        path.display()
    )]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        number: usize,
    },
    /// Nobody has that many roots; the file is something else.
    #[error("take {} as roots; it is larger than 16 MiB", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
}

/// The certificates of a PEM file, in its order, as DER; never empty. Keys and other sections are
/// passed over.
///
/// # Errors
/// When the file cannot be read, holds no certificate, or one of them is cut.
pub fn read(path: &Path) -> Result<Vec<Vec<u8>>, RootsError> {
    let unreadable = |error| RootsError::Unreadable { path: path.to_owned(), error };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
        return Err(RootsError::TooLarge { path: path.to_owned() });
    }
    parse(&std::fs::read(path).map_err(unreadable)?, path)
}

fn parse(pem: &[u8], path: &Path) -> Result<Vec<Vec<u8>>, RootsError> {
    let mut roots = Vec::new();
    for section in CertificateDer::pem_slice_iter(pem) {
        match section {
            Ok(root) => roots.push(root.to_vec()),
            Err(PemError::NoItemsFound) => break,
            Err(_) => {
                return Err(RootsError::Broken { path: path.to_owned(), number: roots.len() + 1 });
            }
        }
    }
    if roots.is_empty() { Err(RootsError::Empty { path: path.to_owned() }) } else { Ok(roots) }
}

const LARGEST: u64 = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "# made up\n-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n\
        -----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n\
        -----BEGIN CERTIFICATE-----\nAwQF\n-----END CERTIFICATE-----\n";

    #[test]
    fn every_certificate_of_a_file_is_taken_and_keys_are_not() {
        let roots = parse(TWO.as_bytes(), Path::new("roots.pem")).unwrap();
        assert_eq!(roots, [vec![0, 1, 2], vec![3, 4, 5]]);
    }

    #[test]
    fn a_file_without_roots_is_answered_with_what_would_be_right() {
        for (pem, sentence) in [
            (&b""[..], "find a certificate in roots.pem"),
            (b"\x30\x82\x01\x00binary", "find a certificate in roots.pem"),
            (b"-----BEGIN CERTIFICATE-----\nAA", "read certificate 1 of roots.pem"),
            (
                b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
                "read certificate 1 of roots.pem",
            ),
        ] {
            let error = parse(pem, Path::new("roots.pem")).unwrap_err().to_string();
            assert!(error.starts_with(sentence), "{error}");
        }
        let error = read(Path::new("/nowhere/roots.pem")).unwrap_err().to_string();
        assert!(error.starts_with("read /nowhere/roots.pem: "), "{error}");
    }
}
