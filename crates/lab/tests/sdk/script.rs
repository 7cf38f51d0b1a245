//! Runs `api/sdk_calls.py` and reads what it says.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use super::world::World;

/// The least number of calls: fewer, and the script lost some of its families.
const LEAST: usize = 170;

/// What the script said.
pub(crate) struct Told {
    /// Its last line.
    pub(crate) counted: String,
    passed: usize,
    failed: Vec<String>,
    skipped: Vec<String>,
}

pub(crate) fn run(tools: &Path, world: &World, base: &str) -> Result<Told, Failed> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("api/sdk_calls.py");
    // The clock of `timeout` bounds it, whatever the script or the API does.
    let mut child = Command::new("timeout")
        .arg("300")
        .arg(tools.join("sdk/bin/python"))
        .arg(script)
        .env_remove("CLOUDFLARE_API_TOKEN")
        .env_remove("CLOUDFLARE_BASE_URL")
        .env("NO_PROXY", "127.0.0.1")
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let facts = world.facts(base).to_string();
    child.stdin.take().ok_or("no standard input")?.write_all(facts.as_bytes())?;
    let out = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    let lines = |how: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.strip_prefix(how)).map(str::to_owned).collect()
    };
    let told = Told {
        counted: text.lines().last().unwrap_or_default().to_owned(),
        passed: lines("passed ").len(),
        failed: lines("failed "),
        skipped: lines("skipped "),
    };
    if out.status.success() {
        Ok(told)
    } else {
        Err(format!("{}\n{}", out.status, String::from_utf8_lossy(&out.stderr)).into())
    }
}

impl Told {
    /// Nothing failed, and little enough was left out; with `LAB_ALL=1` nothing.
    pub(crate) fn check(&self) -> Result<(), Failed> {
        if !self.failed.is_empty() {
            return Err(self.failed.join("\n").into());
        }
        if !self.skipped.is_empty() && std::env::var_os("LAB_ALL").is_some() {
            return Err(format!("skipped:\n{}", self.skipped.join("\n")).into());
        }
        if self.passed < LEAST {
            return Err(format!("only {} calls", self.passed).into());
        }
        Ok(())
    }
}
