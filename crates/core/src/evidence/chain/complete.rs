//! A chain made whole from certificates that are at hand: nothing is fetched from anywhere.

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use super::link::Link;
use super::{anchors, path, see};

/// Certificates at hand that are looked at.
const LOOKED_AT: usize = 64;

/// The chain from this leaf (DER) up to below a trusted root, the leaf first, made of certificates at hand; `given`
/// are roots that are trusted as well. `None` where no chain of them holds in mode strict for `name` at the time `now`.
#[must_use]
pub fn complete(
    leaf: &[u8],
    at_hand: &[Vec<u8>],
    name: &str,
    now: Timestamp,
    given: &[Vec<u8>],
) -> Option<Vec<Vec<u8>>> {
    let mut links = vec![Link::read(leaf)?];
    for der in at_hand.iter().take(LOOKED_AT) {
        let known = links.iter().any(|link| link.der.as_ref() == der.as_slice());
        links.extend(Link::read(der).filter(|link| !known && link.subject() != link.issuer()));
    }
    let trusted: Vec<CertificateDer<'_>> =
        given.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let roots = anchors::given(&trusted);
    let best = path::find(&links, &anchors::pools(&roots), now);
    best.anchor?;
    let chain: Vec<Vec<u8>> =
        best.links.iter().filter_map(|&at| Some(links.get(at)?.der.to_vec())).collect();
    // The same eyes that found it incomplete.
    see(&chain, name, now, given).is_some_and(|seen| seen.faults.is_empty()).then_some(chain)
}
