//! Numbers of the standards as words: alerts, versions, cipher suites, response codes, error
//! numbers, statuses.
//!
//! One list of each, for reports, for `explain` and for tests. What says what a peer did is written
//! to follow "the origin "; what is a name is the standard's own. Every number has an answer:
//! unknown ones are told as numbers. Nothing in here says what to make of it.

mod alerts;
mod ciphers;
mod statuses;
mod system;

pub use self::alerts::{alert, tls_version};
pub use self::ciphers::cipher;
pub use self::statuses::http_status;
pub use self::system::{errno, rcode, signal};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Offer, tls};

    #[test]
    fn every_suite_that_we_offer_has_a_name() {
        let hello = tls::hello(Offer::Anything, None, [0; 32]);
        // Record, message, version, random and an empty session come first: 44 bytes.
        let length = usize::from(u16::from_be_bytes([hello[44], hello[45]]));
        let offered =
            hello[46..46 + length].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        for suite in offered.chain(tls::edge_suites().iter().copied()) {
            assert!(cipher(suite).starts_with("TLS_"), "0x{suite:04x} has no name");
        }
    }

    #[test]
    fn phrases_follow_the_name_of_a_peer() {
        for code in 0..=255 {
            let phrase = alert(code);
            assert!(phrase.starts_with(|c: char| c.is_ascii_lowercase()), "{phrase}");
            assert!(!phrase.ends_with('.') && phrase.len() < 70, "{phrase}");
        }
        assert_eq!(alert(112), "did not recognize that name");
    }

    #[test]
    fn unknown_numbers_are_told_as_numbers() {
        assert_eq!(tls_version(0x7f1c), "TLS version 0x7f1c");
        assert_eq!(cipher(0xfafa), "cipher 0xfafa");
        assert_eq!(rcode(3841), "code 3841");
        assert_eq!(errno(7777), "error 7777");
        assert_eq!(http_status(799), None);
    }

    #[test]
    fn cloudflares_statuses_bear_its_own_titles() {
        for (status, title) in [
            (502, "Bad gateway"),
            (504, "Gateway time-out"),
            (520, "Web server is returning an unknown error"),
            (526, "Invalid SSL certificate"),
            (404, "Not Found"),
        ] {
            assert_eq!(http_status(status), Some(title));
        }
    }
}
