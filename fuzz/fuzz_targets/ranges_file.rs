//! Ranges files: any text is read or refused with a line's number; what was read is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::ranges::{Ranges, RangesError};

fuzz_target!(|text: &str| {
    match Ranges::parse(text) {
        Ok(ranges) => {
            let lines: Vec<String> = ranges.prefixes().iter().map(ToString::to_string).collect();
            assert_eq!(Ranges::parse(&lines.join("\n")), Ok(ranges.clone()));
            for prefix in ranges.prefixes() {
                assert!(
                    ranges.contains(prefix.addr()) || prefix.addr().to_canonical() != prefix.addr()
                );
            }
        }
        Err(RangesError::NoPrefix { line, text: shown }) => {
            assert!(line >= 1 && !shown.chars().any(char::is_control));
        }
        Err(RangesError::Empty) => {}
    }
});
