//! Case files: any bytes are read or refused with a sentence; what was read can be judged, told in
//! every voice, and saved again to the same case.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::{case, diagnose, report};

fuzz_target!(|data: &[u8]| {
    let Ok(evidence) = case::load_bytes(data) else {
        return;
    };
    let again = case::load(&case::save(&evidence)).expect("a case that was saved is read");
    assert_eq!(case::save(&again), case::save(&evidence));
    let diagnosis = diagnose::diagnose(&evidence);
    let _ = report::json(&diagnosis).text();
    let told = report::Report::of(&diagnosis);
    let _ = report::html(&told);
    let _ = report::markdown(&told);
});
