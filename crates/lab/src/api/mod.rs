//! The emulated Cloudflare API: an account with its zones on the loopback, which remembers what is changed.
//!
//! It answers as the service was seen to answer: the same envelope, codes, paging, limits and permissions.
//! An [`Operation`] is one row of a table (`operations/`, one file per area); the gate in front of them knows
//! tokens, and the server only carries. [`State`] is plain data, so a stage may set up any account and look
//! at it afterwards. What is not here: quotas of plans, and whatever no part of rayfix asks for.

mod asked;
mod envelope;
mod gate;
mod grant;
mod graphql;
pub mod ids;
mod limits;
mod operations;
mod route;
mod sample;
mod server;
mod state;
mod things;
mod trouble;

pub use self::asked::Asked;
pub use self::envelope::Reply;
pub use self::grant::{Grant, GrantKind, GrantStatus, Permissions, Reach};
pub use self::limits::Limits;
pub use self::route::{Operation, Scope};
pub use self::sample::sample;
pub use self::server::{Emulated, Logged};
pub use self::state::{Account, Changed, Ips, OnRecords, OnSsl, State, Zone};
pub use self::things::Tunnel;
pub use self::trouble::{Trouble, TroubleKind};
