//! A derived account as the emulated API keeps it: the JSON that it tells.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Account, CountedAt, Token, TokenState, Tunnel};
use crate::api::{self, Grant, GrantStatus, Permissions, State, Zone};

/// What rayfix asks for, as the dashboard names the permissions: nothing else is granted.
const READS: &[&str] = &[
    "Zone Read",
    "Zone Settings Read",
    "DNS Read",
    "SSL and Certificates Read",
    "Page Rules Read",
    "Origin Rules Read",
    "Config Rules Read",
    "Load Balancers Read",
    "Load Balancing: Monitors and Pools Read",
    "Cloudflare Tunnel Read",
    "Health Checks Read",
    "Analytics Read",
    "Account Settings Read",
];

/// Until when roots are good: the year 2100.
const UNTIL: i64 = 4_102_444_800;

/// What fixes change.
const WRITES: &[&str] =
    &["Zone Settings Write", "SSL and Certificates Write", "Cloudflare Tunnel Write"];

impl Account {
    /// The emulated API's state for it, with a token that is as it should be or is not.
    #[must_use]
    pub fn state(&self, token: &Token, how: TokenState) -> State {
        let mut zone = Zone::new(&self.zone.name).on_plan(&self.zone.plan.legacy_id);
        zone.id.clone_from(&self.zone.id);
        zone.status.clone_from(&self.zone.status);
        zone.paused = self.zone.paused;
        zone.kind.clone_from(&self.zone.kind);
        for setting in &self.settings {
            zone = zone.setting(&setting.id, setting.value.clone(), setting.modified_on);
        }
        for record in &self.records {
            zone = zone.record(&record.kind, &record.name, &record.content, record.proxied);
            if let (Some(row), Some(at)) = (zone.records.last_mut(), record.modified_on) {
                row["modified_on"] = json!(at);
            }
        }
        let until = Timestamp::from_second(UNTIL).unwrap_or_default();
        for root in &self.own_roots {
            zone = zone.trusting(root, until);
        }
        if !self.origin_rules.is_empty() {
            zone = zone.rules("http_request_origin", values(&self.origin_rules));
        }

        zone.shelf("load_balancers").extend(values(&self.balancers));
        zone.shelf("healthchecks").extend(values(&self.checks));
        zone.shelf("origin_pulls").push(json!({"id": "settings", "enabled": self.origin_pulls}));

        for CountedAt { host, minute, what } in &self.counted {
            let statuses = (what.edge_status, what.origin_status);
            zone.count(*minute, host, statuses, what.colo, what.count);
        }

        let mut account = api::Account::new(&self.zone.account.name);
        account.id.clone_from(&self.zone.account.id);
        account.shelf("pools").extend(values(&self.pools));
        for health in &self.health {
            let told = json!({"id": health.pool_id, "pop_health": health.pop_health});
            account.shelf("pool_health").push(told);
        }
        for tunnel in &self.tunnels {
            let told = self.tunnel(tunnel);
            account.shelf("cfd_tunnel").push(told);
        }
        for change in &self.changes {
            let (about, values) =
                ((change.zone.as_str(), change.subject.as_str()), (&change.before, &change.after));
            if let Some(at) = change.at {
                account.lay_change(at, &change.action, about, (values.0, values.1));
            }
        }
        let mut state = State::default();
        state.accounts.push(account);
        let mut state = state.with(zone);
        if let Some(grant) = grant(how) {
            state.grants.insert(token.reveal().to_owned(), grant);
        }
        state
    }
}

impl Account {
    /// A tunnel as the API keeps it: with its connectors and with what these are told from afar.
    fn tunnel(&self, Tunnel { seen, connectors }: &Tunnel) -> Value {
        let configuration = self.configurations.iter().find(|one| one.tunnel_id == seen.id);
        json!({
            "id": seen.id, "name": seen.name, "config_src": seen.config_src,
            "created_at": "2025-03-01T09:00:00.000000Z", "deleted_at": seen.deleted_at,
            "conns_active_at": seen.conns_active_at, "conns_inactive_at": seen.conns_inactive_at,
            "tun_type": "cfd_tunnel", "metadata": {},
            "lab_connectors": connectors,
            "lab_config": configuration.map(|one| json!(one.config)),
            "lab_version": configuration.and_then(|one| one.version).unwrap_or(0),
        })
    }
}

fn grant(how: TokenState) -> Option<Grant> {
    let reads = Grant::only("rayfix", READS.iter().copied());
    Some(match how {
        TokenState::Good => reads,
        TokenState::MayMend => Grant::only("rayfix", READS.iter().chain(WRITES).copied()),
        TokenState::OfTheAccount => reads.of_the_account(),
        TokenState::WithoutPermissions => {
            Grant { permissions: Permissions::Only(Default::default()), ..reads }
        }
        TokenState::Expired => reads.that_is(GrantStatus::Expired),
        TokenState::Disabled => reads.that_is(GrantStatus::Disabled),
        TokenState::Unknown => return None,
    })
}

fn values<T: Serialize>(rows: &[T]) -> Vec<Value> {
    rows.iter().filter_map(|row| serde_json::to_value(row).ok()).collect()
}
