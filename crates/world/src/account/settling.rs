//! What the account's answers make of the target: addresses of the origin and the SSL mode.
//!
//! What the user gave stands. Addresses that this machine only looked like the owner of give way to those
//! that the account has the edge dial.

use std::net::IpAddr;

use rayfix_core::evidence::account::way::Way;
use rayfix_core::evidence::account::{DnsRecord, RulesPhase};
use rayfix_core::evidence::{AccountAnswer, AccountQuestion};
use rayfix_core::target::{ModeFrom, Target};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::opening::covers;
use super::{Account, Place};
use crate::setup::Detours;

/// Longer chains of names within a zone are not followed.
const LONGEST_CHAIN: usize = 4;

/// Waits until everything is told that the target depends on.
pub(crate) async fn settle(account: &Account, host: &str) {
    let Ok(place) = account.place().await else { return };
    let rules = |phase| AccountQuestion::Rules { phase };
    let all = [
        AccountQuestion::Setting { name: "ssl".to_owned() },
        rules(RulesPhase::HttpRequestOrigin),
        rules(RulesPhase::HttpConfigSettings),
        AccountQuestion::PageRules,
        AccountQuestion::LoadBalancers,
        AccountQuestion::Pools,
        AccountQuestion::TrustStore,
    ];
    // They are under way, whoever waits for them in which order.
    for question in &all {
        account.answer(question).await;
    }
    chain(account, &place, host).await;
}

/// Waits until it is told whether the zone has roots of its own.
pub(crate) async fn settle_roots(account: &Account) {
    if account.place().await.is_ok() {
        account.answer(&AccountQuestion::TrustStore).await;
    }
}

/// The roots that the zone trusts at origins instead of the public ones, DER; `None`: it has none, it was
/// not told, or one of them could not be read.
pub(crate) fn own_roots(account: &Account) -> Option<Vec<Vec<u8>>> {
    let answers = account.answers();
    let all = answers.iter().find_map(|(_, answer)| match answer {
        AccountAnswer::TrustStore { certificates } => Some(certificates),
        _ => None,
    })?;
    let mut roots = Vec::new();
    for one in all.iter().filter(|one| one.status == "active") {
        let read: Vec<_> = CertificateDer::pem_slice_iter(one.certificate.as_bytes())
            .collect::<Result<_, _>>()
            .ok()?;
        if read.is_empty() {
            return None;
        }
        roots.extend(read.into_iter().map(|der| der.to_vec()));
    }
    (!roots.is_empty()).then_some(roots)
}

/// The name outside of the zone that the site's record leads to.
pub(crate) fn outside(target: &Target, account: &Account) -> Option<String> {
    Way::of(target, &account.answers()).outside()
}

/// The target with what is told by now; `outside`: the addresses that a resolver told of a name that the
/// record leads to.
pub(crate) fn settled(
    target: &Target,
    account: &Account,
    detours: &Detours,
    outside: Option<(&str, &[IpAddr])>,
) -> Target {
    let answers = account.answers();
    let mut way = Way::of(target, &answers);
    if let Some((name, addresses)) = outside {
        way = way.resolving(name, addresses);
    }
    let mut settled = target.clone();
    settled.by_own_roots = own_roots(account).is_some();
    if let (None, Some(mode)) = (target.ssl_mode, way.mode()) {
        settled.ssl_mode = Some(mode);
        settled.ssl_mode_from = ModeFrom::Account;
    }
    if target.origins.is_empty() || target.origins_assumed {
        // Whoever says where an address really is means that address.
        let given = |address: IpAddr| {
            let of_name = |(name, _): &(&str, &[IpAddr])| {
                [443, 80]
                    .iter()
                    .any(|port| detours.of(name, *port).is_some_and(|given| given.ip() == address))
            };
            detours.names(address) || outside.as_ref().is_some_and(of_name)
        };
        let origins = way.origins(given);
        settled.ruled = way.ruled(given);
        if !origins.is_empty() {
            settled.origins_of_account = true;
            settled.origins_assumed = false;
            settled.origins = origins;
        } else if way.is_tunnel() {
            // The edge comes through no door of this machine.
            settled.origins_assumed = false;
            settled.origins = Vec::new();
        }
    }
    settled
}

/// All records from the host's own to the end of its aliases within the zone; none: not told.
async fn chain(account: &Account, place: &Place, host: &str) -> Option<Vec<DnsRecord>> {
    let (mut name, mut all, mut asked) = (host.to_owned(), Vec::new(), Vec::new());
    loop {
        let question = AccountQuestion::Records { name: name.clone() };
        let Some(AccountAnswer::Records { records }) = account.answer(&question).await else {
            return None;
        };
        asked.push(name);
        let next = next(&asked, &records, &place.zone.name);
        all.extend(records);
        match next {
            Some(next) => name = next,
            None => return Some(all),
        }
    }
}

/// The name within the zone that the records of the last name asked make it an alias of, unless enough
/// were asked.
pub(crate) fn next(asked: &[String], records: &[DnsRecord], zone: &str) -> Option<String> {
    let alias = records.iter().find(|record| record.kind == "CNAME")?;
    let next = alias.content.trim_end_matches('.').to_ascii_lowercase();
    if !covers(zone, &next) {
        return None;
    }
    (asked.len() < LONGEST_CHAIN && !asked.contains(&next)).then_some(next)
}

/// The tunnels that the site's records lead to; none: not told.
pub(crate) async fn tunnels_of_records(account: &Account, place: &Place) -> Option<Vec<String>> {
    let records = chain(account, place, &place.host).await?;
    Some(records.iter().filter_map(DnsRecord::tunnel).map(str::to_owned).collect())
}

/// The same, and those that connectors on this machine serve.
pub(super) async fn tunnels_of(account: &Account, place: &Place) -> Option<Vec<String>> {
    let mut ids = tunnels_of_records(account, place).await?;
    if let Some(host) = account.host().await {
        ids.extend(host.tunnels().await);
    }
    Some(ids)
}

/// Whether the account has the edge go through a tunnel.
pub(crate) fn is_tunnel(target: &Target, account: &Account) -> bool {
    Way::of(target, &account.answers()).is_tunnel()
}
