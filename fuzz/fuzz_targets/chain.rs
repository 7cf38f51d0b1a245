//! Certificate chains: any bytes in place of certificates are examined without harm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::evidence::chain::see;

// Certificates one after another, each with its length in two bytes before it; the last is given as
// a root as well.
fuzz_target!(|data: &[u8]| {
    let mut chain = Vec::new();
    let mut rest = data;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        chain.push(after[..length].to_vec());
        rest = &after[length..];
    }
    let now = jiff::Timestamp::constant(1_800_000_000, 0);
    let given: Vec<Vec<u8>> = chain.last().cloned().into_iter().collect();
    for given in [&[][..], &given] {
        if let Some(seen) = see(&chain, "shop.example.test", now, given) {
            assert!(seen.names.len() <= 20 && seen.sha256.len() == 64);
            assert!(seen.faults.is_sorted());
            assert!(!seen.faults.is_empty() || seen.trusted_by.is_some());
        }
    }
});
