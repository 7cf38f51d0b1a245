//! The Cloudflare API: a small client of our own, for the questions and the changes that this program needs.
//!
//! No crate covers them (most lack settings, configurations of tunnels, rulesets, counts). Reads are tried
//! again; a write only if not a byte of it was sent. What the API refuses is an answer, told apart by kind.
//!
//! [`Client`] speaks; what can be said is in [`calls`]. One try is in `transport`, all tries of a call in
//! `tries`, limits in `limits`, lists in `pages`.

pub mod calls;

mod base;
mod call;

mod client;
mod limits;
mod pages;
mod token;
mod transport;
mod tries;
mod unreached;

pub use self::call::{Call, Method};
pub use self::client::{Api, Client, ClientError};
pub use self::token::{Token, TokenError};
