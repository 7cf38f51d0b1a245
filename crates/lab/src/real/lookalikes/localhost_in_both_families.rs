//! nginx asks `localhost`, whose first address answers nobody.
//!
//! # What it looks like
//! The app listens on 127.0.0.1 only; nginx tries ::1 as well, is refused, and goes on.
//!
//! # As in real life
//! Every `proxy_pass http://localhost:8000` on a host with IPv6.
use super::{Lookalike, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SERVICE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    stage.replace(SITE, "http://shop;", "http://localhost:8000;")?;
    stage.order(&["systemctl", "restart", "nginx"])?;
    for _ in 0..6 {
        stage.visit("https://shop.example.test/")?;
    }
    Ok(())
}
