//! A certificate of certbot's has expired.
//!
//! # What breaks
//! The site's certificate was got by `certbot --nginx` and expired three days ago; certbot's timer is off. The edge
//! is in mode strict.
//!
//! # As in real life
//! The server was restored from an image, or certbot came by another way than the package: nothing starts the
//! renewal.
use super::Fault;
use crate::pki::Certificate;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-certificate-expired",
    from_outside: Some("tls-certificate-expired"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.certify()?;
    stage.replace_lineage(Certificate::Expired { days_ago: 3 })?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
