//! What the API can be asked for: one file per area, each with its rows; a new area is a file and two lines.

mod accounts;
mod ips;
mod page_rules;
pub(super) mod records;
mod rulesets;
pub(super) mod settings;
mod verify;
mod zones;

use super::route::Operation;

/// All rows.
pub(super) const TABLES: &[&[Operation]] = &[
    accounts::OPERATIONS,
    ips::OPERATIONS,
    page_rules::OPERATIONS,
    records::OPERATIONS,
    rulesets::OPERATIONS,
    settings::OPERATIONS,
    verify::OPERATIONS,
    zones::OPERATIONS,
];
