//! The connector cannot be started again, since its user may not read its token.
//!
//! # What breaks
//! The unit runs as a user of its own and reads its token from a file; the file is written anew by root, for root
//! alone, before the next restart: exit status 255.
//!
//! # As in real life
//! A token is renewed with `echo TOKEN > /etc/cloudflared/token` after the old file was deleted.
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
    let token = "/etc/cloudflared/token";
    stage.order(&["useradd", "--system", "--no-create-home", "cloudflared"])?;
    stage.write(token, "600", super::TOKEN.as_bytes())?;
    stage.order(&["chown", "cloudflared:", token])?;
    stage.replace(
        unit,
        "--config /etc/cloudflared/config.yml tunnel run",
        "tunnel run --token-file /etc/cloudflared/token",
    )?;
    stage.replace(unit, "Type=notify\n", "Type=notify\nUser=cloudflared\n")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "cloudflared"])?;
    super::connected(stage)?;
    stage.order(&["chown", "root:", token])?;
    super::begin_again(stage)?;
    super::failed(stage)
}
