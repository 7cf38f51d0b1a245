//! The packet filter's table of connections is full.
//!
//! # What you see
//! Error 522 that comes and goes, for new visitors first; connections that stand go on. The kernel's
//! log says `nf_conntrack: table full, dropping packet`. Logging in by SSH hangs as well.
//!
//! # What is wrong
//! The packet filter remembers each connection in a table of fixed size. When it is full, the kernel
//! drops the first packet of every new connection, and whoever called gets no answer. Very many short
//! connections fill it (they are kept for two minutes after their end), and so does an attack, or a
//! limit that some tool set too low.
//!
//! # How we know
//! The table holds as many entries as it may, and the kernel says in the same moment that it drops
//! packets for it, while a program listens on the port: certain. One of the two alone: likely.
//!
//! # What to do
//! Let it hold more, at once: `sysctl -w net.netfilter.nf_conntrack_max=262144`, and for good in a
//! file in `/etc/sysctl.d/`. One entry takes some 320 bytes. Who fills it:
//! `conntrack -L | awk '{print $4, $5}' | sort | uniq -c | sort -n | tail`.
//!
//! Keep-alive between the edge, nginx and the app makes far fewer connections (`keepalive` in the
//! `upstream` block). Where nothing needs the table for the web ports, a rule `notrack` in the table
//! `raw` keeps them out of it.
//!
//! # Sources
//! - Linux docs, networking/nf_conntrack-sysctl; net/netfilter/nf_conntrack_core.c (6.1)
use super::{Cause, Confidence, Verdict};
use crate::evidence::ReadingId;
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::blame::weigh;
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C408",
    hop: Hop::Net,
    title: "the packet filter's table of connections is full",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let table = host.conntrack();
    // Entries come and go while we look.
    let full =
        table.filter(|(_, table)| table.max > 0 && table.count >= table.max - table.max / 50);
    let says = host
        .events(Hop::Host)
        .find(|(_, kept)| kept.event.class == Class::ConntrackFull && host.is_of_now(kept));
    let sign = match (full, says) {
        (Some((table, _)), Some((log, _))) => Some(Sign::new([table.id, log.id], listens(host))),
        (Some((table, _)), None) => {
            Some(Sign::new([table.id], listens(host)).at_most(Confidence::Likely))
        }
        (None, Some((log, _))) => Some(Sign::new([log.id], []).at_most(Confidence::Likely)),
        (None, None) => None,
    };
    let clean: Vec<ReadingId> = table.map(|(reading, _)| reading.id).into_iter().collect();
    let verdict = weigh(scene, sign, &clean).explaining(&[
        "net-origin-silent",
        "net-one-family-closed",
        "net-firewall-blocks-cloudflare",
        "proxy-upstream-timeout",
        "tunnel-service-timeout",
    ]);
    let Some((_, table)) = table else { return verdict };
    verdict.with("count", table.count).with("max", table.max).with("drops", table.drops)
}

/// Where somebody listens on a web port: it is not for want of that.
fn listens(host: &OnHost<'_>) -> Vec<ReadingId> {
    let Some((reading, listeners)) = host.listeners() else { return Vec::new() };
    let web = |port: Option<u16>| matches!(port, Some(80 | 443 | 8080 | 8443));
    let any = listeners.sockets.iter().any(|one| web(one.at.port()) && !one.at.is_local());
    if any { vec![reading.id] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Conntrack, Known, Listener, Listeners, ListensAt};
    use crate::evidence::{HostAnswer, HostQuestion};
    use crate::logs::Class;
    use crate::scene::sample::{Sitting, check, page};

    const SAYS: &str = "nf_conntrack: nf_conntrack: table full, dropping packet";

    fn failing() -> Sitting {
        Sitting::new().visits(522, page(522)).on_origin(Known::Told)
    }

    fn table(sitting: Sitting, count: u64, max: u64) -> Sitting {
        let table = Conntrack { count, max, drops: Some(7) };
        sitting.within(HostQuestion::Conntrack, HostAnswer::Conntrack(table))
    }

    fn listening(sitting: Sitting) -> Sitting {
        let at = ListensAt::Tcp { address: "0.0.0.0:443".parse().unwrap(), only_v6: false };
        let sockets = vec![Listener { at, program: None, waiting: 0, queue: 511 }];
        let listeners = Listeners { sockets, ..Listeners::default() };
        sitting.within(HostQuestion::Listeners, HostAnswer::Listeners(listeners))
    }

    #[test]
    fn is_certain_when_table_and_kernel_say_so_and_somebody_listens() {
        let full = table(failing(), 65_536, 65_536).kernel_says(0, Class::ConntrackFull, SAYS);
        check(&UNIT, listening(full.clone()), "blames, certain");
        check(&UNIT, full, "blames, likely");
    }

    #[test]
    fn blames_by_one_of_the_two() {
        check(&UNIT, listening(table(failing(), 65_536, 65_536)), "blames, likely");
        let line = table(failing(), 30_000, 65_536).kernel_says(0, Class::ConntrackFull, SAYS);
        check(&UNIT, listening(line), "blames, likely");
    }

    #[test]
    fn clears_a_table_with_room_and_a_kernel_without_one() {
        check(&UNIT, table(failing(), 30_000, 65_536), "clears");
        check(&UNIT, table(failing(), 0, 0), "clears");
        let old = table(failing(), 30_000, 65_536).kernel_says(20, Class::ConntrackFull, SAYS);
        check(&UNIT, old, "clears");
        let served = table(Sitting::healthy().on_origin(Known::Told), 9, 9);
        check(&UNIT, served, "clears");
    }

    #[test]
    fn leaves_a_full_accept_queue_to_its_own_cause() {
        let queue = table(failing(), 30_000, 65_536);
        let line = "TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.";
        check(&UNIT, queue.kernel_says(0, Class::AcceptQueueFull, line), "clears");
    }

    #[test]
    fn cannot_tell_when_the_table_was_not_asked() {
        let says = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
        check(&UNIT, failing(), says);
        let outside = Sitting::new().visits(522, page(522));
        check(
            &UNIT,
            outside,
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
    }
}
