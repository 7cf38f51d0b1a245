//! The proxy on the origin, as its configuration says it is: who answers for a host, and where it
//! leads.
//!
//! World hands over the bytes of files; nothing in here opens one. Every statement carries the file
//! and the line that it stands on, since that is what a person opens next. What a configuration
//! leaves open until a request comes (a variable, a file that may exist) is told as such, never
//! guessed.

pub mod apache;
pub mod caddy;
pub mod haproxy;
pub mod nginx;
pub mod sketch;

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct At {
    /// The path of the file, as the proxy names it after its includes were followed.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A setting in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated<T> {
    /// What is in force.
    pub value: T,
    /// Where it is stated; absent if it is the proxy's own default.
    pub at: Option<At>,
}

impl<T> Stated<T> {
    /// What the proxy does where nothing is stated.
    pub fn default_of(value: T) -> Self {
        Stated { value, at: None }
    }
}

/// Something that a reader of the configuration should know: what could not be read, or what the
/// proxy itself would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Where, if it has a place.
    pub at: Option<At>,
    /// A sentence.
    pub text: String,
}
