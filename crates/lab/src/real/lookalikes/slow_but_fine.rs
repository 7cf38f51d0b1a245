//! The app takes its time.
//!
//! # What it looks like
//! Each page takes one and a half seconds, and comes.
//!
//! # As in real life
//! A shop with many plug-ins.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(
        "/srv/shop/shop.py",
        "    start_response",
        "    import time\n    time.sleep(1.5)\n    start_response",
    )?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
