//! The edge rejects the connector's secret.
//!
//! # What breaks
//! The secret in the credentials file is another one; the log says `Unauthorized: Invalid tunnel
//! secret`.
//!
//! # As in real life
//! The secret was rotated, and this machine kept the old file.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tunnel-credentials-rejected",
    from_outside: Some("tunnel-down"),
    shows: 530,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let file = "/etc/cloudflared/6ff42ae2-765d-4adf-8112-31c55c1551ef.json";
    stage.replace(file, "bGFiLWxhYi1sYWIt", "b2xkLW9sZC1vbGQt")?;
    super::reconfigure(stage, "protocol: http2", "protocol: http2")?;
    let journal = ["journalctl", "--unit=cloudflared", "--no-pager", "--output=cat"];
    stage.until(&journal, |said| said.contains("Invalid tunnel secret"))
}
