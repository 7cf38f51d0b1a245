//! Another site on the same web server is down.
//!
//! # What it looks like
//! Its app is gone, and visitors of it meet 502 all the time: nginx's error log is full of that, a
//! moment ago.
//!
//! # As in real life
//! A site of last year's campaign, which nobody has missed yet.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    let other = b"server {\n    listen 80;\n    server_name old.example.test;\n    \
        location / { proxy_pass http://127.0.0.1:9000; }\n}\n";
    stage.write("/etc/nginx/sites-enabled/old", "644", other)?;
    stage.reload_proxy()?;
    for _ in 0..20 {
        stage.order(&STATUS)?;
    }
    Ok(())
}

/// Visits the other site on the host itself.
const STATUS: [&str; 9] = [
    "curl",
    "-s",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "-H",
    "Host: old.example.test",
    "http://127.0.0.1/",
];
