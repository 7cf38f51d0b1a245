//! The app was stopped and started until systemd refused to start it once more.
//!
//! # What breaks
//! `shop.service` is restarted again and again within the five minutes that systemd counts for; the sixth start is
//! refused, and it stays down with `Start request repeated too quickly`.
//!
//! # As in real life
//! A deploy restarts the service once for each of the files that it lays down.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-stopped",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    // Five starts are too many within so long, however slow the machine is.
    let (unit, long) = ("/etc/systemd/system/shop.service", "[Unit]\nStartLimitIntervalSec=5min\n");
    stage.replace(unit, "[Unit]\n", long)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    let restarts = "for i in 1 2 3 4 5 6 7 8; do systemctl restart shop || exit 0; done; exit 7";
    stage.order(&["bash", "-c", restarts]).map(|_| ())
}
