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
    match number {
        0x1301 => "TLS_AES_128_GCM_SHA256".to_owned(),
        0x1302 => "TLS_AES_256_GCM_SHA384".to_owned(),
        0xc02f => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".to_owned(),
        _ => format!("cipher 0x{number:04x}"),
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
