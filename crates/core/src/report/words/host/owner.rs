//! Words for who listens at an address, and who should.

use super::listener::places;
use super::subject;
use crate::evidence::host::{Claim, HostQuestion, Named, Owner, Program};
use crate::report::guard::quote;

pub(super) fn sentence(question: &HostQuestion, owner: &Owner) -> String {
    let at = subject(question);
    let claim = owner.claims.first();
    match (&owner.listening, owner.is_listened, claim) {
        (Some(program), _, claim) if program.pid == 1 => {
            let whom =
                claim.map(|claim| format!(" for {}", quote(&claim.unit))).unwrap_or_default();
            format!("systemd listens at {at}{whom}")
        }
        (Some(program), _, _) => format!("{} listens at {at}", who(program)),
        (None, true, _) => format!("somebody listens at {at}; who it is could not be seen"),
        (None, false, Some(claim)) => format!("nobody listens at {at}; {}", should(claim)),
        (None, false, None) => format!("nobody listens at {at}, and no service here names it"),
    }
}

/// `` `gunicorn` (`shop.service`) ``
fn who(program: &Program) -> String {
    let name = quote(&program.name);
    match (&program.container, &program.unit) {
        (Some(container), _) => format!("{name} (container {})", quote(container)),
        (None, Some(unit)) => format!("{name} ({})", quote(unit)),
        (None, None) => name,
    }
}

/// What ties a unit to the address, and where it listens instead.
fn should(claim: &Claim) -> String {
    let unit = quote(&claim.unit);
    let at = claim.at.as_deref().map(|at| format!(" ({})", quote(at))).unwrap_or_default();
    let tie = match claim.by {
        Named::Listens => format!("{unit} did"),
        Named::SocketUnit => format!("{unit} should, by its socket unit{at}"),
        Named::CommandLine => format!("{unit} should, by its command line{at}"),
        Named::Environment => format!("{unit} should, by its environment{at}"),
        Named::ConfigFile => format!("{unit} should, by its configuration{at}"),
        Named::Folder => format!("{unit} keeps its folder{at}"),
        Named::Likeness => format!("{unit} may be the one that should"),
    };
    if claim.listens.is_empty() {
        tie
    } else {
        format!("{tie}, and listens at {}", places(&claim.listens))
    }
}

#[cfg(test)]
mod tests {
    use super::super::listener::tests::program;
    use super::*;
    use crate::evidence::host::ListensAt;
    use crate::proxy::nginx::PeerAddress;

    fn said(owner: &Owner) -> String {
        let to = PeerAddress::Unix("/run/shop/shop.sock".to_owned());
        sentence(&HostQuestion::Owner { to }, owner)
    }

    fn claim(by: Named) -> Claim {
        Claim {
            unit: "shop.service".to_owned(),
            by,
            at: Some("/etc/systemd/system/shop.service:7".to_owned()),
            words: String::new(),
            listens: Vec::new(),
        }
    }

    #[test]
    fn who_listens_is_told_with_its_unit() {
        let listening =
            |program| Owner { listening: Some(program), is_listened: true, claims: vec![] };
        let gunicorn = program("gunicorn", Some("shop.service"));
        assert_eq!(
            said(&listening(gunicorn.clone())),
            "`gunicorn` (`shop.service`) listens at `unix:/run/shop/shop.sock`"
        );
        let contained = Program { container: Some("0123456789ab".to_owned()), ..gunicorn };
        assert_eq!(
            said(&listening(contained)),
            "`gunicorn` (container `0123456789ab`) listens at `unix:/run/shop/shop.sock`"
        );
        let systemd = Program { pid: 1, ..program("systemd", None) };
        let owner = Owner { claims: vec![claim(Named::SocketUnit)], ..listening(systemd) };
        assert_eq!(
            said(&owner),
            "systemd listens at `unix:/run/shop/shop.sock` for `shop.service`"
        );
        let unseen = Owner { is_listened: true, ..Owner::default() };
        assert_eq!(
            said(&unseen),
            "somebody listens at `unix:/run/shop/shop.sock`; who it is could not be seen"
        );
    }

    #[test]
    fn who_should_listen_is_told_with_what_says_so() {
        let nobody = |claims| Owner { claims, ..Owner::default() };
        let at = "nobody listens at `unix:/run/shop/shop.sock`";
        assert_eq!(said(&nobody(vec![])), format!("{at}, and no service here names it"));
        assert_eq!(
            said(&nobody(vec![claim(Named::CommandLine)])),
            format!(
                "{at}; `shop.service` should, by its command line (`/etc/systemd/system/shop.service:7`)"
            )
        );
        let address = "127.0.0.1:8000".parse().unwrap();
        let listens = vec![ListensAt::Tcp { address, only_v6: false }];
        let elsewhere = Claim { listens, ..claim(Named::Folder) };
        assert_eq!(
            said(&nobody(vec![elsewhere])),
            format!(
                "{at}; `shop.service` keeps its folder (`/etc/systemd/system/shop.service:7`), \
                 and listens at 127.0.0.1:8000"
            )
        );
    }
}
