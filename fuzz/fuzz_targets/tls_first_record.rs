//! The first answer to a hello: an answer, once given, does not change with more bytes, and 70 KB
//! always decide.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::evidence::tls::{FirstRecord, first_record};

fuzz_target!(|data: &[u8]| {
    let whole = first_record(data);
    assert!(data.len() < 90_000 || whole != FirstRecord::NeedMore);
    for end in [data.len() / 3, data.len() / 2, data.len().saturating_sub(1)] {
        match (first_record(&data[..end]), &whole) {
            (FirstRecord::NeedMore, _)
            | (FirstRecord::NotTls { .. }, FirstRecord::NotTls { .. }) => {}
            (early, whole) => assert_eq!(early, *whole),
        }
    }
    let _ = whole.answer();
});
