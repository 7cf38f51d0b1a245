//! The app does not move any more.
//!
//! # What breaks
//! gunicorn and its workers are stopped by SIGSTOP: the kernel still takes connections for them,
//! and nobody answers; nginx waits two seconds and says 504.
//!
//! # As in real life
//! Every worker waits for a lock, or a debugger holds the app.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-timeout",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 504,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SITE, "proxy_pass", "proxy_read_timeout 2s;\n        proxy_pass")?;
    stage.order(&["systemctl", "restart", "nginx"])?;
    stage.order(&["systemctl", "kill", "--signal=SIGSTOP", "shop"]).map(|_| ())
}
