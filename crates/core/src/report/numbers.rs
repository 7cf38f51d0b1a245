//! Numbers of the standards as words, as far as reports need them.

/// What a TLS alert says, to follow "the origin " (RFC 8446 6, RFC 5246 7.2, RFC 6066, RFC 7301).
pub(crate) fn alert(code: u8) -> &'static str {
    match code {
        0 => "closed the handshake politely",
        10 => "did not understand the order of the messages",
        20 => "could not read a record",
        40 => "found nothing in the offer that it could agree to",
        42 => "could not use the certificate",
        43 => "does not take that kind of certificate",
        45 => "found the certificate expired",
        46 => "did not like the certificate",
        47 => "found a field out of range",
        48 => "does not know the authority behind the certificate",
        49 => "denied access",
        50 => "could not decode a message",
        51 => "could not verify a signature",
        70 => "does not speak any of the offered versions",
        71 => "found the offered ciphers too weak",
        80 => "had trouble of its own",
        86 => "saw a fallback to an older version as a mistake",
        90 => "gave the handshake up",
        109 => "missed an extension",
        112 => "did not recognize that name",
        116 => "wants a client certificate",
        120 => "shares no application protocol",
        _ => "gave no reason that we know",
    }
}

/// The name of a TLS version on the wire.
pub(crate) fn version(number: u16) -> String {
    match number {
        0x0300 => "SSL 3.0".to_owned(),
        0x0301 => "TLS 1.0".to_owned(),
        0x0302 => "TLS 1.1".to_owned(),
        0x0303 => "TLS 1.2".to_owned(),
        0x0304 => "TLS 1.3".to_owned(),
        _ => format!("TLS version 0x{number:04x}"),
    }
}

/// The IANA name of a cipher suite.
pub(crate) fn cipher(number: u16) -> String {
    match SUITES.binary_search_by_key(&number, |(known, _)| *known) {
        Ok(at) => format!("TLS_{}", SUITES[at].1),
        Err(_) => format!("cipher 0x{number:04x}"),
    }
}

/// The name of a DNS response code (RFC 1035 4.1.1).
pub(crate) fn rcode(number: u16) -> String {
    match number {
        1 => "FORMERR".to_owned(),
        2 => "SERVFAIL".to_owned(),
        3 => "NXDOMAIN".to_owned(),
        4 => "NOTIMP".to_owned(),
        5 => "REFUSED".to_owned(),
        _ => format!("code {number}"),
    }
}

/// The name of an error number of connect(2) on Linux.
pub(crate) fn errno(number: i32) -> String {
    match number {
        1 => "EPERM".to_owned(),
        13 => "EACCES".to_owned(),
        24 => "EMFILE".to_owned(),
        99 => "EADDRNOTAVAIL".to_owned(),
        101 => "ENETUNREACH".to_owned(),
        104 => "ECONNRESET".to_owned(),
        110 => "ETIMEDOUT".to_owned(),
        111 => "ECONNREFUSED".to_owned(),
        113 => "EHOSTUNREACH".to_owned(),
        _ => format!("error {number}"),
    }
}

/// Cipher suites that our hellos offer, by number (IANA registry "TLS Cipher Suites"; the names
/// without their `TLS_`).
const SUITES: [(u16, &str); 67] = [
    (0x0005, "RSA_WITH_RC4_128_SHA"),
    (0x000a, "RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0016, "DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x002f, "RSA_WITH_AES_128_CBC_SHA"),
    (0x0032, "DHE_DSS_WITH_AES_128_CBC_SHA"),
    (0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0035, "RSA_WITH_AES_256_CBC_SHA"),
    (0x0038, "DHE_DSS_WITH_AES_256_CBC_SHA"),
    (0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x003c, "RSA_WITH_AES_128_CBC_SHA256"),
    (0x003d, "RSA_WITH_AES_256_CBC_SHA256"),
    (0x0040, "DHE_DSS_WITH_AES_128_CBC_SHA256"),
    (0x0041, "RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0045, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006a, "DHE_DSS_WITH_AES_256_CBC_SHA256"),
    (0x006b, "DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0084, "RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0088, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x009c, "RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, "RSA_WITH_AES_256_GCM_SHA384"),
    (0x009e, "DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009f, "DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x00a2, "DHE_DSS_WITH_AES_128_GCM_SHA256"),
    (0x00a3, "DHE_DSS_WITH_AES_256_GCM_SHA384"),
    (0x00be, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00c4, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x1301, "AES_128_GCM_SHA256"),
    (0x1302, "AES_256_GCM_SHA384"),
    (0x1303, "CHACHA20_POLY1305_SHA256"),
    (0xc008, "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc00a, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc012, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc013, "ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc014, "ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc024, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc02b, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc02f, "ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xc072, "ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc073, "ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc076, "ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc077, "ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc086, "ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256"),
    (0xc087, "ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384"),
    (0xc08a, "ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"),
    (0xc08b, "ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384"),
    (0xc09c, "RSA_WITH_AES_128_CCM"),
    (0xc09d, "RSA_WITH_AES_256_CCM"),
    (0xc09e, "DHE_RSA_WITH_AES_128_CCM"),
    (0xc09f, "DHE_RSA_WITH_AES_256_CCM"),
    (0xc0a0, "RSA_WITH_AES_128_CCM_8"),
    (0xc0a1, "RSA_WITH_AES_256_CCM_8"),
    (0xc0a2, "DHE_RSA_WITH_AES_128_CCM_8"),
    (0xc0a3, "DHE_RSA_WITH_AES_256_CCM_8"),
    (0xc0ac, "ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xc0ad, "ECDHE_ECDSA_WITH_AES_256_CCM"),
    (0xc0ae, "ECDHE_ECDSA_WITH_AES_128_CCM_8"),
    (0xc0af, "ECDHE_ECDSA_WITH_AES_256_CCM_8"),
    (0xcca8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccaa, "DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_that_the_edge_offers_has_a_name() {
        assert!(SUITES.is_sorted_by_key(|(number, _)| *number));
        for &number in crate::evidence::tls::edge_suites() {
            assert!(cipher(number).starts_with("TLS_"), "{number:04x}");
        }
        assert_eq!(cipher(0x000a), "TLS_RSA_WITH_3DES_EDE_CBC_SHA");
        assert_eq!(cipher(0xfefe), "cipher 0xfefe");
    }
}
