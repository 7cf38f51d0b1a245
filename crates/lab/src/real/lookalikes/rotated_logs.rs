//! The outage of this morning is in the logs of before the last rotation.
//!
//! # What it looks like
//! The old error log is rotated, one of them compressed; the new one is empty.
//!
//! # As in real life
//! Every night at midnight.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "stop", "shop"])?;
    for _ in 0..4 {
        stage.visit("https://shop.example.test/")?;
    }
    stage.order(&["systemctl", "start", "shop"])?;
    for _ in 0..2 {
        stage.order(&["logrotate", "--force", "/etc/logrotate.d/nginx"])?;
    }
    Ok(())
}
