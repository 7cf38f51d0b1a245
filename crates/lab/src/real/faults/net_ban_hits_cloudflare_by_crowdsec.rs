//! CrowdSec bans addresses of Cloudflare's.
//!
//! # What breaks
//! CrowdSec and its bouncer for nftables run; eight of the addresses are banned that the edge dials from, and the
//! bouncer has them in its sets.
//!
//! # As in real life
//! nginx logs the address that a connection comes from, which is Cloudflare's, and CrowdSec reads that log.
use super::Fault;
use super::net_ban_hits_cloudflare::BANNED;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "net-ban-hits-cloudflare", from_outside: None, shows: 522, break_it };

/// Its makers are not asked for their lists, and its own API is where nobody else listens.
const LOCAL: &str = "db_config:\n  use_wal: true\napi:\n  server:\n    listen_uri: 127.0.0.1:8081\n    online_client:\n      \
     credentials_path: \"\"\nprometheus:\n  enabled: false\n";

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.write("/etc/crowdsec/config.yaml.local", "644", LOCAL.as_bytes())?;
    for (file, from) in [
        ("/etc/crowdsec/local_api_credentials.yaml", "url: http://127.0.0.1:8080"),
        (
            "/etc/crowdsec/bouncers/crowdsec-firewall-bouncer.yaml",
            "api_url: http://127.0.0.1:8080/",
        ),
    ] {
        stage.replace(file, from, &from.replace("8080", "8081"))?;
    }
    stage.order(&["systemctl", "start", "crowdsec"])?;
    for address in BANNED {
        let ban = [
            "cscli",
            "decisions",
            "add",
            "--ip",
            address,
            "--reason",
            "crowdsecurity/http-probing",
        ];
        stage.order(&ban)?;
    }
    stage.order(&["systemctl", "start", "crowdsec-firewall-bouncer"])?;
    // It asks for them every ten seconds.
    let rules = ["nft", "list", "ruleset"];
    stage.until(&rules, |rules| BANNED.iter().all(|address| rules.contains(address)))
}
