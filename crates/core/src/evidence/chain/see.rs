//! The examination of a chain: fault by fault, none hiding another.

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

use super::anchors::{self, Pool};
use super::link::{Link, Signed, organisations, sha256, shown};
use super::path::{self, Path};
use super::{ChainFault, ChainSeen, names};

/// Certificates that are looked at; a real chain has two to four.
const LOOKED_AT: usize = 16;
/// Names that are kept.
const NAMES_KEPT: usize = 20;

/// Examines a chain (DER, leaf first, as sent) as an edge in mode strict would for `name`, at the
/// time `now`; `given` are roots (DER) that are trusted as well. `None`: the leaf cannot be read.
///
/// An issuer that was not sent and is no trusted root is [`ChainFault::Incomplete`] where something
/// shows that it is an intermediate of an authority that publishes it: its organisation is one of a
/// public root's; or it issued the leaf itself, and the leaf bears a log's timestamp (SCT, RFC 6962)
/// or a policy of the CA/Browser Forum (2.23.140.1), which only public authorities put there, or an
/// address where anybody may fetch the issuer's certificate (AIA, RFC 5280 4.2.2.1). Otherwise it is
/// [`ChainFault::IssuerUntrusted`]. A company that publishes its own authority like a public one
/// cannot be told from one, and counts as incomplete.
#[must_use]
pub fn see(chain: &[Vec<u8>], name: &str, now: Timestamp, given: &[Vec<u8>]) -> Option<ChainSeen> {
    examine(chain, name, now, given, false)
}

/// The same in the eyes of somebody who trusts the given roots and nobody else: a proxy towards its
/// upstream.
#[must_use]
pub fn see_by_given(
    chain: &[Vec<u8>],
    name: &str,
    now: Timestamp,
    given: &[Vec<u8>],
) -> Option<ChainSeen> {
    examine(chain, name, now, given, true)
}

fn examine(
    chain: &[Vec<u8>],
    name: &str,
    now: Timestamp,
    given: &[Vec<u8>],
    only_given: bool,
) -> Option<ChainSeen> {
    let mut sent: Vec<Link<'_>> = vec![Link::read(chain.first()?)?];
    for der in chain.iter().take(LOOKED_AT).skip(1) {
        let known = sent.iter().any(|link| link.der.as_ref() == der.as_slice());
        sent.extend(Link::read(der).filter(|_| !known));
    }
    let given: Vec<CertificateDer<'_>> =
        given.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let roots = anchors::given(&given);
    let all = anchors::pools(&roots);
    let pools = if only_given { &all[2..] } else { &all[..] };
    let leaf = &sent[0];

    let mut faults = Vec::new();
    let named = leaf.dns_names();
    if !named.iter().chain(&leaf.common_names()).any(|own| names::fits(name, own)) {
        faults.push(ChainFault::NameMismatch);
    }
    let accepted = pools.iter().find(|(_, roots)| verify(&sent, roots, now).is_ok());
    let mut trusted_by = accepted.map(|(anchor, _)| *anchor);
    if accepted.is_none() {
        let path = path::find(&sent, pools, now);
        trusted_by = path.anchor;
        faults.extend(out_of_time(&sent, &path, now));
        if !leaf.serves() {
            faults.push(ChainFault::Unusable);
        }
        let rest = match path.anchor {
            Some(_) => against_the_rules(&sent, &path, pools),
            None => Some(unvouched(&sent, &path, &given)),
        };
        faults.extend(rest);
    }
    faults.sort();
    faults.dedup();

    Some(ChainSeen {
        subject: shown(&leaf.cert.subject().to_string()),
        issuer: shown(&leaf.cert.issuer().to_string()),
        names: named.iter().take(NAMES_KEPT).map(|name| shown(name)).collect(),
        not_before: leaf.not_before(),
        not_after: leaf.not_after(),
        sha256: sha256(&leaf.der),
        sent: u32::try_from(chain.len()).unwrap_or(u32::MAX),
        trusted_by,
        faults,
    })
}

/// The library's verdict on the chain alone, without the name.
fn verify(sent: &[Link<'_>], roots: &[TrustAnchor<'_>], now: Timestamp) -> Result<(), Error> {
    let leaf = EndEntityCert::try_from(&sent[0].der)?;
    let others: Vec<CertificateDer<'_>> = sent[1..].iter().map(|link| link.der.clone()).collect();
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let all = webpki::ALL_VERIFICATION_ALGS;
    leaf.verify_for_usage(all, roots, &others, now, KeyUsage::server_auth(), None, None).map(|_| ())
}

/// Certificates of the path whose time is over or has not begun.
fn out_of_time(sent: &[Link<'_>], path: &Path, now: Timestamp) -> Vec<ChainFault> {
    let mut faults = Vec::new();
    for link in path.links.iter().map(|&at| &sent[at]) {
        if now > link.not_after() {
            faults.push(ChainFault::Expired { not_after: link.not_after() });
        }
        if now < link.not_before() {
            faults.push(ChainFault::NotYetValid { not_before: link.not_before() });
        }
    }
    faults
}

/// What the library refuses in a chain that somebody vouches for, at a time when all of it is (or
/// would be) valid: dates must not hide it.
fn against_the_rules(sent: &[Link<'_>], path: &Path, pools: &[Pool<'_>]) -> Option<ChainFault> {
    let links = || path.links.iter().map(|&at| &sent[at]);
    let from = links().map(Link::not_before).max()?;
    let until = links().map(Link::not_after).min()?;
    if from > until {
        return None;
    }
    let (_, roots) = pools.iter().find(|(anchor, _)| Some(*anchor) == path.anchor)?;
    match verify(sent, roots, from) {
        Ok(()) => None,
        // Certificates that OpenSSL makes by default: they say that they are authorities, or are of
        // version 1. Readers in the field take them as leaves. The rest are limits of the search,
        // and dates, which were looked at before.
        Err(
            Error::CaUsedAsEndEntity
            | Error::UnsupportedCertVersion
            | Error::MaximumNameConstraintComparisonsExceeded
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumPathDepthExceeded
            | Error::MaximumSignatureChecksExceeded
            | Error::CertExpired { .. }
            | Error::CertNotValidYet { .. },
        ) => None,
        Err(_) => Some(ChainFault::Unusable),
    }
}

/// Why nobody vouches for the chain.
fn unvouched(sent: &[Link<'_>], path: &Path, given: &[CertificateDer<'_>]) -> ChainFault {
    let leaf = &sent[0];
    let top = path.links.last().map_or(leaf, |&at| &sent[at]);
    if leaf.is_self_signed() {
        return ChainFault::SelfSigned;
    }
    let given: Vec<Link<'_>> = given.iter().filter_map(|der| Link::read(der)).collect();
    let forged = |issuer: &Link<'_>| {
        issuer.subject() == top.issuer()
            && match top.signed_by_link(issuer) {
                Signed::Yes => false,
                Signed::No => top.names_key_of(issuer),
                Signed::Unknown => !top.names_other_key(issuer),
            }
    };
    if !top.is_self_signed() && sent.iter().chain(&given).any(forged) {
        return ChainFault::Unusable;
    }
    let public =
        organisations(top.cert.issuer()).iter().any(|o| anchors::is_public_organisation(o));
    let published = path.links.len() == 1 && leaf.shows_published_issuer();
    if top.subject() != top.issuer() && (public || published) {
        ChainFault::Incomplete
    } else {
        ChainFault::IssuerUntrusted
    }
}
