//! The load balancer that answers for the site, its pools, and how their origins are.
//!
//! # What it asks
//! The Cloudflare API: load balancers of the zone, pools of the account, and the health of each pool of the
//! site's balancer.
//!
//! # What it touches
//! Two calls, and one for each of at most eight pools.
//!
//! # What the answers mean
//! A balancer goes before any record. A pool without an origin that is well takes no requests; why an
//! origin is not well is Cloudflare's own observation, from each place that looks.
//!
//! # Sources
//! - developers.cloudflare.com: Load Balancing, List Pools, Pool Health Details, read 2026-11

use std::sync::Arc;

use rayfix_core::evidence::{AccountAnswer, AccountQuestion};

use super::{Asking, Probe, Turn};
use crate::account;
use crate::sitting::{Sitting, all};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "two calls to the Cloudflare API, and one for each pool of the site's balancer",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

/// More pools are not asked about.
const MOST: usize = 8;

async fn ask(sitting: Arc<Sitting>) {
    let ask = |question| account::ask(&sitting, "account_pools", question);
    let health = async {
        let told = ask(AccountQuestion::LoadBalancers).await;
        let Some(AccountAnswer::LoadBalancers { balancers }) = told else { return };
        let pools = account::pools_used(&balancers).into_iter().take(MOST);
        let asking = pools.map(|pool| {
            let sitting = Arc::clone(&sitting);
            async move {
                let question = AccountQuestion::PoolHealth { pool };
                account::ask(&sitting, "account_pools", question).await;
            }
        });
        all(asking.collect::<Vec<_>>()).await;
    };
    tokio::join!(health, ask(AccountQuestion::Pools));
}
