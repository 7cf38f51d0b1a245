//! The service hangs up without an answer.
//!
//! # What breaks
//! A program on port 8001 takes every connection, waits for the request, and closes.
//!
//! # As in real life
//! An app that dies of each request.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault =
    Fault { breeds: "tunnel-service-closed-early", from_outside: None, shows: 502, break_it };

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let program = "import socket\ns = socket.create_server(('127.0.0.1', 8001))\n\
                   while True:\n    c, _ = s.accept()\n    c.recv(65536)\n    c.close()\n";
    stage.write("/srv/hangup.py", "644", program.as_bytes())?;
    stage.order(&["systemd-run", "--unit=hangup", "python3", "/srv/hangup.py"])?;
    stage.until(&["ss", "-ltn"], |said| said.contains("127.0.0.1:8001"))?;
    super::reconfigure(stage, "service: http://localhost:80", "service: http://localhost:8001")?;
    super::connected(stage)
}
