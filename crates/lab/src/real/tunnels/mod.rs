//! Faults of a shop behind a tunnel: one file each, as those of [`super::faults`], which break a stage
//! of [`RealStage::behind_a_tunnel`](super::RealStage::behind_a_tunnel).

use rayfix_core::registry::UnitDoc;

pub use super::faults::Fault;
use super::tunnel::CONFIG_FILE;
use super::{Raised, Trouble};

/// The token of the lab's tunnel.
const TOKEN: &str = "eyJhIjoiMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYiLCJ0IjoiNmZmNDJhZTItNzY1ZC00YWRm\
                     LTgxMTItMzFjNTVjMTU1MWVmIiwicyI6ImJHRmlMV3hoWWkxc1lXSXRiR0ZpTFd4aFlpMXNZV0l0YkdGaUxXeGhZZz09In0=";

/// The fault of a name, with `-` or `_`.
#[must_use]
pub fn find(name: &str) -> Option<&'static (UnitDoc, &'static Fault)> {
    let file = name.replace('-', "_");
    ALL.iter().find(|(doc, _)| doc.file == file)
}

/// Changes a text of the connector's configuration and starts it again; it may not come up.
fn reconfigure(stage: &Raised, old: &str, new: &str) -> Result<(), Trouble> {
    stage.replace(CONFIG_FILE, old, new)?;
    begin_again(stage)
}

/// Has the connector started again, which need not succeed. It has ended first: until then the old one goes on answering.
fn begin_again(stage: &Raised) -> Result<(), Trouble> {
    stage.order(&["systemctl", "stop", "cloudflared"])?;
    stage.order(&["systemctl", "start", "--no-block", "cloudflared"]).map(|_| ())
}

/// Waits until the tunnel is up again.
fn connected(stage: &Raised) -> Result<(), Trouble> {
    let ready = ["curl", "-s", "http://127.0.0.1:20241/ready"];
    stage.until(&ready, |said| said.contains("\"readyConnections\":4"))
}

/// Waits until systemd has seen it fail at least once.
fn failed(stage: &Raised) -> Result<(), Trouble> {
    let state = ["systemctl", "show", "cloudflared", "--property=NRestarts,ActiveState,Result"];
    stage.until(&state, |said| {
        said.contains("failed")
            || !said.contains("NRestarts=0")
            || said.contains("Result=exit-code")
    })
}

rayfix_core::units! { Fault;
    tunnel_connector_stopped,
    tunnel_connector_stopped_by_a_lost_token,
    tunnel_connector_stopped_by_a_forbidden_token,
    tunnel_edge_unreachable,
    tunnel_edge_unreachable_over_quic,
    tunnel_edge_unreachable_over_quic_by_environment,
    tunnel_credentials_rejected,
    tunnel_credentials_rejected_over_quic,
    tunnel_config_invalid,
    tunnel_service_refused,
    tunnel_service_unresolvable,
    tunnel_service_timeout,
    tunnel_service_tls_rejected,
    tunnel_service_tls_rejected_by_name,
    tunnel_service_scheme_mismatch,
    tunnel_service_closed_early,
    tunnel_ingress_unmatched,
}
