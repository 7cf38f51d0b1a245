//! The emulated API by raw HTTP: what it refuses and how, pages, limits, trouble, and that it remembers.

mod ask;
mod page_rules;
mod paging;
mod records;
mod refusals;
mod rulesets;
mod settings;
mod trouble;
