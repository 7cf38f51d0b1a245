//! What the API can be asked for: one file per area, each with its rows; a new area is a file and two lines.

mod access_rules;
mod accounts;
pub(super) mod audit;
mod certificates;
mod custom_pages;
mod graphql;
pub(super) mod healthchecks;
mod ips;
mod logpush;
mod notifications;
pub(super) mod origin_pulls;
mod page_rules;
mod pem;
pub(super) mod pools;
mod purge;
pub(super) mod records;
mod rulesets;
pub(super) mod settings;
mod shelf;
mod traceroute;
pub(super) mod trust_store;
pub(super) mod tunnels;
mod verify;
mod zones;

use super::route::Operation;

/// All rows.
pub(super) const TABLES: &[&[Operation]] = &[
    access_rules::OPERATIONS,
    accounts::OPERATIONS,
    audit::OPERATIONS,
    certificates::OPERATIONS,
    custom_pages::OPERATIONS,
    graphql::OPERATIONS,
    healthchecks::OPERATIONS,
    ips::OPERATIONS,
    logpush::OPERATIONS,
    notifications::OPERATIONS,
    origin_pulls::OPERATIONS,
    page_rules::OPERATIONS,
    pools::OPERATIONS,
    purge::OPERATIONS,
    records::OPERATIONS,
    rulesets::OPERATIONS,
    settings::OPERATIONS,
    traceroute::OPERATIONS,
    trust_store::OPERATIONS,
    tunnels::OPERATIONS,
    verify::OPERATIONS,
    zones::OPERATIONS,
];
