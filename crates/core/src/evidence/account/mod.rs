//! What the Cloudflare account told: its zone, records, rules, tunnels, pools, and what the edge counted.
//!
//! One file per family. Each type reads the API's own answer and is what a case keeps of it: names are the
//! API's, whatever else it tells is left out, whatever it leaves out is empty, and words that nobody here
//! knows stay words. A refusal of the API is an answer too. The token is never part of any of it.

pub mod change;
pub mod check;
pub mod count;
pub mod envelope;
pub mod expression;
mod hidden;
mod lenient;
pub mod pattern;
pub mod pool;
pub mod pulls;
pub mod record;
pub mod refusal;
pub mod rule;
#[cfg(test)]
mod samples;
pub mod setting;
pub mod token;
pub mod tunnel;
pub mod way;
pub mod zone;

use serde::{Deserialize, Serialize};

pub use self::change::AccountChange;
pub use self::check::HealthCheck;
pub use self::count::{Count, Counts};
pub use self::pool::{LoadBalancer, OriginHealth, Pool, PoolHealth, PoolOrigin};
pub use self::pulls::{OriginPulls, TrustStoreCertificate};
pub use self::record::DnsRecord;
pub use self::refusal::{ApiError, ApiRefusal, RefusalKind};
pub use self::rule::{PageRule, Rule, RulesPhase};
pub use self::setting::Setting;
pub use self::token::{TokenKind, TokenSeen};
pub use self::tunnel::{Connector, Ingress, TunnelConfiguration, TunnelSeen};
pub use self::zone::ZoneSeen;
use crate::hop::Hop;

/// A question to the account; each needs no more than the permission to read what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum AccountQuestion {
    /// Whether the token is good.
    Token,
    /// The zone that a name belongs to.
    Zone {
        /// The site's name.
        name: String,
    },
    /// One setting of the zone.
    Setting {
        /// The API's name of it: `ssl`, `ssl_automatic_mode`.
        name: String,
    },
    /// The zone's records of a name, and of the wildcard that would answer for it.
    Records {
        /// The name.
        name: String,
    },
    /// Rules of one phase.
    Rules {
        /// Which.
        phase: RulesPhase,
    },
    /// Page rules.
    PageRules,
    /// Load balancers of the zone.
    LoadBalancers,
    /// Pools of the account.
    Pools,
    /// How a pool's origins are.
    PoolHealth {
        /// The pool's id.
        pool: String,
    },
    /// Tunnels of the account.
    Tunnels,
    /// The connectors of a tunnel.
    Connectors {
        /// The tunnel's id.
        tunnel: String,
    },
    /// What a tunnel's connectors are told from afar.
    TunnelConfiguration {
        /// The tunnel's id.
        tunnel: String,
    },
    /// Whether the edge shows origins a certificate.
    OriginPulls {
        /// A host with a setting of its own; none: the zone's.
        host: Option<String>,
    },
    /// Roots that the zone trusts at origins instead of the public ones.
    TrustStore,
    /// Health checks of the zone.
    HealthChecks,
    /// What the edge counted of late: errors by status, minute and place.
    Counts {
        /// The site's name.
        host: String,
    },
    /// What was changed in the account of late.
    Changes,
}

/// What the account answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "kebab-case")]
pub enum AccountAnswer {
    /// Whether the token is good.
    Token {
        /// What is known of it.
        token: TokenSeen,
    },
    /// The zone; none: no zone of this name, or none that the token may see.
    Zone {
        /// It.
        zone: Option<Box<ZoneSeen>>,
    },
    /// A setting.
    Setting {
        /// It.
        setting: Setting,
    },
    /// Records; perhaps none.
    Records {
        /// They.
        records: Vec<DnsRecord>,
    },
    /// Rules in the order in which they run; a phase that never had one has none.
    Rules {
        /// They.
        rules: Vec<Rule>,
    },
    /// Page rules.
    PageRules {
        /// They.
        rules: Vec<PageRule>,
    },
    /// Load balancers.
    LoadBalancers {
        /// They.
        balancers: Vec<LoadBalancer>,
    },
    /// Pools.
    Pools {
        /// They.
        pools: Vec<Pool>,
    },
    /// The health of a pool.
    PoolHealth {
        /// It.
        health: PoolHealth,
    },
    /// Tunnels that were not deleted.
    Tunnels {
        /// They.
        tunnels: Vec<TunnelSeen>,
    },
    /// Connectors; none while nothing is connected.
    Connectors {
        /// They.
        connectors: Vec<Connector>,
    },
    /// What connectors are told.
    TunnelConfiguration {
        /// It.
        configuration: TunnelConfiguration,
    },
    /// Whether the edge shows a certificate.
    OriginPulls {
        /// How.
        pulls: OriginPulls,
    },
    /// Roots of the zone's own.
    TrustStore {
        /// They.
        certificates: Vec<TrustStoreCertificate>,
    },
    /// Health checks.
    HealthChecks {
        /// They.
        checks: Vec<HealthCheck>,
    },
    /// Counts.
    Counts {
        /// They.
        counts: Counts,
    },
    /// Changes, newest first.
    Changes {
        /// They.
        changes: Vec<AccountChange>,
    },
    /// The API refused, or could not be asked.
    Refused {
        /// How.
        refusal: ApiRefusal,
    },
}

impl AccountQuestion {
    /// The station that it is about.
    #[must_use]
    pub fn hop(&self) -> Hop {
        match self {
            AccountQuestion::Records { .. } => Hop::Dns,
            AccountQuestion::Tunnels
            | AccountQuestion::Connectors { .. }
            | AccountQuestion::TunnelConfiguration { .. } => Hop::Tunnel,
            _ => Hop::Edge,
        }
    }

    /// The permission that the token needs for it, as the dashboard names it; none: any token may ask.
    #[must_use]
    pub fn permission(&self) -> Option<&'static str> {
        Some(match self {
            AccountQuestion::Token => return None,
            AccountQuestion::Zone { .. } => "Zone Read",
            AccountQuestion::Setting { .. } => "Zone Settings Read",
            AccountQuestion::Records { .. } => "DNS Read",
            AccountQuestion::Rules { phase } => phase.permission(),
            AccountQuestion::PageRules => "Page Rules Read",
            AccountQuestion::LoadBalancers => "Load Balancers Read",
            AccountQuestion::Pools | AccountQuestion::PoolHealth { .. } => {
                "Load Balancing: Monitors and Pools Read"
            }
            AccountQuestion::Tunnels
            | AccountQuestion::Connectors { .. }
            | AccountQuestion::TunnelConfiguration { .. } => "Cloudflare Tunnel Read",
            AccountQuestion::OriginPulls { .. } | AccountQuestion::TrustStore => {
                "SSL and Certificates Read"
            }
            AccountQuestion::HealthChecks => "Health Checks Read",
            AccountQuestion::Counts { .. } => "Analytics Read",
            AccountQuestion::Changes => "Account Settings Read",
        })
    }

    /// Whether an answer is one to this question.
    #[must_use]
    pub fn fits(&self, answer: &AccountAnswer) -> bool {
        use AccountAnswer as A;
        use AccountQuestion as Q;
        matches!(
            (self, answer),
            (_, A::Refused { .. })
                | (Q::Token, A::Token { .. })
                | (Q::Zone { .. }, A::Zone { .. })
                | (Q::Setting { .. }, A::Setting { .. })
                | (Q::Records { .. }, A::Records { .. })
                | (Q::Rules { .. }, A::Rules { .. })
                | (Q::PageRules, A::PageRules { .. })
                | (Q::LoadBalancers, A::LoadBalancers { .. })
                | (Q::Pools, A::Pools { .. })
                | (Q::PoolHealth { .. }, A::PoolHealth { .. })
                | (Q::Tunnels, A::Tunnels { .. })
                | (Q::Connectors { .. }, A::Connectors { .. })
                | (Q::TunnelConfiguration { .. }, A::TunnelConfiguration { .. })
                | (Q::OriginPulls { .. }, A::OriginPulls { .. })
                | (Q::TrustStore, A::TrustStore { .. })
                | (Q::HealthChecks, A::HealthChecks { .. })
                | (Q::Counts { .. }, A::Counts { .. })
                | (Q::Changes, A::Changes { .. })
        )
    }

    /// What sorts account readings among each other: by kind, then by what is asked.
    #[must_use]
    pub(super) fn rank(&self) -> (u8, String) {
        let (kind, rest) = match self {
            AccountQuestion::Token => (0, ""),
            AccountQuestion::Zone { name } => (1, name.as_str()),
            AccountQuestion::Setting { name } => (2, name.as_str()),
            AccountQuestion::Records { name } => (3, name.as_str()),
            AccountQuestion::Rules { phase } => (4, phase.word()),
            AccountQuestion::PageRules => (5, ""),
            AccountQuestion::LoadBalancers => (6, ""),
            AccountQuestion::Pools => (7, ""),
            AccountQuestion::PoolHealth { pool } => (8, pool.as_str()),
            AccountQuestion::Tunnels => (9, ""),
            AccountQuestion::Connectors { tunnel } => (10, tunnel.as_str()),
            AccountQuestion::TunnelConfiguration { tunnel } => (11, tunnel.as_str()),
            AccountQuestion::OriginPulls { host } => (12, host.as_deref().unwrap_or_default()),
            AccountQuestion::TrustStore => (13, ""),
            AccountQuestion::HealthChecks => (14, ""),
            AccountQuestion::Counts { .. } => (15, ""),
            AccountQuestion::Changes => (16, ""),
        };
        (kind, rest.to_owned())
    }
}
