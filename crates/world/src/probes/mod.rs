//! Questions: one file each. To add one, write the file (copy `origin_tcp.rs`) and add its name to
//! this list.
//!
//! A probe asks one thing, has its own deadline, and notes what it saw with the sitting. It never
//! tries again in secret: a second try is a second reading. Bytes are read by core.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::sitting::Sitting;

/// A question that a sitting asks.
#[derive(Debug)]
pub struct Probe {
    /// What it costs the peers: connections and requests, at most.
    pub touches: &'static str,
    /// When it asks.
    pub(crate) turn: Turn,
    /// Asks, and notes every answer with the sitting.
    pub(crate) ask: fn(Arc<Sitting>) -> Asking,
}

/// When a probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// At once.
    First,
    /// When it is known what the origin is: what the account says of it, and whether it is this machine.
    Found,
    /// When all of the first have ended, or late in the sitting: what they asked has then left its
    /// traces in the logs of this machine.
    Last,
}

/// A probe at work.
pub(crate) type Asking = Pin<Box<dyn Future<Output = ()> + Send>>;

rayfix_core::units! { Probe;
    site_dns,
    edge_http,
    edge_trace,
    account_token,
    account_zone,
    account_ssl,
    account_records,
    account_rules,
    account_pools,
    account_tunnels,
    account_pulls,
    account_checks,
    account_counts,
    account_changes,
    origin_tcp,
    origin_tls,
    origin_http,
    host_place,
    host_proxy,
    host_upstream,
    host_logs,
    host_listeners,
    host_firewall,
    host_owners,
    host_units,
    host_changes,
    host_certificates,
    host_machine,
    host_connectors,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_probe_says_what_it_asks_and_what_it_touches() {
        for (doc, probe) in ALL {
            for heading in ["What it asks", "What it touches", "What the answers mean", "Sources"] {
                let text = doc.section(heading).unwrap_or_default();
                assert!(!text.is_empty(), "{}.rs lacks the heading `# {heading}`", doc.file);
            }
            assert!(!probe.touches.is_empty(), "{}", doc.file);
        }
    }

    #[test]
    fn every_file_is_on_the_list() {
        let listed: Vec<&str> = ALL.iter().map(|(doc, _)| doc.file).collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/probes");
        for file in std::fs::read_dir(folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let name = name.trim_end_matches(".rs");
            assert!(name == "mod" || listed.contains(&name), "add {name} to the list in mod.rs");
        }
    }
}
