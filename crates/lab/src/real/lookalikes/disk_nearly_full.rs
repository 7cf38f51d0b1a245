//! The disk is nearly full.
//!
//! # What it looks like
//! The app's folder is on a small file system of its own, with 97 % in use; what the app writes
//! fits.
//!
//! # As in real life
//! A host that has been nearly full for years.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    let small = ["mount", "-t", "tmpfs", "-o", "size=4m,uid=shop,gid=www-data", "tmpfs"];
    stage.order(&[&small[..], &["/var/lib/shop"]].concat())?;
    let filling = ["dd", "if=/dev/zero", "of=/var/lib/shop/old-releases.tar", "bs=4k", "count=993"];
    stage.order(&filling).map(|_| ())
}
