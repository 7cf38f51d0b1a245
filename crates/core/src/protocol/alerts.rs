//! TLS alerts and versions.

/// What a TLS alert says, to follow "the origin " (RFC 8446 6, RFC 5246 7.2, RFC 6066 9, RFC 7301
/// 3.2, RFC 7507).
#[must_use]
pub fn alert(code: u8) -> &'static str {
    match code {
        0 => "closed the handshake politely",
        10 => "did not understand the order of the messages",
        20 => "could not read a record",
        21 => "could not decrypt a record",
        22 => "was sent a record that is too long for it",
        30 => "could not unpack a record",
        40 => "found nothing in the offer that it could agree to",
        41 => "missed a certificate",
        42 => "could not use the certificate",
        43 => "does not take that kind of certificate",
        44 => "found the certificate revoked",
        45 => "found the certificate expired",
        46 => "did not like the certificate",
        47 => "found a field out of range",
        48 => "does not know the authority behind the certificate",
        49 => "denied access",
        50 => "could not decode a message",
        51 => "could not verify a signature",
        60 => "saw a limit on exported ciphers broken",
        70 => "does not speak any of the offered versions",
        71 => "found the offered ciphers too weak",
        80 => "had trouble of its own",
        86 => "saw a fallback to an older version as a mistake",
        90 => "gave the handshake up",
        100 => "does not negotiate anew",
        109 => "missed an extension",
        110 => "does not take one of the extensions",
        111 => "could not fetch the certificate that it was pointed to",
        112 => "did not recognize that name",
        113 => "could not use the certificate's status",
        114 => "found that a certificate differs from its fingerprint",
        115 => "does not know that shared key's name",
        116 => "wants a client certificate",
        120 => "shares no application protocol",
        121 => "insists on an encrypted hello",
        _ => "gave no reason that we know",
    }
}

/// The name of a TLS version on the wire: `TLS 1.2`.
#[must_use]
pub fn tls_version(number: u16) -> String {
    match number {
        0x0002 => "SSL 2.0".to_owned(),
        0x0300 => "SSL 3.0".to_owned(),
        0x0301 => "TLS 1.0".to_owned(),
        0x0302 => "TLS 1.1".to_owned(),
        0x0303 => "TLS 1.2".to_owned(),
        0x0304 => "TLS 1.3".to_owned(),
        _ => format!("TLS version 0x{number:04x}"),
    }
}
