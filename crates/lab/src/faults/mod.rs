//! Faults: one file each, named after the cause that it breeds. To add one, write the file and add
//! its name to the list; a second way to the same cause has the cause's name as prefix.
//!
//! A fault turns a healthy stage into one whose first finding should be its cause. It sets the SSL
//! mode that it needs; where it sets none, it holds in mode strict.

use rayfix_core::causes::Cause;
use rayfix_core::registry::UnitDoc;

use crate::stage::Stage;

/// One way to break a stage.
#[derive(Debug)]
pub struct Fault {
    /// What should be found.
    pub breeds: &'static Cause,
    /// Breaks a healthy stage.
    pub break_it: fn(&mut Stage),
}

/// The fault of a name, with `-` or `_`.
#[must_use]
pub fn find(name: &str) -> Option<&'static (UnitDoc, &'static Fault)> {
    let file = name.replace('-', "_");
    ALL.iter().find(|(doc, _)| doc.file == file)
}

/// Causes that no fault breeds, and why not.
pub const UNSTAGED: &[(&str, &str)] = &[(
    "dns-record-not-this-host",
    "the record at Cloudflare can only be read in the account, which is not asked from outside",
)];

rayfix_core::units! { Fault;
    // net
    net_port_closed,
    net_origin_silent,
    // tls
    tls_certificate_expired,
}
