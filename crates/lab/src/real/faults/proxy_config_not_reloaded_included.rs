//! A tool wrote the app's new port into a file of its own, which nginx includes and did not read.
//!
//! # What breaks
//! The group of upstreams stands in `conf.d/upstream.conf`. The app listens on port 8001 now, as that
//! file says; nginx still asks port 8000.
//!
//! # As in real life
//! A deploy that changes colours: each release gets the other port, the tool writes the file, and its
//! reload was lost.
use super::proxy_config_not_reloaded::until_nginx_has_run_a_while;
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-config-not-reloaded",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

const INCLUDED: &str = "/etc/nginx/conf.d/upstream.conf";

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let group = "upstream shop {\n    server unix:/run/shop/shop.sock;\n}\n";
    stage.replace(SITE, group, "")?;
    stage.write(INCLUDED, "0644", b"upstream shop {\n    server 127.0.0.1:8000;\n}\n")?;
    stage.order(&["systemctl", "restart", "nginx"])?;
    stage.replace(SERVICE, "unix:/run/shop/shop.sock", "127.0.0.1:8001")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    until_nginx_has_run_a_while(stage)?;
    stage.replace(INCLUDED, "127.0.0.1:8000", "127.0.0.1:8001")
}
