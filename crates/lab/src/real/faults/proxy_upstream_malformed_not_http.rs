//! What nginx asks speaks something that resembles HTTP.
//!
//! # What breaks
//! nginx leads to a radio server, which answers `ICY 200 OK`; nginx takes that for HTTP 0.9 and
//! passes it on as it is.
//!
//! # As in real life
//! A player's stream was put behind the shop's name; or a wrong number in `proxy_pass`, and a mail
//! server greets.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-malformed",
    from_outside: Some("http-reply-malformed"),
    shows: 520,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let reply = r"ICY 200 OK\r\nicy-name: Tea FM\r\n\r\n";
    stage.put_behind_nginx(&format!(
        "    connection.recv(65536)\n    connection.sendall(b'{reply}')\n    connection.close()"
    ))
}
