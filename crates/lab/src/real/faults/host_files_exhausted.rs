//! nginx may open no further file.
//!
//! # What breaks
//! `worker_rlimit_nofile` is so small that a visitor's connection fits, and none to the app; nginx
//! answers 500.
//!
//! # As in real life
//! The default of 1024 is used up by 500 slow visitors, since each takes two.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "host-files-exhausted", from_outside: None, shows: 500, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let main = "/etc/nginx/nginx.conf";
    // One worker: another would have one file more or less.
    let few = "worker_processes 1;\nworker_rlimit_nofile 13;";
    stage.replace(main, "worker_processes auto;", few)?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
