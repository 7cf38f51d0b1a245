//! The app serves for a moment and dies, again and again.
//!
//! # What breaks
//! The app comes up and serves, and something in its background takes it down, the last time after
//! six seconds; its unit says `Restart=always`, and after three starts systemd gives up.
//!
//! # As in real life
//! The connection to a queue or a cache fails, and with it the whole program; whoever restarts it by
//! hand sees it work.
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-crash-looping",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

/// Serves the same app, until its background fails.
const SERVE: &[u8] = br#"import os, threading, time, traceback
from wsgiref.simple_server import make_server
from shop import app

def background():
    with open("/var/lib/shop/starts", "a+") as starts:
        starts.write("x")
        starts.flush()
        time.sleep(6 if starts.tell() == 3 else 0.3)
    try:
        raise ConnectionError("the queue at 10.0.0.9 is gone")
    except ConnectionError:
        traceback.print_exc()
        os._exit(1)

threading.Thread(target=background).start()
make_server("127.0.0.1", 8000, app).serve_forever()
"#;

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.write("/srv/shop/serve.py", "644", SERVE)?;
    let old = stage.order(&["grep", "^ExecStart=", SERVICE])?;
    stage.replace(
        SERVICE,
        old.trim(),
        "ExecStart=/usr/bin/python3 serve.py --listen 127.0.0.1:8000",
    )?;
    stage.replace(SERVICE, "Type=notify", "Type=simple\nRestart=always")?;
    stage.replace(SERVICE, "[Unit]", "[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=1min")?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.replace(SITE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
    stage.order(&["systemctl", "restart", "shop", "nginx"])?;
    stage.until(&["systemctl", "is-active", "shop"], |state| state == "failed")
}
