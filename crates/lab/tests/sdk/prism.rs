//! `prism proxy` in front of the API, and what it logs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libtest_mimic::Failed;

/// A proxy that stands; ends with the value.
pub(crate) struct Prism {
    pub(crate) base: String,
    child: Child,
    lines: Receiver<String>,
}

/// What it logged.
pub(crate) struct Log {
    requests: Vec<String>,
    responses: Vec<String>,
    asked: usize,
}

/// How long it may take to stand up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Violations of requests that are known, by a part of the line, and why they are there.
const KNOWN: [(&str, &str); 4] = [
    (
        "Selected route not found",
        "of newer operations than the schema's, which are passed on unchecked",
    ),
    (
        "request.body.value Request body property value must be equal",
        "a mode that there is not, on purpose",
    ),
    ("request.body.alert_type ", "an alert that there is not, on purpose"),
    ("request.body.requested_validity ", "a validity that there is not, on purpose"),
];

impl Prism {
    pub(crate) fn raise(tools: &Path, api: SocketAddr) -> Result<Prism, Failed> {
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("api/cloudflare-trimmed-v4.json");
        // Free now; Prism cannot be told to choose one itself.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut child = Command::new(tools.join("node_modules/.bin/prism"))
            .args([
                "proxy",
                "-h",
                "127.0.0.1",
                "-p",
                &port.to_string(),
                "-m",
                "false",
                "-v",
                "info",
            ])
            .arg(schema)
            .arg(format!("http://{api}"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (tell, lines) = channel();
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
            child.stderr.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
        ];
        for stream in streams.into_iter().flatten() {
            let tell = tell.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if tell.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let mut prism = Prism { base: format!("http://127.0.0.1:{port}/client/v4"), child, lines };
        prism.wait()?;
        Ok(prism)
    }

    fn wait(&mut self) -> Result<(), Failed> {
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains("is listening") => return Ok(()),
                Ok(line) => said.push(line),
                Err(_) => return Err(format!("Prism does not stand:\n{}", said.join("\n")).into()),
            }
        }
    }

    /// Ends it: what it logged.
    pub(crate) fn end(mut self) -> Log {
        self.stop();
        let mut log = Log { requests: Vec::new(), responses: Vec::new(), asked: 0 };
        let mut about = String::new();
        // The threads end with the streams, and the channel with them.
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            if line.contains("Request received") || line.contains("Forwarding") {
                about.clone_from(&line);
                log.asked += usize::from(line.contains("Request received"));
            }
            let entry = || format!("{}\n  {}", about.trim(), line.trim());
            if line.contains("Violation: response") {
                log.responses.push(entry());
            } else if line.contains("Violation: request") {
                log.requests.push(entry());
            }
        }
        log
    }

    fn stop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Log {
    pub(crate) fn counted(&self) -> String {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for line in &self.requests {
            let known = KNOWN.iter().find(|(part, _)| line.contains(part));
            *kinds.entry(known.map_or("not known", |(_, why)| why)).or_default() += 1;
        }
        let kinds: Vec<String> =
            kinds.iter().map(|(why, times)| format!("{times}x {why}")).collect();
        format!(
            "Prism: {} requests, {} violations of answers, {} of requests ({})",
            self.asked,
            self.responses.len(),
            self.requests.len(),
            kinds.join("; ")
        )
    }

    /// No answer of so many violates the schema, and no request does but in ways that are known.
    pub(crate) fn check(&self, came: usize) -> Result<(), Failed> {
        if self.asked != came {
            return Err(format!("{came} calls came, and Prism logged {}", self.asked).into());
        }
        let unknown = |line: &&String| !KNOWN.iter().any(|(part, _)| line.contains(part));
        let unknown = self.requests.iter().filter(unknown);
        let wrong: Vec<&str> = self.responses.iter().chain(unknown).map(String::as_str).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
    }
}
