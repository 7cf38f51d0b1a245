//! nginx asks a port on which an app listened that somebody had started by hand.
//!
//! # What breaks
//! nginx leads to port 8000 of the loopback; nothing listens there, and no unit on the host says
//! what should.
//!
//! # As in real life
//! The app ran in a terminal; the terminal was closed, or the host was restarted.
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-refused",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "disable", "--now", "shop"])?;
    stage.order(&["rm", SERVICE])?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.replace(SITE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
