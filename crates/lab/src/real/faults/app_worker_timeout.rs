//! The app takes longer than gunicorn lets it.
//!
//! # What breaks
//! The page takes a minute; gunicorn ends a worker that takes more than a second, and with it the
//! connection; nginx answers 502.
//!
//! # As in real life
//! A query became slow, or a service that the page asks hangs. gunicorn allows 30 seconds by
//! default; here it is less, so that tests are short.
use super::Fault;
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "app-worker-timeout",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.replace(
        "/srv/shop/shop.py",
        "    start_response",
        "    import time\n    time.sleep(60)\n    start_response",
    )?;
    // Two seconds: a worker must be able to start within them on a busy machine too. Unbuffered, since gunicorn writes
    // its log in the handler of a signal, and dies where one comes while it writes: several workers are killed at once.
    let (workers, more) = ("--workers 2", "--workers 6 --timeout 2");
    stage.replace("/etc/systemd/system/shop.service", workers, more)?;
    let unbuffered = "[Service]\nEnvironment=PYTHONUNBUFFERED=1\n";
    stage.replace("/etc/systemd/system/shop.service", "[Service]\n", unbuffered)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"]).map(|_| ())
}
