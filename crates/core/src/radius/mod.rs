//! The blast radius of a zone's SSL mode: what visitors of each record get in each mode.
//!
//! The mode is one switch for the whole zone, and behind it stand origins that nobody has looked at for years. World
//! asks every origin as the edge would ask it (`seen`); [`judge`] says what each mode makes of the answers;
//! [`Report`] holds the zone's mode against another one, record by record, and [`tell`] puts it into words.
//! Nothing in here changes anything.

mod change;
mod judge;
mod leads;
mod pins;
mod report;
mod seen;
pub mod tell;
#[cfg(test)]
mod tests;

pub use self::change::{Change, change};
pub use self::judge::{Outcome, fetched, judge, needed, why};
pub use self::leads::{Lead, is_originless, lead};
pub use self::pins::{Detour, Overrides, Pin, PinnedBy};
pub use self::report::{Cell, Counts, Report, Row, Verdict};
pub use self::seen::{
    Aside, DoorSeen, Doubt, Habits, Leads, OriginSeen, RecordAsked, ReplySeen, Said, ZoneAsked,
};
