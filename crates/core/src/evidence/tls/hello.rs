//! Hellos written by hand: what a modern library refuses to offer, byte for byte.
//!
//! The edge still offers TLS 1.0 and suites that our library dropped. Whether an origin shares one
//! of them with the edge can only be asked with a hello that offers them (RFC 5246 7.4.1.2, with
//! the extensions of RFC 6066, 8422, 5746 and 7627). The handshake cannot be finished, and is not:
//! the first answer tells the version, the suite or the alert.
//!
//! It offers no SSL 3, no export, anonymous or NULL suites: no origin in use is left with only those.

use super::Offer;

/// What the edge offers to origins, in its order (Cloudflare docs, origin cipher suites, read
/// 2026-07). The TLS 1.3 suites stand first. The last, 3DES, it offers for TLS 1.0 only.
const EDGE: [u16; 13] = [
    0x1301, // TLS_AES_128_GCM_SHA256
    0x1302, // TLS_AES_256_GCM_SHA384
    0x1303, // TLS_CHACHA20_POLY1305_SHA256
    0xc02b, // ECDHE-ECDSA-AES128-GCM-SHA256
    0xc02f, // ECDHE-RSA-AES128-GCM-SHA256
    0xc013, // ECDHE-RSA-AES128-SHA
    0x009c, // AES128-GCM-SHA256
    0x002f, // AES128-SHA
    0xc02c, // ECDHE-ECDSA-AES256-GCM-SHA384
    0xc030, // ECDHE-RSA-AES256-GCM-SHA384
    0xc028, // ECDHE-RSA-AES256-SHA384
    0x0035, // AES256-SHA
    0x000a, // DES-CBC3-SHA
];

/// How many of [`EDGE`] are suites of TLS 1.3, which a hello for older versions leaves out.
const EDGE_TLS13: usize = 3;

/// Suites of TLS 1.2 and older that origins in use may be left with, strong before weak.
const ANYTHING: [u16; 64] = [
    0xc02b, 0xc02f, 0xc02c, 0xc030, // ECDHE AES-GCM
    0xcca9, 0xcca8, 0xccaa, // CHACHA20: ECDHE-ECDSA, ECDHE-RSA, DHE-RSA
    0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, // ECDHE-ECDSA AES-CCM and CCM_8
    0x009e, 0x009f, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3, // DHE-RSA AES-GCM, CCM, CCM_8
    0x00a2, 0x00a3, // DHE-DSS AES-GCM
    0xc023, 0xc027, 0xc024, 0xc028, // ECDHE AES-CBC with SHA-2
    0xc009, 0xc013, 0xc00a, 0xc014, // ECDHE AES-CBC with SHA-1
    0x0067, 0x006b, 0x0033, 0x0039, // DHE-RSA AES-CBC
    0x0040, 0x006a, 0x0032, 0x0038, // DHE-DSS AES-CBC
    0xc072, 0xc073, 0xc076, 0xc077, 0xc086, 0xc087, 0xc08a, 0xc08b, // ECDHE CAMELLIA
    0x0045, 0x0088, 0x00be, 0x00c4, // DHE-RSA CAMELLIA
    0x009c, 0x009d, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1, // RSA AES-GCM, CCM, CCM_8
    0x003c, 0x003d, 0x002f, 0x0035, // RSA AES-CBC
    0x0041, 0x0084, // RSA CAMELLIA
    0xc008, 0xc012, 0x0016, 0x000a, // 3DES
    0x0005, // RC4-SHA
];

/// The suites that the edge offers to origins, in its order: TLS 1.3, then 1.2 and older.
#[must_use]
pub fn edge_suites() -> &'static [u16] {
    &EDGE
}

/// A ClientHello in one record, for TLS 1.0 to 1.2, with the name in it where one is given (a host
/// name, never an address; names longer than DNS allows are left out). `random` should be fresh.
///
/// [`Offer::Modern`] is spoken by the library; asked for here, it is what [`Offer::EdgeLegacy`] is.
#[must_use]
pub fn hello(offer: Offer, name: Option<&str>, random: [u8; 32]) -> Vec<u8> {
    let wide = offer == Offer::Anything;
    let suites = if wide { &ANYTHING[..] } else { &EDGE[EDGE_TLS13..] };

    let mut body = vec![3, 3];
    body.extend_from_slice(&random);
    body.push(0); // No session to resume.
    put(&mut body, |body| words(body, suites));
    body.extend_from_slice(&[1, 0]); // No compression.
    put(&mut body, |body| extensions(body, wide, name));

    let mut message = vec![1, 0];
    put(&mut message, |message| message.extend_from_slice(&body));
    // The record says TLS 1.0, as RFC 5246 E.1 wants it for the sake of old readers.
    let mut record = vec![0x16, 3, 1];
    put(&mut record, |record| record.extend_from_slice(&message));
    record
}

fn extensions(out: &mut Vec<u8>, wide: bool, name: Option<&str>) {
    if let Some(name) = name.filter(|name| (1..=253).contains(&name.len())) {
        extension(out, 0, |out| {
            put(out, |out| {
                out.push(0);
                put(out, |out| out.extend_from_slice(name.as_bytes()));
            });
        });
    }
    extension(out, 0x0017, |_| ()); // Extended master secret.
    extension(out, 0xff01, |out| out.push(0)); // Renegotiation: this is the first handshake.
    // X25519, P-256, P-384: what the edge suggests. Otherwise also P-521, X448, secp256k1,
    // brainpool and the finite fields of RFC 7919.
    let groups: &[u16] = if wide {
        &[0x1d, 0x17, 0x18, 0x19, 0x1e, 0x16, 0x1a, 0x1b, 0x1c, 0x100, 0x101, 0x102, 0x103, 0x104]
    } else {
        &[0x1d, 0x17, 0x18]
    };
    extension(out, 0x000a, |out| put(out, |out| words(out, groups)));
    extension(out, 0x000b, |out| out.extend_from_slice(&[1, 0])); // Uncompressed points.
    // ECDSA, PSS and PKCS#1 with SHA-2. Otherwise also Ed25519, Ed448, DSA and SHA-1.
    let signatures: &[u16] = if wide {
        &[
            0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0603, 0x0806, 0x0601, 0x0807, 0x0808,
            0x0402, 0x0303, 0x0301, 0x0203, 0x0201, 0x0202,
        ]
    } else {
        &[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201]
    };
    extension(out, 0x000d, |out| put(out, |out| words(out, signatures)));
}

fn extension(out: &mut Vec<u8>, number: u16, fill: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(&number.to_be_bytes());
    put(out, fill);
}

fn words(out: &mut Vec<u8>, words: &[u16]) {
    out.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}

/// Writes what `fill` writes, with its length in two bytes before it.
fn put(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    fill(out);
    // A hello is under 1 KiB: the longest part that varies is a name of 253 bytes.
    let length = u16::try_from(out.len() - at - 2).unwrap_or(u16::MAX);
    out[at..at + 2].copy_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shortest reader of a hello: suites, and extensions with their bodies.
    fn read(hello: &[u8]) -> (Vec<u16>, Vec<(u16, Vec<u8>)>) {
        let two = |at: usize| usize::from(hello[at]) * 256 + usize::from(hello[at + 1]);
        assert_eq!((&hello[..3], two(3)), (&[0x16, 3, 1][..], hello.len() - 5));
        assert_eq!((&hello[5..7], two(7)), (&[1, 0][..], hello.len() - 9));
        assert_eq!((&hello[9..11], &hello[11..43], hello[43]), (&[3, 3][..], &[7; 32][..], 0));
        let suites = 46..46 + two(44);
        let mut at = suites.end;
        assert_eq!((&hello[at..at + 2], two(at + 2)), (&[1, 0][..], hello.len() - at - 4));
        at += 4;
        let mut extensions = Vec::new();
        while at < hello.len() {
            let end = at + 4 + two(at + 2);
            extensions.push((two(at) as u16, hello[at + 4..end].to_vec()));
            at = end;
        }
        assert_eq!(at, hello.len());
        (suites.step_by(2).map(|at| two(at) as u16).collect(), extensions)
    }

    #[test]
    fn the_edge_offers_its_own_suites_without_those_of_tls_1_3() {
        let (suites, extensions) = read(&hello(Offer::EdgeLegacy, Some("a.example"), [7; 32]));
        assert_eq!(suites, edge_suites()[3..]);
        assert_eq!(extensions[0], (0, b"\0\x0c\0\0\x09a.example".to_vec()));
        assert!(extensions.iter().all(|(number, _)| *number != 0x2b), "TLS 1.3 is offered");
    }

    #[test]
    fn anything_offers_more_and_every_suite_once() {
        let (suites, extensions) = read(&hello(Offer::Anything, None, [7; 32]));
        let mut once = suites.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((once.len(), suites.len()), (ANYTHING.len(), ANYTHING.len()));
        assert!(edge_suites()[3..].iter().all(|suite| suites.contains(suite)));
        assert!(extensions.iter().all(|(number, _)| *number != 0), "there is no name to send");
    }

    #[test]
    fn a_name_that_dns_does_not_allow_is_left_out() {
        for (name, sent) in
            [("a".repeat(253), true), ("a".repeat(254), false), (String::new(), false)]
        {
            let (_, extensions) = read(&hello(Offer::EdgeLegacy, Some(&name), [7; 32]));
            assert_eq!(extensions[0].0 == 0, sent, "{}", name.len());
        }
    }
}
