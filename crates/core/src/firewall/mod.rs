//! What this host's packet filter does with connections from each address, without waiting for one.
//!
//! A [`Snapshot`] of what the host's tools say is read into a [`model::Ruleset`] and its
//! [`Surroundings`]; [`Firewall::rule`] then sends a set of addresses through all of it at once, four
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
        ruleset.troubles.extend(untold(snapshot));
        Firewall { ruleset, surroundings: Surroundings::read(snapshot) }
    }
}

/// What was not told, and whether rules may be missing for it: "not asked" is never "none".
fn untold(snapshot: &Snapshot) -> Vec<model::Trouble> {
    let rules = [
        Input::NftJson,
        Input::Iptables,
        Input::Ip6tables,
        Input::IptablesLegacy,
        Input::Ip6tablesLegacy,
    ];
    let trouble = |input: Input, why: String, rules_missing| model::Trouble {
        input: input.file().to_owned(),
        why,
        rules_missing,
    };
    let mut found = Vec::new();
    for input in rules {
        if let Some(Got::Missing(why)) = snapshot.inputs.get(&input) {
            // What iptables adds to nft's listing is missed where a rule needs it.
            let needed = !matches!(input, Input::Iptables | Input::Ip6tables);
            found.push(trouble(input, why.clone(), needed));
        }
    }
    if rules.iter().all(|input| !snapshot.inputs.contains_key(input)) {
        found.push(trouble(Input::NftJson, "no rules were told".to_owned(), true));
    } else if !snapshot.inputs.contains_key(&Input::NftJson) {
        let why = "it was not told, so rules of nft's own are not seen".to_owned();
        found.push(trouble(Input::NftJson, why, false));
    }
    found
}
