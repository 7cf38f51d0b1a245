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

/// A bar, where it is known how much there is to do.
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// Begins to show it on standard error. `what` names what is counted: `origins`.
    pub(crate) fn begin(what: &str) -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_bar} {pos} of {len} {msg}")
        {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Bar { bar }
    }

    /// Shows how much is done.
    pub(crate) fn show(&self, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
    }

    /// Takes it away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
