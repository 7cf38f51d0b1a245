//! The app was down a moment ago, and is back.
//!
//! # What it looks like
//! The app was killed; visitors got 502, the journal and the error log tell all of it; it was
//! started again, and serves.
//!
//! # As in real life
//! Every deployment, and every reboot.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "kill", "--kill-who=main", "--signal=SIGKILL", "shop"])?;
    stage.until(&["systemctl", "is-active", "shop"], |state| state == "failed")?;
    for _ in 0..4 {
        stage.visit("https://shop.example.test/")?;
    }
    stage.order(&["systemctl", "start", "shop"]).map(|_| ())
}
