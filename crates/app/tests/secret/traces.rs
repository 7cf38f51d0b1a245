//! Where a token could have been left, and what it would look like there.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What gives a token away: its last eight characters, and its base64 wherever it may begin in a text.
pub(crate) struct Traces(Vec<Vec<u8>>);

impl Traces {
    pub(crate) fn of(token: &str) -> Traces {
        assert!(token.len() >= 24, "a token is long");
        let mut all = vec![token.as_bytes()[token.len() - 8..].to_vec()];
        for before in 0..3 {
            // Three bytes are four characters: the first and the last four depend on what stands beside.
            let text = [&vec![b' '; before][..], token.as_bytes()].concat();
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let code = engine.encode(&text);
                all.push(code.as_bytes()[4..code.len() - 4].to_vec());
            }
        }
        let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
        all.push(hex.into_bytes());
        Traces(all)
    }

    /// Fails when a trace stands in these bytes. `what` names them; they themselves are not shown.
    #[track_caller]
    pub(crate) fn absent(&self, what: &str, bytes: &[u8]) {
        let holds = |trace: &Vec<u8>| bytes.windows(trace.len()).any(|part| part == &trace[..]);
        assert!(!self.0.iter().any(holds), "the token is in {what}");
    }

    /// The same for every file in a folder, its name included.
    #[track_caller]
    pub(crate) fn absent_below(&self, what: &str, folder: &Path) {
        for entry in fs::read_dir(folder).expect("a folder can be read") {
            let path = entry.expect("a folder can be read").path();
            self.absent(what, path.as_os_str().as_encoded_bytes());
            if path.is_dir() {
                self.absent_below(what, &path);
            } else {
                let file = format!("{what}: {}", path.file_name().unwrap_or_default().display());
                self.absent(&file, &fs::read(&path).expect("a file can be read"));
            }
        }
    }
}
