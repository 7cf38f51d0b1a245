//! The connector cannot be started again, since its token is gone.
//!
//! # What breaks
//! The unit reads its token from a file, which is deleted before the next restart: exit status 255.
//!
//! # As in real life
//! A second `cloudflared service install TOKEN` deletes `/etc/cloudflared/token` and fails; the
//! outage comes with the next restart, hours or weeks later (recorded with release 2026.8.2).
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tunnel-connector-stopped",
    from_outside: Some("tunnel-down"),
    shows: 530,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let unit = "/etc/systemd/system/cloudflared.service";
    stage.write("/etc/cloudflared/token", "600", super::TOKEN.as_bytes())?;
    stage.replace(
        unit,
        "--config /etc/cloudflared/config.yml tunnel run",
        "tunnel run --token-file /etc/cloudflared/token",
    )?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "cloudflared"])?;
    super::connected(stage)?;
    stage.order(&["rm", "/etc/cloudflared/token"])?;
    super::begin_again(stage)?;
    super::failed(stage)
}
