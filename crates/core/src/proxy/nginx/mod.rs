//! nginx: its files, and which of its servers and locations answers for a host, a port and a path.

mod glob;
pub mod layout;
pub mod lexer;
pub mod load;
pub mod tree;

pub use self::layout::Layout;
pub use self::load::{Files, Limits, Loaded, ReadError, load};
pub use self::tree::{Directive, Tree};

#[cfg(test)]
mod tests;
