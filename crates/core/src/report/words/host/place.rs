//! Words for what this machine is.

use crate::evidence::host::{Known, Place};
use crate::report::guard::quote;

pub(super) fn sentence(place: &Place) -> String {
    let why = match place.known {
        Known::Told => "is the origin, as --on-origin says",
        Known::Address => "has an address of the origin",
        Known::Proxy => "has a web server that is set up for the site",
        Known::Connector => "has a tunnel's connector that is set up for the site",
    };
    let root = if place.root { "" } else { "; it was looked into without root" };
    format!("this machine, {}, {why}{root}", quote(&place.name))
}
