//! Chains made afresh, each broken in one way or in several.

use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};

use super::*;

type Authority = CertifiedIssuer<'static, KeyPair>;

const NAME: &str = "shop.example.test";

fn now() -> Timestamp {
    "2026-06-15T12:00:00Z".parse().unwrap()
}

/// A root that is given, an intermediate of it, and an authority that nobody knows.
struct Stage {
    root: Authority,
    middle: Authority,
    stranger: Authority,
    stranger_below: Authority,
}

/// What differs from a good leaf.
struct Leaf {
    names: Vec<&'static str>,
    common_name: &'static str,
    years: (i32, i32),
    usage: Option<ExtendedKeyUsagePurpose>,
    authority: bool,
    extension: Option<CustomExtension>,
}

fn good() -> Leaf {
    Leaf {
        names: vec![NAME],
        common_name: "x",
        years: (2026, 2027),
        usage: Some(ExtendedKeyUsagePurpose::ServerAuth),
        authority: false,
        extension: None,
    }
}

fn params(leaf: &Leaf) -> CertificateParams {
    let names: Vec<String> = leaf.names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, leaf.common_name);
    params.not_before = date_time_ymd(leaf.years.0, 1, 1);
    params.not_after = date_time_ymd(leaf.years.1, 1, 1);
    params.extended_key_usages.extend(leaf.usage.clone());
    params.use_authority_key_identifier_extension = true;
    params.custom_extensions.extend(leaf.extension.clone());
    if leaf.authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params
}

fn authority(organisation: &str, name: &str, years: (i32, i32)) -> CertificateParams {
    let leaf = Leaf { names: vec![], usage: None, authority: true, years, ..good() };
    let mut params = params(&leaf);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, organisation);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn below(issuer: &Authority, organisation: &str, years: (i32, i32)) -> Authority {
    let params = authority(organisation, "Issuing", years);
    CertifiedIssuer::signed_by(params, key(), issuer).unwrap()
}

impl Stage {
    fn new() -> Self {
        let own = |organisation: &str| {
            let params = authority(organisation, "Root", (2020, 2040));
            CertifiedIssuer::self_signed(params, key()).unwrap()
        };
        let root = own("Known");
        let stranger = own("Stranger");
        Stage {
            middle: below(&root, "Known", (2020, 2040)),
            stranger_below: below(&stranger, "Stranger", (2020, 2040)),
            root,
            stranger,
        }
    }

    fn see(&self, chain: &[Vec<u8>]) -> ChainSeen {
        see(chain, NAME, now(), &[der(&self.root)]).unwrap()
    }

    fn faults(&self, chain: &[Vec<u8>]) -> Vec<ChainFault> {
        self.see(chain).faults
    }
}

fn der(authority: &Authority) -> Vec<u8> {
    authority.der().to_vec()
}

fn leaf(leaf: &Leaf, issuer: &Authority) -> Vec<u8> {
    params(leaf).signed_by(&key(), issuer).unwrap().der().to_vec()
}

fn self_signed(leaf: &Leaf) -> Vec<u8> {
    params(leaf).self_signed(&key()).unwrap().der().to_vec()
}

/// AIA (RFC 5280 4.2.2.1) with one place where the issuer's certificate is.
fn published_at(url: &str) -> Option<CustomExtension> {
    let tagged = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
    let method = tagged(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let place = tagged(0x30, &[method, tagged(0x86, url.as_bytes())].concat());
    let content = tagged(0x30, &place);
    Some(CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content))
}

fn expired(date: &str) -> ChainFault {
    ChainFault::Expired { not_after: date.parse().unwrap() }
}

const ENDED: (i32, i32) = (2025, 2026);
const COMING: (i32, i32) = (2027, 2028);

#[test]
fn a_good_chain_has_no_faults_and_is_described() {
    let stage = Stage::new();
    let seen = stage.see(&[leaf(&good(), &stage.middle), der(&stage.middle), der(&stage.root)]);
    assert_eq!((seen.faults, seen.trusted_by, seen.sent), (vec![], Some(Anchor::Given), 3));
    assert_eq!((seen.subject.as_str(), seen.issuer.as_str()), ("CN=x", "O=Known, CN=Issuing"));
    assert_eq!((seen.names, seen.sha256.len()), (vec![NAME.to_owned()], 64));
    assert_eq!(seen.not_after, "2027-01-01T00:00:00Z".parse().unwrap());
    let muddled = [leaf(&good(), &stage.middle), der(&stage.root), der(&stage.middle), vec![7]];
    assert_eq!(stage.faults(&muddled), [], "in any order, with rubbish behind");
}

#[test]
fn six_faults_have_six_answers() {
    let stage = Stage::new();
    let with = |change: &Leaf| vec![leaf(change, &stage.middle), der(&stage.middle)];
    let published = Leaf { extension: published_at("http://ca.example.test/i.der"), ..good() };
    for (what, chain, wanted) in [
        ("expired", with(&Leaf { years: ENDED, ..good() }), expired("2026-01-01T00:00:00Z")),
        (
            "not yet valid",
            with(&Leaf { years: COMING, ..good() }),
            ChainFault::NotYetValid { not_before: "2027-01-01T00:00:00Z".parse().unwrap() },
        ),
        ("self-signed", vec![self_signed(&good())], ChainFault::SelfSigned),
        (
            "wrong name",
            with(&Leaf { names: vec!["b.example.test"], ..good() }),
            ChainFault::NameMismatch,
        ),
        ("incomplete", vec![leaf(&published, &stage.middle)], ChainFault::Incomplete),
        (
            "unknown issuer",
            vec![
                leaf(&good(), &stage.stranger_below),
                der(&stage.stranger_below),
                der(&stage.stranger),
            ],
            ChainFault::IssuerUntrusted,
        ),
    ] {
        assert_eq!(stage.faults(&chain), [wanted], "{what}");
    }
}

#[test]
fn one_fault_hides_no_other() {
    let stage = Stage::new();
    let (old, below) = (Leaf { years: ENDED, ..good() }, &stage.stranger_below);
    let ended = || expired("2026-01-01T00:00:00Z");
    let bad = Leaf { years: ENDED, names: vec!["b.example.test"], ..good() };
    let client = Leaf { usage: Some(ExtendedKeyUsagePurpose::ClientAuth), years: ENDED, ..good() };
    for (chain, wanted) in [
        (vec![leaf(&old, below), der(below)], vec![ended(), ChainFault::IssuerUntrusted]),
        (vec![self_signed(&bad)], vec![ended(), ChainFault::SelfSigned, ChainFault::NameMismatch]),
        (
            vec![leaf(&client, &stage.middle), der(&stage.middle)],
            vec![ended(), ChainFault::Unusable],
        ),
        (
            vec![leaf(&bad, &stage.stranger)],
            vec![ended(), ChainFault::NameMismatch, ChainFault::IssuerUntrusted],
        ),
    ] {
        assert_eq!(stage.faults(&chain), wanted);
    }
}

#[test]
fn an_intermediates_dates_count_unless_another_way_up_exists() {
    let stage = Stage::new();
    let stale = below(&stage.root, "Known", (2020, 2026));
    let chain = [leaf(&good(), &stale), der(&stale)];
    let seen = stage.see(&chain);
    assert_eq!(seen.faults, [expired("2026-01-01T00:00:00Z")]);
    assert_eq!(seen.trusted_by, Some(Anchor::Given), "somebody vouches, whatever the dates say");

    // The leaf was issued when the intermediate was over: at no time are both valid.
    let stale = below(&stage.root, "Known", (2020, 2025));
    let seen = stage.see(&[leaf(&good(), &stale), der(&stale)]);
    assert_eq!(seen.faults, [expired("2025-01-01T00:00:00Z")]);

    // As with DST Root X3 in 2021: an old cross-signature beside a good way.
    let cross = authority("Known", "Issuing", (2020, 2022));
    let cross = cross.signed_by(stage.middle.key(), &stage.stranger).unwrap().der().to_vec();
    assert_eq!(stage.faults(&[leaf(&good(), &stage.middle), cross, der(&stage.middle)]), []);
}

#[test]
fn certificates_as_openssl_makes_them_are_self_signed_not_unusable() {
    let stage = Stage::new();
    let plain = Leaf { authority: true, usage: None, ..good() };
    assert_eq!(stage.faults(&[self_signed(&plain)]), [ChainFault::SelfSigned]);
    let own = self_signed(&plain);
    let seen = see(std::slice::from_ref(&own), NAME, now(), std::slice::from_ref(&own)).unwrap();
    assert_eq!((seen.faults, seen.trusted_by), (vec![], Some(Anchor::Given)), "unless it is given");
    let seen = stage.see(&[leaf(&plain, &stage.middle), der(&stage.middle)]);
    assert_eq!(seen.faults, [], "a leaf that calls itself an authority serves all the same");
}

#[test]
fn a_name_fits_as_cloudflare_documents_it() {
    let stage = Stage::new();
    for (names, common_name, fits) in [
        (vec!["*.example.test"], "x", true),
        (vec!["*.shop.example.test"], "x", false),
        (vec!["SHOP.example.test"], "x", true),
        (vec![], NAME, true),
        (vec!["b.example.test"], NAME, true),
        (vec![], "x", false),
    ] {
        let sample = leaf(&Leaf { names, common_name, ..good() }, &stage.middle);
        let wanted = if fits { vec![] } else { vec![ChainFault::NameMismatch] };
        assert_eq!(stage.faults(&[sample, der(&stage.middle)]), wanted);
    }
}

#[test]
fn a_missing_intermediate_is_told_from_a_private_authority_by_what_the_leaf_shows() {
    let stage = Stage::new();
    let scts = CustomExtension::from_oid_content(
        &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2],
        // Made up after RFC 6962 3.3: an empty list.
        vec![4, 2, 0, 0],
    );
    let policy = CustomExtension::from_oid_content(
        &[2, 5, 29, 32],
        // CA/Browser Forum, domain-validated: 2.23.140.1.2.1.
        vec![0x30, 10, 0x30, 8, 6, 6, 0x67, 0x81, 0x0c, 1, 2, 1],
    );
    for (extension, fault) in [
        (published_at("http://r11.i.example.org/"), ChainFault::Incomplete),
        (published_at("http://pki.corp/ca.crt"), ChainFault::IssuerUntrusted),
        (published_at("http://ca.office.local/ca.crt"), ChainFault::IssuerUntrusted),
        (published_at("http://10.0.0.9/ca.crt"), ChainFault::IssuerUntrusted),
        (published_at("ldap:///CN=CA"), ChainFault::IssuerUntrusted),
        (Some(scts), ChainFault::Incomplete),
        (Some(policy), ChainFault::Incomplete),
        (None, ChainFault::IssuerUntrusted),
    ] {
        let sample = Leaf { extension: extension.clone(), ..good() };
        let seen = stage.see(&[leaf(&sample, &stage.middle)]);
        assert_eq!((seen.faults, seen.trusted_by), (vec![fault], None), "{extension:?}");
    }
    let encrypt =
        CertifiedIssuer::self_signed(authority("Let's Encrypt", "R99", (2020, 2040)), key())
            .unwrap();
    assert_eq!(stage.faults(&[leaf(&good(), &encrypt)]), [ChainFault::Incomplete]);
    assert_eq!(
        stage.faults(&[leaf(&good(), &encrypt), der(&encrypt)]),
        [ChainFault::IssuerUntrusted],
        "a root that bears a public name is still nobody's"
    );
    let other = below(&stage.root, "Other", (2020, 2040));
    let published = Leaf { extension: published_at("http://ca.example.test/"), ..good() };
    assert_eq!(
        stage.faults(&[leaf(&published, &stage.middle), der(&other)]),
        [ChainFault::Incomplete],
        "the intermediate of another leaf was sent"
    );
}

#[test]
fn a_forged_or_misused_chain_is_unusable() {
    let stage = Stage::new();
    let mut forged = leaf(&good(), &stage.middle);
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert_eq!(stage.faults(&[forged, der(&stage.middle)]), [ChainFault::Unusable]);
    let client = Leaf { usage: Some(ExtendedKeyUsagePurpose::ClientAuth), ..good() };
    assert_eq!(
        stage.faults(&[leaf(&client, &stage.middle), der(&stage.middle)]),
        [ChainFault::Unusable]
    );
    // A leaf of the intermediate's that issues on its own account.
    let mut posing = authority("Known", "Posing", (2020, 2040));
    posing.is_ca = IsCa::NoCa;
    let posing = CertifiedIssuer::signed_by(posing, key(), &stage.middle).unwrap();
    assert_eq!(
        stage.faults(&[leaf(&good(), &posing), der(&posing), der(&stage.middle)]),
        [ChainFault::Unusable]
    );
    assert_eq!(see(&[vec![0x30, 0]], NAME, now(), &[]), None);
    assert_eq!(see(&[], NAME, now(), &[]), None);
}

#[test]
fn many_certificates_of_one_name_do_not_hold_the_search_up() {
    let stage = Stage::new();
    let crowd: Vec<Authority> =
        (0..40).map(|_| below(&stage.stranger, "Stranger", (2020, 2040))).collect();
    let mut chain = vec![leaf(&good(), &crowd[0])];
    chain.extend(crowd.iter().map(der));
    assert_eq!(stage.faults(&chain), [ChainFault::IssuerUntrusted]);
    assert_eq!(stage.see(&chain).sent, 41);
}

#[test]
fn the_end_of_time_can_be_told() {
    let stage = Stage::new();
    let mut forever = params(&good());
    // RFC 5280 4.1.2.5: no well-defined end.
    forever.not_after = date_time_ymd(9999, 12, 31);
    let forever = forever.signed_by(&key(), &stage.middle).unwrap().der().to_vec();
    let seen = stage.see(&[forever, der(&stage.middle)]);
    assert_eq!(seen.faults, []);
    assert!(seen.not_after > now() + 1000.hours());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn damaged_certificates_are_examined_without_harm(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let stage = Stage::new();
        let mut damaged = leaf(&good(), &stage.middle);
        for (at, byte) in damage {
            let at = at.index(damaged.len());
            damaged[at] = byte;
        }
        let _ = see(&[damaged.clone(), der(&stage.middle), damaged.clone()], NAME, now(), &[damaged]);
    }
}

#[test]
fn a_chain_is_made_whole_by_whoever_signed_the_leaf_and_nobody_else() {
    let stage = Stage::new();
    let ours = leaf(&good(), &stage.middle);
    let whole =
        |at_hand: &[Vec<u8>], given: &[Vec<u8>]| complete(&ours, at_hand, NAME, now(), given);
    let (root, middle) = (der(&stage.root), der(&stage.middle));
    let known = [root.clone()];
    let namesake = der(&below(&stage.root, "Known", (2020, 2040)));
    let stale = der(&below(&stage.root, "Known", (2020, 2021)));
    let at_hand = [b"junk".to_vec(), root, stale, namesake.clone(), middle.clone(), ours.clone()];
    assert_eq!(whole(&at_hand, &known), Some(vec![ours.clone(), middle.clone()]));
    assert_eq!(whole(&[namesake], &known), None);
    assert_eq!(whole(&[middle], &[]), None, "nobody trusts the root");
    assert_eq!(whole(&[], &known), None);
}
