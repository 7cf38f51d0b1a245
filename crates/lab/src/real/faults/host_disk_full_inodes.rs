//! The disk on which the app writes has room, and no inode left.
//!
//! # What breaks
//! The app's folder is on a small file system of its own, which may hold no further file.
//!
//! # As in real life
//! Sessions or thumbnails in millions of small files; `df` shows room, `df -i` shows none.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "host-disk-full",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let small = ["mount", "-t", "tmpfs", "-o", "nr_inodes=4,uid=shop,gid=www-data", "tmpfs", HOME];
    stage.order(&small)?;
    let sessions = ["s1", "s2", "s3", "s4"].map(|name| format!("{HOME}/{name}"));
    let sessions: Vec<&str> = sessions.iter().map(String::as_str).collect();
    // Ends with an error, since there is no inode for the last.
    stage.exec_in_origin(&[&["touch"], &sessions[..]].concat())?.failed().map(|_| ())
}

const HOME: &str = "/var/lib/shop";
