//! Interfaces, routes, switches, listeners: each tool once, all at the same time.

use rayfix_core::firewall::{Got, Input};
use tokio::time::Instant;

use super::{kernel, tools};
use crate::host::aside;

/// Looks, until then.
pub(super) async fn look(ends: Instant) -> Vec<(Input, Got)> {
    let six = |input| async move {
        // A kernel without IPv6 refuses, for which a tool has no word of its own.
        if kernel::is_told("if_inet6") { tools::ask(input, ends).await } else { Got::Absent }
    };
    let (addresses, links, routes4, routes6, rules4, rules6, listeners, switches, queues) = tokio::join!(
        tools::ask(Input::Addresses, ends),
        tools::ask(Input::Links, ends),
        tools::ask(Input::Routes4, ends),
        six(Input::Routes6),
        tools::ask(Input::Rules4, ends),
        six(Input::Rules6),
        tools::ask(Input::Listeners, ends),
        aside(kernel::switches),
        aside(|| kernel::told("netfilter/nfnetlink_queue")),
    );
    vec![
        (Input::Addresses, addresses),
        (Input::Links, links),
        (Input::Routes4, routes4),
        (Input::Routes6, routes6),
        (Input::Rules4, rules4),
        (Input::Rules6, rules6),
        (Input::Sysctl, Got::Text(switches)),
        (Input::Listeners, listeners),
        (Input::Queues, queues),
    ]
}
