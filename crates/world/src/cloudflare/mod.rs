//! The Cloudflare API: a small client of our own, for the questions and the changes that this program needs.
//!
//! No crate covers them (most lack settings, configurations of tunnels, rulesets, counts). Reads are tried
//! again; a write only if not a byte of it was sent. What the API refuses is an answer, told apart by kind.

mod client;
mod token;

pub use self::client::{Api, Call, Client, ClientError, Method};
pub use self::token::{Token, TokenError};
