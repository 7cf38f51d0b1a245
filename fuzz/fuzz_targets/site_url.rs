//! What users type as a site: any text is read or refused with a sentence; what was read is read
//! again, and nothing secret or harmful is echoed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::target::{Origin, Site};

fuzz_target!(|text: &str| {
    match Site::parse(text) {
        Ok(site) => {
            assert!(site.host.len() <= 253 && site.port > 0 && site.path.starts_with('/'));
            assert_eq!(Site::parse(&site.to_string()), Ok(site.clone()));
            let kept = site.redacted();
            assert_eq!(Site::parse(&kept.to_string()).map(|site| site.host), Ok(kept.host));
        }
        Err(error) => assert!(!error.to_string().chars().any(char::is_control)),
    }
    if let Ok(origin) = text.parse::<Origin>() {
        assert_eq!(origin.to_string().parse(), Ok(origin));
    }
});
