//! The pretending part of rayfix: a whole world on the loopback, with an emulated Cloudflare edge,
//! origins that misbehave on the wire, and a name server.
//!
//! A [`Stage`] describes a world as plain data. [`Stage::raise`] brings it up; it needs no privilege
//! and no network, and dropping the [`Raised`] stage takes it down. [`faults`] break a healthy stage
//! in one way each, named after the cause that should be found; [`lookalikes`] make it look broken
//! where nothing is to blame. Lab judges nothing. `real` is the other kind of world: it needs root, and
//! its origin is a booted Debian.
//!
//! ```no_run
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! use rayfix_lab::{Stage, faults};
//!
//! let (doc, fault) = faults::find("tls-certificate-expired").ok_or("it is on the list")?;
//! let mut stage = Stage::healthy();
//! (fault.break_it)(&mut stage);
//! let raised = stage.raise().await?;
//! assert_eq!(doc.name(), "tls-certificate-expired");
//! assert!(!raised.detours.is_empty());
//! # Ok(())
//! # }
//! ```

pub mod account;
pub mod api;
pub(crate) mod edge;
pub mod estate;
pub mod faults;
#[cfg(target_os = "linux")]
pub mod filter;
pub mod lookalikes;
pub mod origins;
pub mod pki;
pub mod raise;
pub mod reach;
#[cfg(target_os = "linux")]
pub mod real;
pub mod stage;
pub mod wire;
pub mod zone;

pub use raise::{RaiseError, Raised};
pub use stage::Stage;
