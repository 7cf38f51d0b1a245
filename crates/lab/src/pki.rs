//! The lab's certificates: a pretend public authority, and chains that are good or broken in one way.
//!
//! The root of a [`Pki`] plays every root that the edge and browsers trust; whoever asks the lab's
//! sites is given it as an extra root. Keys are P-256 and made afresh for each stage, so nothing
//! secret is kept in the repository. What is not here: RSA, SHA-1 and other horrors that a modern
//! library refuses to sign, and the real Origin CA, whose key only Cloudflare has.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Which chain an origin shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// From the public authority, by way of an intermediate that is sent along.
    Good,
    /// Good, with so many days left.
    DaysLeft(u32),
    /// Good, but its last day was so many days ago.
    Expired {
        /// At least 1.
        days_ago: u32,
    },
    /// The leaf is good; the intermediate that is sent along ended 12 days ago.
    IntermediateExpired,
    /// Good, but its first day is so many days ahead.
    NotYetValid {
        /// At least 1.
        days_ahead: u32,
    },
    /// Signed by its own key, and no authority.
    SelfSigned,
    /// Signed by its own key and marked as an authority, as `openssl req -x509` does by default.
    SelfSignedAuthority,
    /// Good, but for other names.
    OtherName,
    /// Good, but for the wildcard below the site's name, which does not cover the name itself.
    WildcardBelow,
    /// Good, but the intermediate is not sent; the leaf says where it can be fetched.
    WithoutIntermediate,
    /// Good, but another intermediate than the leaf's is sent.
    OtherIntermediate,
    /// From a company's own authority, with the whole chain up to its root.
    PrivateAuthority,
    /// From a company's own authority, which is not sent.
    PrivateAuthorityUnsent,
    /// From a company's own authority, and expired as well.
    PrivateAuthorityExpired,
}

/// A chain, leaf first, and the leaf's key.
#[derive(Debug)]
pub struct Chain {
    /// As it is sent.
    pub certificates: Vec<CertificateDer<'static>>,
    /// The leaf's.
    pub key: PrivateKeyDer<'static>,
}

impl Chain {
    /// The certificates in PEM, as `fullchain.pem` holds them.
    #[must_use]
    pub fn certificates_pem(&self) -> String {
        self.certificates.iter().map(|der| pem("CERTIFICATE", der)).collect()
    }

    /// The key in PEM, as `privkey.pem` holds it.
    #[must_use]
    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", self.key.secret_der())
    }
}

/// A block of PEM (RFC 7468).
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    let mut block = format!("-----BEGIN {label}-----\n");
    for line in BASE64.encode(der).as_bytes().chunks(64) {
        block.push_str(&String::from_utf8_lossy(line));
        block.push('\n');
    }
    block + &format!("-----END {label}-----\n")
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// The authorities of one stage.
pub struct Pki {
    root: Authority,
    intermediate: Authority,
    stale_intermediate: Authority,
    other_intermediate: Authority,
    private_root: Authority,
    private_intermediate: Authority,
    origin_pull: Authority,
    trusted: Trusted,
}

/// The roots that edges and browsers trust, DER; some come while a stage stands.
#[derive(Debug, Clone)]
pub(crate) struct Trusted(Arc<RwLock<Vec<CertificateDer<'static>>>>);

impl Trusted {
    /// Those of now.
    pub(crate) fn roots(&self) -> Vec<CertificateDer<'static>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Pki {
    /// Makes the authorities.
    ///
    /// # Errors
    /// When the library cannot make keys or sign.
    pub fn new() -> Result<Self, rcgen::Error> {
        let root = root("Lab Public Root")?;
        let private_root = root_of("Example Company", "Example Company Internal Root")?;
        Ok(Pki {
            intermediate: intermediate("Lab Public Intermediate E1", &root, false)?,
            stale_intermediate: intermediate("Lab Public Intermediate E0", &root, true)?,
            other_intermediate: intermediate("Lab Public Intermediate E2", &root, false)?,
            private_intermediate: intermediate(
                "Example Company Internal Issuing",
                &private_root,
                false,
            )?,
            origin_pull: root_of("Lab Edge", "origin-pull.lab.test")?,
            trusted: Trusted(Arc::new(RwLock::new(vec![root.der().clone()]))),
            root,
            private_root,
        })
    }

    /// From now on this root is one of the public ones.
    pub(crate) fn trust(&self, root: CertificateDer<'static>) {
        self.trusted.0.write().unwrap_or_else(PoisonError::into_inner).push(root);
    }

    /// Whom edges trust.
    pub(crate) fn trusted(&self) -> Trusted {
        self.trusted.clone()
    }

    /// The public authority's root, DER.
    #[must_use]
    pub fn root_der(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    /// The authority that signs the edge's client certificate, DER: what an origin with
    /// authenticated origin pulls trusts.
    #[must_use]
    pub fn origin_pull_der(&self) -> CertificateDer<'static> {
        self.origin_pull.der().clone()
    }

    /// The edge's certificate for its visitors.
    ///
    /// # Errors
    /// When the library cannot sign, or a name is none.
    pub fn for_edge(&self, names: &[String]) -> Result<Chain, rcgen::Error> {
        self.leaf(names, &Dates::days_left(60), &self.intermediate, Some(&self.intermediate))
    }

    /// The edge's client certificate for origins.
    ///
    /// # Errors
    /// When the library cannot sign.
    pub fn for_origin_pull(&self) -> Result<Chain, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "edge.lab.test");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Dates::days_left(300).write(&mut params);
        sign(&params, &self.origin_pull, None)
    }

    /// The chain of a kind, for a site's names.
    ///
    /// # Errors
    /// When the library cannot sign, or a name is none.
    pub fn chain(&self, kind: Certificate, names: &[String]) -> Result<Chain, rcgen::Error> {
        let good = Dates::days_left(60);
        let inter = &self.intermediate;
        let private = &self.private_intermediate;
        match kind {
            Certificate::Good => self.leaf(names, &good, inter, Some(inter)),
            Certificate::DaysLeft(days) => {
                self.leaf(names, &Dates::days_left(days), inter, Some(inter))
            }
            Certificate::Expired { days_ago } => {
                self.leaf(names, &Dates::ended(days_ago), inter, Some(inter))
            }
            Certificate::IntermediateExpired => {
                let stale = &self.stale_intermediate;
                self.leaf(names, &good, stale, Some(stale))
            }
            Certificate::NotYetValid { days_ahead } => {
                self.leaf(names, &Dates::begins_in(days_ahead), inter, Some(inter))
            }
            Certificate::SelfSigned => self_signed(names, IsCa::NoCa),
            Certificate::SelfSignedAuthority => {
                self_signed(names, IsCa::Ca(BasicConstraints::Unconstrained))
            }
            Certificate::OtherName => {
                let other = ["hosting.example.test".to_owned(), "www.hosting.example.test".into()];
                self.leaf(&other, &good, inter, Some(inter))
            }
            Certificate::WildcardBelow => {
                let below: Vec<String> = names.iter().map(|name| format!("*.{name}")).collect();
                self.leaf(&below, &good, inter, Some(inter))
            }
            Certificate::WithoutIntermediate => self.leaf(names, &good, inter, None),
            Certificate::OtherIntermediate => {
                self.leaf(names, &good, inter, Some(&self.other_intermediate))
            }
            Certificate::PrivateAuthority => {
                let mut chain = self.leaf(names, &good, private, Some(private))?;
                chain.certificates.push(self.private_root.der().clone());
                Ok(chain)
            }
            Certificate::PrivateAuthorityUnsent => {
                self.leaf(names, &good, &self.private_root, None)
            }
            Certificate::PrivateAuthorityExpired => {
                let mut chain = self.leaf(names, &Dates::ended(20), private, Some(private))?;
                chain.certificates.push(self.private_root.der().clone());
                Ok(chain)
            }
        }
    }

    fn leaf(
        &self,
        names: &[String],
        dates: &Dates,
        issuer: &Authority,
        sent: Option<&Authority>,
    ) -> Result<Chain, rcgen::Error> {
        let mut params = leaf_params(names)?;
        dates.write(&mut params);
        if std::ptr::eq(issuer, &raw const self.intermediate) {
            params.custom_extensions.push(issuer_at("http://e1.lab.test/e1.der"));
        }
        sign(&params, issuer, sent)
    }
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pki")
    }
}

/// From when to when a certificate is valid.
struct Dates {
    from: SystemTime,
    until: SystemTime,
}

impl Dates {
    fn days_left(days: u32) -> Self {
        // An hour more, so that "nine days left" still holds at the end of a test.
        let until = SystemTime::now() + DAY * days + Duration::from_secs(3600);
        Dates { from: until - DAY * 90.max(days + 1), until }
    }

    fn ended(days_ago: u32) -> Self {
        let until = SystemTime::now() - DAY * days_ago;
        Dates { from: until - DAY * 90, until }
    }

    fn begins_in(days: u32) -> Self {
        let from = SystemTime::now() + DAY * days;
        Dates { from, until: from + DAY * 90 }
    }

    fn write(&self, params: &mut CertificateParams) {
        let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
        params.not_before = date_time_ymd(1970, 1, 1) + since(self.from);
        params.not_after = date_time_ymd(1970, 1, 1) + since(self.until);
    }
}

fn leaf_params(names: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    if let Some(name) = names.first() {
        params.distinguished_name.push(DnType::CommonName, name.as_str());
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn sign(
    params: &CertificateParams,
    issuer: &Authority,
    sent: Option<&Authority>,
) -> Result<Chain, rcgen::Error> {
    let key = KeyPair::generate()?;
    let leaf = params.signed_by(&key, issuer)?;
    let mut certificates = vec![leaf.der().clone()];
    certificates.extend(sent.map(|authority| authority.der().clone()));
    Ok(Chain { certificates, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() })
}

fn self_signed(names: &[String], is_ca: IsCa) -> Result<Chain, rcgen::Error> {
    let mut params = leaf_params(names)?;
    params.use_authority_key_identifier_extension = false;
    Dates::days_left(300).write(&mut params);
    if !matches!(is_ca, IsCa::NoCa) {
        // `openssl req -x509` sets neither usage (captured: OpenSSL 3.0).
        params.key_usages.clear();
        params.extended_key_usages.clear();
    }
    params.is_ca = is_ca;
    let key = KeyPair::generate()?;
    let leaf = params.self_signed(&key)?;
    Ok(Chain {
        certificates: vec![leaf.der().clone()],
        key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
    })
}

fn root(name: &str) -> Result<Authority, rcgen::Error> {
    root_of("rayfix lab", name)
}

fn root_of(organization: &str, name: &str) -> Result<Authority, rcgen::Error> {
    CertifiedIssuer::self_signed(authority_params(organization, name), KeyPair::generate()?)
}

fn intermediate(name: &str, root: &Authority, stale: bool) -> Result<Authority, rcgen::Error> {
    let mut params = authority_params("rayfix lab", name);
    params.use_authority_key_identifier_extension = true;
    if stale {
        Dates::ended(12).write(&mut params);
    }
    CertifiedIssuer::signed_by(params, KeyPair::generate()?, root)
}

fn authority_params(organization: &str, name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, organization);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Dates::days_left(2000).write(&mut params);
    params
}

/// Authority Information Access with one caIssuers URL (RFC 5280, 4.2.2.1). At most 90 bytes.
fn issuer_at(url: &str) -> CustomExtension {
    let tagged = |tag: u8, content: &[u8]| -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap_or(u8::MAX);
        [&[tag, length], content].concat()
    };
    let method = tagged(0x06, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02]);
    let place = tagged(0x86, url.as_bytes());
    let access = tagged(0x30, &[method, place].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tagged(0x30, &access))
}

#[cfg(test)]
mod tests {
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{CertificateError, Error, RootCertStore};

    use super::*;

    fn verdict(pki: &Pki, kind: Certificate) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        roots.add(pki.root_der()).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
        let chain = pki.chain(kind, &["shop.example.test".to_owned()]).unwrap();
        let name = ServerName::try_from("shop.example.test").unwrap();
        let (leaf, rest) = chain.certificates.split_first().unwrap();
        verifier.verify_server_cert(leaf, rest, &name, &[], UnixTime::now()).map(|_| ())
    }

    #[test]
    fn each_kind_is_good_or_broken_in_the_way_its_name_says() {
        use Certificate as C;
        let pki = Pki::new().unwrap();
        for (kind, word) in [
            (C::Good, "good"),
            (C::DaysLeft(9), "good"),
            (C::Expired { days_ago: 3 }, "expired"),
            (C::IntermediateExpired, "expired"),
            (C::NotYetValid { days_ahead: 2 }, "early"),
            (C::SelfSigned, "issuer"),
            (C::SelfSignedAuthority, "other"),
            (C::OtherName, "name"),
            (C::WildcardBelow, "name"),
            (C::WithoutIntermediate, "issuer"),
            (C::OtherIntermediate, "issuer"),
            (C::PrivateAuthority, "issuer"),
            (C::PrivateAuthorityUnsent, "issuer"),
            (C::PrivateAuthorityExpired, "expired"),
        ] {
            let seen = match verdict(&pki, kind) {
                Ok(()) => "good",
                Err(Error::InvalidCertificate(error)) => match error {
                    CertificateError::ExpiredContext { .. } => "expired",
                    CertificateError::NotValidYetContext { .. } => "early",
                    CertificateError::UnknownIssuer => "issuer",
                    CertificateError::NotValidForNameContext { .. } => "name",
                    _ => "other",
                },
                Err(other) => panic!("{kind:?}: {other}"),
            };
            assert_eq!(seen, word, "{kind:?}");
        }
    }
}
