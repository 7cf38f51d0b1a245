//! The touching part of rayfix: it asks a site, its edge and its origin, and returns what they
//! answered.
//!
//! [`sit`] puts every question of [`probes`] at once, under one deadline, and collects the answers
//! as core's evidence. A refusal, a reset or silence is an answer like any other, so nothing in
//! here fails because of a peer. Whether an answer is good or bad is not known in this crate:
//! core judges.

mod account;
mod dial;
mod exchange;
mod greet;
mod host;
mod lookup;
#[cfg(test)]
mod pretend;
mod sitting;
mod tap;

pub mod clock;
pub mod cloudflare;
pub mod mend;
pub mod probes;
pub mod radius;
pub mod roots;
pub mod setup;
pub mod ssh;

pub use self::host::firewall;
pub use self::setup::{DetourError, Detours, OnOrigin, Progress, Setup};
pub use self::sitting::sit;
