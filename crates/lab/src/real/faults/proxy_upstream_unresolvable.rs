//! nginx looks its upstream up at each request, and the name has no address.
//!
//! # What breaks
//! `proxy_pass` holds a variable, so nginx asks the name server that `resolver` names; that one
//! does not know the name.
//!
//! # As in real life
//! A service in a cloud or in a container went away, and its name with it.
use super::{Fault, SITE};
use crate::real::{Raised, Trouble};

/// The fault.
pub static UNIT: Fault = Fault {
    breeds: "proxy-upstream-unresolvable",
    from_outside: Some("http-origin-answers-5xx"),
    shows: 502,
    break_it,
};

fn break_it(stage: &Raised) -> Result<(), Trouble> {
    let by_name = "resolver 192.0.2.53 valid=1s;\n        \
         set $api api.internal.example.test;\n        \
         proxy_pass http://$api:8000;";
    stage.replace(SITE, "proxy_pass http://shop;", by_name)?;
    stage.order(&["systemctl", "restart", "nginx"]).map(|_| ())
}
