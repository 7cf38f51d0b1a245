//! Look-alikes of a real stage: hosts that resemble broken ones, and serve. One file each; nothing is
//! to blame on any of them. Beside a fault they are distractions, which must not be taken for it.

use rayfix_core::registry::UnitDoc;

use super::faults::{SERVICE, SITE};
use super::{Raised, Trouble};

/// One way to look broken.
#[derive(Debug)]
pub struct Lookalike {
    /// Sets a healthy stage.
    pub set: fn(&Raised) -> Result<(), Trouble>,
}

/// The look-alike of a name, with `-` or `_`.
#[must_use]
pub fn find(name: &str) -> Option<&'static (UnitDoc, &'static Lookalike)> {
    let file = name.replace('-', "_");
    ALL.iter().find(|(doc, _)| doc.file == file)
}

rayfix_core::units! { Lookalike;
    healthy,
    old_errors_in_the_log,
    locked_down_firewall,
    locked_down_by_ufw,
    drops_for_others,
    switched_off_table,
    bans_of_others,
    unrelated_units_down,
    broken_edit_not_reloaded,
    edited_and_not_reloaded,
    another_site_down,
    dead_member_rescued,
    localhost_in_both_families,
    renewed_and_not_reloaded,
    rotated_logs,
    disk_nearly_full,
    app_restarted_just_now,
    slow_but_fine,
    socket_activated,
}
