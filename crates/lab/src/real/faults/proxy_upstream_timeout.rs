//! The app takes longer than nginx waits.
//!
//! # What breaks
//! The page takes ten seconds; nginx waits one and answers 504.
//!
//! # As in real life
//! A slow query or report, and a `proxy_read_timeout` that somebody shortened.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-timeout",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 504,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(
        "/srv/shop/shop.py",
        "    start_response",
        "    import time\n    time.sleep(10)\n    start_response",
    )?;
    stage.replace(
        "/etc/nginx/sites-available/shop",
        "proxy_pass",
        "proxy_read_timeout 1s;\n        proxy_pass",
    )?;
    stage.order(&["systemctl", "restart", "shop", "nginx"]).map(|_| ())
}
