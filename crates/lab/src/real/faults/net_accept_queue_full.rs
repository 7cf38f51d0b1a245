//! The web server accepts no connection any more, and its queue is full.
//!
//! # What breaks
//! nginx is stopped by SIGSTOP, as by a debugger, and connections fill the short queue of port
//! 443; the kernel drops what comes after them.
//!
//! # As in real life
//! A web server that hangs on a disk that does not answer, or that gets more connections than it
//! can take from a short queue.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "net-accept-queue-full",
    from_outside: Some("net-origin-silent"),
    shows: 522,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(SITE, "443 ssl;", "443 ssl backlog=2;")?;
    stage.order(&["systemctl", "restart", "nginx"])?;
    stage.order(&["systemctl", "kill", "--signal=SIGSTOP", "nginx"])?;
    stage.order(&["python3", "-c", FILL]).map(|_| ())
}

/// Connects until nobody answers any more. A connection that nobody has accepted stays in the queue
/// after its other end is gone.
const FILL: &str = r#"
import socket
for place in ("127.0.0.1", 443), ("::1", 443):
    try:
        for _ in range(20):
            socket.create_connection(place, timeout=0.5)
    except TimeoutError:
        pass
    else:
        raise SystemExit("the queue has no end")
"#;
