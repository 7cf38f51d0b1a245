//! What this machine's own tools say of its packet filter and its routes.
//!
//! Looking changes nothing: some of these tools create empty tables or have the kernel load modules when
//! they are asked about what is not there, so the kernel's own files are read first, and who has nothing
//! to tell is not asked.

mod around;
mod files;
mod folder;
mod iptables;
mod kernel;
mod nft;
#[cfg(test)]
mod tests;
mod tools;

use std::time::Duration;

use rayfix_core::firewall::{Got, Input, Snapshot};
use tokio::time::Instant;

pub use self::files::FILES;
pub use self::folder::{LoadError, SaveError, load, save};
use super::aside;
use crate::clock;

/// All inputs of this machine, within about `limit`; what was not told in time is missing. A second is
/// enough but for sets of a hundred thousand elements, which take `nft` seconds to list.
pub async fn look(limit: Duration) -> Snapshot {
    let ends = clock::instant() + limit;
    let (rules, around, files) = tokio::join!(rules(ends), around::look(ends), aside(files::look));
    Snapshot { inputs: rules.into_iter().chain(around).collect(), files }
}

/// Everything that holds rules. Somebody may change them while they are listed: then they are listed once
/// more.
async fn rules(ends: Instant) -> Vec<(Input, Got)> {
    let (inputs, same) = rules_once(ends).await;
    if same || clock::instant() >= ends { inputs } else { rules_once(ends).await.0 }
}

/// The rules, and whether they stayed the same meanwhile.
async fn rules_once(ends: Instant) -> (Vec<(Input, Got)>, bool) {
    let terse = nft::terse(ends).await;
    let (nft, program, iptables, legacy, ipset) = tokio::join!(
        nft::whole(&terse, ends),
        nft::program(&terse, ends),
        iptables::over_nft(&terse, ends),
        iptables::legacy(ends),
        iptables::ipset(ends),
    );
    let same = terse.is_still_so(ends).await;
    let inputs =
        [(Input::NftJson, nft), (Input::NftText, terse.text), (Input::NftProgram, program)];
    (
        inputs.into_iter().chain(iptables).chain(legacy).chain([(Input::Ipset, ipset)]).collect(),
        same,
    )
}
