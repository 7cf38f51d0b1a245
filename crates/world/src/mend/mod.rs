//! The acting part: a plan carried out step by step, with its undo written first, and taken back if need be.
//!
//! [`Store`] keeps the journals and sees to it that one run goes on at a time; [`hands`] do, undo and compare;
//! [`carry_out`] and [`take_back`] put them together. Whether the site is back is not known here: whoever
//! carries out a plan brings the proof.

#[cfg(test)]
mod apart;
pub mod carry;
mod certificates;
mod doors;
mod drift;
pub mod hands;
pub mod journal;
mod materials;
pub mod recover;
pub mod remembered;
mod sessions;
mod turn;
pub mod watchdog;

pub use self::carry::{Carried, carry_out};
pub use self::hands::active;
pub use self::journal::{Journal, Store, StoreError};
pub use self::materials::materials;
pub use self::recover::{TakenBack, recover, take_back, take_back_if_untouched};
pub use self::turn::Turn;

/// Whether this program runs as root.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
