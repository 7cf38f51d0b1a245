//! nginx speaks TLS to an app that speaks none.
//!
//! # What breaks
//! The app listens on port 8000 in plain text and answers 400 to what is no HTTP; `proxy_pass`
//! says `https://`.
//!
//! # As in real life
//! "Everything over https" was taken to mean the last metre as well.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-tls-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let reply = r"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    stage.put_behind_nginx(&format!(
        "    connection.recv(65536)\n    connection.sendall(b'{reply}')\n    connection.close()"
    ))?;
    stage.replace(SITE, "proxy_pass http:", "proxy_pass https:")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
