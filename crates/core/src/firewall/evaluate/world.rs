//! What may differ between connections that stand at the same rule: a world.
//!
//! Everything but the client's address is concrete within a world, or plainly unknown. Addresses that
//! come to the same world again are joined, so that a rule which cannot be told does not double the work
//! of all that follow it.

use std::collections::BTreeMap;

use super::super::addresses::Pieces;

/// A place that packets go to. `None`: not to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The address's number.
    pub(super) address: Option<u128>,
    /// The port.
    pub(super) port: Option<u16>,
}

/// What holds of all connections of one set of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct World {
    /// The packet's mark; `None`: not to be told.
    pub(super) mark: Option<u32>,
    /// The mark that this host's own packet was routed by last.
    pub(super) routed_by: Option<u32>,
    /// The connection's mark.
    pub(super) connection_mark: Option<u32>,
    /// Where the connection goes by now.
    pub(super) to: Place,
    /// Whether a translation was bound.
    pub(super) translated: bool,
    /// Whether another source was bound.
    pub(super) from_elsewhere: bool,
    /// This packet is not tracked.
    pub(super) untracked: bool,
    /// The kernel keeps an entry of the connection.
    pub(super) entry: bool,
    /// The kernel keeps an entry and has not seen the first answer, which was left untracked.
    pub(super) unanswered: bool,
    /// No limit is exceeded.
    pub(super) nominal: bool,
}

/// Addresses by world.
#[derive(Debug, Clone, Default)]
pub(super) struct Worlds(BTreeMap<World, Pieces>);

impl Worlds {
    pub(super) fn none() -> Worlds {
        Worlds::default()
    }

    pub(super) fn one(world: World, pieces: Pieces) -> Worlds {
        let mut worlds = Worlds::none();
        worlds.add(world, pieces);
        worlds
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, world: World, pieces: Pieces) {
        if !pieces.is_empty() {
            self.0.entry(world).or_default().add(pieces);
        }
    }

    pub(super) fn add_all(&mut self, others: Worlds) {
        if self.0.is_empty() {
            self.0 = others.0;
            return;
        }
        for (world, pieces) in others.0 {
            self.add(world, pieces);
        }
    }

    /// Every set where it stands; what is left empty goes with [`Worlds::tidy`].
    pub(super) fn each(&mut self) -> impl Iterator<Item = (&World, &mut Pieces)> {
        self.0.iter_mut()
    }

    pub(super) fn tidy(&mut self) {
        self.0.retain(|_, pieces| !pieces.is_empty());
    }
}

impl IntoIterator for Worlds {
    type Item = (World, Pieces);
    type IntoIter = std::collections::btree_map::IntoIter<World, Pieces>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
