//! The table of exit codes: what scripts rely on.

use std::process::ExitCode;

use rayfix_core::diagnosis::Outcome;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing is to blame, or what was asked for was printed.
    Fine,
    /// A cause was blamed, or a rule that keeps somebody out, or a change that would break something.
    Blamed,
    /// Usage or configuration.
    Usage,
    /// Could not tell.
    CannotTell,
    /// A fix failed and was taken back completely.
    TakenBack,
    /// A fix failed and could not be taken back completely.
    NotTakenBack,
}

impl Exit {
    /// Every way to end, in the order of the codes.
    pub(crate) const ALL: [Exit; 6] = [
        Exit::Fine,
        Exit::Blamed,
        Exit::Usage,
        Exit::CannotTell,
        Exit::TakenBack,
        Exit::NotTakenBack,
    ];

    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Blamed => 1,
            Exit::Usage => 2,
            Exit::CannotTell => 3,
            Exit::TakenBack => 4,
            Exit::NotTakenBack => 5,
        }
    }

    /// What the number means, for help and manual.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Exit::Fine => "nothing to blame, nothing would break, or a fix is proven",
            Exit::Blamed => {
                "a cause was blamed, Cloudflare is kept out, or a change would break sites"
            }
            Exit::Usage => "usage or configuration",
            Exit::TakenBack => "a fix failed and was taken back completely",
            Exit::NotTakenBack => "a fix failed and could not be taken back completely",
            Exit::CannotTell => "could not tell: the report says what is needed",
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Healthy => Exit::Fine,
            Outcome::Blamed => Exit::Blamed,
            Outcome::CannotTell => Exit::CannotTell,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
