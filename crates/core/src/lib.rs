//! The thinking part of rayfix: from readings to a diagnosis, and from a diagnosis to words.
//!
//! Nothing in this crate opens a socket or a file, reads the clock or the environment, or waits.
//! World asks and returns [`evidence`]; [`diagnose`](diagnose::diagnose) lays it out along the way
//! from the visitor to the app ([`scene`]), lets every cause in [`causes`] judge it, and ranks what
//! they say; [`report`] tells it.

pub mod case;
pub mod causes;
pub mod diagnose;
pub mod diagnosis;
pub mod evidence;
pub mod explain;
pub mod hop;
pub mod notes;
pub mod protocol;
pub mod ranges;
pub mod redact;
pub mod registry;
pub mod report;
pub mod scene;
pub mod target;
