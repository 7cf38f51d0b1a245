//! Running commands by their arguments, and what can go wrong while a stage comes up.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use crate::raise::RaiseError;

/// Why a real stage does not stand, or did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// This machine cannot raise any.
    #[error("needs {0}")]
    Needs(String),
    /// The system refused something.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// A command failed.
    #[error("`{command}` {how}")]
    Command {
        /// With its arguments.
        command: String,
        /// How it ended, and what it said.
        how: String,
    },
    /// The origin does not come up.
    #[error("the origin does not come up: {0}")]
    Boot(String),
    /// A file does not hold what is to be replaced.
    #[error("{path} does not hold `{text}`")]
    Absent {
        /// In the origin.
        path: String,
        /// What is missing.
        text: String,
    },
    /// The edge does not come up.
    #[error(transparent)]
    Raise(#[from] RaiseError),
}

impl Trouble {
    pub(crate) fn system(doing: &str) -> impl FnOnce(io::Error) -> Trouble {
        let doing = doing.to_owned();
        move |source| Trouble::System { doing, source }
    }

    pub(super) fn certificate(error: rcgen::Error) -> Trouble {
        Trouble::Raise(error.into())
    }
}

/// What a command said, and how it ended.
#[derive(Debug, Clone)]
pub struct Told {
    /// With its arguments, for messages.
    pub command: String,
    /// The exit code; `None` where a signal ended it. 124: it took more than a minute.
    pub code: Option<i32>,
    /// What it printed; bytes that are no UTF-8 are replaced.
    pub out: String,
    /// What it said besides; the same.
    pub err: String,
}

impl Told {
    /// What it printed, if it ended with code 0.
    ///
    /// # Errors
    /// When it ended otherwise.
    pub fn succeeded(self) -> Result<String, Trouble> {
        if self.code == Some(0) {
            return Ok(self.out);
        }
        Err(self.trouble())
    }

    /// What it printed, if it ended by itself with another code than 0: a fault may be that it does.
    ///
    /// # Errors
    /// When it succeeded, or had to be ended.
    pub fn failed(self) -> Result<String, Trouble> {
        match self.code {
            None | Some(0 | 124) => Err(self.trouble()),
            Some(_) => Ok(self.out),
        }
    }

    fn trouble(self) -> Trouble {
        let mut how = match self.code {
            Some(code) => format!("ended with {code}"),
            None => "was ended by a signal".to_owned(),
        };
        for said in [self.err.trim(), self.out.trim()] {
            if !said.is_empty() {
                let _ = write!(how, ": {said}");
            }
        }
        Trouble::Command { command: self.command, how }
    }
}

/// Runs a command of this machine for at most a minute.
pub(crate) fn run(command: &[&str], input: &[u8]) -> Result<Told, Trouble> {
    let limited = [&["timeout", "--kill-after=2", "60"], command].concat();
    let text = command.join(" ");
    let failed = |source| Trouble::System { doing: format!("run `{text}`"), source };
    let (program, arguments) = limited.split_first().expect("the limit stands in front");
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LANG", "C.UTF-8")
        .env("HOME", "/root")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut pipe = child.stdin.take().expect("its input is a pipe");
    let output = thread::scope(|scope| {
        // A command that reads nothing may be gone already.
        scope.spawn(move || pipe.write_all(input));
        child.wait_with_output()
    })
    .map_err(failed)?;
    Ok(Told {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: text,
    })
}
