//! One certificate of a chain: read once, asked about its names, dates, keys and signature.

use aws_lc_rs::digest;
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use webpki::RawPublicKeyEntity;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

/// Letters of a name or subject that are kept.
const LONGEST_NAME: usize = 256;

/// A certificate that could be read.
#[derive(Debug)]
pub(super) struct Link<'c> {
    pub(super) der: CertificateDer<'c>,
    pub(super) cert: X509Certificate<'c>,
}

/// Whether a key made a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    Yes,
    No,
    /// In a way that nobody takes any more, such as SHA-1.
    Unknown,
}

impl<'c> Link<'c> {
    pub(super) fn read(der: &'c [u8]) -> Option<Self> {
        let (rest, cert) = X509Certificate::from_der(der).ok()?;
        rest.is_empty().then(|| Link { der: CertificateDer::from(der), cert })
    }

    pub(super) fn subject(&self) -> &[u8] {
        self.cert.subject().as_raw()
    }

    pub(super) fn issuer(&self) -> &[u8] {
        self.cert.issuer().as_raw()
    }

    pub(super) fn not_before(&self) -> Timestamp {
        let seconds = self.cert.validity().not_before.timestamp();
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MIN)
    }

    /// The end of the year 9999, which stands for "never", is a few hours past our calendar's.
    pub(super) fn not_after(&self) -> Timestamp {
        let seconds = self.cert.validity().not_after.timestamp();
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn is_in_time(&self, now: Timestamp) -> bool {
        (self.not_before()..=self.not_after()).contains(&now)
    }

    /// The DNS names that the certificate is for, as they stand there.
    pub(super) fn dns_names(&self) -> Vec<&str> {
        let names = self.cert.subject_alternative_name().ok().flatten();
        names.map_or_else(Vec::new, |names| {
            let dns = |name: &GeneralName<'c>| match name {
                GeneralName::DNSName(name) => Some(*name),
                _ => None,
            };
            names.value.general_names.iter().filter_map(dns).collect()
        })
    }

    pub(super) fn common_names(&self) -> Vec<&str> {
        self.cert.subject().iter_common_name().filter_map(|name| name.as_str().ok()).collect()
    }

    /// Whether it may be used for servers: it says so, or says nothing about its use.
    pub(super) fn serves(&self) -> bool {
        match self.cert.extended_key_usage() {
            Ok(Some(usage)) => usage.value.server_auth || usage.value.any,
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// Whether the certificate was signed by this public key (SPKI, DER).
    pub(super) fn signed_by(&self, key: &[u8]) -> Signed {
        let algorithm = || {
            let (_tbs, rest) = element(contents(&self.der)?)?;
            contents(element(rest)?.0)
        };
        let Some(algorithm) = algorithm() else {
            return Signed::Unknown;
        };
        let key = SubjectPublicKeyInfoDer::from(key);
        let Ok(key) = RawPublicKeyEntity::try_from(&key) else {
            return Signed::Unknown;
        };
        let mut signed = Signed::Unknown;
        // One identifier may stand for several curves of the key, each with an entry of its own.
        for known in webpki::ALL_VERIFICATION_ALGS {
            if known.signature_alg_id().as_ref() != algorithm {
                continue;
            }
            let message = self.cert.tbs_certificate.as_ref();
            match key.verify_signature(*known, message, &self.cert.signature_value.data) {
                Ok(()) => return Signed::Yes,
                Err(_) => signed = Signed::No,
            }
        }
        signed
    }

    pub(super) fn signed_by_link(&self, other: &Link<'_>) -> Signed {
        self.signed_by(other.cert.public_key().raw)
    }

    pub(super) fn is_self_signed(&self) -> bool {
        self.subject() == self.issuer()
            && match self.signed_by_link(self) {
                Signed::Yes => true,
                Signed::Unknown => !self.names_other_key(self),
                Signed::No => false,
            }
    }

    /// Whether both name a key (AKI here, SKI there) and the names differ.
    pub(super) fn names_other_key(&self, issuer: &Link<'_>) -> bool {
        matches!((self.issuer_key(), issuer.own_key()), (Some(a), Some(b)) if a != b)
    }

    /// Whether both name a key and it is the same.
    pub(super) fn names_key_of(&self, issuer: &Link<'_>) -> bool {
        matches!((self.issuer_key(), issuer.own_key()), (Some(a), Some(b)) if a == b)
    }

    fn issuer_key(&self) -> Option<&[u8]> {
        self.cert.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(key) => {
                key.key_identifier.as_ref().map(|k| k.0)
            }
            _ => None,
        })
    }

    fn own_key(&self) -> Option<&[u8]> {
        self.cert.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0),
            _ => None,
        })
    }

    /// Signs that only a public authority leaves, and signs of an authority that publishes its own
    /// certificate for those who miss it: see [`super::see::see`].
    pub(super) fn shows_published_issuer(&self) -> bool {
        self.cert.extensions().iter().any(|extension| match extension.parsed_extension() {
            _ if extension.oid.to_id_string() == "1.3.6.1.4.1.11129.2.4.2" => true,
            ParsedExtension::CertificatePolicies(policies) => policies
                .iter()
                .any(|policy| policy.policy_id.to_id_string().starts_with("2.23.140.1.")),
            ParsedExtension::AuthorityInfoAccess(access) => access.iter().any(|place| {
                let GeneralName::URI(url) = place.access_location else {
                    return false;
                };
                place.access_method.to_id_string() == "1.3.6.1.5.5.7.48.2" && is_published(url)
            }),
            _ => false,
        })
    }
}

/// Whether a URL can be fetched by anybody: over http, from a name with a dot that is not one of
/// those for networks of one's own (RFC 6762 appendix G, RFC 8375, ICANN's `.internal`).
fn is_published(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        return false;
    };
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let own = ["local", "lan", "internal", "intranet", "private", "corp", "home", "home.arpa"];
    host.contains('.')
        && host.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !own.iter().any(|own| host.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')))
}

/// The organisations in a name, trimmed, in lower case.
pub(super) fn organisations(name: &X509Name<'_>) -> Vec<String> {
    name.iter_organization()
        .filter_map(|value| value.as_str().ok())
        .map(|value| value.trim().to_lowercase())
        .filter(|value| !value.is_empty())
        .collect()
}

/// A text out of a certificate as it may be kept: no control characters, at most 256 letters.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect()
}

/// SHA-256, lower-case hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The first DER element, with its head, and what follows it. Lengths under 16 MiB.
fn element(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, length) = measure(bytes)?;
    bytes.split_at_checked(head.checked_add(length)?)
}

/// What is inside a DER element.
pub(super) fn contents(bytes: &[u8]) -> Option<&[u8]> {
    let (head, length) = measure(bytes)?;
    bytes.get(head..head.checked_add(length)?)
}

fn measure(bytes: &[u8]) -> Option<(usize, usize)> {
    let wide = |bytes: &[u8]| bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
    Some(match *bytes.get(1)? {
        short @ 0..=0x7f => (2, usize::from(short)),
        long @ 0x81..=0x83 => {
            let head = 2 + usize::from(long - 0x80);
            (head, wide(bytes.get(2..head)?))
        }
        _ => return None,
    })
}

/// A DER sequence around these contents, which are shorter than 16 MiB.
pub(super) fn sequence(contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let significant = &length[length.iter().position(|&byte| byte != 0).unwrap_or(7)..];
    let mut der = vec![0x30];
    if contents.len() > 0x7f {
        der.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
    }
    der.extend_from_slice(significant);
    der.extend_from_slice(contents);
    der
}
