//! A stage that stands, and the arguments that diagnose it.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use rayfix_lab::raise::Raised;
use rayfix_lab::stage::Stage;

/// A stage that stands as long as this does; its tasks run on threads of their own.
pub(crate) struct Staged {
    pub(crate) raised: Raised,
    pub(crate) runtime: tokio::runtime::Runtime,
}

pub(crate) fn staged(set: impl FnOnce(&mut Stage)) -> Staged {
    let mut stage = Stage::healthy();
    set(&mut stage);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let raised = runtime.block_on(stage.raise()).expect("the stage stands");
    Staged { raised, runtime }
}

impl Staged {
    /// What diagnoses it; files that the binary needs are put into the folder.
    pub(crate) fn arguments(&self, folder: &Path) -> Vec<String> {
        let (roots, ranges) = (folder.join("roots.pem"), folder.join("ranges.txt"));
        let pem = |der: &Vec<u8>| {
            let text = base64::engine::general_purpose::STANDARD.encode(der);
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
        };
        let write = |path, text: String| fs::write(path, text).expect("a file can be written");
        write(&roots, self.raised.roots.iter().map(pem).collect());
        let lines = |prefix| format!("{prefix}\n");
        let prefixes = self.raised.target.ranges.prefixes();
        write(&ranges, prefixes.iter().map(lines).collect());
        let mut args = vec!["diagnose".to_owned(), self.raised.target.site.to_string()];
        for origin in &self.raised.target.origins {
            args.extend(["--origin".to_owned(), origin.to_string()]);
        }
        if let Some(mode) = self.raised.target.ssl_mode {
            args.extend(["--ssl-mode".to_owned(), mode.word().to_owned()]);
        }
        for (host, port, to) in &self.raised.detours {
            let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
            args.extend(["--connect".to_owned(), format!("{host}:{port}:{to}")]);
        }
        for (option, value) in [
            ("--ca-file", roots.display().to_string()),
            ("--ranges", ranges.display().to_string()),
            ("--resolver", self.raised.resolver.to_string()),
        ] {
            args.extend([option.to_owned(), value]);
        }
        args
    }
}
