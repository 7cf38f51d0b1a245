//! Something that is no web server listens on port 443.
//!
//! # What breaks
//! A connection to 443 is greeted with the banner of an SSH server.
//!
//! # As in real life
//! sshd was moved to 443 to get through a company's firewall, and the record points at that
//! machine.
use rayfix_core::causes::tls_not_spoken;

use super::Fault;
use crate::stage::{Opening, Stage};

/// The fault.
pub static UNIT: Fault = Fault { breeds: &tls_not_spoken::UNIT, break_it };

fn break_it(stage: &mut Stage) {
    stage.origin().tls.opening =
        Opening::Says(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n".to_vec());
}
