//! Who listens at the address where a proxy looks for the app, and who should.

use serde::{Deserialize, Serialize};

use super::listener::{ListensAt, Program};

/// An address and those who have to do with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Who listens there now.
    pub listening: Option<Program>,
    /// Whether anybody listens there: the program may not be visible.
    pub is_listened: bool,
    /// Units that should listen there, the surest first; at most 5.
    pub claims: Vec<Claim>,
}

/// A unit that should listen at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// `shop.service`.
    pub unit: String,
    /// What says so.
    pub by: Named,
    /// Where that stands: `/etc/systemd/system/shop.service:7`.
    pub at: Option<String>,
    /// The words that say so, without secrets, at most 200 bytes.
    pub words: String,
    /// Where programs of this unit really listen now.
    pub listens: Vec<ListensAt>,
}

/// What ties a unit to an address, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    /// A program of the unit listens there.
    Listens,
    /// The socket unit that starts it.
    SocketUnit,
    /// Its command line.
    CommandLine,
    /// Its environment, or a file with it.
    Environment,
    /// A configuration file that its command line names.
    ConfigFile,
    /// The folder of the socket is made for it (`RuntimeDirectory=`).
    Folder,
    /// Only its name is like the folder's or the socket's.
    Likeness,
}

impl Named {
    /// Whether it names the address itself.
    #[must_use]
    pub fn is_sure(self) -> bool {
        self <= Named::ConfigFile
    }
}
