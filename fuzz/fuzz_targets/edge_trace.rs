//! `/cdn-cgi/trace`: any body is read without harm; what is kept is short and never the visitor's
//! address.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::evidence::{Trace, edge};

fuzz_target!(|body: &[u8]| {
    if let Trace::Answered { lines } = edge::trace(200, body) {
        assert!(lines.len() <= 30 && !lines.contains_key("ip"));
        assert!(lines.values().all(|value| !value.chars().any(char::is_control)));
    }
});
