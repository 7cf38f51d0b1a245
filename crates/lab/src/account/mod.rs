//! What the Cloudflare account of a stage holds, as plain data.
//!
//! Most of it follows from the stage: the zone is `example.test`, its records lead to the origins that the
//! edge dials, the SSL mode is the stage's. [`Account::of`] derives all that, so that a fault which changes the
//! stage has changed the account as well. [`AccountStage`] is what a fault adds to it: since when the mode is
//! what it is, what the edge counted, what stands in the log, and how the API itself or the token fails.

mod derive;
mod load;
mod token;

use std::time::Duration;

use jiff::Timestamp;
use rayfix_core::evidence::account::tunnel::Connector;
use rayfix_core::evidence::account::{
    AccountChange, DnsRecord, HealthCheck, LoadBalancer, Pool, PoolHealth, Rule, Setting,
    TunnelConfiguration, TunnelSeen, ZoneSeen,
};
use rayfix_core::target::SslMode;

use crate::api::Trouble;

pub use self::derive::{ACCOUNT_ID, TUNNEL_ID, ZONE, ZONE_ID};
pub use self::token::Token;

/// What an account holds besides what its stage says, and how the way to it fails.
#[derive(Debug, Clone, Default)]
pub struct AccountStage {
    /// Nothing of the zone is proxied, whatever the records say.
    pub paused: bool,
    /// The mode before, and how long ago it was changed; none: it has been the same for ages.
    pub mode_before: Option<(SslMode, Duration)>,
    /// How the tunnel is, where that is more than whether it is connected.
    pub tunnel: Option<TunnelState>,
    /// Where the tunnel leads, as its connectors are told from afar: hosts and services, without the last
    /// rule. None: to the site's plain port.
    pub ingress: Option<Vec<(String, String)>>,
    /// What the edge counted in the last half hour; empty: nobody came.
    pub counted: Vec<Counted>,
    /// What stands in the log.
    pub changes: Vec<Change>,
    /// Other hosts of the zone are in all kinds of trouble.
    pub busy: bool,
    /// What is wrong with the token.
    pub token: TokenState,
    /// What is wrong with the API.
    pub trouble: Vec<Trouble>,
}

/// How a tunnel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TunnelState {
    /// No connector ever ran.
    NeverRan,
    /// No connector is connected; one was.
    Down,
    /// Fewer than four connections stand.
    Degraded,
    /// Four stand.
    Healthy,
    /// It was deleted; the record still leads to it.
    Deleted,
}

/// So many requests of one kind at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// `AMS`.
    pub colo: &'static str,
    /// What visitors got.
    pub edge_status: u16,
    /// What the origin answered; 0: nothing.
    pub origin_status: u16,
    /// How many, spread over the half hour.
    pub count: u64,
}

/// A line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// How long ago.
    pub ago: Duration,
    /// `change_setting`, `rec_set`.
    pub action: &'static str,
    /// `zone.settings`, `dns.record`.
    pub resource: &'static str,
    /// What it is about.
    pub subject: &'static str,
    /// Before; empty: not told.
    pub before: &'static str,
    /// After; empty: not told.
    pub after: &'static str,
}

/// What is wrong with the token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenState {
    /// Nothing: it may read all that is asked for.
    #[default]
    Good,
    /// It may change what fixes change as well.
    MayMend,
    /// It belongs to the account, not to a user.
    OfTheAccount,
    /// It is good and may do nothing.
    WithoutPermissions,
    /// Its time is over.
    Expired,
    /// It was switched off.
    Disabled,
    /// Nobody knows it.
    Unknown,
}

/// An account, ready to be asked. Names and shapes are the API's.
#[derive(Debug, Clone)]
pub struct Account {
    /// The zone.
    pub zone: ZoneSeen,
    /// The settings that were asked for or changed; others have their defaults.
    pub settings: Vec<Setting>,
    /// Records of the site, and of the zone's other hosts.
    pub records: Vec<DnsRecord>,
    /// Rules of the phase `http_request_origin`.
    pub origin_rules: Vec<Rule>,
    /// Roots that it trusts at origins instead of the public ones, in PEM.
    pub own_roots: Vec<String>,
    /// Load balancers of the zone.
    pub balancers: Vec<LoadBalancer>,
    /// Pools of the account.
    pub pools: Vec<Pool>,
    /// How each pool's origins are.
    pub health: Vec<PoolHealth>,
    /// Tunnels, the deleted ones among them.
    pub tunnels: Vec<Tunnel>,
    /// What connectors are told from afar.
    pub configurations: Vec<TunnelConfiguration>,
    /// Whether the edge shows origins a certificate.
    pub origin_pulls: bool,
    /// Health checks of the zone.
    pub checks: Vec<HealthCheck>,
    /// What the edge counted, by host and minute.
    pub counted: Vec<CountedAt>,
    /// The log, newest first.
    pub changes: Vec<AccountChange>,
}

/// A tunnel and those that are connected for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tunnel {
    /// It.
    pub seen: TunnelSeen,
    /// None while nothing is connected.
    pub connectors: Vec<Connector>,
}

/// So many requests of one kind, at one place and in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedAt {
    /// The name that visitors asked for.
    pub host: String,
    /// When.
    pub minute: Timestamp,
    /// What.
    pub what: Counted,
}
