//! A bought certificate is shown without the bundle that came with it.
//!
//! # What breaks
//! nginx shows the leaf alone; the authority's intermediate lies in a file beside it.
//!
//! # As in real life
//! The authority sent an archive with `shop.crt` and `ca-bundle.crt`, and nginx was given the first.
use super::{Fault, SITE};
use crate::pki::Certificate;
use crate::real::{CERTIFICATES, Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-chain-incomplete",
    from_outside: Some("tls-chain-incomplete"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let [leaf, bundle] = stage.bought_certificate(Certificate::Good)?;
    stage.write("/etc/ssl/shop/shop.crt", "644", leaf.as_bytes())?;
    stage.write("/etc/ssl/shop/ca-bundle.crt", "644", bundle.as_bytes())?;
    stage.replace(SITE, &format!("{CERTIFICATES}/fullchain.pem"), "/etc/ssl/shop/shop.crt")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
