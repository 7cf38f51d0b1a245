//! The disk on which the app writes is full.
//!
//! # What breaks
//! The app's folder is on a small file system of its own, and not a byte is left on it.
//! gunicorn takes the app's exception for trouble with its own socket and hangs up (captured:
//! gunicorn 20.1.0); nginx answers 502.
//!
//! # As in real life
//! A log without rotation, old releases, or uploads filled the disk.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "host-disk-full",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

const HOME: &str = "/var/lib/shop";

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let small = ["mount", "-t", "tmpfs", "-o", "size=64k,uid=shop,gid=www-data", "tmpfs", HOME];
    stage.order(&small)?;
    // Ends with an error, since the disk is full then.
    let filling = ["dd", "if=/dev/zero", "of=/var/lib/shop/old-releases.tar", "bs=4k"];
    stage.exec_in_origin(&filling)?.failed().map(|_| ())
}
