//! What this host's packet filter does with connections from each address, without waiting for one.
//!
//! A [`Snapshot`] of what the host's tools say is read into a [`model::Ruleset`] and its
//! [`Surroundings`]; [`Firewall::rule`] then sends a set of addresses through all of it at once, three
//! packets of a connection after each other, and says what becomes of each address and by which rule.
//! What depends on something that cannot be told is unknown for exactly those addresses.
//!
//! ```text
//! Snapshot ─▶ nft, iptables, ipset ─▶ Ruleset ──┐
//!          ─▶ surroundings ─▶ Surroundings ─────┴─▶ evaluate ─▶ Ruling ─▶ tell, propose
//! ```

pub mod addresses;
pub mod evaluate;
pub mod ipset;
pub mod iptables;
pub mod manager;
pub mod model;
pub mod nft;
pub mod propose;
pub mod ruling;
pub mod seen;
pub mod snapshot;
pub mod surroundings;
pub mod tell;

pub use self::addresses::{Family, Numbers};
pub use self::model::Ruleset;
pub use self::ruling::{Asked, Decider, Outcome, Piece, Ruling, Rulings, Walk};
pub use self::snapshot::{Got, Input, Snapshot};
pub use self::surroundings::Surroundings;

/// A host's packet filter and what is around it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Firewall {
    /// Its rules.
    pub ruleset: Ruleset,
    /// Interfaces, routes, listeners.
    pub surroundings: Surroundings,
}

impl Firewall {
    /// Reads all inputs. Never fails: what could not be read is among the troubles.
    #[must_use]
    pub fn read(snapshot: &Snapshot) -> Firewall {
        let mut ruleset = Ruleset::default();
        nft::read(snapshot, &mut ruleset);
        iptables::read(snapshot, &mut ruleset);
        ipset::read(snapshot, &mut ruleset);
        Firewall { ruleset, surroundings: Surroundings::read(snapshot) }
    }
}
