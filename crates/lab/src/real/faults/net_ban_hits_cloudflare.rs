//! fail2ban bans addresses of Cloudflare's.
//!
//! # What breaks
//! A jail for the web server, by whose command eight of the addresses are banned that the edge dials from.
//!
//! # As in real life
//! nginx logs the address that a connection comes from, which is Cloudflare's, and fail2ban reads that log.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "net-ban-hits-cloudflare", from_outside: None, shows: 521, break_it };

const JAIL: &str = "[DEFAULT]\nbackend = polling\nbanaction = iptables-multiport\n\
     [sshd]\nenabled = false\n[web]\nenabled = true\nfilter = nginx-http-auth\nport = http,https\n\
     logpath = /var/log/nginx/error.log\n";

/// Of each third range the one that the edge dials from.
pub(super) const BANNED: [&str; 8] = [
    "173.245.48.77",
    "103.31.4.77",
    "190.93.240.77",
    "198.41.128.77",
    "104.24.0.77",
    "2400:cb00::4d",
    "2405:b500::4d",
    "2c0f:f248::4d",
];

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.write("/etc/fail2ban/jail.local", "644", JAIL.as_bytes())?;
    stage.order(&["systemctl", "start", "fail2ban"])?;
    stage.until(&["fail2ban-client", "ping"], |says| says == "Server replied: pong")?;
    stage.until(&["fail2ban-client", "status", "web"], |says| says.contains("Banned"))?;
    for address in BANNED {
        stage.order(&["fail2ban-client", "set", "web", "banip", address])?;
    }
    // The server bans a moment later, by itself.
    let rules = "nft list ruleset; iptables-save; ip6tables-save";
    stage.until(&["sh", "-c", rules], |rules| BANNED.iter().all(|address| rules.contains(address)))
}
