//! Which addresses the site's name leads to.
//!
//! # What it asks
//! The A and the AAAA records of the site's name, both at once, from the name servers that this
//! machine uses (or the one that was given). CNAMEs on the way are part of the answer. Where the
//! user gave an address for the site, nothing is asked and that address is used.
//!
//! # What it touches
//! Two datagrams to one name server; more where one is lost or silent, and TCP for an answer that
//! does not fit into a datagram. At most 5 seconds, or a quarter of the time for the whole.
//!
//! # What the answers mean
//! Addresses: whether they are Cloudflare's is not judged here. No record: the name exists, without
//! an address of this family, which is common for AAAA; also where an alias leads to a name that is
//! missing. No name: the server says that it does not exist. Failed: the server gave up, often
//! because the zone's own servers do not answer or their signatures do not hold. Silent: no name
//! server answered, which more often is trouble of this machine's network than of the site.
//!
//! # Sources
//! - RFC 1035, sections 3.6.2 (CNAME), 4.1.1 (codes), 4.2 (UDP and TCP)
//! - RFC 2308, section 2 (no name, no record)

use std::net::IpAddr;
use std::sync::Arc;

use rayfix_core::evidence::{Answer, DnsAnswer, Question, Record, Seen, WhyNot};

use super::{Asking, Probe, Turn};
use crate::lookup::{lookup, system_servers};
use crate::sitting::{Addresses, Sitting};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "two questions to a name server, two more where the record leads to a name elsewhere",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let site = &sitting.target.site;
    if let Some(given) = sitting.setup.detours.of(&site.host, site.port) {
        for record in [Record::A, Record::Aaaa] {
            let question = Question::Resolve { name: site.host.clone(), record };
            sitting.not_asked("site_dns", question, WhyNot::Given);
        }
        sitting.tell_addresses(Addresses::Given(given));
        return;
    }
    let found = looked_up(&sitting, &site.host).await;
    sitting.tell_addresses(Addresses::Found(found));
}

/// The addresses of a name that the site's record leads to, outside of its zone.
pub(crate) async fn addresses_of(sitting: &Arc<Sitting>, name: &str) -> Vec<IpAddr> {
    let given = [443, 80].iter().find_map(|port| sitting.setup.detours.of(name, *port));
    match given {
        Some(given) => vec![given.ip()],
        None => looked_up(sitting, name).await,
    }
}

async fn looked_up(sitting: &Arc<Sitting>, name: &str) -> Vec<IpAddr> {
    let (v4, v6) =
        tokio::join!(resolve(sitting, name, Record::A), resolve(sitting, name, Record::Aaaa));
    [v4, v6].concat()
}

async fn resolve(sitting: &Arc<Sitting>, name: &str, record: Record) -> Vec<IpAddr> {
    let question = Question::Resolve { name: name.to_owned(), record };
    let Some(asked) = sitting.begin("site_dns", question) else { return Vec::new() };
    let servers = sitting.setup.resolver.map_or_else(system_servers, |given| vec![given]);
    let answer = lookup(&servers, name, record, sitting.by(sitting.limits.dns)).await;
    let addresses = match &answer {
        DnsAnswer::Resolved { addresses, .. } => addresses.clone(),
        _ => Vec::new(),
    };
    asked.end(Answer::Got(Seen::Dns(answer)));
    addresses
}
