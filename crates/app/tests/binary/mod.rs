//! The binary, run with an environment of its own.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run said, and how it ended.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The binary without the variables that change what it does.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayfix"));
    for variable in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "SSL_CERT_FILE",
        "RUST_BACKTRACE",
        "CLOUDFLARE_API_TOKEN",
        "CLOUDFLARE_API_BASE_URL",
    ] {
        command.env_remove(variable);
    }
    command
}

pub(crate) fn run(args: &[&str]) -> Told {
    run_with(args, &[], b"")
}

pub(crate) fn run_with(args: &[&str], variables: &[(&str, &str)], input: &[u8]) -> Told {
    let mut child = command()
        .args(args)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // A binary that reads nothing may be gone already.
    let _ = child.stdin.take().expect("its input is a pipe").write_all(input);
    let output = child.wait_with_output().expect("the binary ends");
    Told {
        code: output.status.code().expect("no signal ended it"),
        out: String::from_utf8(output.stdout).expect("the result is text"),
        err: String::from_utf8(output.stderr).expect("what it says is text"),
    }
}

/// An empty folder of that name.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder for tests can be made");
    folder
}
