//! Units that the site does not need are stopped and failed.
//!
//! # What it looks like
//! PHP is stopped, a backup has failed, and an old version of the shop's own unit lies there,
//! disabled, with the same socket in its command line.
//!
//! # As in real life
//! Leftovers: nobody deletes units.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "stop", "php8.2-fpm"])?;
    let old = stage.order(&["cat", "/etc/systemd/system/shop.service"])?;
    let old =
        old.replace("(gunicorn)", "(the old one)").replace("=/srv/shop\n", "=/srv/shop-old\n");
    stage.write("/etc/systemd/system/shop-old.service", "644", old.as_bytes())?;
    stage.order(&["systemctl", "daemon-reload"])?;
    let backup = ["systemd-run", "--quiet", "--wait", "--unit=backup", "/bin/false"];
    stage.exec_in_origin(&backup)?.failed()?;
    stage.until(&["systemctl", "is-active", "backup"], |state| state == "failed")
}
