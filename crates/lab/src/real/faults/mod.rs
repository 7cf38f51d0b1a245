//! Faults of a real stage: one file each, named after the cause that it breeds. To add one, write the
//! file and add its name to the list; a second way to the same cause has the cause's name as prefix.
//!
//! A fault breaks a healthy stage that stands, by the commands that break it in life, and returns
//! when the visitor would notice.

use rayfix_core::registry::UnitDoc;

use super::{Raised, Trouble};

/// One way to break a stage that stands.
#[derive(Debug)]
pub struct Fault {
    /// The name of the cause that should be found on the origin.
    pub breeds: &'static str,
    /// The name of the cause that should be found from outside; `None` where a few visits need not
    /// meet the fault at all.
    pub from_outside: Option<&'static str>,
    /// The status that visitors of https then get, of some visits at least.
    pub shows: u16,
    /// Breaks a healthy stage.
    pub break_it: fn(&Raised) -> Result<(), Trouble>,
}

/// The fault of a name, with `-` or `_`.
#[must_use]
pub fn find(name: &str) -> Option<&'static (UnitDoc, &'static Fault)> {
    let file = name.replace('-', "_");
    ALL.iter().find(|(doc, _)| doc.file == file)
}

rayfix_core::units! { Fault;
    // net
    net_listens_on_loopback_only,
    net_firewall_blocks_cloudflare,
    net_firewall_blocks_cloudflare_partly,
    // tls
    tls_certificate_expired,
    tls_certificate_not_reloaded,
    // proxy
    proxy_stopped,
    proxy_config_invalid,
    proxy_upstream_refused,
    proxy_upstream_socket_missing,
    proxy_upstream_socket_forbidden,
    proxy_upstream_timeout,
    proxy_upstream_closed_early,
    proxy_upstream_header_too_large,
    // app
    app_stopped,
    app_killed,
    app_boot_failed,
    app_crash_looping,
    app_worker_timeout,
    app_listens_elsewhere,
    // host
    host_disk_full,
}
