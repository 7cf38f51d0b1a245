//! The tables of iptables: over nft, of the old kind, and `ipset`.

use rayfix_core::firewall::{Got, Input};
use tokio::time::Instant;

use super::kernel;
use super::nft::Terse;
use super::tools::{self, Tool, find, not_installed};

/// Those over nft, where nft shows tables of their layout.
pub(super) async fn over_nft(terse: &Terse, ends: Instant) -> [(Input, Got); 2] {
    let one = |input, family, explicit, plain| async move {
        let got = match terse.has_iptables(family) {
            Some(false) => Got::Absent,
            // Without `nft`, they tell what there is.
            has => match find(explicit).or_else(|| find(plain).filter(is_over_nft)) {
                Some(tool) => tool.ask(&[], ends).await,
                // All that stands in those tables is told by `nft` itself.
                None if has == Some(true) && !terse.has_extensions() => Got::Absent,
                None => not_installed(explicit),
            },
        };
        (input, got)
    };
    let (four, six) = tokio::join!(
        one(Input::Iptables, "ip", "iptables-nft-save", "iptables-save"),
        one(Input::Ip6tables, "ip6", "ip6tables-nft-save", "ip6tables-save"),
    );
    [four, six]
}

/// Whether the plain tool is the one over nft: one program goes by many names, and its own tells.
fn is_over_nft(tool: &Tool) -> bool {
    tool.at.file_name().is_some_and(|name| name.to_string_lossy().contains("nft"))
}

/// Those of the old kind. The kernel says which tables it has; asked for another one, the tool would
/// create it.
pub(super) async fn legacy(ends: Instant) -> [(Input, Got); 2] {
    let (four, six) = tokio::join!(
        legacy_of("ip_tables_names", "iptables-legacy-save", "iptables-save", ends),
        legacy_of("ip6_tables_names", "ip6tables-legacy-save", "ip6tables-save", ends),
    );
    [(Input::IptablesLegacy, four), (Input::Ip6tablesLegacy, six)]
}

async fn legacy_of(names: &str, explicit: &'static str, plain: &'static str, ends: Instant) -> Got {
    let names = match kernel::told(names) {
        Got::Text(names) => names,
        other => return other,
    };
    if names.trim().is_empty() {
        return Got::Absent;
    }
    let plain = || find(plain).filter(|tool| !is_over_nft(tool));
    let Some(tool) = find(explicit).or_else(plain) else { return not_installed(explicit) };
    let mut all = String::new();
    for name in names.split_ascii_whitespace() {
        match tool.ask(&["-t", name], ends).await {
            Got::Text(text) => all.push_str(&text),
            other => return other,
        }
    }
    Got::Text(all)
}

/// The sets of `ipset`, where the kernel has that part.
pub(super) async fn ipset(ends: Instant) -> Got {
    match kernel::has("ip_set") {
        Some(false) => Got::Absent,
        None if find("ipset").is_none() => Got::Absent,
        _ => tools::ask(Input::Ipset, ends).await,
    }
}
