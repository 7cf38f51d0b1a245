//! The logs tell of outages that are over.
//!
//! # What it looks like
//! nginx's error log has refusals, time-outs and missing sockets of the site's own upstream, from
//! yesterday and from an hour ago; its access log has the 502s.
//!
//! # As in real life
//! Every log of a host that has been up for a while.
use super::Lookalike;
use crate::real::{Raised, Trouble};

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["python3", "-c", OLD]).map(|_| ())
}

/// Writes lines as nginx 1.22.1 writes them (captured), an hour and a day old.
const OLD: &str = r#"
import time
now = time.time()
ends = (
    "connect() to unix:/run/shop/shop.sock failed (2: No such file or directory) while connecting to upstream",
    "connect() to unix:/run/shop/shop.sock failed (111: Connection refused) while connecting to upstream",
    "upstream timed out (110: Connection timed out) while reading response header from upstream",
    "upstream prematurely closed connection while reading response header from upstream",
)
with open("/var/log/nginx/error.log", "a") as errors, open("/var/log/nginx/access.log", "a") as visits:
    for ago in (86400, 3700):
        for count in range(400):
            then = time.localtime(now - ago + count / 10)
            stamp = time.strftime("%Y/%m/%d %H:%M:%S", then)
            errors.write(f"{stamp} [error] 90#90: *{count} {ends[count % 4]}, client: 172.64.0.77, "
                'server: shop.example.test, request: "GET / HTTP/1.1", '
                'upstream: "http://unix:/run/shop/shop.sock:/", host: "shop.example.test"\n')
            stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", then)
            visits.write(f'172.64.0.77 - - [{stamp}] "GET / HTTP/1.1" 502 157 "-" "curl/7.88.1"\n')
"#;
