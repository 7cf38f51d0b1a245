//! Ids as the service has them, made from a name: the same name has the same id in every run.

/// FNV-1a of 128 bits: spreads well and needs no crate. Nothing here is a secret.
fn hash(text: &str) -> u128 {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in text.bytes() {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    hash
}

/// 32 hexadecimal digits: zones, accounts, records, rules.
#[must_use]
pub fn hex(name: &str) -> String {
    format!("{:032x}", hash(name))
}

/// With dashes: tunnels and their connectors. Version 4, as far as anybody can tell.
#[must_use]
pub fn uuid(name: &str) -> String {
    let digits = hex(name);
    format!(
        "{}-{}-4{}-8{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..]
    )
}

/// A text of a token's form, 40 characters without a prefix, as tokens made before 2026 have.
#[must_use]
pub fn token(name: &str) -> String {
    let both = format!("{}{}", hex(name), hex(&format!("{name} again")));
    both[..40].to_owned()
}

/// Whether it is 32 lower-case hexadecimal digits.
#[must_use]
pub fn is_hex(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether it is a UUID with dashes.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_id_for_ever_and_its_neighbour_another() {
        assert_eq!(hex("example.test"), hex("example.test"));
        assert_ne!(hex("example.test"), hex("example.tesu"));
        assert!(is_hex(&hex("example.test")));
        assert!(is_uuid(&uuid("shop")));
        assert_eq!(token("all").len(), 40);
    }

    #[test]
    fn a_name_is_no_id() {
        assert!(!is_hex("example.test"));
        assert!(!is_hex(&hex("x").to_uppercase().replace(|c: char| c.is_ascii_digit(), "A")));
        assert!(!is_uuid(&hex("x")));
    }
}
