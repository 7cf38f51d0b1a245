//! nginx lets in the addresses that its list names, and Cloudflare's are not among them.
//!
//! # What breaks
//! The site's location allows the origin's own addresses and denies all others: 403.
//!
//! # As in real life
//! A list from before the move behind Cloudflare, when visitors came with their own addresses.
use super::{Fault, SITE};
use crate::real::{ORIGIN_V4, ORIGIN_V6, Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "http-origin-denies-cloudflare", from_outside: None, shows: 403, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let list = format!(
        "    location / {{\n        allow {ORIGIN_V4};\n        allow {ORIGIN_V6};\n        deny all;\n"
    );
    stage.replace(SITE, "    location / {\n", &list)?;
    stage.reload_proxy()
}
