//! Several things at once on a real stage: two faults, or a fault beside a distraction.

use rayfix_core::registry::UnitDoc;

use super::faults::{self, Fault};
use super::lookalikes::{self, Lookalike};

type Row<T> = &'static (UnitDoc, &'static T);

/// Two faults at once, which do not explain each other: both are to be named. Each is the
/// name of a fault; the first is staged first.
const PAIRS: &[(&str, &str)] = &[
    ("tls_certificate_expired", "app_stopped"),
    ("app_crash_looping", "tls_certificate_not_reloaded"),
    ("net_firewall_blocks_cloudflare", "app_boot_failed"),
    ("net_listens_on_loopback_only", "app_killed"),
    ("proxy_config_invalid", "app_stopped"),
    ("proxy_upstream_refused", "tls_certificate_expired"),
];

/// A distraction, and the fault that is to be found beside it. Each is a name.
const DISTRACTED: &[(&str, &str)] = &[
    ("old_errors_in_the_log", "app_stopped"),
    ("old_errors_in_the_log", "net_listens_on_loopback_only"),
    ("unrelated_units_down", "app_boot_failed"),
    ("broken_edit_not_reloaded", "app_killed"),
    ("another_site_down", "proxy_upstream_socket_forbidden"),
    ("dead_member_rescued", "tls_certificate_expired"),
    ("disk_nearly_full", "app_boot_failed_exec_missing"),
    ("app_restarted_just_now", "tls_certificate_not_reloaded"),
    ("locked_down_firewall", "app_listens_elsewhere"),
];

/// Two faults at once, in the order in which they are staged.
///
/// # Panics
/// When a name on the list is none, which a test of this file excludes.
pub fn pairs() -> impl Iterator<Item = (Row<Fault>, Row<Fault>)> {
    PAIRS.iter().map(|(first, second)| (fault(first), fault(second)))
}

/// A distraction and a fault, in the order in which they are staged.
///
/// # Panics
/// When a name on the list is none, which a test of this file excludes.
pub fn distracted() -> impl Iterator<Item = (Row<Lookalike>, Row<Fault>)> {
    DISTRACTED.iter().map(|(beside, name)| {
        let beside = lookalikes::find(beside).expect("a distraction is on the list of look-alikes");
        (beside, fault(name))
    })
}

fn fault(name: &str) -> Row<Fault> {
    faults::find(name).expect("what is mixed is on the list of faults")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_a_fault_or_a_look_alike() {
        assert_eq!(pairs().count(), PAIRS.len());
        assert_eq!(distracted().count(), DISTRACTED.len());
    }
}
