//! The connector's configuration cannot be read.
//!
//! # What breaks
//! A tab takes the place of spaces in `config.yml`; the next start fails.
//!
//! # As in real life
//! An edit by hand, noticed only after a reboot.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tunnel-config-invalid",
    from_outside: Some("tunnel-down"),
    shows: 530,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    super::reconfigure(stage, "  - service: http_status:404", "\t- service: http_status:404")?;
    super::failed(stage)
}
