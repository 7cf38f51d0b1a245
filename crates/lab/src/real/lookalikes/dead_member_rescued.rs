//! One of two upstreams is dead, and nginx asks the other.
//!
//! # What it looks like
//! Each visit may meet a refused connection first, which the error log tells, and is then served.
//!
//! # As in real life
//! A second app server that was switched off.
use super::{Lookalike, SITE};
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    let both = "server 127.0.0.1:8001 max_fails=0;\n    server unix:/run/shop/shop.sock;";
    stage.replace(SITE, "server unix:/run/shop/shop.sock;", both)?;
    stage.order(&["systemctl", "restart", "nginx"])?;
    for _ in 0..6 {
        stage.visit("https://shop.example.test/")?;
    }
    Ok(())
}
