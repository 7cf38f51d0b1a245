//! What a terminal shows while answers are awaited: one line, gone when they are in.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayfix_world::Progress as Step;

/// The line.
pub(crate) struct Progress {
    line: ProgressBar,
    host: String,
}

impl Progress {
    /// Begins to show it on standard error.
    pub(crate) fn begin(host: &str) -> Progress {
        let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            line.set_style(style);
        }
        line.set_message(format!("asking about {host}"));
        line.enable_steady_tick(Duration::from_millis(120));
        Progress { line, host: host.to_owned() }
    }

    /// Shows how far it is.
    pub(crate) fn show(&self, step: &Step) {
        let Step { asked, answered, latest } = step;
        let latest: String = latest.chars().filter(|c| !c.is_control()).collect();
        let host = &self.host;
        self.line.set_message(format!("{host}: {answered} of {asked} answered · {latest}"));
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.line.finish_and_clear();
    }
}
