//! Words for the origin that was looked into. The reader may sit elsewhere (`--ssh`), so it goes by its
//! name and never as "this machine".

use crate::evidence::host::{Known, Place};
use crate::report::guard::quote;

pub(super) fn sentence(place: &Place) -> String {
    let why = match place.known {
        Known::Told => "is the origin, as was told",
        Known::Address => "is the origin: it has the address",
        Known::Proxy => "is the origin: its web server is set up for the site",
        Known::Connector => "is the origin: its tunnel's connector is set up for the site",
    };
    let container = match &place.container {
        Some(container) => format!(" (in a container, {})", quote(container)),
        None => String::new(),
    };
    let root = if place.root {
        ""
    } else {
        "; it was looked into without root, so some of it stays unseen"
    };
    format!("{}{container} {why}{root}", quote(&place.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_why_this_is_the_origin_and_what_stays_unseen() {
        let place = Place {
            name: "web1".to_owned(),
            known: Known::Proxy,
            addresses: vec![],
            root: true,
            systemd: true,
            booted: None,
            container: None,
        };
        assert_eq!(sentence(&place), "`web1` is the origin: its web server is set up for the site");
        let inner =
            Place { container: Some("lxc".to_owned()), root: false, known: Known::Told, ..place };
        assert_eq!(
            sentence(&inner),
            "`web1` (in a container, `lxc`) is the origin, as was told; it was looked into without \
             root, so some of it stays unseen"
        );
    }
}
