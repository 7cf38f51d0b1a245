//! The account that follows from a stage.
//!
//! What the edge of the stage does must be what its account says: a record for each address that the edge
//! dials, a tunnel that is down where the edge answers 1033, an origin rule where it dials another port.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rayfix_core::evidence::account::pool::{OriginHealth, PlaceHealth};
use rayfix_core::evidence::account::tunnel::{Connection, Connector, TunnelRules};
use rayfix_core::evidence::account::zone::{AccountOf, Plan};
use rayfix_core::evidence::account::{
    AccountChange, DnsRecord, HealthCheck, Ingress, LoadBalancer, Pool, PoolHealth, PoolOrigin,
    Rule, Setting, TunnelConfiguration, TunnelSeen, ZoneSeen,
};
use rayfix_core::target::{Scheme, Site};
use serde_json::{Map, Value, json};

use super::{Account, Change, Counted, CountedAt, Tunnel, TunnelState};
use crate::stage::{Origin, Own, Record, Stage, ZoneAnswers};

/// The account of every stage.
pub const ACCOUNT_ID: &str = "0123456789abcdef0123456789abcdef";
/// Its zone's id.
pub const ZONE_ID: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
/// The zone.
pub const ZONE: &str = "example.test";
/// The tunnel of a site behind one; the same that the real stage's connector has.
pub const TUNNEL_ID: &str = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
/// A tunnel of another host.
const OTHER_TUNNEL_ID: &str = "11111111-2222-4333-8444-555555555555";
const POOL_ID: &str = "b001b001b001b001b001b001b001b001";
const SPARE_POOL_ID: &str = "b002b002b002b002b002b002b002b002";
const OTHER_POOL_ID: &str = "b003b003b003b003b003b003b003b003";
const BALANCER_ID: &str = "ba1aba1aba1aba1aba1aba1aba1aba1a";
const MONITOR_ID: &str = "3333333333333333333333333333cccc";

/// Long ago: nothing that happened then has to do with today.
const LONG_AGO: Duration = Duration::from_secs(200 * 86_400);

impl Account {
    /// The account of a stage, as it is at a moment.
    #[must_use]
    pub fn of(stage: &Stage, now: Timestamp) -> Account {
        let host = Site::parse(&stage.site).map_or_else(|_| ZONE.to_owned(), |site| site.host);
        let mut account = Deriving { stage, now, host: host.clone() }.account();
        if stage.account.busy {
            others_troubles(&mut account, now);
        }
        for Counted { colo, edge_status, origin_status, count } in &stage.account.counted {
            for (minute, share) in spread(*count, now) {
                let what = Counted {
                    colo,
                    edge_status: *edge_status,
                    origin_status: *origin_status,
                    count: share,
                };
                account.counted.push(CountedAt { host: host.clone(), minute, what });
            }
        }
        account.changes.sort_by_key(|change| std::cmp::Reverse(change.at));
        account
    }
}

struct Deriving<'a> {
    stage: &'a Stage,
    now: Timestamp,
    host: String,
}

impl Deriving<'_> {
    fn account(&self) -> Account {
        let (tunnels, configurations) = self.tunnel().into_iter().unzip();
        let (balancers, pools, health) = self.pools();
        Account {
            zone: self.zone(),
            settings: self.settings(),
            records: self.records(),
            origin_rules: self.origin_rules(),
            own_roots: Vec::new(),
            balancers,
            pools,
            health,
            tunnels,
            configurations,
            origin_pulls: self.stage.edge.client_certificate,
            checks: Vec::new(),
            counted: Vec::new(),
            changes: self.changes(),
        }
    }

    fn before(&self, ago: Duration) -> Timestamp {
        before(self.now, ago)
    }

    fn zone(&self) -> ZoneSeen {
        // The edge that does not know the name has no zone at work for it.
        let unknown = self.stage.edge.own == Own::Numbered(1001);
        ZoneSeen {
            id: ZONE_ID.to_owned(),
            name: ZONE.to_owned(),
            status: if unknown { "moved" } else { "active" }.to_owned(),
            paused: self.stage.account.paused,
            kind: "full".to_owned(),
            account: AccountOf { id: ACCOUNT_ID.to_owned(), name: "Example".to_owned() },
            plan: Plan { legacy_id: "pro".to_owned() },
            name_servers: vec!["ada.ns.cloudflare.test".into(), "bob.ns.cloudflare.test".into()],
        }
    }

    fn settings(&self) -> Vec<Setting> {
        let setting = |id: &str, value: Value, modified_on: Option<Timestamp>| Setting {
            id: id.to_owned(),
            value,
            editable: true,
            modified_on,
            next_scheduled_scan: None,
        };
        let since = self.stage.account.mode_before.map_or(LONG_AGO, |(_, ago)| ago);
        let on = |yes: bool| json!(if yes { "on" } else { "off" });
        vec![
            setting("ssl", json!(self.stage.ssl_mode.word()), Some(self.before(since))),
            setting("ssl_automatic_mode", json!("custom"), Some(self.before(LONG_AGO))),
            setting("always_use_https", on(self.stage.edge.always_https), None),
            setting("origin_max_http_version", json!("2"), None),
        ]
    }

    /// Whether visitors are sent past the edge.
    fn leads_past_the_edge(&self) -> bool {
        let zone = &self.stage.zone;
        let edges = [crate::stage::EDGE_V4, crate::stage::EDGE_V6];
        let mut all = zone.a.iter().map(|ip| IpAddr::V4(*ip));
        let mut all_v6 = zone.aaaa.iter().map(|ip| IpAddr::V6(*ip));
        let any = !zone.a.is_empty() || !zone.aaaa.is_empty();
        any && !all.any(|ip| is_edges(ip, edges)) && !all_v6.any(|ip| is_edges(ip, edges))
    }

    fn records(&self) -> Vec<DnsRecord> {
        let zone = &self.stage.zone;
        let nothing = zone.answers == ZoneAnswers::NoName
            || (zone.a.is_empty() && zone.aaaa.is_empty() && zone.alias.is_none());
        let mut rows: Vec<(&str, String, bool)> = Vec::new();
        if nothing {
            // What the lookup does not find, the account does not hold.
        } else if let (Some(alias), true) = (&zone.alias, zone.a.is_empty()) {
            rows.push(("CNAME", alias.clone(), false));
        } else if self.leads_past_the_edge() {
            let proxied = self.stage.account.paused;
            rows.extend(zone.a.iter().map(|ip| ("A", ip.to_string(), proxied)));
            rows.extend(zone.aaaa.iter().map(|ip| ("AAAA", ip.to_string(), proxied)));
        } else {
            match self.stage.edge.record {
                Record::Addresses => rows.extend(self.recorded().map(|origin| {
                    let kind = if origin.address.is_ipv4() { "A" } else { "AAAA" };
                    (kind, origin.address.to_string(), true)
                })),
                Record::NameUnresolvable => {
                    rows.push(("CNAME", "shop.gone-hosting.test".to_owned(), true));
                }
                Record::Tunnel { .. } | Record::DeletedTunnel => {
                    rows.push(("CNAME", format!("{TUNNEL_ID}.cfargotunnel.com"), true));
                }
                // A load balancer answers for its host without any record.
                Record::Pool { .. } => {}
            }
        }
        let mut records: Vec<DnsRecord> = Vec::new();
        for (kind, content, proxied) in rows {
            for host in std::iter::once(&self.host).chain(&self.stage.other_hosts) {
                records.push(self.record(records.len(), kind, host, &content, proxied));
            }
        }
        records
    }

    fn record(&self, at: usize, kind: &str, name: &str, to: &str, proxied: bool) -> DnsRecord {
        DnsRecord {
            id: format!("d0d0d0d0d0d0d0d0d0d0d0d0{at:08x}"),
            kind: kind.to_owned(),
            name: name.to_owned(),
            content: to.to_owned(),
            proxied,
            modified_on: Some(self.before(LONG_AGO)),
        }
    }

    fn recorded(&self) -> impl Iterator<Item = &Origin> {
        self.stage.origins.iter().filter(|origin| origin.recorded)
    }

    fn origin_rules(&self) -> Vec<Rule> {
        let moved = self.stage.origins.iter().find(|origin| origin.recorded).and_then(|origin| {
            let (scheme, _) = self.stage.ssl_mode.fetches(Scheme::Https, 443);
            let door = if scheme == Scheme::Https { &origin.tls } else { &origin.plain };
            (door.port != scheme.port()).then_some(door.port)
        });
        let edge = &self.stage.edge;
        let port = edge.rule_port.or(moved).map(|port| json!({ "origin": { "port": port } }));
        let host = edge.rule_host.as_ref().map(|name| json!({ "host_header": name }));
        let sni = edge.rule_sni.as_ref().map(|name| json!({ "sni": { "value": name } }));
        let sets = [("port", port), ("Host", host), ("hello", sni)].into_iter();
        let rule = |(at, (what, sets)): (usize, (&str, Option<Value>))| {
            Some(Rule {
                id: format!("aaaa0000aaaa0000aaaa0000aaaa{:04}", at + 1),
                action: "route".to_owned(),
                action_parameters: object(sets?),
                expression: format!("(http.host eq \"{}\")", self.host),
                description: format!("the shop's {what}"),
                enabled: true,
            })
        };
        sets.enumerate().filter_map(rule).collect()
    }

    /// The tunnel, and where it leads.
    fn tunnel(&self) -> Option<(Tunnel, TunnelConfiguration)> {
        let state = match (self.stage.edge.record, self.stage.account.tunnel) {
            (Record::DeletedTunnel, _) => TunnelState::Deleted,
            (Record::Tunnel { .. }, Some(state)) => state,
            (Record::Tunnel { connected: true }, None) => TunnelState::Healthy,
            (Record::Tunnel { connected: false }, None) => TunnelState::Down,
            _ => return None,
        };
        let hours = |hours: u64| self.before(Duration::from_secs(hours * 3600));
        let up = matches!(state, TunnelState::Healthy | TunnelState::Degraded);
        let tunnel = TunnelSeen {
            id: TUNNEL_ID.to_owned(),
            name: "shop".to_owned(),
            status: match state {
                TunnelState::NeverRan => "inactive",
                TunnelState::Down | TunnelState::Deleted => "down",
                TunnelState::Degraded => "degraded",
                TunnelState::Healthy => "healthy",
            }
            .to_owned(),
            config_src: Some("cloudflare".to_owned()),
            conns_active_at: up.then(|| hours(300)),
            conns_inactive_at: matches!(state, TunnelState::Down | TunnelState::Deleted)
                .then(|| hours(1)),
            deleted_at: (state == TunnelState::Deleted).then(|| hours(1)),
        };
        let connections = match state {
            TunnelState::Healthy => 4,
            TunnelState::Degraded => 2,
            _ => 0,
        };
        let connector = Connector {
            id: "c0c0c0c0-0000-4000-8000-000000000001".to_owned(),
            version: "2026.8.2".to_owned(),
            run_at: Some(hours(300)),
            config_version: Some(3),
            conns: (0..connections)
                .map(|at| Connection {
                    colo_name: ["ams07", "ams11", "fra03", "fra08"][at].to_owned(),
                    origin_ip: "203.0.113.10".to_owned(),
                    opened_at: Some(hours(300)),
                    is_pending_reconnect: false,
                })
                .collect(),
        };
        let connectors = if up { vec![connector] } else { Vec::new() };
        let plain = vec![(self.host.clone(), "http://localhost:80".to_owned())];
        let rules = self.stage.account.ingress.clone().unwrap_or(plain);
        let mut ingress: Vec<Ingress> = rules
            .into_iter()
            .map(|(host, service)| Ingress { hostname: Some(host), service, ..Ingress::default() })
            .collect();
        ingress.push(Ingress { service: "http_status:404".to_owned(), ..Ingress::default() });
        let configuration = TunnelConfiguration {
            tunnel_id: TUNNEL_ID.to_owned(),
            version: Some(3),
            source: Some("cloudflare".to_owned()),
            config: Some(TunnelRules { ingress, origin_request: Map::new() }),
        };
        Some((Tunnel { seen: tunnel, connectors }, configuration))
    }

    fn pools(&self) -> (Vec<LoadBalancer>, Vec<Pool>, Vec<PoolHealth>) {
        let Record::Pool { fallback } = self.stage.edge.record else { return Default::default() };
        let origins: Vec<&Origin> = self.recorded().collect();
        let well = origins.iter().any(|origin| origin.unwell.is_none());
        let main = pool(POOL_ID, "shop-main", &origins, true, well);
        let mut pools = vec![main];
        let mut last = POOL_ID;
        if !fallback {
            // A pool in reserve that is switched off: Cloudflare answers 1016 then.
            pools.push(pool(SPARE_POOL_ID, "shop-spare", &origins, false, false));
            last = SPARE_POOL_ID;
        }
        let balancer = LoadBalancer {
            id: BALANCER_ID.to_owned(),
            name: self.host.clone(),
            enabled: Some(true),
            proxied: true,
            default_pools: vec![POOL_ID.to_owned()],
            fallback_pool: last.to_owned(),
        };
        (vec![balancer], pools, vec![health(POOL_ID, &origins, well)])
    }

    fn changes(&self) -> Vec<AccountChange> {
        let mut changes: Vec<AccountChange> = self
            .stage
            .account
            .changes
            .iter()
            .map(|Change { ago, action, resource, subject, before, after }| AccountChange {
                at: Some(self.before(*ago)),
                action: (*action).to_owned(),
                resource: (*resource).to_owned(),
                subject: (*subject).to_owned(),
                before: (*before).to_owned(),
                after: (*after).to_owned(),
                ..by_hand()
            })
            .collect();
        if let Some((mode, ago)) = self.stage.account.mode_before {
            changes.push(AccountChange {
                at: Some(self.before(ago)),
                action: "change_setting".to_owned(),
                resource: "zone.settings".to_owned(),
                subject: "ssl".to_owned(),
                before: mode.word().to_owned(),
                after: self.stage.ssl_mode.word().to_owned(),
                ..by_hand()
            });
        }
        changes
    }
}

fn by_hand() -> AccountChange {
    AccountChange {
        actor: "user".to_owned(),
        interface: "UI".to_owned(),
        zone: ZONE.to_owned(),
        ..AccountChange::default()
    }
}

fn is_edges(ip: IpAddr, edges: [IpAddr; 2]) -> bool {
    edges.contains(&ip)
}

fn before(now: Timestamp, ago: Duration) -> Timestamp {
    let ago = SignedDuration::try_from(ago).unwrap_or(SignedDuration::ZERO);
    now.checked_sub(ago).unwrap_or(now)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn pool(id: &str, name: &str, origins: &[&Origin], enabled: bool, well: bool) -> Pool {
    let origin = |origin: &&Origin| PoolOrigin {
        name: format!("origin-{}", origin.address),
        address: origin.address.to_string(),
        enabled: Some(true),
        ..PoolOrigin::default()
    };
    Pool {
        id: id.to_owned(),
        name: name.to_owned(),
        enabled: Some(enabled),
        healthy: Some(well),
        minimum_origins: Some(1),
        monitor: Some(MONITOR_ID.to_owned()),
        origins: origins.iter().map(origin).collect(),
    }
}

fn health(id: &str, origins: &[&Origin], well: bool) -> PoolHealth {
    let each = origins
        .iter()
        .map(|origin| {
            let health = OriginHealth {
                healthy: origin.unwell.is_none(),
                failure_reason: Some(origin.unwell.unwrap_or("No failures").to_owned()),
                response_code: origin.unwell.is_none().then_some(200),
            };
            BTreeMap::from([(origin.address.to_string(), health)])
        })
        .collect();
    let place = PlaceHealth { healthy: well, origins: each };
    PoolHealth {
        pool_id: id.to_owned(),
        pop_health: BTreeMap::from([("Amsterdam, NL".to_owned(), place)]),
    }
}

/// So many, over the last thirty whole minutes, oldest first.
fn spread(count: u64, now: Timestamp) -> Vec<(Timestamp, u64)> {
    let this_minute = now.as_second().div_euclid(60) * 60;
    (0..30_u64)
        .filter_map(|at| {
            let share = count / 30 + u64::from(at < count % 30);
            let second = this_minute - i64::try_from((30 - at) * 60).ok()?;
            (share > 0).then_some((Timestamp::from_second(second).ok()?, share))
        })
        .collect()
}

/// Other hosts of the zone, each in a trouble of its own; none of it is the site's.
fn others_troubles(account: &mut Account, now: Timestamp) {
    let hour = Duration::from_secs(3600);
    let rows = [
        ("A", "old.example.test", "127.0.65.99", true),
        ("A", "loop.example.test", "127.0.64.9", true),
        ("CNAME", "gone.example.test", "gone.gone-hosting.test", true),
        ("A", "grey.example.test", "127.0.65.98", false),
        ("A", "*.wild.example.test", "127.0.65.97", true),
    ];
    for (at, (kind, name, to, proxied)) in rows.into_iter().enumerate() {
        account.records.push(DnsRecord {
            id: format!("e0e0e0e0e0e0e0e0e0e0e0e0{at:08x}"),
            kind: kind.to_owned(),
            name: name.to_owned(),
            content: to.to_owned(),
            proxied,
            modified_on: Some(before(now, hour)),
        });
    }
    let tunnel = format!("{OTHER_TUNNEL_ID}.cfargotunnel.com");
    account.records.push(DnsRecord {
        id: "e0e0e0e0e0e0e0e0e0e0e0e0000000ff".to_owned(),
        kind: "CNAME".to_owned(),
        name: "tunnel.example.test".to_owned(),
        content: tunnel,
        proxied: true,
        modified_on: Some(before(now, hour)),
    });
    let another = TunnelSeen {
        id: OTHER_TUNNEL_ID.to_owned(),
        name: "another".to_owned(),
        status: "down".to_owned(),
        config_src: Some("cloudflare".to_owned()),
        conns_active_at: None,
        conns_inactive_at: Some(before(now, hour)),
        deleted_at: None,
    };
    account.tunnels.push(Tunnel { seen: another, connectors: Vec::new() });
    let mut down = Origin::healthy(IpAddr::from([127, 0, 65, 96]));
    down.unwell = Some("TCP connection failed");
    account.pools.push(pool(OTHER_POOL_ID, "another", &[&down], true, false));
    account.health.push(health(OTHER_POOL_ID, &[&down], false));
    account.balancers.push(LoadBalancer {
        id: "ba1aba1aba1aba1aba1aba1aba1aba1b".to_owned(),
        name: "pool.example.test".to_owned(),
        enabled: Some(true),
        proxied: true,
        default_pools: vec![OTHER_POOL_ID.to_owned()],
        fallback_pool: OTHER_POOL_ID.to_owned(),
    });
    account.origin_rules.push(Rule {
        id: "aaaa0000aaaa0000aaaa0000aaaa0002".to_owned(),
        action: "route".to_owned(),
        action_parameters: object(json!({ "origin": { "port": 9999 } })),
        expression: "(http.host eq \"old.example.test\")".to_owned(),
        description: "another host".to_owned(),
        enabled: true,
    });
    account.origin_rules.push(Rule {
        id: "aaaa0000aaaa0000aaaa0000aaaa0003".to_owned(),
        action: "route".to_owned(),
        action_parameters: object(json!({ "origin": { "port": 9998 } })),
        expression: "true".to_owned(),
        description: "switched off".to_owned(),
        enabled: false,
    });
    account.checks.push(HealthCheck {
        id: "c4ecc4ecc4ecc4ecc4ecc4ecc4ecc4ec".to_owned(),
        name: "old".to_owned(),
        address: "127.0.65.99".to_owned(),
        kind: "HTTPS".to_owned(),
        status: "unhealthy".to_owned(),
        failure_reason: "TCP connection failed".to_owned(),
        suspended: false,
    });
    let failing = Counted { colo: "AMS", edge_status: 522, origin_status: 0, count: 900 };
    for (minute, share) in spread(failing.count, now) {
        let what = Counted { count: share, ..failing };
        account.counted.push(CountedAt { host: "old.example.test".to_owned(), minute, what });
    }
    account.changes.push(AccountChange {
        at: Some(before(now, hour / 2)),
        action: "rec_set".to_owned(),
        resource: "dns.record".to_owned(),
        subject: "old.example.test".to_owned(),
        before: "127.0.65.1".to_owned(),
        after: "127.0.65.99".to_owned(),
        ..by_hand()
    });
}
