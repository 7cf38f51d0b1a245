//! nginx: its files, and which of its servers and locations answers for a host, a port and a path.
//!
//! [`Config::read`] reads, [`Config::serve`] answers. Checked against the program itself: for every
//! request of `crates/lab/tests/nginx.rs` the real nginx names the same server and location.

mod addresses;
pub mod command;
pub(super) mod glob;
mod layout;
pub mod lexer;
mod listen;
mod load;
mod locate;
mod names;
mod pass;
mod pattern;
pub mod rehearse;
mod request;
mod script;
mod serve;
mod served;
mod settings;
mod tree;
pub mod values;
mod walk;

pub use self::layout::Layout;
pub use self::listen::{Address, Listener};
pub use self::load::{Files, Limits, Loaded, ReadError, load};
pub use self::names::ChosenBy;
pub use self::request::{Ask, Door};
pub use self::serve::{Config, Unserved};
pub use self::served::{
    Block, Given, Group, LeadsTo, Member, Pass, PassLimits, PeerAddress, Peers, Rival, Route,
    Served, Speaks, UpstreamTls,
};
pub use self::settings::{
    Access, AccessLog, Certificate, Client, ErrorLog, ErrorPage, Logs, Process, Rule, Ruling,
    ServerTls,
};
pub use self::tree::{Children, Directive, Tree};

#[cfg(test)]
mod serve_tests;
#[cfg(test)]
pub(crate) mod tests;
