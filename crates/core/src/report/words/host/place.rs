//! Words for what this machine is.

use crate::evidence::host::{Known, Place};
use crate::report::guard::quote;

pub(super) fn sentence(place: &Place) -> String {
    let why = match place.known {
        Known::Told => "is the origin, as --on-origin says",
        Known::Address => "has an address of the origin",
        Known::Proxy => "has a web server that is set up for the site",
        Known::Connector => "has a tunnel's connector that is set up for the site",
    };
    let container = match &place.container {
        Some(container) => format!(", a container ({}),", quote(container)),
        None => ",".to_owned(),
    };
    let root = if place.root {
        ""
    } else {
        "; it was looked into without root, so some of it stays unseen"
    };
    format!("this machine, {}{container} {why}{root}", quote(&place.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_why_this_machine_is_the_origin_and_what_stays_unseen() {
        let place = Place {
            name: "web1".to_owned(),
            known: Known::Proxy,
            addresses: vec![],
            root: true,
            systemd: true,
            booted: None,
            container: None,
        };
        assert_eq!(
            sentence(&place),
            "this machine, `web1`, has a web server that is set up for the site"
        );
        let inner =
            Place { container: Some("lxc".to_owned()), root: false, known: Known::Told, ..place };
        assert_eq!(
            sentence(&inner),
            "this machine, `web1`, a container (`lxc`), is the origin, as --on-origin says; it was looked \
             into without root, so some of it stays unseen"
        );
    }
}
