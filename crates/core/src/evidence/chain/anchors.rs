//! Who is trusted: the public list, Cloudflare's Origin CA, and roots that were given.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::{CertificateDer, Der, TrustAnchor};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use super::Anchor;
use super::link::{contents, organisations, sequence};

/// Subject and public key of each of Cloudflare's Origin CA roots, DER in base64.
///
/// From `tlsconfig/cloudflare_ca.go` of cloudflared (read 2026-11) and the roots that Cloudflare
/// publishes (docs, origin-ca page, read 2026-07): RSA, certificate's SHA-256 D3C7E85C…, to
/// 2029-08-15, and ECC, AA63697A…, likewise. The ECC root was renewed under the same name and key.
const ORIGIN_CA_BASE64: [(&str, &str); 2] = [
    (
        "MIGLMQswCQYDVQQGEwJVUzEZMBcGA1UEChMQQ2xvdWRGbGFyZSwgSW5jLjE0MDIGA1UECxMrQ2xvdWRGbGFyZSBP\
         cmlnaW4gU1NMIENlcnRpZmljYXRlIEF1dGhvcml0eTEWMBQGA1UEBxMNU2FuIEZyYW5jaXNjbzETMBEGA1UECBMK\
         Q2FsaWZvcm5pYQ==",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwEiVZ/UoQpHmFsHvk5isBxRehukP8DG9JhFev3WZtG76\
         WoTthvLJFRKFCHXmV6Z5/66Z4S09mgsUuFwvJzMnE6Ej6yIsYNCb9r9QORa8BdhrkNn6kdTly3mdnykbOomnwbUf\
         LlExVgNdlP0XoRoeMwbQ4598foiHblO2B/LKuNfJzAMfS7oZe34b+vLByrP/1bgCSLdc1AxQc1AC0EsQQhgcyTJN\
         gnG4va1c7ogPlwKyhbDyZ4e59N5lbYPJSmXI/cAe3jXj1FBLJZkwnoDKe0v13xeF+nF32smSH0qB7aJX2tBMW4TW\
         tFPmzs5IlwrFSySWAdwYdgxw180yKU0dvwIDAQAB",
    ),
    (
        "MIGPMQswCQYDVQQGEwJVUzETMBEGA1UECBMKQ2FsaWZvcm5pYTEWMBQGA1UEBxMNU2FuIEZyYW5jaXNjbzEZMBcG\
         A1UEChMQQ2xvdWRGbGFyZSwgSW5jLjE4MDYGA1UECxMvQ2xvdWRGbGFyZSBPcmlnaW4gU1NMIEVDQyBDZXJ0aWZp\
         Y2F0ZSBBdXRob3JpdHk=",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkfrBgC7mhrIZ1G3MSq8vtCxF2eDWOiVALUngOoPOyt42gMaSIPRu\
         dD6JKX1pIW2qy36XGbtFAKGMtrLtBITe8A==",
    ),
];

static ORIGIN_CA: LazyLock<Vec<TrustAnchor<'static>>> = LazyLock::new(|| {
    let read =
        |text: &str| STANDARD.decode(text).ok().and_then(|der| Some(contents(&der)?.to_vec()));
    ORIGIN_CA_BASE64
        .iter()
        .filter_map(|(subject, key)| {
            Some(TrustAnchor {
                subject: Der::from(read(subject)?),
                subject_public_key_info: Der::from(read(key)?),
                name_constraints: None,
            })
        })
        .collect()
});

/// Organisations that issue under other organisations' public roots, or under a name of theirs that
/// no root bears (issuers seen in public certificates, 2024 to 2026), lower case.
const ISSUING: [&str; 11] = [
    "let's encrypt",
    "zerossl",
    "zerossl gmbh",
    "cpanel, inc.",
    "cpanel, llc",
    "gandi sas",
    "gandi",
    "geant vereniging",
    "internet2",
    "network solutions l.l.c.",
    "corporation service company",
];

static ORGANISATIONS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut all: BTreeSet<String> = ISSUING.iter().map(|&name| name.to_owned()).collect();
    for root in webpki_roots::TLS_SERVER_ROOTS {
        if let Ok((_, subject)) = X509Name::from_der(&sequence(&root.subject)) {
            all.extend(organisations(&subject));
        }
    }
    all
});

/// A list of roots, and whose it is.
pub(super) type Pool<'a> = (Anchor, &'a [TrustAnchor<'a>]);

/// All lists, in the order of preference.
pub(super) fn pools<'a>(given: &'a [TrustAnchor<'a>]) -> [Pool<'a>; 3] {
    [
        (Anchor::Public, webpki_roots::TLS_SERVER_ROOTS),
        (Anchor::OriginCa, ORIGIN_CA.as_slice()),
        (Anchor::Given, given),
    ]
}

/// The roots among given certificates; what cannot be read is passed over.
pub(super) fn given<'a>(ders: &'a [CertificateDer<'a>]) -> Vec<TrustAnchor<'a>> {
    ders.iter().filter_map(|der| webpki::anchor_from_trusted_cert(der).ok()).collect()
}

/// Whether a public root bears this organisation, or one that is known to issue under public roots.
/// In lower case.
pub(super) fn is_public_organisation(name: &str) -> bool {
    ORGANISATIONS.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_ca_is_the_one_that_cloudflare_publishes() {
        let figures: Vec<String> = ORIGIN_CA
            .iter()
            .map(|anchor| super::super::link::sha256(&sequence(&anchor.subject_public_key_info)))
            .collect();
        assert_eq!(
            figures,
            [
                "b6e8c8ca4c7ca5e6934efea031364927bbfedf086229499a60d83b5d587222b7",
                "9114b3916b6457dbf19b6fc04ea6b61aa33a98668e71a01ba60c08f8a5167d5e",
            ]
        );
        let subjects: Vec<String> = ORIGIN_CA
            .iter()
            .map(|anchor| {
                let der = sequence(&anchor.subject);
                X509Name::from_der(&der).unwrap().1.to_string()
            })
            .collect();
        assert_eq!(
            subjects,
            [
                "C=US, O=CloudFlare, Inc., OU=CloudFlare Origin SSL Certificate Authority, \
                 L=San Francisco, ST=California",
                "C=US, ST=California, L=San Francisco, O=CloudFlare, Inc., \
                 OU=CloudFlare Origin SSL ECC Certificate Authority",
            ]
        );
    }

    #[test]
    fn organisations_of_public_roots_are_known() {
        for name in
            ["let's encrypt", "internet security research group", "google trust services llc"]
        {
            assert!(is_public_organisation(name), "{name}");
        }
        assert!(!is_public_organisation("example company"));
        assert!(!is_public_organisation("cloudflare, inc."), "the Origin CA has no intermediates");
    }
}
