//! The certificate is self-signed, and certbot is there.
//!
//! # What breaks
//! nginx shows a certificate that signed itself; certbot has an account and was never asked for this site. The edge
//! is in mode strict.
//!
//! # As in real life
//! A second site was set up in a hurry, beside one that certbot takes care of.
use super::{Fault, SITE};
use crate::pki::Certificate;
use crate::real::{CERTIFICATES, Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "tls-certificate-self-signed",
    from_outside: Some("tls-certificate-self-signed"),
    shows: 526,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    stage.meet_authority()?;
    stage.install_certificate(Certificate::SelfSigned)?;
    stage.order(&["cp", "-rT", CERTIFICATES, "/etc/ssl/shop"])?;
    stage.order(&["rm", "-r", CERTIFICATES])?;
    stage.replace(SITE, CERTIFICATES, "/etc/ssl/shop")?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
