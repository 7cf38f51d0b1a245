//! fail2ban runs, and has banned somebody else.
//!
//! # What it looks like
//! A jail for the web server with two bans, in whose chain packets to the web's ports are looked at.
//!
//! # As in real life
//! fail2ban at work, where nginx logs the visitors' own addresses.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

const JAIL: &str = "[DEFAULT]\nbackend = polling\nbanaction = iptables-multiport\n\
     [sshd]\nenabled = false\n[web]\nenabled = true\nfilter = nginx-http-auth\nport = http,https\n\
     logpath = /var/log/nginx/error.log\n";

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.write("/etc/fail2ban/jail.local", "644", JAIL.as_bytes())?;
    stage.order(&["systemctl", "start", "fail2ban"])?;
    stage.until(&["fail2ban-client", "ping"], |says| says == "Server replied: pong")?;
    stage.until(&["fail2ban-client", "status", "web"], |says| says.contains("Banned"))?;
    for address in ["192.0.2.9", "185.220.101.4"] {
        stage.order(&["fail2ban-client", "set", "web", "banip", address])?;
    }
    stage.until(&["iptables-save"], |rules| rules.contains("185.220.101.4"))
}
