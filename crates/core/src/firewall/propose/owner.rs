//! Whose a thing is that keeps Cloudflare out.

/// Who manages rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    /// ufw.
    Ufw,
    /// firewalld.
    Firewalld,
    /// Docker.
    Docker,
    /// fail2ban.
    Fail2ban,
    /// CrowdSec.
    Crowdsec,
    /// csf.
    Csf,
    /// Kubernetes, Calico, Cilium.
    Kubernetes,
    /// Hands, with nft.
    Nftables,
    /// Hands, with iptables.
    Iptables,
    /// Hands, with iptables-legacy.
    IptablesLegacy,
}
