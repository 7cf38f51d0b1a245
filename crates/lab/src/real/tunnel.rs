//! A tunnel's connector on the staged origin, as `cloudflared service install` leaves it behind.
//!
//! The real program is in no package archive; `lab/real/tunnel/cloudflared` stands in for it, and
//! says what it leaves out. Unit, configuration and credentials are where the installer puts them.

use super::{HOST, Raised, TUNNEL_EDGE, TUNNEL_SECRET, Trouble};

const PROGRAM: &[u8] = include_bytes!("../../real/tunnel/cloudflared");
const UNIT: &[u8] = include_bytes!("../../real/tunnel/cloudflared.service");
const CONFIG: &[u8] = include_bytes!("../../real/tunnel/config.yml");
const CREDENTIALS: &[u8] = include_bytes!("../../real/tunnel/credentials.json");

/// The connector's configuration.
pub(super) const CONFIG_FILE: &str = "/etc/cloudflared/config.yml";
const CREDENTIALS_FILE: &str = "/etc/cloudflared/6ff42ae2-765d-4adf-8112-31c55c1551ef.json";

/// Installs and starts it; returns when the tunnel is up.
pub(super) fn install(stage: &Raised) -> Result<(), Trouble> {
    debug_assert!(String::from_utf8_lossy(CONFIG).contains(HOST));
    debug_assert!(String::from_utf8_lossy(CREDENTIALS).contains(TUNNEL_SECRET));
    let hosts = stage.order(&["cat", "/etc/hosts"])?;
    let names = "region1.v2.argotunnel.com region2.v2.argotunnel.com";
    stage.write("/etc/hosts", "644", format!("{hosts}{TUNNEL_EDGE} {names}\n").as_bytes())?;
    stage.write("/usr/bin/cloudflared", "755", PROGRAM)?;
    stage.write("/etc/systemd/system/cloudflared.service", "644", UNIT)?;
    stage.write(CONFIG_FILE, "644", CONFIG)?;
    stage.write(CREDENTIALS_FILE, "400", CREDENTIALS)?;
    stage.order(&["systemctl", "enable", "--now", "--quiet", "cloudflared"])?;
    let ready = ["curl", "-s", "http://127.0.0.1:20241/ready"];
    stage.until(&ready, |said| said.contains("\"readyConnections\":4"))
}
