//! The app's reply has a header line that is none.
//!
//! # What breaks
//! The app writes a space into a header's name; nginx refuses the whole reply.
//!
//! # As in real life
//! A name was put together from a text, such as a file's name.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-malformed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let reply = r#"HTTP/1.1 200 OK\r\nX Powered By: tea\r\nContent-Length: 2\r\n\r\nhi"#;
    stage.put_behind_nginx(&format!(
        "    connection.recv(65536)\n    connection.sendall(b'{reply}')\n    connection.close()"
    ))
}
