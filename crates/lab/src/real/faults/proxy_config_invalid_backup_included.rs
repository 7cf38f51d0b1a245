//! nginx does not start, since a copy of the site's file is read as well.
//!
//! # What breaks
//! A backup of the site lies beside it in `sites-enabled`, so its upstream is there twice; nginx
//! was restarted, and did not come up again.
//!
//! # As in real life
//! An editor or a careful person made the copy; nginx reads every file in that folder, whatever
//! its name.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-config-invalid",
    from_outside: Some("net-port-closed"),
    shows: 521,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["cp", SITE, "/etc/nginx/sites-enabled/shop.bak"])?;
    stage.exec_in_origin(&["systemctl", "restart", "nginx"])?.failed().map(|_| ())
}
