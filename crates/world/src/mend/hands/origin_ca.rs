//! A certificate of Cloudflare's Origin CA: its key made here, its request signed there, both put into files.
//!
//! The key is on the disk before the request goes out, and the account keeps each request. So whatever was signed is
//! found again by its key, wherever a run was killed, and can be revoked. The key is in no journal: of the two files
//! only their digests are.

use std::path::Path;

use rayfix_core::evidence::account::RefusalKind;
use rayfix_core::plan::{Action, FilePath, PreImage};
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, DistinguishedName, KeyPair,
    PublicKeyData as _,
};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Hands, account, file};
use crate::cloudflare::{Client, calls};

/// What the two files are.
pub(super) fn look(
    hands: &Hands,
    certificate: &FilePath,
    key: &FilePath,
) -> Result<PreImage, String> {
    let digest = |path: &FilePath| match file::look(&hands.path(path.as_str()))? {
        PreImage::File { content } => Ok(content.map(|image| file::digest(&image.bytes))),
        _ => Ok::<Option<String>, String>(None),
    };
    Ok(PreImage::Issued { certificate: digest(certificate)?, key: digest(key)? })
}

/// Neither may be there.
pub(super) fn fits(certificate: &FilePath, key: &FilePath, now: &PreImage) -> Result<(), String> {
    let PreImage::Issued { certificate: had, key: had_key } = now else { return Ok(()) };
    match [(certificate, had), (key, had_key)].iter().find(|(_, had)| had.is_some()) {
        Some((path, _)) => Err(format!("{path} is there by now; the plan was made without it.")),
        None => Ok(()),
    }
}

/// What of the two files is not as it was.
pub(super) fn differs(
    before: (&Option<String>, &Option<String>),
    now: (&Option<String>, &Option<String>),
) -> Vec<String> {
    let of = |what: &str, was: &Option<String>, is: &Option<String>| match (was, is) {
        _ if was == is => None,
        (None, Some(_)) => Some(format!("the {what}'s file is there, and was not")),
        (Some(_), None) => Some(format!("the {what}'s file is gone")),
        _ => Some(format!("the {what}'s file is another one")),
    };
    [of("certificate", before.0, now.0), of("key", before.1, now.1)].into_iter().flatten().collect()
}

/// Makes the key, has it certified, and writes both.
pub(super) async fn act(hands: &Hands, action: &Action) -> Result<(), String> {
    let Action::IssueOriginCertificate { hostnames, days, certificate, key, .. } = action else {
        return Ok(());
    };
    let client = client(hands)?;
    let unmade = |error: rcgen::Error| format!("make a key and a request: {error}");
    let pair = KeyPair::generate().map_err(unmade)?;
    let mut params = CertificateParams::new(hostnames.clone()).map_err(unmade)?;
    // The authority writes a name of its own.
    params.distinguished_name = DistinguishedName::new();
    let request =
        params.serialize_request(&pair).and_then(|request| request.pem()).map_err(unmade)?;
    let absent = PreImage::File { content: None };
    let text = Zeroizing::new(pair.serialize_pem());
    file::write(&hands.path(key.as_str()), text.as_bytes(), 0o600, &absent)?;
    let days = u16::try_from(*days).map_err(|_| "ask for so many days".to_owned())?;
    let call = calls::create_certificate(&request, hostnames, "origin-ecc", days);
    let told = account::ask(Some(client), &call, "get a certificate from").await?;
    let text = told.get("certificate").and_then(|text| text.as_str()).unwrap_or_default();
    if !is_for(text, &pair) {
        return Err("use what the account answered: it is no certificate for this key".to_owned());
    }
    file::write(&hands.path(certificate.as_str()), text.as_bytes(), 0o644, &absent)
}

/// Whether a PEM is one certificate of this key.
fn is_for(text: &str, pair: &KeyPair) -> bool {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;
    let Ok(der) = CertificateDer::from_pem_slice(text.as_bytes()) else { return false };
    // The key stands in it as it is in the pair; nothing else of a certificate has its form.
    let key = pair.der_bytes();
    der.windows(key.len()).any(|at| at == key)
}

/// An Origin CA certificate, as the account lists it.
#[derive(Deserialize)]
struct Listed {
    id: String,
    csr: String,
}

/// Revokes what was signed for the key that lies there, and takes both files away.
pub(super) async fn restore(hands: &Hands, action: &Action) -> Result<(), String> {
    let Action::IssueOriginCertificate { zone, certificate, key, .. } = action else {
        return Ok(());
    };
    let (certificate, key) = (hands.path(certificate.as_str()), hands.path(key.as_str()));
    if let Some(pair) = pair(&key)? {
        let client = client(hands)?;
        let read = "read the certificates of the account";
        let all = client.list::<Listed>(&calls::certificates(zone), MOST).await;
        let all = all.map_err(|refusal| format!("{read}: {}", account::said(&refusal)))?;
        for one in all.iter().filter(|one| is_of(&one.csr, &pair)) {
            match client.call::<serde_json::Value>(&calls::revoke_certificate(&one.id)).await {
                // One that is gone is revoked.
                Err(refusal) if refusal.kind != RefusalKind::NotFound => {
                    let why = account::said(&refusal);
                    return Err(format!("revoke the certificate {}: {why}", one.id));
                }
                _ => {}
            }
        }
    }
    file::restore(&certificate, None)?;
    file::restore(&key, None)
}

/// A zone has a handful of them.
const MOST: usize = 1000;

fn pair(path: &Path) -> Result<Option<KeyPair>, String> {
    let PreImage::File { content: Some(image) } = file::look(path)? else { return Ok(None) };
    let text = Zeroizing::new(String::from_utf8_lossy(&image.bytes).into_owned());
    // What is no key had nothing signed.
    Ok(KeyPair::from_pem(&text).ok())
}

/// Whether a request was made with this key.
fn is_of(request: &str, pair: &KeyPair) -> bool {
    CertificateSigningRequestParams::from_pem(request)
        .is_ok_and(|request| request.public_key.der_bytes() == pair.der_bytes())
}

fn client(hands: &Hands) -> Result<&Client, String> {
    hands.account.as_deref().ok_or_else(|| {
        "ask the account: no token is there; put one with SSL and Certificates Write into CLOUDFLARE_API_TOKEN"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Arc;
    use std::time::Duration;

    use rayfix_lab::api::{Emulated, ids, sample};

    use super::*;
    use crate::cloudflare::{Api, Token};

    struct Place {
        api: Emulated,
        hands: Hands,
        root: std::path::PathBuf,
        action: Action,
    }

    impl Place {
        async fn of(name: &str, token: &str) -> Place {
            let api = Emulated::raise(sample()).await.unwrap();
            let client = Client::new(Api {
                base: api.base.parse().unwrap(),
                token: Some(Token::new(&ids::token(token)).unwrap()),
                roots: Vec::new(),
                detour: None,
                timeout: Duration::from_secs(5),
            });
            let root =
                std::env::temp_dir().join(format!("rayfix-ca-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&root);
            fs::create_dir(&root).unwrap();
            let action = Action::IssueOriginCertificate {
                zone: ids::hex("zone example.test"),
                hostnames: vec!["shop.example.test".to_owned()],
                days: 5475,
                certificate: FilePath::new("/shop.pem").unwrap(),
                key: FilePath::new("/shop.key").unwrap(),
            };
            let hands =
                Hands { account: Some(Arc::new(client.unwrap())), root: Some(root.clone()) };
            Place { api, hands, root, action }
        }

        fn issued(&self) -> usize {
            self.api.state().zone_mut("example.test").unwrap().shelf("certificates").len()
        }

        fn files(&self) -> usize {
            fs::read_dir(&self.root).unwrap().count()
        }
    }

    #[tokio::test]
    async fn a_certificate_is_got_for_a_key_of_root_alone_and_revoked_by_that_key() {
        let place = Place::of("whole", "all").await;
        let (hands, action) = (&place.hands, &place.action);
        let had = place.issued();
        let before = hands.look(action).await.unwrap();
        assert!(hands.fits(action, &before).is_ok());
        hands.act(action, &before).await.unwrap();
        let mode = fs::metadata(place.root.join("shop.key")).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, place.files(), place.issued()), (0o600, 2, had + 1));
        let after = hands.look(action).await.unwrap();
        assert!(hands.fits(action, &after).unwrap_err().contains("by now"));
        // The certificate's file was not written any more: the run was killed before.
        fs::remove_file(place.root.join("shop.pem")).unwrap();
        for _ in 0..2 {
            hands.restore(action, &before).await.unwrap();
            assert_eq!(hands.look(action).await.unwrap(), before);
            assert_eq!((place.files(), place.issued()), (0, had));
        }
        fs::remove_dir_all(&place.root).unwrap();
    }

    #[tokio::test]
    async fn without_a_token_the_key_stays_so_that_the_certificate_can_be_revoked_later() {
        let place = Place::of("later", "all").await;
        let (hands, action) = (&place.hands, &place.action);
        let had = place.issued();
        let before = hands.look(action).await.unwrap();
        hands.act(action, &before).await.unwrap();
        let without = Hands { account: None, root: hands.root.clone() };
        let why = without.restore(action, &before).await.unwrap_err();
        assert!(why.contains("CLOUDFLARE_API_TOKEN"), "{why}");
        assert_eq!(place.files(), 2);
        hands.restore(action, &before).await.unwrap();
        assert_eq!((place.files(), place.issued()), (0, had));
        fs::remove_dir_all(&place.root).unwrap();
    }

    #[tokio::test]
    async fn a_token_that_may_not_is_told_the_permission_that_it_lacks() {
        let place = Place::of("may-not", "nothing").await;
        let why = place.hands.act(&place.action, &PreImage::Nothing).await.unwrap_err();
        assert!(why.contains("SSL and Certificates Write"), "{why}");
        fs::remove_dir_all(&place.root).unwrap();
    }
}
