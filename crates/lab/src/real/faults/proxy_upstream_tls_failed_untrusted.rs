//! nginx does not trust the certificate of the app.
//!
//! # What breaks
//! The app shows a certificate that it made for itself; nginx checks it, and knows the public
//! authorities only.
//!
//! # As in real life
//! The app's internal certificate was made anew, and nginx was not told.
use super::{Fault, SERVICE, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-tls-failed",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&[
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        "/srv/shop/key.pem",
        "-out",
        "/srv/shop/cert.pem",
    ])?;
    stage.order(&["chown", "shop", "/srv/shop/key.pem"])?;
    let with_tls = "127.0.0.1:8000 --certfile cert.pem --keyfile key.pem";
    stage.replace(SERVICE, "unix:/run/shop/shop.sock", with_tls)?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "shop"])?;
    let checked = "proxy_ssl_verify on;\n        proxy_ssl_name localhost;\n        \
         proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;\n        \
         proxy_pass https://127.0.0.1:8000;";
    stage.replace(SITE, "proxy_pass http://shop;", checked)?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
