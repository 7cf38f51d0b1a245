//! The tunnel that leads to the site: whether it is connected, by whom, and where it leads.
//!
//! # What it asks
//! The Cloudflare API: the account's tunnels; the connectors and the configuration of the one that the site's
//! record leads to, and of those that connectors on this machine serve, if it is the origin.
//!
//! # What it touches
//! One call, and two for each of at most four tunnels. A tunnel's own token is never asked for.
//!
//! # What the answers mean
//! No connectors: nobody can answer, and visitors get 1033. Connectors from two machines share the
//! visitors. What connectors are told from afar goes before any file on their machine.
//!
//! # Sources
//! - developers.cloudflare.com: List Cloudflare Tunnels, connections, configurations, read 2026-11

use std::sync::Arc;

use rayfix_core::evidence::AccountQuestion;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Asking, Probe, Turn};
use crate::account;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one call to the Cloudflare API, and two for each tunnel that has to do with the site",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

/// More tunnels are not asked about.
const MOST: usize = 4;

async fn ask(sitting: Arc<Sitting>) {
    let Some(account) = sitting.account.clone() else { return };
    let list = account::ask(&sitting, "account_tunnels", AccountQuestion::Tunnels);
    // Each is asked about as soon as somebody names it.
    let (name, mut named) = mpsc::unbounded_channel::<String>();
    let (also, account) = (name.clone(), &account);
    let by_record = async move {
        if let Ok(place) = account.place().await {
            account::tunnels_of_records(account, &place).await.into_iter().flatten().for_each(
                |id| {
                    let _ = name.send(id);
                },
            );
        }
    };
    let by_machine = async move {
        if let Some(host) = account.host().await {
            host.tunnels().await.into_iter().for_each(|id| {
                let _ = also.send(id);
            });
        }
    };
    let asking = async {
        let (mut asked, mut running) = (Vec::new(), JoinSet::new());
        while let Some(id) = named.recv().await {
            let id = id.to_ascii_lowercase();
            if asked.len() == MOST || asked.contains(&id) {
                continue;
            }
            asked.push(id.clone());
            let sitting = Arc::clone(&sitting);
            running.spawn(async move {
                let ask = |question| account::ask(&sitting, "account_tunnels", question);
                tokio::join!(
                    ask(AccountQuestion::Connectors { tunnel: id.clone() }),
                    ask(AccountQuestion::TunnelConfiguration { tunnel: id.clone() }),
                );
            });
        }
        while running.join_next().await.is_some() {}
    };
    tokio::join!(list, by_record, by_machine, asking);
}
